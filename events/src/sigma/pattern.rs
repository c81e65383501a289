//! Texts with wildcards: `*` for any characters, `?` for one, a backslash before what is meant as it is.

use memchr::memmem::Finder;

use crate::text::{fold_char, is_dash, level_dashes};

/// A piece of a value, its escapes resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    AnyChar,
    AnyChars,
    Char(char),
}

/// Takes the wildcards of a value apart as the specification's section on escaping says.
pub(super) fn tokens(value: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let token = match c {
            '*' => Token::AnyChars,
            '?' => Token::AnyChar,
            '\\' => {
                let escaped = chars.next_if(|next| matches!(next, '*' | '?' | '\\'));
                Token::Char(escaped.unwrap_or('\\'))
            }
            c => Token::Char(c),
        };
        tokens.push(token);
    }
    tokens
}

/// Returns the characters of a value that has no wildcards.
pub(super) fn plain_text(tokens: &[Token]) -> Option<String> {
    tokens
        .iter()
        .map(|token| match token {
            Token::Char(c) => Some(*c),
            Token::AnyChar | Token::AnyChars => None,
        })
        .collect()
}

/// Whether upper and lower case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Ignored,
    Observed,
}

/// Whether the characters that can stand before an option are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dashes {
    Exact,
    Level,
}

/// Where in a text a part has to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Anchor {
    Anywhere,
    End,
    Start,
    Whole,
}

impl Anchor {
    /// Tells whether a part stands in a text where it has to.
    pub(super) fn holds(self, part: &str, text: &str) -> bool {
        match self {
            Self::Anywhere => text.contains(part),
            Self::End => text.ends_with(part),
            Self::Start => text.starts_with(part),
            Self::Whole => text == part,
        }
    }
}

/// A text that a pattern matches.
#[derive(Debug)]
pub(crate) struct Part {
    /// Whether more may stand before it.
    pub(crate) open_start: bool,
    pub(crate) text: String,
    /// Whether more may stand after it.
    pub(crate) open_end: bool,
}

