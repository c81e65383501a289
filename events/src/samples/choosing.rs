//! Chooses values for the fields that a detection asks about. Whether they satisfy it is asked afterwards.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Values;
use crate::fields::FieldId;
use crate::sigma::matching::{Matcher, Node, Test};
use crate::sigma::{Part, Variant};

/// Characters of a text made for a regular expression.
const REGEX_CHARS_MAX: usize = 4_096;
/// Depth of groups of a regular expression that is followed.
const REGEX_DEPTH_MAX: usize = 64;
/// The value of a field that may have any.
const ANY: &str = "sample";
/// The log of a rule that names none.
const ANY_CHANNEL: &str = "Security";

/// How the parts that one field must have are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Each part as a value of its own.
    Apart,
    /// One after another.
    Joined,
    /// With a space between them.
    Spaced,
}

/// What a field must have.
#[derive(Debug)]
enum Want<'r> {
    /// Nothing in particular.
    Anything,
    /// A value that this matches.
    Matching(&'r Matcher),
}

/// Returns values for a rule's fields, by the alternatives that `choice` falls on.
pub(super) fn values_for(variant: &Variant, choice: usize, style: Style) -> Option<Values> {
    let mut wants = Wants {
        choice,
        by_field: BTreeMap::new(),
    };
    wants.hold(&variant.detection);
    let mut values = Values {
        channel: (*pick(&variant.place.channels, choice).unwrap_or(&ANY_CHANNEL)).to_owned(),
        event_id: *pick(&variant.place.event_ids, choice).unwrap_or(&1),
        others: Vec::new(),
    };
    for (field, wants) in wants.by_field {
        let texts = texts_for(&wants, choice, style)?;
        match field {
            Some(FieldId::CHANNEL) => values.channel = texts.into_iter().next()?,
            Some(FieldId::EVENT_ID) => {
                values.event_id = texts.first()?.trim().parse().ok()?;
            }
            // A keyword is looked for everywhere: the computer's name will do.
            field => {
                let field = field.unwrap_or(FieldId::COMPUTER);
                values
                    .others
                    .extend(texts.into_iter().map(|text| (field, text)));
            }
        }
    }
    Some(values)
}

fn pick<T>(list: &[T], choice: usize) -> Option<&T> {
    list.get(choice % list.len().max(1))
}

struct Wants<'r> {
    choice: usize,
    by_field: BTreeMap<Option<FieldId>, Vec<Want<'r>>>,
}

impl<'r> Wants<'r> {
    fn hold(&mut self, node: &'r Node) {
        match node {
            Node::All(inner) => {
                for node in inner {
                    self.hold(node);
                }
            }
            Node::Any(inner) => {
                if let Some(node) = pick(inner, self.choice) {
                    self.hold(node);
                }
            }
            Node::Not(inner) => self.fail(inner),
            Node::Test(Test::IsNull(_)) => {}
            Node::Test(Test::IsPresent(field)) => self.add(Some(*field), Want::Anything),
            Node::Test(Test::Matches(field, matcher)) => {
                self.add(*field, Want::Matching(matcher));
            }
            Node::Test(Test::Refers(reference)) => {
                self.add(Some(reference.field), Want::Anything);
                self.add(Some(reference.other), Want::Anything);
            }
        }
    }

    /// What is not there does not match: only what must be there is wanted.
    fn fail(&mut self, node: &'r Node) {
        match node {
            Node::Any(inner) => {
                for node in inner {
                    self.fail(node);
                }
            }
            Node::All(inner) => {
                let fails_by_itself = |node: &Node| {
                    matches!(
                        node,
                        Node::Test(Test::Matches(..) | Test::IsPresent(_) | Test::Refers(_))
                    )
                };
                if self.choice % 2 == 1 || !inner.iter().any(fails_by_itself) {
                    let needing = inner.iter().find(|node| !fails_by_itself(node));
                    if let Some(node) = needing {
                        self.fail(node);
                    }
                }
            }
            Node::Not(inner) => self.hold(inner),
            Node::Test(Test::IsNull(field)) => self.add(Some(*field), Want::Anything),
            Node::Test(_) => {}
        }
    }

