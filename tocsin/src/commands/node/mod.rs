//! `tocsin node`: an organisation's node, its children and its officers' answers.
//!
//! Every command but `run` works on the folder directly, also while the node runs: it notices.

mod answers;
mod roster;
mod running;
mod verdicts;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::{AlertId, Answer, Consent, ConsentPolicy, HostId, OrganisationId, Sharing, Verb};
use link::Peer;
use node::{AuthoritySetup, Config, Node, WatchSetup};

pub use answers::{Status, status_of};

use super::Context;
use crate::exit_code::{self, Code};

/// `tocsin node …`
#[derive(Subcommand)]
pub enum NodeCommand {
    /// Make a node's folder: settings, keys, database.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArguments),
    /// Run: serve children, follow the parent, show the pages.
    #[command(after_help = "Example:\n  tocsin node run --folder /var/lib/tocsin/node")]
    Run {
        #[command(flatten)]
        place: Place,
        /// End when standard input is closed: for programs that start a node and must not leave it behind.
        #[arg(long, hide = true)]
        until_stdin_closes: bool,
    },
    /// Set the password with which officers sign in to the pages.
    #[command(after_help = "Example:\n  tocsin node set-password")]
    SetPassword {
        #[command(flatten)]
        place: Place,
        /// Take the password from this file instead of asking.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Print the public key with which an authority's node signs catalogues.
    #[command(after_help = "Example:\n  tocsin node key")]
    Key {
        #[command(flatten)]
        place: Place,
    },
    /// Take over the authority's root document, at the authority's own node.
    #[command(after_help = "Example:\n  tocsin node adopt-root root.json")]
    AdoptRoot {
        #[command(flatten)]
        place: Place,
        /// The root document.
        file: PathBuf,
    },
    /// Invite a host's agent; prints the invitation.
    #[command(after_help = "Example:\n  tocsin node invite-host booking-01 > invitation.txt")]
    InviteHost {
        #[command(flatten)]
        place: Place,
        /// The host's name.
        name: String,
        /// The organisation it belongs to, where that is one without a node.
        #[arg(long, value_name = "ID")]
        organisation: Option<OrganisationId>,
    },
    /// Invite the node of an organisation below; prints the invitation.
    #[command(
        after_help = "Example:\n  tocsin node invite-organisation vn.mot 'Bộ Giao thông vận tải' > invitation.txt"
    )]
    InviteOrganisation {
        #[command(flatten)]
        place: Place,
        /// Its id.
        id: OrganisationId,
        /// Its name for people.
        name: String,
    },
    /// Register an organisation without a node: it answers by web form or sweep kit. Prints the form's path.
    #[command(after_help = "Example:\n  tocsin node register vn.mot.office 'Văn phòng'")]
    Register {
        #[command(flatten)]
        place: Place,
        /// Its id.
        id: OrganisationId,
        /// Its name for people.
        name: String,
    },
    /// Join the tree below a parent, with the invitation that its administrator handed over.
    #[command(after_help = "Example:\n  tocsin node enrol invitation.txt")]
    Enrol {
        #[command(flatten)]
        place: Place,
        /// The invitation, or a file that holds it, or - for standard input.
        invitation: String,
    },
    /// Issue an alert that two officers have signed, at the authority's node. Prints its id.
    #[command(after_help = "Example:\n  tocsin node issue alert.json --officer Lan")]
    Issue {
        #[command(flatten)]
        place: Place,
        /// The signed alert.
        file: PathBuf,
        /// Who issues it, for the record.
        #[arg(long)]
        officer: String,
    },
    /// Take an alert out of force, at the authority's node: everybody below stops acting on it.
    #[command(after_help = "Example:\n  tocsin node withdraw 5d41… --officer Lan")]
    Withdraw {
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Take a host or an organisation off the roster: it is heard of no more, and no longer counted.
    #[command(
        after_help = "Examples:\n  tocsin node remove --host 8f3c…\n  tocsin node remove --organisation vn.mot"
    )]
    Remove {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        peer: PeerArguments,
    },
    /// Record that an officer of this organisation has read an alert.
    #[command(after_help = "Example:\n  tocsin node acknowledge 5d41… --officer Lan")]
    Acknowledge {
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Record an officer's answer to what an alert asks for.
    #[command(after_help = "Example:\n  tocsin node decide 5d41… isolate permit --officer Lan")]
    Decide {
        #[command(flatten)]
        answer: AnswerArguments,
        /// What the alert asks for.
        #[arg(value_parser = parse_word::<Verb>)]
        verb: Verb,
        /// permit or refuse.
        #[arg(value_parser = parse_word::<Answer>)]
        decision: Answer,
    },
    /// Show where every alert stands.
    #[command(after_help = "Examples:\n  tocsin node status\n  tocsin node status --json")]
    Status {
        #[command(flatten)]
        place: Place,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Print the settings file with every key explained.
    ExampleSettings,
}

const INIT_EXAMPLES: &str = "\
Examples:
  tocsin node init --organisation vn.mot --name 'Bộ Giao thông vận tải'
  tocsin node init --organisation vn.cert --name 'National CERT' --authority --folder /srv/tocsin

The settings can be changed afterwards in node.toml; `tocsin node example-settings` explains each.";

/// Where a node's folder is.
#[derive(Args)]
pub struct Place {
    /// The node's folder.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tocsin/node")]
    folder: PathBuf,
}

/// Arguments of `tocsin node init`.
#[derive(Args)]
pub struct InitArguments {
    #[command(flatten)]
    place: Place,
    /// The organisation's place in the tree, like a reversed domain name.
    #[arg(long, value_name = "ID")]
    organisation: OrganisationId,
    /// Its name for people.
    #[arg(long)]
    name: String,
    /// The organisation issues alerts.
    #[arg(long)]
    authority: bool,
    /// Where children connect.
    #[arg(long, value_name = "ADDRESS")]
    link: Option<SocketAddr>,
    /// How children reach that address: https://host:port. May be given several times.
    #[arg(long = "url", value_name = "URL")]
    urls: Vec<String>,
    /// Where the pages are served.
    #[arg(long, value_name = "ADDRESS")]
    pages: Option<SocketAddr>,
    /// What to do when an alert asks to sweep.
    #[arg(long, value_parser = parse_word::<Consent>, value_name = "automatic|ask|never")]
    sweep: Option<Consent>,
    /// What to do when an alert asks to isolate.
    #[arg(long, value_parser = parse_word::<Consent>, value_name = "automatic|ask|never")]
    isolate: Option<Consent>,
    /// What the parent is told.
    #[arg(long, value_parser = parse_word::<Sharing>, value_name = "acknowledgement-only|counts|pseudonymous|full")]
    sharing: Option<Sharing>,
    /// The folder of this organisation's watch of web sites: `tocsin watch web` writes it, the node only reads.
    #[arg(long, value_name = "FOLDER")]
    watch: Option<PathBuf>,
}

/// An officer's answer to an alert.
#[derive(Args)]
pub struct AnswerArguments {
    #[command(flatten)]
    place: Place,
    /// The alert's id.
    alert: AlertId,
    /// Who answers, for the record.
    #[arg(long)]
    officer: String,
}

/// A host or an organisation below.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct PeerArguments {
    /// The host's id, as the pages show it.
    #[arg(long, value_name = "ID")]
    host: Option<HostId>,
    /// The organisation's id.
    #[arg(long, value_name = "ID")]
    organisation: Option<OrganisationId>,
}

