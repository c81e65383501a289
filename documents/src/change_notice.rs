//! What a publisher says beforehand: between two instants these pages of this host will change. Whoever watches the site then
//! need not ask.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kind::{Document, Kind, check_line, check_schema};

/// Pages that one notice names.
pub const NOTICE_PAGES_MAX: usize = 100;
/// Origins and texts that one notice names, of each.
const NAMED_MAX: usize = 100;
/// Characters of an address, as common servers accept them.
const URL_CHARS_MAX: usize = 2_048;
/// Characters of a text or of the note.
const TEXT_CHARS_MAX: usize = 1_000;
/// The longest that a notice may last: whoever announces for ever announces nothing.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A change that a publisher announces. Signed by the publisher of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeNotice {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Whose pages: the host in their addresses, in lower case.
    pub host: String,
    /// Another one in each notice about this host, so that none is used twice.
    pub number: u64,
    /// From when on the pages may be others.
    pub from: Timestamp,
    /// Until when they have become so.
    pub until: Timestamp,
    /// The pages.
    pub pages: Vec<NoticePage>,
    /// SHA-256 of the page as it will be, where that is known; of one page only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Texts that will stand there; where there are any, no others may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
    /// Origins that the pages may use from then on: `https://cdn.example`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Whether the site may say that it is out of order, or not answer, in that time.
    pub may_be_down: bool,
    /// Why, for people.
    pub note: String,
}

/// Pages that a notice is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub enum NoticePage {
    /// Every page whose address begins so.
    Below {
        /// The beginning.
        url: String,
    },
    /// One page.
    Page {
        /// Its address.
        url: String,
    },
}

impl NoticePage {
    /// Returns the address, or its beginning.
    pub fn url(&self) -> &str {
        match self {
            Self::Below { url } | Self::Page { url } => url,
        }
    }

    /// Tells whether a page is meant.
    pub fn means(&self, page: &str) -> bool {
        match self {
            Self::Below { url } => page.starts_with(url),
            Self::Page { url } => page == url,
        }
    }
}

impl Document for ChangeNotice {
    const KIND: Kind = Kind::ChangeNotice;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        check_line(&self.host, 253, "the host")?;
        if self.number == 0 {
            return Err("numbers begin at 1".to_owned());
        }
        let lasts = self.until.duration_since(self.from);
        if lasts <= SignedDuration::ZERO || lasts > LASTS_MAX {
            return Err("it ends before it begins, or lasts more than 31 days".to_owned());
        }
        if self.pages.is_empty() || self.pages.len() > NOTICE_PAGES_MAX {
            return Err(format!("it names no page, or more than {NOTICE_PAGES_MAX}"));
        }
        for page in &self.pages {
            check_line(page.url(), URL_CHARS_MAX, "an address")?;
            if host_of(page.url()) != Some(self.host.as_str()) {
                return Err(format!("a page is not one of '{}'", self.host));
            }
        }
        if let Some(sha256) = &self.sha256 {
            let is_digest = sha256.len() == 64
                && sha256
                    .bytes()
                    .all(|one| matches!(one, b'0'..=b'9' | b'a'..=b'f'));
            let is_of_one = matches!(self.pages.as_slice(), [NoticePage::Page { .. }]);
            if !is_digest || !is_of_one {
                return Err("a digest has 64 lower-case digits, and is of one page".to_owned());
            }
        }
        if self.origins.len() > NAMED_MAX || self.texts.len() > NAMED_MAX {
            return Err(format!("it names more than {NAMED_MAX} origins or texts"));
        }
        for origin in &self.origins {
            check_line(origin, 300, "an origin")?;
            let rest = origin.split_once("://").map(|(_, rest)| rest);
            if host_of(origin).is_none() || rest.is_none_or(|rest| rest.contains('/')) {
                return Err("an origin is scheme and host: https://cdn.example".to_owned());
            }
        }
        for text in &self.texts {
            check_line(text, TEXT_CHARS_MAX, "a text")?;
        }
        if self.note.is_empty() {
            return Ok(());
        }
        check_line(&self.note, TEXT_CHARS_MAX, "the note")
    }
}

/// Returns the host of an address of the web that is written plainly: no user, no capitals.
fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_plain = authority
        .chars()
        .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || ".-:[]".contains(one));
    // An address of IPv6 has colons of its own.
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|one| one.is_ascii_digit()) => host,
        _ => authority,
    };
    (matches!(scheme, "http" | "https") && is_plain && !host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_plain_addresses_only() {
        for (url, host) in [
            ("https://so.example.gov.vn/a?b", Some("so.example.gov.vn")),
            ("http://so.example:8080", Some("so.example")),
            ("https://[2001:db8::1]:8443/", Some("[2001:db8::1]")),
            ("https://[2001:db8::1]/", Some("[2001:db8::1]")),
            ("https://user@so.example/", None),
            ("https://So.example/", None),
            ("ftp://so.example/", None),
            ("https:///x", None),
            ("so.example", None),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
