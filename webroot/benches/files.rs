//! What a site of many files costs: signing it, comparing it, and finding a burst of changes of which the kernel loses events.
//!
//! `cargo bench -p webroot --bench files [-- FOLDER [FILES [CHANGES]]]`: a new folder is made in FOLDER, `.` by default. Where `aide` is
//! installed, it makes its database of the same files and compares them, before and after the burst.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::SystemClock;
use fs_err as fs;
use testkit::{signing_key, wait_until};
use webroot::{
    CheckOptions, Contents, Manifest, Notice, Owner, PassKind, Signing, Stop, Watch, WatchSettings,
    check_folder, read_manifest, sign,
};

/// Files of one folder.
const FILES_A_FOLDER: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let place = arguments.first().map_or(".", String::as_str);
    let number = |at: usize, default| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (files, changes) = (number(1, 100_000)?, number(2, 50_000)?);
    let folder = tempfile::tempdir_in(place)?;
    let site = BenchSite {
        root: folder.path().join("www"),
        files,
        changes,
    };
    site.make()?;
    let store = Contents::open(&folder.path().join("store"))?;
    let manifest = site.sign(&store)?;
    for (what, threads) in [
        ("check, 1 thread, files in memory", 1),
        ("check, 2 threads", 2),
    ] {
        site.check(what, &manifest, threads)?;
    }
    let aide = Aide::prepare(folder.path(), &site.root)?;
    if let Some(aide) = &aide {
        aide.run("aide --init", "--init")?;
        fs::rename(
            folder.path().join("aide.new"),
            folder.path().join("aide.db"),
        )?;
        aide.run("aide --check, nothing changed", "--check")?;
    }
    site.watch(&manifest)?;
    if let Some(aide) = &aide {
        let output = aide.run("aide --check, after the burst", "--check")?;
        let told: Vec<&str> = output
            .lines()
            .filter(|line| line.contains("entries:"))
            .collect();
        println!(
            "    aide says: {}",
            told.iter()
                .map(|line| line.trim())
                .collect::<Vec<_>>()
                .join("; ")
        );
    }
    Ok(())
}

struct BenchSite {
    root: PathBuf,
    files: usize,
    changes: usize,
}

impl BenchSite {
    fn path(&self, number: usize) -> PathBuf {
        let folder = number / FILES_A_FOLDER;
        self.root.join(format!(
            "section-{}/{folder}/page-{number}.html",
            folder % 50
        ))
    }

    /// Makes files of 1 to 16 KiB, as pages, styles and small pictures have.
    fn make(&self) -> Result<(), Box<dyn Error>> {
        let (mut bytes, began) = (0, Instant::now());
        for number in 0..self.files {
            let path = self.path(number);
            if number % FILES_A_FOLDER == 0 {
                fs::create_dir_all(path.parent().ok_or("a file lies in a folder")?)?;
            }
            let size = 1_024 + number.wrapping_mul(7_919) % 15_360;
            let line = format!("<p>page {number}</p>\n");
            fs::write(&path, line.repeat(size / line.len()))?;
            bytes += size;
        }
        println!(
            "{} files, {} MiB, made in {:.1?}",
            self.files,
            bytes >> 20,
            began.elapsed()
        );
        Ok(())
    }

    fn sign(&self, store: &Contents) -> Result<Arc<Manifest>, Box<dyn Error>> {
        let key = signing_key("publisher");
        let (cpu, began) = (cpu_seconds()?, Instant::now());
        let mut bytes = Vec::new();
        let signing = Signing {
            site: "bench".to_owned(),
            version: 1,
            made_at: testkit::at("2026-11-01T00:00:00Z"),
            expires_at: None,
            owner: Some(Owner {
                user: rustix::process::getuid().as_raw(),
                group: rustix::process::getgid().as_raw(),
            }),
            free: Vec::new(),
        };
        sign(&self.root, signing, &key, Some(store), &mut bytes)?;
        tell("sign, contents into the store", cpu, began)?;
        println!("    the manifest has {} KiB", bytes.len() >> 10);
        let (cpu, began) = (cpu_seconds()?, Instant::now());
        let now = testkit::at("2026-11-02T00:00:00Z");
        let manifest = read_manifest(&mut &*bytes, &[key.public_key()], now)?;
        tell("read and verify the manifest", cpu, began)?;
        Ok(Arc::new(manifest))
    }

