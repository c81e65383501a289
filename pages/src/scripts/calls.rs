//! Calls of a script that make constants of constants: `"a".concat("b")`, `["b", "a"].reverse().join("")`, `atob("…")`. Each is
//! worked out on the tokens before it, within what one script may cost.

use super::constants::{of_base64, of_percent};
use super::folding::Folding;
use super::tokens::Token;

impl Folding {
    /// A call or a group ends.
    pub(super) fn close_call(&mut self) {
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

    /// Allows for looking at everything from this place on; tells whether there is not too much of it.
    fn afford(&mut self, from: usize) -> bool {
        let cost_of = |token: &Token| match token {
            Token::Pattern(text) | Token::Text(text) | Token::Word(text) => text.len() + 8,
            Token::Number(_) | Token::Sign(_) => 8,
        };
        let cost: usize = self.done[from..].iter().map(cost_of).sum();
        let left = self.work.checked_sub(cost);
        self.work = left.unwrap_or(0);
        left.is_some()
    }

    /// Works out a call whose parenthesis opens at `open`; tells whether that could be done.
    fn call(&mut self, open: usize) -> bool {
        if !self.afford(open + 1) {
            return false;
        }
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

    /// Returns where `window.name` begins: at `window`.
    fn owner_of(&self, name: usize) -> usize {
        match &self.done[..name] {
            [.., Token::Word(_), Token::Sign('.')] => name - 2,
            _ => name,
        }
    }

    /// Returns the text before `.name`, and where it stands.
    fn text_before(&mut self, name: usize) -> Option<(usize, String)> {
        match &self.done[..name] {
            [.., Token::Text(text), Token::Sign('.')] => {
                self.work = self.work.checked_sub(text.len())?;
                Some((name - 2, text.clone()))
            }
            _ => None,
        }
    }

    /// Returns where a list of texts begins that ends before `end`.
    pub(super) fn list_before(&self, end: usize) -> Option<usize> {
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
    pub(super) fn texts_from(&self, from: usize) -> Vec<String> {
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
}

#[cfg(test)]
mod tests {
    use crate::read_script;
    use crate::scripts::folding::{WORK_BYTES, unfold_within};

    /// Scripts whose author wants each piece of them to be looked at as often as there are others.
    fn greedy() -> [String; 4] {
        let text = "a".repeat(200_000);
        let times = 40_000;
        [
            format!("x={}\"{text}\"{}", "(".repeat(times), ")".repeat(times)),
            format!(
                "x={}\"{text}\"{}",
                "unescape(".repeat(times),
                ")".repeat(times)
            ),
            format!("x=\"{text}\"{}", ".replace(\"a\",\"b\")".repeat(times / 8)),
            format!("x=\"{text}\"{}", ".concat(\"\")".repeat(times / 4)),
        ]
    }

    #[test]
    fn a_script_is_looked_at_a_bounded_number_of_times() {
        for script in greedy() {
            let spent = WORK_BYTES - unfold_within(&script, WORK_BYTES).1;
            assert!(spent > 1_000_000, "it was worth a try: {spent}");
            read_script(&script);
        }
    }

    #[test]
    fn what_can_be_afforded_is_put_together_and_the_rest_is_left() {
        let script = "x=((\"ht\"+\"tp\"));y=unescape(unescape(\"left\"))";
        assert!(
            unfold_within(script, WORK_BYTES)
                .0
                .code
                .contains("y=\"left\"")
        );
        let (poor, left) = unfold_within(script, 0);
        assert!(poor.code.contains("unescape(") && left == 0);
    }
}
