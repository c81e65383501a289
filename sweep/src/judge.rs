//! What a match means. Pure: the table in the tests is the specification.
//!
//! A name or a path is never more than a hint, and a file that only shares the name of a payload is never called
//! malware: attackers choose names of real programs on purpose.

use domain::{Confidence, Judgement, Role, Why};

/// Everything that speaks for one indicator in one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the indicator is to the attack.
    pub role: Role,
    /// How sure the issuer is.
    pub confidence: Confidence,
    /// What the location says.
    pub location: Location,
    /// What the content says.
    pub content: ContentEvidence,
}

/// How an item's location matched an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// Not at all.
    Elsewhere,
    /// Its name is sought.
    Name,
    /// Its path is sought.
    Path,
}

/// What an item's content says about an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEvidence {
    /// A digest is the indicator's.
    Same,
    /// No digest is the indicator's, or the size cannot be.
    Other,
    /// The indicator states none, or the content could not be read.
    Unknown,
}

/// Judges one indicator's evidence in one item; nothing where nothing matched.
pub fn judge_indicator(evidence: &Evidence) -> Option<(Judgement, Why)> {
    use Judgement::{Confirmed, Context, Suspicious};

    let payload = evidence.role == Role::Payload;
    let sure = evidence.confidence == Confidence::High;
    if evidence.role == Role::Context {
        let matched =
            evidence.location > Location::Elsewhere || evidence.content == ContentEvidence::Same;
        return matched.then_some((Context, Why::ContextOnly));
    }
    let judged = match (evidence.content, evidence.location) {
        (ContentEvidence::Same, _) if !payload => (Suspicious, Why::AbusedLegitimateContent),
        (ContentEvidence::Same, _) if sure => (Confirmed, Why::PayloadContent),
        (ContentEvidence::Same, _) => (Suspicious, Why::PayloadContent),
        (_, Location::Elsewhere) => return None,
        (ContentEvidence::Other, Location::Path) if payload => (Suspicious, Why::PathOtherContent),
        // An abused program in its own place is as on any healthy computer: there is nothing to it but the name.
        (ContentEvidence::Other, _) => (Context, Why::NameOtherContent),
        (ContentEvidence::Unknown, Location::Path) => (Suspicious, Why::PathUnchecked),
        (ContentEvidence::Unknown, Location::Name) if payload && sure => {
            (Suspicious, Why::NameUnchecked)
        }
        (ContentEvidence::Unknown, Location::Name) => (Context, Why::NameUnchecked),
    };
    Some(judged)
}

/// Judges the match of a rule.
pub fn judge_rule(role: Role, confidence: Confidence) -> (Judgement, Why) {
    match (role, confidence) {
        (Role::Context, _) => (Judgement::Context, Why::ContextOnly),
        (Role::Payload, Confidence::High) => (Judgement::Confirmed, Why::RuleConfirmed),
        (Role::Payload | Role::AbusedLegitimate, _) => (Judgement::Suspicious, Why::RuleMatched),
    }
}

/// Judges that something sought (an address, a key, a task) stands in an item: a trace is never proof.
pub fn judge_trace(role: Role) -> (Judgement, Why) {
    match role {
        Role::Context => (Judgement::Context, Why::ContextOnly),
        Role::Payload | Role::AbusedLegitimate => (Judgement::Suspicious, Why::TraceFound),
    }
}

/// Lowers the judgement of a content that belongs to a package of the system itself; it is never hidden.
pub fn lower_known((judgement, why): (Judgement, Why)) -> (Judgement, Why) {
    match judgement {
        Judgement::Confirmed => (Judgement::Suspicious, Why::KnownPackage),
        Judgement::Suspicious => (Judgement::Context, Why::KnownPackage),
        Judgement::Context => (Judgement::Context, why),
    }
}

/// Returns the worse of two judgements; of equal ones, the one that proves more.
pub fn worse(one: (Judgement, Why), other: (Judgement, Why)) -> (Judgement, Why) {
    let weight = |(judgement, why): (Judgement, Why)| {
        let proof = match why {
            Why::Combination => 11,
            Why::PayloadContent => 10,
            Why::RuleConfirmed => 9,
            Why::AbusedLegitimateContent => 8,
            Why::RuleMatched => 7,
            Why::TraceFound => 6,
            Why::PathOtherContent => 5,
            Why::PathUnchecked => 4,
            Why::KnownPackage => 3,
            Why::NameUnchecked => 2,
            Why::NameOtherContent => 1,
            Why::ContextOnly => 0,
        };
        (judgement, proof)
    };
    if weight(other) > weight(one) {
        other
    } else {
        one
    }
}

