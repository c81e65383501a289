//! Places in a page at which intruders put things.

use crate::chance::Chance;

/// Puts something before the last `mark`, or at the end where there is none.
pub fn before(page: &str, mark: &str, what: &str) -> String {
    match page.rfind(mark) {
        Some(at) => format!("{}{what}\n{}", &page[..at], &page[at..]),
        None => format!("{page}{what}"),
    }
}

/// Puts something behind the first tag that begins so, or at the beginning.
pub fn after_tag(page: &str, tag: &str, what: &str) -> String {
    let found = page
        .find(tag)
        .and_then(|at| page[at..].find('>').map(|end| at + end + 1));
    match found {
        Some(at) => format!("{}\n{what}{}", &page[..at], &page[at..]),
        None => format!("{what}{page}"),
    }
}

/// Puts something somewhere where intruders of this sort usually do.
pub fn somewhere(chance: &mut Chance, page: &str, what: &str) -> String {
    match chance.below(6) {
        0 => before(page, "</head>", what),
        1 => after_tag(page, "<body", what),
        2 => before(page, "</body>", what),
        3 => before(page, "</main>", what),
        4 => before(page, "</footer>", what),
        // Some files are simply appended to.
        _ => format!("{page}{what}"),
    }
}

/// Replaces what stands between the first `from` and the `to` after it.
pub fn between(page: &str, from: &str, to: &str, what: &str) -> Option<String> {
    let start = page.find(from)? + from.len();
    let end = start + page[start..].find(to)?;
    Some(format!("{}{what}{}", &page[..start], &page[end..]))
}
