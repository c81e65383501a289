//! What the inventory costs: opening it, asking about every file of a real tree, keeping what was learned, and its size.
//!
//! `cargo bench -p sweep --bench inventory [-- FOLDER [COPIES]]`, `/usr` by default. With copies, every path is taken that many
//! times under other folders, to see what a million files cost.

use std::error::Error;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::{Algorithm, Clock, Digest};
use jiff::Timestamp;
use sweep::inventory::{
    Facts, FileIdentity, FilePath, FileTimes, Head, Inventory, InventoryOptions, Judged, Reading,
    Walk,
};

/// Files whose content is taken to have changed in the last measurement: one in this many.
const CHANGED_ONE_IN: usize = 100;

struct File {
    folder: Vec<u8>,
    name: Vec<u8>,
    identity: FileIdentity,
}

/// A moment at which everything has settled.
struct Later;

impl Clock for Later {
    fn now(&self) -> Timestamp {
        Timestamp::MAX - jiff::SignedDuration::from_hours(24 * 366 * 1_000)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let root = PathBuf::from(arguments.first().map_or("/usr", String::as_str));
    let copies = arguments.get(1).map_or(Ok(1), |number| number.parse())?;
    let began = Instant::now();
    let mut files = list(&root)?;
    println!("{:>8} files below {}", files.len(), root.display());
    tell("list and stat, one thread", began.elapsed(), files.len());
    stat_again(&files)?;
    copy(&mut files, copies);
    let folder = tempfile::tempdir_in(".")?;
    let options = InventoryOptions::new(folder.path().join("inventory"));
    first_sweep(&options, &files)?;
    for threads in [1, 2] {
        next_sweep(&options, &files, threads)?;
    }
    changed_sweep(&options, &files)?;
    killed_sweep(&options, &files)?;
    Ok(())
}

fn list(root: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.is_file() {
                files.push(File {
                    folder: folder.as_os_str().as_bytes().to_vec(),
                    name: entry.file_name().as_bytes().to_vec(),
                    identity: identity(&metadata),
                });
            }
        }
    }
    Ok(files)
}

fn identity(metadata: &Metadata) -> FileIdentity {
    let nanoseconds = |part: i64| u32::try_from(part).unwrap_or(0);
    FileIdentity {
        device: (0, u32::try_from(metadata.dev()).unwrap_or(0)),
        inode: metadata.ino(),
        size_bytes: metadata.size(),
        modified: (metadata.mtime(), nanoseconds(metadata.mtime_nsec())),
        changed: (metadata.ctime(), nanoseconds(metadata.ctime_nsec())),
    }
}

/// What a look-up is compared with.
fn stat_again(files: &[File]) -> Result<(), Box<dyn Error>> {
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|file| {
            let path = FilePath::new(&file.folder, &file.name).join();
            PathBuf::from(std::ffi::OsStr::from_bytes(&path))
        })
        .collect();
    let (began, work) = (Instant::now(), thread_work());
    let mut bytes = 0;
    for path in &paths {
        bytes += fs_err::symlink_metadata(path)?.len();
    }
    assert!(bytes > 0);
    tell(
        "a plain stat of each, one thread",
        began.elapsed(),
        files.len(),
    );
    tell(
        "    of it at work",
        thread_work().saturating_sub(work),
        files.len(),
    );
    Ok(())
}

fn copy(files: &mut Vec<File>, copies: usize) {
    let count = files.len();
    for copy in 1..copies {
        for number in 0..count {
            let folder = [format!("/copy{copy}").as_bytes(), &files[number].folder].concat();
            files.push(File {
                folder,
                name: files[number].name.clone(),
                identity: files[number].identity,
            });
        }
    }
}

/// All digests, a beginning and one set of judges, as a sweep with rules and digests of all kinds learns.
fn facts(number: usize, judged: Judged) -> Facts {
    let byte = number.to_le_bytes()[0];
    let mut facts = Facts {
        head: Some(Head::of(&[byte; 16])),
        judged,
        ..Facts::default()
    };
    facts.digests = facts
        .digests
        .with_digest(Digest::Md5([byte; 16]))
        .with_digest(Digest::Sha1([byte; 20]))
        .with_digest(Digest::Sha256([byte; 32]));
    facts
}

fn record_some(inventory: &Inventory, files: &[File], one_in: usize) -> Duration {
    let judging = inventory.judging(&[[1; 32]]);
    let judged = Judged::NOTHING.with(&judging);
    let began = Instant::now();
    for (number, file) in files.iter().enumerate().step_by(one_in) {
        let reading = Reading {
            path: FilePath::new(&file.folder, &file.name),
            file: file.identity,
            began_at: Later.now(),
            times: FileTimes::Kept,
        };
        inventory.record(&reading, facts(number, judged));
        // As slow as a fast sweep: so that what waits to be written is not more than it would be.
        if number % 2_000 == 0 {
            std::thread::yield_now();
        }
    }
    began.elapsed()
}

