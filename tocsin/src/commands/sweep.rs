//! `tocsin sweep`: works alone, on any tree, and changes nothing.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent::{BudgetPlace, Engines as _};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use documents::{Expiry, Root, Verified, verify_alert_signatures};
use domain::{Alert, AlertId, SweepReport};
use sweep::inventory::InventoryOptions;
use sweep::{
    Detector, Limits, NotExaminedLists, NotExaminedSink, Surroundings, SweepOptions, Target,
    Thoroughness,
};
use texts::Texts;

use super::alert::AlertFile;
use super::budget::BudgetArguments;
use super::{Context, root, write_output};
use crate::exit_code::{self, Code};
use crate::reports::{self, Standing, TextStyle};
use crate::wiring::engines::{self, HostEngines, LookAtRunning, OpenContainers};
use crate::wiring::interrupt;
use crate::wiring::progress::ProgressLine;
use crate::wiring::supervisor::{self, Order, OrderPath, OrderedAlert};
use crate::{input, layout};

/// `tocsin sweep …`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct SweepArguments {
    /// Where to look: folders, or the place where a Windows disk is mounted.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A signed alert, or a draft as `tocsin alert draft` writes it. May be given several times: one walk serves all.
    #[arg(long = "alert", required = true, value_name = "FILE")]
    alerts: Vec<PathBuf>,
    /// The authority's root document: signed alerts are verified against it, and refused where they fail.
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// Write the report to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Keep in this folder what is learned of each file: the next sweep reads only what is new. See `tocsin inventory`.
    #[arg(long, value_name = "FOLDER")]
    inventory: Option<PathBuf>,
    /// Write everything that was not examined to this file, one line of JSON each; read it with `tocsin not-examined`.
    #[arg(long, value_name = "FILE")]
    not_examined: Option<PathBuf>,
    /// The host's name for the report. Without it, this machine's.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// How many threads. Without it, one for each core.
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
    /// Hash every file, whatever sizes and names the alert states.
    #[arg(long)]
    thorough: bool,
    /// The largest file that rules are matched with, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    rule_size_max: u64,
    /// Do not open archives, documents and mail: examine them as files only. The report says so.
    #[arg(long)]
    leave_containers: bool,
    /// Whether to examine processes, connections and what starts by itself. Without it: where a PATH is `/`.
    #[arg(long, value_enum, value_name = "YES|NO")]
    running_system: Option<Choice>,
    /// Stop after so many seconds and report what was left.
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
    /// Leave this folder or file out; the report says so. May be given several times.
    #[arg(long, value_name = "PATH")]
    exclude: Vec<PathBuf>,
    /// What the sweep may cost.
    #[command(flatten, next_help_heading = "Budget")]
    budget: BudgetArguments,
    /// Sweep in this process, unwatched: an item that ends a matcher ends the sweep.
    #[arg(long, hide = true)]
    no_supervisor: bool,
    /// Give up an item in which nothing has happened for so many seconds.
    #[arg(long, hide = true, value_name = "SECONDS")]
    item_time_max: Option<u64>,
}

const EXAMPLES: &str = "\
Examples:
  tocsin sweep / --alert alert.json --root root.json
  tocsin sweep /mnt/windows --alert alert.json --report report.html --format html
  tocsin sweep / --alert next.json --inventory /var/lib/tocsin/inventory
  tocsin sweep / --alert alert.json --cpu 20 --idle --pause-on-battery --budget budget.toml
  tocsin sweep /srv --alert draft.json --format json | jq '.reports[0].outcome'

A Windows path such as C:\\Windows\\x.dll is looked for wherever the disk is mounted; names are compared as Windows does.
Ctrl-C ends the sweep early and still writes the report, which says what was left.
A file given with --budget may hold cpu_percent, memory_mib, paused, pause_on_battery and pause_under_pressure as TOML; it
is looked at every second, so that `paused = true` holds the sweep and `paused = false` lets it go on.
An item that hangs or ends the program that matches it is left out and named; the sweep goes on.

Exit codes: 0 complete and nothing found; 1 found; 2 nothing found but incomplete; 3 could not run.";

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// For programs: versioned, documented in docs/formats/report.md.
    Json,
    /// One page that opens anywhere.
    Html,
    /// A table with one line for each hit, for spreadsheets.
    Csv,
    /// SARIF 2.1.0, for what collects results of analyses.
    Sarif,
    /// A STIX 2.1 bundle of indicators, observed data and sightings.
    Stix,
}

