//! The binary: reads arguments, puts the parts together and turns what happened into an exit code.

mod commands;
mod demo;
mod exit_code;
mod input;
mod layout;
mod passphrase;
mod reports;
mod wiring;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Signed alerts down a tree of organisations, honest sweeps, and answers that add up.
#[derive(Parser)]
#[command(name = "tocsin", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The language of what people read.
    #[arg(
        long,
        global = true,
        default_value = "en",
        value_name = "LANGUAGE",
        display_order = BELOW_A_COMMANDS_OWN
    )]
    lang: commands::LanguageArgument,
    /// Tell more on standard error; twice for still more.
    #[arg(
        long,
        short,
        global = true,
        action = clap::ArgAction::Count,
        display_order = BELOW_A_COMMANDS_OWN
    )]
    verbose: u8,
    /// Take the time from this file, in seconds ahead of the machine's clock: for drills and the demo.
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    clock: Option<std::path::PathBuf>,
}

/// Options of every command stand below those of the command in its help.
const BELOW_A_COMMANDS_OWN: usize = 900;

const EXAMPLES: &str = "\
Examples:
  tocsin demo                                  the whole loop on this machine, with its pages
  tocsin alert lint letter.txt                 check what was pasted out of a letter
  tocsin sweep /mnt/disk --alert alert.json    look for it, and say what was not examined

Exit codes: 0 done, nothing found; 1 found or refused; 2 nothing found but incomplete; 3 could not run.";

#[derive(Subcommand)]
enum Command {
    /// Check, draft, sign, verify and show alerts.
    #[command(subcommand)]
    Alert(commands::alert::AlertCommand),
    /// Make and show officers' keys.
    #[command(subcommand)]
    Key(commands::key::KeyCommand),
    /// Make an authority's root document.
    #[command(subcommand)]
    Root(commands::root::RootCommand),
    /// Look for an alert's indicators and rules below folders.
    Sweep(commands::sweep::SweepArguments),
    /// Sweep for a process that supervises this one.
    #[command(hide = true)]
    SweepWorker(commands::sweep_worker::SweepWorkerArguments),
    /// Show everything that a sweep did not examine, page by page.
    NotExamined(commands::not_examined::NotExaminedArguments),
    /// Show what is remembered of this host's files, check it, or forget it.
    #[command(subcommand)]
    Inventory(commands::inventory::InventoryCommand),
    /// Watch web sites: defaced, hijacked, or quietly selling bets.
    #[command(subcommand)]
    Watch(commands::watch::WatchCommand),
    /// Run an organisation's node.
    #[command(subcommand)]
    Node(commands::node::NodeCommand),
    /// Run the agent of one host.
    #[command(subcommand)]
    Agent(commands::agent::AgentCommand),
    /// Show what was isolated, and put it back.
    #[command(subcommand)]
    Quarantine(commands::quarantine::QuarantineCommand),
    /// Run the whole loop on this machine: 3 August 2016, with real keys, processes and files.
    Demo(demo::DemoArguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // clap's own code for bad usage is 2, which here means "incomplete".
        Err(error) => {
            let code = if error.use_stderr() {
                exit_code::COULD_NOT_RUN
            } else {
                exit_code::DONE
            };
            let _ = error.print();
            return code.into();
        }
    };
    start_log(arguments.verbose);
    match run(arguments) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("tocsin: {}", verdicts::visible_text(&in_words(&error)));
            exit_code::COULD_NOT_RUN.into()
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<exit_code::Code> {
    let context = commands::Context {
        language: arguments.lang.into(),
        clock: wiring::clock::open(arguments.clock.as_deref())?,
        global: global(&arguments),
    };
    match arguments.command {
        Command::Alert(command) => commands::alert::run(command, &context),
        Command::Key(command) => commands::key::run(command),
        Command::Root(command) => commands::root::run(command, &context),
        Command::Sweep(arguments) => commands::sweep::run(&arguments, &context),
        Command::SweepWorker(arguments) => commands::sweep_worker::run(&arguments, &context),
        Command::NotExamined(arguments) => commands::not_examined::run(&arguments, &context),
        Command::Inventory(command) => commands::inventory::run(command, &context),
        Command::Watch(command) => commands::watch::run(command, &context),
        Command::Node(command) => commands::node::run(command, &context),
        Command::Agent(command) => commands::agent::run(command, &context),
        Command::Quarantine(command) => commands::quarantine::run(command, &context),
        Command::Demo(arguments) => demo::run(&arguments, &context),
    }
}

/// Returns the global options for a process that works for this one; it talks to no person, so without a language.
fn global(arguments: &Arguments) -> Vec<OsString> {
    let mut global = vec![OsString::from("-v"); arguments.verbose.into()];
    if let Some(clock) = &arguments.clock {
        let clock = std::path::absolute(clock).unwrap_or_else(|_| clock.clone());
        global.extend([OsString::from("--clock"), clock.into_os_string()]);
    }
    global
}

/// The libraries' errors read after "could not"; what this crate says itself is a sentence already.
fn in_words(error: &anyhow::Error) -> String {
    // An error of the disk, as `fs_err` words it, is one as well.
    let is_sentence = error.is::<&str>() || error.is::<String>() || error.is::<std::io::Error>();
    if is_sentence {
        format!("{error:#}")
    } else {
        format!("could not {error:#}")
    }
}

fn start_log(verbosity: u8) {
    let level = match verbosity {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("TOCSIN_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}
