//! The kinds of documents, and what every kind has in common.

use std::fmt;

use domain::Alert;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of the payload formats of this crate.
pub const SCHEMA: u32 = 1;

const MEBIBYTE: usize = 1024 * 1024;
/// What JSON, signatures and key ids add to a payload in base64: 64 signatures of 200 bytes each, generously.
const ENVELOPE_OVERHEAD_BYTES: usize = 64 * 1024;

/// What a document is. The payload type is inside what is signed, so no kind can be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`domain::Alert`].
    Alert,
    /// [`crate::Catalogue`].
    Catalogue,
    /// [`crate::ChangeNotice`].
    ChangeNotice,
    /// [`crate::Decision`].
    Decision,
    /// [`crate::Receipt`].
    Receipt,
    /// [`crate::HostReport`].
    Report,
    /// [`crate::RollUp`].
    RollUp,
    /// [`crate::Root`].
    Root,
    /// [`crate::SharedFinding`].
    SharedFinding,
    /// [`crate::WatchReport`].
    WatchReport,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Alert,
        Self::Catalogue,
        Self::ChangeNotice,
        Self::Decision,
        Self::Receipt,
        Self::Report,
        Self::RollUp,
        Self::Root,
        Self::SharedFinding,
        Self::WatchReport,
    ];

    /// Returns the kind that `payload_type` names.
    pub fn from_payload_type(payload_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.payload_type() == payload_type)
    }

    /// Returns the name: `shared-finding`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Catalogue => "catalogue",
            Self::ChangeNotice => "change-notice",
            Self::Decision => "decision",
            Self::Receipt => "receipt",
            Self::Report => "report",
            Self::RollUp => "roll-up",
            Self::Root => "root",
            Self::SharedFinding => "shared-finding",
            Self::WatchReport => "watch-report",
        }
    }

    /// Returns the `payloadType` that envelopes state and signatures cover.
    pub const fn payload_type(self) -> &'static str {
        match self {
            Self::Alert => "application/vnd.tocsin.alert.v1+json",
            Self::Catalogue => "application/vnd.tocsin.catalogue.v1+json",
            Self::ChangeNotice => "application/vnd.tocsin.change-notice.v1+json",
            Self::Decision => "application/vnd.tocsin.decision.v1+json",
            Self::Receipt => "application/vnd.tocsin.receipt.v1+json",
            Self::Report => "application/vnd.tocsin.report.v1+json",
            Self::RollUp => "application/vnd.tocsin.roll-up.v1+json",
            Self::Root => "application/vnd.tocsin.root.v1+json",
            Self::SharedFinding => "application/vnd.tocsin.shared-finding.v1+json",
            Self::WatchReport => "application/vnd.tocsin.watch-report.v1+json",
        }
    }

    /// Returns the most bytes that a payload may have. Alerts carry rule packs, reports ten thousand findings; the
    /// others are read often and by small machines.
    pub const fn payload_bytes_max(self) -> usize {
        match self {
            Self::Alert | Self::Report | Self::RollUp | Self::WatchReport => 64 * MEBIBYTE,
            Self::Catalogue | Self::Root | Self::SharedFinding => 4 * MEBIBYTE,
            Self::Decision | Self::Receipt => 64 * 1024,
            // A hundred addresses, texts and origins.
            Self::ChangeNotice => MEBIBYTE,
        }
    }

    /// Returns the most bytes that a whole envelope may have: the payload in base64, and the signatures.
    pub const fn envelope_bytes_max(self) -> usize {
        self.payload_bytes_max()
            .div_ceil(3)
            .saturating_mul(4)
            .saturating_add(ENVELOPE_OVERHEAD_BYTES)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A payload that can be signed and verified.
pub trait Document: Serialize + DeserializeOwned {
    /// Which kind it is.
    const KIND: Kind;

    /// Checks what the types cannot: that the parts agree with each other. The message reads after "is refused: ".
    fn check(&self) -> Result<(), String>;
}

impl Document for Alert {
    const KIND: Kind = Kind::Alert;

    fn check(&self) -> Result<(), String> {
        Self::check(self).map_err(|error| error.to_string())
    }
}

/// Refuses a payload of a format that this program does not read.
pub(crate) fn check_schema(schema: u32) -> Result<(), String> {
    if schema == SCHEMA {
        Ok(())
    } else {
        Err(format!(
            "format {schema} is not known; this program reads {SCHEMA}"
        ))
    }
}

/// Refuses a line of text that is empty, longer than `chars_max` or has control characters.
pub(crate) fn check_line(text: &str, chars_max: usize, what: &str) -> Result<(), String> {
    let valid = !text.trim().is_empty()
        && text.chars().count() <= chars_max
        && !text.chars().any(char::is_control);
    if valid {
        Ok(())
    } else {
        Err(format!(
            "{what} is empty, too long or has control characters"
        ))
    }
}
