//! Starts a browser: in a process group, with limits and a new profile, that hears us on file 3, answers on file 4, and has no
//! other way to the network than our proxy. Its profile is removed when it ends.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::net::unix::pipe;

use crate::browser::Sandbox;
use crate::limits::Limits;
use crate::platform::{Group, Kin, Usage, unprivileged};
use crate::profiles::Profile;

/// Limits of each of its processes, and the pipes in their places: what the shell is given as its input and output become the
/// files 3 and 4 that `--remote-debugging-pipe` means. No memory image, 60 s of processor, files of 256 MiB; should the machine's
/// memory end, this goes first. Limits of address space are none that a browser can live with: its memory is counted instead.
const SCRIPT: &str = "ulimit -c 0; ulimit -t 60; ulimit -f 524288; echo 900 >/proc/self/oom_score_adj; \
    exec 3<&0 4>&1 </dev/null >/dev/null; exec \"$@\"";

/// What every browser is started with, whatever it is to show.
const ARGUMENTS: [&str; 40] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-startup-window",
    // Asks nobody for anything by itself.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-features=InitialWebUI,MediaRouter,OptimizationHints,PreloadTopChromeWebUI,Translate,WebUIOmniboxPopup,\
     IsolateOrigins,site-per-process",
    // One process for a page and its frames, so that one conversation tells of all. There is nothing in the profile that
    // one site could take from another.
    "--disable-site-isolation-trials",
    // Reaches nothing but the proxy: also not what is called local, no other protocol, no name of its own finding.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    // Asks nobody who is not there.
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--disable-hang-monitor",
    "--disable-notifications",
    "--disable-print-preview",
    "--disable-prompt-on-repost",
    "--mute-audio",
    "--noerrdialogs",
    "--password-store=basic",
    // Looks the same on every machine and each time.
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    "--lang=vi",
    // What it keeps is in its profile, and goes with it.
    "--disable-dev-shm-usage",
    "--disk-cache-size=16777216",
];

/// Files of one browser; a new profile has some hundred.
const FILES_MAX: usize = 20_000;

/// What a browser is started for.
pub(crate) struct Start<'s> {
    pub(crate) program: &'s Path,
    pub(crate) sandbox: Sandbox,
    pub(crate) proxy: SocketAddr,
    pub(crate) agent: &'s str,
    /// Public keys that are believed without an authority, as SHA-256 in base64.
    pub(crate) keys: Vec<String>,
}

/// A browser that runs. It ends with this value, whole, and its profile after it.
pub(crate) struct Running {
    group: Group,
    profile: Profile,
}

impl Running {
    /// Starts one, and returns with it the way to it and the way from it.
    pub(crate) fn start(
        start: &Start<'_>,
        limits: &Limits,
    ) -> io::Result<(Self, pipe::Sender, pipe::Receiver)> {
        let user = unprivileged();
        let profile = Profile::make(&std::env::temp_dir(), user)?;
        let home = profile.path().display().to_string();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(start.program)
            .args(ARGUMENTS)
            .args(arguments_of(start, limits))
            .arg(format!("--user-data-dir={home}"))
            // Nothing of our surroundings: no proxy, no display, no secret.
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(user) = user {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(user);
        }
        let (group, input, output) = Group::start(&mut command, format!("HOME={home}"))?;
        let running = Self { group, profile };
        let sender = pipe::Sender::from_owned_fd(OwnedFd::from(input))?;
        let receiver = pipe::Receiver::from_owned_fd(OwnedFd::from(output))?;
        Ok((running, sender, receiver))
    }

    /// Returns by what its processes are recognised.
    pub(crate) fn kin(&self) -> Kin {
        self.group.kin()
    }

    /// Returns what it needs at the moment.
    pub(crate) fn usage(&self) -> Usage {
        self.group.usage()
    }

    /// Returns how many bytes its files have; what cannot be counted is too much.
    pub(crate) fn disk_bytes(&self) -> u64 {
        let mut bytes = 0_u64;
        let mut files = 0;
        let mut folders = vec![self.profile.path().to_owned()];
        while let Some(folder) = folders.pop() {
            // Files that come and go meanwhile are as good as none.
            for entry in fs_err::read_dir(&folder).into_iter().flatten().flatten() {
                files += 1;
                if files > FILES_MAX {
                    return u64::MAX;
                }
                let Ok(about) = entry.metadata() else {
                    continue;
                };
                if about.is_dir() {
                    folders.push(entry.path());
                } else {
                    // What it takes on the disk: files with holes are said to be larger.
                    bytes = bytes.saturating_add(about.blocks().saturating_mul(512));
                }
            }
        }
        bytes
    }

    /// Ends it, and returns when it has gone, without holding up anybody else.
    pub(crate) async fn end(mut self) {
        let _ = tokio::task::spawn_blocking(move || self.group.end()).await;
    }
}

fn arguments_of(start: &Start<'_>, limits: &Limits) -> Vec<String> {
    let (width, height) = limits.window;
    let mut arguments = vec![
        format!("--proxy-server=http://{}", start.proxy),
        format!("--user-agent={}", start.agent),
        format!("--window-size={width},{height}"),
        // Scripts get a third of the memory before their own engine ends them.
        format!(
            "--js-flags=--max-old-space-size={}",
            limits.memory_bytes / 3 / 1024 / 1024
        ),
    ];
    if !start.keys.is_empty() {
        let keys = start.keys.join(",");
        arguments.push(format!("--ignore-certificate-errors-spki-list={keys}"));
    }
    if start.sandbox == Sandbox::Without {
        arguments.push("--no-sandbox".to_owned());
    }
    arguments
}
