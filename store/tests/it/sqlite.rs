//! The contract on `SQLite`, and what only a file can do.

use std::thread;

use store::{Store, StoreError};
use tempfile::TempDir;

use crate::contract::{self, Opened};

/// Runs each part of the contract on a folder of its own.
macro_rules! on_sqlite {
    ($($part:ident),+ $(,)?) => {
        $(#[test]
        fn $part() {
            contract::$part(&Folder::new());
        })+
    };
}

on_sqlite!(
    a_failed_change_has_not_happened,
    a_report_is_replaced_by_newer_ones_only,
    a_newer_roll_up_replaces_all_rows_of_the_older,
    a_newer_watch_report_replaces_all_rows_of_the_older,
    a_restored_copy_goes_on_above_the_positions_of_readers,
    a_second_opening_sees_what_was_committed,
    a_token_is_used_once,
    an_older_root_stays_findable,
    documents_keep_their_first_bytes,
    findings_that_are_found_again_keep_their_number,
    refusals_are_bounded_and_repeats_are_one_line,
    sessions_end,
    superseded_is_derived_from_newer_versions,
    the_feed_hands_out_what_is_current_and_authorities_first,
    the_feed_never_uses_a_number_twice,
    the_outbox_coalesces_by_slot_and_keeps_what_came_later,
    what_a_child_shares_is_bounded,
    what_one_child_is_told_no_other_reads_and_the_newest_only,
);

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }
}

impl Opened for Folder {
    fn open(&self) -> Store {
        Store::open(self.0.path()).expect("opened")
    }
}

#[test]
fn another_writer_is_noticed_and_oneself_is_not() {
    let folder = Folder::new();
    let (ours, theirs) = (folder.open(), folder.open());
    let before = ours.change_stamp().expect("read");
    ours.write(|change| change.set_setting("a", "1"))
        .expect("written");
    assert_eq!(ours.change_stamp().expect("read"), before);
    theirs
        .write(|change| change.set_setting("a", "2"))
        .expect("written");
    assert_ne!(ours.change_stamp().expect("read"), before);
}

#[test]
fn writers_in_several_connections_wait_for_each_other() {
    let folder = Folder::new();
    folder.open();
    let stores: Vec<Store> = (0..4).map(|_| folder.open()).collect();
    thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| {
                for _ in 0..25 {
                    // Read, then write: without an immediate transaction some of these would be lost or fail.
                    let added = store.write(|change| -> Result<_, StoreError> {
                        let text = change.find_setting("count")?.unwrap_or_default();
                        let count: u32 = text.parse().unwrap_or(0);
                        change.set_setting("count", &(count + 1).to_string())
                    });
                    added.expect("written");
                }
            });
        }
    });
    let count = folder.open().read(|view| view.find_setting("count"));
    assert_eq!(count.expect("read").as_deref(), Some("100"));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let folder = Folder::new();
    folder.open();
    let path = folder.0.path().join("node.sqlite");
    let connection = rusqlite::Connection::open(&path).expect("opened");
    connection
        .pragma_update(None, "user_version", 999)
        .expect("set");
    drop(connection);
    assert!(matches!(
        Store::open(folder.0.path()),
        Err(StoreError::Newer { found: 999, .. })
    ));
}

#[test]
fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let folder = Folder::new();
    let path = folder.0.path().join("node.sqlite");
    std::fs::File::create(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[b'x'; 4096]))
        .expect("written");
    assert!(Store::open(folder.0.path()).is_err());
    let length = path.metadata().expect("still there").len();
    assert_eq!(length, 4096);
}
