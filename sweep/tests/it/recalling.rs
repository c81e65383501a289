//! Random trees through random changes and random alerts: a sweep that remembers says what one says that reads
//! everything.

use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::{Alert, ItemKind, SweepReport};
use proptest::prelude::*;
use sweep::inventory::InventoryOptions;
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    MemberContent, PartSet, ReadSeek, Surroundings, SweepOptions, Target, Unpacked, Unpacker,
};
use tempfile::TempDir;
use testkit::{TestClock, at};

use crate::scene::{Tree, alert, alert_with_rules, payload, sha256, sized, yara};

const NAMES: [&str; 6] = ["a", "b.log", "c.head", "d.skip", "sub/e", "sub/f.head"];
const NEEDLES: [&str; 3] = ["red", "green", "blue"];
const IDS: [&str; 4] = ["r0", "r1", "r2", "r3"];
/// What begins with `PACKED` is a container: `name=content` is a member, `name!` one that is encrypted.
const CONTENTS: [&str; 14] = [
    "",
    "plain",
    "red",
    "red and green",
    "green, FAILS, blue",
    "Z hides red",
    "PACKED",
    "PACKED|x=red|y.log=green|y.log!|secret!",
    "PACKED|x=plain|in/d.skip=blue|in.head=red green blue|!",
    "PACKED|x=green FAILS|b.log=Z blue",
    "blue, BROKEN",
    "PACKED|x=red|y=green BROKEN",
    "BESIDE",
    "PACKED|x=BESIDE",
];

/// Which of [`NEEDLES`] it seeks under which of [`IDS`].
type Parts = Vec<(usize, usize)>;

#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    Remove(usize),
    Rename(usize, usize),
    RenameFolder,
    /// Another content of the same length, and the time of the last change set back.
    Timestomp(usize),
    Sweep(Sweep),
}

#[derive(Clone, Debug)]
struct Sweep {
    /// By target, then by detector.
    targets: Vec<Vec<Parts>>,
    /// Of [`CONTENTS`], and of members.
    sought: usize,
    opens: bool,
    /// Detectors fail now on what they do not always fail on. What is remembered may say more then than what is read.
    is_failing: bool,
    /// What stands in a file beside `BESIDE` matches.
    beside: bool,
    /// Whether detectors say that what they want is the same for every alert.
    kind: Option<Fingerprint>,
    /// It is ended after so many contents, and what it says is not compared.
    ended_after: Option<u64>,
}

