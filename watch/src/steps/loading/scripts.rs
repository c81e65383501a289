//! What it means that a script of the site's own is new or another. Libraries are updated, so that it may; what counts is what it
//! does now and did not do, and whom it names that the site never named.

use std::collections::BTreeSet;

use super::choosing::Own;
use super::facts::{FileFacts, ScriptFacts};
use super::looks::names_version;
use super::memory::{KeptFile, path_of};
use crate::judging::{Sign, there, weigh_or_ask};
use crate::keeping::name_of;
use crate::memory::SiteMemory;
use crate::verdict::{Reason, Verdict};

/// Bytes from which on a script is a library rather than a site's own few lines, 16 KiB.
const LIBRARY_BYTES: usize = 16 * 1024;
/// Origins of one script that are shown.
const ORIGINS_SHOWN: usize = 20;
/// Names of languages of markup, which scripts name and never ask.
const NAMESPACES: [&str; 2] = ["http://www.w3.org", "https://www.w3.org"];

/// A script as it came, and what was there.
pub(super) struct Came<'c> {
    pub(super) url: &'c str,
    pub(super) body: &'c [u8],
    pub(super) facts: &'c ScriptFacts,
    pub(super) before: Option<&'c KeptFile>,
}

/// Folders that visitors and editors fill with pictures and documents, by the beginnings of their names. Programs belong elsewhere.
const FILLED: [&str; 12] = [
    "upload", "userfile", "media", "image", "img", "photo", "picture", "attach", "avatar",
    "document", "temp", "tmp",
];

/// Says what a script means that is not the one that is kept.
pub(super) fn judge_script(
    memory: &SiteMemory,
    own: &Own<'_>,
    came: &Came<'_>,
) -> (Verdict, Option<Reason>) {
    let before = came.before.and_then(|kept| match &kept.facts {
        FileFacts::Script(facts) => Some((kept, facts)),
        _ => None,
    });
    if before.is_none() && is_approved(memory, came.url) {
        // It was there when a person approved the page, and had no turn until now.
        return (Verdict::Unchanged, None);
    }
    let added = before.and_then(|(kept, facts)| added_to(kept, facts, came.body));
    let now = added.as_ref().map_or(came.facts, |added| &added.facts);
    let known = known_origins(memory);
    let is_stranger = |origin: &&String| {
        !own.has(origin)
            && !known.contains(origin.as_str())
            && !NAMESPACES.contains(&origin.as_str())
    };
    let strangers: Vec<String> = now.origins.iter().filter(is_stranger).cloned().collect();
    let verdict = match (before, &added) {
        (_, Some(added)) => of_added(added, &strangers),
        (Some((_, before)), None) => {
            let is_same_version =
                names_version(came.url) && memory.loaded.files.contains_key(came.url);
            of_changed(before, now, &strangers, is_same_version)
        }
        (None, None) if is_in_filled_folder(came.url) => {
            of_new(now, &strangers).max(Verdict::Unexplained)
        }
        (None, None) => of_new(now, &strangers),
    };
    let reason = Reason::LoadedScript {
        url: came.url.to_owned(),
        was_added_to: added.as_ref().is_some_and(|added| added.is_apart),
        redirects: now.signs.redirects,
        decodes: now.signs.decodes,
        origins: strangers.into_iter().take(ORIGINS_SHOWN).collect(),
    };
    (verdict, Some(reason))
}

/// Code that stands beside what is still there: the way in which intruders hide theirs in a library.
fn of_added(added: &Added, strangers: &[String]) -> Verdict {
    let signs = added.facts.signs;
    match (strangers.is_empty(), signs.any()) {
        (false, true) if signs.redirects => Verdict::Takeover,
        (false, true) => Verdict::Injection,
        // In the midst of a library it may be the maker's own.
        (true, true) if signs.decodes && added.is_apart => Verdict::Injection,
        (false, false) | (true, true) => Verdict::Unexplained,
        (true, false) => Verdict::Ordinary,
    }
}

