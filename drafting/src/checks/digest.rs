//! Digests that cannot be, and digests that mean nothing.

use std::collections::HashSet;
use std::sync::OnceLock;

use domain::{Algorithm, Digest};
use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;
use sha2::digest::Digest as _;

use super::evidence::Evidence;
use super::fusion;
use crate::material::Flaw;
use crate::problem::ProblemCode;

/// Tells whether a text is hexadecimal digits and nothing else.
pub(crate) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the algorithm whose digests have this many digits, or have nearly as many.
pub(crate) fn likely_algorithm(digits: usize) -> Algorithm {
    match digits {
        0..=35 => Algorithm::Md5,
        36..=51 => Algorithm::Sha1,
        _ => Algorithm::Sha256,
    }
}

pub(super) fn check(algorithm: Algorithm, value: &str, evidence: &Evidence) -> Vec<Flaw> {
    match Digest::parse(algorithm, value) {
        Ok(digest) => check_possible(&digest, value, evidence),
        Err(_) if is_hex(value) => vec![wrong_length(algorithm, value, evidence)],
        Err(_) => vec![wrong_alphabet(algorithm, value, evidence)],
    }
}

fn check_possible(digest: &Digest, value: &str, evidence: &Evidence) -> Vec<Flaw> {
    if is_trivial(digest) {
        return vec![
            Flaw::refused(ProblemCode::DigestTrivial).with("algorithm", digest.algorithm().name()),
        ];
    }
    if is_placeholder(value) {
        return vec![Flaw::refused(ProblemCode::DigestPlaceholder)];
    }
    // 64 digits are a SHA-256, or two MD5s; one of which the draft may have elsewhere.
    let half = value.len() / 2;
    if digest.algorithm() == Algorithm::Sha256
        && (evidence.is_digest(&value[..half]) || evidence.is_digest(&value[half..]))
    {
        return vec![run_together(&value[..half], &value[half..])];
    }
    Vec::new()
}

fn run_together(left: &str, right: &str) -> Flaw {
    Flaw::refused(ProblemCode::ValuesRunTogether)
        .with("left", left)
        .with("right", right)
        .meant(Some(format!("{left} {right}")))
}

fn wrong_length(algorithm: Algorithm, value: &str, evidence: &Evidence) -> Flaw {
    let digits = value.len();
    if let Some((left, right)) = two_digests(value, evidence) {
        return run_together(left, right);
    }
    let expected = algorithm.byte_count() * 2;
    if let Some(other) = Algorithm::ALL
        .into_iter()
        .find(|other| other.byte_count() * 2 == digits)
    {
        return Flaw::refused(ProblemCode::DigestMislabelled)
            .with("algorithm", algorithm.name())
            .with("expected", expected)
            .with("digits", digits)
            .with("other", other.name())
            .meant(Some(format!("{}: {value}", other.name())));
    }
    Flaw::refused(ProblemCode::DigestLength)
        .with("algorithm", algorithm.name())
        .with("expected", expected)
        .with("digits", digits)
        .meant(evidence.resembling_digest(value).map(str::to_owned))
}

/// Splits digits that are as many as two digests have together.
fn two_digests<'a>(value: &'a str, evidence: &Evidence) -> Option<(&'a str, &'a str)> {
    let lengths = [32, 40, 64];
    let halves = |left: usize| {
        let right = value.len().checked_sub(left)?;
        lengths.contains(&right).then(|| value.split_at(left))
    };
    let splits: Vec<(&str, &str)> = lengths.into_iter().filter_map(halves).collect();
    let known = splits
        .iter()
        .find(|(left, right)| evidence.is_digest(left) || evidence.is_digest(right));
    known.or(splits.first()).copied()
}

