//! What a pattern of a rule (text, bytes or regular expression) requires of a content that has it.

use yara_x_parser::ast::{
    HexPattern, HexSubPattern, HexToken, Pattern, PatternModifier, PatternModifiers, TextPattern,
};

use super::formula::Formula;
use super::required::{Required, Run, all_of, of_regexp};
use crate::literals::{LITERAL_BYTES_MAX, LiteralId, Literals, Masked};
use crate::rarity;

/// Texts that are asked of one sequence: the rarest. More hardly tell more.
const RUNS_MAX: usize = 3;
/// Bytes that a jump of one length may skip to be written out.
const WILDCARDS_MAX: u32 = 64;
/// Depth of nested alternatives in a pattern of bytes that is followed.
const DEPTH_MAX: usize = 6;
/// Branches of one alternative that are told apart.
const BRANCHES_MAX: usize = 64;
/// The alphabet of the modifier `base64` without one.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns what is required where the pattern is found anywhere.
pub(crate) fn of_pattern(pattern: &Pattern<'_>, literals: &mut Literals) -> Formula {
    let required = match pattern {
        Pattern::Text(text) => return of_text(text, literals),
        Pattern::Hex(hex) => of_bytes(hex),
        Pattern::Regexp(regexp) => of_regexp(
            regexp.regexp.src,
            regexp.regexp.case_insensitive || regexp.modifiers.nocase().is_some(),
            regexp.regexp.dot_matches_new_line,
        ),
    };
    let widths = widths_of(pattern.modifiers()).into_iter();
    let variants: Vec<Formula> = widths
        .map(|width| as_formula(&required, width, literals))
        .collect();
    Formula::any(variants)
}

/// Returns the text that stands at a place where the pattern matches there, if it is one text only.
pub(crate) fn only_text(pattern: &Pattern<'_>) -> Option<Vec<Masked>> {
    match pattern {
        Pattern::Text(text) => {
            let modifiers = &text.modifiers;
            let plain = modifiers.wide().is_none()
                && modifiers.xor().is_none()
                && modifiers.base64().is_none()
                && modifiers.base64wide().is_none();
            plain.then(|| masked(&text.text.value, modifiers.nocase().is_some()))
        }
        Pattern::Hex(hex) => {
            let run: Vec<Masked> = hex
                .sub_patterns
                .iter()
                .map_while(|token| match token {
                    HexToken::Byte(byte) => Some(Masked::with_mask(byte.value, byte.mask)),
                    _ => None,
                })
                .collect();
            (!run.is_empty()).then_some(run)
        }
        Pattern::Regexp(_) => None,
    }
}

/// Returns the texts of which one is in a content exactly where the pattern is found there, if that is so simple.
pub(crate) fn exact_texts(
    pattern: &Pattern<'_>,
    literals: &mut Literals,
) -> Option<Vec<LiteralId>> {
    let Pattern::Text(text) = pattern else {
        return None;
    };
    let modifiers = &text.modifiers;
    let is_simple = modifiers.fullword().is_none()
        && modifiers.xor().is_none()
        && modifiers.base64().is_none()
        && modifiers.base64wide().is_none();
    if !is_simple {
        return None;
    }
    let any_case = modifiers.nocase().is_some();
    widths_of(modifiers)
        .into_iter()
        .map(|width| literals.intern_whole(&masked(&width.apply(&text.text.value), any_case)))
        .collect()
}

fn masked(text: &[u8], any_case: bool) -> Vec<Masked> {
    let byte = if any_case {
        Masked::any_case
    } else {
        Masked::exact
    };
    text.iter().copied().map(byte).collect()
}

fn widths_of(modifiers: &PatternModifiers<'_>) -> Vec<Width> {
    let mut widths = Vec::new();
    if modifiers.wide().is_none() || modifiers.ascii().is_some() {
        widths.push(Width::Narrow);
    }
    if modifiers.wide().is_some() {
        widths.push(Width::Wide);
    }
    widths
}

/// Whether each byte is followed by a zero.
#[derive(Clone, Copy, PartialEq)]
enum Width {
    Narrow,
    Wide,
}

impl Width {
    fn apply<B: Copy + Zero>(self, bytes: &[B]) -> Vec<B> {
        match self {
            Self::Narrow => bytes.to_vec(),
            Self::Wide => bytes.iter().flat_map(|byte| [*byte, B::ZERO]).collect(),
        }
    }
}

/// What stands for a zero byte.
trait Zero {
    const ZERO: Self;
}

impl Zero for u8 {
    const ZERO: Self = 0;
}

impl Zero for Masked {
    const ZERO: Self = Self {
        value: 0,
        mask: 0xff,
    };
}

fn of_text(pattern: &TextPattern<'_>, literals: &mut Literals) -> Formula {
    let modifiers = &pattern.modifiers;
    let texts: Vec<Vec<u8>> = widths_of(modifiers)
        .into_iter()
        .map(|width| width.apply(&pattern.text.value))
        .collect();
    let mut encoded = Vec::new();
    for modifier in modifiers.iter() {
        let (alphabet, width) = match modifier {
            PatternModifier::Base64 { alphabet, .. } => (alphabet, Width::Narrow),
            PatternModifier::Base64Wide { alphabet, .. } => (alphabet, Width::Wide),
            PatternModifier::Xor { start, end, .. } => {
                return xored(&texts, *start..=*end, literals);
            }
            _ => continue,
        };
        let alphabet = match alphabet {
            None => BASE64,
            Some(own) => match <&[u8; 64]>::try_from(own.value.as_ref() as &[u8]) {
                Ok(own) => own,
                Err(_) => return Formula::May,
            },
        };
        for text in &texts {
            for shift in 0..3 {
                encoded.push(width.apply(&in_base64(text, shift, alphabet)));
            }
        }
    }
    let any_case = modifiers.nocase().is_some();
    let texts = if encoded.is_empty() { texts } else { encoded };
    let variants = texts.iter().map(|text| has(text, any_case, literals));
    Formula::any(variants.collect())
}