fn sweep_step() -> impl Strategy<Value = Sweep> {
    let parts = prop::collection::vec((0..NEEDLES.len(), 0..IDS.len()), 0..4).prop_map(|parts| {
        let mut of_other_ids: Parts = Vec::new();
        for part in parts {
            if of_other_ids.iter().all(|other| other.1 != part.1) {
                of_other_ids.push(part);
            }
        }
        of_other_ids
    });
    (
        prop::collection::vec(prop::collection::vec(parts, 0..3), 1..3),
        0..CONTENTS.len() + NEEDLES.len(),
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.2),
        any::<bool>(),
        prop::option::of(Just([0xff; 32])),
        prop::option::weighted(0.15, 0..6_u64),
    )
        .prop_map(
            |(targets, sought, opens, is_failing, beside, kind, ended_after)| Sweep {
                targets,
                sought,
                opens,
                is_failing,
                beside,
                kind,
                ended_after,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES.len();
    prop_oneof![
        3 => (name(), 0..CONTENTS.len()).prop_map(|(name, content)| Step::Write(name, content)),
        1 => name().prop_map(Step::Remove),
        1 => (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => Just(Step::RenameFolder),
        1 => name().prop_map(Step::Timestomp),
        5 => sweep_step().prop_map(Step::Sweep),
    ]
}

/// A host whose every change shows in the times of its files, long ago.
struct Host {
    tree: Tree,
    inventory: TempDir,
    clock: TestClock,
    newest: (i64, i64),
}

impl Host {
    fn new() -> Self {
        Self {
            tree: Tree::new(),
            inventory: tempfile::tempdir().expect("a folder"),
            clock: TestClock::new(at("2096-08-04T00:00:00Z")),
            newest: (0, 0),
        }
    }

    /// Does something to a file until the system's clock shows it.
    fn change(&mut self, name: &str, change: impl Fn(&Tree)) {
        loop {
            change(&self.tree);
            let Ok(metadata) = fs_err::symlink_metadata(self.tree.join(name)) else {
                return;
            };
            let changed = (metadata.ctime(), metadata.ctime_nsec());
            if changed > self.newest {
                self.newest = changed;
                return;
            }
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Write(name, content) => self.change(NAMES[*name], |tree| {
                tree.write(NAMES[*name], CONTENTS[*content]);
            }),
            Step::Remove(name) => {
                let _ = fs_err::remove_file(self.tree.join(NAMES[*name]));
            }
            Step::Rename(from, to) => {
                let [from, to] = [from, to].map(|name| NAMES[*name]);
                fs_err::create_dir_all(self.tree.join("sub")).expect("a folder");
                let _ = fs_err::rename(self.tree.join(from), self.tree.join(to));
                // A system may keep the times of what it only renames.
                self.change(to, |tree| {
                    if let Ok(content) = fs_err::read(tree.join(to)) {
                        tree.write(to, content);
                    }
                });
            }
            Step::RenameFolder => {
                for (from, to) in [("sub", "away"), ("other", "sub"), ("away", "other")] {
                    let _ = fs_err::rename(self.tree.join(from), self.tree.join(to));
                }
            }
            Step::Timestomp(name) => self.change(NAMES[*name], |tree| {
                let path = tree.join(NAMES[*name]);
                let Ok(metadata) = fs_err::metadata(&path) else {
                    return;
                };
                let content = fs_err::read_to_string(&path).expect("it is text");
                let other = content.replace("red", "r\u{f7}").replace("plain", "p red");
                fs_err::write(&path, other).expect("it is ours");
                let times = std::fs::FileTimes::new()
                    .set_modified(metadata.modified().expect("a time"))
                    .set_accessed(metadata.accessed().expect("a time"));
                let file = fs_err::OpenOptions::new().write(true).open(&path);
                let file = file.expect("it opens");
                file.file().set_times(times).expect("it is set back");
            }),
            Step::Sweep(sweep) => return self.compare(sweep),
        }
        Ok(())
    }

    fn compare(&self, sweep: &Sweep) -> Result<(), TestCaseError> {
        let kept = SweepOptions {
            inventory: Some(InventoryOptions::new(self.inventory.path().join("kept"))),
            ..self.tree.options()
        };
        let remembering = self.sweep(sweep, &kept, sweep.ended_after);
        if sweep.ended_after.is_none() && !sweep.is_failing {
            let reading = self.sweep(sweep, &self.tree.options(), None);
            for (remembered, read) in remembering.iter().zip(&reading) {
                prop_assert_eq!(said(remembered), said(read));
            }
        }
        Ok(())
    }

    fn sweep(
        &self,
        sweep: &Sweep,
        options: &SweepOptions,
        ended_after: Option<u64>,
    ) -> Vec<SweepReport> {
        let ended = AtomicBool::new(false);
        let count = AtomicU64::new(0);
        let seekers: Vec<Vec<Seeker<'_>>> = sweep
            .targets
            .iter()
            .map(|detectors| {
                let detectors = detectors.iter().map(|parts| Seeker {
                    parts,
                    is_failing: sweep.is_failing,
                    beside: sweep.beside,
                    kind: sweep.kind,
                    ended_after,
                    count: &count,
                    ended: &ended,
                });
                detectors.collect()
            })
            .collect();
        let detectors: Vec<Vec<&dyn Detector>> = seekers
            .iter()
            .map(|some| some.iter().map(|one| one as &dyn Detector).collect())
            .collect();
        let alert = alert_for(sweep.sought);
        let targets: Vec<Target<'_>> = detectors
            .iter()
            .map(|detectors| Target {
                alert: &alert,
                id: None,
                detectors,
            })
            .collect();
        let surroundings = Surroundings {
            unpacker: sweep.opens.then_some(&Opener as &dyn Unpacker),
            ..Surroundings::new(&self.clock, &ended)
        };
        let reports = sweep::sweep(&targets, options, &surroundings).expect("it can be swept");
        for report in &reports {
            assert_eq!(report.check(), Ok(()), "{report:#?}");
        }
        reports
    }
}

fn alert_for(sought: usize) -> Alert {
    let content = CONTENTS.iter().chain(&NEEDLES).nth(sought).expect("one");
    let elsewhere = sized(payload("size", &[("sha256", &sha256("plain"))]), 5);
    Alert {
        rules: alert_with_rules(&IDS).rules,
        ..alert(vec![
            payload("content", &[("sha256", &sha256(content))]),
            elsewhere,
            payload("name", &[("file-name", "in.head"), ("path", "/*/sub/e")]),
        ])
    }
}

/// What a report says beside how it came to know; by lines, so that a difference is seen.
fn said(report: &SweepReport) -> Vec<String> {
    let coverage = &report.coverage;
    let mut said = vec![format!(
        "{:?}: complete {}, {} items of {} bytes, {:?}",
        report.outcome, coverage.complete, coverage.item_count, coverage.item_bytes, coverage.kinds
    )];
    for line in &coverage.checks {
        let absent = line.absent_by_content + line.absent_by_metadata + line.outside_plan;
        said.push(format!(
            "{:?} {}: {} hits, {absent} absent, {} not examined",
            line.kind, line.indicator, line.hits, line.not_examined
        ));
    }
    for line in &coverage.not_examined {
        let mut examples: Vec<&str> = line.examples.iter().map(|one| one.text.as_str()).collect();
        examples.sort_unstable();
        said.push(format!("{:?}: {} {examples:?}", line.reason, line.count));
    }
    let mut findings = report.findings.clone();
    for finding in &mut findings {
        let order =
            |hit: &domain::Hit| (hit.indicator.clone(), hit.kind.clone(), hit.value.clone());
        finding.hits.sort_by_key(order);
    }
    let mut findings: Vec<String> = findings
        .iter()
        .map(|finding| serde_json::to_string(finding).expect("it can be written"))
        .collect();
    findings.sort_unstable();
    said.append(&mut findings);
    said
}

/// Seeks texts, wants some things by name, and some by their beginning; summarises what it saw.
/// Bytes of a beginning that an inventory keeps; fewer are the whole content.
const HEAD_REMEMBERED: usize = 16;

struct Seeker<'s> {
    parts: &'s [(usize, usize)],
    is_failing: bool,
    beside: bool,
    kind: Option<Fingerprint>,
    ended_after: Option<u64>,
    count: &'s AtomicU64,
    ended: &'s AtomicBool,
}

impl Detector for Seeker<'_> {
    fn checks(&self) -> Vec<Check> {
        self.parts.iter().map(|(_, id)| yara(IDS[*id])).collect()
    }

    fn parts(&self) -> Vec<Fingerprint> {
        let of = |(needle, _): &(usize, usize)| [u8::try_from(*needle).expect("few"); 32];
        self.parts.iter().map(of).collect()
    }

    fn kind(&self) -> Option<Fingerprint> {
        self.kind
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, head: Option<&[u8]>) -> Interest {
        match (item.path.extension().and_then(|end| end.to_str()), head) {
            (Some("skip"), _) | (Some("head"), Some([b'Z', ..])) => Interest::Nothing,
            (Some("log"), _) => Interest::Pieces,
            (Some("head"), None) => Interest::Head,
            _ => Interest::Whole,
        }
    }

    fn interest_from_memory(&self, item: &ItemFacts<'_>, parts: &PartSet, head: &[u8]) -> Interest {
        let is_whole = head.len() < HEAD_REMEMBERED;
        let has_none = parts.iter().all(|part| {
            let needle = NEEDLES[self.parts[part].0].as_bytes();
            let others: [&[u8]; 2] = [b"BROKEN", b"BESIDE"];
            !contains(head, needle) && !others.iter().any(|text| contains(head, text))
        });
        if is_whole && has_none {
            Interest::Nothing
        } else {
            self.interest(item, parts, None)
        }
    }

    fn check_of(&self, part: usize, _remembered: &Check) -> Option<Check> {
        Some(yara(IDS[self.parts[part].1]))
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(Seeking {
            seeker: self,
            asked: PartSet::none(0),
            content: Vec::new(),
        })
    }
}

