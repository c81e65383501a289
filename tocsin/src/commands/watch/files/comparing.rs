//! `tocsin watch files check` and `run`: compare once, or go on comparing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use fs_err as fs;
use serde_json::json;
use webroot::{Compared, Manifest, Stop, Unread, Watch, WatchSettings, check_folder};

use super::super::files_output::{finding_text, notice_text, plain_line, print_line, to_line};
use super::super::output::say;
use super::arguments::{Believed, Effort, Rhythm};
use crate::commands::Context;
use crate::exit_code::{self, Code};
use crate::wiring::interrupt;

/// Compares a folder with its manifest once.
pub(super) fn check(
    believed: &Believed,
    effort: &Effort,
    json: bool,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let each = |compared: Compared| {
        print_line(&match &compared {
            Compared::Finding(finding) if json => to_line("finding", finding),
            Compared::Finding(finding) => finding_text(context, finding),
            Compared::Unread(unread) => unread_line(context, unread, json),
        });
    };
    let summary = check_folder(&believed.folder, &manifest, effort.options(), &each)?;
    if json {
        print_line(&to_line(
            "summary",
            &json!({ "schema": 1, "version": manifest.head().version, "summary": summary }),
        ));
    } else {
        let count = |number| texts::count(number, context.language);
        let values = [
            ("files", count(summary.totals.files)),
            ("version", manifest.head().version.to_string()),
            ("findings", count(summary.findings)),
            ("unread", count(summary.unread)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        println!("{}", say(context, "files-compared", &values));
    }
    Ok(code_of(summary.findings, summary.unread))
}

/// Goes on comparing until the program is ended.
pub(super) fn go_on(
    believed: &Believed,
    rhythm: &Rhythm,
    json: bool,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let mut newer = Newer::new(believed, manifest.head().version)?;
    let settings = WatchSettings {
        threads: rhythm.threads,
        slow_bytes_per_second: rhythm.slow_rate.max(1).saturating_mul(1024 * 1024),
        slow_pause: Duration::from_secs(rhythm.slow_pause),
        timed_every: Duration::from_secs(rhythm.look_every),
        settling: Duration::from_secs(rhythm.settling),
    };
    let watch = Watch::begin(
        &believed.folder,
        manifest,
        settings,
        Arc::clone(&context.clock),
    )?;
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    interrupt::flag(move || asked.stop())?;
    watch.run(&stop, &mut || newer.look(context, json), &|notice| {
        let line = if json {
            plain_line(&notice)
        } else {
            notice_text(context, &notice)
        };
        print_line(&line);
    });
    Ok(exit_code::DONE)
}

/// Looks whether there is a newer manifest.
struct Newer<'a> {
    believed: &'a Believed,
    version: u64,
    last: Print,
}

/// By what a change of the manifest's file is seen.
type Print = Option<(u64, i64, i64, u64)>;

impl<'a> Newer<'a> {
    fn new(believed: &'a Believed, version: u64) -> anyhow::Result<Self> {
        let last = print_of(&believed.manifest);
        if last.is_none() {
            bail!("'{}' went while it was read", believed.manifest.display());
        }
        Ok(Self {
            believed,
            version,
            last,
        })
    }

    fn look(&mut self, context: &Context, json: bool) -> Option<Arc<Manifest>> {
        let print = print_of(&self.believed.manifest);
        if print == self.last {
            return None;
        }
        self.last = print;
        match self.believed.load(context) {
            Ok(manifest) if manifest.head().version > self.version => {
                self.version = manifest.head().version;
                Some(Arc::new(manifest))
            }
            Ok(_) => None,
            Err(error) => {
                let reason = verdicts::visible_text(&format!("{error:#}"));
                print_line(&if json {
                    plain_line(&json!({ "notice": "manifest-refused", "reason": reason }))
                } else {
                    say(context, "files-manifest-refused", &[("reason", &reason)])
                });
                None
            }
        }
    }
}

fn print_of(path: &Path) -> Print {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).ok()?;
    Some((
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.len(),
    ))
}

/// Says what could not be read.
pub(super) fn unread_line(context: &Context, unread: &Unread, json: bool) -> String {
    if json {
        return to_line("unread", unread);
    }
    let path = unread.path.to_text();
    say(
        context,
        "files-unread",
        &[("path", &path), ("reason", &unread.reason)],
    )
}

/// Returns the exit code of so many differences, and so many things that could not be read.
pub(super) fn code_of(findings: u64, unread: u64) -> Code {
    match (findings, unread) {
        (0, 0) => exit_code::DONE,
        (0, _) => exit_code::INCOMPLETE,
        _ => exit_code::FOUND,
    }
}
