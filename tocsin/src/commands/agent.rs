//! `tocsin agent`: one host's agent.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use agent::AgentPaths;
use clap::Subcommand;
use link::Invitation;

use super::{Context, read_invitation};
use crate::exit_code::{self, Code};
use crate::wiring::interrupt;
use crate::wiring::supervisor::SupervisedSweeper;

/// `tocsin agent …`
#[derive(Subcommand)]
pub enum AgentCommand {
    /// Join an organisation with the invitation that its administrator handed over.
    #[command(after_help = ENROL_EXAMPLES)]
    Enrol {
        /// The agent's folder.
        #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tocsin/agent")]
        folder: PathBuf,
        /// The name under which people know this host. Without it, the machine's own.
        #[arg(long)]
        name: Option<String>,
        /// The invitation, or a file that holds it, or - for standard input.
        invitation: String,
    },
    /// Run: receive alerts, sweep, isolate where it is permitted, report.
    #[command(after_help = RUN_EXAMPLES)]
    Run {
        /// The agent's folder.
        #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tocsin/agent")]
        folder: PathBuf,
        /// End when standard input is closed: for programs that start an agent and must not leave it behind.
        #[arg(long, hide = true)]
        until_stdin_closes: bool,
    },
    /// Print the settings file with every key explained.
    ExampleSettings,
}

const RUN_EXAMPLES: &str = "\
Examples:
  tocsin agent run
  tocsin agent run --folder /srv/agent

What is swept, and how hard, stands in agent.toml of the folder; `tocsin agent example-settings` explains every key. Its
section [budget] is read again every second while a sweep runs: cpu_percent, memory_mib, paused, pause_on_battery and
pause_under_pressure. Anything else there counts from the next start.
A sweep runs in a process of its own. An item that hangs or ends that process is left out and named; the agent goes on.";

const ENROL_EXAMPLES: &str = "\
Examples:
  tocsin agent enrol --name booking-01 invitation.txt
  tocsin agent enrol tocsin-invitation:eyJ2…";

/// Runs `tocsin agent …`.
pub fn run(command: AgentCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        AgentCommand::Enrol {
            folder,
            name,
            invitation,
        } => {
            let invitation: Invitation = read_invitation(&invitation)?;
            let name = name.unwrap_or_else(agent::machine_name);
            let enrolment = agent::enrol(&AgentPaths::new(&folder), &invitation, &name)?;
            println!(
                "{}  {} ({})",
                enrolment.host, enrolment.organisation_name, enrolment.organisation
            );
        }
        AgentCommand::Run {
            folder,
            until_stdin_closes,
        } => {
            if until_stdin_closes {
                std::thread::spawn(|| {
                    interrupt::wait_for_end_of_stdin();
                    std::process::exit(0);
                });
            }
            // Killing the agent at any moment loses nothing, so it needs no signal handler.
            let sweeper = SupervisedSweeper {
                global: context.global.clone(),
            };
            agent::run(&folder, &*context.clock, &sweeper, &AtomicBool::new(false))?;
        }
        AgentCommand::ExampleSettings => print!("{}", agent::EXAMPLE),
    }
    Ok(exit_code::DONE)
}
