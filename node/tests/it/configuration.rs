//! Folders: what is written, what is refused.

use std::os::unix::fs::PermissionsExt as _;

use node::{Config, CreateError, Node};

use crate::tree::{Level, clock, organisation};

#[test]
fn secrets_are_readable_by_their_owner_only() {
    let level = Level::new(&clock(), "vn.mot", |config| {
        config.authority = Some(node::AuthoritySetup::default());
    });
    for name in ["node.key", "authority.key", "catalogue.key", "node.toml"] {
        let path = level.folder.path().join(name);
        let mode = fs_err::metadata(path).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn a_node_is_never_created_over_another() {
    let level = Level::new(&clock(), "vn.mot", |_| {});
    let before = level.node.public_key();
    let again = Node::create(
        level.folder.path(),
        &Config::new(organisation("vn.other"), "Other"),
    );
    assert!(matches!(again, Err(CreateError::Exists(_))));
    let reopened = Node::open(level.folder.path(), clock()).expect("opened");
    assert_eq!(reopened.public_key(), before);
}

#[test]
fn settings_that_are_not_valid_create_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config::new(organisation("vn.mot"), "Bộ");
    config.name = "two\nlines".to_owned();
    let refused = Node::create(&folder.path().join("node"), &config);
    assert!(matches!(refused, Err(CreateError::Config(_))));
    assert!(!folder.path().join("node").try_exists().expect("looked"));
}
