//! Joining, and what lies in the folder afterwards.

use std::sync::atomic::AtomicBool;

use agent::{AgentPaths, EnrolError, OpenError, RunError};
use domain::SystemClock;
use testkit::{TestAuthority, wait_until};

use crate::living::{Agent, NoEngines};
use crate::node::{Node, PATIENCE};

#[test]
fn a_folder_belongs_to_one_host_and_to_one_running_agent() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let again = agent::enrol(&agent.paths(), &node.invite(), "other");
    assert!(matches!(again, Err(EnrolError::EnrolledAlready(_))));
    let running = agent.start();
    let asked = || node.inbox.state().feed_count > 0;
    assert!(wait_until(PATIENCE, asked), "the first one has the lock");
    let second = agent.start().end_by_itself();
    assert!(matches!(second, Err(RunError::RunsAlready)), "{second:?}");
    running.stop().expect("ends well");
    agent.start().stop().expect("the folder is free again");
}

#[test]
fn a_node_that_sends_roots_that_do_not_chain_is_not_joined() {
    let node = Node::start();
    let folder = tempfile::tempdir().expect("a folder");
    let paths = AgentPaths::new(folder.path());
    let mut leap = TestAuthority::national();
    leap.root.version = 3;
    node.inbox.state().roots.push(leap.root_bytes());
    let joined = agent::enrol(&paths, &node.invite(), "booking-01");
    assert!(matches!(joined, Err(EnrolError::Root(_))), "{joined:?}");
    let run = agent::run(
        folder.path(),
        &SystemClock,
        &NoEngines,
        &AtomicBool::new(false),
    );
    assert!(matches!(
        run,
        Err(RunError::Open(OpenError::NotEnrolled(_)))
    ));
    // The administrator of the node repairs it; the same folder can be used.
    node.inbox.state().roots.pop();
    agent::enrol(&paths, &node.invite(), "booking-01").expect("joins");
}

#[test]
fn a_name_that_the_node_accepts_is_one_that_the_settings_accept() {
    let node = Node::start();
    let folder = tempfile::tempdir().expect("a folder");
    let paths = AgentPaths::new(folder.path());
    let name = format!("{}'\"\\", "đ".repeat(252));
    agent::enrol(&paths, &node.invite(), &name).expect("joins");
    let settings = agent::Settings::load(&paths.settings()).expect("valid");
    assert_eq!(settings.host_name(), name);
}
