//! Constants of a script put together: `"ht" + "tp"`, `["a", "b"].join("")`, `String.fromCharCode(104, 116)`, `atob("…")`, names that
//! stand for texts. No loop is run and no function called but those in `calls.rs`, which are worked out: what a script computes stays
//! unread, and is a sign by itself.

use std::collections::HashMap;

use super::constants::TEXT_BYTES;
use super::tokens::{Token, tokens_of};

/// Scripts inside of texts inside of scripts that are read.
const DEPTH_MAX: usize = 3;
/// Bytes of all texts that are made of one script.
const MADE_BYTES: usize = 1024 * 1024;
/// Names whose texts are remembered.
const NAMES_MAX: usize = 2_000;
/// Bytes of texts that calls may look at, each time they do, 16 MiB: a text in ten thousand parentheses is not copied as often.
pub(super) const WORK_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of code that are given back.
const CODE_BYTES: usize = 2 * 1024 * 1024;

/// A script with its constants put together.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    /// Its code in small letters, without spaces and comments, `a["b"]` as `a.b`; below it, code that stood in its texts.
    pub(super) code: String,
    /// Its texts, one a line.
    pub(super) texts: String,
    /// Whether a text was decoded by a function.
    pub(super) has_decoded: bool,
}

/// Puts the constants of a script together.
pub(super) fn unfold(text: &str) -> Unfolded {
    unfold_within(text, WORK_BYTES).0
}

/// As [`unfold`], while so many bytes are looked at; returns how many are left.
pub(super) fn unfold_within(text: &str, mut work: usize) -> (Unfolded, usize) {
    let mut unfolded = Unfolded::default();
    let mut scripts = vec![(0, text.to_owned())];
    let mut budget = MADE_BYTES;
    while let Some((depth, script)) = scripts.pop() {
        let mut folding = Folding {
            done: Vec::new(),
            texts: HashMap::new(),
            lists: HashMap::new(),
            inner: Vec::new(),
            budget,
            work,
        };
        folding.fold(tokens_of(&script));
        (budget, work) = (folding.budget, folding.work);
        unfolded.has_decoded |= !folding.inner.is_empty();
        if depth < DEPTH_MAX {
            let inner = std::mem::take(&mut folding.inner).into_iter();
            scripts.extend(inner.map(|text| (depth + 1, text)));
        }
        folding.write(&mut unfolded);
    }
    (unfolded, work)
}

pub(super) struct Folding {
    /// What was read so far, put together.
    pub(super) done: Vec<Token>,
    /// Names that stand for one text.
    texts: HashMap<String, String>,
    /// Names that stand for a list of texts.
    lists: HashMap<String, Vec<String>>,
    /// Texts that were decoded, and may be code.
    inner: Vec<String>,
    /// Bytes that may still be made.
    pub(super) budget: usize,
    /// Bytes that may still be looked at.
    pub(super) work: usize,
}

