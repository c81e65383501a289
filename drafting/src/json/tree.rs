//! JSON with the place of every value. Strict: RFC 8259, no duplicate keys, bounded depth.

use crate::material::{Flaw, Place, Reported, push};
use crate::problem::ProblemCode;

/// Objects and lists within each other. The format needs five.
const DEPTH_MAX: usize = 32;
/// Values in one document: an alert with as many indicators as are allowed has about as many.
const NODES_MAX: usize = 2_500_000;
/// Keys in one object. The format has at most eighteen.
const KEYS_MAX: usize = 64;

/// A value and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Bool(bool),
    List(Vec<Node>),
    Null,
    /// As it is written.
    Number(String),
    Object(Vec<(Place, String, Node)>),
    Text(String),
}

/// Reads a whole document. What is wrong and can be passed over is reported; what cannot ends the reading.
pub(super) fn parse(file: usize, source: &str, reported: &mut Vec<Reported>) -> Option<Node> {
    let mut parser = Parser {
        // Where it ends too soon is a place in its last line, not in one that is not there.
        rest: source.trim_end_matches([' ', '\t', '\n', '\r']),
        nodes: 0,
        place: Place {
            file,
            line: 1,
            column: 1,
        },
        reported,
    };
    let parsed = parser.value(0).and_then(|node| {
        parser.space();
        if parser.rest.is_empty() {
            Ok(node)
        } else {
            Err(parser.unexpected())
        }
    });
    parsed.ok()
}

/// The rest cannot be read; the reason is reported.
struct Broken;

struct Parser<'a> {
    rest: &'a str,
    nodes: usize,
    place: Place,
    reported: &'a mut Vec<Reported>,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Broken> {
        self.space();
        let place = self.place;
        if depth > DEPTH_MAX {
            return Err(self.syntax("too-deep"));
        }
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(self.syntax("too-much"));
        }
        let (place, value) = match self.rest.chars().next() {
            Some('{') => (place, self.object(depth)?),
            Some('[') => (place, self.list(depth)?),
            Some('"') => {
                let (place, text) = self.text()?;
                (place, Value::Text(text))
            }
            Some(c) if c == '-' || c.is_ascii_digit() => {
                let number = self.take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
                let digits = number.strip_prefix('-').unwrap_or(&number);
                let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                if !whole || (digits.len() > 1 && digits.starts_with('0')) {
                    self.report(place, &number, Flaw::refused(ProblemCode::JsonNotInteger));
                }
                (place, Value::Number(number))
            }
            Some(c) if c.is_ascii_alphabetic() => {
                let word = self.take_while(|c| c.is_ascii_alphanumeric());
                let value = match word.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "null" => Value::Null,
                    _ => {
                        self.report(place, &word, Self::syntax_flaw("unexpected"));
                        return Err(Broken);
                    }
                };
                (place, value)
            }
            _ => return Err(self.unexpected()),
        };
        Ok(Node { place, value })
    }

    fn object(&mut self, depth: usize) -> Result<Value, Broken> {
        self.step();
        let mut fields: Vec<(Place, String, Node)> = Vec::new();
        self.space();
        if self.take('}') {
            return Ok(Value::Object(fields));
        }
        loop {
            self.space();
            if !self.rest.starts_with('"') {
                return Err(self.unexpected());
            }
            let (place, key) = self.text()?;
            self.space();
            if !self.take(':') {
                return Err(self.unexpected());
            }
            let node = self.value(depth + 1)?;
            if fields.len() == KEYS_MAX {
                return Err(self.syntax("too-much"));
            }
            if fields.iter().any(|(_, name, _)| *name == key) {
                self.report(place, &key, Flaw::refused(ProblemCode::JsonDuplicateKey));
            } else {
                fields.push((place, key, node));
            }
            self.space();
            if self.take('}') {
                return Ok(Value::Object(fields));
            }
            if !self.take(',') {
                return Err(self.unexpected());
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Broken> {
        self.step();
        let mut items = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(']') {
                return Ok(Value::List(items));
            }
            if !self.take(',') {
                return Err(self.unexpected());
            }
        }
    }

    /// Reads a text; its place is that of the first character after the quotation mark.
    fn text(&mut self) -> Result<(Place, String), Broken> {
        self.step();
        let begin = self.place;
        let mut text = String::new();
        loop {
            let place = self.place;
            match self.step() {
                Some('"') => return Ok((begin, text)),
                Some('\\') => self.escape(place, &mut text),
                Some(c) if c >= ' ' => text.push(c),
                _ => {
                    self.report(begin, &text, Self::syntax_flaw("open-text"));
                    return Err(Broken);
                }
            }
        }
    }

    fn escape(&mut self, place: Place, text: &mut String) {
        let plain = match self.rest.chars().next() {
            Some(c @ ('"' | '\\' | '/')) => Some(c),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            _ => None,
        };
        if let Some(c) = plain {
            self.step();
            text.push(c);
            return;
        }
        if self.rest.starts_with('u') {
            let unit = |at: usize| {
                let digits = self.rest.get(at..at + 4)?;
                u16::from_str_radix(digits, 16)
                    .ok()
                    .filter(|_| crate::checks::is_hex(digits))
            };
            let first = unit(1);
            let second = (self.rest.get(5..7) == Some("\\u"))
                .then(|| unit(7))
                .flatten();
            let alone = first.and_then(|unit| char::from_u32(u32::from(unit)));
            let pair = || {
                let units = [first?, second?];
                char::decode_utf16(units).next()?.ok()
            };
            let (c, length) = match alone {
                Some(c) => (Some(c), 5),
                None => (pair(), 11),
            };
            if let Some(c) = c {
                (0..length).for_each(|_| {
                    self.step();
                });
                text.push(c);
                return;
            }
        }
        // `"C:\Windows"`: a person forgot to double the backslash. What follows can still be read.
        let shown: String = self.rest.chars().take(1).collect();
        let flaw = Self::syntax_flaw("escape").meant(Some(format!("\\\\{shown}")));
        self.report(place, &format!("\\{shown}"), flaw);
        text.push('\\');
    }

    fn space(&mut self) {
        while self.rest.starts_with([' ', '\t', '\n', '\r']) {
            self.step();
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.step();
        }
        found
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.rest.chars().next().filter(|c| wanted(*c)) {
            taken.push(c);
            self.step();
        }
        taken
    }

    fn step(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        if c == '\n' {
            self.place.line += 1;
            self.place.column = 1;
        } else {
            self.place.column += 1;
        }
        Some(c)
    }

    fn unexpected(&mut self) -> Broken {
        self.syntax(if self.rest.is_empty() {
            "ends"
        } else {
            "unexpected"
        })
    }

    fn syntax(&mut self, reason: &'static str) -> Broken {
        let shown: String = self
            .rest
            .chars()
            .take(20)
            .take_while(|c| *c != '\n')
            .collect();
        self.report(self.place, &shown, Self::syntax_flaw(reason));
        Broken
    }

    fn syntax_flaw(reason: &'static str) -> Flaw {
        Flaw::refused(ProblemCode::JsonSyntax).with("reason", reason)
    }

    fn report(&mut self, place: Place, value: &str, flaw: Flaw) {
        push(
            self.reported,
            Reported {
                place: Some(place),
                value: value.to_owned(),
                flaw,
            },
        );
    }
}
