//! Random trees, random alerts: the ledger and the judgements against a naive reading of the rules, which asks each
//! check about each file and shares no code with the sweep.

use std::collections::BTreeMap;
use std::path::Path;

use domain::{
    Alert, CheckCoverage, CheckKind, Confidence, Indicator, Judgement, Observable, Role, SizeRange,
};
use md5::{Digest as _, Md5};
use proptest::prelude::*;
use sha1::Sha1;
use sha2::Sha256;
use sweep::Thoroughness;

use crate::scene::{Tree, alert, sweep_with};

const NAMES: [&str; 5] = ["a.exe", "A.EXE", "b.dll", "c", "Đ.txt"];
const FOLDERS: [&str; 4] = ["", "Windows", "windows/x", "Users/Lan/AppData/Roaming"];
const SOUGHT_NAMES: [&str; 4] = ["a.exe", "B.dll", "đ.TXT", "nowhere.exe"];
const SOUGHT_PATHS: [&str; 4] = [
    r"C:\Windows\a.exe",
    r"%APPDATA%\b.dll",
    r"C:\windows\X\*",
    "/windows/x/c",
];
const CONTENTS: [&str; 6] = ["", "x", "y", "longer", "as long", "the longest of all"];

/// One file: folder, name and content by number.
type FileChoice = (usize, usize, usize);

#[derive(Clone, Debug)]
struct IndicatorChoice {
    role: usize,
    confidence: usize,
    /// Minimum, and how much more.
    size: Option<(u64, u64)>,
    /// Algorithm and content.
    digests: Vec<(usize, usize)>,
    name: Option<usize>,
    path: Option<usize>,
}

fn indicator_choice() -> impl Strategy<Value = IndicatorChoice> {
    (
        0..3_usize,
        0..3_usize,
        prop::option::of((0..20_u64, 0..4_u64)),
        prop::collection::vec((0..3_usize, 0..CONTENTS.len()), 0..3),
        prop::option::of(0..SOUGHT_NAMES.len()),
        prop::option::of(0..SOUGHT_PATHS.len()),
    )
        .prop_map(
            |(role, confidence, size, digests, name, path)| IndicatorChoice {
                role,
                confidence,
                size,
                digests,
                name,
                path,
            },
        )
        .prop_filter("it is told by something", |choice| {
            !choice.digests.is_empty() || choice.name.is_some() || choice.path.is_some()
        })
}

fn hash(algorithm: usize, content: &str) -> Vec<u8> {
    match algorithm {
        0 => Md5::digest(content).to_vec(),
        1 => Sha1::digest(content).to_vec(),
        _ => Sha256::digest(content).to_vec(),
    }
}

fn build_alert(choices: &[IndicatorChoice]) -> Alert {
    let indicators = choices.iter().enumerate().map(|(number, choice)| {
        let mut observables = Vec::new();
        for (algorithm, content) in &choice.digests {
            let kind = ["md5", "sha1", "sha256"][*algorithm];
            let hex = domain::digest::to_hex(&hash(*algorithm, CONTENTS[*content]));
            observables.push(Observable::new(kind, &hex).expect("it is valid"));
        }
        if let Some(name) = choice.name {
            observables
                .push(Observable::new("file-name", SOUGHT_NAMES[name]).expect("it is valid"));
        }
        if let Some(path) = choice.path {
            observables.push(Observable::new("path", SOUGHT_PATHS[path]).expect("it is valid"));
        }
        Indicator {
            id: format!("i{number}"),
            label: "label".to_owned(),
            role: [Role::Payload, Role::AbusedLegitimate, Role::Context][choice.role],
            confidence: [Confidence::High, Confidence::Medium, Confidence::Low][choice.confidence],
            size: choice
                .size
                .and_then(|(min, more)| SizeRange::new(min, min + more)),
            observables,
        }
    });
    alert(indicators.collect())
}

/// A file as the oracle sees it.
struct Seen {
    /// From `/`.
    components: Vec<String>,
    content: String,
}

