//! Which pages have their turn: what nobody knew, before what nobody has looked at, before what was looked at longest ago.

use super::addresses::{Sort, is_for_uploads, sort_of, words_of};
use super::asking::Asking;
use super::finding::Found;
use super::memory::{SurveyMemory, digest_of};

/// New documents that one survey looks at.
const DOCUMENTS_MAX: usize = 6;
/// Addresses heard of elsewhere that one survey looks at: whoever spreads them must not use up its budget.
const HEARD_MAX: usize = 10;

/// A page that may be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    rank: Rank,
    looked_at: i64,
    pub(super) digest: u64,
    pub(super) path: String,
    pub(super) is_new: bool,
}

/// In order of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    CrawlerOnly,
    Heard,
    NewInUploads,
    NewWithWords,
    New,
    NewDocument,
    NeverLookedInUploads,
    NeverLooked,
    Known,
}

/// Returns the pages that have their turn, as many as the budget allows.
pub(super) fn choose(
    asking: &mut Asking<'_>,
    memory: &SurveyMemory,
    found: &Found,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for path in &found.paths {
        if matches!(sort_of(path), Sort::File) || path == "/" || found.maps.contains_key(path) {
            continue;
        }
        let lists =
            |path: &String| found.folders.contains_key(path) || memory.folders.contains_key(path);
        if sort_of(path) == Sort::Folder && lists(path) {
            continue;
        }
        let digest = digest_of(path);
        let is_new = memory.is_new(digest);
        let known = memory.pages.get(&digest);
        let is_document = sort_of(path) == Sort::Document;
        let is_heard = found.heard.contains(path);
        // Owners upload documents every day: one that has been there is not read again.
        if is_document && (!is_new || memory.is_first()) && !is_heard {
            continue;
        }
        let rank = match known {
            _ if found.crawler_only.contains(path) => Rank::CrawlerOnly,
            _ if is_heard => Rank::Heard,
            _ if is_document && !has_words(path) => Rank::NewDocument,
            _ if is_new && is_for_uploads(path) => Rank::NewInUploads,
            _ if is_new && has_words(path) => Rank::NewWithWords,
            _ if is_new => Rank::New,
            None if is_for_uploads(path) => Rank::NeverLookedInUploads,
            None => Rank::NeverLooked,
            Some(_) => Rank::Known,
        };
        candidates.push(Candidate {
            rank,
            looked_at: known.map_or(0, |known| known.looked_at),
            digest,
            path: path.clone(),
            is_new,
        });
    }
    // Of equal ones the order is that of their digests, which nobody can choose well: a flood is sampled.
    candidates.sort_unstable();
    let (mut again, mut documents, mut heard) = (asking.plan.again, DOCUMENTS_MAX, HEARD_MAX);
    let mut room = asking.left();
    let mut chosen = Vec::new();
    for candidate in candidates {
        if room == 0 || !asking.may(&candidate.path) {
            continue;
        }
        let share = match candidate.rank {
            Rank::Heard => Some(&mut heard),
            Rank::NewDocument => Some(&mut documents),
            Rank::NeverLookedInUploads | Rank::NeverLooked | Rank::Known => Some(&mut again),
            _ => None,
        };
        if let Some(share) = share {
            if *share == 0 {
                continue;
            }
            *share -= 1;
        }
        room -= 1;
        chosen.push(candidate);
    }
    chosen
}

/// Tells whether an address itself has words of intruders.
pub(super) fn has_words(path: &str) -> bool {
    let terms = pages::find_terms(&words_of(path));
    terms.iter().map(|term| term.weight).sum::<u32>() >= 2
}
