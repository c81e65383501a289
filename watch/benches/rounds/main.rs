//! What the running watch costs where nothing changes: checks each second, processor time for 1,000 of them, and memory for many
//! sites; and beside each figure the same requests made by hand, which is what this machine can do at all.
//!
//! `cargo bench -p watch --bench rounds [-- SITES [SECONDS]]`, 14,000 sites and 180 s by default. Servers, and each measurement, are
//! processes of their own.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot be set up has failed"
)]

mod bare;
mod counting;
mod serving;
mod watching;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use bare::Sessions;
use serving::Served;

/// What is measured: a name, and how the sites answer.
pub const KINDS: [(&str, Kind); 3] = [
    ("304 unchanged", Kind::NotModified),
    ("200 with the same 20 kB", Kind::Same),
    ("304 unchanged over TLS 1.3", Kind::Tls),
];

/// How the sites answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With 304.
    NotModified,
    /// With the whole page.
    Same,
    /// With 304, over TLS.
    Tls,
}

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| !one.starts_with("--bench"))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", folder] => serving::serve(folder.as_ref()),
        ["prepare", folder, sites] => counting::prepare(folder.as_ref(), sites.parse().unwrap()),
        ["count", folder] => counting::measure(folder.as_ref()),
        ["bare", folder, kind, seconds, sessions @ ..] => {
            let sessions = match sessions {
                ["resumed"] => Sessions::Resumed,
                _ => Sessions::New,
            };
            bare::measure(
                &Served::read(folder.as_ref()),
                kind_of(kind),
                seconds.parse().unwrap(),
                sessions,
            );
        }
        ["watch", folder, kind, sites, period_ms, seconds] => watching::measure(
            &Served::read(folder.as_ref()),
            folder.as_ref(),
            kind_of(kind),
            &watching::Round {
                sites: sites.parse().unwrap(),
                period_ms: period_ms.parse().unwrap(),
                seconds: seconds.parse().unwrap(),
            },
        ),
        words => {
            let number = |at: usize, default: u64| {
                words.get(at).map_or(default, |text| text.parse().unwrap())
            };
            all(number(0, 14_000), number(1, 180));
        }
    }
}

fn all(sites: u64, seconds: u64) {
    // In memory, or setting up many sites would measure the disk.
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let mut server = Server(start(&["serve", &path]));
    // It says so when it listens.
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    println!(
        "{:<34} {:>9} {:>12} {:>12} {:>9} {:>9}",
        "", "looks/s", "ms CPU/1000", "server's", "peak MB", "late ms"
    );
    let short = "15";
    for (number, (name, _)) in KINDS.iter().enumerate() {
        let kind = number.to_string();
        for arguments in [
            vec!["bare", &path, &kind, short],
            vec!["bare", &path, &kind, short, "resumed"],
            // As fast as it can: many more are due than can be made.
            vec!["watch", &path, &kind, "2000", "200", short],
        ] {
            let is_resumed = arguments.contains(&"resumed");
            if is_resumed && KINDS[number].1 != Kind::Tls {
                continue;
            }
            let before = cpu_of(server.0.id());
            let output = run(&arguments);
            let how = if is_resumed { "resumed" } else { arguments[0] };
            print(
                &format!("{name}, {how}"),
                &output,
                cpu_of(server.0.id()) - before,
            );
        }
    }
    count(sites);
    for (number, (name, _)) in KINDS.iter().enumerate() {
        let (sites, seconds) = (sites.to_string(), seconds.to_string());
        let before = cpu_of(server.0.id());
        let output = run(&[
            "watch",
            &path,
            &number.to_string(),
            &sites,
            "60000",
            &seconds,
        ]);
        print(
            &format!("{name}, {sites}/min"),
            &output,
            cpu_of(server.0.id()) - before,
        );
    }
}

/// Measures what it takes to know what many sites have, at the beginning and after each restart.
fn count(sites: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    run(&["prepare", &path, &sites.to_string()]);
    for when in ["at first", "after a restart"] {
        println!(
            "what {sites} sites have, {when}: ms, ms CPU, kB: {}",
            run(&["count", &path]).trim()
        );
    }
}

/// Prints what a measurement said: looks, seconds, its processor time in ms, peak in kB, how late in ms.
fn print(name: &str, output: &str, server_ms: f64) {
    let values: Vec<f64> = output
        .split_whitespace()
        .map(|one| one.parse().unwrap())
        .collect();
    let [looks, seconds, cpu_ms, peak_kb, late_ms] = values.as_slice() else {
        panic!("'{output}'");
    };
    println!(
        "{name:<34} {:>9.0} {:>12.0} {:>12.0} {:>9.0} {late_ms:>9.0}",
        looks / seconds,
        cpu_ms / looks * 1_000.0,
        server_ms / looks * 1_000.0,
        peak_kb / 1_000.0,
    );
}

fn kind_of(number: &str) -> Kind {
    KINDS[number.parse::<usize>().unwrap()].1
}

fn start(words: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn run(words: &[&str]) -> String {
    let output = start(words).wait_with_output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the processor time of a process in milliseconds.
fn cpu_of(process: u32) -> f64 {
    let stat = fs_err::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    // Hundredths of a second, as on every Linux of today.
    (ticks(11) + ticks(12)) * 10.0
}

/// Our own processor time in milliseconds, and the most memory that was used, in kB.
pub fn spent() -> (f64, f64) {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (cpu_of(std::process::id()), peak)
}

/// Ended with the measurement.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
