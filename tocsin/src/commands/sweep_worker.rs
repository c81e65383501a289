//! `tocsin sweep-worker`: the process in which a supervised sweep runs. No person starts it.

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::exit_code::{self, Code};
use crate::wiring::{interrupt, supervisor};

/// `tocsin sweep-worker …`
#[derive(Args)]
pub struct SweepWorkerArguments {
    /// Where to note what each thread has in hand.
    #[arg(long, value_name = "FILE")]
    in_hand: PathBuf,
}

/// Runs `tocsin sweep-worker …`.
pub fn run(arguments: &SweepWorkerArguments, context: &Context) -> anyhow::Result<Code> {
    // Ctrl-C reaches every process at the terminal; whoever supervises says what follows.
    interrupt::leave_to_others()?;
    supervisor::worker::work(&arguments.in_hand, &*context.clock)?;
    Ok(exit_code::DONE)
}
