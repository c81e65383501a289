//! How fast contents are matched: all files of a folder with all rule files of another, beside reading them only.
//!
//! `cargo bench -p rules --bench matching -- --folder /usr --rules DIR [--threads 2] [--take 10] [--read-only] [--findings FILE]`

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rules::{CompiledRules, Counters, RuleMatch, ScanFacts};

/// As a sweep does, larger files are left out.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

struct Options {
    folder: PathBuf,
    rules: PathBuf,
    threads: usize,
    /// Take so many rule files only, spread over all.
    take: Option<usize>,
    read_only: bool,
    findings: Option<PathBuf>,
}

fn main() {
    let Some(options) = options() else {
        println!("no --rules given: nothing is measured");
        return;
    };
    let files = files_in(&options.folder);
    println!("{} files in {}", files.len(), options.folder.display());
    let started = Instant::now();
    let sources = sources_in(&options.rules, options.take);
    let borrowed: Vec<(&str, &str)> = sources
        .iter()
        .map(|(name, source)| (name.as_str(), source.as_str()))
        .collect();
    let compiled = rules::compile(&borrowed).expect("the rules compile");
    println!(
        "{} sources, {} rules, compiled in {:.2} s, {} MB",
        sources.len(),
        compiled.rule_count(),
        started.elapsed().as_secs_f64(),
        peak_memory_kb() / 1024,
    );
    let started = Instant::now();
    let mut done = sweep(&options, &files, &compiled);
    let seconds = started.elapsed().as_secs_f64();
    let count = done.counters;
    println!(
        "{seconds:.2} s: {} MB, {:.0} MB/s by {} threads; {} MB peak",
        count.content_bytes / 1_000_000,
        megabytes(count.content_bytes) / seconds,
        options.threads,
        peak_memory_kb() / 1024,
    );
    println!(
        "matched by the engine: {} of {} contents, {} MB; {} scans of {} MB, {:.2} s; {} errors",
        count.engine_contents,
        count.contents,
        count.engine_bytes / 1_000_000,
        count.scans,
        count.scan_bytes / 1_000_000,
        count.engine_time.as_secs_f64(),
        done.errors,
    );
    println!("{} findings", done.findings.len());
    done.findings.sort();
    if let Some(path) = &options.findings {
        fs_err::write(path, done.findings.join("\n") + "\n").expect("the findings are written");
    }
}

fn megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes / 1_000_000).map_or(f64::INFINITY, f64::from)
}

#[derive(Default)]
struct Done {
    counters: Counters,
    findings: Vec<String>,
    errors: usize,
}

fn sweep(options: &Options, files: &[PathBuf], compiled: &CompiledRules) -> Done {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Done::default());
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                let mut session = compiled.session(Duration::from_mins(1));
                let mut done = Done::default();
                let mut content = Vec::new();
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if read(path, &mut content).is_err() {
                        done.errors += 1;
                        continue;
                    }
                    if options.read_only {
                        done.counters.content_bytes += content.len() as u64;
                        continue;
                    }
                    let facts = ScanFacts {
                        path,
                        owner: "",
                        unpack_source: "",
                    };
                    match session.scan(&facts, &content) {
                        Ok(matches) => done.note(path, &matches),
                        Err(error) => {
                            println!("{}: {error}", path.display());
                            done.errors += 1;
                        }
                    }
                }
                done.counters.add(session.counters());
                let mut all = all.lock().expect("no thread panicked");
                all.counters.add(&done.counters);
                all.findings.append(&mut done.findings);
                all.errors += done.errors;
            });
        }
    });
    all.into_inner().expect("no thread panicked")
}

impl Done {
    fn note(&mut self, path: &Path, matches: &[RuleMatch]) {
        for found in matches {
            self.findings
                .push(format!("{} {}", found.rule_name, path.display()));
        }
    }
}

fn read(path: &Path, content: &mut Vec<u8>) -> std::io::Result<()> {
    use std::io::Read as _;
    content.clear();
    let mut file = fs_err::File::open(path)?;
    if file.metadata()?.len() > FILE_BYTES_MAX {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    file.read_to_end(content)?;
    Ok(())
}

fn options() -> Option<Options> {
    let mut folder = PathBuf::from("/usr");
    let mut rules = None;
    let (mut threads, mut take, mut read_only, mut findings) = (2, None, false, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--folder" => folder = words.next()?.into(),
            "--rules" => rules = Some(words.next()?.into()),
            "--threads" => threads = words.next()?.parse().ok()?,
            "--take" => take = Some(words.next()?.parse().ok()?),
            "--read-only" => read_only = true,
            "--findings" => findings = Some(words.next()?.into()),
            _ => {}
        }
    }
    Some(Options {
        folder,
        rules: rules?,
        threads,
        take,
        read_only,
        findings,
    })
}

fn sources_in(folder: &Path, take: Option<usize>) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for path in files_in(folder) {
        if path
            .extension()
            .is_some_and(|end| end == "yar" || end == "yara")
        {
            paths.push(path);
        }
    }
    paths.sort();
    if let Some(take) = take {
        let step = (paths.len() / take.max(1)).max(1);
        paths = paths.into_iter().step_by(step).take(take).collect();
    }
    paths
        .iter()
        .map(|path| {
            let source = fs_err::read_to_string(path).expect("a rule file is text");
            (path.display().to_string(), source)
        })
        .collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs_err::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// Returns the largest resident memory so far, where the system tells it.
fn peak_memory_kb() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok())
        .unwrap_or(0)
}
