//! The files that tidy reads: those that git tracks or would track, in memory.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::running::output_of;

/// The repository's files.
pub struct Tree {
    /// In the order of their paths.
    pub files: Vec<File>,
    /// Every folder that has a file below it.
    folders: BTreeSet<String>,
}

/// One file.
pub struct File {
    /// From the repository's root, with `/`.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A place that breaks a rule, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    path: String,
    line: usize,
    text: String,
}

impl Violation {
    /// Makes a violation at a line, counted from 1.
    pub fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            text: text.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

impl Tree {
    /// Reads every file that git tracks, or would track if it were added.
    pub fn load(root: &Path) -> Result<Self> {
        let listing = output_of(
            Command::new("git")
                .args([
                    "ls-files",
                    "-z",
                    "--cached",
                    "--others",
                    "--exclude-standard",
                ])
                .current_dir(root),
        )
        .context("list the files; tidy needs git and a checkout")?;
        let mut files = Vec::new();
        for path in listing.split('\0').filter(|path| !path.is_empty()) {
            // A file that was removed and not yet committed, or a link.
            if !root.join(path).is_file() {
                continue;
            }
            files.push(File {
                path: path.to_owned(),
                bytes: fs_err::read(root.join(path))?,
            });
        }
        Ok(Self::new(files))
    }

    /// Makes a tree of these files.
    pub fn new(mut files: Vec<File>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut folders = BTreeSet::new();
        for file in &files {
            let mut rest = file.path.as_str();
            while let Some((folder, _)) = rest.rsplit_once('/') {
                folders.insert(folder.to_owned());
                rest = folder;
            }
        }
        Self { files, folders }
    }

    /// Returns the text of the file, if there is such a file and it is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path)?.text()
    }

    /// Returns every text file whose name ends so.
    pub fn texts_ending(&self, suffix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |file| file.path.ends_with(suffix))
            .filter_map(|file| Some((file.path.as_str(), file.text()?)))
    }

    /// Tells whether there is a file or a folder of this name; the root is the empty name.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty()
            || self.folders.contains(path)
            || self.files.iter().any(|file| file.path == path)
    }

    /// Tells whether there is a folder of this name.
    pub fn has_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }
}

impl File {
    /// Returns the content as text, unless it is something else.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

#[cfg(test)]
pub mod testing {
    //! Small trees for the tests of the rules.

    use super::{File, Tree, Violation};

    /// Makes a tree of these paths and contents.
    pub fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        Tree::new(files.iter().map(file).collect())
    }

    /// Returns `path:line` of each violation, in order.
    pub fn places(mut violations: Vec<Violation>) -> Vec<String> {
        violations.sort();
        violations
            .iter()
            .map(|violation| format!("{}:{}", violation.path, violation.line))
            .collect()
    }
}