impl Folding {
    fn fold(&mut self, tokens: Vec<Token>) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            self.remember(&token);
            let sets = tokens.peek().is_some_and(|next| next.is('='));
            let adds_to = tokens.peek().is_some_and(|next| next.is('+'));
            match token {
                Token::Word(word) => {
                    let is_set = sets || (adds_to && self.is_statement());
                    self.word(word, !is_set && (adds_to || self.wants_value()));
                }
                Token::Text(text) => self.text(text),
                Token::Sign(')') => self.close_call(),
                Token::Sign(']') => self.close_bracket(),
                token => self.done.push(token),
            }
        }
        self.remember(&Token::Sign(';'));
    }

    /// Tells whether a word that comes now begins a statement: what follows may change it.
    fn is_statement(&self) -> bool {
        let is_end = |token: &Token| matches!(token, Token::Sign(';' | '{' | '}'));
        self.done.last().is_none_or(is_end)
    }

    /// Remembers `name = "text"` and `name = ["text", …]` once the statement ends.
    fn remember(&mut self, next: &Token) {
        if matches!(next, Token::Sign('+' | '.' | '[' | '(' | ']')) || self.texts.len() > NAMES_MAX
        {
            return;
        }
        match self.done.as_slice() {
            [
                ..,
                Token::Word(name),
                Token::Sign('+'),
                Token::Sign('='),
                Token::Text(text),
            ] => {
                let (name, text) = (name.clone(), text.clone());
                let before = self.texts.remove(&name).unwrap_or_default();
                if let Some(whole) = self.make(before + &text) {
                    self.texts.insert(name, whole);
                }
                self.done.push(Token::Sign(';'));
            }
            [
                before @ ..,
                Token::Word(name),
                Token::Sign('='),
                Token::Text(text),
            ] if !before.last().is_some_and(|one| one.is('.')) => {
                let (name, text) = (name.clone(), text.clone());
                if text.len() <= TEXT_BYTES {
                    self.texts.insert(name, text);
                }
            }
            [.., Token::Sign(']')] => {
                if let Some(from) = self.list_before(self.done.len())
                    && let [.., Token::Word(name), Token::Sign('=')] = &self.done[..from]
                {
                    let name = name.clone();
                    let list = self.texts_from(from);
                    if !self.lists.contains_key(&name) && self.lists.len() < NAMES_MAX {
                        self.lists.insert(name, list);
                    }
                }
            }
            _ => {}
        }
    }

    /// Tells whether a word that comes now stands for its value: something is done with it.
    fn wants_value(&self) -> bool {
        match self.done.as_slice() {
            [.., Token::Word(word), Token::Sign('(')] if word == "function" => false,
            [.., before, Token::Word(_), Token::Sign('(')] if before.is_word("function") => false,
            [.., Token::Sign(sign)] => matches!(sign, '+' | '=' | '(' | ',' | '['),
            _ => false,
        }
    }

    fn word(&mut self, word: String, is_value: bool) {
        let is_part = self.done.last().is_some_and(|before| before.is('.'));
        match self.texts.get(&word) {
            Some(text) if !is_part && is_value && text.len() <= self.budget => {
                self.budget -= text.len();
                let text = text.clone();
                self.text(text);
            }
            _ => self.done.push(Token::Word(word)),
        }
    }

    /// Puts a text at the end, together with one that it is added to.
    fn text(&mut self, text: String) {
        if let [.., Token::Text(_), Token::Sign('+')] = self.done.as_slice() {
            self.done.pop();
            if let Some(Token::Text(before)) = self.done.last_mut() {
                before.push_str(&text);
            }
        } else {
            self.done.push(Token::Text(text));
        }
    }

    /// Allows for a text that is made; nothing where too much was.
    pub(super) fn make(&mut self, text: String) -> Option<String> {
        self.budget = self.budget.checked_sub(text.len())?;
        Some(text)
    }

    pub(super) fn decoded(&mut self, from: usize, text: Option<String>) -> bool {
        let Some(text) = text.and_then(|text| self.make(text)) else {
            return false;
        };
        if self.inner.len() < 64 {
            self.inner.push(text.clone());
        }
        self.replace(from, text)
    }

    pub(super) fn replace(&mut self, from: usize, text: String) -> bool {
        self.done.truncate(from);
        self.text(text);
        true
    }

    /// `name[0]` of a list, `name["part"]`, or the end of a list.
    fn close_bracket(&mut self) {
        match self.done.as_slice() {
            [
                ..,
                Token::Word(name),
                Token::Sign('['),
                Token::Number(number),
            ] => {
                let at = usize::try_from(*number).unwrap_or(usize::MAX);
                let text = self.lists.get(name).and_then(|list| list.get(at)).cloned();
                let from = self.done.len() - 3;
                if let Some(text) = text.and_then(|text| self.make(text)) {
                    self.replace(from, text);
                    return;
                }
            }
            [
                ..,
                Token::Word(_) | Token::Sign(')' | ']'),
                Token::Sign('['),
                Token::Text(part),
            ] if is_name(part) => {
                let part = part.clone();
                self.done.truncate(self.done.len() - 2);
                self.done.push(Token::Sign('.'));
                self.done.push(Token::Word(part));
                return;
            }
            _ => {}
        }
        self.done.push(Token::Sign(']'));
    }

    fn write(self, unfolded: &mut Unfolded) {
        let mut was_word = false;
        for token in self.done {
            if unfolded.code.len() > CODE_BYTES {
                return;
            }
            let code = &mut unfolded.code;
            let is_word = matches!(token, Token::Word(_) | Token::Number(_));
            if is_word && was_word {
                code.push(' ');
            }
            was_word = is_word;
            match token {
                Token::Number(_) => code.push('0'),
                Token::Pattern(_) => code.push_str("/./"),
                Token::Sign(sign) => code.push(sign),
                Token::Text(text) => {
                    code.push('"');
                    code.extend(text.chars().flat_map(char::to_lowercase));
                    code.push('"');
                    if text.len() > 3 {
                        unfolded.texts.push_str(&text.replace('\n', " "));
                        unfolded.texts.push('\n');
                    }
                }
                Token::Word(word) => code.extend(word.chars().flat_map(char::to_lowercase)),
            }
        }
        unfolded.code.push('\n');
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 60
        && !text.starts_with(|letter: char| letter.is_ascii_digit())
        && text
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$')
}
