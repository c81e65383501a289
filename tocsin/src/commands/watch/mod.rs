//! `tocsin watch`: web sites, and whether they still show what their owners put there.

mod adding;
mod announce;
mod announced;
mod browsing;
mod campaigns;
mod case;
mod desk;
mod export;
mod files;
mod files_output;
mod heard;
mod hook;
mod listing;
mod output;
mod reasons;
mod run;
mod show;
mod survey;
mod survey_case;
mod targets;
mod told;
mod web;

use clap::Subcommand;

pub use self::announce::AnnounceArguments;
pub use self::case::{name_of_place, verdict_page_until};
pub use self::files::FilesCommand;
pub use self::web::WebCommand;
use super::Context;
use crate::exit_code::Code;

/// `tocsin watch …`
#[derive(Subcommand)]
pub enum WatchCommand {
    /// Announce a change of a web site, signed, so that nobody is called for it.
    #[command(after_help = announce::EXAMPLES)]
    Announce(AnnounceArguments),
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
        WatchCommand::Announce(arguments) => announce::run(&arguments, context),
        WatchCommand::Files(command) => files::run(command, context),
        WatchCommand::Web(command) => web::run(command, context),
    }
}
