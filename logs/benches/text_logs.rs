//! Measures the search of generated logs: `cargo bench -p logs --bench text_logs [-- MEBIBYTES] [-- VARIANT]`.
//!
//! The logs are made in memory from a seed: what resolvers, proxies, mail servers, packet filters and web servers write, with
//! few hits. Rates are per second of processor time of one thread, the best of three runs.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "numbers of a generator and of a measurement"
)]

mod corpus;

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use domain::Observable;
use logs::{LogPatterns, Sought, What};

use corpus::Corpus;

/// What a caller reads at once.
const CHUNK: usize = 256 * 1024;
const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let mebibytes = arguments.iter().find_map(|argument| argument.parse().ok());
    let mebibytes = mebibytes.unwrap_or(512);
    let only = arguments
        .iter()
        .find(|argument| argument.parse::<usize>().is_err());
    let corpus = Corpus::generate(mebibytes << 20, 238);
    let text = corpus.text.as_bytes();
    println!(
        "{} MiB of logs, {} planted",
        text.len() >> 20,
        corpus.planted_count
    );

    let newlines = rate(text, || memchr::memchr_iter(b'\n', text).count() as u64);
    println!(
        "{:>34}: {newlines:6.2} GB/s",
        "memchr, counting line breaks"
    );
    let domains = corpus.domains(10_000);
    let variants: [(&str, Vec<Sought>); 9] = [
        ("10,000 domains", domains.clone()),
        ("100 domains", corpus.domains(100)),
        ("100,000 domains", corpus.domains(100_000)),
        ("10 short domains", short_domains()),
        ("1,000 addresses", corpus.addresses(1_000)),
        ("1,000 blocks", corpus.blocks(1_000)),
        ("10,000 digests", corpus.digests(10_000)),
        ("10,000 URLs", corpus.urls(10_000)),
        (
            "all but the short and the 100,000",
            together(&corpus, domains),
        ),
    ];
    for (what, sought) in &variants {
        if only.is_none_or(|only| only == what) {
            measure(what, sought, text, newlines);
        }
    }
    if only.is_none() {
        compare_with_ripgrep(&corpus);
    }
}

fn together(corpus: &Corpus, domains: Vec<Sought>) -> Vec<Sought> {
    [
        domains,
        corpus.addresses(1_000),
        corpus.blocks(1_000),
        corpus.digests(10_000),
        corpus.urls(10_000),
    ]
    .concat()
}

fn short_domains() -> Vec<Sought> {
    let names = [
        "t.me", "bit.ly", "a.vn", "x.co", "q9.cc", "z.pw", "*.k.tk", "i.gg", "7z.su", "w.in",
    ];
    corpus::sought("domain", names.map(str::to_owned))
}

fn measure(what: &str, sought: &[Sought], text: &[u8], newlines: f64) {
    let started = Instant::now();
    let patterns = LogPatterns::new(sought);
    let made_in = started.elapsed();
    let mut search = patterns.search();
    let mut match_count = 0;
    let rate = rate(text, || {
        search.start(None);
        for chunk in text.chunks(CHUNK) {
            search.push(chunk);
        }
        match_count = search.finish().totals.iter().map(|total| total.count).sum();
        match_count
    });
    println!(
        "{what:>34}: {rate:6.2} GB/s, {:.2} of counting line breaks; {match_count} found; made ready in {} ms",
        rate / newlines,
        made_in.as_millis()
    );
}

/// Returns the best rate in GB per second of processor time.
fn rate(text: &[u8], mut run: impl FnMut() -> u64) -> f64 {
    let best = (0..RUNS)
        .map(|_| {
            let before = processor_time();
            std::hint::black_box(run());
            processor_time().saturating_sub(before)
        })
        .min()
        .unwrap_or_default();
    text.len() as f64 / best.as_secs_f64() / 1e9
}

/// Returns the processor time of this thread where the system tells it, else the time that has passed.
fn processor_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    fs_err::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|line| line.split(' ').next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// ripgrep with the names as they are: no notation, no boundaries, no wildcards, and lines rather than matches.
fn compare_with_ripgrep(corpus: &Corpus) {
    if Command::new("rg").arg("--version").output().is_err() {
        println!("{:>34}: not installed", "ripgrep");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the logs");
    let (text, names) = (folder.path().join("text"), folder.path().join("names"));
    fs_err::write(&text, &corpus.text).expect("room for the logs");
    for count in [100, 10_000] {
        let mut list = String::new();
        for sought in corpus.domains(count) {
            if let What::Domain(domain) = sought.what {
                writeln!(list, "{}", domain.name()).expect("a string takes everything");
            }
        }
        fs_err::write(&names, list).expect("room for the names");
        for (what, case) in [("", "-s"), (", any case", "-i")] {
            let mut best = Duration::MAX;
            for _ in 0..2 {
                let started = Instant::now();
                let output = Command::new("rg")
                    .args(["-c", "-j1", "-F", case, "-f"])
                    .args([&names, &text])
                    .output()
                    .expect("ripgrep runs");
                best = best.min(started.elapsed());
                assert!(output.status.success(), "{output:?}");
            }
            let rate = corpus.text.len() as f64 / best.as_secs_f64() / 1e9;
            println!(
                "{:>34}: {rate:6.2} GB/s",
                format!("rg -c -F, {count} domains{what}")
            );
        }
    }
}

impl Corpus {
    /// Returns so many names; a tenth of them are wildcards.
    fn domains(&self, count: usize) -> Vec<Sought> {
        corpus::sought("domain", self.evil_domains(count))
    }

    fn addresses(&self, count: usize) -> Vec<Sought> {
        corpus::sought("ip", self.evil_addresses(count))
    }

    fn blocks(&self, count: usize) -> Vec<Sought> {
        corpus::sought("ip", self.evil_blocks(count))
    }

    fn digests(&self, count: usize) -> Vec<Sought> {
        corpus::sought("sha1", self.evil_digests(count))
    }

    fn urls(&self, count: usize) -> Vec<Sought> {
        corpus::sought("url", self.evil_urls(count))
    }
}

/// Makes what is sought from kind and values, as an alert does.
pub(crate) fn what(kind: &str, value: &str) -> What {
    match Observable::new(kind, value).expect("a valid value") {
        Observable::Digest(digest) => What::Digest(digest),
        Observable::Domain(domain) => What::Domain(domain),
        Observable::Network(network) => What::Network(network),
        Observable::Url(url) => What::Url(url),
        other => panic!("{other:?} is not sought in logs"),
    }
}
