//! The targets: each is a parser, or several that are handed the same bytes.

use std::io::Cursor;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::{Alert, Observable};

use crate::{asked, own_files, system, watch_folder, websites};

/// What takes bytes.
pub type Parser = Box<dyn FnMut(&[u8])>;

/// One target.
pub struct Target {
    /// Its name, and that of its folder of seeds.
    pub name: &'static str,
    /// Makes what takes the bytes; it may keep things between executions.
    pub make: fn() -> Parser,
    /// Folders of the repository with further seeds.
    pub seeds: &'static [&'static str],
    /// Makes seeds that are no texts, or have digests and signatures in them.
    pub made_seeds: fn() -> Vec<Vec<u8>>,
    /// Whether it reserves more address space than it ever uses.
    pub needs_address_space: bool,
}

impl Target {
    const fn new(name: &'static str, make: fn() -> Parser, seeds: &'static [&'static str]) -> Self {
        Self {
            name,
            make,
            seeds,
            made_seeds: Vec::new,
            needs_address_space: false,
        }
    }

    const fn with_made_seeds(mut self, made_seeds: fn() -> Vec<Vec<u8>>) -> Self {
        self.made_seeds = made_seeds;
        self
    }

    const fn with_address_space(mut self) -> Self {
        self.needs_address_space = true;
        self
    }
}

/// All of them.
pub const TARGETS: [Target; 25] = [
    Target::new("unpack", unpack_any, &["fuzz/corpus/mail"]),
    Target::new(
        "unpack-as",
        unpack_as_each,
        &["fuzz/corpus/unpack", "fuzz/corpus/mail"],
    ),
    Target::new("streams", streams, &["fuzz/corpus/unpack"]),
    Target::new("artefacts", artefacts, &["artefacts/test-data"]),
    Target::new("hive-logs", hive_logs, &["artefacts/test-data"]),
    Target::new(
        "event-log",
        event_log,
        &[
            "../shared/corpora/sigma/regression_data/rules-emerging-threats/2026/Exploits/RedSun/file_event_win_exploit_redsun_indicators",
        ],
    ),
    Target::new("sigma", asked::sigma, &[]),
    Target::new("logs", logs, &["drafting/test-data"]),
    Target::new("documents", documents, &["drafting/test-data"]),
    Target::new(
        "drafting",
        drafting,
        &[
            "drafting/test-data",
            "fuzz/corpus/rule-source",
            "fuzz/corpus/sigma",
        ],
    ),
    Target::new("observables", asked::observables, &["drafting/test-data"]),
    Target::new("link", asked::link, &["fuzz/corpus/documents"]),
    Target::new("running-system", system::running_system, &[]),
    Target::new("inventory", own_files::inventory, &[]),
    Target::new("vault", own_files::vault, &[]),
    Target::new("lists", own_files::lists, &[]),
    Target::new("pages", websites::pages, &[]).with_made_seeds(websites::page_seeds),
    Target::new("pictures", websites::pictures, &[]).with_made_seeds(websites::picture_seeds),
    Target::new("robots", websites::robots, &[]).with_made_seeds(websites::robots_seeds),
    Target::new("surveying", websites::surveying, &["fuzz/corpus/mail"])
        .with_made_seeds(websites::surveying_seeds),
    Target::new("notices", websites::notices, &[]).with_made_seeds(websites::notice_seeds),
    Target::new("watch-folder", watch_folder::watch_folder, &[])
        .with_made_seeds(watch_folder::seeds),
    Target::new("site-manifest", websites::site_manifest, &[])
        .with_made_seeds(websites::manifest_seeds),
    Target::new("rule-source", rule_source, &[]).with_address_space(),
    Target::new(
        "rule-scan",
        rule_scan,
        &["artefacts/test-data", "fuzz/corpus/unpack"],
    )
    .with_address_space(),
];

/// Returns the target of this name.
pub fn find(name: &str) -> Result<&'static Target> {
    static ALL: [Target; 25] = TARGETS;
    ALL.iter()
        .find(|target| target.name == name)
        .with_context(|| format!("there is no target '{name}'"))
}

fn budget() -> unpack::Budget {
    unpack::Budget {
        bytes_max: 64 << 20,
        member_bytes_max: 16 << 20,
        held_bytes_max: 64 << 20,
        ratio_floor_bytes: 8 << 20,
        member_count_max: 10_000,
        time_max: Duration::from_secs(5),
        ..unpack::Budget::default()
    }
}

fn open(kind: unpack::Kind, name: &[u8], bytes: &[u8]) {
    let mut source = Cursor::new(bytes);
    let size = bytes.len() as u64;
    unpack::unpack(
        kind,
        name,
        &mut source,
        size,
        &budget(),
        &|| false,
        &mut |_| unpack::Flow::GoOn,
    );
}