/// Runs `tocsin node …`.
pub fn run(command: NodeCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        NodeCommand::Init(arguments) => init(&arguments),
        NodeCommand::Run {
            place,
            until_stdin_closes,
        } => running::run(&open(&place.folder, context)?, until_stdin_closes),
        NodeCommand::SetPassword {
            place,
            password_file,
        } => running::set_password(&open(&place.folder, context)?, password_file.as_deref()),
        NodeCommand::Key { place } => roster::print_catalogue_key(&open(&place.folder, context)?),
        NodeCommand::AdoptRoot { place, file } => {
            roster::adopt_root(&open(&place.folder, context)?, &file)
        }
        NodeCommand::InviteHost {
            place,
            name,
            organisation,
        } => roster::invite_host(&open(&place.folder, context)?, &name, organisation.as_ref()),
        NodeCommand::InviteOrganisation { place, id, name } => {
            roster::invite_organisation(&open(&place.folder, context)?, &id, &name)
        }
        NodeCommand::Register { place, id, name } => {
            roster::register(&open(&place.folder, context)?, &id, &name)
        }
        NodeCommand::Enrol { place, invitation } => {
            roster::enrol(&open(&place.folder, context)?, &invitation)
        }
        NodeCommand::Issue {
            place,
            file,
            officer,
        } => answers::issue(&open(&place.folder, context)?, &file, &officer),
        NodeCommand::Withdraw { answer } => answers::withdraw(
            &open(&answer.place.folder, context)?,
            answer.alert,
            &answer.officer,
        ),
        NodeCommand::Remove { place, peer } => {
            let peer = match (peer.host, peer.organisation) {
                (Some(host), _) => Peer::Host(host),
                (None, Some(organisation)) => Peer::Organisation(organisation),
                (None, None) => anyhow::bail!("say with --host or --organisation who is removed"),
            };
            roster::remove(&open(&place.folder, context)?, &peer)
        }
        NodeCommand::Acknowledge { answer } => answers::acknowledge(
            &open(&answer.place.folder, context)?,
            answer.alert,
            &answer.officer,
        ),
        NodeCommand::Decide {
            answer,
            verb,
            decision,
        } => answers::decide(
            &open(&answer.place.folder, context)?,
            answer.alert,
            verb,
            decision,
            &answer.officer,
        ),
        NodeCommand::Status { place, json } => {
            answers::status(&open(&place.folder, context)?, json, context.language)
        }
        NodeCommand::ExampleSettings => {
            print!("{}", node::CONFIG_EXAMPLE);
            Ok(exit_code::DONE)
        }
    }
}

