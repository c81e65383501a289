//! What the operating system is asked: the processes of a browser, what they need, and their end.

mod linux;

pub(crate) use self::linux::{Group, Usage, unprivileged};
