//! Puts the values of a text together: what belongs to one file becomes one entry.

use std::collections::{HashMap, HashSet};

use domain::Language;
use domain::name_pattern::fold;

use super::facts::{self, Fact};
use super::labels::Label;
use super::line::Line;
use super::scan::{Marker, Scanned, Standing, Token, scan};
use crate::checks::{interior_drive, is_hex};
use crate::input::{LINE_CHARS_MAX, VALUES_MAX};
use crate::material::{At, Entry, Flaw, Found, Kind, Material, Place, RolePhrase};
use crate::problem::ProblemCode;

/// Characters of a text that an alert can carry for people to read.
const BODY_CHARS_MAX: usize = 100_000;

/// More words than that beside a file's name are a sentence, not a heading.
const SENTENCE_WORDS: usize = 6;

/// Reads a text.
pub(crate) fn read(file: usize, source: &str) -> Material {
    let mut grouping = Grouping {
        file,
        material: Material::default(),
        current: None,
        switched: None,
        by_name: HashMap::new(),
        carried: None,
        line_end: None,
        taken: 0,
        line_has_digest: false,
    };
    for (index, original) in source.lines().enumerate() {
        if !grouping.line(index + 1, original) {
            break;
        }
    }
    let mut material = grouping.material;
    set_body(&mut material, file, source);
    bare_names_to_mentions(&mut material);
    material
}

struct Grouping {
    file: usize,
    material: Material,
    /// The file that is being described.
    current: Option<usize>,
    /// The name by which a text came back to a file described before.
    switched: Option<Found>,
    /// The last entry of each folded name.
    by_name: HashMap<String, usize>,
    /// A label that stood alone on the line before.
    carried: Option<Label>,
    /// What ended the line before, where it may go on on this one.
    line_end: Option<LineEnd>,
    taken: usize,
    /// The line that is read has a digest.
    line_has_digest: bool,
}

/// A value at the very end of a line.
struct LineEnd {
    kind: Kind,
    value: String,
    /// Where the value was put.
    entry: usize,
    index: usize,
    /// Nothing else stands on the line.
    is_alone: bool,
}

impl Grouping {
    /// Reads a line. Returns false when no more can be read.
    fn line(&mut self, number: usize, original: &str) -> bool {
        let place = Place {
            file: self.file,
            line: number,
            column: 1,
        };
        if original.chars().nth(LINE_CHARS_MAX).is_some() {
            let shown: String = original.chars().take(40).collect();
            let flaw = Flaw::refused(ProblemCode::LineTooLong).with("most", LINE_CHARS_MAX);
            self.material.report(Some(place), shown, flaw);
            return true;
        }
        let line = Line::read(original);
        if line.chars.iter().all(|c| c.is_whitespace()) {
            self.line_end = None;
            return true;
        }
        let facts = self.facts(&line, place);
        let mut scanned = scan(&line, self.carried.take());
        self.carried = scanned.open_label;
        scanned.tokens.retain(|token| {
            !facts
                .iter()
                .any(|(begin, end)| token.begin < *end && token.end > *begin)
        });
        self.continued(&line, &mut scanned);
        self.begin_block(&line, &scanned);
        self.role(&line, &scanned, place);
        self.line_has_digest = scanned
            .tokens
            .iter()
            .any(|token| matches!(token.kind, Kind::Digest(_)));
        let goes_on = self.tokens(&line, &scanned, place);
        self.end_sentence(&line, &scanned);
        goes_on
    }