fn wrong_alphabet(algorithm: Algorithm, value: &str, evidence: &Evidence) -> Flaw {
    if let Some(drive) = fusion::interior_drive(value) {
        let (left, right) = value.split_at(drive);
        return run_together(left, right);
    }
    let expected = algorithm.byte_count() * 2;
    let joined: String = value.chars().filter(char::is_ascii_hexdigit).collect();
    let breaks: Vec<char> = value.chars().filter(|c| !c.is_alphanumeric()).collect();
    if !breaks.is_empty()
        && value
            .chars()
            .all(|c| c.is_ascii_hexdigit() || !c.is_alphanumeric())
    {
        let parts = value
            .split(|c: char| !c.is_ascii_hexdigit())
            .filter(|part| !part.is_empty());
        if parts.clone().count() == 2
            && parts.clone().all(|part| [32, 40, 64].contains(&part.len()))
        {
            let halves: Vec<&str> = parts.collect();
            return run_together(halves[0], halves[1]);
        }
        let possible = joined.len() == expected || [32, 40, 64].contains(&joined.len());
        return Flaw::refused(ProblemCode::DigestSplit)
            .with("algorithm", algorithm.name())
            .meant(possible.then_some(joined));
    }
    if let Some((left, right)) = fusion::beside_a_digest(value) {
        return run_together(left, right);
    }
    let stranger = value
        .chars()
        .find(|c| !c.is_ascii_hexdigit())
        .unwrap_or_default();
    let repaired: String = value
        .chars()
        .map(|c| match c {
            'O' | 'o' | 'О' | 'о' => '0',
            'l' | 'I' | '|' | 'i' => '1',
            'S' | 's' => '5',
            'а' | 'А' => 'a',
            'е' | 'Е' => 'e',
            'с' | 'С' => 'c',
            'В' => 'b',
            other => other,
        })
        .collect();
    let meant = if Digest::parse(algorithm, &repaired).is_ok() {
        Some(repaired)
    } else {
        evidence.resembling_digest(&joined).map(str::to_owned)
    };
    Flaw::refused(ProblemCode::DigestAlphabet)
        .with("algorithm", algorithm.name())
        .with("character", stranger)
        .meant(meant)
}

/// Tells whether every empty file, or every file of one certain byte, has this digest.
fn is_trivial(digest: &Digest) -> bool {
    static TRIVIAL: OnceLock<HashSet<Digest>> = OnceLock::new();
    TRIVIAL
        .get_or_init(|| {
            let one_byte = (0..=u8::MAX).map(|byte| vec![byte]);
            std::iter::once(Vec::new())
                .chain(one_byte)
                .flat_map(|content| {
                    [
                        Digest::Md5(Md5::digest(&content).into()),
                        Digest::Sha1(Sha1::digest(&content).into()),
                        Digest::Sha256(Sha256::digest(&content).into()),
                    ]
                })
                .collect()
        })
        .contains(digest)
}

/// Tells whether the digits repeat or count: chance makes such a digest less often than a tired hand does.
fn is_placeholder(value: &str) -> bool {
    let digits = value.to_ascii_lowercase();
    let digits = digits.as_bytes();
    let repeats = |period: usize| digits.iter().zip(&digits[period..]).all(|(a, b)| a == b);
    (1..=8).any(repeats) || {
        let counts = b"0123456789abcdef0123456789abcdef";
        digits.chunks(32).all(|chunk| counts.starts_with(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(algorithm: Algorithm, value: &str) -> Vec<&'static str> {
        check(algorithm, value, &Evidence::default())
            .iter()
            .map(|flaw| flaw.code.as_str())
            .collect()
    }

    #[test]
    fn refuses_the_digests_of_empty_and_one_byte_files() {
        // Published test values: the empty message (RFC 1321, FIPS 180), and the message "a".
        for (algorithm, value) in [
            (Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (Algorithm::Md5, "0CC175B9C0F1B6A831C399E269772661"),
            (Algorithm::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (Algorithm::Sha1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
            (
                Algorithm::Sha256,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                Algorithm::Sha256,
                "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
            ),
        ] {
            assert_eq!(codes(algorithm, value), ["digest-trivial"], "{value}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_digest() {
        let md5 = "884d46c01c762ad6ddd2759fd921bf71";
        for (value, code) in [
            ("29E65E1256FC998B7CE8494656B3EF8", "digest-length"),
            ("884d46c01c762ad6ddd2759fd921bf711", "digest-length"),
            (
                "d201b130232e0ea411daa23c1ba2892fe6468712",
                "digest-mislabelled",
            ),
            ("884d46c O1c762ad6ddd2759fd921bf71", "digest-alphabet"),
            ("884d46cO1c762ad6ddd2759fd921bf71", "digest-alphabet"),
            ("884d46c01c762ad6 ddd2759fd921bf71", "digest-split"),
            ("00000000000000000000000000000000", "digest-placeholder"),
            ("0123456789ABCDEF0123456789abcdef", "digest-placeholder"),
            (&md5.repeat(2), "values-run-together"),
            (&format!("{md5}diskperf.exe"), "values-run-together"),
            (&format!("diskperf.exe{md5}"), "values-run-together"),
        ] {
            assert_eq!(codes(Algorithm::Md5, value), [code], "{value}");
        }
        assert_eq!(codes(Algorithm::Md5, md5), [""; 0]);
    }

    #[test]
    fn puts_back_a_zero_that_was_typed_as_a_letter() {
        let flaws = check(
            Algorithm::Md5,
            "884d46cO1c762ad6ddd2759fd921bf71",
            &Evidence::default(),
        );
        assert_eq!(
            flaws[0].suggestion.as_deref(),
            Some("884d46c01c762ad6ddd2759fd921bf71")
        );
    }
}
