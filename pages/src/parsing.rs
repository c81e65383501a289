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
const PIECE_BYTES: usize = 1024;
/// Bytes of markup in which a page must name its encoding (HTML, "determining the character encoding").
const ENCODING_WITHIN: usize = 1_024;

/// Markup in markup in markup that is read: frames with a page of their own in an attribute.
const INNER_DEPTH: usize = 3;

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
    let started = Instant::now();
    let body = &source.body[..source.body.len().min(limits.markup_bytes)];
    let encoding = encoding_of(source.content_type, body);
    let (text, _, _) = encoding.decode(body);
    // Half of the time is left for reading what there is: a tree that nobody reads would be an empty page.
    let (tree, is_whole) = grow(&text, limits, started + limits.time / 2);
    let deadline = started + limits.time;
    let mut model = read(&tree, source, limits, deadline, INNER_DEPTH);
    model.is_cut |= !is_whole || body.len() < source.body.len();
    model
}

/// Reads the page that a frame has in an attribute, by the address of the page around it.
pub(crate) fn read_inner(
    markup: &str,
    url: &str,
    limits: &Limits,
    deadline: Instant,
    depth: usize,
) -> PageModel {
    let (tree, is_whole) = grow(markup, limits, deadline);
    let source = Source {
        url,
        content_type: None,
        body: &[],
        style_sheets: &[],
    };
    let mut model = read(&tree, &source, limits, deadline, depth);
    model.is_cut |= !is_whole;
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
    let head = without_comments(&head);
    let by_label = |label: &str| Encoding::for_label(label.as_bytes());
    let in_markup = || {
        let encoding = charset_in(&head).and_then(by_label)?;
        // Markup that can be read as far as this is in neither of the two (HTML, "prescan a byte stream").
        let is_wide = encoding == encoding_rs::UTF_16BE || encoding == encoding_rs::UTF_16LE;
        Some(if is_wide { UTF_8 } else { encoding })
    };
    let named = content_type
        .and_then(charset_in)
        .and_then(by_label)
        .or_else(in_markup);
    match named {
        Some(encoding) => encoding,
        None if std::str::from_utf8(body).is_ok() => UTF_8,
        None => encoding_rs::WINDOWS_1258,
    }
}

/// Returns markup without its comments, in which no browser looks for an encoding.
fn without_comments(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some((before, after)) = rest.split_once("<!--") {
        text.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

fn charset_in(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().find("charset=")?;
    let value = text.get(at + "charset=".len()..)?;
    let value = value.trim_start_matches(['"', '\'', ' ']);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_:.".contains(letter);
    let end = value.find(|letter| !is_name(letter)).unwrap_or(value.len());
    Some(&value[..end]).filter(|name| !name.is_empty())
}
