//! Going on comparing: events of the kernel say where to look at once, a fast pass looks everywhere when events were lost, and a slow
//! pass reads everything for what no event tells.

mod process;

mod places;

mod listening;

mod standing;

mod telling;

mod mounts;

mod watch;

pub use self::process::Process;
pub use self::telling::{Alarm, Notice, PassKind};
pub use self::watch::{Watch, WatchSettings};
