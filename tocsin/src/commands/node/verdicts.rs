//! Introduces the evidence of a watch to the pages of its node: the folder is only read, and nothing of it leaves this process but
//! what `verdicts` makes harmless.

use std::error::Error;
use std::path::PathBuf;

use domain::EvidenceId;
use verdicts::VerdictPage;
use watch::keeping::Archive;
use web::VerdictSource;

use crate::commands::watch::{Which, verdict_page};

/// The folder of a node's own watch.
#[derive(Debug)]
pub struct FolderVerdicts {
    folder: PathBuf,
}

impl FolderVerdicts {
    /// Reads this folder, each time anew.
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl VerdictSource for FolderVerdicts {
    fn verdict(
        &self,
        page: &str,
        line: EvidenceId,
    ) -> Result<Option<VerdictPage>, Box<dyn Error + Send + Sync>> {
        let archive = Archive::open(&self.folder)?;
        let line = line.to_string();
        Ok(Some(verdict_page(&archive, &Which::Until(page, &line))?))
    }
}
