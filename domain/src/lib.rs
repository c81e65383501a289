//! The nouns of Tocsin and the rules that hold between them. Everything that two crates must agree on is here.
//!
//! No I/O and no async: bytes are parsed in `documents`, files are read in `sweep`. A value that exists is valid;
//! what can be checked is checked when it is made.

pub mod causes;

pub mod clock;
pub mod ids;

pub mod digest;
pub mod name_pattern;
pub mod size;

pub mod indicator;

pub mod alert;

pub mod consent;

pub mod item;

pub mod finding;

pub mod coverage;

pub mod report;

pub mod status;

pub mod website;

pub use alert::{
    Action, Alert, AlertError, AlertText, Combination, Language, Rule, RuleLanguage, Severity, Tlp,
    Within,
};
pub use causes::chain;
pub use clock::{Clock, SystemClock};
pub use consent::{Answer, Consent, ConsentPolicy, Sharing, Verb};
pub use coverage::{CheckCoverage, CheckKind, Coverage, KindCount, NotExamined, Reason};
pub use digest::{Algorithm, Digest};
pub use finding::{Finding, Hit, Isolation, Judgement, Strength, Why};
pub use ids::{AlertId, DocumentId, EvidenceId, HostId, OrganisationId};
pub use indicator::{Confidence, DomainPattern, Indicator, NetworkPattern, Observable, Role};
pub use item::{ItemKind, ItemPath};
pub use name_pattern::{FileName, PathPattern, PathStyle};
pub use report::{AlertReference, Outcome, SelfTest, SweepReport};
pub use size::SizeRange;
pub use status::{HostCounters, HostState, OrganisationStatus, Overdue, Totals};
pub use website::{
    EvidenceHead, OrganisationSites, PageCounters, PageMark, PageState, SiteFinding,
    SiteFindingState, SiteReason, SiteSharing, SiteVerdict, WatchHealth, is_rest_of_site,
};
