//! The exit codes of every command. Scripts rely on them: they do not change.

use std::process::ExitCode;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(u8);

/// Done; a sweep was complete and found nothing; a check refused nothing.
pub const DONE: Code = Code(0);
/// A sweep found something; a check refused something.
pub const FOUND: Code = Code(1);
/// A sweep found nothing, but did not examine everything.
pub const INCOMPLETE: Code = Code(2);
/// The command could not do its work.
pub const COULD_NOT_RUN: Code = Code(3);

impl Code {
    /// Returns the number, for ending a process from any thread.
    pub fn number(self) -> i32 {
        i32::from(self.0)
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}
