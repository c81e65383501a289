//! `tocsin demo`: 3 August 2016, for real. Separate processes on loopback, real keys, databases and files; only the
//! clock is the demo's own, so that a deadline of 2016 can be waited for.

mod disks;
mod issuing;
mod kit;
mod processes;
mod reckoning;
mod stage;
mod story;
mod table;
mod tree;
mod websites;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use domain::AlertId;
use node::Picture;
use texts::{TextValue, Texts};

use crate::commands::Context;
use crate::exit_code::{self, Code};
use crate::wiring;
use stage::{ADMINISTRATOR, Stage};
use story::{AUTHORITY, Fate, HOSTS, ORGANISATIONS};
use table::Table;
use tree::Tree;

/// When the picture is final: five minutes after the deadline of the dispatch.
const ENDS_AT: &str = "2016-08-05T09:05:00Z";
/// How long everything together may take before the demo gives up. Loaded machines need some of it.
const PATIENCE: Duration = Duration::from_secs(150);
/// How often the picture is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// `tocsin demo`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArguments {
    /// End when the picture is final, with 0 only if every counter adds up at every node.
    #[arg(long)]
    exit: bool,
    /// Write the final numbers to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Sweep this real directory of this machine as one more host. Nothing in it is changed.
    #[arg(long, value_name = "PATH")]
    include: Option<PathBuf>,
    /// Keep everything in this folder, which must not be there yet. Without it, a temporary one.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Where the authority's pages answer. Without it, any free port.
    #[arg(long, value_name = "ADDRESS")]
    pages: Option<std::net::SocketAddr>,
}

const EXAMPLES: &str = "\
Examples:
  tocsin demo                              until Ctrl-C, with pages to look at
  tocsin demo --exit --json numbers.json   for checks
  tocsin demo --include /usr               one more host: a real directory of this machine";

/// Runs `tocsin demo`.
pub fn run(arguments: &DemoArguments, context: &Context) -> anyhow::Result<Code> {
    let interrupted = wiring::interrupt::watch()?;
    let stage = Stage::set(arguments.folder.as_deref())?;
    let mut show = Show {
        table: Table::new(context.language),
        texts: Texts::of(context.language),
        interrupted,
    };

    let mut tree = raise_tree(&stage, arguments, &mut show)?;
    let _sites = watch_sites(&stage, &mut show)?;
    let alerts = issue_alerts(&stage, &tree, &mut show)?;
    let deadline = Instant::now() + PATIENCE;
    show.wait(
        &mut tree,
        &alerts,
        deadline,
        "the alerts to arrive everywhere",
        tree::has_arrived,
    )?;
    answer_as_officers(&stage, &tree, &alerts, &mut show)?;
    show.wait(
        &mut tree,
        &alerts,
        deadline,
        "every host that can answer",
        tree::has_answered,
    )?;
    stage.move_clock(ENDS_AT.parse()?)?;
    show.tell("demo-step-deadline", &[])?;
    show.wait(
        &mut tree,
        &alerts,
        deadline,
        "the final picture",
        tree::is_final,
    )?;

    let reckoning = reckoning::reckon(&tree, &alerts)?;
    let Show {
        table,
        texts,
        interrupted,
    } = show;
    table.finish()?;
    if let Some(file) = &arguments.json {
        fs_err::write(file, reckoning.to_json()?)?;
    }
    for problem in &reckoning.problems {
        println!(
            "{}",
            texts.text_with("demo-problem", &[("problem", problem.into())])
        );
    }
    println!(
        "\n{}",
        texts.text_with("demo-checked", &[("checks", reckoning.check_count.into())])
    );
    if !arguments.exit {
        tell_where_to_look(&stage, &tree, texts);
        interrupted.wait();
    }
    Ok(if reckoning.problems.is_empty() {
        exit_code::DONE
    } else {
        exit_code::FOUND
    })
}

/// What the person watching sees.
struct Show {
    table: Table,
    texts: &'static Texts,
    interrupted: wiring::interrupt::Interrupted,
}

