//! Other people's programs, which make what is opened here.

use std::path::Path;
use std::process::{Command, Stdio};

use testkit::skipping::skipped;

/// Runs a shell command in a folder; `false`, with a word of it, if one of the programs it needs is not installed.
pub fn made(what: &str, programs: &[&str], folder: &Path, command: &str) -> bool {
    for program in programs {
        if !installed(program) {
            skipped(what, &format!("{program} is not installed"));
            return false;
        }
    }
    let output = Command::new("sh")
        .args(["-ec", command])
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{what}: {command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

fn installed(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
