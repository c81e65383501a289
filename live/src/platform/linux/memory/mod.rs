//! The memory of a process, through `/proc/PID/mem`: read beside the running process, which does not notice.

mod opening;

mod planning;

mod filling;

mod reserved;

mod loading;

mod handing_out;

pub(crate) use opening::{Memory, open_memory};
pub(super) use reserved::HUGE_BYTES;