/// Yes or no, where the default depends on something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// An alert as it was given on the command line.
struct Given {
    alert: Alert,
    id: Option<AlertId>,
    standing: Standing,
    file: PathBuf,
}

impl Given {
    fn detectors(&self) -> anyhow::Result<Vec<Box<dyn Detector>>> {
        engines::detectors_for(&self.alert)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("could not use the alert '{}'", self.file.display()))
    }
}

/// Runs `tocsin sweep …`.
pub fn run(arguments: &SweepArguments, context: &Context) -> anyhow::Result<Code> {
    let root = arguments.root.as_deref().map(root::read).transpose()?;
    let given = arguments
        .alerts
        .iter()
        .map(|file| read_alert(file, root.as_ref(), context))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let progress = ProgressLine::new(context.language);
    let stop = {
        let (progress, language) = (progress.clone(), context.language);
        interrupt::flag(move || progress.say(&Texts::of(language).text("sweep-interrupted")))?
    };
    let surroundings = Surroundings {
        progress: &progress,
        ..Surroundings::new(&*context.clock, &stop)
    };
    let reports = if arguments.no_supervisor {
        sweep_here(&given, arguments, &surroundings)
    } else {
        let order = order(&given, arguments)?;
        supervisor::supervise(order, &surroundings, &context.global).map_err(Into::into)
    };
    progress.finish();
    let reports = reports?;
    write(&reports, &given, arguments, context)?;
    Ok(code_of(&reports))
}

/// Sweeps in this process.
fn sweep_here(
    given: &[Given],
    arguments: &SweepArguments,
    surroundings: &Surroundings<'_>,
) -> anyhow::Result<Vec<SweepReport>> {
    let made = given
        .iter()
        .map(Given::detectors)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let detectors = sweep::lend(&made);
    let targets: Vec<Target<'_>> = given
        .iter()
        .zip(&detectors)
        .map(|(given, detectors)| Target {
            alert: &given.alert,
            id: given.id,
            detectors,
        })
        .collect();
    let (containers, running) = engines_asked(arguments);
    let engines = HostEngines::new(containers, running);
    let lists = arguments
        .not_examined
        .as_ref()
        .map(|file| NotExaminedLists::begin(list_files(file, given)));
    let surroundings = Surroundings {
        not_examined: lists.as_ref().map(|lists| lists as &dyn NotExaminedSink),
        unpacker: engines.unpacker(),
        live: engines.live(),
        packages: engines.packages(),
        ..*surroundings
    };
    let reports = sweep::sweep(&targets, &options(arguments)?, &surroundings)?;
    if let Some(lists) = lists {
        lists
            .finish()
            .context("could not write the list of what was not examined")?;
    }
    Ok(reports)
}

/// Describes the sweep for a process of its own.
fn order(given: &[Given], arguments: &SweepArguments) -> anyhow::Result<Order> {
    let options = options(arguments)?;
    let (containers, running) = engines_asked(arguments);
    let path = |path: &PathBuf| OrderPath::from(path.as_path());
    let lists = arguments.not_examined.as_ref();
    let alerts = given.iter().map(|given| OrderedAlert {
        alert: given.alert.clone(),
        id: given.id,
        name: Some(given.file.display().to_string()),
    });
    let budget_file = arguments.budget.budget.as_ref();
    let order = Order::new(alerts.collect(), &options);
    Ok(Order {
        item_time_max: arguments
            .item_time_max
            .map_or(order.item_time_max, Duration::from_secs),
        opens_containers: containers == OpenContainers::Yes,
        looks_at_running: running == LookAtRunning::Yes,
        lists: lists.map_or_else(Vec::new, |file| {
            list_files(file, given).iter().map(path).collect()
        }),
        usual_budget: arguments.budget.usual(options.rule_bytes_max),
        budget_file: budget_file.map(|file| (path(file), BudgetPlace::File)),
        gives_way: arguments.budget.idle,
        ..order
    })
}

/// One list for each alert: the second and later have their number in the name.
fn list_files(file: &Path, given: &[Given]) -> Vec<PathBuf> {
    let numbered = |number: usize| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        if number > 0 {
            name.push(format!(".{}", number + 1));
        }
        file.with_file_name(name)
    };
    (0..given.len()).map(numbered).collect()
}

