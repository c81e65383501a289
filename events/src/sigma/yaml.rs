//! YAML as a tree that knows its lines, with limits: on depth, on nodes, and on what aliases make of few of them.
//!
//! Scalars keep the text that was written. What is a number and what is none is the business of whoever asks.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use granit_parser::{Event, Marker, Parser, ScalarStyle, options};

/// Collections inside each other. Rules have six.
const DEPTH_MAX: usize = 32;
/// Nodes of a document, aliases counted as what they stand for. The largest public rules have some 2,000.
const NODES_MAX: usize = 50_000;
/// Documents of a source.
const DOCUMENTS_MAX: usize = 10_000;

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A node of a document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) content: Content,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    List(Vec<Node>),
    /// Keys are scalars and differ.
    Map(Vec<(Key, Node)>),
    Scalar(Scalar),
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) position: Position,
    pub(super) text: String,
}

/// A text as it was written.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Whether it stands without quotation marks, and so can be null, a number or a truth value.
    pub(super) is_plain: bool,
}

/// What is wrong, and where.
#[derive(Clone, Debug)]
pub(super) struct YamlError {
    pub(super) position: Position,
    pub(super) message: String,
}

impl Scalar {
    /// Tells whether the scalar is YAML's null.
    pub(super) fn is_null(&self) -> bool {
        self.is_plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Returns the truth value that the scalar is.
    pub(super) fn truth(&self) -> Option<bool> {
        match self.text.as_str() {
            "true" | "True" | "TRUE" if self.is_plain => Some(true),
            "false" | "False" | "FALSE" if self.is_plain => Some(false),
            _ => None,
        }
    }
}

impl Node {
    /// Returns the value of a key, where the node is a map that has it.
    pub(super) fn value(&self, key: &str) -> Option<&Self> {
        let Content::Map(entries) = &self.content else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, value)| value)
    }

    /// Returns the text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            _ => None,
        }
    }
}

/// Reads the documents of a source; empty ones are left out.
pub(super) fn parse(source: &str) -> Result<Vec<Node>, YamlError> {
    let parsed = catch_unwind(AssertUnwindSafe(|| Builder::default().read(source)));
    parsed.unwrap_or_else(|_panic| {
        Err(YamlError {
            position: Position { line: 1, column: 1 },
            message: "the YAML parser failed on this source".to_owned(),
        })
    })
}

/// A collection whose end has not been met.
enum Open {
    List(Vec<Node>),
    /// The key waits for its value.
    Map(Vec<(Key, Node)>, Option<Key>),
}

struct Frame {
    open: Open,
    position: Position,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Frame>,
    /// By the number that the parser gave; with the count of its nodes.
    anchors: HashMap<usize, (Node, usize)>,
    node_count: usize,
}

impl Builder {
    fn read(mut self, source: &str) -> Result<Vec<Node>, YamlError> {
        let limits = options! {
            flow_nesting_limit: DEPTH_MAX,
            block_nesting_limit: DEPTH_MAX,
        };
        for event in Parser::new_from_str_with_options(source, limits) {
            let (event, span) = event.map_err(|error| YamlError {
                position: position(*error.marker()),
                message: format!("not YAML: {}", error.info()),
            })?;
            let at = position(span.start);
            self.take(event, at)
                .map_err(|(position, message)| YamlError { position, message })?;
        }
        Ok(self.documents)
    }

    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), (Position, String)> {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.node_count = 0;
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                let scalar = Scalar {
                    text: text.into_owned(),
                    is_plain: style == ScalarStyle::Plain,
                };
                let node = Node {
                    position: at,
                    content: Content::Scalar(scalar),
                };
                self.add(node, anchor, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.begin(Open::List(Vec::new()), at, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.is_some(), at)?;
                self.begin(Open::Map(Vec::new(), None), at, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((node, count)) = self.anchors.get(&anchor).cloned() else {
                    return Err((at, "an alias stands inside what it stands for".to_owned()));
                };
                self.add(node, 0, count)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, at: Position, anchor: usize) -> Result<(), (Position, String)> {
        if self.open.len() >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} lists and maps inside each other");
            return Err((at, message));
        }
        self.open.push(Frame {
            open,
            position: at,
            anchor,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), (Position, String)> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let content = match frame.open {
            Open::List(nodes) => Content::List(nodes),
            Open::Map(entries, _) => Content::Map(entries),
        };
        let node = Node {
            position: frame.position,
            content,
        };
        self.add(node, frame.anchor, 1)
    }

    /// Puts a node into its place; `count` nodes are new with it.
    fn add(&mut self, node: Node, anchor: usize, count: usize) -> Result<(), (Position, String)> {
        let at = node.position;
        self.node_count += count;
        if self.node_count > NODES_MAX {
            return Err((at, format!("a document has more than {NODES_MAX} nodes")));
        }
        if anchor != 0 {
            let own_count = count_nodes(&node);
            self.node_count += own_count;
            self.anchors.insert(anchor, (node.clone(), own_count));
        }
        let Some(frame) = self.open.last_mut() else {
            return self.add_document(node);
        };
        match &mut frame.open {
            Open::List(nodes) => nodes.push(node),
            Open::Map(entries, waiting) => match waiting.take() {
                Some(key) => entries.push((key, node)),
                None => *waiting = Some(new_key(node, entries)?),
            },
        }
        Ok(())
    }

    fn add_document(&mut self, node: Node) -> Result<(), (Position, String)> {
        if matches!(&node.content, Content::Scalar(scalar) if scalar.is_null()) {
            return Ok(());
        }
        if self.documents.len() >= DOCUMENTS_MAX {
            let message = format!("more than {DOCUMENTS_MAX} documents in one source");
            return Err((node.position, message));
        }
        self.documents.push(node);
        Ok(())
    }
}

