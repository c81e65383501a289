//! What a page looks like in a browser, and what it loads there, for what nothing else explains.

mod judging;
mod looking;
mod memory;

pub(crate) use self::looking::look_in_browser;

pub use self::memory::{Appearance, NotSeen, Rendered, RenderedMemory};

#[cfg(test)]
mod tests;
