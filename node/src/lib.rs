//! The life of one node: what it receives, verifies, relays, decides, adds up and sends on.
//!
//! Read `relay.rs` first: it is what happens to an alert on its way down; `rolling_up.rs` is the way back. The pages
//! ask through the queries at the end of the list. No HTML and no SQL.

mod bell;
mod config;
mod node;
mod paths;
mod secret_files;

mod parent;
mod trusted;

mod relay;

mod addressed;
mod consent;

mod issuing;

mod enrolment;
mod inbox;

mod outgoing;
mod rolling_up;
mod standing;

mod websites;

mod running;
mod uplink;

mod alerts;
mod findings;
mod hosted;
mod hosts;
mod organisations;
mod refusals;
mod sessions;

pub use alerts::{AlertState, AlertSummary, Picture, PictureRow, RootDocument, VerbDecision};
pub use config::{AuthoritySetup, CONFIG_EXAMPLE, Config, ConfigError, WatchSetup};
pub use consent::DecideError;
pub use enrolment::{InviteError, JoinError};
pub use findings::{FindingFilter, FindingRow};
pub use hosted::{FormLink, HostedAlert, HostedAnswer, HostedError, HostedReceipt, HostedView};
pub use hosts::{HostRow, HostStateRow, NotExaminedRow};
pub use issuing::IssueError;
pub use node::{CreateError, Node, OpenError, ReadError};
pub use organisations::{OrganisationRow, Relation};
pub use outgoing::Outgoing;
pub use parent::Parent;
pub use refusals::RefusedDocument;
pub use relay::Relayed;
pub use running::{RunError, run};
pub use sessions::Session;
pub use store::SelfTestCounts;
pub use store::Side;
pub use websites::{
    AlsoSeen, SiteFindingRow, SitesPicture, SitesRow, SitesSum, Watched, WatchedPage, WatcherRow,
};