struct Seeking<'s> {
    seeker: &'s Seeker<'s>,
    asked: PartSet,
    content: Vec<u8>,
}

impl DetectorSession for Seeking<'_> {
    fn start(&mut self, item: &ItemFacts<'_>, parts: &PartSet) -> Result<(), DetectorError> {
        assert!(item.kind == ItemKind::File || item.kind == ItemKind::Member);
        self.asked = parts.clone();
        self.content.clear();
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        self.content.extend_from_slice(piece);
        Ok(())
    }

    fn looked_elsewhere(&self) -> bool {
        contains(&self.content, b"BESIDE")
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        let seeker = self.seeker;
        let so_far = seeker.count.fetch_add(1, Ordering::Relaxed);
        if seeker.ended_after.is_some_and(|limit| so_far >= limit) {
            seeker.ended.store(true, Ordering::Relaxed);
        }
        let mut matches = Vec::new();
        for part in self.asked.iter() {
            let (needle, id) = seeker.parts[part];
            let is_beside = seeker.beside && contains(&self.content, b"BESIDE");
            if is_beside || contains(&self.content, NEEDLES[needle].as_bytes()) {
                matches.push(Match {
                    part,
                    check: yara(IDS[id]),
                    value: NEEDLES[needle].to_owned(),
                    place: None,
                });
            }
        }
        let fails_now = seeker.is_failing && contains(&self.content, b"FAILS");
        if fails_now || contains(&self.content, b"BROKEN") {
            return Err(DetectorError::of("on purpose").with_matches(matches));
        }
        Ok(matches)
    }
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

