//! Which traces are sought: hash look-ups, so that ten thousand sought keys over a hive of a million cost one pass.

mod registry;

mod paths;

mod matcher;

pub use matcher::Matcher;
pub use registry::{NotSought, RegistryPattern};
