//! The protocol of `DevTools` over two pipes, as much of it as is needed: messages, a conversation, and what a page tells of itself.
//! Whoever answers may have been subverted by the page: every length and count is bounded, and nothing is kept that was not asked for.

mod messages;

mod conversation;

mod told;

pub(crate) use self::conversation::{Conversation, Fault};
pub(crate) use self::told::Told;
pub use self::told::{Request, RequestKind};
