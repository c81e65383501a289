//! What the pages show about organisations: this one, those below, and how each takes part.

use domain::OrganisationId;
use jiff::Timestamp;

use crate::node::{Node, ReadError};

/// How an organisation is connected to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is below a child; this node hears of it through that child.
    Below,
    /// It has a node of its own, which reports here.
    Child,
    /// It has no node; it answers here, by form or kit or with agents attached to this node.
    Hosted,
    /// It is this node's own.
    Own,
}

/// One organisation.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// The organisation above it; absent for this node's own.
    pub parent: Option<OrganisationId>,
    /// How it is connected.
    pub relation: Relation,
    /// When it enrolled or was registered; absent where it has been invited only, and for organisations further below.
    pub enrolled_at: Option<Timestamp>,
    /// When its node was last heard of.
    pub last_seen_at: Option<Timestamp>,
}

impl Node {
    /// Lists the organisations at and below this node: its own, then the others by id.
    pub fn list_organisations(&self) -> Result<Vec<OrganisationRow>, ReadError> {
        unimplemented!()
    }
}