/// Returns what is required where one of the texts was changed by one key.
fn xored(
    texts: &[Vec<u8>],
    keys: std::ops::RangeInclusive<u8>,
    literals: &mut Literals,
) -> Formula {
    if !literals.allow_xored(texts.len() * keys.clone().count()) {
        return Formula::May;
    }
    let variants = texts.iter().flat_map(|text| {
        let keys = keys.clone();
        keys.map(move |key| text.iter().map(|byte| byte ^ key).collect::<Vec<u8>>())
    });
    let variants: Vec<Formula> = variants.map(|text| has(&text, false, literals)).collect();
    Formula::any(variants)
}

/// Returns the digits that the text has in base64 whatever precedes and follows it, when it begins `shift` bytes after a
/// multiple of three.
fn in_base64(text: &[u8], shift: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let text = &text[..text.len().min(LITERAL_BYTES_MAX)];
    let first = (shift * 8).div_ceil(6);
    let end = (shift + text.len()) * 8 / 6;
    let bit = |at: usize| -> usize {
        let byte = (at / 8).checked_sub(shift).and_then(|at| text.get(at));
        byte.map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1))
    };
    (first..end)
        .map(|digit| {
            let value = (0..6).fold(0, |value, at| value << 1 | bit(digit * 6 + at));
            alphabet[value]
        })
        .collect()
}

fn has(text: &[u8], any_case: bool, literals: &mut Literals) -> Formula {
    has_masked(&masked(text, any_case), literals)
}

fn has_masked(text: &[Masked], literals: &mut Literals) -> Formula {
    literals.intern(text).map_or(Formula::May, Formula::Has)
}

fn of_bytes(pattern: &HexPattern<'_>) -> Required {
    of_tokens(&pattern.sub_patterns, DEPTH_MAX)
}

fn of_tokens(tokens: &HexSubPattern, depth: usize) -> Required {
    let Some(depth) = depth.checked_sub(1) else {
        return Required::Nothing;
    };
    let mut parts = Vec::new();
    let mut run = Run::default();
    add_tokens(tokens, &mut run, &mut parts, depth);
    run.end(&mut parts);
    all_of(parts)
}

fn add_tokens(tokens: &HexSubPattern, run: &mut Run, parts: &mut Vec<Required>, depth: usize) {
    for token in tokens.iter() {
        match token {
            HexToken::Byte(byte) => run.push(Masked::with_mask(byte.value, byte.mask), parts),
            HexToken::NotByte(_) => run.push(Masked::with_mask(0, 0), parts),
            HexToken::Jump(jump) => match (jump.start, jump.end) {
                (Some(start), Some(end)) if start == end && start <= WILDCARDS_MAX => {
                    for _ in 0..start {
                        run.push(Masked::with_mask(0, 0), parts);
                    }
                }
                _ => run.end(parts),
            },
            HexToken::Alternative(alternative) => {
                let branches = &alternative.alternatives;
                if depth == 0 || branches.len() > BRANCHES_MAX {
                    run.end(parts);
                    continue;
                }
                let texts: Vec<Run> = branches
                    .iter()
                    .map(|branch| {
                        let mut branch_run = Run::default();
                        add_tokens(branch, &mut branch_run, &mut Vec::new(), depth - 1);
                        branch_run
                    })
                    .collect();
                if run.branch(&texts) {
                    continue;
                }
                run.end(parts);
                let branches: Vec<Required> = branches
                    .iter()
                    .map(|branch| of_tokens(branch, depth))
                    .collect();
                if !branches.contains(&Required::Nothing) {
                    parts.push(Required::Any(branches));
                }
            }
        }
    }
}

fn as_formula(required: &Required, width: Width, literals: &mut Literals) -> Formula {
    match required {
        Required::Nothing => Formula::May,
        Required::Text(bytes) => has_masked(&width.apply(bytes), literals),
        Required::Any(parts) => Formula::any(
            parts
                .iter()
                .map(|part| as_formula(part, width, literals))
                .collect(),
        ),
        Required::All(parts) => {
            let mut best: Vec<&Required> = parts.iter().collect();
            best.sort_by_key(|part| std::cmp::Reverse(worth(part)));
            best.truncate(RUNS_MAX);
            Formula::all(
                best.into_iter()
                    .map(|part| as_formula(part, width, literals))
                    .collect(),
            )
        }
    }
}

/// Returns how much it tells that a content has it.
fn worth(required: &Required) -> u32 {
    match required {
        Required::Nothing => 0,
        Required::Text(bytes) => rarity::of_masked(bytes),
        Required::All(parts) => parts.iter().map(worth).max().unwrap_or(0),
        Required::Any(parts) => parts.iter().map(worth).min().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_digits_are_those_that_no_neighbour_changes() {
        // "abcdef" is YWJjZGVm; after one byte ?mFiY2RlZg, after two ??hYmNkZWY.
        assert_eq!(in_base64(b"abcdef", 0, BASE64), b"YWJjZGVm");
        assert_eq!(in_base64(b"abcdef", 1, BASE64), b"FiY2RlZ");
        assert_eq!(in_base64(b"abcdef", 2, BASE64), b"hYmNkZW");
    }
}
