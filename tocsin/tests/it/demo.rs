//! `tocsin demo --exit`: the whole loop, and the numbers it ends with.

use std::process::Command;

use crate::program::{Running, text, tocsin};

/// How long the demo may take until everything runs, on a loaded machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(90);

#[test]
fn the_demo_ends_with_numbers_that_add_up_at_every_node() {
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = folder.path().join("numbers.json");
    let outcome = tocsin(["demo", "--exit", "--json", text(&numbers)]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    let numbers: serde_json::Value =
        serde_json::from_slice(&fs_err::read(&numbers).expect("written")).expect("it is JSON");
    assert_eq!(numbers["adds_up"], true);
    let nodes = numbers["nodes"].as_array().expect("a list");
    let top = nodes
        .iter()
        .find(|node| node["organisation"] == "vn.vncert")
        .expect("the authority is there");
    let of = |exercise: bool| {
        let mut alerts = top["alerts"].as_array().expect("a list").iter();
        alerts
            .find(|alert| alert["exercise"] == exercise)
            .expect("both alerts are there")["totals"]
            .clone()
    };
    // Counted by hand from the story: 8 hosts with agents and one swept with a kit; one vanished, one partly unreadable.
    for totals in [of(false), of(true)] {
        let hosts = &totals["hosts"];
        assert_eq!(hosts["eligible"], 9, "{totals:#}");
        assert_eq!(
            (&hosts["complete"], &hosts["incomplete"]),
            (&7.into(), &1.into()),
            "{totals:#}"
        );
        assert_eq!(
            (&hosts["unreachable"], &hosts["pending"]),
            (&1.into(), &0.into()),
            "{totals:#}"
        );
        assert_eq!(
            (
                &totals["addressed"],
                &totals["received"],
                &totals["acknowledged"]
            ),
            (&4.into(), &4.into(), &4.into())
        );
        assert_eq!(
            (&totals["overdue"], &totals["refused_isolate"]),
            (&1.into(), &1.into()),
            "{totals:#}"
        );
    }
    // The dispatch: nothing confirmed, nothing isolated; one path with other content, in the office.
    let dispatch = of(false);
    assert_eq!(
        (
            &dispatch["confirmed"],
            &dispatch["suspicious"],
            &dispatch["isolated"]
        ),
        (&0.into(), &1.into(), &0.into())
    );
    // The exercise: five markers on four hosts, one of them inside an archive; three are where isolation is permitted.
    let exercise = of(true);
    assert_eq!(
        (
            &exercise["confirmed"],
            &exercise["isolated"],
            &exercise["hosts_found"]
        ),
        (&5.into(), &3.into(), &4.into())
    );
}

#[test]
fn the_demo_leaves_no_process_behind_when_it_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let stage = folder.path().join("stage");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_tocsin"))
        .args(["demo", "--folder", text(&stage)])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let agents = || count_processes_in(&stage);
    assert!(
        testkit::wait_until(PATIENCE, || agents() >= 8),
        "the demo never came up"
    );
    demo.kill().expect("our own child");
    demo.wait().expect("our own child");
    assert!(
        testkit::wait_until(std::time::Duration::from_secs(20), || agents() == 0),
        "{} are left",
        agents()
    );
}

#[test]
fn an_interrupted_demo_removes_its_folder_and_leaves_no_process_behind() {
    let temporary = tempfile::tempdir().expect("a folder");
    let log = temporary.path().join("log");
    let child = Command::new(env!("CARGO_BIN_EXE_tocsin"))
        .arg("demo")
        .env("TMPDIR", temporary.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(fs_err::File::create(&log).expect("a log").into_parts().0)
        .spawn()
        .expect("it starts");
    let mut demo = Running(child);
    let stages = || {
        let entries = fs_err::read_dir(temporary.path()).expect("listed");
        entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name() != "log")
            .count()
    };
    let agents = || count_processes_in(temporary.path());
    // In the middle: nodes and agents run, and the picture is not final.
    assert!(
        testkit::wait_until(PATIENCE, || agents() >= 8),
        "the demo never came up"
    );
    demo.interrupt();
    assert_eq!(demo.wait(), Some(3));
    let said = fs_err::read_to_string(&log).expect("readable");
    assert!(said.contains("interrupted"), "{said}");
    assert_eq!((agents(), stages()), (0, 0), "nothing is left");
}

/// Counts processes whose command line names the stage.
fn count_processes_in(stage: &std::path::Path) -> usize {
    let stage = text(stage).as_bytes();
    let processes = fs_err::read_dir("/proc")
        .expect("Linux")
        .filter_map(Result::ok);
    let lines = processes.filter_map(|entry| fs_err::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            line.windows(stage.len()).any(|part| part == stage)
                && line.windows(3).any(|part| part == b"run")
        })
        .count()
}
