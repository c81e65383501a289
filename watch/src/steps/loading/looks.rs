//! What it means that a picture of the site's own is another. Sites change pictures too, mostly under another address and for one
//! of their own manner; a message of intruders is dark or plain and like nothing that the site has.

use std::collections::BTreeSet;

use pages::{PageModel, UseKind};
use pictures::{Likeness, Picture};

use super::choosing::Own;
use super::facts::FileFacts;
use super::memory::{LoadedMemory, Predecessor, path_of};
use crate::judging::{Sign, there, weigh_or_ask};
use crate::memory::SiteMemory;
use crate::verdict::{Reason, Verdict};

/// Share of a picture that is dark from which on it may be a message.
const DARK_PERCENT: u8 = 60;
/// Share of one colour from which on it may be one.
const PLAIN_PERCENT: u8 = 60;
/// By how much more than before.
const MORE_PERCENT: u8 = 30;

/// By what factor the sides of a picture are others than those of the one before for it not to fit.
const OTHER_SHAPE: f64 = 1.6;
/// How far colours are apart, from 0 to 1, that people call others.
const OTHER_COLOURS: f32 = 0.15;
/// Folders that visitors and editors fill, by the beginnings of their names. What belongs to the design of a site lies elsewhere.
const UPLOADS: [&str; 9] = [
    "upload", "userfile", "attach", "avatar", "document", "files", "media", "temp", "tmp",
];

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
    /// Whether what stood there before was there for a while.
    pub(super) is_settled: bool,
}

/// Says what it means that another picture stands under the same address.
pub(super) fn judge_same_address(
    memory: &LoadedMemory,
    came: &Came<'_>,
    before: &Picture,
) -> (Verdict, Option<Reason>) {
    let signs = signs_of(memory, came, before, came.url);
    let verdict = match before.distance(came.picture).likeness() {
        Likeness::Same => return (Verdict::Unchanged, None),
        Likeness::Alike if came.is_leading && !came.varies => Verdict::Unexplained,
        Likeness::Alike => Verdict::Ordinary,
        Likeness::Other if came.varies && !signs.contains(&Sign::LikeMessage) => Verdict::Ordinary,
        Likeness::Other => weigh_or_ask(&signs),
    };
    (verdict, Some(reason_of(came, before, &signs)))
}

/// Says what a picture under a new address means, by what stood in its place.
pub(super) fn judge_new_address(
    memory: &LoadedMemory,
    came: &Came<'_>,
    before: Option<Predecessor<'_>>,
) -> (Verdict, Option<Reason>) {
    let (kept, url, is_version) = match before {
        Some(Predecessor::Version(kept)) => (kept, came.url, true),
        Some(Predecessor::Place { url, kept }) => (kept, url, false),
        // A picture more: news have them every day.
        None => return (Verdict::Ordinary, None),
    };
    let FileFacts::Picture(before) = &kept.facts else {
        return (Verdict::Ordinary, None);
    };
    if before.distance(came.picture).likeness() != Likeness::Other {
        return (Verdict::Ordinary, None);
    }
    let signs = signs_of(memory, came, before, url);
    let is_like_message = signs.contains(&Sign::LikeMessage);
    let verdict = match (is_version, came.is_leading) {
        (false, true) => weigh_or_ask(&signs),
        _ if is_like_message => Verdict::Unexplained,
        _ => Verdict::Ordinary,
    };
    (verdict, Some(reason_of(came, before, &signs)))
}

/// What speaks against a picture where another stood, which came from `url`.
fn signs_of(memory: &LoadedMemory, came: &Came<'_>, before: &Picture, url: &str) -> Vec<Sign> {
    let now = came.picture;
    let is_same_address = came.url == url;
    // Whoever forgot a version a day ago says nothing by the same one.
    let is_same_version = is_same_address && names_version(url) && came.is_settled;
    let from_uploads = is_in_uploads(came.url) && !is_in_uploads(url);
    let signs = [
        (came.is_leading && !came.varies, Sign::LastingPicture),
        (
            is_like_message(memory, came, Some(before)),
            Sign::LikeMessage,
        ),
        (is_of_other_shape(before, now), Sign::OtherShape),
        (is_same_address && before.kind != now.kind, Sign::OtherKind),
        (has_other_colours(memory, before, now), Sign::OtherColours),
        (is_same_version, Sign::SameVersion),
        (from_uploads, Sign::FromUploads),
    ];
    there(&signs)
}

/// Tells whether a picture does not fit the place that was made for another: a square where a bar stood.
fn is_of_other_shape(before: &Picture, now: &Picture) -> bool {
    let (before, now) = (shape_of(before), shape_of(now));
    before.max(now) >= before.min(now) * OTHER_SHAPE
}

fn shape_of(picture: &Picture) -> f64 {
    f64::from(picture.width.max(1)) / f64::from(picture.height.max(1))
}

/// Tells whether a picture has other colours than the one before and than every picture of the site.
fn has_other_colours(memory: &LoadedMemory, before: &Picture, now: &Picture) -> bool {
    let is_far = |other: &Picture| other.distance(now).colour >= OTHER_COLOURS;
    let mut others = memory.files.values().filter_map(|kept| match &kept.facts {
        FileFacts::Picture(picture) => Some(picture),
        _ => None,
    });
    is_far(before) && others.all(is_far)
}

/// Tells whether an address names a version behind its question mark, so that browsers ask anew when the file is another.
pub(super) fn names_version(url: &str) -> bool {
    let version = url.split_once('?').map(|(_, version)| version);
    version.is_some_and(|version| version.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Tells whether a picture lies where visitors and editors put theirs.
fn is_in_uploads(url: &str) -> bool {
    let way = path_of(url).to_ascii_lowercase();
    let folders: Vec<&str> = way.split('/').skip(3).collect();
    let folders = folders.split_last().map_or(&[][..], |(_, folders)| folders);
    folders
        .iter()
        .any(|folder| UPLOADS.iter().any(|upload| folder.starts_with(upload)))
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

fn reason_of(came: &Came<'_>, before: &Picture, signs: &[Sign]) -> Reason {
    Reason::LoadedPicture {
        url: came.url.to_owned(),
        bits: before.distance(came.picture).hash,
        is_like_message: signs.contains(&Sign::LikeMessage),
        looks: Some(came.picture.hash),
    }
}
