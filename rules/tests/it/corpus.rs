//! The largest public collection of rules compiles file by file, where it lies beside this repository.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rules::{ScanFacts, compile};

#[test]
fn compiles_every_file_of_signature_base_and_matches_with_them_all() {
    let Some(corpora) = testkit::skipping::corpora("compiling signature-base") else {
        return;
    };
    let listing = fs_err::read_dir(corpora.join("signature-base/yara")).expect("it can be listed");
    let mut files: Vec<PathBuf> = listing
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yar" || extension == "yara")
        })
        .collect();
    files.sort();
    assert!(files.len() > 700, "{} files", files.len());
    let sources: Vec<(String, String)> = files
        .iter()
        .map(|path| {
            let name = path.file_name().expect("it has a name").to_string_lossy();
            (
                name.into_owned(),
                fs_err::read_to_string(path).expect("it is text"),
            )
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = sources
        .iter()
        .map(|(name, source)| (name.as_str(), source.as_str()))
        .collect();
    let rules = match compile(&borrowed) {
        Ok(rules) => rules,
        Err(problems) => panic!("{problems:#?}"),
    };
    assert!(rules.rule_count() > 5_000, "{} rules", rules.rule_count());

    // EICAR's test file, put together here so that this source is not one.
    let eicar = [
        "X5O!P%@AP[4\\PZX54(P^)7CC)7}$",
        "EICAR-STANDARD-ANTIVIRUS",
        "-TEST-FILE!$H+H*",
    ]
    .concat();
    let facts = ScanFacts {
        path: Path::new("/tmp/eicar.com"),
        owner: "",
        unpack_source: "",
    };
    let mut session = rules.session(Duration::from_mins(10));
    let matches = session
        .scan(&facts, eicar.as_bytes())
        .expect("it is matched");
    println!("{} rules; EICAR matches {matches:?}", rules.rule_count());
    assert!(
        session
            .scan(&facts, b"nothing of note")
            .is_ok_and(|matches| matches.is_empty())
    );
}