impl Seen {
    fn has_name(&self, choice: &IndicatorChoice) -> bool {
        let name = self.components.last().expect("it is valid").to_uppercase();
        choice
            .name
            .is_some_and(|sought| SOUGHT_NAMES[sought].to_uppercase() == name)
    }

    fn has_path(&self, choice: &IndicatorChoice) -> bool {
        let upper: Vec<String> = self.components.iter().map(|c| c.to_uppercase()).collect();
        let upper = upper.join("/");
        let plain = self.components.join("/");
        match choice.path {
            None => false,
            Some(0) => format!("/{upper}").ends_with("/WINDOWS/A.EXE"),
            Some(1) => {
                let parts: Vec<&str> = upper.split('/').collect();
                let n = parts.len();
                n >= 5
                    && parts[n - 5] == "USERS"
                    && parts[n - 3..] == ["APPDATA", "ROAMING", "B.DLL"]
            }
            Some(2) => {
                let parts: Vec<&str> = upper.split('/').collect();
                let n = parts.len();
                n >= 3 && parts[n - 3..n - 1] == ["WINDOWS", "X"]
            }
            Some(_) => format!("/{plain}").ends_with("/windows/x/c"),
        }
    }

    /// Whether the name is the last component of the path that is sought.
    fn has_name_of_path(&self, choice: &IndicatorChoice) -> bool {
        let name = self.components.last().expect("it is valid").to_uppercase();
        match choice.path {
            None => false,
            Some(0) => name == "A.EXE",
            Some(1) => name == "B.DLL",
            Some(2) => self.has_path(choice),
            Some(_) => name == "C",
        }
    }

    fn has_size(&self, choice: &IndicatorChoice) -> bool {
        let size = self.content.len() as u64;
        choice
            .size
            .is_some_and(|(min, more)| min <= size && size <= min + more)
    }
}

/// How a digest check covers a file.
#[derive(PartialEq)]
enum Covered {
    OutsidePlan,
    ByContent,
    ByMetadata,
}

struct Oracle<'c> {
    choices: &'c [IndicatorChoice],
    thorough: bool,
}

impl Oracle<'_> {
    /// The algorithms that every file is hashed with.
    fn everything(&self) -> [bool; 3] {
        let mut used = [false; 3];
        for choice in self.choices {
            let nowhere = choice.size.is_none() && choice.name.is_none() && choice.path.is_none();
            if nowhere || self.thorough {
                choice
                    .digests
                    .iter()
                    .for_each(|(algorithm, _)| used[*algorithm] = true);
            }
        }
        used
    }

    fn covered(&self, choice: &IndicatorChoice, file: &Seen) -> Covered {
        let named = file.has_name(choice) || file.has_path(choice) || file.has_name_of_path(choice);
        let all = self.everything();
        let hashed_anyway = choice.digests.iter().all(|(algorithm, _)| all[*algorithm]);
        if self.thorough {
            Covered::ByContent
        } else if choice.size.is_some() {
            if file.has_size(choice) {
                Covered::ByContent
            } else {
                Covered::ByMetadata
            }
        } else if hashed_anyway || named {
            Covered::ByContent
        } else {
            Covered::OutsidePlan
        }
    }

    /// The algorithms that a file is hashed with.
    fn hashed(&self, file: &Seen) -> [bool; 3] {
        let mut used = self.everything();
        for choice in self.choices {
            if file.has_name(choice) || file.has_path(choice) {
                used = [true; 3];
            }
            if self.covered(choice, file) == Covered::ByContent {
                choice
                    .digests
                    .iter()
                    .for_each(|(algorithm, _)| used[*algorithm] = true);
            }
        }
        used
    }

    fn has_digest(&self, choice: &IndicatorChoice, file: &Seen) -> bool {
        let hashed = self.hashed(file);
        choice
            .digests
            .iter()
            .any(|(algorithm, content)| hashed[*algorithm] && CONTENTS[*content] == file.content)
    }

    fn judge(&self, choice: &IndicatorChoice, file: &Seen) -> Option<Judgement> {
        let (name, path) = (file.has_name(choice), file.has_path(choice));
        let same = self.has_digest(choice, file);
        if !name && !path && !same {
            return None;
        }
        let (payload, context) = (choice.role == 0, choice.role == 2);
        let high = choice.confidence == 0;
        let other = !choice.digests.is_empty() || (choice.size.is_some() && !file.has_size(choice));
        Some(if context {
            Judgement::Context
        } else if same && payload && high {
            Judgement::Confirmed
        } else if same
            || (path && (payload || !other))
            || (name && !path && !other && payload && high)
        {
            Judgement::Suspicious
        } else {
            Judgement::Context
        })
    }

    fn checks(&self, files: &[Seen]) -> Vec<CheckCoverage> {
        let mut checks = Vec::new();
        for (number, choice) in self.choices.iter().enumerate() {
            let new = |kind| CheckCoverage {
                kind,
                indicator: format!("i{number}"),
                hits: 0,
                absent_by_metadata: 0,
                absent_by_content: 0,
                outside_plan: 0,
                not_examined: 0,
            };
            if !choice.digests.is_empty() {
                let mut check = new(CheckKind::Digest);
                for file in files {
                    let count = match self.covered(choice, file) {
                        _ if self.has_digest(choice, file) => &mut check.hits,
                        Covered::ByContent => &mut check.absent_by_content,
                        Covered::ByMetadata => &mut check.absent_by_metadata,
                        Covered::OutsidePlan => &mut check.outside_plan,
                    };
                    *count += 1;
                }
                checks.push(check);
            }
            let mut by_location = |kind, matches: &dyn Fn(&Seen) -> bool| {
                let mut check = new(kind);
                check.hits = files.iter().filter(|file| matches(file)).count() as u64;
                check.absent_by_metadata = files.len() as u64 - check.hits;
                checks.push(check);
            };
            if choice.name.is_some() {
                by_location(CheckKind::FileName, &|file| file.has_name(choice));
            }
            if choice.path.is_some() {
                by_location(CheckKind::Path, &|file| file.has_path(choice));
            }
        }
        checks
    }
}

