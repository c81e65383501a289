//! What findings mean together: the legitimate program is worth a look, beside the malware it is part of the attack.

use std::collections::{BTreeSet, HashMap};

use domain::{Alert, Combination, Judgement, Role, Why, Within};

use crate::findings::Pending;
use crate::judge::{ContentEvidence, Location};

/// Finds the complete combinations of an alert and judges their members again.
///
/// Where at least one member matched by content, members found by content or by path are confirmed, the others are
/// suspicious. Where none did, members whose content is not known to be another are suspicious. What the issuer calls
/// context is never more than suspicious: it may lie on every host.
pub(crate) fn judge_combinations(alert: &Alert, findings: &mut [Pending]) {
    let numbers: HashMap<&str, usize> = alert
        .indicators
        .iter()
        .enumerate()
        .map(|(number, indicator)| (indicator.id.as_str(), number))
        .collect();
    for combination in &alert.combinations {
        let wanted: BTreeSet<usize> = combination
            .all_of
            .iter()
            .filter_map(|id| numbers.get(id.as_str()).copied())
            .collect();
        for group in groups(combination, &wanted, findings) {
            judge_group(alert, combination, &wanted, &group, findings);
        }
    }
}

/// Returns the findings with a member, by number, each group as near to each other as the combination asks.
fn groups(
    combination: &Combination,
    wanted: &BTreeSet<usize>,
    findings: &[Pending],
) -> Vec<Vec<usize>> {
    let mut groups: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (number, pending) in findings.iter().enumerate() {
        if pending
            .members
            .iter()
            .any(|member| wanted.contains(&member.0))
        {
            let place: &[u8] = match combination.within {
                Within::Folder => &pending.folder,
                Within::Host => b"",
            };
            groups.entry(place).or_default().push(number);
        }
    }
    groups.into_values().collect()
}

fn judge_group(
    alert: &Alert,
    combination: &Combination,
    wanted: &BTreeSet<usize>,
    group: &[usize],
    findings: &mut [Pending],
) {
    let members = |number: &usize| {
        findings[*number]
            .members
            .iter()
            .filter(|member| wanted.contains(&member.0))
            .copied()
            .collect::<Vec<_>>()
    };
    let by_finding: Vec<Vec<(usize, Location, ContentEvidence)>> =
        group.iter().map(members).collect();
    let found: BTreeSet<usize> = by_finding.iter().flatten().map(|member| member.0).collect();
    if found != *wanted {
        return;
    }
    let by_content = by_finding
        .iter()
        .flatten()
        .any(|member| member.2 == ContentEvidence::Same);
    for (number, members) in group.iter().zip(by_finding) {
        let pending = &mut findings[*number];
        pending.finding.combinations.push(combination.id.clone());
        for (indicator, location, content) in members {
            let strong = content == ContentEvidence::Same || location == Location::Path;
            let context = alert.indicators[indicator].role == Role::Context;
            let judged = match (by_content, content) {
                (true, _) if strong && !context => (Judgement::Confirmed, Why::Combination),
                (true, _) => (Judgement::Suspicious, Why::Combination),
                (false, ContentEvidence::Unknown) => (Judgement::Suspicious, pending.finding.why),
                (false, _) if location == Location::Path => {
                    (Judgement::Suspicious, pending.finding.why)
                }
                (false, _) => continue,
            };
            pending.raise(judged);
        }
    }
}
