//! The target of the folder in which a watch keeps what it knows: whoever owns the host can write into it, and the node and the
//! people at the desk read it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use watch::keeping::{Archive, check_of, host_of, name_of, verify_chain};
use watch::reading::FolderReader;
use watch::{Approval, Approver, PageMemory, SiteMemory};

use crate::targets::Parser;

const PAGE: &str = "https://a.example.vn/";
const SILENT_AFTER: Duration = Duration::from_mins(15);
const TARGETS: &str =
    r#"[{"url":"https://a.example.vn/","organisation":"vn.a","supplier":"S","contact":"1"}]"#;
const STANDINGS: &str =
    r#"{"https://a.example.vn/":{"verdict":"defacement","at":"1970-01-01T00:00:00Z"}}"#;
const CASES: &str = r#"{"open":{"a":{"state":{"state":"confirmed"},"pages":{"https://a.example.vn/":{"verdict":"cloaking"}}}}}"#;
/// What lines of the chain say.
const ENTRIES: [&str; 4] = [
    r#"{"at":"1970-01-01T00:00:00Z","target":"https://a.example.vn/","event":"check","body":{"verdict":"injection","reasons":[{"kind":"title","from":"a","to":"b\u0007\u202e"}],"reasons_left_out":9}}"#,
    r#"{"at":"1970-01-01T00:00:01Z","target":"https://a.example.vn/","event":"check","body":{"schema":1,"verdict":"takeover","reasons":[],"reasons_left_out":0,"visitor":"watch","before":null,"after":null,"record":"00","pages":[]}}"#,
    r#"{"at":"1970-01-01T00:00:02Z","target":"https://a.example.vn/","event":"approval","body":{"by":"An","note":""}}"#,
    r#"{"at":"-009999-01-02T01:59:59Z","target":"","event":"notice","body":null}"#,
];

/// The folder of a watch.
struct Folder {
    place: tempfile::TempDir,
    chain: Vec<u8>,
    memory: Vec<u8>,
}

impl Folder {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        fs_err::create_dir(place.path().join("sites")).expect("a folder");
        let folder = Self {
            place,
            chain: chain_of(&ENTRIES.map(str::as_bytes)),
            memory: memory(),
        };
        folder.put_back();
        folder
    }

    fn files(&self) -> [(PathBuf, &[u8]); 5] {
        let path = |name: &str| self.place.path().join(name);
        let memory = name_of(host_of(PAGE).as_bytes());
        [
            (path("evidence.jsonl"), &self.chain),
            (path("targets.json"), TARGETS.as_bytes()),
            (path("standings.json"), STANDINGS.as_bytes()),
            (path("cases.json"), CASES.as_bytes()),
            (path(&format!("sites/{}.json", &memory[..32])), &self.memory),
        ]
    }

    fn put_back(&self) {
        for (path, good) in self.files() {
            write(&path, good);
        }
    }

    /// Reads it as the node does, and as the desk does. Returns how many lines are proved.
    fn read(&self) -> Option<u64> {
        let folder = self.place.path();
        let mut reader = FolderReader::new(folder, None);
        reader.read(Timestamp::UNIX_EPOCH, SILENT_AFTER);
        let reading = reader.read(Timestamp::UNIX_EPOCH, SILENT_AFTER);
        let archive = Archive::open(folder).expect("there is a chain");
        let _ = (archive.targets(), archive.standings());
        if let Ok(Some(site)) = archive.memory(PAGE)
            && let Some(page) = site.pages.get(PAGE)
        {
            let _ = page.nearest(&page.last);
        }
        if let Ok(history) = archive.history(PAGE) {
            let _ = (
                history.last_check(),
                history.began(),
                history.last_in_order(),
            );
            for line in history.lines.iter().filter_map(check_of) {
                assert!(archive.record(&line).is_err(), "there are no contents");
            }
        }
        let proved = verify_chain(&folder.join("evidence.jsonl"), &mut |_| {}).ok();
        let told = reading
            .proof
            .map(|proof| proof.lines)
            .filter(|lines| *lines > 0);
        let proved = proved.map(|proof| proof.lines).filter(|lines| *lines > 0);
        assert!(told == proved || told.is_none(), "both read the same");
        proved
    }
}

/// The bytes as each file of the folder, and each line as an entry of a chain whose digests are right.
pub fn watch_folder() -> Parser {
    let folder = Folder::new();
    Box::new(move |bytes| {
        for (path, good) in folder.files() {
            write(&path, bytes);
            folder.read();
            write(&path, good);
        }
        let lines = bytes.split(|byte| *byte == b'\n').take(32);
        let entries: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
        let (path, good) = folder.files()[0].clone();
        write(&path, &chain_of(&entries));
        folder.read();
        write(&path, good);
    })
}

/// The files as they are, and entries of a chain.
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let files = folder.files().map(|(_, good)| good.to_vec());
    let entries = ENTRIES.join("\n").into_bytes();
    files.into_iter().chain([entries]).collect()
}

/// Writes a chain of these entries, by the format's description and not by the code that is tried.
fn chain_of(entries: &[&[u8]]) -> Vec<u8> {
    let mut chain = Vec::new();
    let mut previous = "0".repeat(64);
    for (number, entry) in (1_u64..).zip(entries) {
        let mut digest = Sha256::new();
        digest.update(number.to_le_bytes());
        digest.update(previous.as_bytes());
        digest.update(entry);
        let digest = domain::digest::to_hex(&digest.finalize());
        let head =
            format!(r#"{{"number":{number},"previous":"{previous}","digest":"{digest}","entry":"#);
        chain.extend_from_slice(head.as_bytes());
        chain.extend_from_slice(entry);
        chain.extend_from_slice(b"}\n");
        previous = digest;
    }
    chain
}

fn memory() -> Vec<u8> {
    let source = pages::Source {
        url: PAGE,
        content_type: None,
        body: "<title>Sở</title><p>Lịch<script src=a.js></script><a href=//b.example>b</a>"
            .as_bytes(),
        style_sheets: &[],
    };
    let page = pages::parse(&source, &pages::Limits::default());
    let approver = Approver::default();
    let mut site = SiteMemory::default();
    let approval = Approval { page, approver };
    site.pages
        .insert(PAGE.to_owned(), PageMemory::begin(approval));
    serde_json::to_vec(&site).expect("it can be kept")
}

fn write(path: &Path, bytes: &[u8]) {
    fs_err::write(path, bytes).expect("room for a file");
}
