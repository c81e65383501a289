//! `tocsin watch files`: sign the files of a site, compare them once or go on comparing, and put back what was signed.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use documents::PublicKey;
use fs_err as fs;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use webroot::{
    CheckOptions, Compared, Contents, Floor, FreeFolder, FreeRule, Manifest, Owner, Restoration,
    SignSummary, Signing, Stop, Unread, Watch, WatchSettings, check_folder, plan_restoration,
    read_manifest,
};

use super::files_output::{finding_text, notice_text, plain_line, print_line, step_text, to_line};
use super::output::say;
use crate::commands::{Context, key};
use crate::exit_code::{self, Code};
use crate::wiring::interrupt;

/// `tocsin watch files …`
#[derive(Subcommand)]
pub enum FilesCommand {
    /// Sign a folder as it is: the publisher does this where the site is made, not where it is served.
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(Sign),
    /// Compare a folder with its signed manifest once, and read every file for it.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        effort: Effort,
        /// For programs: one object a line, for each finding, and one at the end.
        #[arg(long)]
        json: bool,
    },
    /// Go on comparing until the program is ended: by events, and by passes for what they miss.
    #[command(after_help = RUN_EXAMPLES)]
    Run {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        rhythm: Rhythm,
        /// For programs: one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show what would be put back as it was signed; with `--now`, put it back.
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        effort: Effort,
        /// The store of contents that signing has filled.
        #[arg(long, value_name = "FOLDER")]
        store: PathBuf,
        /// Where what is moved out of the site is kept; beside it by default, with `.removed` behind its name.
        #[arg(long, value_name = "FOLDER")]
        removed: Option<PathBuf>,
        /// Do it. Without this word nothing is changed.
        #[arg(long)]
        now: bool,
        /// For programs: one object a line.
        #[arg(long)]
        json: bool,
    },
}

const SIGN_EXAMPLES: &str = "\
Examples:
  tocsin watch files sign site/ --site syt.example.gov.vn --key publisher.key --store store/ --out site.manifest
  tocsin watch files sign site/ --site syt.example.gov.vn --key publisher.key --store store/ --out site.manifest \\
    --free 'uploads' --free 'sites/*/files' --free-anything cache --owner 33:33 --valid-days 90";

const CHECK_EXAMPLES: &str = "\
Example:
  tocsin watch files check /var/www/site --manifest site.manifest --root-key publisher.pub

Exit codes: 0 everything is as it was signed; 1 something differs; 2 nothing differs, but not everything could be read;
3 could not run, or the manifest is not believed.";

const RUN_EXAMPLES: &str = "\
Example:
  tocsin watch files run /var/www/site --manifest site.manifest --root-key publisher.pub --json

A newer manifest in the same place is taken within a second; for some minutes what the one before says is accepted as well.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  tocsin watch files restore /var/www/site --manifest site.manifest --root-key publisher.pub --store store/
  tocsin watch files restore /var/www/site --manifest site.manifest --root-key publisher.pub --store store/ --now

Nothing is deleted: what is not signed is moved into a folder beside the site.

Exit codes: 0 nothing differs, or all of it was put back; 1 something differs, or could not be put back; 2 not everything could be
read; 3 could not run.";

/// `sign`
#[derive(Args)]
pub struct Sign {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The name of the site, the same for all its versions.
    #[arg(long, value_name = "NAME")]
    site: String,
    /// The publisher's key, of `tocsin key new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Take the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Where contents are kept, for restoring.
    #[arg(long, value_name = "FOLDER")]
    store: PathBuf,
    /// The manifest to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The version; by default one more than that of the manifest that is there.
    #[arg(long, value_name = "NUMBER")]
    version: Option<u64>,
    /// How long it is valid; for ever by default.
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
    /// To whom every file must belong, by number.
    #[arg(long, value_name = "USER:GROUP", value_parser = parse_owner)]
    owner: Option<Owner>,
    /// A folder that is left free for anything but programs; `*` for any letters. May be given several times.
    #[arg(long, value_name = "PATTERN")]
    free: Vec<String>,
    /// A folder that is left free for anything. May be given several times.
    #[arg(long, value_name = "PATTERN")]
    free_anything: Vec<String>,
}

