//! What a PDF says that it carries: which streams are files and how they are named, and where scripts are. Everything
//! is noted as slices of the document, so that saying one thing a million times costs nothing.

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use crate::sink::{Problem, Sink};

use super::lexing::{
    Cursor, Dictionary, Token, parse_reference, parse_text, to_utf8, unescape_name,
};
use super::objects::Objects;

/// Arrays and dictionaries inside each other that are looked into, at most; deeper ones are passed over.
const DEPTH_MAX: usize = 4096;
/// Bytes of dictionaries of embedded files that are read again, for each byte of the document.
const WORK_PER_BYTE: usize = 16;
/// Keys of a file's name, the best first.
const NAMES: [&[u8]; 5] = [b"UF", b"F", b"Unix", b"DOS", b"Mac"];

/// What a document says that it carries.
pub(super) struct Carried<'a> {
    /// The names of the file in each stream.
    files: HashMap<u32, Names<'a>>,
    /// The streams that hold scripts.
    script_streams: HashSet<u32>,
    /// Scripts that stand where they are used, as values.
    scripts: Vec<&'a [u8]>,
    seen_scripts: HashSet<*const u8>,
    work_left: usize,
}

/// A file's names as values, the best first.
type Names<'a> = [Option<&'a [u8]>; NAMES.len()];

impl<'a> Carried<'a> {
    /// Looks for files and scripts in all objects.
    pub(super) fn find(
        objects: &Objects<'a>,
        bytes: usize,
        sink: &mut Sink<'_>,
    ) -> Result<Self, Problem> {
        let mut carried = Self {
            files: HashMap::new(),
            script_streams: HashSet::new(),
            scripts: Vec::new(),
            seen_scripts: HashSet::new(),
            work_left: bytes.saturating_mul(WORK_PER_BYTE),
        };
        for object in objects.all() {
            sink.go_on()?;
            let value = object.value;
            let has_mark = |mark: &[u8]| memmem::find(value, mark).is_some();
            // A `#` can disguise either.
            if has_mark(b"/EF") || has_mark(b"/JS") || has_mark(b"#") {
                carried.look_into(objects, value);
            }
        }
        Ok(carried)
    }

    /// Tells whether there was too much to look at all of it.
    pub(super) const fn is_cut(&self) -> bool {
        self.work_left == 0
    }

    /// Returns the name of the file in a stream, when somebody points to it; it can be empty.
    pub(super) fn file_name(&self, number: u32) -> Option<Vec<u8>> {
        let names = self.files.get(&number)?;
        let texts = names.iter().flatten().filter_map(|value| parse_text(value));
        let mut texts = texts.map(|text| to_utf8(&text));
        Some(texts.find(|text| !text.is_empty()).unwrap_or_default())
    }

    /// Returns the scripts that stand where they are used.
    pub(super) fn scripts(&self) -> impl Iterator<Item = Vec<u8>> {
        let texts = self.scripts.iter().filter_map(|value| parse_text(value));
        texts.map(|text| to_utf8(&text))
    }

    /// Tells whether a stream holds a script.
    pub(super) fn is_script(&self, number: u32) -> bool {
        self.script_streams.contains(&number)
    }

    /// Looks at each dictionary in a value once, however deep it lies.
    fn look_into(&mut self, objects: &Objects<'a>, value: &'a [u8]) {
        let mut cursor = Cursor::new(value);
        let mut frames: Vec<Frame<'a>> = Vec::new();
        loop {
            let Some(start) = cursor.next_start() else {
                return;
            };
            let Some(token) = cursor.token() else { return };
            match token {
                Token::DictionaryOpen | Token::ArrayOpen => {
                    if frames.len() == DEPTH_MAX {
                        return;
                    }
                    frames.push(Frame::new(start));
                    continue;
                }
                Token::Name(name)
                    if frames.last_mut().is_some_and(|frame| frame.take_key(name)) =>
                {
                    continue;
                }
                Token::Word(word) => cursor.skip_rest_of_reference(word),
                _ => {}
            }
            let mut start = start;
            if matches!(token, Token::DictionaryClose | Token::ArrayClose) {
                let Some(frame) = frames.pop() else { return };
                if token == Token::DictionaryClose {
                    self.note(objects, &frame);
                }
                start = frame.start;
            }
            if let Some(frame) = frames.last_mut() {
                frame.take_value(&value[start..cursor.at]);
            }
        }
    }

    /// Notes what a dictionary says.
    fn note(&mut self, objects: &Objects<'a>, frame: &Frame<'a>) {
        if let Some(embedded) = frame.embedded {
            let embedded = objects.resolve(embedded);
            self.work_left = self.work_left.saturating_sub(embedded.len());
            let entries = (self.work_left > 0).then(|| Dictionary::parse(embedded));
            for (_, target) in entries.flatten().iter().flat_map(Dictionary::entries) {
                if let Some(number) = parse_reference(target) {
                    let names = frame.names.map(|name| Some(objects.resolve(name?)));
                    self.files.insert(number, names);
                }
            }
        }
        if let Some(script) = frame.script {
            let text = objects.resolve(script);
            if matches!(text.first(), Some(b'(' | b'<')) && !text.starts_with(b"<<") {
                if self.seen_scripts.insert(text.as_ptr()) {
                    self.scripts.push(text);
                }
            } else {
                self.script_streams.extend(parse_reference(script));
            }
        }
    }
}

/// A dictionary or an array that is being read, with the entries that matter.
struct Frame<'a> {
    start: usize,
    key: Option<Key>,
    embedded: Option<&'a [u8]>,
    script: Option<&'a [u8]>,
    names: Names<'a>,
}

#[derive(Clone, Copy)]
enum Key {
    Embedded,
    Name(usize),
    Other,
    Script,
}

impl<'a> Frame<'a> {
    const fn new(start: usize) -> Self {
        Self {
            start,
            key: None,
            embedded: None,
            script: None,
            names: [None; NAMES.len()],
        }
    }

    /// Takes a name where a key belongs; `false` where it is a value. Arrays have no keys, but a name that is taken for
    /// one there does no harm: what is in them is looked at on its own.
    fn take_key(&mut self, name: &[u8]) -> bool {
        if self.key.is_some() {
            return false;
        }
        let name = unescape_name(name);
        self.key = Some(match name.as_ref() {
            b"EF" => Key::Embedded,
            b"JS" => Key::Script,
            other => NAMES
                .iter()
                .position(|key| *key == other)
                .map_or(Key::Other, Key::Name),
        });
        true
    }

    fn take_value(&mut self, value: &'a [u8]) {
        match self.key.take() {
            Some(Key::Embedded) => self.embedded = Some(value),
            Some(Key::Script) => self.script = Some(value),
            Some(Key::Name(index)) => self.names[index] = Some(value),
            Some(Key::Other) | None => {}
        }
    }
}
