//! The node's lasting state: `SQLite` in one folder. Its commit is the only point of durability.
//!
//! [`Store::write`] is one transaction, however many subjects it touches; [`Store::read`] sees one instant. The
//! subjects are methods of [`View`] (read) and [`Change`] (write), one file each. No HTML, and no rules but those that
//! the data itself cannot do without.

mod columns;
mod migrations;
mod store;

mod settings;

mod documents;

mod authorities;

mod alerts;

mod answers;

mod organisations;

mod tokens;

mod hosts;

mod reports;

mod findings;

mod roll_ups;

mod watch_reports;

mod outbox;

mod refusals;

mod sessions;

pub use alerts::{AlertHead, AlertRow};
pub use answers::{AcknowledgementRow, AnswerRow};
pub use authorities::{CatalogueRow, RootRow};
pub use documents::{FeedAudience, FeedEntry, FeedPage, Lane, StoredDocument};
pub use findings::{FindingFilter, FindingRow, NotExaminedRow};
pub use hosts::HostRow;
pub use organisations::{DescendantRow, OrganisationRow, Relation};
pub use outbox::OutboxEntry;
pub use refusals::RefusalRow;
pub use reports::{AnswerOfHost, CountedHosts, ReportSummary, SelfTestCounts, Subject};
pub use roll_ups::{MadeRollUp, RollUpHead, RollUpRow};
pub use sessions::SessionRow;
pub use store::{Change, Store, StoreError, View};
pub use tokens::{Token, TokenPurpose};
pub use watch_reports::{Side, ToldWatch, WatchHead, WatchLoad, WatchRow};
