//! A grammar that writes texts: rules with alternatives, in which other rules and numbers stand in braces. Read once, from files
//! of ours.

use std::collections::HashMap;

use crate::chance::Chance;

/// How deep rules may stand in rules; what is deeper is left out. No grammar of ours needs half of it.
const DEPTH_MAX: usize = 16;

/// Rules by name.
pub(super) struct Grammar {
    names: HashMap<&'static str, usize>,
    rules: Vec<Vec<Vec<Piece>>>,
}

/// A piece of an alternative.
enum Piece {
    Number { from: u32, to: u32 },
    Rule { number: usize, is_capital: bool },
    Text(&'static str),
}

impl Grammar {
    /// Reads a grammar. Panics where a rule is wanted that is not there: texts of ours are read in every test.
    pub(super) fn of(text: &'static str) -> Self {
        let lines = || {
            text.lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
        };
        let names: HashMap<&str, usize> = lines().filter_map(name_of).zip(0..).collect();
        let mut rules: Vec<Vec<Vec<Piece>>> = Vec::new();
        for line in lines() {
            if name_of(line).is_some() {
                rules.push(Vec::new());
            } else if let Some(rule) = rules.last_mut() {
                rule.extend(line.split(" | ").map(|one| pieces_of(one, &names)));
            }
        }
        Self { names, rules }
    }

    /// Writes what a rule comes to.
    pub(super) fn write(&self, rule: &str, chance: &mut Chance) -> String {
        let mut text = String::new();
        self.write_rule(self.names[rule], DEPTH_MAX, chance, &mut text);
        text
    }

    fn write_rule(&self, rule: usize, depth: usize, chance: &mut Chance, text: &mut String) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let alternatives = &self.rules[rule];
        for piece in &alternatives[chance.below(alternatives.len())] {
            match *piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Number { from, to } => text.push_str(&chance.between(from, to).to_string()),
                Piece::Rule { number, is_capital } => {
                    let start = text.len();
                    self.write_rule(number, depth, chance, text);
                    if is_capital {
                        raise(text, start);
                    }
                }
            }
        }
    }
}

fn name_of(line: &'static str) -> Option<&'static str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn pieces_of(alternative: &'static str, names: &HashMap<&str, usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = alternative.trim();
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, after) = after.split_once('}').expect("a brace is closed");
        pieces.push(Piece::Text(before));
        pieces.push(slot_of(slot, names));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn slot_of(slot: &str, names: &HashMap<&str, usize>) -> Piece {
    if let Some((from, to)) = slot.split_once('-')
        && let (Ok(from), Ok(to)) = (from.parse(), to.parse())
    {
        return Piece::Number { from, to };
    }
    let name = slot.trim_start_matches('^');
    let number = names.get(name);
    Piece::Rule {
        number: *number.unwrap_or_else(|| panic!("no rule is called '{name}'")),
        is_capital: slot.starts_with('^'),
    }
}

/// Writes the letter at a place as a capital one.
fn raise(text: &mut String, at: usize) {
    if let Some(letter) = text[at..].chars().next() {
        let capital: String = letter.to_uppercase().collect();
        text.replace_range(at..at + letter.len_utf8(), &capital);
    }
}
