//! Finds the labels and values of one line.

use domain::Algorithm;

use super::extent;
use super::labels::{Label, abused_phrase, contact_words, label_at};
use super::line::Line;
use super::shape::{self, Shape};
use crate::checks::{has_known_suffix, interior_drive, is_file_ending, is_hex};
use crate::material::Kind;

/// A value in a line, by the indices of its characters.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) standing: Standing,
}

/// How much says that a token is an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Words around it say that it is not: shown with a warning.
    Contact,
    /// A label or a disguise says that it is.
    Labelled,
    /// Its shape says so.
    Plain,
    /// Worth showing, and never taken.
    Shown,
    /// A digest of an algorithm that is not searched for.
    Unsupported,
    /// Only its surroundings can tell.
    Unsure,
}

/// What stands at the beginning of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Bullet,
    None,
    /// `1.`, `b)`, `II.`
    Number,
}

/// One line, searched.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) marker: Marker,
    pub(super) tokens: Vec<Token>,
    /// A label at the end of the line: its value is on the next.
    pub(super) open_label: Option<Label>,
    /// Words that are neither labels nor values.
    pub(super) word_count: usize,
    /// Where a phrase says that a program is legitimate and abused.
    pub(super) abused: Option<(usize, usize)>,
}

/// Searches a line. `carried` is the label that stood alone on the line before.
pub(super) fn scan(line: &Line, carried: Option<Label>) -> Scanned {
    let (marker, begin) = marker(&line.chars);
    let mut scanner = Scanner {
        line,
        at: begin,
        pending: carried,
        network: matches!(carried, Some(Label::Network)),
        contact_words: contact_words(&line.plain),
        tokens: Vec::new(),
        word_count: 0,
    };
    scanner.run();
    let Scanner {
        pending,
        mut tokens,
        word_count,
        ..
    } = scanner;
    // A line that is nothing but values is a list: what looks like a domain there is meant as one.
    if word_count == 0 {
        for token in &mut tokens {
            if token.standing == Standing::Unsure {
                token.standing = Standing::Plain;
            }
        }
    }
    // Beside a digest stands a file's name, of whatever ending.
    if tokens
        .iter()
        .any(|token| matches!(token.kind, Kind::Digest(_)))
    {
        for token in &mut tokens {
            let name = line.value(token.begin, token.end).to_lowercase();
            let is_plain = token.kind == Kind::Domain && token.standing == Standing::Plain;
            if is_plain && name.is_ascii() && !has_known_suffix(&name) {
                token.standing = Standing::Unsure;
            }
        }
    }
    let open_label =
        pending.filter(|label| *label != Label::Contact && tokens.is_empty() && word_count == 0);
    Scanned {
        marker,
        tokens,
        open_label,
        word_count,
        abused: abused_phrase(&line.plain),
    }
}

/// Returns what stands at the beginning, and where the rest begins.
fn marker(chars: &[char]) -> (Marker, usize) {
    let lead = chars.iter().take_while(|c| c.is_whitespace()).count();
    let rest = &chars[lead..];
    let after_space = |length: usize| {
        let spaces = rest[length..]
            .iter()
            .take_while(|c| c.is_whitespace())
            .count();
        (spaces > 0).then_some(lead + length + spaces)
    };
    if rest.first().is_some_and(|c| "-–—+*•●▪■◦·>→".contains(*c))
        && let Some(begin) = after_space(1)
    {
        return (Marker::Bullet, begin);
    }
    let word = rest
        .iter()
        .take(5)
        .take_while(|c| c.is_ascii_alphanumeric())
        .count();
    let text: String = rest[..word].iter().collect();
    let counts = text.bytes().all(|b| b.is_ascii_digit()) && word <= 3
        || word == 1
        || text.bytes().all(|b| b"IVX".contains(&b));
    if word > 0
        && counts
        && rest.get(word).is_some_and(|c| ".)/".contains(*c))
        && let Some(begin) = after_space(word + 1)
    {
        return (Marker::Number, begin);
    }
    (Marker::None, lead)
}

