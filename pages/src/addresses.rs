//! Addresses as a browser would understand them, and where they lead.

use url::Url;

use crate::tree::cut;

/// Characters of an address that are kept.
const URL_BYTES_MAX: usize = 2_048;

/// What relative addresses of a page start from.
pub(crate) struct Addresses {
    base: Option<Url>,
}

impl Addresses {
    /// Starts from the page's own address.
    pub(crate) fn of(page: &str) -> Self {
        Self {
            base: Url::parse(page).ok(),
        }
    }

    /// Starts from another address from now on, as `<base>` says; only the first is heeded by browsers.
    pub(crate) fn start_from(&mut self, address: &str) {
        if let Some(resolved) = self.resolve(address) {
            self.base = Some(resolved);
        }
    }

    /// Returns what addresses start from.
    pub(crate) fn base(&self) -> Option<&str> {
        self.base.as_ref().map(Url::as_str)
    }

    /// Returns the origin and the whole of an address; nothing where it leads nowhere.
    pub(crate) fn read(&self, address: &str) -> Option<(String, String)> {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') {
            return None;
        }
        match self.resolve(address) {
            Some(url) => {
                let whole = cut(url.as_str(), URL_BYTES_MAX).to_owned();
                Some((origin_of(&url), whole))
            }
            None => Some((
                "unreadable:".to_owned(),
                cut(address, URL_BYTES_MAX).to_owned(),
            )),
        }
    }

    fn resolve(&self, address: &str) -> Option<Url> {
        match &self.base {
            Some(base) => base.join(address).ok(),
            None => Url::parse(address).ok(),
        }
    }
}

/// Returns scheme, host and port of an address; the scheme alone where there is no host.
fn origin_of(url: &Url) -> String {
    let scheme = url.scheme();
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{scheme}://{host}:{port}"),
        (Some(host), None) => format!("{scheme}://{host}"),
        (None, _) => format!("{scheme}:"),
    }
}

/// Returns every origin that a text names with `http://`, `https://` or `//`, each once, at most so many.
pub(crate) fn origins_in(text: &str, most: usize) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("//") {
        let scheme = if text[..at].ends_with("http:") {
            "http"
        } else {
            "https"
        };
        let rest = &text[at + 2..];
        let end = rest
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-._:".contains(letter)))
            .unwrap_or(rest.len());
        let host = &rest[..end];
        if !host.contains('.') || host.starts_with('.') || host.len() > 253 {
            continue;
        }
        let Ok(url) = Url::parse(&format!("{scheme}://{host}")) else {
            continue;
        };
        let origin = origin_of(&url);
        if !origins.contains(&origin) {
            origins.push(origin);
        }
        if origins.len() == most {
            break;
        }
    }
    origins
}

/// Returns the address that `<meta http-equiv=refresh content="5; url=…">` leads to (HTML, "shared declarative refresh steps").
pub(crate) fn refresh_target(content: &str) -> Option<&str> {
    let is_time = |letter: char| letter.is_ascii_digit() || letter == '.';
    let after = content.trim_start().trim_start_matches(is_time);
    let rest = after.trim_start();
    let rest = match rest.strip_prefix([';', ',']) {
        Some(rest) => rest.trim_start(),
        // A space is enough.
        None if rest.len() < after.len() => rest,
        None => after.split_once([';', ','])?.1.trim_start(),
    };
    let target = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            let after = rest[3..].trim_start().strip_prefix('=');
            after.map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next().unwrap_or_default(),
        _ => target,
    };
    let target = target.trim();
    (!target.is_empty()).then_some(target)
}
