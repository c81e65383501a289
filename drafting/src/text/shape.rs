//! What a word looks like.

use std::net::Ipv6Addr;

use crate::checks::{has_known_suffix, is_file_ending, is_hex, likely_algorithm};
use crate::material::Kind;

/// What a word without a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A value of this kind.
    Value(Kind),
    /// A dotted word that only its surroundings can tell to be a domain.
    MaybeDomain,
    /// An e-mail address or something else that is worth showing and never taken.
    Passed,
    /// A word.
    Word,
}

/// Tells what a word is. Paths, sizes and labelled values are recognised before.
pub(super) fn of(word: &str) -> Shape {
    if let Some((name, host)) = word.rsplit_once('@')
        && !word.contains("://")
        && !name.is_empty()
        && host.contains('.')
    {
        return Shape::Passed;
    }
    if word.contains("://") {
        return Shape::Value(Kind::Url);
    }
    if is_address(word) {
        return Shape::Value(Kind::Ip);
    }
    // `./bin/log4j.jar`: where it lies below something that is not said.
    if let Some((_, name)) = word.rsplit_once('/')
        && name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| is_file_ending(ending))
    {
        return Shape::Passed;
    }
    let dotted = dotted(word);
    if let Some(digits) = digest_like(word)
        && !matches!(dotted, Shape::Value(_) if digits.bounded)
    {
        return Shape::Value(Kind::Digest(likely_algorithm(word.len())));
    }
    dotted
}

/// A run that is nearly a digest.
struct DigestLike {
    /// It is all of a run of letters and digits.
    bounded: bool,
}

fn digest_like(word: &str) -> Option<DigestLike> {
    for run in word.split(|c: char| !c.is_alphanumeric()) {
        let length = run.chars().count();
        if length < 24 {
            continue;
        }
        let hex = run.bytes().filter(u8::is_ascii_hexdigit).count();
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let longest = run
            .split(|c: char| !c.is_ascii_hexdigit())
            .map(str::len)
            .max()
            .unwrap_or(0);
        let all_hex = hex == length;
        let possible = matches!(length, 32 | 40 | 64);
        if all_hex && (digits > 0 && digits < length || possible) {
            return Some(DigestLike { bounded: true });
        }
        let nearly = length >= 28 && digits >= 5 && hex * 100 >= length * 85;
        if !all_hex && (nearly || longest >= 28 && digits >= 5) {
            return Some(DigestLike { bounded: false });
        }
    }
    broken_digest(word).then_some(DigestLike { bounded: false })
}

/// Tells whether a word is a digest with one foreign character in it: `884d46c0-1c76…`.
fn broken_digest(word: &str) -> bool {
    let parts: Vec<&str> = word.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let joined: usize = parts.iter().map(|part| part.len()).sum();
    let is_guid = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]);
    let has_both =
        word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
    parts.len() > 1
        && parts.iter().all(|part| is_hex(part))
        && matches!(joined, 32 | 40 | 64)
        && !is_guid
        && has_both
}

/// Tells whether a word is an address, or meant to be one.
fn is_address(word: &str) -> bool {
    let bare = word.split(['/', ':']).next().unwrap_or(word);
    let parts = bare.split('.');
    let numeric = parts
        .clone()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if numeric && parts.count() >= 4 {
        return true;
    }
    let bare = word.split('/').next().unwrap_or(word);
    bare.matches(':').count() >= 2 && bare.len() >= 6 && bare.parse::<Ipv6Addr>().is_ok()
}

fn dotted(word: &str) -> Shape {
    let name = word.strip_prefix("*.").unwrap_or(word);
    let labels: Vec<&str> = name.split('.').collect();
    let fits = |label: &&str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c))
    };
    let ending = labels.last().copied().unwrap_or("").to_lowercase();
    if labels.len() < 2 {
        return Shape::Word;
    }
    let lower = name.to_lowercase();
    let is_known = lower.is_ascii() && has_known_suffix(&lower);
    let names_a_file = is_file_ending(&ending)
        && labels
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|stem| !stem.is_empty());
    let all_fit = labels.iter().all(fits);
    if names_a_file && !(is_known && all_fit && (ending == "com" || labels.len() > 2)) {
        return Shape::Value(Kind::FileName);
    }
    if !all_fit || word.chars().count() > 300 {
        return Shape::Word;
    }
    if is_known {
        // `ASP.NET` and `Node.JS` are words; names of hosts are written in small letters, or wholly in capitals.
        let is_brand = labels.len() == 2
            && ending.len() == 3
            && labels[1].chars().all(char::is_uppercase)
            && !lower.contains('-');
        return if is_brand {
            Shape::MaybeDomain
        } else {
            Shape::Value(Kind::Domain)
        };
    }
    let is_word_like = ending.len() >= 2 && ending.chars().all(|c| c.is_ascii_alphabetic());
    let long = labels.len() >= 3 && labels.iter().all(|label| label.len() >= 2) && lower.is_ascii();
    let small = !labels
        .iter()
        .any(|label| label.starts_with(char::is_uppercase));
    if is_word_like && long && small {
        Shape::Value(Kind::Domain)
    } else if is_word_like
        || !lower.is_ascii()
            && has_known_suffix(&crate::checks::to_ascii(&lower).unwrap_or_default())
    {
        Shape::MaybeDomain
    } else {
        Shape::Word
    }
}

#[cfg(test)]
mod tests {
    use domain::Algorithm;

    use super::*;

    #[test]
    fn tells_values_from_words() {
        let md5 = Shape::Value(Kind::Digest(Algorithm::Md5));
        for (word, shape) in [
            ("playball.ddns.info", Shape::Value(Kind::Domain)),
            ("*.dcsvn.org", Shape::Value(Kind::Domain)),
            ("nvedia.ddns.ino", Shape::Value(Kind::Domain)),
            ("diskperf.exe", Shape::Value(Kind::FileName)),
            ("a.b.dll", Shape::Value(Kind::FileName)),
            ("evil.zip", Shape::Value(Kind::FileName)),
            (
                "884d46c01c762ad6ddd2759fd921bf71.exe",
                Shape::Value(Kind::FileName),
            ),
            ("884d46c01c762ad6ddd2759fd921bf71", md5),
            ("29E65E1256FC998B7CE8494656B3EF8", md5),
            ("884d46cO1c762ad6ddd2759fd921bf71", md5),
            ("884d46c01c762ad6-ddd2759fd921bf71", md5),
            ("203.113.131.1", Shape::Value(Kind::Ip)),
            ("203.113.131.1:443", Shape::Value(Kind::Ip)),
            ("2001:ee0::1", Shape::Value(Kind::Ip)),
            ("http://a.com/x", Shape::Value(Kind::Url)),
            ("ir@vncert.vn", Shape::Passed),
            ("ASP.NET", Shape::MaybeDomain),
            ("16:00:30", Shape::Word),
            ("3.50", Shape::Word),
            ("05/8/2016", Shape::Word),
            ("v.v", Shape::Word),
            ("TP.HCM", Shape::MaybeDomain),
            ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", Shape::Word),
            ("238/VNCERT-ĐPƯC", Shape::Word),
            ("./bin/log4j-core-2.0.jar", Shape::Passed),
            ("internationalisation", Shape::Word),
        ] {
            assert_eq!(of(word), shape, "{word}");
        }
    }
}
