//! Everything that a survey reads of a site at once, for whoever tries the readers out with bytes that nobody has checked.

use pages::{Limits, Source, parse};

use super::addresses::{
    Own, Whose, folder_of, folders_around, is_for_uploads, sort_of, without_question, words_of,
};
use super::documents::read_document;
use super::listings::read_listing;
use super::site_maps::read_site_map;

/// Reads bytes as a site map, as a document and as the listing of a folder of the site that `url` belongs to, and takes every
/// address in them apart. Returns how many addresses of the site's own there are.
pub fn read_as_everything(body: &[u8], url: &str) -> usize {
    let Some(own) = Own::of(url) else {
        return 0;
    };
    let Whose::Own(folder) = own.whose(url) else {
        return 0;
    };
    let mut addresses: Vec<String> = Vec::new();
    if let Some(map) = read_site_map(body) {
        addresses.extend(map.pages);
        addresses.extend(map.maps);
    }
    let source = Source {
        url,
        content_type: None,
        body,
        style_sheets: &[],
    };
    let page = parse(&source, &Limits::default());
    addresses.extend(read_listing(&page, folder_of(&folder), &own).unwrap_or_default());
    for model in [Some(page), read_document(body)].into_iter().flatten() {
        addresses.extend(model.uses.into_iter().map(|one| one.url));
    }
    let own_paths = addresses.iter().filter(|address| {
        let Whose::Own(path) = own.whose(address) else {
            return false;
        };
        let plain = without_question(&path);
        assert!(path.starts_with(plain) && plain.starts_with(folder_of(plain)));
        assert!(folders_around(plain).all(|around| plain.starts_with(around)));
        let _ = (sort_of(plain), is_for_uploads(plain), words_of(&path));
        // What is asked for is what was found.
        matches!(own.whose(&own.url_of(&path)), Whose::Own(again) if again == path)
    });
    own_paths.count()
}
