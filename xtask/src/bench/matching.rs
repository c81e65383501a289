//! A sweep with a folder of YARA rules beside YARA-X's own program `yr` with the same rules: how long, and the same findings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::contest::{Contender, contest};
use super::findings::{Findings, Report, of_yr};
use super::options::Options;
use super::rule_files;
use crate::needs::find_program;
use crate::running::output_of;

/// How many differences are listed on each side.
const LISTED_MAX: usize = 50;

/// Measures both, prints what came out, and fails where their findings differ.
pub fn measure(tocsin: &Path, options: &Options, scratch: &Path) -> Result<()> {
    let Some(rules) = &options.rules else {
        println!("rules: not measured: name a folder of rule files with --rules");
        return Ok(());
    };
    println!("rules of {}", rules.display());
    let Some(yr) = find_program("yr") else {
        println!("  not measured: 'yr' is not in the PATH; cargo install yara-x-cli");
        return Ok(());
    };
    let listed = rule_files::list(rules)?;
    println!(
        "  {} rule files; {} left out, whose variables yr would have to be told for each file",
        listed.usable.len(),
        listed.left_out
    );
    if listed.usable.is_empty() {
        bail!("no rule file in '{}' can be compared", rules.display());
    }
    let alert = scratch.join("rules.json");
    draft(tocsin, &listed.usable, &alert)?;
    let version = output_of(Command::new(&yr).arg("--version"))?;
    println!("  beside {}", version.trim());
    let pairing = Pairing {
        tocsin,
        yr: &yr,
        rules: &listed.usable,
        alert: &alert,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        scratch,
    };
    let folder = options.folder_or("/usr/bin")?;
    let differ = pairing.differ_on(&folder)?;
    pairing.contest(&folder, options.runs)?;
    // Rules hold the strings that they look for: here is something to find, where the other folder has nothing.
    if pairing.differ_on(rules)? || differ {
        bail!("tocsin and yr do not find the same");
    }
    Ok(())
}

fn draft(tocsin: &Path, rule_files: &[PathBuf], alert: &Path) -> Result<()> {
    let mut command = Command::new(tocsin);
    command
        .args(["alert", "draft", "--authority", "bench", "--number", "1"])
        .args(["--title", "Rules", "--out"])
        .arg(alert)
        .arg("--from")
        .args(rule_files);
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "'tocsin alert draft' refused the rules:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Both programs, with the same rules.
struct Pairing<'a> {
    tocsin: &'a Path,
    yr: &'a Path,
    rules: &'a [PathBuf],
    alert: &'a Path,
    threads: usize,
    scratch: &'a Path,
}

impl Pairing<'_> {
    /// Runs both once, prints how far they agree, and says whether they differ.
    fn differ_on(&self, folder: &Path) -> Result<bool> {
        let (ours, theirs) = (self.ours(folder), self.theirs(folder));
        let report = Report::parse(&ours.warm_up()?)?;
        println!(
            "  {}: {} files, {} read, {}",
            folder.display(),
            report.item_count,
            report.read_count,
            report.completeness()
        );
        let found = report.findings()?;
        let mut found_by_yr = of_yr(&theirs.warm_up()?)?;
        if let Some(complaint) = theirs.complaint()? {
            println!("  yr says: {complaint}");
        }
        let full = report.full_paths();
        let before = found_by_yr.len();
        found_by_yr.retain(|one| found.contains(one) || !full.contains(one.1.as_str()));
        if !full.is_empty() {
            println!(
                "  {} files have as many hits as a report keeps; {} more of yr's are not compared",
                full.len(),
                before - found_by_yr.len()
            );
        }
        Ok(differ(&found, &found_by_yr))
    }

    fn contest(&self, folder: &Path, runs: usize) -> Result<()> {
        contest(&self.ours(folder), &self.theirs(folder), runs)?;
        println!("  {} threads each", self.threads);
        Ok(())
    }

    fn ours(&self, folder: &Path) -> Contender {
        let words = vec![
            self.tocsin.into(),
            "sweep".into(),
            folder.into(),
            "--alert".into(),
            self.alert.into(),
            "--format".into(),
            "json".into(),
            "--threads".into(),
            self.threads.to_string().into(),
        ];
        Contender::new("tocsin", &[0, 1, 2], self.scratch, words)
    }

    fn theirs(&self, folder: &Path) -> Contender {
        let mut words: Vec<OsString> = vec![self.yr.into(), "scan".into()];
        let options = [
            "--recursive",
            "--output-format=ndjson",
            "--relaxed-re-syntax",
            "--disable-warnings",
            "--threads",
        ];
        words.extend(options.map(OsString::from));
        words.push(self.threads.to_string().into());
        for (index, file) in self.rules.iter().enumerate() {
            // A namespace each, as an alert gives each rule source one.
            let mut word = OsString::from(format!("n{index}:"));
            word.push(file);
            words.push(word);
        }
        words.push(folder.into());
        // It ends with 1 when a file could not be read, or when one of its threads broke; the findings tell what was lost.
        Contender::new("yr", &[0, 1], self.scratch, words)
    }
}

/// Prints what both found and what one found alone, and says whether there is any of the latter.
fn differ(ours: &Findings, theirs: &Findings) -> bool {
    let equal = ours.intersection(theirs).count();
    println!("  {equal} findings (rule and file) of both");
    for (by, alone) in [
        ("tocsin", ours.difference(theirs).collect::<Vec<_>>()),
        ("yr", theirs.difference(ours).collect()),
    ] {
        if alone.is_empty() {
            continue;
        }
        println!("  {} by {by} alone:", alone.len());
        for (rule, path) in alone.iter().take(LISTED_MAX) {
            println!("    {rule}  {path}");
        }
    }
    ours != theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_differ_when_either_finds_more() {
        let findings = |rules: &[&str]| -> Findings {
            rules
                .iter()
                .map(|rule| ((*rule).to_owned(), "/x".to_owned()))
                .collect()
        };
        assert!(!differ(&findings(&["a", "b"]), &findings(&["b", "a"])));
        assert!(differ(&findings(&["a", "b"]), &findings(&["a"])));
        assert!(differ(&findings(&["a"]), &findings(&["a", "b"])));
    }
}