fn engines_asked(arguments: &SweepArguments) -> (OpenContainers, LookAtRunning) {
    let containers = if arguments.leave_containers {
        OpenContainers::No
    } else {
        OpenContainers::Yes
    };
    let whole_system = arguments.paths.iter().any(|path| path == Path::new("/"));
    let running = match arguments.running_system {
        Some(Choice::Yes) => LookAtRunning::Yes,
        None if whole_system => LookAtRunning::Yes,
        Some(Choice::No) | None => LookAtRunning::No,
    };
    (containers, running)
}

fn options(arguments: &SweepArguments) -> anyhow::Result<SweepOptions> {
    let rule_bytes_max = arguments
        .rule_size_max
        .checked_mul(1024 * 1024)
        .context("--rule-size-max is too large")?;
    let thoroughness = if arguments.thorough {
        Thoroughness::HashEverything
    } else {
        Thoroughness::AsPlanned
    };
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).with_context(|| format!("could not find '{}'", path.display()))
    };
    Ok(SweepOptions {
        exclude: arguments
            .exclude
            .iter()
            .map(absolute)
            .collect::<anyhow::Result<_>>()?,
        threads: arguments.threads,
        rule_bytes_max,
        time_limit: arguments.time_limit.map(Duration::from_secs),
        thoroughness,
        limits: Arc::new(Limits::new(&arguments.budget.read(rule_bytes_max)?)),
        inventory: arguments.inventory.as_ref().map(InventoryOptions::new),
        host: arguments.host.clone().unwrap_or_else(agent::machine_name),
        ..SweepOptions::new(arguments.paths.clone())
    })
}

fn read_alert(
    file: &Path,
    root: Option<&Verified<Root>>,
    context: &Context,
) -> anyhow::Result<Given> {
    let bytes = input::read_alert(file)?;
    let what = || format!("could not use the alert '{}'", file.display());
    let (alert, id, standing) = match (AlertFile::parse(&bytes).with_context(what)?, root) {
        (AlertFile::Draft(alert), _) => (*alert, None, Standing::Unsigned),
        (AlertFile::Signed(envelope), None) => {
            let alert: Alert = envelope.read_unverified().with_context(what)?;
            (alert, Some(envelope.id().into()), Standing::Unchecked)
        }
        (AlertFile::Signed(_), Some(root)) => {
            let expiry = Expiry::Enforced(context.clock.now());
            let alert = verify_alert_signatures(&bytes, root, expiry).with_context(what)?;
            let id = alert.alert_id();
            (alert.value().clone(), Some(id), Standing::Verified)
        }
    };
    alert.check().with_context(what)?;
    Ok(Given {
        alert,
        id,
        standing,
        file: file.to_owned(),
    })
}

fn write(
    reports: &[SweepReport],
    given: &[Given],
    arguments: &SweepArguments,
    context: &Context,
) -> anyhow::Result<()> {
    let standings = given.iter().map(|given| given.standing);
    let bytes = match arguments.format {
        Format::Json => reports::render_json(reports)?,
        Format::Csv => reports::render_csv(reports),
        Format::Sarif => reports::render_sarif(reports)?,
        Format::Stix => {
            let alerts = given.iter().map(|given| &given.alert);
            let pairs: Vec<_> = reports.iter().zip(alerts).collect();
            reports::render_stix(&pairs)?
        }
        Format::Html => {
            let pairs: Vec<_> = reports.iter().cloned().zip(standings).collect();
            reports::render_html(&pairs, context.language)?.into_bytes()
        }
        Format::Text => {
            let columns = match arguments.report {
                Some(_) => None,
                None => layout::terminal_columns(std::io::stdout()),
            };
            let style = columns.map_or(TextStyle::Plain, TextStyle::Terminal);
            let texts = reports.iter().zip(standings).map(|(report, standing)| {
                reports::render_text(report, standing, context.language, style)
            });
            texts.collect::<Vec<_>>().join("\n").into_bytes()
        }
    };
    write_output(arguments.report.as_deref(), &bytes)
}

fn code_of(reports: &[SweepReport]) -> Code {
    if reports.iter().any(|report| report.outcome.is_found()) {
        exit_code::FOUND
    } else if reports.iter().all(|report| report.outcome.is_complete()) {
        exit_code::DONE
    } else {
        exit_code::INCOMPLETE
    }
}
