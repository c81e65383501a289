//! Domain names: unknown endings, whole suffixes, names that everybody needs, and two names fused.

use domain::DomainPattern;

use super::evidence::{Evidence, edit_distance};
use super::fusion;
use super::known::{self, Standing};
use super::labels::{
    COMMON_ENDINGS, DYNAMIC_SUFFIXES, FUSING_ENDINGS, HOST_LABELS, VIETNAMESE_LABELS, WHOLE_LABELS,
    WHOLE_STEMS,
};
use super::network;
use super::punycode::to_ascii;
use crate::material::{Flaw, Kind};
use crate::problem::ProblemCode;

/// Tells whether a name in lower case ends with a top-level domain that exists.
pub(crate) fn has_known_suffix(name: &str) -> bool {
    name.contains('.')
        && !name.starts_with('.')
        && psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Returns the public suffix of a name in lower case: `com`, `com.vn`, `ddns.info`.
fn suffix(name: &str) -> Option<&str> {
    let listed = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known)?;
    let dynamic = DYNAMIC_SUFFIXES.iter().find_map(|suffix| {
        let head = name.strip_suffix(suffix)?;
        (head.is_empty() || head.ends_with('.')).then_some(suffix.len())
    });
    let length = dynamic.unwrap_or(0).max(listed.as_bytes().len());
    name.get(name.len() - length..)
}

pub(super) fn check(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    if let Some(flaw) = fusion::find(Kind::Domain, value, evidence) {
        return vec![as_domains(flaw)];
    }
    let Some(ascii) = to_ascii(value) else {
        return vec![Flaw::refused(ProblemCode::DomainMalformed)];
    };
    let Ok(pattern) = ascii.parse::<DomainPattern>() else {
        let repaired = ascii.trim_matches(['.', '-']).replace("..", ".");
        let meant = repaired.parse::<DomainPattern>().is_ok() && has_known_suffix(&repaired);
        return vec![Flaw::refused(ProblemCode::DomainMalformed).meant(meant.then_some(repaired))];
    };
    let name = pattern.name();
    if let Some(flaw) = unknown_ending(name, evidence).or_else(|| fused(name, evidence)) {
        return vec![flaw];
    }
    if suffix(name) == Some(name) {
        return vec![Flaw::refused(ProblemCode::DomainPublicSuffix)];
    }
    let mut flaws = Vec::new();
    match known::standing(name) {
        Standing::WellKnown => flaws.push(Flaw::refused(ProblemCode::DomainWellKnown)),
        Standing::Below => flaws.push(Flaw::warning(ProblemCode::DomainLegitimate)),
        Standing::Ordinary => {}
    }
    if let Some(label) = mixed_script(value) {
        flaws.push(
            Flaw::warning(ProblemCode::DomainMixedScript)
                .with("label", label)
                .with("ascii", &ascii),
        );
    }
    if flaws.is_empty() {
        flaws.extend(maybe_fused(name));
    }
    flaws
}

/// Says of two domains run together that they are fused.
fn as_domains(flaw: Flaw) -> Flaw {
    let are_domains = flaw
        .args
        .iter()
        .all(|(_, half)| has_known_suffix(&half.to_ascii_lowercase()));
    if are_domains {
        Flaw {
            code: ProblemCode::DomainFused,
            ..flaw
        }
    } else {
        flaw
    }
}