    fn check(
        &self,
        what: &str,
        manifest: &Arc<Manifest>,
        threads: usize,
    ) -> Result<(), Box<dyn Error>> {
        let options = CheckOptions {
            threads: NonZeroUsize::new(threads).ok_or("no thread")?,
            bytes_per_second: None,
        };
        let (cpu, began) = (cpu_seconds()?, Instant::now());
        let summary = check_folder(&self.root, manifest, options, &|_| {})?;
        tell(what, cpu, began)?;
        assert_eq!((summary.findings, summary.unread), (0, 0));
        Ok(())
    }

    /// One change to a watch at rest, then a burst that nobody listens to until the kernel has lost events.
    fn watch(&self, manifest: &Arc<Manifest>) -> Result<(), Box<dyn Error>> {
        let watch = Watch::begin(
            &self.root,
            Arc::clone(manifest),
            settings(),
            Arc::new(SystemClock),
        )?;
        if let Some(why) = watch.no_events() {
            println!("no events here: {why}");
            return Ok(());
        }
        run(&watch, |heard| {
            let times: Vec<Duration> = (0..20)
                .map(|number| heard.time_to_alarm(&self.path(number)))
                .collect();
            let most = times.iter().max().copied().unwrap_or_default();
            let sum: Duration = times.iter().sum();
            println!(
                "{:<44} {:.0?} on average, {most:.0?} at most",
                "from a change to its alarm",
                sum / 20
            );
            heard.forget();
            let began = Instant::now();
            let cpu = cpu_seconds().unwrap_or_default();
            for number in 20..1_020 {
                change(&self.path(number));
            }
            let found = wait_until(Duration::from_mins(2), || heard.alarms() == 1_000);
            println!(
                "{:<44} {found}, {:.1?}, {:.2} s of processor time with the changes",
                "1,000 changes, all told",
                began.elapsed(),
                cpu_seconds().unwrap_or_default() - cpu
            );
            heard.forget();
            let (began, cpu) = (Instant::now(), cpu_seconds().unwrap_or_default());
            for number in 1_020..self.changes {
                change(&self.path(number));
            }
            let changed = began.elapsed();
            let wanted = self.changes.saturating_sub(1_020);
            let found = wait_until(Duration::from_mins(5), || heard.alarms() >= wanted);
            println!(
                "{:<44} {:.1?} after the last change, all found: {found}, events lost {} times, {:.2} s of processor time with the changes",
                format!("{wanted} changes in {changed:.1?} while it listens"),
                began.elapsed().saturating_sub(changed),
                heard.lost.load(Ordering::Relaxed),
                cpu_seconds().unwrap_or_default() - cpu
            );
        })?;
        drop(watch);
        for number in 0..self.changes.max(1_020) {
            self.change_back(number)?;
        }
        let watch = Watch::begin(
            &self.root,
            Arc::clone(manifest),
            settings(),
            Arc::new(SystemClock),
        )?;
        let began = Instant::now();
        for number in 0..self.changes {
            change(&self.path(number));
        }
        println!(
            "{:<44} {:.1?}",
            format!("{} changes, nobody listens", self.changes),
            began.elapsed()
        );
        let (cpu, began) = (cpu_seconds()?, Instant::now());
        run(&watch, |heard| {
            let found = wait_until(Duration::from_mins(5), || heard.alarms() >= self.changes);
            println!(
                "{:<44} {:.1?}",
                "first alarm after it listens",
                heard
                    .first
                    .lock()
                    .ok()
                    .and_then(|first| *first)
                    .map(|at| at - began)
            );
            println!(
                "{:<44} {:.1?}, all found: {found}, {} alarms, events lost {} times",
                "all alarms after it listens",
                began.elapsed(),
                heard.alarms(),
                heard.lost.load(Ordering::Relaxed)
            );
        })?;
        tell("all of it, and the rescan", cpu, began)
    }

    fn change_back(&self, number: usize) -> Result<(), Box<dyn Error>> {
        let path = self.path(number);
        let size = 1_024 + number.wrapping_mul(7_919) % 15_360;
        let line = format!("<p>page {number}</p>\n");
        Ok(fs::write(path, line.repeat(size / line.len()))?)
    }
}

/// Changes one letter, so that only the content tells.
fn change(path: &Path) {
    use std::os::unix::fs::FileExt as _;
    let file = fs::OpenOptions::new().write(true).open(path);
    let changed = file.and_then(|file| file.file().write_all_at(b"X", 3));
    changed.expect("the bench made this file");
}

