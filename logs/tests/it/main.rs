//! Tests of the search as its callers see it.

mod chunks;
mod formats;
mod hostile;
mod oracle;
mod plainly;

use domain::Observable;
use logs::{LogOutcome, LogPatterns, Sought, What};

/// Makes what is sought from kinds and values, as an alert does; its place is its id.
fn sought(values: &[(&str, &str)]) -> Vec<Sought> {
    let what = |kind: &str, value: &str| match Observable::new(kind, value).expect(value) {
        Observable::Digest(digest) => What::Digest(digest),
        Observable::Domain(domain) => What::Domain(domain),
        Observable::Network(network) => What::Network(network),
        Observable::Url(url) => What::Url(url),
        other => panic!("{other:?} is not sought in logs"),
    };
    let numbered = values.iter().enumerate();
    numbered
        .map(|(id, (kind, value))| Sought {
            id,
            what: what(kind, value),
        })
        .collect()
}

/// Searches a text that comes in one piece, last written on 5 August 2016.
fn search(sought: &[Sought], text: &[u8]) -> LogOutcome {
    let patterns = LogPatterns::new(sought);
    let mut search = patterns.search();
    search.start(Some("2016-08-05T00:00:00Z".parse().expect("a time")));
    search.push(text);
    search.finish()
}
