//! The files of a web site against a manifest that its publisher signed: any file without a signature is the alarm.
//!
//! [`sign`] makes the manifest and keeps the contents, [`check_folder`] compares once, [`Watch`] goes on comparing by events of the
//! kernel and by passes of its own, [`Restoration`] puts back what was signed. No path is ever followed through a symbolic link, no
//! file is run, and nothing is deleted.

mod path;

pub mod manifest;

mod platform;

mod contents;

mod free_folders;

mod signing;

mod events;

mod finding;

mod memory;

mod judging;

mod passing;

mod checking;

mod restoring;

mod stopping;

mod watching;

pub use self::checking::{CheckOptions, CheckSummary, Compared, check_folder};
pub use self::contents::{ContentError, Contents};
pub use self::finding::{FileKind, Finding, State, Unread, What};
pub use self::free_folders::{FreeFolder, FreeRule, PatternError, Program};
pub use self::manifest::{Floor, FloorError, Head, Manifest, ManifestError, Owner, read_manifest};
pub use self::passing::{Reading, Totals};
pub use self::path::{PathError, SitePath};
pub use self::restoring::{
    Action, Plan, Restoration, RestoreError, RestoreSetupError, Step, plan_restoration,
};
pub use self::signing::{SignError, SignSummary, Signing, sign};
pub use self::stopping::Stop;
pub use self::watching::{Alarm, Notice, PassKind, Process, Watch, WatchSettings};
