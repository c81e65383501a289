//! `tocsin quarantine`: what an agent isolated comes back bit for bit.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use fs_err as fs;
use testkit::wait_until;

use crate::program::{text, tocsin, tocsin_done};
use crate::small_tree::{HOSTS, MARKER, SmallTree, count_markers};

#[test]
fn an_isolated_file_comes_back_with_its_times_owner_and_mode() {
    let tree = SmallTree::set_up();
    let _authority = tree.start_authority();
    let _child = tree.start_child();
    tree.enrol();
    tree.enrol_hosts();
    let host = HOSTS[0];
    let marker = tree.disk(host).join("tocsin-marker.bin");
    fs::set_permissions(&marker, std::os::unix::fs::PermissionsExt::from_mode(0o641)).expect("set");
    let old = std::time::UNIX_EPOCH + Duration::new(1_470_000_000, 123_456_789);
    fs::File::options()
        .write(true)
        .open(&marker)
        .expect("opened")
        .file()
        .set_modified(old)
        .expect("set");
    let before = fs::metadata(&marker).expect("it is there");
    let _agent = tree.start_agent(host);
    tree.issue("T-1");
    let disk = tree.disk(host);
    assert!(
        wait_until(Duration::from_mins(1), || count_markers(&disk) == 0),
        "never isolated"
    );

    let folder = tree.agent(host);
    let listing = tocsin_done(["quarantine", "list", "--json", "--folder", text(&folder)]);
    let listing: serde_json::Value = serde_json::from_str(&listing).expect("JSON");
    let entries = listing["entries"].as_array().expect("a list");
    let entry = entries
        .iter()
        .find(|entry| entry["item"]["text"] == text(&marker))
        .expect("it is listed");
    let id = entry["id"].as_str().expect("it has an id");

    fs::write(&marker, "somebody else's file").expect("written");
    let refused = tocsin(["quarantine", "restore", id, "--folder", text(&folder)]);
    assert_eq!(
        refused.code, 3,
        "nothing is overwritten: {}",
        refused.stdout
    );
    assert_eq!(
        fs::read(&marker).expect("readable"),
        b"somebody else's file"
    );
    fs::rename(&marker, disk.join("moved-away")).expect("moved");

    tocsin_done(["quarantine", "restore", id, "--folder", text(&folder)]);
    let after = fs::metadata(&marker).expect("it is back");
    assert_eq!(fs::read(&marker).expect("readable"), MARKER);
    let identity = |meta: &std::fs::Metadata| {
        (
            meta.mode(),
            meta.uid(),
            meta.gid(),
            meta.mtime(),
            meta.mtime_nsec(),
        )
    };
    assert_eq!(identity(&after), identity(&before));
}
