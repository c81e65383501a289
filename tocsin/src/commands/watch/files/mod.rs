//! `tocsin watch files`: sign the files of a site, compare them once or go on comparing, and put back what was signed.

mod arguments;

mod believing;

mod signing;

mod comparing;

mod restoring;

pub use self::arguments::{FilesCommand, run};
pub use self::believing::read_key;
