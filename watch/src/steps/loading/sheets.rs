//! The site's own style sheets: a page is read with them, so that what they hide is known to be hidden.

use std::collections::BTreeMap;

use pages::{PageModel, UseKind};
use visit::Page;

use super::facts::FileFacts;
use super::memory::{Loaded, LoadedMemory};
use crate::checking::read_page_with;

/// Style sheets that one page is read with.
const SHEETS_MAX: usize = 24;
/// Bytes of all of them together, 1 MiB: those of large frameworks have a quarter of that.
pub(super) const SHEET_BYTES_MAX: usize = 1024 * 1024;

/// The style sheets that a page is read with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheets {
    /// Their texts, in the page's order.
    pub(crate) texts: Vec<String>,
    /// Bytes of them that are not there, because they are too long.
    pub(crate) bytes_cut: usize,
}

/// Reads a page with the style sheets that are kept, and returns them. Which it asks for is known from when it was read `last`;
/// where that is no longer so, it is read once more.
pub(crate) fn read_with_sheets(
    page: &Page,
    memory: &LoadedMemory,
    last: Option<&PageModel>,
) -> (PageModel, Sheets) {
    let expected = last.map_or_else(Sheets::default, |last| sheets_of(last, memory, None));
    let model = read_page_with(page, &expected.texts);
    let sheets = sheets_of(&model, memory, None);
    if sheets == expected {
        return (model, sheets);
    }
    (read_page_with(page, &sheets.texts), sheets)
}

/// Returns the texts of the style sheets that a page asks for, in its order: those that came now, and those that are kept.
pub(super) fn sheets_of(
    page: &PageModel,
    memory: &LoadedMemory,
    loaded: Option<&Loaded>,
) -> Sheets {
    let came: BTreeMap<&str, &FileFacts> = loaded
        .into_iter()
        .flat_map(|loaded| &loaded.files)
        .filter_map(|file| Some((file.url.as_str(), &file.came.as_ref()?.facts)))
        .collect();
    let styles = page.uses.iter().filter(|one| one.kind == UseKind::Style);
    let mut sheets = Sheets::default();
    let mut room = SHEET_BYTES_MAX;
    for one in styles {
        let kept = memory.files.get(&one.url).map(|kept| &kept.facts);
        let facts = came.get(one.url.as_str()).copied().or(kept);
        let Some(FileFacts::Style { text, bytes_cut }) = facts else {
            continue;
        };
        let fits = if sheets.texts.len() < SHEETS_MAX {
            text.floor_char_boundary(room)
        } else {
            0
        };
        room -= fits;
        sheets.bytes_cut += bytes_cut + (text.len() - fits);
        if fits > 0 {
            sheets.texts.push(text[..fits].to_owned());
        }
    }
    sheets
}