/// Another script under the same name. What a library can do says little: the next version of nearly each can do more.
fn of_changed(
    before: &ScriptFacts,
    now: &ScriptFacts,
    strangers: &[String],
    is_same_version: bool,
) -> Verdict {
    let redirects = now.signs.redirects && !before.signs.redirects;
    let decodes = now.signs.decodes && !before.signs.decodes;
    let is_library = before.length.min(now.length) >= LIBRARY_BYTES;
    match (strangers.is_empty(), now.signs.any()) {
        (false, _) if redirects => Verdict::Takeover,
        (false, true) if now.signs.redirects && !is_library => Verdict::Takeover,
        (false, true) if !is_library => Verdict::Injection,
        (false, _) => Verdict::Unexplained,
        (true, _) if decodes && (now.signs.redirects || now.signs.adds) && !is_library => {
            Verdict::Injection
        }
        (true, _) if decodes || redirects => {
            let signs = [
                (decodes, Sign::Decodes),
                (!is_library, Sign::FewLines),
                (is_same_version, Sign::SameVersion),
            ];
            weigh_or_ask(&there(&signs))
        }
        (true, _) => Verdict::Ordinary,
    }
}

/// A script that the site did not have.
fn of_new(now: &ScriptFacts, strangers: &[String]) -> Verdict {
    match (strangers.is_empty(), now.signs.any()) {
        (false, true) if now.signs.redirects => Verdict::Takeover,
        (false, true) => Verdict::Injection,
        (false, false) => Verdict::Unexplained,
        (true, true) if now.signs.decodes || now.signs.redirects => Verdict::Unexplained,
        (true, _) => Verdict::Ordinary,
    }
}

fn is_in_filled_folder(url: &str) -> bool {
    let way = path_of(url).to_ascii_lowercase();
    let folders = way.split('/').skip(3);
    let count = way.split('/').count().saturating_sub(4);
    let mut folders = folders.take(count);
    folders.any(|folder| FILLED.iter().any(|filled| folder.starts_with(filled)))
}

/// Code that was added to a script.
struct Added {
    facts: ScriptFacts,
    /// Whether it stands in front of or behind all the rest, which is still the same word for word.
    is_apart: bool,
}

/// Returns what was added to a file of which most is still there.
fn added_to(kept: &KeptFile, before: &ScriptFacts, body: &[u8]) -> Option<Added> {
    let length = before.length;
    if length == 0 || body.len() <= length {
        return None;
    }
    let is_it = |code: &[u8]| name_of(code) == kept.digest;
    let apart = |code: &[u8]| Added {
        facts: ScriptFacts::read(code),
        is_apart: true,
    };
    let (front, behind) = body.split_at(length);
    if is_it(front) {
        return Some(apart(behind));
    }
    let (ahead, back) = body.split_at(body.len() - length);
    if is_it(back) {
        return Some(apart(ahead));
    }
    let code = before.pieces.added_in(body)?;
    Some(Added {
        facts: ScriptFacts::read(&code),
        is_apart: false,
    })
}

/// Tells whether an approved page names this address.
fn is_approved(memory: &SiteMemory, url: &str) -> bool {
    let approved = memory.pages.values().flat_map(|page| &page.approved);
    let mut uses = approved.flat_map(|approval| &approval.page.uses);
    uses.any(|one| one.url == url)
}

/// Returns every origin that a person approved for anything, or that the site's own scripts name.
fn known_origins(memory: &SiteMemory) -> BTreeSet<&str> {
    let approved = memory.origins.iter().map(|(_, origin)| origin.as_str());
    let pages = memory.pages.values().flat_map(|page| &page.approved);
    let inline = pages.flat_map(|approval| &approval.page.scripts);
    let of_files = memory.loaded.files.values();
    let named = of_files.filter_map(|kept| match &kept.facts {
        FileFacts::Script(facts) => Some(&facts.origins),
        _ => None,
    });
    approved
        .chain(
            inline
                .flat_map(|script| &script.origins)
                .map(String::as_str),
        )
        .chain(named.flatten().map(String::as_str))
        .collect()
}
