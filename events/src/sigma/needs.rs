//! What has to be in a record before a rule can match it: parts of texts, any one of which must be there.
//!
//! Everything here errs on one side: a need that cannot be told is no need, and the rule is asked of every record.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::matching::{Matcher, Node, Test};
use super::pattern::Anchor;
use crate::fields::FieldId;
use crate::text::{fold, fold_char};

/// Alternatives that a need may have; beyond, looking for them costs more than asking the rule.
const ALTERNATIVES_MAX: usize = 4_000;
/// Literals that stand for one regular expression.
const REGEX_LITERALS_MAX: usize = 64;

/// A part of a text in a field, its case folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Need {
    /// None where any field may have it.
    pub(super) field: Option<FieldId>,
    pub(super) anchor: Anchor,
    pub(super) part: String,
}

/// Returns needs of which every matching record has at least one; `None` where there are none to tell.
pub(super) fn needs(node: &Node) -> Option<Vec<Need>> {
    match node {
        Node::All(inner) => inner
            .iter()
            .filter_map(needs)
            .max_by_key(|needs| rarity(needs)),
        Node::Any(inner) => {
            let mut together = Vec::new();
            for node in inner {
                together.extend(needs(node)?);
                if together.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
            Some(together)
        }
        Node::Test(Test::Matches(field, matcher)) => matcher_needs(*field, matcher),
        Node::Not(_) | Node::Test(Test::IsNull(_) | Test::IsPresent(_) | Test::Refers(_)) => None,
    }
}

/// Returns the kinds of events that a record must be of; `None` where it can be of any.
pub(super) fn event_ids(node: &Node) -> Option<Vec<u32>> {
    match node {
        Node::All(inner) => inner.iter().filter_map(event_ids).min_by_key(Vec::len),
        Node::Any(inner) => {
            let mut together = Vec::new();
            for node in inner {
                together.extend(event_ids(node)?);
            }
            Some(together)
        }
        Node::Test(Test::Matches(Some(FieldId::EVENT_ID), Matcher::IsLike(pattern))) => {
            match pattern.needed_part()? {
                (Anchor::Whole, number) => number.parse().ok().map(|id| vec![id]),
                _ => None,
            }
        }
        Node::Not(_) | Node::Test(_) => None,
    }
}

/// Values that many records have.
const COMMON: [&str; 6] = ["-", "0", "1", "false", "negotiate", "true"];

/// How seldom a need is met, as far as its text tells: long parts are rare, and few alternatives are.
fn rarity(needs: &[Need]) -> (usize, usize) {
    let shortest = needs
        .iter()
        .map(|need| match need.anchor {
            // Groups of rules are chosen by the kind of event already.
            _ if need.field == Some(FieldId::EVENT_ID) => 0,
            Anchor::Whole if COMMON.contains(&need.part.as_str()) => 1,
            Anchor::Whole => need.part.len() + 4,
            Anchor::Anywhere | Anchor::End => need.part.len(),
            // Most texts of a field begin alike, as `C:\Windows\`.
            Anchor::Start => need.part.len() / 3,
        })
        .min();
    // Nothing below: the need is never met.
    let shortest = shortest.unwrap_or(usize::MAX);
    (shortest.min(24), usize::MAX - needs.len())
}

fn matcher_needs(field: Option<FieldId>, matcher: &Matcher) -> Option<Vec<Need>> {
    match matcher {
        Matcher::IsLike(pattern) => {
            let (anchor, part) = pattern.needed_part()?;
            Some(vec![Need {
                field,
                anchor,
                part,
            }])
        }
        Matcher::IsRegular(regex) => {
            let parts = regex_parts(regex.as_str())?;
            let needs = parts.into_iter().map(|part| Need {
                field,
                anchor: Anchor::Anywhere,
                part,
            });
            Some(needs.collect())
        }
        Matcher::Compares(..) | Matcher::IsIn(_) | Matcher::IsTimeOf(..) => None,
    }
}

/// Returns texts of which every match of a regular expression has at least one, their case folded.
///
/// Flags that are not in the pattern itself change what it matches, but not which letters it has when case is folded: `i` makes
/// no difference, `s` and `m` concern `.`, `^` and `$`, which stand for no letter.
fn regex_parts(pattern: &str) -> Option<Vec<String>> {
    let hir = regex_syntax::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(pattern)
        .ok()?;
    let found = parts_of(&hir);
    let exact = found.exact.map(|text| vec![text]);
    best(exact, found.needed)
}

/// What is known of the matches of a part of a regular expression.
struct Parts {
    /// The only text that matches, its case folded.
    exact: Option<String>,
    /// Texts of which each match has at least one.
    needed: Option<Vec<String>>,
}

impl Parts {
    const UNKNOWN: Self = Self {
        exact: None,
        needed: None,
    };

    fn exact(text: String) -> Self {
        Self {
            exact: Some(text),
            needed: None,
        }
    }

    /// Returns the texts, whatever they came from.
    fn texts(self) -> Option<Vec<String>> {
        let exact = self.exact.map(|text| vec![text]);
        best(exact, self.needed)
    }
}

fn parts_of(hir: &Hir) -> Parts {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Parts::exact(String::new()),
        // Regular expressions know more letters that are the same than folding does, but none more of ASCII.
        HirKind::Literal(literal) if literal.0.is_ascii() => {
            std::str::from_utf8(&literal.0).map_or(Parts::UNKNOWN, |text| Parts::exact(fold(text)))
        }
        HirKind::Class(class) => {
            single_letter(class).map_or(Parts::UNKNOWN, |c| Parts::exact(c.to_string()))
        }
        HirKind::Capture(capture) => parts_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => Parts {
            exact: None,
            needed: parts_of(&repetition.sub).texts(),
        },
        HirKind::Literal(_) | HirKind::Repetition(_) => Parts::UNKNOWN,
        HirKind::Concat(inner) => parts_of_sequence(inner),
        HirKind::Alternation(inner) => Parts {
            exact: None,
            needed: parts_of_alternatives(inner),
        },
    }
}

