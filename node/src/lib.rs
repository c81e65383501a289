//! The life of one node: what it receives, verifies, relays, decides, adds up and sends on.
//!
//! Read `relay.rs` first: it is what happens to an alert on its way down; `rolling_up.rs` is the way back. The pages
//! ask through the queries at the end of the list. No HTML and no SQL.

mod node;
mod paths;

mod alerts;
mod findings;
mod hosted;
mod hosts;
mod organisations;
mod refusals;
mod sessions;

mod consent;

pub use alerts::{AlertState, AlertSummary, Picture, PictureRow, VerbDecision};
pub use consent::DecideError;
pub use findings::{FindingFilter, FindingRow};
pub use hosted::{FormLink, HostedAlert, HostedAnswer, HostedError, HostedReceipt, HostedView};
pub use hosts::{HostRow, HostStateRow, NotExaminedRow};
pub use node::{Node, ReadError};
pub use organisations::{OrganisationRow, Relation};
pub use refusals::RefusedDocument;
pub use sessions::Session;
