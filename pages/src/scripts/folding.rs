//! Constants of a script put together: `"ht" + "tp"`, `["a", "b"].join("")`, `String.fromCharCode(104, 116)`, `atob("…")`, names that
//! stand for texts. No loop is run and no function called: what a script computes stays unread, and is a sign by itself.

use std::collections::HashMap;

use super::constants::{TEXT_BYTES, of_base64, of_percent};
use super::tokens::{Token, tokens_of};

/// Scripts inside of texts inside of scripts that are read.
const DEPTH_MAX: usize = 3;
/// Bytes of all texts that are made of one script.
const MADE_BYTES: usize = 1024 * 1024;
/// Names whose texts are remembered.
const NAMES_MAX: usize = 2_000;
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
        };
        folding.fold(tokens_of(&script));
        budget = folding.budget;
        unfolded.has_decoded |= !folding.inner.is_empty();
        if depth < DEPTH_MAX {
            let inner = std::mem::take(&mut folding.inner).into_iter();
            scripts.extend(inner.map(|text| (depth + 1, text)));
        }
        folding.write(&mut unfolded);
    }
    unfolded
}

struct Folding {
    done: Vec<Token>,
    /// Names that stand for one text.
    texts: HashMap<String, String>,
    /// Names that stand for a list of texts.
    lists: HashMap<String, Vec<String>>,
    /// Texts that were decoded, and may be code.
    inner: Vec<String>,
    /// Bytes that may still be made.
    budget: usize,
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
    fn make(&mut self, text: String) -> Option<String> {
        self.budget = self.budget.checked_sub(text.len())?;
        Some(text)
    }

    fn decoded(&mut self, from: usize, text: Option<String>) -> bool {
        let Some(text) = text.and_then(|text| self.make(text)) else {
            return false;
        };
        if self.inner.len() < 64 {
            self.inner.push(text.clone());
        }
        self.replace(from, text)
    }

    fn replace(&mut self, from: usize, text: String) -> bool {
        self.done.truncate(from);
        self.text(text);
        true
    }

    /// A call or a group ends.
    fn close_call(&mut self) {
        let is_constant = |token: &Token| {
            matches!(token, Token::Text(_) | Token::Number(_) | Token::Pattern(_))
                || matches!(token, Token::Sign(',' | '[' | ']' | '.'))
                || token.is_word("null")
        };
        let constants = self
            .done
            .iter()
            .rev()
            .take_while(|one| is_constant(one))
            .count();
        let from = self.done.len() - constants;
        let is_call = from > 0 && self.done[from - 1].is('(');
        if !(is_call && self.call(from - 1)) {
            self.done.push(Token::Sign(')'));
        }
    }

    /// Works out a call whose parenthesis opens at `open`; tells whether that could be done.
    fn call(&mut self, open: usize) -> bool {
        let arguments = self.done[open + 1..].to_vec();
        let Some(Token::Word(function)) = open.checked_sub(1).map(|at| &self.done[at]) else {
            let is_group = open == 0 || !matches!(self.done[open - 1], Token::Sign(')' | ']'));
            return match arguments.as_slice() {
                [Token::Text(text)] if is_group => self.replace(open, text.clone()),
                _ => false,
            };
        };
        let function = function.clone();
        let name = open - 1;
        match (function.as_str(), arguments.as_slice()) {
            ("fromCharCode" | "fromCodePoint", numbers) => self.make_of_codes(name, numbers),
            ("apply" | "call", numbers)
                if name > 1
                    && matches!(&self.done[name - 2], Token::Word(word) if word.starts_with("fromC")) =>
            {
                self.make_of_codes(name - 2, numbers)
            }
            ("atob", [Token::Text(text)]) => {
                let text = of_base64(text);
                self.decoded(self.owner_of(name), text)
            }
            ("unescape" | "decodeURIComponent" | "decodeURI", [Token::Text(text)]) => {
                let from = self.owner_of(name);
                if text.contains('%') {
                    let text = of_percent(text);
                    self.decoded(from, Some(text))
                } else {
                    let text = text.clone();
                    self.replace(from, text)
                }
            }
            ("reverse", []) => self.reverse(name),
            ("join", [Token::Text(between)]) => self.join(name, between),
            ("concat", [Token::Text(text)]) => match self.text_before(name) {
                Some((from, before)) => {
                    let whole = self.make(before + text);
                    whole.is_some_and(|whole| self.replace(from, whole))
                }
                None => false,
            },
            ("replace" | "replaceAll", [what, Token::Sign(','), Token::Text(with)]) => {
                self.substitute(name, what, with)
            }
            ("split", [Token::Text(between)]) => self.split(name, between),
            _ => false,
        }
    }

