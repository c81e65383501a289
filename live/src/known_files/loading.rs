//! Loading the databases, each as far as it can be read.

use std::collections::HashMap;
use std::path::Path;

use crate::known_files::apk::{Entry, parse_installed};
use crate::known_files::dpkg::{Diversions, Stanza, parse_diversions, parse_md5sums, parse_status};
use crate::known_files::table::{Packages, TableBuilder};
use crate::known_files::{Database, KnownFiles};
use crate::platform::Tree;
use crate::unread::{Cause, Unread};

/// Bytes of one file of a database: 256 MiB.
const FILE_BYTES_MAX: usize = 256 << 20;
/// Files of all packages: 8 million, 300 MB. A whole distribution has 5 million.
const ROW_COUNT_MAX: usize = 8_000_000;
/// Packages: 200,000.
const PACKAGE_COUNT_MAX: usize = 200_000;
const DPKG_STATUS: &[u8] = b"/var/lib/dpkg/status";
const DPKG_DIVERSIONS: &[u8] = b"/var/lib/dpkg/diversions";
const DPKG_LISTS: &[u8] = b"/var/lib/dpkg/info";
const APK: [&[u8]; 2] = [b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed"];
/// Databases of other kinds.
const OTHERS: [(&[u8], &str); 8] = [
    (b"/var/lib/rpm/rpmdb.sqlite", "rpm"),
    (b"/var/lib/rpm/Packages", "rpm"),
    (b"/var/lib/rpm/Packages.db", "rpm"),
    (b"/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"),
    (b"/usr/lib/sysimage/rpm/Packages.db", "rpm"),
    (b"/usr/share/rpm/rpmdb.sqlite", "rpm"),
    (b"/var/lib/pacman/local/ALPM_DB_VERSION", "pacman"),
    (b"/var/db/pkg", "portage"),
];
/// Folders that are one with another on most systems of today.
const MERGED: [&[u8]; 8] = [
    b"/bin",
    b"/sbin",
    b"/lib",
    b"/lib32",
    b"/lib64",
    b"/libx32",
    b"/usr/sbin",
    b"/usr/lib64",
];
const MERGED_WITH: [&[u8]; 6] = [
    b"/usr/bin",
    b"/usr/sbin",
    b"/usr/lib",
    b"/usr/lib32",
    b"/usr/lib64",
    b"/usr/libx32",
];

/// What is loaded so far.
struct Loading<'a> {
    tree: &'a Tree,
    known: KnownFiles,
    packages: Packages,
    md5: TableBuilder<16>,
    sha1: TableBuilder<20>,
    full: bool,
}

/// Loads every database below `root`.
pub(super) fn load(root: &Path) -> KnownFiles {
    let tree = match Tree::open(root) {
        Ok(tree) => tree,
        Err(error) => {
            return KnownFiles {
                unread: vec![Unread::new("package databases", error.into())],
                ..KnownFiles::default()
            };
        }
    };
    let mut loading = Loading {
        tree: &tree,
        known: KnownFiles {
            merged: merged_folders(&tree),
            ..KnownFiles::default()
        },
        packages: Packages::default(),
        md5: TableBuilder::new(),
        sha1: TableBuilder::new(),
        full: false,
    };
    loading.load_dpkg();
    loading.load_apk();
    loading.finish()
}

