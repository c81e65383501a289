//! What a site is made with, as far as it tells: by its headers, by what it says of itself, by where its parts lie.

use std::collections::BTreeSet;
use std::net::IpAddr;

use visit::Visit;

/// Bytes of a page in which its generator is looked for.
const HEAD_BYTES: usize = 64 * 1024;
/// Characters of one name.
const NAME_CHARS: usize = 80;
/// Names of one site.
const NAMES_MAX: usize = 16;

/// Where the parts of well-known systems lie, from their own documentation.
const PATHS: [(&str, &str); 14] = [
    ("/wp-content/", "wordpress"),
    ("/wp-includes/", "wordpress"),
    ("/sites/default/files", "drupal"),
    ("/components/com_", "joomla"),
    ("/media/jui/", "joomla"),
    ("/_layouts/15/", "sharepoint"),
    ("/DesktopModules/", "dotnetnuke"),
    ("/Portals/_default/", "dotnetnuke"),
    ("/typo3conf/", "typo3"),
    ("/combo?browserid=", "liferay"),
    ("/o/frontend-", "liferay"),
    ("/themes/default/js/nv.", "nukeviet"),
    ("/assets/js/language/vi.js", "nukeviet"),
    ("/umbraco/", "umbraco"),
];

/// Returns what a visit tells of the software, each in lower case: `generator: wordpress 6.4`, `server: nginx`, `path: drupal`.
pub fn software_of(visit: &Visit) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut put = |kind: &str, value: &str| {
        let value = value.trim().to_lowercase();
        if !value.is_empty() && names.len() < NAMES_MAX {
            let value: String = value.chars().take(NAME_CHARS).collect();
            names.insert(format!("{kind}: {value}"));
        }
    };
    let headers = visit.hops.last().map(|hop| hop.headers.as_slice());
    for (name, value) in headers.unwrap_or_default() {
        match name.as_str() {
            "server" => put("server", value),
            "x-powered-by" | "x-aspnet-version" | "x-generator" => put("powered by", value),
            "liferay-portal" => put("generator", value),
            _ => {}
        }
    }
    if let Some(page) = visit.page() {
        let head = &page.body[..page.body.len().min(HEAD_BYTES)];
        let head = String::from_utf8_lossy(head);
        if let Some(generator) = generator_in(&head) {
            put("generator", &generator);
        }
        for (path, name) in PATHS {
            if head.contains(path) {
                put("path", name);
            }
        }
    }
    names
}

/// Returns the network that an address is in, as hosters give them out: 256 addresses, or a /48.
pub fn network_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// Finds `<meta name="generator" content="…">`, in any order and case.
fn generator_in(head: &str) -> Option<String> {
    // Only letters of ASCII change, so that places stay where they are.
    let lower = head.to_ascii_lowercase();
    let tags = lower.match_indices("<meta").take(200);
    for (at, _) in tags {
        let end = lower[at..].find('>').map_or(lower.len(), |end| at + end);
        let tag = &lower[at..end];
        if attribute(tag, "name").map(|(from, to)| &tag[from..to]) == Some("generator") {
            let (from, to) = attribute(tag, "content")?;
            return Some(head[at + from..at + to].to_owned());
        }
    }
    None
}

/// Returns where the value of an attribute stands in a tag.
fn attribute(tag: &str, name: &str) -> Option<(usize, usize)> {
    for (at, _) in tag.match_indices(name).take(10) {
        let is_name = tag[..at].ends_with(|one: char| one.is_ascii_whitespace() || one == '/');
        let rest = tag[at + name.len()..].trim_start();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else {
            continue;
        };
        if !is_name {
            continue;
        }
        let from = tag.len() - value.len();
        let first = value.chars().next()?;
        if first == '"' || first == '\'' {
            let length = value[1..].find(first)?;
            return Some((from + 1, from + 1 + length));
        }
        let length = value.find(|one: char| one.is_ascii_whitespace());
        return Some((from, from + length.unwrap_or(value.len())));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_found_however_its_tag_is_written() {
        for (html, name) in [
            (
                "<meta name=\"generator\" content=\"WordPress 6.4\">",
                Some("WordPress 6.4"),
            ),
            (
                "<META content='Joomla! – Đ' data-name=x NAME = generator />",
                Some("Joomla! – Đ"),
            ),
            ("<meta name=generator content=Hugo>", Some("Hugo")),
            ("<meta name=\"description\" content=\"generator\">", None),
            ("<meta name=\"generator\" content=\"no end", None),
            ("<meta", None),
            ("ıİ<meta name=generator content=\"ẞ\">", Some("ẞ")),
        ] {
            assert_eq!(generator_in(html).as_deref(), name, "{html}");
        }
    }

    #[test]
    fn neighbours_share_a_network() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("203.0.113.7"), network("203.0.113.200"));
        assert_eq!(network("2001:db8:1::5"), "2001:db8:1::/48");
    }
}
