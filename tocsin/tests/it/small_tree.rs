//! An authority, one organisation below it and two hosts, set up with the same commands that people use.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use testkit::wait_until;

use crate::program::{Running, new_key, text, tocsin_done};

/// The content that the alerts of these tests look for. Harmless.
pub const MARKER: &[u8] = b"tocsin test marker: harmless, planted on purpose\n";
/// How many copies of it lie on each host's disk.
pub const MARKERS_PER_HOST: u64 = 4;
pub const HOSTS: [&str; 2] = ["host-a", "host-b"];
const AUTHORITY: &str = "vn.cert";
const CHILD: &str = "vn.mot";

/// The folders of a small tree. Nothing runs until it is started.
pub struct SmallTree {
    folder: tempfile::TempDir,
}

impl SmallTree {
    /// Makes keys, nodes, hosts and their enrolments.
    pub fn set_up() -> Self {
        let tree = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::write(tree.path("passphrase"), "correct horse battery staple").expect("written");
        for name in ["root", "lan", "minh"] {
            let key = tree.path(&format!("{name}.key"));
            let passphrase = tree.path("passphrase");
            new_key(name, text(&key), text(&passphrase));
        }
        tree.init(AUTHORITY, &["--authority"]);
        tree.init(CHILD, &["--isolate", "automatic", "--sharing", "full"]);
        let catalogue_key = tocsin_done(["node", "key", "--folder", text(&tree.node(AUTHORITY))]);
        let (root, key, passphrase) = (
            tree.path("root.json"),
            tree.path("root.key"),
            tree.path("passphrase"),
        );
        let (lan, minh) = (tree.path("lan.key"), tree.path("minh.key"));
        tocsin_done([
            "root",
            "new",
            "--authority",
            AUTHORITY,
            "--name",
            "CERT",
            "--root-key",
            text(&key),
            "--officer",
            text(&lan),
            "--officer",
            text(&minh),
            "--catalogue",
            catalogue_key.trim(),
            "--passphrase-file",
            text(&passphrase),
            "--out",
            text(&root),
        ]);
        tocsin_done([
            "node",
            "adopt-root",
            "--folder",
            text(&tree.node(AUTHORITY)),
            text(&root),
        ]);
        tree
    }

    /// Enrols the child in the authority's node and the hosts in the child's; both nodes must run.
    pub fn enrol(&self) {
        let invitation = tocsin_done([
            "node",
            "invite-organisation",
            "--folder",
            text(&self.node(AUTHORITY)),
            CHILD,
            "Ministry",
        ]);
        tocsin_done([
            "node",
            "enrol",
            "--folder",
            text(&self.node(CHILD)),
            invitation.trim(),
        ]);
    }

    /// Enrols the hosts in the child's node, which must run.
    pub fn enrol_hosts(&self) {
        for host in HOSTS {
            let invitation = tocsin_done([
                "node",
                "invite-host",
                "--folder",
                text(&self.node(CHILD)),
                host,
            ]);
            let folder = self.agent(host);
            tocsin_done([
                "agent",
                "enrol",
                "--folder",
                text(&folder),
                "--name",
                host,
                invitation.trim(),
            ]);
            let settings = folder.join("agent.toml");
            let disk = self.disk(host);
            let roots = format!("roots = [{:?}]", text(&disk));
            let edited = fs::read_to_string(&settings)
                .expect("readable")
                .replace("roots = [\"/\"]", &roots);
            fs::write(
                &settings,
                edited.replace("poll_seconds = 25", "poll_seconds = 2"),
            )
            .expect("written");
            lay_out(&disk);
        }
    }

    /// Drafts, signs twice and issues an alert for the marker; returns its id.
    pub fn issue(&self, number: &str) -> String {
        let (size, sha256) = (MARKER.len(), sha256_hex(MARKER));
        let header = "role,name,size,sha256";
        let table = format!("{header}\npayload,tocsin-marker.bin,{size},{sha256}\n");
        self.issue_table(number, &table)
    }

