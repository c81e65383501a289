//! Documents: made, signed, read and verified. Bytes in, bytes out.
//!
//! A document is a DSSE envelope (`envelope`) around a payload of strict JSON (`strict_json`), signed with Ed25519
//! (`keys`). It has three lives: a value that anybody can make, an [`Envelope`] that claims signatures, and a
//! [`Verified`] that only `verifying` makes and that alone may be acted on.
//!
//! This crate never opens a file or a socket. `docs/formats/documents.md` describes the bytes for other programs.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod kind;

mod catalogue;
mod root;

mod answers;
mod change_notice;
mod reports;
mod watch_report;

pub mod strict_json;

mod keys;

pub mod key_file;

mod envelope;

mod verifying;

pub use answers::{Decision, Receipt, VerbAnswer};
pub use catalogue::{CATALOGUE_ALERTS_MAX, Catalogue, CatalogueEntry};
pub use change_notice::{ChangeNotice, NOTICE_PAGES_MAX, NoticePage};
pub use envelope::{Envelope, EnvelopeError, SIGNATURES_MAX, SignError};
pub use key_file::KeyFileError;
pub use keys::{KeyError, PublicKey, SigningKey};
pub use kind::{Document, Kind, SCHEMA};
pub use reports::{HostReport, ROLL_UP_ORGANISATIONS_MAX, RollUp, SharedFinding};
pub use root::{ROLE_KEYS_MAX, RoleKeys, Root};
pub use strict_json::StrictJsonError;
pub use verifying::{
    Expiry, Verified, VerifyError, valid_signers, verify_alert, verify_alert_signatures,
    verify_catalogue, verify_first_root, verify_from, verify_next_root, verify_root_chain,
};
pub use watch_report::{WATCH_FINDINGS_MAX, WATCH_MARKS_MAX, WatchReport};
