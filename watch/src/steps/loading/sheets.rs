//! The site's own style sheets: a page is read with them, so that what they hide is known to be hidden.

use std::collections::BTreeMap;

use pages::{PageModel, UseKind};
use visit::Page;

use super::facts::FileFacts;
use super::memory::{Loaded, LoadedMemory};
use crate::checking::read_page_with;

/// Style sheets that one page is read with.
const SHEETS_MAX: usize = 24;

/// Reads a page with the style sheets that are kept, and returns them. Which it asks for is known from when it was read `last`;
/// where that is no longer so, it is read once more.
pub(crate) fn read_with_sheets(
    page: &Page,
    memory: &LoadedMemory,
    last: Option<&PageModel>,
) -> (PageModel, Vec<String>) {
    let expected = last.map_or_else(Vec::new, |last| sheets_of(last, memory, None));
    let model = read_page_with(page, &expected);
    let sheets = sheets_of(&model, memory, None);
    if sheets == expected {
        return (model, sheets);
    }
    (read_page_with(page, &sheets), sheets)
}

/// Returns the texts of the style sheets that a page asks for, in its order: those that came now, and those that are kept.
pub(super) fn sheets_of(
    page: &PageModel,
    memory: &LoadedMemory,
    loaded: Option<&Loaded>,
) -> Vec<String> {
    let came: BTreeMap<&str, &FileFacts> = loaded
        .into_iter()
        .flat_map(|loaded| &loaded.files)
        .filter_map(|file| Some((file.url.as_str(), &file.came.as_ref()?.facts)))
        .collect();
    let styles = page.uses.iter().filter(|one| one.kind == UseKind::Style);
    let texts = styles.filter_map(|one| {
        let kept = memory.files.get(&one.url).map(|kept| &kept.facts);
        match came.get(one.url.as_str()).copied().or(kept) {
            Some(FileFacts::Style { text }) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    });
    texts.take(SHEETS_MAX).collect()
}