struct Opener;

impl Unpacker for Opener {
    fn fingerprint(&self) -> Fingerprint {
        [7; 32]
    }

    fn recognises(&self, _name: &[u8], head: &[u8]) -> bool {
        head.starts_with(b"PACKED")
    }

    fn unpack(
        &self,
        _name: &[u8],
        _head: &[u8],
        _size_bytes: u64,
        content: &mut dyn ReadSeek,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) {
        let mut all = String::new();
        content.read_to_string(&mut all).expect("it can be read");
        for inside in all.split('|').skip(1) {
            let told = match inside.split_once('=') {
                _ if stop() => return,
                Some((name, content)) => each(Unpacked::Member {
                    path: &[name.as_bytes().to_vec()],
                    container: "zip",
                    content: MemberContent::Whole(content.as_bytes()),
                }),
                None => {
                    let name = inside.trim_end_matches('!').as_bytes().to_vec();
                    let path: Vec<Vec<u8>> = Some(name)
                        .filter(|name| !name.is_empty())
                        .into_iter()
                        .collect();
                    each(Unpacked::NotOpened {
                        path: &path,
                        reason: domain::Reason::Encrypted,
                        detail: "why",
                    })
                }
            };
            if told.is_break() {
                return;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sweep_that_remembers_says_what_one_says_that_reads_everything(
        contents in prop::collection::vec(0..CONTENTS.len(), NAMES.len()),
        steps in prop::collection::vec(step(), 2..14),
    ) {
        let mut host = Host::new();
        for (name, content) in contents.into_iter().enumerate() {
            host.take(&Step::Write(name, content))?;
        }
        for step in &steps {
            host.take(step)?;
        }
    }
}
