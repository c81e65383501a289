//! The words that say what follows them, in Vietnamese with or without diacritics, and in English.

use domain::Algorithm;
use unicode_normalization::UnicodeNormalization;

use crate::material::Kind;

/// What a label says about what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// Who sent the letter and where to read more: no indicators.
    Contact,
    /// A digest, of which algorithm its length must say.
    AnyDigest,
    /// A path or a name.
    File,
    /// A value of one kind.
    Kind(Kind),
    /// Domains, addresses or URLs.
    Network,
    Role,
    /// A digest that is not searched for.
    Unsupported,
}

/// Every label in plain letters. A label is preferred to another that is its beginning.
const LABELS: &[(&str, Label)] = &[
    ("md5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("md 5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("md5 hash", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("md5sum", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("hash md5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("ma md5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("ma bam md5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("gia tri md5", Label::Kind(Kind::Digest(Algorithm::Md5))),
    ("sha1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("sha 1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("sha1 hash", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("hash sha1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("ma sha1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("ma sha 1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("ma bam sha1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("ma bam sha 1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("gia tri sha1", Label::Kind(Kind::Digest(Algorithm::Sha1))),
    ("sha256", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    ("sha 256", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    ("sha2 256", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    ("sha256 hash", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    ("hash sha256", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    ("ma sha256", Label::Kind(Kind::Digest(Algorithm::Sha256))),
    (
        "ma bam sha256",
        Label::Kind(Kind::Digest(Algorithm::Sha256)),
    ),
    (
        "ma bam sha 256",
        Label::Kind(Kind::Digest(Algorithm::Sha256)),
    ),
    ("hash", Label::AnyDigest),
    ("hashes", Label::AnyDigest),
    ("ma bam", Label::AnyDigest),
    ("ma hash", Label::AnyDigest),
    ("checksum", Label::AnyDigest),
    ("authentihash", Label::Unsupported),
    ("crc32", Label::Unsupported),
    ("imphash", Label::Unsupported),
    ("import hash", Label::Unsupported),
    ("rich header hash", Label::Unsupported),
    ("rich pe header hash", Label::Unsupported),
    ("sha224", Label::Unsupported),
    ("sha384", Label::Unsupported),
    ("sha 384", Label::Unsupported),
    ("sha512", Label::Unsupported),
    ("sha 512", Label::Unsupported),
    ("sha3 256", Label::Unsupported),
    ("ssdeep", Label::Unsupported),
    ("tlsh", Label::Unsupported),
    ("vhash", Label::Unsupported),
    ("size", Label::Kind(Kind::Size)),
    ("file size", Label::Kind(Kind::Size)),
    ("filesize", Label::Kind(Kind::Size)),
    ("dung luong", Label::Kind(Kind::Size)),
    ("dung luong tep", Label::Kind(Kind::Size)),
    ("dung luong file", Label::Kind(Kind::Size)),
    ("kich thuoc", Label::Kind(Kind::Size)),
    ("kich thuoc tep", Label::Kind(Kind::Size)),
    ("kich thuoc file", Label::Kind(Kind::Size)),
    ("kich co", Label::Kind(Kind::Size)),
    ("do lon", Label::Kind(Kind::Size)),
    ("ten tep", Label::File),
    ("ten tep tin", Label::File),
    ("ten tap tin", Label::File),
    ("ten file", Label::File),
    ("file name", Label::File),
    ("filename", Label::File),
    ("name", Label::File),
    ("ten", Label::File),
    ("tep", Label::File),
    ("tep tin", Label::File),
    ("tap tin", Label::File),
    ("file", Label::File),
    ("mau ma doc", Label::File),
    ("ma doc", Label::File),
    ("sample", Label::File),
    ("duong dan", Label::File),
    ("duong dan tep", Label::File),
    ("duong dan file", Label::File),
    ("duong dan day du", Label::File),
    ("vi tri", Label::File),
    ("thu muc", Label::File),
    ("path", Label::File),
    ("file path", Label::File),
    ("filepath", Label::File),
    ("full path", Label::File),
    ("location", Label::File),
    ("folder", Label::File),
    ("directory", Label::File),
    ("ten mien", Label::Network),
    ("ten mien doc hai", Label::Network),
    ("cac ten mien", Label::Network),
    ("domain", Label::Network),
    ("domains", Label::Network),
    ("domain name", Label::Network),
    ("host", Label::Network),
    ("hostname", Label::Network),
    ("may chu", Label::Network),
    ("may chu dieu khien", Label::Network),
    ("c2", Label::Network),
    ("c&c", Label::Network),
    ("ip", Label::Network),
    ("dia chi ip", Label::Network),
    ("ip address", Label::Network),
    ("url", Label::Network),
    ("urls", Label::Network),
    ("dia chi url", Label::Network),
    ("lien ket", Label::Network),
    ("registry", Label::Kind(Kind::RegistryKey)),
    ("registry key", Label::Kind(Kind::RegistryKey)),
    ("khoa registry", Label::Kind(Kind::RegistryKey)),
    ("registry value", Label::Kind(Kind::RegistryValue)),
    ("gia tri registry", Label::Kind(Kind::RegistryValue)),
    ("mutex", Label::Kind(Kind::Mutex)),
    ("named pipe", Label::Kind(Kind::NamedPipe)),
    ("service", Label::Kind(Kind::Service)),
    ("service name", Label::Kind(Kind::Service)),
    ("ten dich vu", Label::Kind(Kind::Service)),
    ("scheduled task", Label::Kind(Kind::ScheduledTask)),
    ("tac vu lap lich", Label::Kind(Kind::ScheduledTask)),
    ("tac vu theo lich", Label::Kind(Kind::ScheduledTask)),
    ("role", Label::Role),
    ("vai tro", Label::Role),
    ("contact", Label::Contact),
    ("dien thoai", Label::Contact),
    ("email", Label::Contact),
    ("e mail", Label::Contact),
    ("fax", Label::Contact),
    ("lien he", Label::Contact),
    ("nguon", Label::Contact),
    ("reference", Label::Contact),
    ("references", Label::Contact),
    ("source", Label::Contact),
    ("tham khao", Label::Contact),
    ("thu dien tu", Label::Contact),
    ("trang thong tin", Label::Contact),
    ("trang thong tin dien tu", Label::Contact),
    ("web", Label::Contact),
    ("website", Label::Contact),
];

/// Words in running text that announce an address to write to or to read at.
const CONTACT_WORDS: &[&str] = &[
    "chi tiet tai",
    "contact",
    "dia chi lien he",
    "email",
    "e-mail",
    "hop thu",
    "lien he",
    "nguon:",
    "see also",
    "tham khao",
    "thu dien tu",
    "trang thong tin",
    "website",
    "xem tai",
    "xem them",
];

/// Words that give a role to the file named beside them.
const ABUSED_PHRASES: &[&str] = &[
    "hop le bi loi dung",
    "hop phap bi loi dung",
    "hop le bi ma doc loi dung",
    "hop phap bi ma doc loi dung",
    "hop le nhung bi",
    "hop phap nhung bi",
    "bi loi dung",
    "bi ma doc loi dung",
    "bi tin tac loi dung",
    "legitimate program abused",
    "legitimate but abused",
    "abused legitimate",
    "abused-legitimate",
    "legitimate file abused",
    "is legitimate and abused",
    "legitimate, abused",
];

/// Finds the longest label that begins at `at` and is followed by no letter. Returns it with its end.
pub(super) fn label_at(text: &[char], at: usize) -> Option<(Label, usize)> {
    if at > 0 && text[at - 1].is_alphanumeric() {
        return None;
    }
    let first = *text.get(at)?;
    let mut longest: Option<(Label, usize)> = None;
    for (words, label) in LABELS {
        if !words.starts_with(first) {
            continue;
        }
        if let Some(end) = words_end(text, at, words)
            && longest.is_none_or(|(_, before)| end > before)
        {
            longest = Some((*label, end));
        }
    }
    longest
}

/// Returns where `words` end if they stand at `at`; between words a space, a hyphen or an underscore may stand.
fn words_end(text: &[char], at: usize, words: &str) -> Option<usize> {
    let mut end = at;
    for wanted in words.chars() {
        let found = *text.get(end)?;
        let same = found == wanted || wanted == ' ' && matches!(found, '-' | '_');
        if !same {
            return None;
        }
        end += 1;
    }
    let is_whole = text.get(end).is_none_or(|c| !c.is_alphanumeric());
    is_whole.then_some(end)
}

/// Returns where the words end that announce an address to write to or to read at, in characters of the plain text.
pub(super) fn contact_words(plain: &[char]) -> Option<usize> {
    let text: String = plain.iter().collect();
    let first = CONTACT_WORDS
        .iter()
        .filter_map(|words| text.find(words).map(|at| at + words.len()))
        .min()?;
    Some(text[..first].chars().count())
}

/// Finds a phrase that calls a file legitimate and abused: its place and its length, in characters of the plain text.
pub(super) fn abused_phrase(plain: &[char]) -> Option<(usize, usize)> {
    let text: String = plain.iter().collect();
    let phrase = ABUSED_PHRASES
        .iter()
        .filter_map(|phrase| text.find(phrase).map(|at| (at, *phrase)))
        .min_by_key(|(at, phrase)| (*at, std::cmp::Reverse(phrase.len())))?;
    let at = text[..phrase.0].chars().count();
    Some((at, phrase.1.chars().count()))
}

/// Returns a text in lower case and without diacritics.
pub(crate) fn plain(text: &str) -> String {
    text.nfc().map(plain_char).collect()
}

/// Returns a character in lower case and without diacritics.
pub(super) fn plain_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let base = c.nfd().next().unwrap_or(c);
    match base.to_lowercase().next().unwrap_or(base) {
        'đ' => 'd',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_longest_label_with_or_without_diacritics() {
        let label = |text: &str| {
            let chars: Vec<char> = plain(text).chars().collect();
            label_at(&chars, 0)
        };
        assert_eq!(label("Dung lượng: 3"), Some((Label::Kind(Kind::Size), 10)));
        assert_eq!(label("DUNG LUONG: 3"), Some((Label::Kind(Kind::Size), 10)));
        assert_eq!(
            label("SHA-1 = x"),
            Some((Label::Kind(Kind::Digest(Algorithm::Sha1)), 5))
        );
        assert_eq!(
            label("sha_256: x"),
            Some((Label::Kind(Kind::Digest(Algorithm::Sha256)), 7))
        );
        assert_eq!(label("Đường dẫn: x"), Some((Label::File, 9)));
        assert_eq!(label("imphash: x"), Some((Label::Unsupported, 7)));
        assert_eq!(label("md5x"), None);
    }

    #[test]
    fn finds_the_phrase_for_an_abused_program() {
        let phrase = |text: &str| abused_phrase(&plain(text).chars().collect::<Vec<_>>());
        assert_eq!(
            phrase("x là chương trình hợp lệ bị lợi dụng"),
            Some((18, 18))
        );
        assert_eq!(phrase("không có gì"), None);
    }
}