fn components(path: &Path) -> Vec<String> {
    path.components()
        .skip(1)
        .map(|component| {
            component
                .as_os_str()
                .to_str()
                .expect("it is valid")
                .to_owned()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_ledger_and_the_judgements_are_those_of_asking_each_check_about_each_file(
        files in prop::collection::vec((0..FOLDERS.len(), 0..NAMES.len(), 0..CONTENTS.len()), 0..12),
        choices in prop::collection::vec(indicator_choice(), 1..6),
        thorough: bool,
    ) {
        let tree = Tree::new();
        let root = tree.path().canonicalize().expect("it is valid");
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        for (folder, name, content) in files as Vec<FileChoice> {
            let path = Path::new(FOLDERS[folder]).join(NAMES[name]);
            tree.write(path.to_str().expect("it is valid"), CONTENTS[content]);
            let path = root.join(path);
            seen.insert(path.to_str().expect("it is valid").to_owned(), Seen {
                components: components(&path),
                content: CONTENTS[content].to_owned(),
            });
        }
        let mut options = tree.options();
        options.thoroughness =
            if thorough { Thoroughness::HashEverything } else { Thoroughness::AsPlanned };
        let report = sweep_with(&build_alert(&choices), None, &options);

        let oracle = Oracle { choices: &choices, thorough };
        let expected: BTreeMap<&String, Judgement> = seen
            .iter()
            .filter_map(|(path, file)| {
                let judged = choices.iter().filter_map(|choice| oracle.judge(choice, file)).max();
                judged.map(|judgement| (path, judgement))
            })
            .collect();
        let found: BTreeMap<&String, Judgement> = report
            .findings
            .iter()
            .map(|finding| (&finding.item.text, finding.judgement))
            .collect();
        prop_assert_eq!(found, expected);
        let files: Vec<Seen> = seen.into_values().collect();
        prop_assert_eq!(report.coverage.item_count, files.len() as u64);
        prop_assert_eq!(report.coverage.checks, oracle.checks(&files));
        prop_assert!(report.coverage.complete);
    }
}
