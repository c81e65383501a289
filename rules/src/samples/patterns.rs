//! Writes the shortest text, or nearly, that a pattern matches.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use yara_x_parser::ast::{HexSubPattern, HexToken, Pattern, PatternModifier, TextPattern};

use super::draft::SAMPLE_BYTES_MAX;

/// Depth of groups that is followed.
const DEPTH_MAX: usize = 60;
/// The alphabet of the modifier `base64` without one.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What a pattern matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub bytes: Vec<u8>,
    /// Whether it matches at the beginning of a content only.
    pub at_start: bool,
    /// Whether it matches at the end only.
    pub at_end: bool,
}

/// Returns what the pattern matches; where it has alternatives, the one that `choice` falls on.
pub(super) fn text_of(pattern: &Pattern<'_>, choice: usize) -> Option<Text> {
    let plain = match pattern {
        Pattern::Text(text) => return of_text(text),
        Pattern::Hex(hex) => {
            let mut bytes = Vec::new();
            add_tokens(&hex.sub_patterns, choice, &mut bytes, DEPTH_MAX)?;
            Text {
                bytes,
                ..Text::default()
            }
        }
        Pattern::Regexp(regexp) => of_regexp(
            regexp.regexp.src,
            regexp.regexp.case_insensitive || regexp.modifiers.nocase().is_some(),
            regexp.regexp.dot_matches_new_line,
            choice,
        )?,
    };
    let modifiers = pattern.modifiers();
    if modifiers.wide().is_some() && modifiers.ascii().is_none() {
        return Some(Text {
            bytes: widened(&plain.bytes),
            ..plain
        });
    }
    Some(plain)
}

/// Returns what the regular expression matches.
pub(super) fn of_regexp(
    source: &str,
    any_case: bool,
    dot_is_all: bool,
    choice: usize,
) -> Option<Text> {
    let ast = ParserBuilder::new()
        .empty_min_range(true)
        .build()
        .parse(source)
        .ok()?;
    let hir = TranslatorBuilder::new()
        .case_insensitive(any_case)
        .dot_matches_new_line(dot_is_all)
        .unicode(false)
        .utf8(false)
        .build()
        .translate(source, &ast)
        .ok()?;
    let mut text = Text::default();
    add_hir(&hir, choice, &mut text, DEPTH_MAX)?;
    Some(text)
}

fn of_text(pattern: &TextPattern<'_>) -> Option<Text> {
    let modifiers = &pattern.modifiers;
    let mut bytes = pattern.text.value.to_vec();
    if modifiers.wide().is_some() && modifiers.ascii().is_none() {
        bytes = widened(&bytes);
    }
    for modifier in modifiers.iter() {
        bytes = match modifier {
            PatternModifier::Base64 { alphabet, .. } => {
                in_base64(&bytes, alphabet.as_ref().map(|own| &**own.value))?
            }
            PatternModifier::Base64Wide { alphabet, .. } => widened(&in_base64(
                &bytes,
                alphabet.as_ref().map(|own| &**own.value),
            )?),
            PatternModifier::Xor { start, .. } => bytes.iter().map(|byte| byte ^ start).collect(),
            _ => continue,
        };
        break;
    }
    Some(Text {
        bytes,
        ..Text::default()
    })
}

fn widened(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [*byte, 0]).collect()
}

fn in_base64(text: &[u8], alphabet: Option<&[u8]>) -> Option<Vec<u8>> {
    let alphabet = alphabet.unwrap_or(BASE64);
    let mut digits = Vec::new();
    for group in text.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        for digit in 0..=group.len() {
            digits.push(*alphabet.get(bits >> (18 - 6 * digit) & 63)?);
        }
    }
    Some(digits)
}

fn add_tokens(
    tokens: &HexSubPattern,
    choice: usize,
    bytes: &mut Vec<u8>,
    depth: usize,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    for token in tokens.iter() {
        match token {
            HexToken::Byte(byte) => bytes.push(byte.value & byte.mask),
            HexToken::NotByte(byte) => bytes.push(!byte.value),
            HexToken::Jump(jump) => {
                let length = usize::try_from(jump.start.unwrap_or(0)).ok()?;
                if bytes.len().saturating_add(length) > SAMPLE_BYTES_MAX {
                    return None;
                }
                bytes.resize(bytes.len() + length, 0);
            }
            HexToken::Alternative(alternative) => {
                let branches = &alternative.alternatives;
                let branch = branches.get(choice % branches.len().max(1))?;
                add_tokens(branch, choice, bytes, depth)?;
            }
        }
    }
    Some(())
}

fn add_hir(hir: &Hir, choice: usize, text: &mut Text, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if text.bytes.len() > SAMPLE_BYTES_MAX {
        return None;
    }
    match hir.kind() {
        HirKind::Look(Look::Start) if text.bytes.is_empty() => text.at_start = true,
        HirKind::Look(Look::End) => text.at_end = true,
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.bytes.extend_from_slice(&literal.0),
        HirKind::Class(class) => text.bytes.push(byte_of(class)?),
        HirKind::Capture(capture) => add_hir(&capture.sub, choice, text, depth)?,
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                let before = text.bytes.len();
                add_hir(&repetition.sub, choice, text, depth)?;
                if text.bytes.len() == before {
                    break;
                }
            }
        }
        HirKind::Concat(parts) => {
            for part in parts {
                add_hir(part, choice, text, depth)?;
            }
        }
        HirKind::Alternation(branches) => {
            let branch = branches.get(choice % branches.len().max(1))?;
            add_hir(branch, choice, text, depth)?;
        }
    }
    Some(())
}

/// Returns a byte of the class: one that people write, where there is one.
fn byte_of(class: &Class) -> Option<u8> {
    let ranges: Vec<(u8, u8)> = match class {
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .filter_map(|range| {
                let start = u8::try_from(range.start()).ok().filter(u8::is_ascii)?;
                Some((start, u8::try_from(range.end()).unwrap_or(0x7f).min(0x7f)))
            })
            .collect(),
    };
    let has = |byte: &u8| {
        ranges
            .iter()
            .any(|(start, end)| (start..=end).contains(&byte))
    };
    b"a1A _".iter().copied().find(has).or_else(|| {
        let first = ranges.first()?;
        Some(first.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_written_as_others_write_it() {
        assert_eq!(in_base64(b"abcdef", None).unwrap(), b"YWJjZGVm");
        assert_eq!(in_base64(b"abcd", None).unwrap(), b"YWJjZA");
        assert_eq!(in_base64(b"abcde", None).unwrap(), b"YWJjZGU");
    }

    #[test]
    fn expressions_are_written_out_as_short_as_they_match() {
        for (source, expected) in [
            ("ab?c", "ac"),
            (r"[0-9]{3}\.x+", "111.x"),
            ("(cmd|sh) /c", "cmd /c"),
            (r"^\bx$", "x"),
        ] {
            let text = of_regexp(source, false, false, 0).expect(source);
            assert_eq!(text.bytes, expected.as_bytes(), "{source}");
        }
        assert_eq!(
            of_regexp("(cmd|sh) /c", false, false, 1).unwrap().bytes,
            b"sh /c"
        );
        assert!(of_regexp("a(", false, false, 0).is_none());
        assert!(of_regexp("(((a{999}){999}){999})", false, false, 0).is_none());
    }
}