    fn add(&mut self, field: Option<FieldId>, want: Want<'r>) {
        self.by_field.entry(field).or_default().push(want);
    }
}

/// Returns values of one field that have all that is wanted of it.
fn texts_for(wants: &[Want<'_>], choice: usize, style: Style) -> Option<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    let mut open: Vec<Part> = Vec::new();
    let has = |texts: &[String], matcher: &Matcher| {
        texts
            .iter()
            .any(|text| matcher.matches(text, &crate::text::fold(text)))
    };
    let matchers = || {
        wants.iter().filter_map(|want| match want {
            Want::Matching(matcher) => Some(*matcher),
            Want::Anything => None,
        })
    };
    // What must be the whole value first: it may have the parts.
    for matcher in matchers() {
        let part = part_for(matcher, choice)?;
        if !part.open_start && !part.open_end && !has(&texts, matcher) {
            texts.push(part.text);
        }
    }
    for matcher in matchers() {
        let part = part_for(matcher, choice)?;
        if (part.open_start || part.open_end) && !has(&texts, matcher) {
            open.push(part);
        }
    }
    if style == Style::Apart {
        texts.extend(open.into_iter().map(|part| part.text));
    } else {
        join(open, style, &mut texts);
    }
    if texts.is_empty() {
        texts.push(ANY.to_owned());
    }
    Some(texts)
}

/// Puts parts into one value, in the order in which they may stand; further ones where two must be the beginning or the end.
fn join(mut parts: Vec<Part>, style: Style, texts: &mut Vec<String>) {
    parts.sort_by_key(|part| {
        (
            part.open_start,
            part.open_end && !part.open_start,
            !part.open_end,
        )
    });
    let mut value: Option<String> = None;
    let mut is_ended = false;
    for part in parts {
        match &mut value {
            Some(value) if part.open_start && !is_ended => {
                if style == Style::Spaced {
                    value.push(' ');
                }
                value.push_str(&part.text);
            }
            value => texts.extend(value.replace(part.text.clone())),
        }
        is_ended = !part.open_end;
    }
    texts.extend(value);
}

/// Returns a text that the matcher matches.
fn part_for(matcher: &Matcher, choice: usize) -> Option<Part> {
    let whole = |text: String| Part {
        open_start: false,
        text,
        open_end: false,
    };
    Some(match matcher {
        Matcher::Compares(comparison, number) => whole(comparison.number_for(*number)?),
        Matcher::IsIn(network) => whole(network.first().to_string()),
        Matcher::IsLike(pattern) => pattern.sample(),
        Matcher::IsTimeOf(part, number) => whole(part.time_with(*number)?),
        Matcher::IsRegular(regex) => {
            let hir = regex_syntax::parse(regex.as_str()).ok()?;
            let mut text = String::new();
            append_match(&hir, choice, &mut text, REGEX_DEPTH_MAX)?;
            let is_anchored = |text: &str| regex.is_match(text);
            Part {
                open_start: is_anchored(&format!("x {text}")),
                open_end: is_anchored(&format!("{text} x")),
                text,
            }
        }
    })
}

fn append_match(hir: &Hir, choice: usize, text: &mut String, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if text.len() > REGEX_CHARS_MAX {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(char_of(class)?),
        HirKind::Capture(capture) => append_match(&capture.sub, choice, text, depth)?,
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                let before = text.len();
                append_match(&repetition.sub, choice, text, depth)?;
                if text.len() == before {
                    break;
                }
            }
        }
        HirKind::Concat(parts) => {
            for part in parts {
                append_match(part, choice, text, depth)?;
            }
        }
        HirKind::Alternation(branches) => {
            append_match(pick(branches, choice)?, choice, text, depth)?;
        }
    }
    Some(())
}

/// Returns a character of the class: one that people write, where there is one.
fn char_of(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
    };
    let has = |c: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&c));
    let written = ['a', '1', 'A', ' ', '_'].into_iter().find(has);
    written.or_else(|| ranges.first().map(|(start, _)| *start))
}
