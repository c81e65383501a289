//! The machine's clock, or one that a drill or the demo moves through a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use domain::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};

use crate::input;

/// Returns the machine's clock, or one that is ahead of it by the seconds written in `file`.
pub fn open(file: Option<&Path>) -> anyhow::Result<Arc<dyn Clock>> {
    let Some(file) = file else {
        return Ok(Arc::new(SystemClock));
    };
    read_offset(file)
        .with_context(|| format!("could not take the time from '{}'", file.display()))?;
    Ok(Arc::new(FileClock {
        file: file.to_owned(),
    }))
}

/// Reads its offset anew each time, so that one file moves every process of a demo at once.
struct FileClock {
    file: PathBuf,
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        // Written by renaming, so never half; should it be gone, the machine's time is the honest answer.
        let offset = read_offset(&self.file).unwrap_or_default();
        now.checked_add(SignedDuration::from_secs(offset))
            .unwrap_or(now)
    }
}

fn read_offset(file: &Path) -> anyhow::Result<i64> {
    Ok(input::read_text(file)?.trim().parse()?)
}