/// Which folder, and whom to believe about it.
#[derive(Args)]
pub struct Believed {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Its signed manifest.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// The publisher's public key: 64 digits, or a file with them, or a key file. May be given several times.
    #[arg(long, required = true, value_name = "KEY")]
    root_key: Vec<String>,
    /// Where it is remembered which version was accepted: an older one is refused.
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/var/lib/tocsin/watch/files"
    )]
    state: PathBuf,
}

/// How much may be spent on one comparison.
#[derive(Args)]
pub struct Effort {
    /// How many threads look.
    #[arg(long, value_name = "NUMBER", default_value = "2")]
    threads: NonZeroUsize,
    /// How fast files are read at most.
    #[arg(long, value_name = "MEBIBYTES A SECOND")]
    rate: Option<u64>,
}

/// How often `run` looks.
#[derive(Args)]
pub struct Rhythm {
    /// How many threads look.
    #[arg(long, value_name = "NUMBER", default_value = "2")]
    threads: NonZeroUsize,
    /// How fast the slow pass reads.
    #[arg(long, value_name = "MEBIBYTES A SECOND", default_value_t = 20)]
    slow_rate: u64,
    /// The pause between two slow passes.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    slow_pause: u64,
    /// How often everything is looked at by what the file system says of it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    look_every: u64,
    /// How long the manifest before is accepted as well, when a new one comes.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    settling: u64,
}

/// Runs `tocsin watch files …`.
pub fn run(command: FilesCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        FilesCommand::Sign(arguments) => sign(&arguments, context),
        FilesCommand::Check {
            believed,
            effort,
            json,
        } => check(&believed, &effort, json, context),
        FilesCommand::Run {
            believed,
            rhythm,
            json,
        } => go_on(&believed, &rhythm, json, context),
        FilesCommand::Restore {
            believed,
            effort,
            store,
            removed,
            now,
            json,
        } => {
            let removed = removed.map_or_else(|| beside(&believed.folder), Ok)?;
            let wish = Wish {
                store,
                removed,
                now,
                json,
            };
            restore(&believed, &effort, &wish, context)
        }
    }
}