impl Loading<'_> {
    fn load_dpkg(&mut self) {
        let Some(status) = self.read(DPKG_STATUS) else {
            return;
        };
        let diversions = self.read(DPKG_DIVERSIONS).unwrap_or_default();
        let diversions = parse_diversions(&diversions);
        let mut numbers: HashMap<(String, String), u32> = HashMap::new();
        for stanza in parse_status(&status) {
            self.add_stanza(stanza, &mut numbers);
        }
        let lists = match self.tree.list(DPKG_LISTS, 20 * PACKAGE_COUNT_MAX) {
            Ok((names, _)) => names,
            Err(error) => return self.note(DPKG_LISTS, error.into()),
        };
        for list in lists {
            let Some(name) = list.strip_suffix(b".md5sums") else {
                continue;
            };
            let path = [DPKG_LISTS, b"/", &list].concat();
            if let Some(sums) = self.read(&path) {
                let name = String::from_utf8_lossy(name);
                self.add_sums(&name, &sums, &diversions, &mut numbers);
            }
        }
    }

    fn add_stanza(&mut self, stanza: Stanza, numbers: &mut HashMap<(String, String), u32>) {
        let Some(number) = self.add_package(&stanza.name, &stanza.version, Database::Dpkg) else {
            return;
        };
        for (path, digest) in stanza.configuration {
            self.add_md5(&path, digest, number);
        }
        // A list without an architecture in its name is of the only one installed.
        let any = (stanza.name.clone(), String::new());
        numbers.entry(any).or_insert(number);
        numbers.insert((stanza.name, stanza.architecture), number);
    }

    fn add_sums(
        &mut self,
        list: &str,
        sums: &[u8],
        diversions: &Diversions,
        numbers: &mut HashMap<(String, String), u32>,
    ) {
        let (name, architecture) = list.split_once(':').unwrap_or((list, ""));
        let key = (name.to_owned(), architecture.to_owned());
        let number = match numbers.get(&key) {
            Some(&number) => number,
            None => match self.add_package(name, "", Database::Dpkg) {
                Some(number) => *numbers.entry(key).or_insert(number),
                None => return,
            },
        };
        parse_md5sums(sums, &mut |path, digest| {
            let path = match diversions.get(&path) {
                Some((elsewhere, owner)) if owner != name => elsewhere,
                _ => &path,
            };
            self.add_md5(path, digest, number);
        });
    }

    fn load_apk(&mut self) {
        for database in APK {
            let Some(installed) = self.read(database) else {
                continue;
            };
            let mut number = None;
            parse_installed(&installed, &mut |entry| match entry {
                Entry::Package(name, version) => {
                    number = self.add_package(&name, &version, Database::Apk);
                }
                Entry::File(path, digest) => {
                    if let Some(number) = number.filter(|_| self.has_room()) {
                        let path = self.known.plain_path(&path);
                        self.sha1.add(&path, digest, number);
                    }
                }
            });
            // The newer place is a link to the older one, or the other way round.
            break;
        }
    }

    fn add_md5(&mut self, path: &[u8], digest: [u8; 16], package: u32) {
        if self.has_room() {
            let path = self.known.plain_path(path);
            self.md5.add(&path, digest, package);
        }
    }

    fn add_package(&mut self, name: &str, version: &str, database: Database) -> Option<u32> {
        if self.packages.len() >= PACKAGE_COUNT_MAX {
            self.full = true;
            return None;
        }
        Some(
            self.packages
                .add(name.to_owned(), version.to_owned(), database),
        )
    }

    fn has_room(&mut self) -> bool {
        self.full |= self.md5.len() + self.sha1.len() >= ROW_COUNT_MAX;
        !self.full
    }

    /// Reads a file of a database, if there is one.
    fn read(&mut self, path: &[u8]) -> Option<Vec<u8>> {
        match self.tree.read(path, FILE_BYTES_MAX) {
            Ok(content) => {
                if content.cut {
                    self.note(path, Cause::TooLarge("bytes of a package database"));
                }
                Some(content.bytes)
            }
            Err(Cause::Vanished) => None,
            Err(cause) => {
                self.note(path, cause);
                None
            }
        }
    }

    fn note(&mut self, path: &[u8], cause: Cause) {
        let what = domain::ItemPath::from_bytes(path).to_string();
        self.known.unread.push(Unread::new(what, cause));
    }

    fn finish(mut self) -> KnownFiles {
        for (path, name) in OTHERS {
            if self.tree.stat(path).is_ok() {
                let cause = Cause::NotAvailable("databases of this kind are not read");
                let what = format!("packages of {name}");
                self.known.unread.push(Unread::new(what, cause));
            }
        }
        if self.full {
            let cause = Cause::TooLarge("files of packages");
            self.known
                .unread
                .push(Unread::new("more files of packages", cause));
        }
        KnownFiles {
            packages: self.packages,
            md5: self.md5.build(),
            sha1: self.sha1.build(),
            ..self.known
        }
    }
}

fn merged_folders(tree: &Tree) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut merged = Vec::new();
    for folder in MERGED {
        if !tree.is_link(folder) {
            continue;
        }
        let same = MERGED_WITH
            .iter()
            .find(|real| **real != folder && !tree.is_link(real) && tree.same(folder, real));
        if let Some(real) = same {
            merged.push((folder.to_vec(), real.to_vec()));
        }
    }
    merged
}
