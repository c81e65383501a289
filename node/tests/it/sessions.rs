//! Who is signed in, as far as the node keeps it.

use domain::Clock as _;
use jiff::SignedDuration;
use node::Session;

use crate::tree::{Level, clock};

#[test]
fn sessions_survive_a_restart_and_end_with_their_time_or_the_password() {
    let clock = clock();
    let mut level = Level::new(&clock, "vn.mot", |_| {});
    let node = |level: &Level| level.node.clone();
    assert_eq!(node(&level).find_admin_password_hash().expect("read"), None);
    node(&level)
        .set_admin_password_hash("hash one")
        .expect("kept");
    let session = Session {
        officer: "Lan".to_owned(),
        expires_at: clock.now() + SignedDuration::from_hours(8),
    };
    for token in [[1; 32], [2; 32]] {
        node(&level).open_session(&token, &session).expect("kept");
    }
    level.crash();
    let find = |level: &Level, token| level.node.find_session(&token).expect("read");
    assert_eq!(find(&level, [1; 32]).expect("kept").officer, "Lan");
    level.node.close_session(&[1; 32]).expect("ended");
    assert!(find(&level, [1; 32]).is_none() && find(&level, [2; 32]).is_some());
    level
        .node
        .set_admin_password_hash("hash two")
        .expect("kept");
    assert!(find(&level, [2; 32]).is_none());
    level.node.open_session(&[3; 32], &session).expect("kept");
    clock.advance(SignedDuration::from_hours(8));
    assert!(find(&level, [3; 32]).is_none());
}