fn sign(arguments: &Sign, context: &Context) -> anyhow::Result<Code> {
    let key = key::open(&arguments.key, arguments.passphrase_file.as_deref())?;
    let made_at = context.clock.now();
    let version = match arguments.version {
        Some(version) => version,
        None => version_before(&arguments.out, key.public_key())? + 1,
    };
    let lasts = |days: u32| made_at.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    let pattern = |rule| move |path: &String| FreeFolder::new(path, rule);
    let free = arguments.free.iter().map(pattern(FreeRule::NoPrograms));
    let anything = arguments
        .free_anything
        .iter()
        .map(pattern(FreeRule::Anything));
    let signing = Signing {
        site: arguments.site.clone(),
        version,
        made_at,
        expires_at: arguments.valid_days.map(lasts).transpose()?,
        owner: arguments.owner,
        free: free.chain(anything).collect::<Result<_, _>>()?,
    };
    let root = fs::canonicalize(&arguments.folder)?;
    for inside in [&arguments.store, &arguments.out] {
        if std::path::absolute(inside)?.starts_with(&root) {
            bail!(
                "'{}' lies in the folder that is signed; choose another place",
                inside.display()
            );
        }
    }
    let store = Contents::open(&arguments.store)?;
    let new = with_behind(&arguments.out, ".new")?;
    let mut out = std::io::BufWriter::new(fs::File::create(&new)?);
    let SignSummary {
        files,
        folders,
        links,
        bytes,
    } = webroot::sign(&arguments.folder, signing, &key, Some(&store), &mut out)?;
    out.flush()?;
    out.get_ref().file().sync_all()?;
    fs::rename(&new, &arguments.out)?;
    let count = |number| texts::count(number, context.language);
    let values = [
        ("version", version.to_string()),
        ("files", count(files)),
        ("folders", count(folders)),
        ("links", count(links)),
        ("size", texts::byte_size(bytes, context.language)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    println!("{}", say(context, "files-signed", &values));
    Ok(exit_code::DONE)
}

fn check(
    believed: &Believed,
    effort: &Effort,
    json: bool,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let each = |compared: Compared| {
        print_line(&match &compared {
            Compared::Finding(finding) if json => to_line("finding", finding),
            Compared::Finding(finding) => finding_text(context, finding),
            Compared::Unread(unread) => unread_line(context, unread, json),
        });
    };
    let summary = check_folder(&believed.folder, &manifest, effort.options(), &each)?;
    if json {
        print_line(&to_line(
            "summary",
            &json!({ "schema": 1, "version": manifest.head().version, "summary": summary }),
        ));
    } else {
        let count = |number| texts::count(number, context.language);
        let values = [
            ("files", count(summary.totals.files)),
            ("version", manifest.head().version.to_string()),
            ("findings", count(summary.findings)),
            ("unread", count(summary.unread)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        println!("{}", say(context, "files-compared", &values));
    }
    Ok(code_of(summary.findings, summary.unread))
}

fn go_on(
    believed: &Believed,
    rhythm: &Rhythm,
    json: bool,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let mut newer = Newer::new(believed, manifest.head().version)?;
    let settings = WatchSettings {
        threads: rhythm.threads,
        slow_bytes_per_second: rhythm.slow_rate.max(1).saturating_mul(1024 * 1024),
        slow_pause: Duration::from_secs(rhythm.slow_pause),
        timed_every: Duration::from_secs(rhythm.look_every),
        settling: Duration::from_secs(rhythm.settling),
    };
    let watch = Watch::begin(
        &believed.folder,
        manifest,
        settings,
        Arc::clone(&context.clock),
    )?;
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    interrupt::flag(move || asked.stop())?;
    watch.run(&stop, &mut || newer.look(context, json), &|notice| {
        let line = if json {
            plain_line(&notice)
        } else {
            notice_text(context, &notice)
        };
        print_line(&line);
    });
    Ok(exit_code::DONE)
}

/// What is wished of `restore`.
struct Wish {
    store: PathBuf,
    removed: PathBuf,
    now: bool,
    json: bool,
}

fn restore(
    believed: &Believed,
    effort: &Effort,
    wish: &Wish,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let store = Contents::existing(&wish.store)?;
    let plan = plan_restoration(&believed.folder, &manifest, &store, effort.options())?;
    let mut restoration = if wish.now && !plan.steps.is_empty() {
        Some(Restoration::begin(
            &believed.folder,
            &manifest,
            &store,
            &wish.removed,
        )?)
    } else {
        None
    };
    let failures = AtomicU64::new(0);
    for step in &plan.steps {
        let done = restoration
            .as_mut()
            .map(|restoration| restoration.apply(step));
        let problem = match &done {
            Some(Err(error)) => Some(format!("could not {}", domain::chain(error))),
            None if !step.is_possible => Some(say(context, "files-not-stored", &[])),
            _ => None,
        };
        if done.is_none() || problem.is_some() {
            failures.fetch_add(1, Ordering::Relaxed);
        }
        print_line(&if wish.json {
            to_line(
                "step",
                &json!({ "step": step, "done": matches!(done, Some(Ok(()))), "problem": problem }),
            )
        } else {
            step_text(context, step, problem.as_deref())
        });
    }
    for unread in &plan.unread {
        print_line(&unread_line(context, unread, wish.json));
    }
    if !wish.now && !plan.steps.is_empty() && !wish.json {
        println!("{}", say(context, "files-nothing-was-changed", &[]));
    }
    Ok(code_of(failures.into_inner(), plan.unread.len() as u64))
}

impl Believed {
    /// Reads the manifest, and accepts it if it is not older than one before.
    fn load(&self, context: &Context) -> anyhow::Result<Manifest> {
        let manifest = self.read(context.clock.now())?;
        Floor::new(&self.state).accept(&manifest)?;
        Ok(manifest)
    }

    fn read(&self, now: Timestamp) -> anyhow::Result<Manifest> {
        let keys: anyhow::Result<Vec<PublicKey>> =
            self.root_key.iter().map(|text| read_key(text)).collect();
        let mut file = fs::File::open(&self.manifest)?;
        let what = || format!("could not believe '{}'", self.manifest.display());
        read_manifest(&mut file, &keys?, now).with_context(what)
    }
}

impl Effort {
    fn options(&self) -> CheckOptions {
        CheckOptions {
            threads: self.threads,
            bytes_per_second: self
                .rate
                .map(|rate| rate.max(1).saturating_mul(1024 * 1024)),
        }
    }
}

/// Looks whether there is a newer manifest.
struct Newer<'a> {
    believed: &'a Believed,
    version: u64,
    last: Print,
}

/// By what a change of the manifest's file is seen.
type Print = Option<(u64, i64, i64, u64)>;

impl<'a> Newer<'a> {
    fn new(believed: &'a Believed, version: u64) -> anyhow::Result<Self> {
        let last = print_of(&believed.manifest);
        if last.is_none() {
            bail!("'{}' went while it was read", believed.manifest.display());
        }
        Ok(Self {
            believed,
            version,
            last,
        })
    }

    fn look(&mut self, context: &Context, json: bool) -> Option<Arc<Manifest>> {
        let print = print_of(&self.believed.manifest);
        if print == self.last {
            return None;
        }
        self.last = print;
        match self.believed.load(context) {
            Ok(manifest) if manifest.head().version > self.version => {
                self.version = manifest.head().version;
                Some(Arc::new(manifest))
            }
            Ok(_) => None,
            Err(error) => {
                let reason = format!("{error:#}");
                print_line(&if json {
                    plain_line(&json!({ "notice": "manifest-refused", "reason": reason }))
                } else {
                    say(context, "files-manifest-refused", &[("reason", &reason)])
                });
                None
            }
        }
    }
}

fn print_of(path: &Path) -> Print {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).ok()?;
    Some((
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.len(),
    ))
}

/// Returns the version of the manifest that is replaced, or 0. It must be of the same key: the file may be somebody else's.
fn version_before(path: &Path, key: PublicKey) -> anyhow::Result<u64> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let what = || {
        format!(
            "could not read '{}', which would be replaced; give --version",
            path.display()
        )
    };
    // It may have expired: that is why it is replaced.
    let manifest = read_manifest(&mut file, &[key], Timestamp::MIN).with_context(what)?;
    Ok(manifest.head().version)
}

/// Reads a public key: its digits, or a file with them, or a key file.
pub fn read_key(text: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let file = Path::new(text);
    match crate::input::read_text(file)?.trim().parse() {
        Ok(key) => Ok(key),
        Err(_) => key::read_public(file),
    }
}

fn parse_owner(text: &str) -> Result<Owner, String> {
    let parse = |number: &str| {
        number
            .parse()
            .map_err(|_| "write it as two numbers: 33:33".to_owned())
    };
    let (user, group) = text
        .split_once(':')
        .ok_or("write it as two numbers: 33:33")?;
    Ok(Owner {
        user: parse(user)?,
        group: parse(group)?,
    })
}

fn beside(folder: &Path) -> anyhow::Result<PathBuf> {
    with_behind(&fs::canonicalize(folder)?, ".removed")
}

fn with_behind(path: &Path, end: &str) -> anyhow::Result<PathBuf> {
    let name = path
        .file_name()
        .with_context(|| format!("'{}' has no name", path.display()))?;
    let mut name = name.to_owned();
    name.push(end);
    Ok(path.with_file_name(name))
}

fn unread_line(context: &Context, unread: &Unread, json: bool) -> String {
    if json {
        return to_line("unread", unread);
    }
    let path = unread.path.to_text();
    say(
        context,
        "files-unread",
        &[("path", &path), ("reason", &unread.reason)],
    )
}

fn code_of(findings: u64, unread: u64) -> Code {
    match (findings, unread) {
        (0, 0) => exit_code::DONE,
        (0, _) => exit_code::INCOMPLETE,
        _ => exit_code::FOUND,
    }
}
