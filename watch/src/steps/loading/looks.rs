//! What it means that a picture of the site's own is another. Sites change pictures too, mostly under another address and for one
//! of their own manner; a message of intruders is dark or plain and like nothing that the site has.

use std::collections::BTreeSet;

use pages::{PageModel, UseKind};
use pictures::{Likeness, Picture};

use super::choosing::Own;
use super::facts::FileFacts;
use super::memory::{LoadedMemory, Predecessor, path_of};
use crate::memory::SiteMemory;
use crate::verdict::{Reason, Verdict};

/// Share of a picture that is dark from which on it may be a message.
const DARK_PERCENT: u8 = 60;
/// Share of one colour from which on it may be one.
const PLAIN_PERCENT: u8 = 60;
/// By how much more than before.
const MORE_PERCENT: u8 = 30;

/// Pictures that others give from which on a site has moved to them.
const MOVED_MIN: usize = 3;

/// A picture as it came.
pub(super) struct Came<'c> {
    pub(super) url: &'c str,
    pub(super) picture: &'c Picture,
    /// Whether it is one of those that visitors see first.
    pub(super) is_leading: bool,
    /// Whether it was seen to be another each time.
    pub(super) varies: bool,
}

/// Says what it means that another picture stands under the same address.
pub(super) fn judge_same_address(
    memory: &LoadedMemory,
    came: &Came<'_>,
    before: &Picture,
) -> (Verdict, Option<Reason>) {
    let is_like_message = is_like_message(memory, came, Some(before));
    let verdict = match before.distance(came.picture).likeness() {
        Likeness::Same => return (Verdict::Unchanged, None),
        Likeness::Alike if came.is_leading && !came.varies => Verdict::Unexplained,
        Likeness::Alike => Verdict::Ordinary,
        Likeness::Other => match (is_like_message, came.is_leading, came.varies) {
            (true, true, false) => Verdict::Defacement,
            (true, ..) | (false, _, false) => Verdict::Unexplained,
            (false, _, true) => Verdict::Ordinary,
        },
    };
    (verdict, Some(reason_of(came, before, is_like_message)))
}

/// Says what a picture under a new address means, by what stood in its place.
pub(super) fn judge_new_address(
    memory: &LoadedMemory,
    came: &Came<'_>,
    before: Option<Predecessor<'_>>,
) -> (Verdict, Option<Reason>) {
    let (kept, is_version) = match before {
        Some(Predecessor::Version(kept)) => (kept, true),
        Some(Predecessor::Place(kept)) => (kept, false),
        // A picture more: news have them every day.
        None => return (Verdict::Ordinary, None),
    };
    let FileFacts::Picture(before) = &kept.facts else {
        return (Verdict::Ordinary, None);
    };
    if before.distance(came.picture).likeness() != Likeness::Other {
        return (Verdict::Ordinary, None);
    }
    let is_like_message = is_like_message(memory, came, Some(before));
    let verdict = match (is_version, is_like_message) {
        (false, true) if came.is_leading => Verdict::Defacement,
        (_, true) => Verdict::Unexplained,
        (false, false) if came.is_leading => Verdict::Unexplained,
        (_, false) => Verdict::Ordinary,
    };
    (verdict, Some(reason_of(came, before, is_like_message)))
}

/// Says what it means that pictures of others stand where one of the site's own always stood. They are not fetched: where they
/// come from says enough.
pub(super) fn judge_outsiders(
    memory: &SiteMemory,
    own: &Own<'_>,
    page: &PageModel,
    url: &str,
) -> Option<(Verdict, Reason)> {
    let is_approved = |origin: &str| {
        let key = (UseKind::Image, origin.to_owned());
        memory.origins.contains(&key)
    };
    let pictures = page.uses.iter().filter(|one| one.kind == UseKind::Image);
    let here: BTreeSet<&str> = pictures.clone().map(|one| path_of(&one.url)).collect();
    let replaced: Vec<_> = pictures
        .filter(|one| one.url.starts_with("http") && !one.is_hidden && !own.has(&one.origin))
        .filter(|one| {
            let before = memory.loaded.lasting_picture(url, one.region);
            before.is_some_and(|before| !here.contains(path_of(before)))
        })
        .filter(|one| !is_approved(&one.origin))
        .collect();
    let first = replaced.first()?;
    // A site that moves to a house for pictures moves all of them.
    let verdict = if replaced.len() < MOVED_MIN {
        Verdict::Defacement
    } else {
        Verdict::Unexplained
    };
    let reason = Reason::Resource {
        use_kind: UseKind::Image,
        origin: first.origin.clone(),
    };
    Some((verdict, reason))
}

/// Tells whether a picture is dark or of one colour where the one before was not, and like no other of the site.
fn is_like_message(memory: &LoadedMemory, came: &Came<'_>, before: Option<&Picture>) -> bool {
    let now = came.picture;
    let (was_dark, was_plain) = before.map_or((0, 0), |before| {
        (before.dark_percent, before.one_colour_percent)
    });
    let is_more =
        |now: u8, was: u8, least: u8| now >= least && now >= was.saturating_add(MORE_PERCENT);
    let is_dark = is_more(now.dark_percent, was_dark, DARK_PERCENT);
    let is_plain = is_more(now.one_colour_percent, was_plain, PLAIN_PERCENT);
    let mut others = memory.files.values().filter_map(|kept| match &kept.facts {
        FileFacts::Picture(picture) => Some(picture),
        _ => None,
    });
    (is_dark || is_plain) && others.all(|other| other.distance(now).likeness() == Likeness::Other)
}

fn reason_of(came: &Came<'_>, before: &Picture, is_like_message: bool) -> Reason {
    Reason::LoadedPicture {
        url: came.url.to_owned(),
        bits: before.distance(came.picture).hash,
        is_like_message,
    }
}