/// A value to compare texts with.
#[derive(Clone, Debug)]
pub(crate) struct TextPattern {
    case: Case,
    dashes: Dashes,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Anything,
    /// A text anywhere, and the search for it.
    Contains(String, Box<Finder<'static>>),
    Literal(Anchor, String),
    Pieces(Pieces),
}

/// Pieces with any characters between them.
#[derive(Clone, Debug)]
struct Pieces {
    open_start: bool,
    open_end: bool,
    all: Vec<Piece>,
}

/// Characters that follow each other; `None` is any single one.
#[derive(Clone, Debug)]
struct Piece(Vec<Option<char>>);

impl TextPattern {
    /// Makes a pattern of a value's tokens.
    pub(super) fn new(tokens: &[Token], case: Case, dashes: Dashes) -> Self {
        let normal = |c: char| {
            let c = if dashes == Dashes::Level && is_dash(c) {
                '-'
            } else {
                c
            };
            match case {
                Case::Ignored => fold_char(c),
                Case::Observed => c,
            }
        };
        let open_start = tokens.first() == Some(&Token::AnyChars);
        let open_end = tokens.last() == Some(&Token::AnyChars);
        let pieces: Vec<Piece> = tokens
            .split(|token| *token == Token::AnyChars)
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                let chars = piece.iter().map(|token| match token {
                    Token::Char(c) => Some(normal(*c)),
                    Token::AnyChar | Token::AnyChars => None,
                });
                Piece(chars.collect())
            })
            .collect();
        Self {
            case,
            dashes,
            shape: Shape::new(Pieces {
                open_start,
                open_end,
                all: pieces,
            }),
        }
    }

    /// Tells whether only the folded text is looked at.
    pub(super) fn ignores_case(&self) -> bool {
        self.case == Case::Ignored
    }

    /// Tells whether a text matches; `folded` is the same text with its case folded.
    pub(super) fn matches(&self, text: &str, folded: &str) -> bool {
        let text = match self.case {
            Case::Ignored => folded,
            Case::Observed => text,
        };
        match self.dashes {
            Dashes::Exact => self.shape.matches(text),
            Dashes::Level => self.shape.matches(&level_dashes(text)),
        }
    }

    /// Returns a text that matches, and whether more may stand around it.
    pub(crate) fn sample(&self) -> Part {
        let (open_start, text, open_end) = match &self.shape {
            Shape::Anything => (true, String::new(), true),
            Shape::Contains(text, _) => (true, text.clone(), true),
            Shape::Literal(anchor, text) => (
                matches!(anchor, Anchor::Anywhere | Anchor::End),
                text.clone(),
                matches!(anchor, Anchor::Anywhere | Anchor::Start),
            ),
            Shape::Pieces(pieces) => {
                let chars = pieces.all.iter().flat_map(|piece| &piece.0);
                let text = chars.map(|c| c.unwrap_or('a')).collect();
                (pieces.open_start, text, pieces.open_end)
            }
        };
        Part {
            open_start,
            text,
            open_end,
        }
    }

    /// Returns the longest part without wildcards that every matching text has, and where it stands.
    pub(super) fn needed_part(&self) -> Option<(Anchor, String)> {
        match &self.shape {
            Shape::Anything => None,
            Shape::Contains(text, _) => self.undashed(Anchor::Anywhere, text),
            Shape::Literal(anchor, text) => self.undashed(*anchor, text),
            Shape::Pieces(pieces) => pieces
                .all
                .iter()
                .flat_map(|piece| piece.0.split(Option::is_none))
                .filter_map(|run| {
                    let text: String = run.iter().flatten().collect();
                    self.undashed(Anchor::Anywhere, &text)
                })
                .max_by_key(|(_, text)| text.len()),
        }
    }

    /// A part that holds dashes stands for several texts: only what is between them is needed.
    fn undashed(&self, anchor: Anchor, text: &str) -> Option<(Anchor, String)> {
        let (anchor, part) = if self.dashes == Dashes::Level && text.contains('-') {
            let longest = text.split('-').max_by_key(|part| part.len())?;
            (Anchor::Anywhere, longest)
        } else {
            (anchor, text)
        };
        // A pattern that observes case is looked for in folded text as well, and found more often than it matches.
        (!part.is_empty()).then(|| (anchor, crate::text::fold(part)))
    }
}

impl Shape {
    fn new(pieces: Pieces) -> Self {
        let anchor = match (pieces.open_start, pieces.open_end) {
            (true, true) => Anchor::Anywhere,
            (true, false) => Anchor::End,
            (false, true) => Anchor::Start,
            (false, false) => Anchor::Whole,
        };
        let single = match pieces.all.as_slice() {
            [] if pieces.open_start => return Self::Anything,
            [] => Some(String::new()),
            [piece] => piece.0.iter().copied().collect(),
            _ => None,
        };
        match (single, anchor) {
            (None, _) => Self::Pieces(pieces),
            (Some(text), Anchor::Anywhere) => {
                let finder = Box::new(Finder::new(text.as_bytes()).into_owned());
                Self::Contains(text, finder)
            }
            (Some(text), anchor) => Self::Literal(anchor, text),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Contains(_, finder) => finder.find(text.as_bytes()).is_some(),
            Self::Literal(anchor, part) => anchor.holds(part, text),
            Self::Pieces(pieces) => pieces.matches(text),
        }
    }
}

impl Pieces {
    fn matches(&self, text: &str) -> bool {
        let mut rest = text;
        let mut pieces = self.all.as_slice();
        if !self.open_start {
            let Some((first, others)) = pieces.split_first() else {
                return rest.is_empty();
            };
            match first.strip_from(rest) {
                Some(behind) => rest = behind,
                None => return false,
            }
            pieces = others;
            if pieces.is_empty() {
                return self.open_end || rest.is_empty();
            }
        }
        let last = if self.open_end {
            None
        } else {
            let Some((last, others)) = pieces.split_last() else {
                return true;
            };
            pieces = others;
            Some(last)
        };
        for piece in pieces {
            match piece.find_in(rest) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        last.is_none_or(|last| last.ends(rest))
    }
}

impl Piece {
    /// Returns what is behind the piece where the text begins with it.
    fn strip_from<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut chars = text.chars();
        for expected in &self.0 {
            let c = chars.next()?;
            if expected.is_some_and(|expected| expected != c) {
                return None;
            }
        }
        Some(chars.as_str())
    }

