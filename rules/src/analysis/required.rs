//! What a regular expression requires: texts that are in whatever it matches. A run of plain bytes is one text; all runs of a
//! sequence are required, one of an alternation's branches.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::literals::{EITHER_CASE, LITERAL_BYTES_MAX, Masked};

/// Depth of nested groups that is followed; deeper, nothing is known. The parser itself stops at 250.
const DEPTH_MAX: usize = 60;
/// Branches of an alternation that are told apart.
const BRANCHES_MAX: usize = 64;
/// Rounds of a repetition that are written out.
const ROUNDS_MAX: u32 = 32;
/// Texts that a run may be one of.
const VARIANTS_MAX: usize = 16;
/// Steps that one expression's reading may take: branches are looked at twice at each depth.
const STEPS_MAX: usize = 20_000;

/// What is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Required {
    /// Nothing that is known.
    Nothing,
    /// A text.
    Text(Vec<Masked>),
    /// All of these.
    All(Vec<Required>),
    /// One of these.
    Any(Vec<Required>),
}

/// Returns what the expression requires. What does not parse as it stands (the engine mends some faults) requires nothing.
pub(crate) fn of_regexp(source: &str, any_case: bool, dot_is_all: bool) -> Required {
    let parsed = ParserBuilder::new()
        .empty_min_range(true)
        .build()
        .parse(source)
        .ok()
        .and_then(|ast| {
            TranslatorBuilder::new()
                .case_insensitive(any_case)
                .dot_matches_new_line(dot_is_all)
                .unicode(false)
                .utf8(false)
                .build()
                .translate(source, &ast)
                .ok()
        });
    let Some(hir) = parsed else {
        return Required::Nothing;
    };
    let mut budget = STEPS_MAX;
    let required = of_one(&hir, DEPTH_MAX, &mut budget);
    if budget == 0 {
        return Required::Nothing;
    }
    required
}

/// A run of bytes under way: one text, or some of one beginning or end.
pub(super) struct Run {
    variants: Vec<Vec<Masked>>,
    is_whole: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            variants: vec![Vec::new()],
            is_whole: true,
        }
    }
}

impl Run {
    /// Adds a byte.
    pub fn push(&mut self, byte: Masked, parts: &mut Vec<Required>) {
        if self
            .variants
            .iter()
            .any(|text| text.len() >= LITERAL_BYTES_MAX)
        {
            self.end(parts);
        }
        for text in &mut self.variants {
            text.push(byte);
        }
    }

    /// Adds one of some runs, each whole. Says whether it could.
    pub fn branch(&mut self, branches: &[Self]) -> bool {
        let count: usize = branches.iter().map(|branch| branch.variants.len()).sum();
        let is_short = |texts: &[Vec<Masked>]| texts.iter().all(|text| text.len() <= 64);
        if self.variants.len() * count > VARIANTS_MAX
            || !is_short(&self.variants)
            || !branches
                .iter()
                .all(|branch| branch.is_whole && is_short(&branch.variants))
        {
            return false;
        }
        let ends = || branches.iter().flat_map(|branch| &branch.variants);
        self.variants = self
            .variants
            .iter()
            .flat_map(|text| ends().map(move |end| [text.as_slice(), end].concat()))
            .collect();
        true
    }

    /// Ends the run: what follows is elsewhere.
    pub fn end(&mut self, parts: &mut Vec<Required>) {
        let texts = std::mem::take(&mut self.variants);
        *self = Self {
            variants: vec![Vec::new()],
            is_whole: false,
        };
        let tells = |text: &Vec<Masked>| text.iter().any(|byte| byte.is_told());
        if texts.iter().all(tells) {
            let mut texts: Vec<Required> = texts.into_iter().map(Required::Text).collect();
            parts.push(if texts.len() == 1 {
                texts.remove(0)
            } else {
                Required::Any(texts)
            });
        }
    }
}

/// Returns what is required where all parts are.
pub(super) fn all_of(mut parts: Vec<Required>) -> Required {
    match parts.len() {
        0 => Required::Nothing,
        1 => parts.remove(0),
        _ => Required::All(parts),
    }
}

fn of_one(hir: &Hir, depth: usize, budget: &mut usize) -> Required {
    let mut parts = Vec::new();
    let mut run = Run::default();
    add(hir, &mut run, &mut parts, depth, budget);
    run.end(&mut parts);
    all_of(parts)
}