    /// Drafts an alert from a table, signs it twice and issues it; returns its id.
    pub fn issue_table(&self, number: &str, content: &str) -> String {
        let table = self.path(&format!("{number}.csv"));
        fs::write(&table, content).expect("written");
        let (draft, alert) = (
            self.path(&format!("{number}.draft.json")),
            self.path(&format!("{number}.json")),
        );
        let passphrase = self.path("passphrase");
        tocsin_done([
            "alert",
            "draft",
            "--from",
            text(&table),
            "--authority",
            AUTHORITY,
            "--number",
            number,
            "--title",
            "Marker",
            "--exercise",
            "--ask",
            "inform",
            "--ask",
            "sweep",
            "--ask",
            "isolate",
            "--deadline",
            "2036-01-01T00:00:00Z",
            "--out",
            text(&draft),
        ]);
        let (lan, minh) = (self.path("lan.key"), self.path("minh.key"));
        tocsin_done([
            "alert",
            "sign",
            text(&draft),
            "--key",
            text(&lan),
            "--passphrase-file",
            text(&passphrase),
            "--out",
            text(&alert),
        ]);
        tocsin_done([
            "alert",
            "sign",
            text(&alert),
            "--key",
            text(&minh),
            "--passphrase-file",
            text(&passphrase),
        ]);
        let issued = tocsin_done([
            "node",
            "issue",
            "--folder",
            text(&self.node(AUTHORITY)),
            text(&alert),
            "--officer",
            "Lan",
        ]);
        issued
            .split_whitespace()
            .next()
            .expect("it prints an id")
            .to_owned()
    }

    /// Returns the authority's picture of an alert, as programs see it; nothing while it is not known.
    pub fn picture(&self, alert: &str) -> Option<serde_json::Value> {
        let status = tocsin_done([
            "node",
            "status",
            "--folder",
            text(&self.node(AUTHORITY)),
            "--json",
        ]);
        let status: serde_json::Value = serde_json::from_str(&status).expect("the status is JSON");
        status["alerts"]
            .as_array()?
            .iter()
            .find(|one| one["id"] == alert)
            .cloned()
    }

    pub fn start_authority(&self) -> Running {
        self.start_node(AUTHORITY)
    }

    pub fn start_child(&self) -> Running {
        self.start_node(CHILD)
    }

    pub fn start_agent(&self, host: &str) -> Running {
        Running::start(
            [
                "agent",
                "run",
                "--until-stdin-closes",
                "--folder",
                text(&self.agent(host)),
            ],
            &self.path("log"),
        )
    }

    pub fn child(&self) -> PathBuf {
        self.node(CHILD)
    }

    pub fn agent(&self, host: &str) -> PathBuf {
        self.path(&format!("agent-{host}"))
    }

    pub fn disk(&self, host: &str) -> PathBuf {
        self.path(&format!("disk-{host}"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn node(&self, organisation: &str) -> PathBuf {
        self.path(&format!("node-{organisation}"))
    }

    fn init(&self, organisation: &str, more: &[&str]) {
        let (link, pages) = (free_address(), free_address());
        let folder = self.node(organisation);
        let mut command = vec![
            "node",
            "init",
            "--organisation",
            organisation,
            "--name",
            organisation,
            "--folder",
            text(&folder),
        ];
        command.extend(["--link", &link, "--pages", &pages]);
        command.extend(more);
        tocsin_done(command);
    }

    fn start_node(&self, organisation: &str) -> Running {
        let folder = self.node(organisation);
        let running = Running::start(
            [
                "node",
                "run",
                "--until-stdin-closes",
                "--folder",
                text(&folder),
            ],
            &self.path("log"),
        );
        let settings = fs::read_to_string(folder.join("node.toml")).expect("readable");
        let address = settings
            .split("https://")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("it has an address");
        let answers = wait_until(Duration::from_secs(30), || {
            std::net::TcpStream::connect(address).is_ok()
        });
        let log = || fs::read_to_string(self.path("log")).unwrap_or_default();
        assert!(answers, "the node does not answer at {address}: {}", log());
        running
    }
}

/// Finds copies of the marker that are still on a disk.
pub fn count_markers(disk: &Path) -> u64 {
    let mut count = 0;
    for folder in ["", "a", "a/b"] {
        for entry in fs::read_dir(disk.join(folder)).expect("listable") {
            let path = entry.expect("an entry").path();
            if path.is_file() && fs::read(&path).expect("readable") == MARKER {
                count += 1;
            }
        }
    }
    count
}

fn lay_out(disk: &Path) {
    fs::create_dir_all(disk.join("a/b")).expect("made");
    for number in 0..200u32 {
        let folder = ["", "a", "a/b"][number as usize % 3];
        fs::write(
            disk.join(folder).join(format!("{number}.dat")),
            number.to_le_bytes().repeat(300),
        )
        .expect("written");
    }
    for place in [
        "tocsin-marker.bin",
        "a/other-name.dll",
        "a/b/x.tmp",
        "a/b/y.tmp",
    ] {
        fs::write(disk.join(place), MARKER).expect("written");
    }
    assert_eq!(count_markers(disk), MARKERS_PER_HOST);
}

pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("it has an address")
        .to_string()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    domain::digest::to_hex(&Sha256::digest(bytes))
}