fn new_key(node: Node, entries: &[(Key, Node)]) -> Result<Key, (Position, String)> {
    let position = node.position;
    let Content::Scalar(scalar) = node.content else {
        return Err((position, "a key is a list or a map".to_owned()));
    };
    if scalar.is_plain && scalar.text == "<<" {
        return Err((position, "merge keys (<<) are not supported".to_owned()));
    }
    if entries.iter().any(|(key, _)| key.text == scalar.text) {
        let message = format!("the key '{}' stands here for the second time", scalar.text);
        return Err((position, message));
    }
    Ok(Key {
        position,
        text: scalar.text,
    })
}

fn refuse_tag(has_tag: bool, at: Position) -> Result<(), (Position, String)> {
    if has_tag {
        return Err((at, "YAML tags (!) are not supported".to_owned()));
    }
    Ok(())
}

/// Recursion ends: what aliases nest counts towards the nodes each time, so that a few hundred levels are the most.
fn count_nodes(node: &Node) -> usize {
    match &node.content {
        Content::Scalar(_) => 1,
        Content::List(nodes) => nodes.iter().map(count_nodes).sum::<usize>() + 1,
        Content::Map(entries) => {
            entries
                .iter()
                .map(|(_, value)| count_nodes(value) + 1)
                .sum::<usize>()
                + 1
        }
    }
}

fn position(marker: Marker) -> Position {
    Position {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn problem(source: &str) -> String {
        let error = parse(source).expect_err(source);
        format!(
            "{}:{} {}",
            error.position.line, error.position.column, error.message
        )
    }

    #[test]
    fn knows_lines_and_keeps_what_was_written() {
        let documents = parse("a: 0x10\nb:\n  - 'null'\n  - null\n---\n---\nc: 1\n").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].value("a").unwrap().text(), Some("0x10"));
        let Content::List(items) = &documents[0].value("b").unwrap().content else {
            panic!("a list");
        };
        assert_eq!(items[0].text(), Some("null"));
        assert_eq!(items[1].text(), None);
        assert_eq!(items[1].position, Position { line: 4, column: 5 });
    }

    #[test]
    fn refuses_what_could_mean_two_things_or_grow() {
        assert!(problem("a: 1\nb: 2\na: 3").starts_with("3:1 the key 'a'"));
        assert!(problem("a: &x {b: 1}\nc:\n  <<: *x").contains("merge keys"));
        assert!(problem("a: !!binary x").contains("tags"));
        assert!(problem("{[a]: 1}").contains("a key is a list"));
        assert!(problem("a: [1, 2").starts_with("1:"));
        assert!(problem("a: *nobody").contains("not YAML"));
    }

    #[test]
    fn gives_up_a_billion_laughs_early() {
        let mut source = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            writeln!(source, "a{level}: &a{level} [{below}]").unwrap();
        }
        assert!(problem(&source).contains("more than 50000 nodes"));
    }

    #[test]
    fn depth_has_a_limit_even_through_aliases() {
        for source in [
            "[".repeat(1_000_000),
            "- ".repeat(500_000),
            "? ".repeat(500_000),
            "{a: ".repeat(250_000),
        ] {
            assert!(parse(&source).is_err());
        }
        let mut source = String::from("a0: &a0 [x]\n");
        for level in 1..5_000 {
            writeln!(source, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
        }
        assert!(problem(&source).contains("nodes"));
    }
}