    /// Takes number, subject and deadline, and returns where they stand.
    fn facts(&mut self, line: &Line, place: Place) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        let at = |begin: usize| Place {
            column: line.column(begin),
            ..place
        };
        let head = &mut self.material.head;
        if head.number.is_none()
            && let Some(Fact { begin, end, value }) = facts::number(line)
        {
            let place = at(begin);
            head.written.push((place, line.written(begin, end)));
            head.number = Some(At { place, value });
            ranges.push((begin, end));
        }
        if head.title.is_none()
            && let Some(Fact { begin, end, value }) = facts::title(line)
        {
            let place = at(begin);
            head.written.push((place, line.written(begin, end)));
            head.title = Some(At { place, value });
        }
        if let Some(Fact { begin, end, value }) = facts::deadline(line) {
            ranges.push((begin, end));
            if head.deadline_at.is_none() {
                let place = at(begin);
                head.written.push((place, line.written(begin, end)));
                head.deadline_at = Some(At { place, value });
            }
        }
        ranges
    }

    /// Reports a value that the line before began, and takes what this line has of it from the tokens.
    fn continued(&mut self, line: &Line, scanned: &mut Scanned) {
        let Some(before) = self.line_end.take() else {
            return;
        };
        let begin = line.chars.iter().take_while(|c| c.is_whitespace()).count();
        let end = line.chars[begin..]
            .iter()
            .position(|c| c.is_whitespace())
            .map_or(line.chars.len(), |length| begin + length);
        let word = line.value(begin, end);
        let word = word.trim_end_matches([',', ';', '.', ')']);
        let first = scanned.tokens.first();
        let (joined, code, end) = match before.kind {
            Kind::Digest(algorithm) => {
                let whole = before.value.len() + word.len();
                let fits = is_hex(&before.value)
                    && is_hex(word)
                    && before.value.len() != algorithm.byte_count() * 2
                    && matches!(whole, 32 | 40 | 64);
                if !fits {
                    return;
                }
                (
                    format!("{}{word}", before.value),
                    ProblemCode::DigestBrokenLine,
                    end,
                )
            }
            Kind::Path | Kind::Folder => {
                let Some(token) = first
                    .filter(|token| token.begin == begin && token.standing != Standing::Labelled)
                else {
                    return;
                };
                let value = line.value(token.begin, token.end);
                let rest_of_path = token.kind == Kind::Path
                    && !value.starts_with(['/', '%'])
                    && value.as_bytes().get(1) != Some(&b':');
                let name_alone = token.kind == Kind::FileName
                    && before.is_alone
                    && before.value.ends_with(['\\', '/'])
                    && scanned.marker == Marker::None
                    && scanned.tokens.len() == 1
                    && scanned.word_count == 0;
                if !rest_of_path && !name_alone {
                    return;
                }
                let space = if before.value.ends_with(['\\', '/']) || value.starts_with('\\') {
                    ""
                } else {
                    " "
                };
                (
                    format!("{}{space}{value}", before.value),
                    ProblemCode::ValueBrokenLine,
                    token.end,
                )
            }
            _ => return,
        };
        if let Some(found) = self
            .material
            .entries
            .get_mut(before.entry)
            .and_then(|entry| entry.found.get_mut(before.index))
        {
            found.flaw = Some(Flaw::refused(code).meant(Some(joined)));
        }
        scanned.tokens.retain(|token| token.begin >= end);
    }

    /// Ends the description of a file where a new paragraph of a list begins.
    fn begin_block(&mut self, line: &Line, scanned: &Scanned) {
        let describes = scanned
            .tokens
            .iter()
            .any(|token| token.kind.describes_a_file());
        let names = scanned
            .tokens
            .iter()
            .any(|token| matches!(token.kind, Kind::FileName | Kind::Path));
        let is_heading = scanned.tokens.is_empty()
            && scanned.open_label.is_none()
            && line.chars.iter().rev().find(|c| !c.is_whitespace()) == Some(&':');
        if scanned.marker == Marker::Number && (names || !describes) || is_heading {
            self.current = None;
        }
    }

    /// Ends the description of a file that was only named in a sentence: what follows is not about it.
    fn end_sentence(&mut self, line: &Line, scanned: &Scanned) {
        let names_in_passing = scanned.tokens.iter().any(|token| {
            matches!(token.kind, Kind::FileName | Kind::Path) && token.standing == Standing::Plain
        });
        let announces = line.chars.iter().rev().find(|c| !c.is_whitespace()) == Some(&':');
        if names_in_passing && scanned.word_count > SENTENCE_WORDS && !announces {
            self.current = None;
        }
    }

    /// Notes a phrase that calls a file legitimate and abused.
    fn role(&mut self, line: &Line, scanned: &Scanned, place: Place) {
        let Some((begin, length)) = scanned.abused else {
            return;
        };
        let names: Vec<&Token> = scanned
            .tokens
            .iter()
            .filter(|token| matches!(token.kind, Kind::FileName | Kind::Path))
            .collect();
        let nearest = names
            .iter()
            .rev()
            .find(|token| token.end <= begin + length)
            .or(names.first());
        let name = match nearest {
            Some(token) => Some(last_component(&line.value(token.begin, token.end)).to_owned()),
            None => self
                .current
                .and_then(|index| file_name(&self.material.entries[index])),
        };
        if let Some(name) = name {
            self.material.role_phrases.push(RolePhrase {
                place: Place {
                    column: line.column(begin),
                    ..place
                },
                written: line.written(begin, begin + length),
                name,
                role: domain::Role::AbusedLegitimate,
            });
        }
    }

    fn tokens(&mut self, line: &Line, scanned: &Scanned, place: Place) -> bool {
        // A table's row has its values in any order: the name says which file they describe.
        let is_name = |token: &&Token| matches!(token.kind, Kind::FileName | Kind::Path);
        let one_name = scanned.tokens.iter().filter(is_name).count() == 1;
        let mut order: Vec<&Token> = scanned.tokens.iter().collect();
        if one_name {
            order.sort_by_key(|token| !is_name(token));
        }
        for token in order {
            let found = Found {
                place: Place {
                    column: line.column(token.begin),
                    ..place
                },
                kind: token.kind,
                written: line.written(token.begin, token.end),
                value: line.value(token.begin, token.end),
                flaw: None,
            };
            self.taken += 1;
            if self.taken > VALUES_MAX {
                let flaw = Flaw::refused(ProblemCode::TooManyValues).with("most", VALUES_MAX);
                self.material.report(Some(found.place), found.written, flaw);
                return false;
            }
            let put = self.token(token, found);
            let ends_line = line.chars[token.end..].iter().all(|c| c.is_whitespace());
            if ends_line && let Some((entry, index)) = put {
                self.line_end = Some(LineEnd {
                    kind: token.kind,
                    value: line.value(token.begin, token.end),
                    entry,
                    index,
                    is_alone: scanned.tokens.len() == 1,
                });
            }
        }
        true
    }

    /// Puts a value where it belongs. Returns the entry and the index in it, where it became part of one.
    fn token(&mut self, token: &Token, found: Found) -> Option<(usize, usize)> {
        match token.standing {
            Standing::Contact | Standing::Unsupported => {
                let code = if token.standing == Standing::Contact {
                    ProblemCode::NotTaken
                } else {
                    ProblemCode::DigestUnsupported
                };
                let (place, value) = (Some(found.place), found.written.clone());
                self.material.report(place, value, Flaw::warning(code));
                self.material.passed.push(found);
                return None;
            }
            Standing::Shown | Standing::Unsure => {
                self.material.passed.push(found);
                return None;
            }
            Standing::Labelled | Standing::Plain => {}
        }
        match found.kind {
            Kind::Role => {
                let name = self
                    .current
                    .and_then(|index| file_name(&self.material.entries[index]));
                if let (Some(role), Some(name)) =
                    (crate::table::role(&super::plain(&found.value)), name)
                {
                    self.material.role_phrases.push(RolePhrase {
                        place: found.place,
                        written: found.written,
                        name,
                        role,
                    });
                }
                None
            }
            kind if kind.describes_a_file() => self.of_a_file(found, token.standing),
            _ => Some(self.new_entry(found)),
        }
    }

    fn of_a_file(&mut self, found: Found, standing: Standing) -> Option<(usize, usize)> {
        let Some(current) = self.current else {
            return self.of_a_new_file(found, standing);
        };
        let entry = &self.material.entries[current];
        match found.kind {
            Kind::Digest(_) => {
                let same_kind = entry.found.iter().find(|other| other.kind == found.kind);
                match same_kind {
                    Some(other) if other.value.eq_ignore_ascii_case(&found.value) => {
                        self.material.mentions.push(found);
                        None
                    }
                    Some(_) => {
                        // The text came back to a name: this is another file of that name.
                        let name = self.switched.take();
                        self.material.mentions.retain(|mention| {
                            name.as_ref().is_none_or(|name| mention.place != name.place)
                        });
                        let (entry, index) = self.new_file(name.into_iter().chain([found]));
                        Some((entry, index))
                    }
                    None => Some(self.add(current, found)),
                }
            }
            Kind::Size => {
                if entry.found.iter().any(|other| other.kind == Kind::Size) {
                    self.material.passed.push(found);
                    return None;
                }
                Some(self.add(current, found))
            }
            Kind::Folder => {
                if entry
                    .found
                    .iter()
                    .any(|other| matches!(other.kind, Kind::Path | Kind::Folder))
                {
                    return self.of_a_new_file(found, standing);
                }
                Some(self.add(current, found))
            }
            // Something fused with a path: it is refused, and whose path it would be cannot be said.
            Kind::Path if interior_drive(&found.value).is_some() => Some(self.add(current, found)),
            _ => {
                let name = fold(last_component(&found.value));
                match file_name(entry).map(|name| fold(&name)) {
                    Some(known) if known == name => {
                        let is_known = entry.found.iter().any(|other| {
                            other.kind == found.kind && fold(&other.value) == fold(&found.value)
                                || found.kind == Kind::FileName && other.kind == Kind::Path
                        });
                        let has_path = entry.found.iter().any(|other| other.kind == Kind::Path);
                        if is_known {
                            self.material.mentions.push(found);
                            return None;
                        }
                        if has_path {
                            return self.of_a_new_file(found, standing);
                        }
                        Some(self.add(current, found))
                    }
                    Some(_) => self.of_a_new_file(found, standing),
                    // Digests without a name before it: theirs, where it follows them at once and says so.
                    None => {
                        let last = entry.found.last().map_or(0, |last| last.place.line);
                        let same_line = found.place.line == last;
                        let at_once = found.place.line == last + 1
                            && standing == Standing::Labelled
                            && !self.line_has_digest;
                        if same_line || at_once {
                            Some(self.add(current, found))
                        } else {
                            self.of_a_new_file(found, standing)
                        }
                    }
                }
            }
        }
    }

    /// Begins a file, or comes back to one that was described before.
    fn of_a_new_file(&mut self, found: Found, standing: Standing) -> Option<(usize, usize)> {
        if found.kind == Kind::Size {
            self.material.passed.push(found);
            return None;
        }
        if matches!(found.kind, Kind::FileName | Kind::Path) {
            let name = fold(last_component(&found.value));
            let before = self.by_name.get(&name).copied();
            if let Some(before) = before {
                let entry = &self.material.entries[before];
                let same_path = entry.found.iter().any(|other| {
                    other.kind == Kind::Path && fold(&other.value) == fold(&found.value)
                });
                let only_named = found.kind == Kind::FileName && standing == Standing::Plain;
                if same_path || only_named {
                    self.current = Some(before);
                    self.switched = Some(found.clone());
                    self.material.mentions.push(found);
                    return None;
                }
            }
        }
        Some(self.new_file([found]))
    }

    fn new_file(&mut self, found: impl IntoIterator<Item = Found>) -> (usize, usize) {
        let entry = self.material.entries.len();
        self.material.entries.push(Entry::default());
        self.current = Some(entry);
        self.switched = None;
        let mut put = (entry, 0);
        for found in found {
            put = self.add(entry, found);
        }
        put
    }

    fn add(&mut self, entry: usize, found: Found) -> (usize, usize) {
        if matches!(found.kind, Kind::FileName | Kind::Path) {
            let name = fold(last_component(&found.value));
            self.by_name.insert(name, entry);
        }
        let entry_found = &mut self.material.entries[entry];
        if entry_found.found.is_empty() {
            entry_found.place = found.place;
        }
        entry_found.found.push(found);
        (entry, entry_found.found.len() - 1)
    }

    /// Makes an entry of a value that describes no file.
    fn new_entry(&mut self, found: Found) -> (usize, usize) {
        self.material.entries.push(Entry {
            place: found.place,
            found: vec![found],
            ..Entry::default()
        });
        (self.material.entries.len() - 1, 0)
    }
}

