//! The agent and the process in which it sweeps: that one is killed, crashed and held back, and the agent goes on.

use std::path::PathBuf;
use std::time::Duration;

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use testkit::wait_until;

use crate::program::{Running, text, tocsin};
use crate::small_tree::{HOSTS, MARKER, MARKERS_PER_HOST, SmallTree, sha256_hex};

const PATIENCE: Duration = Duration::from_mins(1);
const HOST: &str = HOSTS[0];

/// One host's agent, with the nodes above it.
struct Stage {
    tree: SmallTree,
    _nodes: [Running; 2],
}

impl Stage {
    fn set_up() -> Self {
        let tree = SmallTree::set_up();
        let nodes = [tree.start_authority(), tree.start_child()];
        tree.enrol();
        tree.enrol_hosts();
        Self {
            tree,
            _nodes: nodes,
        }
    }

    /// Replaces a line of the agent's settings.
    fn edit(&self, line: &str, by: &str) {
        let file = self.tree.agent(HOST).join("agent.toml");
        let settings = fs::read_to_string(&file).expect("readable");
        assert!(settings.contains(line), "{settings}");
        // Whole or not at all: the agent looks at it meanwhile.
        let new = file.with_extension("new");
        fs::write(&new, settings.replace(line, by)).expect("written");
        fs::rename(&new, &file).expect("renamed");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.tree.path("log")).unwrap_or_default()
    }

    /// Returns the report of an alert, once the agent has handed it over.
    fn reported(&self, alert: &str) -> Option<Value> {
        let file = self.tree.agent(HOST).join(format!("progress/{alert}.json"));
        let progress: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        (progress["phase"] == "reported").then(|| progress["report"].clone())
    }

    fn wait_for_report(&self, alert: &str) -> Value {
        let mut report = None;
        let _ = wait_until(PATIENCE, || {
            report = self.reported(alert);
            report.is_some()
        });
        report.unwrap_or_else(|| panic!("no report: {}", self.log()))
    }

    fn list_of_not_examined(&self, alert: &str) -> PathBuf {
        let folder = self.tree.agent(HOST).join("not-examined");
        folder.join(format!("{alert}.jsonl"))
    }
}

/// Waits for a process that sweeps and is not `last`.
fn next_worker(agent: &Running, last: Option<Pid>) -> Pid {
    let mut worker = None;
    let _ = wait_until(PATIENCE, || {
        worker = agent.worker().filter(|pid| Some(*pid) != last);
        worker.is_some()
    });
    worker.expect("somebody sweeps")
}

#[test]
fn a_sweep_is_held_back_by_the_settings_and_whole_although_its_process_is_killed() {
    let stage = Stage::set_up();
    stage.edit("paused = false", "paused = true");
    let mut agent = stage.tree.start_agent(HOST);
    let alert = stage.tree.issue("T-1");
    let mut last = None;
    for kill in 0..3_u64 {
        let worker = next_worker(&agent, last);
        let _ = wait_until(Duration::from_millis(150 * kill), || false);
        kill_process(worker, Signal::KILL).expect("our own");
        last = Some(worker);
    }
    let held = next_worker(&agent, last);
    // What makes no sense is named by its key, and what held before goes on to hold.
    stage.edit("cpu_percent = 100", "cpu_percent = 0");
    assert!(
        wait_until(PATIENCE, || stage.log().contains("cpu_percent")),
        "{}",
        stage.log()
    );
    assert_eq!(stage.reported(&alert), None, "it was to wait");
    assert_eq!(agent.worker(), Some(held));
    stage.edit("cpu_percent = 0", "cpu_percent = 90");
    stage.edit("paused = true", "paused = false");
    let report = stage.wait_for_report(&alert);
    assert_eq!(report["coverage"]["complete"], true, "{report:#}");
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len() as u64, MARKERS_PER_HOST);
    for finding in findings {
        assert!(finding["isolation"]["isolated"].is_object(), "{finding:#}");
    }
    assert!(agent.runs());
    assert!(wait_until(PATIENCE, || agent.worker().is_none()));
    assert!(stage.list_of_not_examined(&alert).is_file());
    let inventory = stage.tree.agent(HOST).join("inventory");
    let status = tocsin(["inventory", "status", "--folder", text(&inventory)]);
    assert_eq!(status.code, 0, "{}{}", status.stdout, status.stderr);
}

#[test]
fn an_item_that_ends_every_process_that_matches_it_is_reported_and_the_agent_goes_on() {
    let stage = Stage::set_up();
    // Nothing of it is stored, and under this name it is hashed for as long as this test can look.
    let deadly = stage.tree.disk(HOST).join("a/tocsin-marker.bin");
    fs::File::create(&deadly)
        .and_then(|file| file.set_len(1 << 42))
        .expect("sparse");
    let mut agent = stage.tree.start_agent(HOST);
    let table = format!(
        "role,name,sha256\npayload,tocsin-marker.bin,{}\n",
        sha256_hex(MARKER)
    );
    let alert = stage.tree.issue_table("T-1", &table);
    let mut crashes = 0;
    let _ = wait_until(PATIENCE, || {
        if let Some(worker) = agent.worker().filter(|_| agent.has_open(&deadly)) {
            crashes += 1;
            let _ = kill_process(worker, Signal::ABORT);
            let _ = wait_until(PATIENCE, || agent.worker() != Some(worker));
        }
        stage.reported(&alert).is_some()
    });
    let report = stage.wait_for_report(&alert);
    assert_eq!(
        crashes,
        2,
        "suspected once, then convicted: {}",
        stage.log()
    );
    assert_eq!(report["outcome"], "found-incomplete", "{report:#}");
    let lines = report["coverage"]["not_examined"]
        .as_array()
        .expect("lines");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["reason"], "detector-failed");
    assert_eq!(lines[0]["count"], 1);
    assert_eq!(lines[0]["examples"][0]["text"], text(&deadly));
    let list = fs::read_to_string(stage.list_of_not_examined(&alert)).expect("a list");
    assert!(list.contains(text(&deadly)), "{list}");
    assert!(agent.runs(), "{}", stage.log());
    // The next alert is swept for by the same agent.
    fs::write(&deadly, "harmless").expect("written");
    let next = stage.tree.issue("T-2");
    let report = stage.wait_for_report(&next);
    assert_eq!(report["coverage"]["complete"], true, "{report:#}");
    assert!(agent.runs());
}
