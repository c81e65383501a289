//! Programs in the place of a browser: a subverted one may say anything, or nothing, or never end.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use browser::{Browser, BrowserError, Limits};
use tempfile::TempDir;

use crate::servers::open;

/// Writes a script where nobody else's account can start it.
fn program(script: &str) -> (TempDir, Browser) {
    let folder = tempfile::tempdir().unwrap();
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), all.clone()).unwrap();
    let path = folder.path().join("browser");
    fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, all).unwrap();
    let browser = Browser::at(&path).unwrap().with_limits(Limits {
        start_time: Duration::from_secs(2),
        ..Limits::default()
    });
    (folder, browser)
}

async fn error_of(script: &str, agent: &str) -> BrowserError {
    let (_folder, browser) = program(script);
    open(&browser, "http://site.test/", agent, &BTreeSet::new())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn one_that_ends_at_once_says_nothing() {
    let error = error_of("exit 1", "agent-ends/1").await;
    assert!(matches!(error, BrowserError::Fault(_)), "{error:?}");
}

#[tokio::test]
async fn one_that_never_answers_is_waited_for_no_longer_and_ends_with_all_that_it_started() {
    let script = "(setsid sh -c 'sleep 1000' agent-silent/1 &) ; sh -c 'sleep 1000' agent-silent/1";
    let error = error_of(script, "agent-silent/1").await;
    assert!(matches!(error, BrowserError::Time(_)), "{error:?}");
}

#[tokio::test]
async fn one_that_talks_without_end_is_not_listened_to() {
    for script in ["tr '\\0' x </dev/zero >&4", "cat /dev/zero >&4"] {
        let error = error_of(script, "agent-talks/1").await;
        assert!(
            matches!(error, BrowserError::Fault(_) | BrowserError::Time(_)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn one_that_answers_nonsense_is_not_believed() {
    let script = "i=1; while [ $i -lt 50 ]; do printf '{\"id\":%d,\"result\":{\"targetId\":7,\"sessionId\":[]}}\\0' $i >&4; \
        printf '[[[\\0{\\0\\0{\"id\":-1}\\0{\"method\":\"Network.requestWillBeSent\",\"params\":{\"requestId\":{}}}\\0' >&4; \
        i=$((i+1)); done; sleep 1000";
    let error = error_of(script, "agent-nonsense/1").await;
    assert!(matches!(error, BrowserError::Fault(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_no_program_is_no_browser() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Browser::at(folder.path()).is_err());
    assert!(Browser::at(&folder.path().join("absent")).is_err());
}

#[tokio::test]
async fn one_that_stores_too_much_is_ended() {
    let script = "head -c 8000000 /dev/zero >$HOME/stored; sleep 1000";
    let (_folder, browser) = program(script);
    let browser = browser.with_limits(Limits {
        disk_bytes: 1024 * 1024,
        ..Limits::default()
    });
    let keys = BTreeSet::new();
    let opened = open(&browser, "http://site.test/", "agent-stores/1", &keys);
    let error = opened.await.unwrap_err();
    assert!(matches!(error, BrowserError::Disk), "{error:?}");
}
