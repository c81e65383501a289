//! `tocsin watch`: web sites, and whether they still show what their owners put there.

mod browsing;
mod files;
mod files_output;
mod output;
mod web;

use clap::Subcommand;

pub use self::files::FilesCommand;
pub use self::web::WebCommand;
use super::Context;
use crate::exit_code::Code;

/// `tocsin watch …`
#[derive(Subcommand)]
pub enum WatchCommand {
    /// Watch the files of a web site against a manifest that its publisher signed.
    #[command(subcommand)]
    Files(FilesCommand),
    /// Watch web sites from outside, as their visitors see them.
    #[command(subcommand)]
    Web(WebCommand),
}

/// Runs `tocsin watch …`.
pub fn run(command: WatchCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        WatchCommand::Files(command) => files::run(command, context),
        WatchCommand::Web(command) => web::run(command, context),
    }
}
