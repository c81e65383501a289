//! `urlwatch`, as its manual says: the text of a page, compared with the last.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::{Peer, Word};

const SETTINGS: &str = "\
display: {new: false, error: true, unchanged: false}
report:
  text: {details: false, footer: false, line_length: 75, minimal: true}
  stdout: {enabled: true, color: false}
job_defaults: {all: {}, shell: {}, url: {}, browser: {}}
";

/// The program and its folder.
pub struct UrlWatch {
    program: PathBuf,
    proxy: String,
    folder: PathBuf,
    count: usize,
}

impl UrlWatch {
    /// Uses a program that is installed.
    pub fn new(program: &Path, proxy: &str, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            proxy: proxy.to_owned(),
            folder: folder.to_owned(),
            count: 0,
        }
    }
}

impl Peer for UrlWatch {
    fn name(&self) -> &'static str {
        "urlwatch"
    }

    fn add(&mut self, urls: &[String]) -> Result<()> {
        fs_err::create_dir_all(&self.folder)?;
        let mut jobs = Vec::new();
        for (number, url) in urls.iter().enumerate() {
            let mut job = String::new();
            let _ = write!(
                job,
                "name: \"page {number}\"\nurl: \"{url}\"\nfilter:\n  - html2text: re\nssl_no_verify: true\nhttp_proxy: \"{0}\"\nhttps_proxy: \"{0}\"\n",
                self.proxy
            );
            jobs.push(job);
        }
        self.count = urls.len();
        fs_err::write(self.folder.join("urls.yaml"), jobs.join("---\n"))?;
        fs_err::write(self.folder.join("settings.yaml"), SETTINGS)?;
        // The first look fills its memory.
        self.look().map(|_| ())
    }

    fn look(&mut self) -> Result<Vec<Word>> {
        let output = Command::new(&self.program)
            .args([
                "--urls",
                "urls.yaml",
                "--config",
                "settings.yaml",
                "--cache",
                "cache.db",
                "--hooks",
                "none.py",
            ])
            .current_dir(&self.folder)
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .context("start urlwatch")?;
        let mut words = vec![Word::Same; self.count];
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some((word, number)) = word_of(line)
                && let Some(place) = words.get_mut(number)
            {
                *place = word;
            }
        }
        Ok(words)
    }
}

/// Reads `CHANGED: page 7 ( https://… )`.
fn word_of(line: &str) -> Option<(Word, usize)> {
    let (word, rest) = line.split_once(": page ")?;
    let number = rest.split(' ').next()?.parse().ok()?;
    let word = match word {
        "CHANGED" => Word::Changed,
        "ERROR" => Word::Failed,
        _ => Word::Same,
    };
    Some((word, number))
}
