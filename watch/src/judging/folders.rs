//! Scripts and frames of the site itself that come from where the site has none: folders into which anybody uploads.

use std::collections::HashSet;

use pages::{Comparison, UseKind};

use super::Judging;
use crate::verdict::{Reason, Verdict};

/// Parts of addresses that folders for uploads and for pictures are called by, as the usual systems make them.
const UPLOADS: [&str; 16] = [
    "attach",
    "avatar",
    "backup",
    "cache",
    "document",
    "download",
    "file",
    "image",
    "img",
    "media",
    "photo",
    "picture",
    "temp",
    "tmp",
    "upload",
    "userfiles",
];

impl Judging<'_> {
    /// Scripts and frames of the site itself from folders that it loads nothing of the kind from.
    pub(super) fn folders(&mut self, comparison: &Comparison) {
        for new in &comparison.new_addresses {
            let runs = matches!(new.kind, UseKind::Script | UseKind::Frame);
            if !runs || !self.is_own(&new.origin) || new.origin.ends_with(':') {
                continue;
            }
            let folder = folder_of(&new.url);
            let is_usual = self.folders_of(new.kind).contains(folder);
            if is_usual || !is_for_uploads(folder) {
                continue;
            }
            let reason = Reason::Resource {
                use_kind: new.kind,
                origin: new.url.clone(),
            };
            self.say(Verdict::Injection, reason);
        }
    }

    /// Returns the folders that approved versions load such things from.
    fn folders_of(&self, kind: UseKind) -> HashSet<&str> {
        let approved = self.memory.approved.iter();
        let uses = approved.flat_map(|approval| &approval.page.uses);
        uses.filter(|one| one.kind == kind)
            .map(|one| folder_of(&one.url))
            .collect()
    }
}

/// Returns an address up to its last slash.
fn folder_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

fn is_for_uploads(folder: &str) -> bool {
    let path = folder.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.to_ascii_lowercase();
    UPLOADS.iter().any(|word| path.contains(word))
}