    /// Returns what is behind the first place of the piece in the text.
    fn find_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut chars = text.chars();
        loop {
            let rest = chars.as_str();
            if let Some(behind) = self.strip_from(rest) {
                return Some(behind);
            }
            chars.next()?;
        }
    }

    fn ends(&self, text: &str) -> bool {
        let mut chars = text.chars().rev();
        self.0.iter().rev().all(|expected| match chars.next() {
            Some(c) => expected.is_none_or(|expected| expected == c),
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold;

    fn matches(pattern: &str, text: &str) -> bool {
        let pattern = TextPattern::new(&tokens(pattern), Case::Ignored, Dashes::Exact);
        pattern.matches(text, &fold(text))
    }

    #[test]
    fn resolves_backslashes_as_the_specification_lists_them() {
        for (pattern, text) in [
            (r"C:\Windows", r"C:\Windows"),
            (r"C:\\Windows", r"C:\Windows"),
            (r"a\*b", "a*b"),
            (r"a\?b", "a?b"),
            (r"a\\*", r"a\anything"),
            (r"a\\\*", r"a\*"),
            (r"a\\\b", r"a\\b"),
            (r"a\\\\b", r"a\\b"),
            (r"\\\*\ADMIN$", r"\*\ADMIN$"),
        ] {
            assert!(matches(pattern, text), "{pattern} on {text}");
        }
        assert!(!matches(r"a\*b", "axb"));
        assert!(!matches(r"a\\*", "a*"));
    }

    #[test]
    fn wildcards_stand_for_what_they_say() {
        for (pattern, text, expected) in [
            ("prog?.exe", "progA.EXE", true),
            ("prog?.exe", "prog.exe", false),
            ("?", "", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcdef", false),
            ("*b?d*", "abcde", true),
            ("*a*a*a*", "aa", false),
            ("a*a", "a", false),
            ("*ab", "aab", true),
            ("?*?", "x", false),
            ("?*?", "xy", true),
            ("Đ*", "đường", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn needs_no_more_than_every_matching_text_has() {
        let needed = |text: &str, dashes| {
            TextPattern::new(&tokens(text), Case::Ignored, dashes).needed_part()
        };
        assert_eq!(
            needed("*Ab?cde*", Dashes::Exact),
            Some((Anchor::Anywhere, "cde".to_owned()))
        );
        assert_eq!(
            needed("*\\X.exe", Dashes::Exact),
            Some((Anchor::End, "\\x.exe".to_owned()))
        );
        assert_eq!(
            needed("* /enc *", Dashes::Level),
            Some((Anchor::Anywhere, "enc ".to_owned()))
        );
        assert_eq!(needed("*", Dashes::Exact), None);
        assert_eq!(needed("*-*", Dashes::Level), None);
    }

    /// As the definition says, with all the time in the world.
    fn matches_slowly(pattern: &[Token], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::AnyChars, rest)), first) => {
                matches_slowly(rest, text)
                    || first.is_some_and(|(_, behind)| matches_slowly(pattern, behind))
            }
            (None, Some(_)) | (Some(_), None) => false,
            (Some((Token::AnyChar, rest)), Some((_, behind))) => matches_slowly(rest, behind),
            (Some((Token::Char(c), rest)), Some((first, behind))) => {
                c == first && matches_slowly(rest, behind)
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab?*\\\\]{0,8}", text in "[ab*?\\\\]{0,10}") {
            let tokens = tokens(&pattern);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(matches(&pattern, &text), matches_slowly(&tokens, &chars));
            let built = TextPattern::new(&tokens, Case::Ignored, Dashes::Exact);
            if let (true, Some((anchor, part))) = (matches(&pattern, &text), built.needed_part()) {
                prop_assert!(anchor.holds(&part, &text), "{} in {}", part, text);
            }
        }
    }
}