/// Takes the next piece of a sequence: either more of the run, or its end and a part of its own.
fn add(hir: &Hir, run: &mut Run, parts: &mut Vec<Required>, depth: usize, budget: &mut usize) {
    *budget = budget.saturating_sub(1);
    let depth = depth.saturating_sub(1);
    if depth == 0 || *budget == 0 {
        run.end(parts);
        return;
    }
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            for byte in &literal.0 {
                run.push(Masked::exact(*byte), parts);
            }
        }
        HirKind::Class(class) => match byte_of(class) {
            Some(byte) => run.push(byte, parts),
            None => run.end(parts),
        },
        HirKind::Capture(capture) => add(&capture.sub, run, parts, depth, budget),
        HirKind::Concat(pieces) => {
            for piece in pieces {
                add(piece, run, parts, depth, budget);
            }
        }
        HirKind::Look(_) => run.end(parts),
        HirKind::Repetition(repetition) => {
            // The first round continues the run, unless it need not come; what follows does only where the number is fixed.
            let is_byte = matches!(
                repetition.sub.kind(),
                HirKind::Class(_) | HirKind::Literal(_)
            );
            let rounds = if is_byte {
                repetition.min.min(ROUNDS_MAX)
            } else {
                repetition.min.min(1)
            };
            for _ in 0..rounds {
                add(&repetition.sub, run, parts, depth, budget);
            }
            if repetition.max != Some(rounds) {
                run.end(parts);
            }
        }
        HirKind::Alternation(branches) => {
            let texts: Vec<Run> = branches
                .iter()
                .take(VARIANTS_MAX + 1)
                .map(|branch| {
                    let mut branch_run = Run::default();
                    add(branch, &mut branch_run, &mut Vec::new(), depth, budget);
                    branch_run
                })
                .collect();
            if run.branch(&texts) {
                return;
            }
            run.end(parts);
            if branches.len() <= BRANCHES_MAX {
                let branches: Vec<Required> = branches
                    .iter()
                    .map(|branch| of_one(branch, depth, budget))
                    .collect();
                if !branches.contains(&Required::Nothing) {
                    parts.push(Required::Any(branches));
                }
            }
        }
    }
}

/// Returns what all bytes of a class have in common.
fn byte_of(class: &Class) -> Option<Masked> {
    let Class::Bytes(ranges) = class else {
        return None;
    };
    let (mut all, mut any, mut seen) = (0xff, 0, false);
    for range in ranges.iter() {
        for byte in range.start()..=range.end() {
            all &= byte;
            any |= byte;
            seen = true;
        }
    }
    let mask = !(all ^ any);
    // More than one byte of one letter's kind: only then is the sixth bit its case.
    let is_letter = mask != EITHER_CASE || all.to_ascii_uppercase().is_ascii_uppercase();
    let mask = if is_letter { mask } else { 0 };
    seen.then(|| Masked::with_mask(all, mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &str) -> Required {
        let masked = bytes.bytes().map(|byte| match byte {
            b'.' => Masked::with_mask(0, 0),
            b'#' => Masked::with_mask(0x30, 0xf0),
            _ => Masked::exact(byte),
        });
        Required::Text(masked.collect())
    }

    #[test]
    fn runs_of_a_sequence_are_all_required_and_a_branch_of_each_alternation() {
        let of = |source: &str| of_regexp(source, false, false);
        assert_eq!(of("abc"), text("abc"));
        assert_eq!(of_regexp("ab.cd", false, true), text("ab.cd"));
        assert_eq!(of("ab[0-9]{2}cd"), text("ab##cd"));
        assert_eq!(
            of("ab[0-9]{2,}cd"),
            Required::All(vec![text("ab##"), text("cd")])
        );
        assert_eq!(of("a{,3}b"), text("b"));
        assert_eq!(of("ab(cd)ef"), text("abcdef"));
        assert_eq!(of("ab+c"), Required::All(vec![text("ab"), text("c")]));
        assert_eq!(of("ab*c"), Required::All(vec![text("a"), text("c")]));
        assert_eq!(
            of("x(ab|cd)y"),
            Required::Any(vec![text("xaby"), text("xcdy")])
        );
        assert_eq!(
            of("x(a+b|cd)"),
            Required::All(vec![
                text("x"),
                Required::Any(vec![Required::All(vec![text("a"), text("b")]), text("cd")])
            ])
        );
        assert_eq!(of("x(a+|.)"), text("x"));
        assert_eq!(of("(ab|)"), Required::Nothing);
        assert_eq!(of("[0-9]{3}"), Required::Nothing);
        assert_eq!(of("("), Required::Nothing);
        assert_eq!(
            of(r"\xff\x00"),
            Required::Text(vec![Masked::exact(0xff), Masked::exact(0)])
        );
    }

    #[test]
    fn either_case_is_one_text() {
        let text = Required::Text(b"ab1".iter().copied().map(Masked::any_case).collect());
        assert_eq!(of_regexp("[aA][bB]1", false, false), text);
        assert_eq!(of_regexp("aB1", true, false), text);
        // '@' and '`' differ in the same bit and are no letter.
        assert_eq!(of_regexp("[@`]", false, false), Required::Nothing);
        assert_eq!(of_regexp("[ab]", false, false), Required::Nothing);
    }

    #[test]
    fn hostile_expressions_require_nothing_and_end() {
        for source in [
            "(a|b|c)".repeat(2_000),
            "a{1000}".repeat(200),
            "(".repeat(200) + &")".repeat(200),
            "((a|b)|(c|d))".repeat(500),
        ] {
            let _ = of_regexp(&source, true, true);
        }
    }
}
