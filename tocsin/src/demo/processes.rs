//! The demo's processes: this same program, started again and again. Each ends with the demo, however the demo ends.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use fs_err as fs;

/// Starts this program with the demo's clock.
#[derive(Clone, Debug)]
pub struct Program {
    executable: PathBuf,
    clock: PathBuf,
    logs: PathBuf,
}

/// What a process of the demo may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privileges {
    /// What this process may.
    Inherited,
    /// Not even root reads what the permission bits forbid: for the host that cannot read part of its disk.
    NoOverride,
}

/// A process that runs until it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Program {
    /// Makes the program that takes the time from `clock` and writes logs into `logs`.
    pub fn new(clock: &Path, logs: &Path) -> anyhow::Result<Self> {
        let executable =
            std::env::current_exe().context("could not find this program's own file")?;
        Ok(Self {
            executable,
            clock: clock.to_owned(),
            logs: logs.to_owned(),
        })
    }

    /// Runs a command to its end and returns what it printed. Any other end than `allowed` is an error that says what
    /// the command said.
    pub fn run(&self, arguments: &[OsString], allowed: &[i32]) -> anyhow::Result<String> {
        let output = self.command(arguments).stdin(Stdio::null()).output()?;
        if !output
            .status
            .code()
            .is_some_and(|code| allowed.contains(&code))
        {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "`{}` ended with {}:\n{}",
                in_words(arguments),
                output.status,
                said.trim_end()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts a command that runs until the result is dropped or this process ends.
    pub fn start(
        &self,
        name: &str,
        arguments: &[OsString],
        privileges: Privileges,
    ) -> anyhow::Result<Running> {
        let log = self.logs.join(format!("{name}.log"));
        let file = fs::File::create(&log)?.into_parts().0;
        let mut command = match privileges {
            Privileges::NoOverride if rustix::process::geteuid().is_root() => {
                self.command_without_override(arguments)
            }
            _ => self.command(arguments),
        };
        // The pipe closes when this process ends, even by kill -9; that is the child's sign to end.
        let command = command
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = command
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        Ok(Running {
            child,
            name: name.to_owned(),
            log,
        })
    }

    fn command(&self, arguments: &[OsString]) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg("--clock").arg(&self.clock).args(arguments);
        apart(command)
    }

    /// `setpriv` is part of util-linux, which every Debian has.
    fn command_without_override(&self, arguments: &[OsString]) -> Command {
        let dropped = "-dac_override,-dac_read_search";
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--bounding-set={dropped}"))
            .arg(format!("--inh-caps={dropped}"))
            .arg("--");
        command
            .arg(&self.executable)
            .arg("--clock")
            .arg(&self.clock)
            .args(arguments);
        apart(command)
    }
}

/// Ctrl-C at a terminal goes to a whole group of processes. It is for the demo, which ends its processes in good order.
fn apart(mut command: Command) -> Command {
    command.process_group(0);
    command
}

impl Running {
    /// Fails with the end of the log if the process has ended by itself.
    pub fn check(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(12).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!(
            "{} ended by itself ({status}); its last words:\n{}",
            self.name,
            last.join("\n")
        )
    }
}

impl Drop for Running {
    /// By its own process id, and waited for, so that nothing is left behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes arguments of texts and paths.
macro_rules! words {
    ($($word:expr),* $(,)?) => { [$(std::ffi::OsString::from($word)),*] };
}
pub(crate) use words;

fn in_words(arguments: &[OsString]) -> String {
    arguments
        .join(OsStr::new(" "))
        .to_string_lossy()
        .into_owned()
}
