//! Which samplings the texts of a class are looked for by: each needs another test of the content's places, and a piece that is
//! met often costs more than a test.

use crate::filter::grams::Grams;
use crate::filter::samplings::{Part, SAMPLINGS};
use crate::literals::{LiteralId, Literals};

/// What a test of one place costs, in nanoseconds.
const TEST_COST: f64 = 0.8;
/// What it costs to look up a piece that was met, in nanoseconds.
const MEETING_COST: f64 = 12.0;
/// How much more often pieces are met than by bytes that do not depend on each other: what is written repeats itself.
const REPETITION: f64 = 2.0;

/// Makes the tables by which these texts, given with their indices, are found at the least cost.
pub(crate) fn tables_for(texts: &[(u32, LiteralId)], literals: &Literals) -> Vec<Grams> {
    let chosen = cheapest(texts, literals);
    let mut tables = Vec::new();
    for (index, sampling) in SAMPLINGS.iter().enumerate() {
        let parts = texts.iter().filter_map(|(text, id)| {
            let (best, part) = choice(chosen, *id, literals)?;
            (best == index).then(|| (*text, literals.literal(*id), part))
        });
        tables.extend(Grams::new(*sampling, parts));
    }
    tables
}

/// Returns the cheapest set of samplings that serves all the texts, as bits.
fn cheapest(texts: &[(u32, LiteralId)], literals: &Literals) -> usize {
    let all = 1 << SAMPLINGS.len();
    (1..all)
        .filter_map(|set| Some((set, cost_of(set, texts, literals)?)))
        .min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map_or(all - 1, |(set, _)| set)
}

/// Returns what a byte of content costs with these samplings; nothing where they do not serve all the texts.
fn cost_of(set: usize, texts: &[(u32, LiteralId)], literals: &Literals) -> Option<f64> {
    let mut cost = 0.0;
    for (index, sampling) in SAMPLINGS.iter().enumerate() {
        if set >> index & 1 == 1 {
            cost += TEST_COST / as_f64(sampling.stride);
        }
    }
    for (_, id) in texts {
        let Some((_, part)) = choice(set, *id, literals) else {
            // One that no sampling serves is in no cover.
            if literals.parts(*id).most_telling().is_some() {
                return None;
            }
            continue;
        };
        cost += rate(part) * MEETING_COST;
    }
    Some(cost)
}

/// Returns which of the samplings meets the text's pieces most seldom, and by which part.
fn choice(set: usize, id: LiteralId, literals: &Literals) -> Option<(usize, Part)> {
    let parts = literals.parts(id);
    (0..SAMPLINGS.len())
        .filter(|index| set >> index & 1 == 1)
        .filter_map(|index| Some((index, parts.for_sampling(index)?)))
        .max_by_key(|(_, part)| part.worth)
}

/// Returns how often, for each byte of content, one of the part's pieces is met: as many as the stride, at each such place.
fn rate(part: Part) -> f64 {
    (-f64::from(part.worth) / 4.0).exp2() * REPETITION
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