struct Scanner<'a> {
    line: &'a Line,
    at: usize,
    pending: Option<Label>,
    /// A label announced a list of domains.
    network: bool,
    /// Where words end that announce an address to write to.
    contact_words: Option<usize>,
    tokens: Vec<Token>,
    word_count: usize,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(c) = self.line.chars.get(self.at) {
            // Signs around values: brackets, quotation marks, separators of lists.
            if c.is_whitespace() || "\"'<>|;,()[]{}:=–—•".contains(*c) {
                self.at += 1;
            } else if !self.label() && !self.value() {
                self.word_count += 1;
                self.at = self.skipped_word();
            }
        }
    }

    /// Returns the end of a word that says nothing.
    fn skipped_word(&self) -> usize {
        let chars = &self.line.chars;
        (self.at + 1..chars.len())
            .find(|index| chars[*index].is_whitespace() || "\"<>|;,()[]{}=".contains(chars[*index]))
            .unwrap_or(chars.len())
    }

    /// Takes a label with its separator.
    fn label(&mut self) -> bool {
        let Some((label, end)) = label_at(&self.line.plain, self.at) else {
            return false;
        };
        let chars = &self.line.chars;
        let mut after = end;
        // `MD5 (mẫu 1): …`
        let spaces = chars[after..].iter().take_while(|c| **c == ' ').count();
        if chars.get(after + spaces) == Some(&'(')
            && let Some(length) = chars[after + spaces..]
                .iter()
                .take(40)
                .position(|c| *c == ')')
            && chars[after + spaces + length + 1..]
                .iter()
                .find(|c| **c != ' ')
                .is_some_and(|c| ":=".contains(*c))
        {
            after += spaces + length + 1;
        }
        let gap = chars[after..]
            .iter()
            .take_while(|c| c.is_whitespace())
            .count();
        let sign = chars.get(after + gap).copied();
        let separated = match sign {
            Some(':' | '=' | '|' | '→') => true,
            Some('-' | '–' | '—') => gap > 0 && chars.get(after + gap + 1) == Some(&' '),
            None => self.tokens.is_empty() && self.word_count == 0,
            _ => chars[after..after + gap].contains(&'\t'),
        };
        let is_digest = matches!(label, Label::Kind(Kind::Digest(_)) | Label::Unsupported);
        let value_at =
            after + gap + usize::from(separated && sign.is_some_and(|c| ":=|→-–—".contains(c)));
        if separated || is_digest && self.is_digest_at(after + gap) {
            self.pending = Some(label);
            self.network = label == Label::Network;
            self.at = value_at.min(chars.len());
            return true;
        }
        false
    }

    /// Tells whether something that is meant as a digest begins here.
    fn is_digest_at(&self, at: usize) -> bool {
        let chars = &self.line.chars;
        if at >= chars.len() {
            return false;
        }
        let word = self.line.value(at, extent::word(chars, at));
        let hex = word.bytes().filter(u8::is_ascii_hexdigit).count();
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        hex >= 6 && digits >= 2 && hex * 2 >= word.chars().count() && !word.contains(['/', '\\'])
            || word.len() >= 24 && is_hex(&word)
    }

    /// Takes a value.
    fn value(&mut self) -> bool {
        match self.pending {
            Some(Label::Kind(kind)) => self.labelled(kind),
            Some(Label::AnyDigest) if self.is_digest_at(self.at) => {
                let end = extent::digest(&self.line.chars, self.at, None);
                let kind = Kind::Digest(crate::checks::likely_algorithm(end - self.at));
                self.pending = None;
                self.push(end, kind, Standing::Labelled)
            }
            Some(Label::Unsupported) => {
                let end = extent::word(&self.line.chars, self.at).max(self.at + 1);
                self.pending = None;
                self.push(end, Kind::Unclear, Standing::Unsupported)
            }
            Some(Label::File) => self.file(),
            Some(Label::Role) => {
                self.pending = None;
                self.role()
            }
            _ => self.by_shape(),
        }
    }

    /// Takes what follows a label of one kind.
    fn labelled(&mut self, kind: Kind) -> bool {
        let chars = &self.line.chars;
        match kind {
            Kind::Digest(algorithm) => {
                if let Some(end) = self.digest_beside_a_path() {
                    self.pending = None;
                    return self.push(end, kind, Standing::Labelled);
                }
                let chars = &self.line.chars;
                if self.is_digest_at(self.at) || self.fused_digest_at(self.at) {
                    let end = extent::digest(chars, self.at, Some(algorithm));
                    self.pending = None;
                    return self.push(end, kind, Standing::Labelled);
                }
                self.pending = None;
                self.by_shape()
            }
            Kind::Size => {
                self.pending = None;
                if !chars[self.at].is_ascii_digit() {
                    return self.by_shape();
                }
                let end = extent::size(chars, self.at);
                let whole = end.is_some_and(|end| {
                    chars.get(end).is_none_or(|c| !c.is_alphanumeric())
                        && !(chars.get(end) == Some(&' ')
                            && chars.get(end + 1).is_some_and(char::is_ascii_digit))
                        && self.unit_is_whole(end)
                });
                let end = match end {
                    Some(end) if whole => end,
                    _ => extent::field(chars, self.at),
                };
                self.push(end, kind, Standing::Labelled)
            }
            _ => {
                self.pending = None;
                let end = extent::field(chars, self.at).max(self.at + 1);
                self.push(end, kind, Standing::Labelled)
            }
        }
    }

    /// Tells whether nothing that begins like a unit goes on after a size without one: `137.28 KB884d…`.
    fn unit_is_whole(&self, end: usize) -> bool {
        if self.line.chars[self.at..end]
            .iter()
            .any(|c| c.is_alphabetic())
        {
            return true;
        }
        let next: String = self.line.plain[end..]
            .iter()
            .skip_while(|c| **c == ' ')
            .take_while(|c| c.is_alphanumeric())
            .collect();
        !["kb", "mb", "gb", "byte"]
            .iter()
            .filter_map(|unit| next.strip_prefix(unit))
            .any(|rest| rest.len() > 1 || rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Returns the end of a path that stands where a digest is announced and has one fused to it.
    fn digest_beside_a_path(&self) -> Option<usize> {
        let chars = &self.line.chars;
        let word = self.line.value(self.at, extent::word(chars, self.at));
        let drive = if extent::is_path_start(chars, self.at) {
            0
        } else {
            interior_drive(&word)?
        };
        let drive = self.at + word[..drive].chars().count();
        let end = extent::path(chars, drive, true);
        let value = self.line.value(self.at, end);
        value
            .split(|c: char| !c.is_ascii_hexdigit())
            .any(|run| run.len() >= 28)
            .then_some(end)
    }

    fn fused_digest_at(&self, at: usize) -> bool {
        let word = self.line.value(at, extent::word(&self.line.chars, at));
        matches!(shape::of(&word), Shape::Value(Kind::Digest(_)))
    }

    /// Takes a path or a name after a label.
    fn file(&mut self) -> bool {
        self.pending = None;
        let chars = &self.line.chars;
        if extent::is_path_start(chars, self.at) {
            let end = extent::path(chars, self.at, true);
            return self.push(end, self.path_kind(end), Standing::Labelled);
        }
        let end = extent::field(chars, self.at);
        let field = self.line.value(self.at, end);
        if field.contains('\\') {
            let end = extent::path(chars, self.at, true).max(self.at + 1);
            return self.push(end, self.path_kind(end), Standing::Labelled);
        }
        // A name, perhaps with spaces; what follows it in brackets or after a comma is no part of it.
        let bracket = field
            .find(" (")
            .map_or(end, |at| self.at + field[..at].chars().count());
        let name = self.line.value(self.at, bracket);
        let first_word = extent::word(chars, self.at);
        let is_name = |text: &str| {
            text.rsplit_once('.')
                .is_some_and(|(stem, ending)| !stem.is_empty() && is_file_ending(ending))
        };
        if is_name(&self.line.value(self.at, first_word)) {
            return self.push(first_word, Kind::FileName, Standing::Labelled);
        }
        let trimmed = name.trim_end_matches(['.', ',', ';', ':', ')']);
        if is_name(trimmed) && !trimmed.contains("://") {
            let end = self.at + trimmed.chars().count();
            return self.push(end, Kind::FileName, Standing::Labelled);
        }
        self.by_shape()
    }

    fn role(&mut self) -> bool {
        let chars = &self.line.chars;
        let end = extent::field(chars, self.at);
        let plain: String = self.line.plain[self.at..end].iter().collect();
        let known = crate::table::role(&plain).is_some()
            || abused_phrase(&self.line.plain[self.at..end]).is_some();
        known && self.push(end, Kind::Role, Standing::Labelled)
    }

    /// Takes what its shape tells.
    fn by_shape(&mut self) -> bool {
        let chars = &self.line.chars;
        if self.hive_at() {
            let end = extent::field(chars, self.at);
            return self.push(end, Kind::RegistryKey, Standing::Plain);
        }
        let rest: String = chars[self.at..].iter().take(9).collect();
        if rest.to_ascii_lowercase().starts_with("\\\\.\\pipe\\") {
            let end = extent::word(chars, self.at);
            return self.push(end, Kind::NamedPipe, Standing::Plain);
        }
        if extent::is_path_start(chars, self.at) {
            let end = extent::path(chars, self.at, false).max(self.at + 1);
            return self.push(end, self.path_kind(end), Standing::Plain);
        }
        let end = extent::word(chars, self.at);
        if end <= self.at {
            return false;
        }
        let word = self.line.value(self.at, end);
        if let Some(drive) = interior_drive(&word).filter(|_| !word.contains("://")) {
            // Two values without anything between them: the second is a path, and may have spaces in it.
            let drive = self.at + word[..drive].chars().count();
            let end = extent::path(chars, drive, true).max(end);
            return self.push(end, Kind::Path, Standing::Plain);
        }
        if word.contains('\\') {
            return self.relative_path(&word);
        }
        // `samples/9f86…`: a folder of somebody's collection before the digest.
        if let Some((folder, last)) = word.rsplit_once('/')
            && matches!(last.len(), 32 | 40 | 64)
            && is_hex(last)
            && !word.contains("://")
        {
            self.at += folder.chars().count() + 1;
            let kind = Kind::Digest(crate::checks::likely_algorithm(last.len()));
            return self.push(end, kind, Standing::Plain);
        }
        if chars[self.at].is_ascii_digit()
            && let Some(end) = extent::size(chars, self.at)
            && self.has_long_unit(end)
        {
            return self.push(end, Kind::Size, Standing::Plain);
        }
        self.word(&word, end)
    }

    fn hive_at(&self) -> bool {
        let rest: String = self.line.chars[self.at..].iter().take(6).collect();
        let upper = rest.to_ascii_uppercase();
        ["HKLM\\", "HKCU\\", "HKCR\\", "HKU\\", "HKEY_"]
            .iter()
            .any(|hive| upper.starts_with(hive))
    }

    /// Tells whether a size has a unit that is nothing else: `3 b` may be a paragraph.
    fn has_long_unit(&self, end: usize) -> bool {
        let unit: String = self.line.plain[self.at..end]
            .iter()
            .filter(|c| c.is_alphabetic())
            .collect();
        let ends = self
            .line
            .chars
            .get(end)
            .is_none_or(|c| !c.is_alphanumeric());
        ends && ["kb", "mb", "gb", "kib", "mib", "gib", "byte"]
            .iter()
            .any(|known| unit.starts_with(known))
    }

    /// Takes a path that has lost its beginning, and shows other words with a backslash.
    fn relative_path(&mut self, word: &str) -> bool {
        let chars = &self.line.chars;
        let end = extent::path(chars, self.at, false).max(self.at + 1);
        let text = self.line.value(self.at, end);
        let has_ending = text
            .rsplit_once('.')
            .is_some_and(|(stem, ending)| !stem.is_empty() && is_file_ending(ending));
        if has_ending {
            self.take_words_before_a_path();
            return self.push(end, Kind::Path, Standing::Plain);
        }
        let end = self.at + word.chars().count();
        self.push(end, Kind::Unclear, Standing::Shown)
    }

    /// `Program Files\…`: the first folder's words before the backslash belong to the path.
    fn take_words_before_a_path(&mut self) {
        for folder in ["program ", "common ", "documents and "] {
            let length = folder.chars().count();
            if let Some(begin) = self.at.checked_sub(length)
                && self.line.plain[begin..self.at]
                    .iter()
                    .copied()
                    .eq(folder.chars())
            {
                self.at = begin;
                self.word_count = self
                    .word_count
                    .saturating_sub(folder.trim().split(' ').count());
            }
        }
    }

    fn word(&mut self, word: &str, end: usize) -> bool {
        let disguised = self.line.written(self.at, end) != word;
        let standing = if self.network || disguised && word.contains('.') {
            Standing::Labelled
        } else {
            let after_words = self.contact_words.is_some_and(|end| end <= self.at);
            if self.pending == Some(Label::Contact) || after_words {
                Standing::Contact
            } else {
                Standing::Plain
            }
        };
        match shape::of(word) {
            Shape::Value(kind @ Kind::Digest(_)) => {
                self.pending = None;
                let end = extent::digest(&self.line.chars, self.at, None).max(end);
                self.push(end, kind, Standing::Plain)
            }
            Shape::Value(Kind::Ip) => {
                // The port is no part of the address.
                let v4 = word.matches(':').count() == 1;
                let end = if v4 {
                    self.at + word.find(':').unwrap_or(word.len())
                } else {
                    end
                };
                self.push(end, Kind::Ip, standing)
            }
            Shape::Value(kind @ (Kind::Domain | Kind::Url)) => self.push(end, kind, standing),
            Shape::Value(kind) => self.push(end, kind, Standing::Plain),
            Shape::MaybeDomain if standing == Standing::Labelled => {
                self.push(end, Kind::Domain, standing)
            }
            Shape::MaybeDomain => {
                self.word_count += usize::from(self.word_count > 0);
                self.push(end, Kind::Domain, Standing::Unsure)
            }
            Shape::Passed => self.push(end, Kind::Unclear, Standing::Shown),
            Shape::Word => self.digest_in_words(end),
        }
    }

    /// Takes the digits of a digest that a space has broken: `884d46c01c762ad6 ddd2759fd921bf71`.
    fn digest_in_words(&mut self, word_end: usize) -> bool {
        let word = self.line.value(self.at, word_end);
        let has_both = word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_alphabetic());
        if word.len() < 4 || !is_hex(&word) || !has_both {
            return false;
        }
        let end = extent::digest(&self.line.chars, self.at, None);
        let kind = Kind::Digest(match self.line.value(self.at, end).replace(' ', "").len() {
            32 => Algorithm::Md5,
            40 => Algorithm::Sha1,
            _ => Algorithm::Sha256,
        });
        end > word_end && self.push(end, kind, Standing::Plain)
    }

    /// Tells a folder from a file by how the path ends.
    fn path_kind(&self, end: usize) -> Kind {
        let path = self.line.value(self.at, end);
        let last = path.rsplit(['\\', '/']).next().unwrap_or("");
        if last.is_empty() || crate::checks::is_folder_name(last) {
            Kind::Folder
        } else {
            Kind::Path
        }
    }

    fn push(&mut self, end: usize, kind: Kind, standing: Standing) -> bool {
        if end <= self.at {
            return false;
        }
        self.tokens.push(Token {
            begin: self.at,
            end,
            kind,
            standing,
        });
        self.at = end;
        true
    }
}
