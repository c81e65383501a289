//! What the demo stands on: a temporary folder, a clock that it moves, free ports, and the people's passphrases.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::{Clock, SystemClock};
use fs_err as fs;
use jiff::Timestamp;

use super::processes::Program;

/// When the demo begins: the morning of the dispatch, in Hanoi.
const BEGINS_AT: &str = "2016-08-03T02:00:00Z";
/// The name that the pages' administrator signs in with.
pub const ADMINISTRATOR: &str = "trucban";

/// The stage of one demo. What it holds is removed when it is dropped, unless it is to be kept.
pub struct Stage {
    folder: Folder,
    /// Starts this program with the demo's clock.
    pub program: Program,
    /// The password of the pages, drawn for this demo.
    pub password: String,
}

enum Folder {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Stage {
    /// Sets the stage in `folder`, which is kept, or in a temporary one.
    pub fn set(folder: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match folder {
            Some(folder) => {
                fs::create_dir(folder)
                    .context("the demo needs a folder of its own that is not there yet")?;
                Folder::Kept(std::path::absolute(folder)?)
            }
            None => Folder::Temporary(tempfile::Builder::new().prefix("tocsin-demo-").tempdir()?),
        };
        let at = match &folder {
            Folder::Kept(path) => path.as_path(),
            Folder::Temporary(folder) => folder.path(),
        };
        for name in ["documents", "hosts", "logs", "nodes", "officers"] {
            fs::create_dir(at.join(name))?;
        }
        let program = Program::new(&at.join("clock"), &at.join("logs"))?;
        let password = draw_password()?;
        let stage = Self {
            folder,
            program,
            password,
        };
        stage.move_clock(BEGINS_AT.parse()?)?;
        stage.write_passphrase()?;
        Ok(stage)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Kept(path) => path,
            Folder::Temporary(folder) => folder.path(),
        }
    }

    /// Returns the file that moves the clock.
    pub fn clock_file(&self) -> PathBuf {
        self.folder().join("clock")
    }

    /// Returns the file with the passphrase of the officers' keys.
    pub fn passphrase_file(&self) -> PathBuf {
        self.folder().join("officers").join("passphrase")
    }

    /// Returns where a document lies.
    pub fn document(&self, name: &str) -> PathBuf {
        self.folder().join("documents").join(name)
    }

    /// Returns an officer's key.
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder().join("officers").join(format!("{name}.key"))
    }

    /// Returns a node's folder.
    pub fn node(&self, organisation: &str) -> PathBuf {
        self.folder().join("nodes").join(organisation)
    }

    /// Returns the folder of a host's agent.
    pub fn agent(&self, host: &str) -> PathBuf {
        self.folder().join("hosts").join(host).join("agent")
    }

    /// Returns a host's disk.
    pub fn disk(&self, host: &str) -> PathBuf {
        self.folder().join("hosts").join(host).join("disk")
    }

    /// Returns the folder of the watch of web sites.
    pub fn watch(&self) -> PathBuf {
        self.folder().join("watch")
    }

    /// Moves every process of the demo to `to`, from where time goes on.
    pub fn move_clock(&self, to: Timestamp) -> anyhow::Result<()> {
        let offset = to.as_second() - SystemClock.now().as_second();
        let new = self.folder().join("clock.new");
        fs::write(&new, offset.to_string())?;
        Ok(fs::rename(new, self.clock_file())?)
    }

    fn write_passphrase(&self) -> anyhow::Result<()> {
        Ok(fs::write(
            self.passphrase_file(),
            format!("{}-{}", draw_password()?, draw_password()?),
        )?)
    }
}

impl Drop for Stage {
    /// A folder that nobody may read cannot be removed by whoever made it, unless that is undone first.
    fn drop(&mut self) {
        if let Folder::Temporary(folder) = &self.folder {
            for host in super::story::HOSTS {
                let closed = folder
                    .path()
                    .join("hosts")
                    .join(host.name)
                    .join("disk/Users/giamdoc");
                let _ = fs::set_permissions(
                    closed,
                    std::os::unix::fs::PermissionsExt::from_mode(0o700),
                );
            }
        }
    }
}

/// Returns a loopback address that was free a moment ago.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("could not find a free port")?;
    Ok(listener.local_addr()?)
}

/// Draws ten letters and digits that people can tell apart: 50 bits.
fn draw_password() -> anyhow::Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).context("could not draw random bytes")?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect())
}