impl Show {
    /// Tells what has just been done, unless the demo is to end: then nothing more is begun.
    fn tell(&mut self, key: &str, values: &[(&str, TextValue<'_>)]) -> anyhow::Result<()> {
        if self.interrupted.is_told() {
            bail!("interrupted");
        }
        self.table
            .tell(&format!("  {}", self.texts.text_with(key, values)))
    }

    /// Shows the picture until `done` says so.
    fn wait(
        &mut self,
        tree: &mut Tree,
        alerts: &[AlertId],
        deadline: Instant,
        what: &str,
        done: fn(&[Picture]) -> bool,
    ) -> anyhow::Result<()> {
        loop {
            tree.check_processes()?;
            let pictures = tree.pictures(AUTHORITY, alerts)?;
            self.table.show(&pictures)?;
            if pictures.len() == alerts.len() && done(&pictures) {
                return Ok(());
            }
            if self.interrupted.wait_for(LOOK_EVERY) {
                bail!("interrupted");
            }
            if Instant::now() > deadline {
                bail!(
                    "waited {} s for {what}; the logs are in the demo's folder: give --folder to keep it",
                    PATIENCE.as_secs()
                );
            }
        }
    }
}

fn raise_tree(stage: &Stage, arguments: &DemoArguments, show: &mut Show) -> anyhow::Result<Tree> {
    issuing::make_keys(stage)?;
    show.tell("demo-step-keys", &[])?;
    let mut tree = Tree::raise(stage, arguments.pages)?;
    let node_count = ORGANISATIONS
        .iter()
        .filter(|organisation| organisation.takes_part == story::TakesPart::Node)
        .count();
    show.tell("demo-step-nodes", &[("count", node_count.into())])?;
    tree.add_hosts(stage)?;
    let mut host_count = HOSTS.len();
    if let Some(include) = &arguments.include {
        tree.add_included(stage, include)?;
        host_count += 1;
    }
    show.tell("demo-step-hosts", &[("count", host_count.into())])?;
    for host in HOSTS.iter().filter(|host| host.fate == Fate::Vanishes) {
        tree.let_vanish(host.name);
        show.tell("demo-step-vanished", &[("host", host.name.into())])?;
    }
    Ok(tree)
}

/// Puts web sites under the ministry's watch, and lets two of them be attacked. They answer as long as what is returned lives.
fn watch_sites(stage: &Stage, show: &mut Show) -> anyhow::Result<websites::Sites> {
    let sites = websites::Sites::open()?;
    sites.put_under_watch(stage)?;
    show.tell("demo-step-watched", &[("count", story::SITES.len().into())])?;
    sites.attack();
    let verdicts = sites.check(stage)?;
    show.tell("demo-step-attacked", &[("count", verdicts.into())])?;
    Ok(sites)
}

fn issue_alerts(stage: &Stage, tree: &Tree, show: &mut Show) -> anyhow::Result<Vec<AlertId>> {
    let problem = issuing::refuse_damaged(stage)?;
    show.tell("demo-step-refused", &[("problem", problem.into())])?;
    issuing::draft(stage)?;
    show.tell("demo-step-drafted", &[])?;
    issuing::sign(stage)?;
    show.tell("demo-step-signed", &[])?;
    let issued = issuing::issue(stage)?;
    for number in tree.numbers(AUTHORITY, &issued)? {
        show.tell("demo-step-issued", &[("number", number.into())])?;
    }
    Ok(issued)
}

fn answer_as_officers(
    stage: &Stage,
    tree: &Tree,
    alerts: &[AlertId],
    show: &mut Show,
) -> anyhow::Result<()> {
    for organisation in ORGANISATIONS
        .iter()
        .filter(|organisation| organisation.id != AUTHORITY)
    {
        if organisation.takes_part == story::TakesPart::FormAndKit {
            kit::answer(stage, tree, alerts)?;
            show.tell("demo-step-kit", &[("host", story::OFFICE_HOST.into())])?;
            continue;
        }
        for (alert, number) in alerts.iter().zip(tree.numbers(organisation.id, alerts)?) {
            tree::acknowledge(stage, organisation, *alert)?;
            let values = [
                ("officer", organisation.officer.into()),
                ("number", number.as_str().into()),
            ];
            show.tell("demo-step-acknowledged", &values)?;
            if tree.permit_isolation(stage, organisation, *alert)? {
                show.tell("demo-step-decided", &values)?;
            }
        }
    }
    Ok(())
}

fn tell_where_to_look(stage: &Stage, tree: &Tree, texts: &Texts) {
    let address = format!("http://{}/", tree.pages_of(AUTHORITY));
    let values = [
        ("address", address.into()),
        ("name", ADMINISTRATOR.into()),
        ("password", (&stage.password).into()),
    ];
    println!("\n{}", texts.text_with("demo-pages", &values));
    println!(
        "{}",
        texts.text_with("demo-form", &[("address", tree.form_address().into())])
    );
    println!(
        "{}",
        texts.text_with(
            "demo-folder",
            &[("folder", stage.folder().display().to_string().into())]
        )
    );
    println!("{}", texts.text("demo-stop"));
}
