//! What the officer states beside the inputs.

use domain::{Confidence, Language, OrganisationId, Role, Severity, Tlp, Verb};
use jiff::Timestamp;

/// What the officer states beside the inputs. Where it says something, it wins over the inputs.
#[derive(Clone, Debug)]
pub struct DraftOptions {
    /// Who issues the alert.
    pub authority: OrganisationId,
    /// The present instant: when the alert is issued, unless `issued_at` says otherwise.
    pub now: Timestamp,
    /// The issuer's own number.
    pub number: Option<String>,
    /// The edition; 1 where nothing says otherwise.
    pub version: Option<u32>,
    /// A drill.
    pub exercise: Option<bool>,
    /// The title, in the language of `language`.
    pub title: Option<String>,
    /// The text, in the language of `language`.
    pub body: Option<String>,
    /// The language of title and text; guessed where it is not stated.
    pub language: Option<Language>,
    /// How urgent it is; high where nothing says otherwise.
    pub severity: Option<Severity>,
    /// Who may read it; `TLP:AMBER` where nothing says otherwise.
    pub tlp: Option<Tlp>,
    /// When it is issued.
    pub issued_at: Option<Timestamp>,
    /// From when it is refused; 180 days after issue or deadline where nothing says otherwise.
    pub expires_at: Option<Timestamp>,
    /// By when every addressed organisation must have answered.
    pub deadline_at: Option<Timestamp>,
    /// The organisations addressed; everyone where empty.
    pub audience: Vec<OrganisationId>,
    /// What is asked for. Unless stated: inform; sweep, where there is something to sweep for; block, where there is
    /// something to block.
    pub verbs: Option<Vec<Verb>>,
    /// The role of what has none of its own.
    pub default_role: Role,
    /// The confidence of an indicator that has none of its own.
    pub default_confidence: Confidence,
    /// Roles by value: a file's name, a path, a digest, a domain, or an indicator's id.
    pub roles: Vec<(String, Role)>,
    /// Values that are refused or doubted, and that the officer answers for.
    pub accepted: Vec<Accepted>,
    /// Values of a text that are no indicators: the address of the sender, a program that is only mentioned.
    pub ignored: Vec<String>,
}

/// A value that the officer answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The value, exactly as the problem shows it.
    pub value: String,
    /// Why it is right; shown with the warning that remains.
    pub reason: String,
}

impl DraftOptions {
    /// Makes options that state nothing but the issuer and the time.
    pub fn new(authority: OrganisationId, now: Timestamp) -> Self {
        Self {
            authority,
            now,
            number: None,
            version: None,
            exercise: None,
            title: None,
            body: None,
            language: None,
            severity: None,
            tlp: None,
            issued_at: None,
            expires_at: None,
            deadline_at: None,
            audience: Vec::new(),
            verbs: None,
            default_role: Role::Payload,
            default_confidence: Confidence::High,
            roles: Vec::new(),
            accepted: Vec::new(),
            ignored: Vec::new(),
        }
    }
}
