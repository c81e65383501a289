//! What the parsers give their members to: it charges the budget, shows them to the visitor, and opens what is nested.

use std::io::{self, Read};

use crate::kind::Kind;
use crate::member::{MemberName, WhyNot};

/// Where a parser's members go. Every method that fails ends the parser: pass the error on with `?`.
pub(crate) struct Sink<'a> {
    _marker: std::marker::PhantomData<&'a ()>,
}

/// What a container says of a member, beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// The size that the container states.
    pub(crate) declared_size: Option<u64>,
}

/// Why a parser ends before its container does. The sink's owner lists it with the container's path.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The bytes are not what the format says.
    #[error("{0}")]
    Damaged(String),
    /// The container as a whole is encrypted.
    #[error("the container is encrypted")]
    Encrypted,
    /// The run is over; the sink has listed why. Never made by a parser.
    #[error("the run is over")]
    Over,
    /// This variant of the kind cannot be opened.
    #[error("{0}")]
    Unsupported(String),
}

impl Problem {
    /// Says what is damaged.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// Says what cannot be opened.
    pub(crate) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl Sink<'_> {
    /// Takes a member whose content is decoded while it is read. The content's error is the member's damage, which the
    /// sink lists; the parser goes on with the next member. Nothing more than a member may hold is read.
    pub(crate) fn member(
        &mut self,
        name: MemberName,
        facts: Facts,
        content: &mut dyn Read,
    ) -> Result<(), Problem> {
        let _ = (name, facts, content);
        Ok(())
    }

    /// Takes a member whose content is in memory.
    pub(crate) fn member_bytes(
        &mut self,
        name: MemberName,
        facts: Facts,
        content: &[u8],
    ) -> Result<(), Problem> {
        let _ = (name, facts, content);
        Ok(())
    }

    /// Lists a member that is not opened.
    pub(crate) fn not_opened(
        &mut self,
        name: MemberName,
        why: WhyNot,
        detail: impl Into<String>,
    ) -> Result<(), Problem> {
        let _ = (name, why, detail.into());
        Ok(())
    }

    /// Fails when the run is over. To be asked in every loop that can turn long without giving a member.
    pub(crate) fn go_on(&mut self) -> Result<(), Problem> {
        Ok(())
    }

    /// Charges bytes that were decoded without becoming a member, before or while they are produced.
    pub(crate) fn charge(&mut self, bytes: u64) -> Result<(), Problem> {
        let _ = bytes;
        Ok(())
    }

    /// Returns the most bytes that a member can still have here: a decoder into memory stops there.
    pub(crate) fn member_bytes_left(&self) -> u64 {
        0
    }

    /// Returns the name of the container that is being opened, for members that are named after it.
    pub(crate) fn container_name(&self) -> &[u8] {
        b""
    }

    /// Opens `content` as a container of another kind in the same place, not as a member of its own.
    pub(crate) fn open_as(&mut self, kind: Kind, content: &[u8]) -> Result<(), Problem> {
        let _ = (kind, content);
        Ok(())
    }
}