#[cfg(test)]
mod tests {
    use Confidence::{High, Low, Medium};
    use ContentEvidence::{Other, Same, Unknown};
    use Judgement::{Confirmed, Context, Suspicious};
    use Location::{Elsewhere, Name, Path};
    use Role::{AbusedLegitimate, Payload};

    use super::*;

    /// Role, location, content; then what it means with high, medium and low confidence.
    type Row = (
        Role,
        Location,
        ContentEvidence,
        [Option<(Judgement, Why)>; 3],
    );

    #[rustfmt::skip]
    const TABLE: [Row; 27] = [
        (Payload, Elsewhere, Same, [Some((Confirmed, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent))]),
        (Payload, Name, Same, [Some((Confirmed, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent))]),
        (Payload, Path, Same, [Some((Confirmed, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent)), Some((Suspicious, Why::PayloadContent))]),
        (Payload, Elsewhere, Other, [None; 3]),
        (Payload, Name, Other, [Some((Context, Why::NameOtherContent)); 3]),
        (Payload, Path, Other, [Some((Suspicious, Why::PathOtherContent)); 3]),
        (Payload, Elsewhere, Unknown, [None; 3]),
        (Payload, Name, Unknown, [Some((Suspicious, Why::NameUnchecked)), Some((Context, Why::NameUnchecked)), Some((Context, Why::NameUnchecked))]),
        (Payload, Path, Unknown, [Some((Suspicious, Why::PathUnchecked)); 3]),
        (AbusedLegitimate, Elsewhere, Same, [Some((Suspicious, Why::AbusedLegitimateContent)); 3]),
        (AbusedLegitimate, Name, Same, [Some((Suspicious, Why::AbusedLegitimateContent)); 3]),
        (AbusedLegitimate, Path, Same, [Some((Suspicious, Why::AbusedLegitimateContent)); 3]),
        (AbusedLegitimate, Elsewhere, Other, [None; 3]),
        (AbusedLegitimate, Name, Other, [Some((Context, Why::NameOtherContent)); 3]),
        (AbusedLegitimate, Path, Other, [Some((Context, Why::NameOtherContent)); 3]),
        (AbusedLegitimate, Elsewhere, Unknown, [None; 3]),
        (AbusedLegitimate, Name, Unknown, [Some((Context, Why::NameUnchecked)); 3]),
        (AbusedLegitimate, Path, Unknown, [Some((Suspicious, Why::PathUnchecked)); 3]),
        (Role::Context, Elsewhere, Same, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Name, Same, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Path, Same, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Elsewhere, Other, [None; 3]),
        (Role::Context, Name, Other, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Path, Other, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Elsewhere, Unknown, [None; 3]),
        (Role::Context, Name, Unknown, [Some((Context, Why::ContextOnly)); 3]),
        (Role::Context, Path, Unknown, [Some((Context, Why::ContextOnly)); 3]),
    ];

    #[test]
    fn judges_every_row_of_the_table() {
        for (role, location, content, expected) in TABLE {
            for (confidence, expected) in [High, Medium, Low].into_iter().zip(expected) {
                let evidence = Evidence {
                    role,
                    confidence,
                    location,
                    content,
                };
                assert_eq!(judge_indicator(&evidence), expected, "{evidence:?}");
            }
        }
    }

    #[test]
    fn only_a_sure_rule_about_a_payload_confirms() {
        for role in [Payload, AbusedLegitimate, Role::Context] {
            for confidence in [High, Medium, Low] {
                let (judgement, _) = judge_rule(role, confidence);
                let confirms = role == Payload && confidence == High;
                assert_eq!(judgement == Confirmed, confirms, "{role:?} {confidence:?}");
                assert_eq!(judgement == Context, role == Role::Context);
            }
        }
    }

    #[test]
    fn the_worse_judgement_decides_and_of_equal_ones_the_better_proof() {
        let name = (Context, Why::NameOtherContent);
        let payload = (Confirmed, Why::PayloadContent);
        let rule = (Confirmed, Why::RuleConfirmed);
        assert_eq!(worse(name, payload), payload);
        assert_eq!(worse(payload, rule), payload);
        assert_eq!(worse(rule, payload), payload);
    }
}