pub(super) fn check_url(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    if let Some(flaw) = fusion::find(Kind::Url, value, evidence) {
        return vec![flaw];
    }
    if domain::Observable::new("url", value).is_err() {
        return vec![Flaw::refused(ProblemCode::UrlMalformed)];
    }
    let after = value.split_once("://").map_or(value, |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or(after);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if let Some(bracketed) = host.strip_prefix('[') {
        return network::check(bracketed.split(']').next().unwrap_or(""), evidence);
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return network::check(host, evidence);
    }
    // A URL names one page: below a name that everybody needs it blocks no more than that.
    check(host, evidence)
        .into_iter()
        .map(|flaw| match flaw.code {
            ProblemCode::DomainWellKnown | ProblemCode::DomainPublicSuffix => {
                Flaw::warning(ProblemCode::DomainLegitimate)
            }
            _ => flaw,
        })
        .collect()
}

fn unknown_ending(name: &str, evidence: &Evidence) -> Option<Flaw> {
    if has_known_suffix(name) {
        return None;
    }
    let ending = name.rsplit('.').next()?;
    Some(
        Flaw::refused(ProblemCode::DomainUnknownTld)
            .with("ending", ending)
            .meant(meant_name(name, evidence)),
    )
}

/// Returns the name with the ending that was probably meant.
fn meant_name(name: &str, evidence: &Evidence) -> Option<String> {
    if let Some(known) = evidence.resembling_domain(name) {
        return Some(known.to_owned());
    }
    // The endings of the draft's other names come first, the longest first: they say most.
    let mut endings: Vec<&str> = evidence.domain_endings().into_iter().collect();
    endings.sort_by_key(|ending| std::cmp::Reverse(ending.len()));
    let nearest = |endings: &[&str], most: usize| {
        let candidates = endings.iter().filter_map(|ending| {
            let labels = ending.split('.').count();
            let at = name.rmatch_indices('.').nth(labels - 1)?.0;
            let distance = edit_distance(&name[at + 1..], ending, most)?;
            Some((distance, format!("{}.{ending}", &name[..at])))
        });
        candidates.min_by_key(|(distance, _)| *distance)
    };
    // `…infox`: a known ending with something fused to it.
    let cut = || {
        let (head, last) = name.rsplit_once('.')?;
        let ending = FUSING_ENDINGS
            .iter()
            .find(|ending| last.starts_with(*ending))?;
        Some(format!("{head}.{ending}"))
    };
    nearest(&endings, 1)
        .or_else(|| nearest(COMMON_ENDINGS, 1))
        .map(|(_, name)| name)
        .or_else(cut)
}

/// A place where a label may be the end of one name and the beginning of the next.
struct Seam<'a> {
    left: &'a str,
    right: &'a str,
    /// The ending that the left half would have.
    ending: &'a str,
    /// The label as it stands.
    label: &'a str,
}

/// Returns each place where both halves are names under known suffixes.
fn seams(name: &str) -> Vec<Seam<'_>> {
    let mut seams = Vec::new();
    let mut start = 0;
    for label in name.split('.') {
        // The first label has no name before it, and no seam lies in the last: what remains there is no name.
        if start > 0 && start + label.len() < name.len() {
            for (at, _) in label.char_indices().skip(2) {
                let (left, right) = name.split_at(start + at);
                let Some(ending) = suffix(left).filter(|_| has_known_suffix(left)) else {
                    continue;
                };
                let right_is_name = right.parse::<DomainPattern>().is_ok()
                    && suffix(right).is_some_and(|suffix| suffix.len() < right.len());
                if ending.len() < left.len() && right_is_name {
                    seams.push(Seam {
                        left,
                        right,
                        ending,
                        label,
                    });
                }
            }
        }
        start += label.len() + 1;
    }
    seams
}

fn fused(name: &str, evidence: &Evidence) -> Option<Flaw> {
    if let Some((left, right)) = fusion::after_a_program_ending(name)
        && has_known_suffix(right)
        && !HOST_LABELS.contains(&left.split('.').next().unwrap_or(left))
        && right.parse::<DomainPattern>().is_ok()
    {
        return Some(fusion::flaw(left, right));
    }
    let seams = seams(name);
    let certain = |seam: &&Seam<'_>| {
        let known_half = evidence.is_value(seam.left) || evidence.is_value(seam.right);
        // The left half ends under a suffix of two labels: nobody has a label `info…` between `ddns` and more.
        let compound = seam.ending.contains('.');
        let same_suffix = compound && suffix(seam.right) == Some(seam.ending);
        let tells = compound && !is_common_in_disguises(seam.ending) && !is_whole_label(seam.label);
        known_half || same_suffix || tells || is_plain_seam(seam)
    };
    let seam = seams.iter().find(certain)?;
    Some(
        Flaw::refused(ProblemCode::DomainFused)
            .with("left", seam.left)
            .with("right", seam.right)
            .meant(Some(format!("{} + {}", seam.left, seam.right))),
    )
}

/// Tells whether an ending is one that attackers put in front of a name of their own (`windowsupdate.com.mwcname.com`),
/// so that it shows no seam by itself. Not so for Vietnam's: there the damage is the likelier reason.
fn is_common_in_disguises(ending: &str) -> bool {
    ending.split_once('.').is_some_and(|(first, country)| {
        matches!(first, "com" | "net" | "org") && country.len() == 2 && country != "vn"
    })
}

/// Tells whether a well-known ending at the beginning of a label is the end of a name that somebody registered.
fn is_plain_seam(seam: &Seam<'_>) -> bool {
    let head = &seam.left[..seam.left.len() - seam.ending.len() - 1];
    let registered = head.rsplit('.').next().unwrap_or(head);
    let same_name = seam
        .right
        .split('.')
        .next()
        .is_some_and(|label| label == registered);
    FUSING_ENDINGS.contains(&seam.ending)
        && !is_whole_label(seam.label)
        && (same_name || !HOST_LABELS.contains(&registered))
        && seam.label.len() >= seam.ending.len() + 2
}