/// Opens the node in `folder`.
pub fn open(folder: &Path, context: &Context) -> anyhow::Result<Node> {
    Node::open(folder, context.clock.clone()).with_context(|| {
        format!(
            "could not open the node in '{}'; `tocsin node init` makes one",
            folder.display()
        )
    })
}

fn init(arguments: &InitArguments) -> anyhow::Result<Code> {
    let defaults = Config::new(arguments.organisation.clone(), &arguments.name);
    let link_address = arguments.link.unwrap_or(defaults.link_address);
    let link_urls = match (arguments.urls.is_empty(), arguments.link) {
        (false, _) => arguments.urls.clone(),
        (true, Some(address)) => vec![format!("https://{address}")],
        (true, None) => defaults.link_urls.clone(),
    };
    let config = Config {
        web_address: arguments.pages.unwrap_or(defaults.web_address),
        link_address,
        link_urls,
        consent: ConsentPolicy {
            sweep: arguments.sweep.unwrap_or(defaults.consent.sweep),
            isolate: arguments.isolate.unwrap_or(defaults.consent.isolate),
            ..defaults.consent
        },
        sharing: arguments.sharing.unwrap_or(defaults.sharing),
        authority: arguments.authority.then(AuthoritySetup::default),
        watch: arguments.watch.clone().map(WatchSetup::of_folder),
        ..defaults
    };
    Node::create(&arguments.place.folder, &config)?;
    println!(
        "{}  {}",
        config.organisation,
        arguments.place.folder.display()
    );
    Ok(exit_code::DONE)
}

/// Reads a word exactly as documents and settings write it.
fn parse_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    super::from_document_word(text)
}
