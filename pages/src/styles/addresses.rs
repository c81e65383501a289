//! The addresses that a style sheet names, and what for.

/// Addresses of one sheet that are told.
const ADDRESSES_MAX: usize = 2_000;

/// Bytes of one address that are read.
const ADDRESS_BYTES: usize = 2_048;

/// What a style sheet takes something from an address for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetUse {
    /// Letters to write with.
    Font,
    /// Another sheet.
    Import,
    /// A picture.
    Picture,
}

/// Returns the addresses of a style sheet or of an attribute `style`, in order.
pub(crate) fn addresses_in(text: &str) -> Vec<(SheetUse, &str)> {
    let mut found = Vec::new();
    let plain = text.to_ascii_lowercase();
    let is_import = |at: usize| {
        let from = plain.floor_char_boundary(at.saturating_sub(20));
        plain[from..at].trim_end().ends_with("@import")
    };
    for (at, _) in plain.match_indices("url(").take(ADDRESSES_MAX) {
        let inner = beginning(&text[at + 4..]);
        let address = match inner.chars().next() {
            Some(quote @ ('"' | '\'')) => inner[1..].split(quote).next(),
            _ => inner.split(')').next(),
        };
        let address = address.unwrap_or_default().trim();
        if address.is_empty() {
            continue;
        }
        let kind = if is_import(at) {
            SheetUse::Import
        } else if is_font(address) {
            SheetUse::Font
        } else {
            SheetUse::Picture
        };
        found.push((kind, address));
    }
    for (at, word) in plain.match_indices("@import").take(100) {
        let inner = beginning(&text[at + word.len()..]);
        if let Some(quote @ ('"' | '\'')) = inner.chars().next()
            && let Some(address) = inner[1..].split(quote).next()
        {
            found.push((SheetUse::Import, address));
        }
    }
    found
}

fn beginning(text: &str) -> &str {
    text[..text.floor_char_boundary(ADDRESS_BYTES)].trim_start()
}

fn is_font(address: &str) -> bool {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let ending = plain
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(ending.as_str(), "woff" | "woff2" | "ttf" | "otf" | "eot")
        || address.starts_with("data:font")
        || address.starts_with("data:application")
}