/// Tells whether a label is a word or a name of its own.
fn is_whole_label(label: &str) -> bool {
    let bare: &str = label.split('-').next().unwrap_or(label);
    FUSING_ENDINGS.contains(&bare)
        || bare.len() < label.len() && FUSING_ENDINGS.contains(&bare)
        || WHOLE_STEMS.iter().any(|stem| label.starts_with(stem))
        || WHOLE_LABELS
            .iter()
            .any(|word| bare == *word || label.starts_with(word) && word.len() >= 8)
}

fn maybe(seam: &Seam<'_>) -> Flaw {
    Flaw::warning(ProblemCode::DomainMaybeFused)
        .with("left", seam.left)
        .with("right", seam.right)
}

/// Warns where the Vietnamese ending begins a label: `hanoi.vnabc.com` is a name, or `hanoi.vn` and `abc.com`.
fn maybe_fused(name: &str) -> Option<Flaw> {
    let seams = seams(name);
    if let Some(seam) = seams
        .iter()
        .find(|seam| is_common_in_disguises(seam.ending))
    {
        return Some(maybe(seam));
    }
    let seam = seams.iter().find(|seam| seam.ending == "vn")?;
    let head = seam.left.strip_suffix(".vn")?;
    let registered = head.rsplit('.').next().unwrap_or(head);
    let doubtful = !VIETNAMESE_LABELS.contains(&seam.label) && !HOST_LABELS.contains(&registered);
    doubtful.then(|| maybe(seam))
}

/// Returns the first label that mixes Latin letters with letters of another script that look like them.
fn mixed_script(value: &str) -> Option<&str> {
    let look_alike = |c: char| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}');
    value.split('.').find(|label| label.chars().any(look_alike))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(value: &str) -> Option<(&'static str, Option<String>)> {
        check(value, &Evidence::default())
            .into_iter()
            .next()
            .map(|flaw| (flaw.code.as_str(), flaw.suggestion))
    }

    #[test]
    fn refuses_unknown_endings_and_whole_suffixes() {
        assert_eq!(
            first("nvedia.ddns.ino"),
            Some(("domain-unknown-tld", Some("nvedia.ddns.info".into())))
        );
        assert_eq!(
            first("a.b.con").map(|(_, meant)| meant),
            Some(Some("a.b.com".into()))
        );
        for value in ["ddns.info", "com.vn", "*.ddns.info", "gov.vn"] {
            assert_eq!(
                first(value),
                Some(("domain-public-suffix", None)),
                "{value}"
            );
        }
        assert_eq!(first("google.com"), Some(("domain-well-known", None)));
    }

    #[test]
    fn finds_two_names_fused_and_says_which() {
        for (value, meant) in [
            (
                "playball.ddns.infonvedia.ddns.info",
                "playball.ddns.info + nvedia.ddns.info",
            ),
            ("a1.com.vnb2.org", "a1.com.vn + b2.org"),
            (
                "nvedia.ddns.infoair.dcsvn.org",
                "nvedia.ddns.info + air.dcsvn.org",
            ),
            (
                "air.dcsvn.orgplayball.ddns.info",
                "air.dcsvn.org + playball.ddns.info",
            ),
            ("evil.comgood.net", "evil.com + good.net"),
            (
                "air.dcsvn.orgair.dcsvn.org",
                "air.dcsvn.org + air.dcsvn.org",
            ),
        ] {
            assert_eq!(
                first(value),
                Some(("domain-fused", Some(meant.to_owned()))),
                "{value}"
            );
        }
    }

    #[test]
    fn warns_of_what_may_be_a_disguise() {
        for value in ["windowsupdate.com.mwcname.com", "evilsite.vnabc.com"] {
            assert_eq!(first(value), Some(("domain-maybe-fused", None)), "{value}");
        }
    }

    #[test]
    fn accepts_ordinary_names() {
        for value in [
            "playball.ddns.info",
            "*.dcsvn.org",
            "www.comcast.net",
            "xfinity.comcast.net",
            "cdn.network.vn",
        ] {
            assert_eq!(first(value), None, "{value}");
        }
    }

    #[test]
    fn warns_of_letters_that_only_look_latin() {
        assert_eq!(
            first("gооgle-login.com").map(|(code, _)| code),
            Some("domain-mixed-script")
        );
        assert_eq!(first("bücher.de"), None);
    }
}
