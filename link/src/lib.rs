//! Documents carried between nodes and agents: HTTPS with mutual TLS 1.3, the child dials the parent.
//!
//! A child [enrols](client::enrol) with an [`Invitation`] that pins its parent's certificate authority, then
//! [polls](ParentClient::poll) for what goes down and [sends](ParentClient::send) what goes up. A node [serves](Server)
//! its children from an [`Inbox`], which decides everything: this crate carries bytes and says who sent them.
//!
//! Nothing here is believed because of how it came: documents are verified by whoever reads them.
//! `docs/formats/link.md` describes the protocol.

mod protocol;

mod authority;
mod identity;

mod invitation;

mod backoff;
mod client;

mod inbox;
mod limits;
mod server;

mod memory;
mod patience;
mod tls;
mod uploads;

mod body;
mod feed;
mod routes;

pub use authority::{AuthorityError, CertificateAuthority, Fingerprint};
pub use backoff::Backoff;
pub use client::{Grant, LinkError, ParentClient, enrol};
pub use identity::{Identity, IdentityError};
pub use inbox::{EnrolGrant, EnrolRefusal, EnrolRequest, Inbox, InboxError};
pub use invitation::{EnrolSecret, Invitation, InvitationError};
pub use limits::Limits;
pub use protocol::{DocumentAnswer, DocumentState, FeedPage, Peer};
pub use server::{ServeError, Server, ServerSettings};
