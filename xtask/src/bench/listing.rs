//! A sweep for dispatch 238, which reads next to nothing, beside `find` listing the same folder.

use std::path::Path;

use anyhow::Result;

use super::contest::{Contender, contest};
use super::findings::Report;
use super::options::Options;
use crate::running::root;

/// What a sweep of `/usr` for the dispatch may take, as a multiple of what `find` takes.
const RATIO_PROMISED: f64 = 1.5;

/// Measures both and prints what came out.
pub fn measure(tocsin: &Path, options: &Options, scratch: &Path) -> Result<()> {
    let folder = options.folder_or("/usr")?;
    println!("dispatch 238, {}", folder.display());
    let alert = root().join("drafting/test-data/dispatch-238.json");
    let ours = Contender::new(
        "tocsin",
        &[0, 1, 2],
        scratch,
        vec![
            tocsin.into(),
            "sweep".into(),
            folder.clone().into(),
            "--alert".into(),
            alert.into(),
            "--format".into(),
            "json".into(),
        ],
    );
    // It ends with 1 when a folder could not be read.
    let theirs = Contender::new(
        "find",
        &[0, 1],
        scratch,
        vec![
            "find".into(),
            folder.into(),
            "-type".into(),
            "f".into(),
            "-printf".into(),
            "%s %p\n".into(),
        ],
    );
    let report = Report::parse(&ours.warm_up()?)?;
    let listed = match theirs.warm_up() {
        Ok(listed) => listed,
        Err(error) => {
            println!("  not measured: {error:#} (Debian: apt-get install findutils)");
            return Ok(());
        }
    };
    let lines = listed
        .split(|byte| *byte == b'\n')
        .count()
        .saturating_sub(1);
    println!(
        "  {} files (find: {lines}), {} read, {}",
        report.item_count,
        report.read_count,
        report.completeness()
    );
    if let Some(complaint) = theirs.complaint()? {
        println!("  find says: {complaint}");
    }
    let ratio = contest(&ours, &theirs, options.runs)?;
    if options.folder.is_none() {
        let kept = if ratio <= RATIO_PROMISED {
            "kept"
        } else {
            "not kept here"
        };
        println!("  at most {RATIO_PROMISED} is promised: {kept}");
    }
    Ok(())
}
