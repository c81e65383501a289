//! The sections of a measurement one after the other: what one cannot measure does not keep the others from it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::board::Board;
use super::options::Options;
use super::program::{Arena, Program, check_tools};
use super::rule_files::{self, Listed};
use crate::running::{cargo, root, run};

/// A measurement that can be asked for by name.
pub struct Section {
    /// For `--only`.
    pub name: &'static str,
    measure: fn(&Bench<'_>, &mut Board) -> Result<()>,
}

impl Section {
    /// Makes a section.
    pub const fn new(
        name: &'static str,
        measure: fn(&Bench<'_>, &mut Board) -> Result<()>,
    ) -> Self {
        Self { name, measure }
    }
}

/// What every section needs.
pub struct Bench<'a> {
    /// As the command line says.
    pub options: &'a Options,
    /// The program that is measured.
    pub tocsin: PathBuf,
    /// A folder for what programs print and keep.
    pub scratch: PathBuf,
    /// As many as the machine has cores.
    pub threads: usize,
    /// The rule files, where there are any.
    pub rules: Option<Listed>,
}

impl<'a> Bench<'a> {
    /// Builds the program unless it is to be measured as it was built last, and lists the rules.
    pub fn prepare(options: &'a Options) -> Result<Self> {
        check_tools()?;
        let target = root().join("target");
        if !options.built {
            let words = ["build", "--release", "--locked", "--package=tocsin"];
            run(cargo(&words).arg("--target-dir").arg(&target))?;
        }
        let scratch = target.join("bench-sweep");
        fs_err::create_dir_all(&scratch)?;
        let rules = match &options.rules {
            Some(folder) => Some(rule_files::list(folder)?),
            None => None,
        };
        Ok(Self {
            options,
            tocsin: target.join("release").join("tocsin"),
            scratch,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            rules,
        })
    }

    /// Measures the sections that are wanted, prints the targets, and fails where findings differ.
    pub fn run(&self, sections: &[Section]) -> Result<()> {
        println!(
            "{}, {} threads, medians of {} runs by turns, at most {} s a run",
            self.options.folder.display(),
            self.threads,
            self.options.runs,
            self.options.limit.as_secs()
        );
        let mut board = Board::default();
        let mut failed = Vec::new();
        for section in sections {
            if !self.options.wants(section.name) {
                continue;
            }
            println!("\n==> {}", section.name);
            let started = Instant::now();
            if let Err(error) = (section.measure)(self, &mut board) {
                println!("  FAILED: {error:#}");
                failed.push(section.name);
            }
            println!("  section took {:.0} s", started.elapsed().as_secs_f64());
        }
        board.print();
        if !failed.is_empty() {
            bail!("not measured to the end: {}", failed.join(", "));
        }
        Ok(())
    }

    /// Returns where other programs run.
    pub fn arena(&self) -> Arena<'_> {
        Arena {
            scratch: &self.scratch,
            limit: self.options.limit,
        }
    }

    /// Returns a sweep of `folder` for `alert`, of files as they lie on the disk only: what peers look at as well.
    pub fn sweep(
        &self,
        name: &'static str,
        folder: &Path,
        alert: &Path,
        threads: usize,
    ) -> Program {
        self.sweep_with(
            name,
            folder,
            alert,
            &["--leave-containers".as_ref()],
            threads,
        )
    }

    /// Returns a sweep of `folder` for `alert` as people get it, but for the running system, with further words.
    pub fn sweep_with(
        &self,
        name: &'static str,
        folder: &Path,
        alert: &Path,
        further: &[&std::ffi::OsStr],
        threads: usize,
    ) -> Program {
        let mut words = vec![
            self.tocsin.clone().into(),
            "sweep".into(),
            folder.into(),
            "--alert".into(),
            alert.into(),
            "--threads".into(),
            threads.to_string().into(),
        ];
        words.extend(["--format=json", "--running-system=no"].map(Into::into));
        words.extend(further.iter().map(Into::into));
        Program::new(name, &[0, 1, 2], self.arena(), words)
    }

    /// Returns the folder of the rules.
    pub fn rules_folder(&self) -> Result<&Path> {
        let folder = self.options.rules.as_deref();
        folder.context("name a folder of rule files with --rules")
    }

    /// Returns the rule files that can be compared.
    pub fn usable_rules(&self) -> Result<&[PathBuf]> {
        match &self.rules {
            None => bail!("name a folder of rule files with --rules"),
            Some(listed) if listed.usable.is_empty() => bail!("no rule file can be compared"),
            Some(listed) => Ok(&listed.usable),
        }
    }
}