fn settings() -> WatchSettings {
    WatchSettings {
        slow_pause: Duration::from_hours(1),
        timed_every: Duration::from_hours(1),
        ..WatchSettings::default()
    }
}

#[derive(Default)]
struct Heard {
    alarms: AtomicUsize,
    lost: AtomicU64,
    is_ready: AtomicUsize,
    first: Mutex<Option<Instant>>,
}

impl Heard {
    fn hear(&self, notice: &Notice) {
        match notice {
            Notice::Alarm(_) => {
                self.alarms.fetch_add(1, Ordering::Relaxed);
                if let Ok(mut first) = self.first.lock() {
                    first.get_or_insert_with(Instant::now);
                }
            }
            Notice::EventsLost => {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            Notice::Pass {
                kind: PassKind::First,
                ..
            } => self.is_ready.store(1, Ordering::Release),
            _ => {}
        }
    }

    fn forget(&self) {
        self.alarms.store(0, Ordering::Relaxed);
        if let Ok(mut first) = self.first.lock() {
            *first = None;
        }
    }

    fn alarms(&self) -> usize {
        self.alarms.load(Ordering::Relaxed)
    }

    fn time_to_alarm(&self, path: &Path) -> Duration {
        self.forget();
        let began = Instant::now();
        change(path);
        assert!(wait_until(Duration::from_secs(30), || self.alarms() > 0));
        let first = self.first.lock().ok().and_then(|first| *first);
        first.map_or(Duration::MAX, |first| first - began)
    }
}

fn run(watch: &Watch, during: impl FnOnce(&Heard)) -> Result<(), Box<dyn Error>> {
    let (heard, stop) = (Heard::default(), Stop::default());
    std::thread::scope(|scope| {
        scope.spawn(|| watch.run(&stop, &mut || None, &|notice| heard.hear(&notice)));
        let is_ready = wait_until(Duration::from_mins(5), || {
            heard.is_ready.load(Ordering::Acquire) > 0
        });
        if is_ready {
            during(&heard);
        }
        stop.stop();
        is_ready
            .then_some(())
            .ok_or_else(|| "the first pass did not end".into())
    })
}

struct Aide {
    configuration: PathBuf,
}

impl Aide {
    fn prepare(folder: &Path, root: &Path) -> Result<Option<Self>, Box<dyn Error>> {
        if !Command::new("aide")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
        {
            println!("aide is not installed");
            return Ok(None);
        }
        let (folder, root) = (fs::canonicalize(folder)?, fs::canonicalize(root)?);
        let (folder, root) = (folder.display(), root.display());
        let configuration = PathBuf::from(format!("{folder}/aide.conf"));
        let text = format!(
            "database_in=file:{folder}/aide.db\ndatabase_out=file:{folder}/aide.new\ngzip_dbout=no\nreport_level=summary\n{root} p+ftype+u+g+s+sha256\n"
        );
        fs::write(&configuration, text)?;
        Ok(Some(Self { configuration }))
    }

    fn run(&self, what: &str, verb: &str) -> Result<String, Box<dyn Error>> {
        let (cpu, began) = (children_cpu_seconds()?, Instant::now());
        let output = Command::new("aide")
            .arg("--config")
            .arg(&self.configuration)
            .arg(verb)
            .output()?;
        let cpu = children_cpu_seconds()? - cpu;
        println!(
            "{what:<44} {:>7.2?}, {cpu:.2} s of processor time",
            began.elapsed()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn tell(what: &str, cpu: f64, began: Instant) -> Result<(), Box<dyn Error>> {
    let cpu = cpu_seconds()? - cpu;
    println!(
        "{what:<44} {:>7.2?}, {cpu:.2} s of processor time, at most {} MiB",
        began.elapsed(),
        peak_mebibytes()?
    );
    Ok(())
}

/// User and system time of this process, as `/proc/self/stat` counts it in hundredths of a second.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    times(11)
}

fn children_cpu_seconds() -> Result<f64, Box<dyn Error>> {
    times(13)
}

fn times(at: usize) -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let two = fields.split_whitespace().skip(at).take(2);
    let sum: u32 = two.map(|ticks| ticks.parse::<u32>().unwrap_or(0)).sum();
    Ok(f64::from(sum) / 100.0)
}

fn peak_mebibytes() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = line
        .ok_or("no peak")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kibibytes / 1024)
}
