//! From bytes to a page model: characters, tree, styles, reading.

use std::time::Instant;

use encoding_rs::{Encoding, UTF_8};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document};

use crate::limits::Limits;
use crate::model::PageModel;
use crate::reading::read;
use crate::tree::{Building, Tree, cut};

/// Bytes that are given to the parser between looks at the clock and the limits.
const PIECE_BYTES: usize = 4 * 1024;
/// Bytes of markup in which a page must name its encoding (HTML, "determining the character encoding").
const ENCODING_WITHIN: usize = 1_024;

/// A page as it came.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// Its address, after all redirects.
    pub url: &'s str,
    /// The header `Content-Type`, where there was one.
    pub content_type: Option<&'s str>,
    /// The markup.
    pub body: &'s [u8],
    /// Style sheets of its own site that were fetched with it.
    pub style_sheets: &'s [String],
}

/// Reads a page. Never fails: what is no markup is a page with one text.
pub fn parse(source: &Source<'_>, limits: &Limits) -> PageModel {
    let deadline = Instant::now() + limits.time;
    let body = &source.body[..source.body.len().min(limits.markup_bytes)];
    let encoding = encoding_of(source.content_type, body);
    let (text, _, _) = encoding.decode(body);
    let (tree, is_whole) = grow(&text, limits, deadline);
    let mut model = read(&tree, source, limits, deadline);
    model.is_cut |= !is_whole || body.len() < source.body.len();
    model
}

/// Builds the tree; tells whether it is the tree of the whole text.
fn grow(text: &str, limits: &Limits, deadline: Instant) -> (Tree, bool) {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            // What stands in `noscript` is read as elements: a crawler follows its links.
            scripting_enabled: false,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let mut parser = parse_document(Building::new(limits.nodes, limits.depth), options);
    let mut rest = text;
    while !rest.is_empty() {
        let piece = match cut(rest, PIECE_BYTES) {
            "" => rest,
            piece => piece,
        };
        parser.process(StrTendril::from_slice(piece));
        rest = &rest[piece.len()..];
        if parser.tokenizer.sink.sink.is_full() || Instant::now() > deadline {
            break;
        }
    }
    let is_whole = rest.is_empty();
    (parser.finish(), is_whole)
}

/// Returns the encoding by the byte-order mark, the header, the markup, or UTF-8 where it is that; else that of old Vietnamese pages.
fn encoding_of(content_type: Option<&str>, body: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        return encoding;
    }
    let head = String::from_utf8_lossy(&body[..body.len().min(ENCODING_WITHIN)]);
    let named = content_type
        .and_then(charset_in)
        .or_else(|| charset_in(&head))
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    match named {
        Some(encoding) => encoding,
        None if std::str::from_utf8(body).is_ok() => UTF_8,
        None => encoding_rs::WINDOWS_1258,
    }
}

fn charset_in(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().find("charset=")?;
    let value = text.get(at + "charset=".len()..)?;
    let value = value.trim_start_matches(['"', '\'', ' ']);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_:.".contains(letter);
    let end = value.find(|letter| !is_name(letter)).unwrap_or(value.len());
    Some(&value[..end]).filter(|name| !name.is_empty())
}