/// Returns the last component of a path, or the name itself.
pub(crate) fn last_component(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

fn file_name(entry: &Entry) -> Option<String> {
    entry
        .found
        .iter()
        .find(|found| matches!(found.kind, Kind::FileName | Kind::Path))
        .map(|found| last_component(&found.value).to_owned())
}

/// Makes mentions of names that stand alone and are described elsewhere, and of folders that describe nothing.
fn bare_names_to_mentions(material: &mut Material) {
    let is_bare = |entry: &Entry| matches!(entry.found.as_slice(), [found] if matches!(found.kind, Kind::FileName | Kind::Folder) && found.flaw.is_none());
    let described: HashSet<String> = material
        .entries
        .iter()
        .filter(|entry| !is_bare(entry))
        .filter_map(|entry| Some(fold(&file_name(entry)?)))
        .collect();
    let entries = std::mem::take(&mut material.entries);
    for mut entry in entries {
        let is_mention = is_bare(&entry)
            && entry
                .found
                .iter()
                .all(|found| found.kind == Kind::Folder || described.contains(&fold(&found.value)));
        if is_mention {
            material.mentions.append(&mut entry.found);
        } else {
            material.entries.push(entry);
        }
    }
}

/// Keeps the text for people, and tells its language.
fn set_body(material: &mut Material, file: usize, source: &str) {
    let body: String = source
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .take(BODY_CHARS_MAX + 1)
        .collect();
    let body = body.trim();
    if !body.is_empty() && body.chars().count() <= BODY_CHARS_MAX {
        let place = Place {
            file,
            line: 1,
            column: 1,
        };
        material.head.body = Some(At {
            place,
            value: body.to_owned(),
        });
    }
    material.head.language = Some(language(source));
}

/// Tells the language by the letters that only Vietnamese has.
pub(crate) fn language(text: &str) -> Language {
    let is_vietnamese = |c: char| {
        matches!(
            c,
            'ă' | 'đ' | 'ơ' | 'ư' | 'Ă' | 'Đ' | 'Ơ' | 'Ư' | '\u{1ea0}'
                ..='\u{1ef9}' | '\u{323}' | '\u{309}' | '\u{31b}'
        )
    };
    if text.chars().take(BODY_CHARS_MAX).any(is_vietnamese) {
        Language::Vi
    } else {
        Language::En
    }
}