/// As a sweep does it: by what the bytes look like.
fn unpack_any() -> Parser {
    Box::new(|bytes| {
        let head = &bytes[..bytes.len().min(unpack::HEAD_BYTES)];
        for name in [&b"a.bin"[..], b"a.zip", b"a.lzma", b"a.eml"] {
            if let Some(kind) = unpack::recognise(name, head) {
                open(kind, name, bytes);
                break;
            }
        }
    })
}

/// As every kind that is opened, whatever the bytes look like.
fn unpack_as_each() -> Parser {
    use unpack::Kind;
    Box::new(|bytes| {
        for kind in Kind::ALL {
            open(kind, b"a", bytes);
        }
    })
}

fn streams() -> Parser {
    use unpack::Kind;
    Box::new(|bytes| {
        for kind in [
            Kind::Bzip2,
            Kind::Gzip,
            Kind::Lz4,
            Kind::Lzma,
            Kind::Xz,
            Kind::Zstd,
        ] {
            let mut source = bytes;
            if let Some(mut stream) = unpack::open_stream(kind, &mut source) {
                let mut buffer = vec![0; 64 * 1024];
                // At most 16 MiB: a bomb is no finding.
                for _ in 0..256 {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(_) => {}
                    }
                }
            }
        }
    })
}

fn artefacts() -> Parser {
    use artefacts::Kind;
    let limits = artefacts::Limits {
        items: 100_000,
        unpacked_bytes: 8 << 20,
        records: 100_000,
        folder_bytes: 16 << 20,
        ..artefacts::Limits::default()
    };
    Box::new(move |bytes| {
        let kinds = [
            Kind::Link,
            Kind::MasterFileTable,
            Kind::NtfsVolume,
            Kind::Prefetch,
            Kind::RegistryHive,
            Kind::ScheduledTask,
        ];
        let recognised = artefacts::recognise(b"C:/Windows/System32/config/SOFTWARE", bytes);
        let each = recognised.map_or_else(|| kinds.to_vec(), |kind| vec![kind]);
        for kind in each {
            // What is damaged is said; what comes out is not judged here.
            let _ = artefacts::read(kind, b"SOFTWARE", bytes, &limits, &mut |trace| {
                let _ = trace.data.to_text();
                std::ops::ControlFlow::Continue(())
            });
        }
    })
}

/// The first quarter is the log, the rest the hive; and the other way round.
fn hive_logs() -> Parser {
    Box::new(|bytes| {
        for at in [bytes.len() / 4, bytes.len() / 2, 12_288.min(bytes.len())] {
            let (one, other) = bytes.split_at(at);
            let _ = artefacts::with_logs(one, &[other]);
            let _ = artefacts::with_logs(other, &[one, other]);
        }
    })
}

const SIGMA: &str = "title: t\nid: 11111111-1111-4111-8111-111111111111\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n  a:\n    Image|endswith: '.exe'\n    CommandLine|contains|all: ['a', 'e']\n  b:\n    CommandLine|re: '(a|b)+c?'\n  c: ['*x*', 'service']\n  condition: a or b or c\n";

fn event_log() -> Parser {
    static RULES: OnceLock<events::SigmaRules> = OnceLock::new();
    let rules = RULES.get_or_init(|| {
        let source = events::RuleSource {
            id: "s",
            text: SIGMA,
        };
        events::compile(&[source]).expect("the rule is right")
    });
    let mut reader = rules.reader();
    Box::new(move |bytes| {
        reader.start();
        for piece in bytes.chunks(10_007) {
            reader.push(piece);
        }
        let _ = reader.finish();
        let _ = events::for_each_field(bytes, &mut |_, _, _| {});
    })
}

fn logs() -> Parser {
    let sought = [
        ("domain", "*.dcsvn.org"),
        ("domain", "a.vn"),
        ("ip", "10.1.2.3"),
        ("ip", "192.168.0.0/16"),
        ("ip", "2001:db8::/32"),
        ("url", "http://a.vn/x?y=1"),
        ("md5", "884d46c01c762ad6ddd2759fd921bf71"),
    ];
    let sought: Vec<logs::Sought> = sought
        .iter()
        .enumerate()
        .filter_map(|(id, (kind, value))| {
            let what = match Observable::new(kind, value).ok()? {
                Observable::Digest(digest) => logs::What::Digest(digest),
                Observable::Domain(domain) => logs::What::Domain(domain),
                Observable::Network(network) => logs::What::Network(network),
                Observable::Url(url) => logs::What::Url(url),
                _ => return None,
            };
            Some(logs::Sought { id, what })
        })
        .collect();
    let patterns = logs::LogPatterns::new(&sought);
    Box::new(move |bytes| {
        let _ = logs::looks_like_text_log(b"/var/log/x.log", bytes);
        let mut search = patterns.search();
        let mut outcomes = [bytes.len().max(1), 61].map(|length| {
            search.start(None);
            for piece in bytes.chunks(length) {
                search.push(piece);
            }
            format!("{:?}", search.finish())
        });
        let [whole, pieces] = &mut outcomes;
        assert_eq!(whole, pieces, "any chunking gives the same");
    })
}

