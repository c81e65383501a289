//! Targets that read what this program wrote itself: the inventory, the vault, the lists of what was not examined, the table
//! of what is in hand. Disks break, and whoever owns a host can write into them.

use std::path::{Path, PathBuf};

use domain::{AlertId, Finding, Hit, ItemKind, ItemPath, Judgement, Strength, Why};
use sweep::{Restore, Vault};

use crate::targets::Parser;

/// What the sample of the vault holds. The kept manifest is of it.
const CONTENT: &[u8] = b"harmless content that a target calls a payload\n";

/// Its SHA-256.
const SHA256: &str = "c4f19df7e5f4f10932b31a963314dba7079995f9d74e328e448de0bf966ec123";

/// A clock that stands still.
#[derive(Debug)]
struct Standing;

impl domain::Clock for Standing {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

/// The same bytes as the sorted file and as the journal.
pub fn inventory() -> Parser {
    let folder = tempfile::tempdir().expect("a folder");
    Box::new(move |bytes| {
        for (present, absent) in [("base", "journal"), ("journal", "base")] {
            // It need not be there.
            let _ = fs_err::remove_dir_all(folder.path().join(absent));
            remove(&folder.path().join(absent));
            fs_err::write(folder.path().join(present), bytes).expect("room for a file");
            let _ = sweep::inventory::status(folder.path(), &Standing);
            let never = || true;
            let _ = sweep::inventory::verify(folder.path(), 1, &Standing, &never, &mut |_| {});
        }
    })
}

/// A vault with one entry whose folders are made once.
struct Entry {
    folder: tempfile::TempDir,
    id: String,
    manifest: Vec<u8>,
    content: Vec<u8>,
}

impl Entry {
    /// Isolates a file of the same content each time, with the same key.
    fn make() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let vault_folder = folder.path().join("vault");
        fs_err::create_dir(&vault_folder).expect("a folder");
        fs_err::write(vault_folder.join("key"), [7; 32]).expect("room for a file");
        let file = folder.path().join("payload");
        fs_err::write(&file, CONTENT).expect("room for a file");
        let vault = Vault::open(&vault_folder).expect("a vault");
        let entry = vault
            .isolate(&finding(&file), AlertId::from_bytes([7; 32]), &Standing)
            .expect("a file that can be isolated");
        let own = vault_folder.join(&entry.id);
        Self {
            manifest: fs_err::read(own.join("manifest.json")).expect("a manifest"),
            content: fs_err::read(own.join("content")).expect("a copy"),
            id: entry.id,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("vault").join(&self.id).join(name)
    }

    /// Does what is done with a vault: goes on after a crash, lists, puts back.
    fn use_with(&self, manifest: &[u8], content: &[u8]) {
        // What the execution before left undone, or what was recovered by being taken out.
        let own = self.folder.path().join("vault").join(&self.id);
        fs_err::create_dir_all(own).expect("a folder");
        fs_err::write(self.path("manifest.json"), manifest).expect("room for a file");
        fs_err::write(self.path("content"), content).expect("room for a file");
        let Ok(vault) = Vault::open(&self.folder.path().join("vault")) else {
            return;
        };
        let _ = vault.list();
        let target = self.folder.path().join("restored");
        remove(&target);
        if vault
            .restore(&self.id, &Restore::To(target.clone()))
            .is_ok()
        {
            let restored = fs_err::read(&target).expect("what was restored");
            assert_eq!(restored, CONTENT, "exact, or refused");
        }
    }
}

/// The bytes as the manifest of an entry, as its content, and as places of its content with what stands there now.
pub fn vault() -> Parser {
    let entry = Entry::make();
    Box::new(move |bytes| {
        entry.use_with(bytes, &entry.content);
        entry.use_with(&entry.manifest, bytes);
        let mut changed = entry.content.clone();
        for change in bytes.chunks_exact(2) {
            if let Some(byte) = changed.get_mut(usize::from(change[0])) {
                *byte = change[1];
            }
        }
        entry.use_with(&entry.manifest, &changed);
    })
}

/// The list as it is paged through, and the table as a supervisor reads it of a sweep that ended.
pub fn lists() -> Parser {
    let folder = tempfile::tempdir().expect("a folder");
    Box::new(move |bytes| {
        let path = folder.path().join("list");
        fs_err::write(&path, bytes).expect("room for a file");
        for (reason, from, count) in [
            (None, 0, 100),
            (Some(domain::Reason::Encrypted), 1, 1),
            (None, u64::MAX, usize::MAX),
        ] {
            let page = sweep::not_examined::read_page(&path, reason, from, count);
            assert!(page.is_ok_and(|page| page.items.len() <= count) || !bytes.is_empty());
        }
        if let Ok(table) = sweep::in_hand::table::Reader::open(&path) {
            let _ = table.change_counts();
            let _ = table.entries();
        }
    })
}

fn finding(file: &Path) -> Finding {
    let hit = Hit {
        indicator: "payload".to_owned(),
        kind: "yara".to_owned(),
        value: "payload".to_owned(),
        strength: Strength::Content,
        place: None,
    };
    Finding {
        judgement: Judgement::Confirmed,
        why: Why::RuleConfirmed,
        item: ItemPath::from_bytes(file.as_os_str().as_encoded_bytes()),
        kind: ItemKind::File,
        size_bytes: CONTENT.len() as u64,
        modified_at: None,
        md5: None,
        sha1: None,
        sha256: Some(SHA256.to_owned()),
        hits: vec![hit],
        hits_left_out: 0,
        combinations: Vec::new(),
        isolation: None,
        package: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "files of this run only")]
fn remove(file: &Path) {
    // It need not be there.
    let _ = std::fs::remove_file(file);
}
