//! Kill any process at any moment, restart it, and nothing acknowledged is lost and nothing is counted twice.

use std::time::Duration;

use testkit::wait_until;

use crate::program::{Running, text, tocsin_done};
use crate::small_tree::{HOSTS, MARKERS_PER_HOST, SmallTree, count_markers};

/// How often something is killed. With the waits between, some kills fall into every phase of the round.
const KILLS: u32 = 40;
/// Fixed, so that a failure can be looked at again; the scheduler makes every run different anyway.
const SEED: u64 = 20_160_803;

#[test]
fn a_round_survives_any_process_being_killed_at_any_moment() {
    let tree = SmallTree::set_up();
    let mut processes: Vec<Running> = vec![tree.start_authority(), tree.start_child()];
    tree.enrol();
    tree.enrol_hosts();
    for host in HOSTS {
        processes.push(tree.start_agent(host));
    }
    let mut random = Random(SEED);
    let first = tree.issue("T-1");
    let mut acknowledged = false;
    let mut second = None;
    for kill in 0..KILLS {
        let pause = Duration::from_millis(random.below(250));
        let _ = wait_until(pause, || false);
        let victim = usize::try_from(random.below(4)).expect("small");
        processes[victim].kill();
        processes[victim] = match victim {
            0 => tree.start_authority(),
            1 => tree.start_child(),
            agent => tree.start_agent(HOSTS[agent - 2]),
        };
        if kill == KILLS / 2 {
            second = Some(tree.issue("T-2"));
        }
        if !acknowledged {
            acknowledged = acknowledge(&tree, &first);
        }
    }
    let second = second.expect("it was issued half way");
    assert!(
        acknowledged || wait_until(Duration::from_mins(1), || acknowledge(&tree, &first)),
        "the alert never arrived"
    );
    for (alert, found_hosts) in [(&first, 2), (&second, 0)] {
        assert_final(&tree, alert, found_hosts);
    }
    for host in HOSTS {
        assert_eq!(
            count_markers(&tree.disk(host)),
            0,
            "every marker is isolated on {host}"
        );
        let folder = tree.agent(host);
        let listing = tocsin_done(["quarantine", "list", "--json", "--folder", text(&folder)]);
        let listing: serde_json::Value = serde_json::from_str(&listing).expect("JSON");
        let entries = listing["entries"].as_array().expect("a list").len() as u64;
        assert_eq!(
            entries, MARKERS_PER_HOST,
            "each marker is in the vault of {host} exactly once"
        );
    }
}

/// The picture at the top is complete, and says exactly what is the case. Which of the two alerts found the markers
/// depends on when the second one was issued, so only the sum over both is certain.
fn assert_final(tree: &SmallTree, alert: &str, found_hosts_min: u64) {
    let mut last = None;
    let complete = wait_until(Duration::from_secs(90), || {
        last = tree.picture(alert);
        last.as_ref()
            .is_some_and(|picture| picture["totals"]["hosts"]["complete"] == 2)
    });
    let picture = last.expect("the authority knows its own alert");
    assert!(complete, "never complete: {picture:#}");
    let hosts = &picture["totals"]["hosts"];
    for (state, count) in [
        ("eligible", 2),
        ("incomplete", 0),
        ("unreachable", 0),
        ("refused", 0),
        ("pending", 0),
    ] {
        assert_eq!(hosts[state], count, "{state} in {picture:#}");
    }
    assert_eq!(picture["totals"]["addressed"], 1);
    if found_hosts_min > 0 {
        assert_eq!(picture["totals"]["hosts_found"], 2, "{picture:#}");
        assert_eq!(
            picture["totals"]["confirmed"],
            2 * MARKERS_PER_HOST,
            "{picture:#}"
        );
        assert_eq!(
            picture["totals"]["isolated"],
            2 * MARKERS_PER_HOST,
            "{picture:#}"
        );
        assert_eq!(
            picture["totals"]["acknowledged"], 1,
            "an acknowledgement that was taken is never lost"
        );
    }
}

/// Acknowledges at the child's node, once the alert is there.
fn acknowledge(tree: &SmallTree, alert: &str) -> bool {
    let folder = tree.child();
    let outcome = crate::program::tocsin([
        "node",
        "acknowledge",
        "--folder",
        text(&folder),
        alert,
        "--officer",
        "Minh",
    ]);
    outcome.code == 0
}

/// xorshift64*: chance that can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit
    }
}