fn documents() -> Parser {
    use documents::{
        Catalogue, Decision, Envelope, HostReport, Receipt, RollUp, Root, WatchReport,
    };
    const PAYLOAD_MAX: usize = 1 << 20;
    Box::new(|bytes| {
        if let Ok(envelope) = Envelope::parse(bytes) {
            let again = Envelope::parse(&envelope.to_bytes());
            assert!(again.is_ok_and(|again| again.id() == envelope.id()));
        }
        let _ = documents::key_file::read_label(bytes);
        if let Ok(alert) = documents::strict_json::parse::<Alert>(bytes, PAYLOAD_MAX) {
            let _ = alert.check();
        }
        let _ = documents::strict_json::parse::<Root>(bytes, PAYLOAD_MAX);
        let _ = documents::strict_json::parse::<Catalogue>(bytes, PAYLOAD_MAX);
        let _ = documents::strict_json::parse::<Decision>(bytes, PAYLOAD_MAX);
        let _ = documents::strict_json::parse::<HostReport>(bytes, PAYLOAD_MAX);
        let _ = documents::strict_json::parse::<Receipt>(bytes, PAYLOAD_MAX);
        let _ = documents::strict_json::parse::<RollUp>(bytes, PAYLOAD_MAX);
        if let Ok(report) = documents::strict_json::parse::<WatchReport>(bytes, PAYLOAD_MAX) {
            let _ = documents::Document::check(&report);
        }
    })
}

/// Takes every rule.
struct NoChecker;

impl drafting::RuleChecker for NoChecker {
    fn check(&self, _: domain::RuleLanguage, _: &str) -> Vec<drafting::RuleProblem> {
        Vec::new()
    }
}

fn drafting() -> Parser {
    let authority = "bench".parse().expect("a name of an organisation");
    let options = drafting::DraftOptions::new(authority, jiff::Timestamp::UNIX_EPOCH);
    Box::new(move |bytes| {
        for name in ["a.txt", "a.csv", "a.json", "a.html"] {
            let _ = drafting::read(&[drafting::Input { name, bytes }], &options, &NoChecker);
        }
    })
}

/// A rule, and the sample that proves it: what the engine finds in it by itself, our analysis lets through.
fn rule_source() -> Parser {
    const PROOF_TIME: Duration = Duration::from_millis(500);
    Box::new(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = rules::check(&text);
        if let Ok(compiled) = rules::compile(&[("s", &text)]) {
            for proof in compiled.self_test(PROOF_TIME) {
                assert!(!matches!(proof.proof, rules::Proof::Fails(_)), "{proof:?}");
            }
        }
    })
}

const YARA: &str = r#"
import "pe" import "elf" import "dotnet" import "macho" import "lnk" import "math" import "hash"
rule parsed { condition: pe.is_pe or elf.type == 2 or dotnet.is_dotnet or lnk.is_lnk or macho.cputype == 7 }
rule sums { condition: math.entropy(0, filesize) > 7 and hash.md5(0, filesize) == "x" and pe.imphash() == "y" and pe.rich_signature.length > 0 }
rule text { strings: $a = /a[bc]{2,9}d.*e/s $b = { 4D 5A [0-40] 50 ?? } $c = "stream" wide ascii nocase condition: any of them or uint32(uint32(0x3c)) == 0x4550 }
"#;

fn rule_scan() -> Parser {
    static RULES: OnceLock<rules::CompiledRules> = OnceLock::new();
    let rules = RULES.get_or_init(|| rules::compile(&[("s", YARA)]).expect("the rules are right"));
    Box::new(move |bytes| {
        let facts = rules::ScanFacts {
            path: Path::new("/a/b.exe"),
            owner: "",
            unpack_source: "",
        };
        let mut session = rules.session(Duration::from_secs(5));
        let _ = session.scan(&facts, bytes);
        session.begin_filter(&facts, bytes.len() as u64);
        for piece in bytes.chunks(4096) {
            session.push(piece);
        }
        let _ = session.finish();
    })
}
