//! A small site in a folder, its publisher, and what a comparison says of it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fs_err as fs;
use testkit::{at, signing_key};
use webroot::{
    CheckOptions, CheckSummary, Compared, Contents, Finding, FreeFolder, FreeRule, Manifest,
    Signing, check_folder, read_manifest, sign,
};

pub struct Site {
    pub folder: tempfile::TempDir,
    pub root: PathBuf,
}

impl Site {
    /// Makes a site with a page, a program, a picture, a link and a folder for uploads.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("www");
        let site = Self { folder, root };
        site.write("index.html", b"<h1>Welcome</h1>");
        site.write("app/main.php", b"<?php echo 1;");
        site.write("img/logo.png", b"\x89PNG");
        site.write("uploads/a.jpg", b"\xff\xd8");
        std::os::unix::fs::symlink("index.html", site.root.join("start.html")).unwrap();
        site
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn remove(&self, path: &str) {
        rustix::fs::unlink(self.root.join(path)).unwrap();
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn store(&self) -> Contents {
        Contents::open(&self.folder.path().join("store")).unwrap()
    }

    pub fn sign(&self, version: u64) -> Vec<u8> {
        sign_folder(&self.root, version, Some(&self.store()))
    }

    pub fn manifest(&self) -> Arc<Manifest> {
        Arc::new(read(&self.sign(1)))
    }
}

pub fn signing(version: u64) -> Signing {
    Signing {
        site: "syt.example".to_owned(),
        version,
        made_at: at("2026-11-01T00:00:00Z"),
        expires_at: None,
        owner: None,
        free: vec![FreeFolder::new("uploads", FreeRule::NoPrograms).unwrap()],
    }
}

pub fn sign_folder(root: &Path, version: u64, store: Option<&Contents>) -> Vec<u8> {
    let mut out = Vec::new();
    sign(
        root,
        signing(version),
        &signing_key("publisher"),
        store,
        &mut out,
    )
    .unwrap();
    out
}

pub fn read(mut bytes: &[u8]) -> Manifest {
    let trusted = [signing_key("publisher").public_key()];
    read_manifest(&mut bytes, &trusted, at("2026-11-02T00:00:00Z")).unwrap()
}

/// Compares, and returns `what path` of everything that differs, sorted, and what could not be compared.
pub fn compare(root: &Path, manifest: &Arc<Manifest>) -> (Vec<String>, CheckSummary) {
    compare_with(root, manifest, 2)
}

/// The same in this thread.
pub fn compare_alone(root: &Path, manifest: &Arc<Manifest>) -> Vec<String> {
    compare_with(root, manifest, 1).0
}

fn compare_with(
    root: &Path,
    manifest: &Arc<Manifest>,
    threads: usize,
) -> (Vec<String>, CheckSummary) {
    let found = Mutex::new(Vec::new());
    let options = CheckOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        bytes_per_second: None,
    };
    let summary = check_folder(root, manifest, options, &|compared| match compared {
        Compared::Finding(finding) => found.lock().unwrap().push(in_words(&finding)),
        Compared::Unread(unread) => {
            let words = format!("Unread {}", unread.path.to_text());
            found.lock().unwrap().push(words);
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    (found, summary.unwrap())
}

pub fn in_words(finding: &Finding) -> String {
    format!("{:?} {}", finding.what, finding.path.to_text())
}
