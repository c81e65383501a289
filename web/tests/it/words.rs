//! Every text that templates and code ask for is in the catalogues, and every text of the pages is asked for.

use std::collections::BTreeSet;
use std::path::Path;

use domain::Language;
use texts::Texts;

fn read_all(folder: &Path, text: &mut String) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&fs_err::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_pages_ask_for_the_texts_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read_all(&root.join("src"), &mut sources);
    read_all(&root.join("templates"), &mut sources);
    let mut asked: BTreeSet<&str> = sources
        .split('"')
        .filter(|text| text.starts_with("web-"))
        .collect();
    // Made from the relation's own key.
    for relation in ["below", "child", "hosted", "own"] {
        let key = format!("web-relation-{relation}-meaning");
        asked.insert(key.leak());
    }
    let there: BTreeSet<&str> = Texts::keys(Language::Vi)
        .into_iter()
        .filter(|key| key.starts_with("web-"))
        .collect();
    assert_eq!(asked, there);
}