fn first_sweep(options: &InventoryOptions, files: &[File]) -> Result<(), Box<dyn Error>> {
    println!("first sweep");
    let inventory = Inventory::open(options, &Later)?;
    inventory.ask_for(&Algorithm::ALL);
    tell(
        "record each",
        record_some(&inventory, files, 1),
        files.len(),
    );
    let began = Instant::now();
    let summary = inventory.finish(&Walk::Partial, &Later);
    tell("finish", began.elapsed(), files.len());
    println!(
        "{:>8} not kept, {:?}",
        summary.not_kept_count, summary.problem
    );
    let bytes = size_of(&options.folder)?;
    println!(
        "{:>8} bytes of disk for each record",
        bytes / files.len() as u64
    );
    Ok(())
}

fn next_sweep(
    options: &InventoryOptions,
    files: &[File],
    threads: usize,
) -> Result<(), Box<dyn Error>> {
    println!("next sweep, nothing changed, {threads} threads");
    let before = resident_bytes();
    let began = Instant::now();
    let inventory = Inventory::open(options, &Later)?;
    tell("open", began.elapsed(), files.len());
    let finding = Instant::now();
    let known = std::thread::scope(|scope| {
        let parts = files.chunks(files.len().div_ceil(threads));
        let all: Vec<_> = parts
            .map(|part| scope.spawn(|| find_all(&inventory, part)))
            .collect();
        all.into_iter()
            .map(|one| one.join().unwrap_or(0))
            .sum::<usize>()
    });
    tell("find each", finding.elapsed(), files.len());
    println!(
        "{known:>8} known; {} KiB more memory",
        resident_bytes().saturating_sub(before) / 1024
    );
    let finishing = Instant::now();
    inventory.finish(&Walk::Partial, &Later);
    tell("finish", finishing.elapsed(), files.len());
    tell("in all", began.elapsed(), files.len());
    Ok(())
}

fn find_all(inventory: &Inventory, files: &[File]) -> usize {
    let work = thread_work();
    let mut finder = inventory.finder();
    let found = files.iter().filter(|file| {
        let path = FilePath::new(&file.folder, &file.name);
        finder.find(path, &file.identity).is_some()
    });
    let count = found.count();
    tell(
        "    find each, of it at work",
        thread_work().saturating_sub(work),
        files.len(),
    );
    count
}

fn changed_sweep(options: &InventoryOptions, files: &[File]) -> Result<(), Box<dyn Error>> {
    println!("next sweep, one file in {CHANGED_ONE_IN} changed");
    let began = Instant::now();
    let inventory = Inventory::open(options, &Later)?;
    find_all(&inventory, files);
    record_some(&inventory, files, CHANGED_ONE_IN);
    let summary = inventory.finish(&Walk::Partial, &Later);
    tell("in all", began.elapsed(), files.len());
    println!(
        "{:>8} kept, rewritten: {}",
        summary.kept_count, summary.is_rewritten
    );
    Ok(())
}

fn killed_sweep(options: &InventoryOptions, files: &[File]) -> Result<(), Box<dyn Error>> {
    println!("after a sweep that learned something of every file and was killed at its end");
    let inventory = Inventory::open(options, &Later)?;
    let before = size_of(&options.folder)?;
    record_some(&inventory, files, 1);
    drop(inventory);
    let journal = size_of(&options.folder)? - before;
    println!(
        "{:>8} bytes of journal for each record",
        journal / files.len() as u64
    );
    let began = Instant::now();
    let inventory = Inventory::open(options, &Later)?;
    tell("open", began.elapsed(), files.len());
    assert_eq!(inventory.recording(), &sweep::inventory::Recording::On);
    Ok(())
}

fn tell(what: &str, took: Duration, files: usize) {
    let files = u32::try_from(files.max(1)).unwrap_or(u32::MAX);
    let each = took.as_secs_f64() * 1e9 / f64::from(files);
    println!(
        "{:>8.1} ms  {what} ({each:.0} ns a file)",
        took.as_secs_f64() * 1e3
    );
}

fn size_of(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for entry in fs_err::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// Returns how long this thread was at work: on a busy machine, what the time on the wall does not say.
fn thread_work() -> Duration {
    let schedstat = fs_err::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedstat
        .split(' ')
        .next()
        .and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Returns how much memory this process has, as Linux says it.
fn resident_bytes() -> u64 {
    let statm = fs_err::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}
