//! Random sweeps, and a model that says what must be known after each.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Finder, Inventory, Judging};
use super::*;
use crate::detector::Fingerprint;

/// Sets of judges that a sweep may ask about.
const SETS: [&[u8]; 5] = [&[1, 2, 3], &[3, 4], &[5], &[1, 2, 3, 4], &[6, 7, 8, 9]];

/// What one sweep learns of one file.
#[derive(Clone, Debug)]
struct Learning {
    file: usize,
    state: u64,
    md5: bool,
    sha256: bool,
    set: usize,
}

#[derive(Clone, Debug)]
struct OneSweep {
    learnings: Vec<Learning>,
    seen: BTreeSet<usize>,
    is_complete: bool,
}

/// What must be known of one file.
#[derive(Clone, Debug, Default, PartialEq)]
struct Expected {
    state: u64,
    md5: bool,
    sha256: bool,
    judges: BTreeSet<u8>,
}

type Model = BTreeMap<usize, Expected>;

fn learning() -> impl Strategy<Value = Learning> {
    (0..12_usize, 0..3_u64, any::<(bool, bool)>(), 0..SETS.len()).prop_map(
        |(file, state, (md5, sha256), set)| Learning {
            file,
            state,
            md5,
            sha256,
            set,
        },
    )
}

fn one_sweep() -> impl Strategy<Value = OneSweep> {
    let seen = proptest::collection::btree_set(0..12_usize, 0..12);
    (vec(learning(), 0..10), seen, any::<bool>()).prop_map(|(learnings, seen, is_complete)| {
        OneSweep {
            learnings,
            seen,
            is_complete,
        }
    })
}

fn path_of(file: usize) -> Vec<u8> {
    // Folders and names of which one is the beginning of another.
    let folder = ["", "/a", "/a/b", "/ab"][file % 4];
    format!("{folder}/{}", "x".repeat(file / 4 + 1)).into_bytes()
}

fn parts_of(set: usize) -> Vec<Fingerprint> {
    SETS[set].iter().map(|number| [*number; 32]).collect()
}

/// States follow each other, as the system's own times do.
fn state_of(scene: &Scene, file: usize, state: u64) -> FileIdentity {
    let settled = scene.settled(file as u64);
    FileIdentity {
        changed: (settled.changed.0 + i64::try_from(state).unwrap(), 0),
        ..settled
    }
}

fn learned(learning: &Learning, judging: &Judging) -> Facts {
    let number = u8::try_from(learning.file * 3).unwrap() + u8::try_from(learning.state).unwrap();
    Facts {
        digests: KnownDigests {
            md5: learning.md5.then_some([number; 16]),
            sha1: None,
            sha256: learning.sha256.then_some([number; 32]),
        },
        judged: super::super::Judged::NOTHING.with(judging),
        ..Facts::default()
    }
}

fn learn(model: &mut Model, learning: &Learning) {
    let expected = model.entry(learning.file).or_default();
    if expected.state != learning.state {
        *expected = Expected {
            state: learning.state,
            ..Expected::default()
        };
    }
    expected.md5 |= learning.md5;
    expected.sha256 |= learning.sha256;
    expected.judges.extend(SETS[learning.set]);
}

fn check(
    scene: &Scene,
    inventory: &Inventory,
    finder: &mut Finder<'_>,
    model: &Model,
    file: usize,
) {
    for state in 0..3 {
        let path = path_of(file);
        let found = finder.find(FilePath::split(&path), &state_of(scene, file, state));
        let expected = model.get(&file).filter(|expected| expected.state == state);
        let shown = found.as_ref().map(|facts| Expected {
            state,
            md5: facts.digests.md5.is_some(),
            sha256: facts.digests.sha256.is_some(),
            judges: judges_of(inventory, facts),
        });
        assert_eq!(shown.as_ref(), expected, "file {file} in state {state}");
        if let Some(md5) = found.and_then(|facts| facts.digests.md5) {
            assert_eq!(u64::from(md5[0]), file as u64 * 3 + state);
        }
    }
}

fn judges_of(inventory: &Inventory, facts: &Facts) -> BTreeSet<u8> {
    let all: Vec<u8> = (0..10).collect();
    let parts: Vec<Fingerprint> = all.iter().map(|number| [*number; 32]).collect();
    let missing = inventory
        .tables()
        .sets
        .judging(None, &parts)
        .missing(facts.judged);
    all.into_iter()
        .filter(|number| !missing.contains(usize::from(*number)))
        .collect()
}

fn run(scene: &Scene, sweeps: &[OneSweep]) {
    let mut model = Model::new();
    for one in sweeps {
        let inventory = scene.open();
        let mut finder = inventory.finder();
        let before = model.clone();
        let mut seen = one.seen.clone();
        for file in &one.seen {
            check(scene, &inventory, &mut finder, &before, *file);
        }
        for learning in &one.learnings {
            // The system's own time of a file never goes back.
            let before = model
                .get(&learning.file)
                .map_or(0, |expected| expected.state);
            let learning = &Learning {
                state: learning.state.max(before),
                ..learning.clone()
            };
            let judging = inventory.judging(&parts_of(learning.set));
            let path = path_of(learning.file);
            let file = state_of(scene, learning.file, learning.state);
            inventory.record(&scene.reading(&path, file), learned(learning, &judging));
            learn(&mut model, learning);
            seen.insert(learning.file);
        }
        let walk = if one.is_complete {
            Walk::Complete {
                roots: vec![b"/".to_vec()],
                excluded: vec![b"/ab".to_vec()],
            }
        } else {
            Walk::Partial
        };
        let summary = inventory.finish(&walk, &scene.clock);
        assert_eq!((summary.problem, summary.not_kept_count), (None, 0));
        if summary.is_rewritten && one.is_complete {
            model.retain(|file, _| seen.contains(file) || path_of(*file).starts_with(b"/ab/"));
        }
        scene.advance_seconds(10);
    }
    let inventory = scene.open();
    let mut finder = inventory.finder();
    for file in 0..12 {
        check(scene, &inventory, &mut finder, &model, file);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn knows_after_any_sweeps_what_a_model_knows(
        sweeps in vec(one_sweep(), 1..6),
        rewriting: bool,
        overlay: bool,
    ) {
        let mut scene = Scene::new();
        if rewriting {
            scene = scene.rewriting_always();
        }
        if overlay {
            // Whatever is in the journal is too long for the memory.
            scene.options.overlay_bytes_max = 0;
        }
        run(&scene, &sweeps);
    }
}