    /// Returns where `window.name` begins: at `window`.
    fn owner_of(&self, name: usize) -> usize {
        match &self.done[..name] {
            [.., Token::Word(_), Token::Sign('.')] => name - 2,
            _ => name,
        }
    }

    /// Returns the text before `.name`, and where it stands.
    fn text_before(&self, name: usize) -> Option<(usize, String)> {
        match &self.done[..name] {
            [.., Token::Text(text), Token::Sign('.')] => Some((name - 2, text.clone())),
            _ => None,
        }
    }

    fn make_of_codes(&mut self, name: usize, arguments: &[Token]) -> bool {
        let mut text = String::new();
        for token in arguments {
            match token {
                Token::Number(code) => text.extend(char::from_u32(*code)),
                Token::Text(_) | Token::Pattern(_) => return false,
                _ => {}
            }
        }
        if text.is_empty() {
            return false;
        }
        let from = self.owner_of(name);
        self.decoded(from, Some(text))
    }

    /// `"abc".split("")`: a list of texts from then on.
    fn split(&mut self, name: usize, between: &str) -> bool {
        let Some((from, text)) = self.text_before(name) else {
            return false;
        };
        let pieces: Vec<String> = if between.is_empty() {
            text.chars().map(String::from).collect()
        } else {
            text.split(between).map(str::to_owned).collect()
        };
        let Some(left) = self.budget.checked_sub(pieces.len() * 8 + text.len()) else {
            return false;
        };
        self.budget = left;
        self.put_list(from, pieces);
        true
    }

    fn reverse(&mut self, name: usize) -> bool {
        let Some(from) = self.list_before(name.saturating_sub(1)) else {
            return false;
        };
        // Each turn costs as much as making the list.
        let count = self.done.len() - from;
        let Some(left) = self.budget.checked_sub(count * 8) else {
            return false;
        };
        self.budget = left;
        self.done.truncate(name - 1);
        let mut list = self.texts_from(from);
        list.reverse();
        self.put_list(from, list);
        true
    }

    fn join(&mut self, name: usize, between: &str) -> bool {
        let Some(from) = self.list_before(name.saturating_sub(1)) else {
            return false;
        };
        let list = self.texts_from(from);
        let size = list
            .iter()
            .map(|text| text.len() + between.len())
            .sum::<usize>();
        if size > self.budget {
            return false;
        }
        self.budget -= size;
        self.replace(from, list.join(between))
    }

    fn substitute(&mut self, name: usize, what: &Token, with: &str) -> bool {
        let (Token::Text(what) | Token::Pattern(what)) = what else {
            return false;
        };
        let is_plain = !what.is_empty() && what.chars().all(char::is_alphanumeric);
        match self.text_before(name) {
            Some((from, text)) if is_plain && with.len() <= what.len() => {
                let whole = text.replace(what.as_str(), with);
                self.replace(from, whole)
            }
            _ => false,
        }
    }

    fn put_list(&mut self, from: usize, list: Vec<String>) {
        self.done.truncate(from);
        self.done.push(Token::Sign('['));
        for (number, text) in list.into_iter().enumerate() {
            if number > 0 {
                self.done.push(Token::Sign(','));
            }
            self.done.push(Token::Text(text));
        }
        self.done.push(Token::Sign(']'));
    }

    /// Returns where a list of texts begins that ends before `end`.
    fn list_before(&self, end: usize) -> Option<usize> {
        if !self.done.get(end.checked_sub(1)?)?.is(']') {
            return None;
        }
        let is_inner = |token: &&Token| matches!(token, Token::Text(_) | Token::Sign(','));
        let count = self.done[..end - 1]
            .iter()
            .rev()
            .take_while(is_inner)
            .count();
        let from = (end - 1 - count).checked_sub(1)?;
        self.done[from].is('[').then_some(from)
    }

    /// Returns the texts after a place, up to the end of their list.
    fn texts_from(&self, from: usize) -> Vec<String> {
        let inner = self.done[from + 1..]
            .iter()
            .take_while(|token| !token.is(']'));
        inner
            .filter_map(|token| match token {
                Token::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
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
