//! Sigma rules: from YAML to something that can be asked quickly.

use crate::problems::RuleProblem;
use crate::reading::EventReader;

/// The text of one or more rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleSource<'a> {
    /// The id by which matches and problems name the source: the rule's id in the alert.
    pub id: &'a str,
    /// YAML, of one or more documents.
    pub text: &'a str,
}

/// How much a rule's author thinks of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not meant to alarm anybody.
    Informational,
    /// Notable, rarely an incident.
    Low,
    /// To be looked at now and then.
    Medium,
    /// To be looked at soon.
    High,
    /// An incident.
    Critical,
}

/// Rules that compiled, ready to be asked from any number of threads.
#[derive(Debug)]
pub struct SigmaRules {}

/// Compiles sources; all of them compile or none.
pub fn compile(_sources: &[RuleSource<'_>]) -> Result<SigmaRules, Vec<RuleProblem>> {
    unimplemented!("soon")
}

/// Returns what is wrong with one source; nothing where it compiles.
pub fn check(text: &str) -> Vec<RuleProblem> {
    compile(&[RuleSource { id: "", text }])
        .err()
        .unwrap_or_default()
}

impl SigmaRules {
    /// Returns a reader that asks these rules of the records of one log after another.
    pub fn reader(&self) -> EventReader<'_> {
        EventReader::new(self)
    }

    /// Returns how many rules there are.
    pub fn rule_count(&self) -> usize {
        0
    }
}
