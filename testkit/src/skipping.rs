//! How a test says that it could not run here. `cargo xtask test` lists all of it at its end; nothing is skipped silently.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Names the file that `cargo xtask test` reads: one `what<TAB>why` a line.
const FILE_VARIABLE: &str = "TOCSIN_SKIPPED_FILE";

/// Records that `what` was not tested, and why; the test then returns.
pub fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
    if let Some(file) = std::env::var_os(FILE_VARIABLE) {
        append(Path::new(&file), what, why);
    }
}

/// Returns the folder of corpora beside the checkout; where there is none, records that `what` was not tested.
pub fn corpora(what: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(what, "there is no ../shared/corpora beside the checkout");
    None
}

/// Appends in one write, so that the lines of tests that run at the same time do not mix.
fn append(file: &Path, what: &str, why: &str) {
    let plain = |text: &str| text.replace(['\t', '\r', '\n'], " ");
    let line = format!("{}\t{}\n", plain(what), plain(why));
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .and_then(|mut list| list.write_all(line.as_bytes()))
        .expect("the list of skipped tests must be writable, or they would be skipped silently");
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use super::append;

    #[test]
    fn writes_one_line_for_each_test_whatever_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list");
        append(&file, "a browser", "no\nchromium\there");
        append(&file, "corpora", "absent");
        let mut list = String::new();
        File::open(&file)
            .unwrap()
            .read_to_string(&mut list)
            .unwrap();
        assert_eq!(list, "a browser\tno chromium here\ncorpora\tabsent\n");
    }
}