fn parts_of_sequence(inner: &[Hir]) -> Parts {
    let mut run = String::new();
    let mut is_exact = true;
    let mut needed = None;
    for hir in inner {
        let parts = parts_of(hir);
        if let Some(text) = parts.exact {
            run.push_str(&text);
            continue;
        }
        is_exact = false;
        needed = best(needed, Some(vec![std::mem::take(&mut run)]));
        needed = best(needed, parts.needed);
    }
    if is_exact {
        return Parts::exact(run);
    }
    Parts {
        exact: None,
        needed: best(needed, Some(vec![run])),
    }
}

fn parts_of_alternatives(inner: &[Hir]) -> Option<Vec<String>> {
    let mut together = Vec::new();
    for hir in inner {
        together.extend(parts_of(hir).texts()?);
        if together.len() > REGEX_LITERALS_MAX {
            return None;
        }
    }
    Some(together)
}

/// Returns the letter that a class stands for when case is folded.
fn single_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut letters = class
        .ranges()
        .iter()
        .flat_map(|range| range.start()..=range.end())
        .map(fold_char);
    let first = letters.next().filter(char::is_ascii)?;
    // Classes of one letter are small; looking at a few is enough to tell.
    letters
        .take(8)
        .all(|letter| letter == first)
        .then_some(first)
}

/// Returns the one of two sets that is met more rarely; a set with an empty text is met always.
fn best(a: Option<Vec<String>>, b: Option<Vec<String>>) -> Option<Vec<String>> {
    let useful = |set: &Vec<String>| !set.is_empty() && set.iter().all(|text| !text.is_empty());
    let shortest = |set: &Vec<String>| set.iter().map(String::len).min().unwrap_or(0);
    match (a.filter(useful), b.filter(useful)) {
        (Some(a), Some(b)) if shortest(&b) > shortest(&a) => Some(b),
        (Some(a), _) => Some(a),
        (None, b) => b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[test]
    fn tells_what_a_regular_expression_cannot_do_without() {
        for (pattern, expected) in [
            (r"\\spoolss_[0-9a-f]{2}", Some(vec!["\\spoolss_"])),
            (r"(?i)Set-Content", Some(vec!["set-content"])),
            (r"[Cc]md\s+/(c|k)", Some(vec!["cmd"])),
            (r"(abc|def)+x?", Some(vec!["abc", "def"])),
            (r"a*", None),
            (r"(abc)?", None),
            (r".*", None),
            (r"(abc|)", None),
            (r"^C:\\.{1,9}\.exe$", Some(vec![".exe"])),
        ] {
            let parts = regex_parts(pattern);
            let expected =
                expected.map(|parts| parts.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(parts, expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn every_match_has_one_of_the_parts(
            pattern in "(\\(\\?i\\))?([aAsSkK]|\\[aA\\]|\\[ab\\]|\\(a\\|b\\)|\\(ab\\|sK\\)|[ab][+*?]|\\(ab\\)\\{1,2\\}|\\.|\\^|\\$){0,6}",
            text in "[aAbBsSkKſ\u{212a}]{0,10}",
        ) {
            if let (Ok(regex), Some(parts)) = (Regex::new(&pattern), regex_parts(&pattern))
                && regex.is_match(&text)
            {
                let folded = fold(&text);
                prop_assert!(parts.iter().any(|part| folded.contains(part)), "{} {:?} {}", pattern, parts, text);
            }
        }
    }
}
