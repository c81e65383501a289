//! `urlwatch`, as its manual recommends: the text of a page with the addresses of links and pictures, without what honestly varies,
//! compared with the last.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::spending::{cpu_of, memory_of};
use super::{Peer, Spent, Surroundings, VARYING, Word};

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
    authorities: PathBuf,
    folder: PathBuf,
    count: usize,
    /// Of all its processes so far.
    spent: Spent,
}

impl UrlWatch {
    /// Uses a program that is installed.
    pub fn new(program: &Path, around: &Surroundings) -> Self {
        Self {
            program: program.to_owned(),
            proxy: around.proxy.clone(),
            authorities: around.authorities.clone(),
            folder: around.folder.join("urlwatch"),
            count: 0,
            spent: Spent::default(),
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
                "name: \"page {number}\"\nurl: \"{url}\"\nfilter:\n  - css:\n      selector: \"title, body\"\n      exclude: \"{1}\"\n  \
                - html2text:\n      method: pyhtml2text\n      unicode_snob: true\n      body_width: 0\nhttp_proxy: \"{0}\"\nhttps_proxy: \"{0}\"\n",
                self.proxy,
                VARYING.join(", ")
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
        let before = cpu_of("self");
        let mut child = Command::new(&self.program)
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
            .env("REQUESTS_CA_BUNDLE", &self.authorities)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start urlwatch")?;
        let mut output = child.stdout.take().context("read what urlwatch says")?;
        let mut text = Vec::new();
        // It reports when it has looked at everything, and has then had the most memory.
        let mut first = [0];
        let length = output.read(&mut first)?;
        text.extend(&first[..length]);
        self.spent.memory = self.spent.memory.max(memory_of(child.id()));
        output.take(64 * 1024 * 1024).read_to_end(&mut text)?;
        child.wait().context("wait for urlwatch")?;
        self.spent.cpu += cpu_of("self").saturating_sub(before);
        let mut words = vec![Word::Same; self.count];
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some((word, number)) = word_of(line)
                && let Some(place) = words.get_mut(number)
            {
                *place = word;
            }
        }
        Ok(words)
    }

    fn spent(&self) -> Spent {
        self.spent
    }
}

/// Reads `CHANGED: page 7 ( https://… )`.
fn word_of(line: &str) -> Option<(Word, usize)> {
    let (word, rest) = line.split_once(": page ")?;
    let number = rest.split(' ').next()?.parse().ok()?;
    let word = match word {
        // It reports errors as it reports changes: somebody reads that the certificate is not believed, or that nobody answers.
        "CHANGED" | "ERROR" => Word::Changed,
        _ => Word::Same,
    };
    Some((word, number))
}
