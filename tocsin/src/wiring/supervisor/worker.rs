//! The process that sweeps: takes its order from standard input, tells standard output what it comes to, and ends when its
//! input does: nobody would hear of its reports.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use agent::{BudgetPlace, Engines as _};
use domain::{Clock, SweepReport, chain};
use sweep::in_hand::table::Writer;
use sweep::inventory::InventoryOptions;
use sweep::{
    Detector, InHand, Limits, NotExaminedLists, NotExaminedSink, Paused, Progress, ProgressNow,
    Surroundings, SweepOptions, Target, Thoroughness,
};

use super::order::{Message, Order, OrderPath, STOP};
use crate::exit_code;
use crate::input;
use crate::wiring::engines::{HostEngines, LookAtRunning, OpenContainers, detectors_for};

/// How often the budget's file is looked at.
const BUDGET_LOOK: Duration = Duration::from_secs(1);

/// Does what it is told on standard input.
pub fn work(in_hand: &Path, clock: &dyn Clock) -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let stop = listen()?;
    let message = match run(&order, in_hand, clock, &stop) {
        Ok(reports) => Message::Reports(reports),
        Err(message) => Message::Failed(message),
    };
    tell(&message);
    Ok(())
}

/// Heeds what is said after the order.
fn listen() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    thread::Builder::new().spawn(move || {
        for line in std::io::stdin().lock().lines() {
            match line {
                Ok(line) if line == STOP => told.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        std::process::exit(exit_code::COULD_NOT_RUN.number());
    })?;
    Ok(stop)
}

fn run(
    order: &Order,
    in_hand: &Path,
    clock: &dyn Clock,
    stop: &AtomicBool,
) -> Result<Vec<SweepReport>, String> {
    if order.gives_way
        && let Err(error) = sweep::give_way()
    {
        tracing::warn!(%error, "could not give way to other processes");
    }
    let limits = Arc::new(Limits::new(&order.budget));
    if let Some((file, place)) = &order.budget_file {
        follow_budget(
            file.to_path(),
            *place,
            order.usual_budget,
            Arc::clone(&limits),
        );
    }
    let made = detectors(order)?;
    let detectors = sweep::lend(&made);
    let targets: Vec<Target<'_>> = order
        .alerts
        .iter()
        .zip(&detectors)
        .map(|(ordered, detectors)| Target {
            alert: &ordered.alert,
            id: ordered.id,
            detectors,
        })
        .collect();
    let engines = engines(order);
    let lists = (!order.lists.is_empty()).then(|| {
        let lists = order.lists.iter().map(OrderPath::to_path);
        NotExaminedLists::begin(lists.collect())
    });
    // Without it a hanging or deadly item cannot be named, and everything else works.
    let table = Writer::create(in_hand)
        .inspect_err(|error| tracing::warn!(%error, "could not note what is in hand"))
        .ok();
    let surroundings = Surroundings {
        progress: &Teller,
        not_examined: lists.as_ref().map(|lists| lists as &dyn NotExaminedSink),
        unpacker: engines.unpacker(),
        live: engines.live(),
        packages: engines.packages(),
        in_hand: table.as_ref().map(|table| table as &dyn InHand),
        ..Surroundings::new(clock, stop)
    };
    let reports = sweep::sweep(&targets, &options(order, limits), &surroundings)
        .map_err(|error| chain(&error))?;
    match lists.map_or(Ok(()), NotExaminedLists::finish) {
        Err(error) if !order.may_lose_lists => {
            let error = chain(&error);
            Err(format!("write the list of what was not examined: {error}"))
        }
        outcome => {
            // The reports still have their counts and examples.
            if let Err(error) = outcome {
                tracing::warn!(%error, "the list of what was not examined could not be written");
            }
            Ok(reports)
        }
    }
}

fn detectors(order: &Order) -> Result<Vec<Vec<Box<dyn Detector>>>, String> {
    let make = |ordered: &super::OrderedAlert| match (detectors_for(&ordered.alert), &ordered.name)
    {
        (Ok(detectors), _) => Ok(detectors),
        (Err(reason), Some(name)) => Err(format!("use the alert '{name}': {reason}")),
        (Err(reason), None) => {
            let alert = &ordered.alert.number;
            tracing::warn!(%alert, reason, "the rules cannot be used");
            Ok(Vec::new())
        }
    };
    order.alerts.iter().map(make).collect()
}

fn engines(order: &Order) -> HostEngines {
    let containers = if order.opens_containers {
        OpenContainers::Yes
    } else {
        OpenContainers::No
    };
    let running = if order.looks_at_running {
        LookAtRunning::Yes
    } else {
        LookAtRunning::No
    };
    // Whoever supervises holds what is sought, too.
    HostEngines::new(containers, running).leaving_out(std::os::unix::process::parent_id())
}

fn options(order: &Order, limits: Arc<Limits>) -> SweepOptions {
    let thoroughness = if order.hashes_everything {
        Thoroughness::HashEverything
    } else {
        Thoroughness::AsPlanned
    };
    let inventory = order.inventory.as_ref();
    SweepOptions {
        exclude: order.exclude.iter().map(OrderPath::to_path).collect(),
        threads: order.threads,
        rule_bytes_max: order.rule_bytes_max,
        time_limit: order.time_limit,
        thoroughness,
        inventory: inventory.map(|folder| InventoryOptions::new(folder.to_path())),
        host: order.host.clone(),
        limits,
        skips: Arc::new(order.skips.clone()),
        ..SweepOptions::new(order.roots.iter().map(OrderPath::to_path).collect())
    }
}

/// Reads a budget from a file. What it does not say is as in `usual`.
pub fn read_budget(
    file: &Path,
    place: BudgetPlace,
    usual: &sweep::Budget,
) -> Result<sweep::Budget, String> {
    let text = input::read_text(file).map_err(|error| format!("{error:#}"))?;
    agent::parse_budget(&text, place, usual)
}

/// Looks at the budget's file now and once a second, for as long as the process lives.
fn follow_budget(file: PathBuf, place: BudgetPlace, usual: sweep::Budget, limits: Arc<Limits>) {
    let mut said = String::new();
    let mut look = move || match read_budget(&file, place, &usual) {
        Ok(budget) => {
            said.clear();
            if budget != limits.now() {
                limits.set(&budget);
                // Another attempt begins with it, even if the file makes no sense by then.
                tell(&Message::Budget(budget));
            }
        }
        // Half written, perhaps. What was read last holds.
        Err(error) if error != said => {
            tracing::warn!(file = %file.display(), error, "the budget cannot be read");
            said = error;
        }
        Err(_) => {}
    };
    look();
    let follow = move || {
        let never = (Mutex::new(()), Condvar::new());
        loop {
            let guard = never.0.lock().unwrap_or_else(PoisonError::into_inner);
            drop(never.1.wait_timeout(guard, BUDGET_LOOK));
            look();
        }
    };
    if let Err(error) = thread::Builder::new().spawn(follow) {
        tracing::warn!(%error, "could not watch the budget's file");
    }
}

/// Tells the supervisor how far the sweep is.
struct Teller;

impl Progress for Teller {
    fn update(&self, now: &ProgressNow) {
        tell(&Message::Progress(*now));
    }

    fn pause(&self, paused: Option<Paused>) {
        tell(&Message::Pause(paused));
    }
}

fn tell(message: &Message) {
    let Ok(mut line) = serde_json::to_vec(message) else {
        return;
    };
    line.push(b'\n');
    // Nobody there: the end of the input says so too.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(&line).and_then(|()| out.flush());
}
