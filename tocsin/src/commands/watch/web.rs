//! `tocsin watch web`: put pages under watch, check them, approve what has changed, and prove what was seen.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use browser::Browser;
use clap::{Args, Subcommand, ValueEnum};
use documents::PublicKey;
use jiff::Timestamp;
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};
use watch::keeping::{Archive, Target, WatchFolder, page_address};
use watch::{Common, Depth, Means};

use super::adding::{AddWish, add};
use super::browsing::Browsing;
use super::campaigns::{self, CampaignsArguments};
use super::desk::{self, Desk};
use super::export::{ExportWish, export};
use super::listing::{list, verify};
use super::run::{self, RunArguments};
use super::show::{ShowWish, show};
use super::survey::SurveyCommand;
use super::targets::read_targets;
use crate::commands::Context;
use crate::exit_code::Code;
use crate::input;

/// `tocsin watch web …`
#[derive(Subcommand)]
pub enum WebCommand {
    /// Put pages under watch: what they show now is approved in somebody's name.
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        way: Way,
        /// The pages; with --from, these of the list only.
        #[arg(required_unless_present = "from", value_name = "URL")]
        urls: Vec<String>,
        /// Those of a list: CSV whose first line names the columns, or one JSON object a line; '-' is standard input.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Who has looked at them and says that they are in order.
        #[arg(long, value_name = "NAME")]
        approved_by: String,
        /// Approve a page also where something about it is suspicious. Look at it first.
        #[arg(long)]
        approve_anyway: bool,
        /// Whose they are.
        #[arg(long, value_name = "NAME", default_value = "")]
        organisation: String,
        /// Who built or hosts them.
        #[arg(long, value_name = "NAME", default_value = "")]
        supplier: String,
        /// Whom to telephone.
        #[arg(long, value_name = "TEXT", default_value = "")]
        telephone: String,
        /// The public key of who announces their changes: 64 digits, or a file with them, or a key file. May be given several times.
        #[arg(long, value_name = "KEY")]
        publisher: Vec<String>,
    },
    /// Approve what a page shows now: it will no longer be reported.
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        way: Way,
        /// The page.
        #[arg(value_name = "URL")]
        url: String,
        /// Who has looked at it and says that it is in order.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why it has changed.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Check every page under watch once, or those named.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        way: Way,
        /// These pages only.
        #[arg(value_name = "URL")]
        urls: Vec<String>,
        /// How closely to look.
        #[arg(long, value_enum, default_value_t = DepthArgument::Visitors)]
        depth: DepthArgument,
        /// For programs: one object a line, for each page.
        #[arg(long)]
        json: bool,
    },
    /// Show what was added to several sites at one time, what those have in common, and who has the same.
    #[command(after_help = campaigns::EXAMPLES)]
    Campaigns(CampaignsArguments),
    /// Pack the evidence for the police: what was seen, when, and how anybody can prove that nobody has changed it.
    #[command(after_help = EXPORT_EXAMPLES)]
    Export {
        #[command(flatten)]
        place: Place,
        /// The archive to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Only what was seen from then on: `2026-11-23` or `2026-11-23T02:00:00Z`.
        #[arg(long, value_name = "TIME", value_parser = instant)]
        since: Option<Timestamp>,
        /// Only of this page. May be given several times.
        #[arg(long, value_name = "URL")]
        url: Vec<String>,
        /// Sign the list of digests with this key.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Take the passphrase from the first line of this file instead of asking.
        #[arg(long, value_name = "FILE", requires = "key")]
        passphrase_file: Option<PathBuf>,
    },
    /// Show what is under watch, and what the last checks came to.
    #[command(after_help = "Example:\n  tocsin watch web list --folder /var/lib/tocsin/watch")]
    List {
        #[command(flatten)]
        place: Place,
        /// For programs: one list.
        #[arg(long)]
        json: bool,
    },
    /// Go on looking at every page under watch until the program is ended.
    #[command(after_help = run::EXAMPLES)]
    Run(RunArguments),
    /// Look at what else there is on sites under watch: site maps, upload folders, pages that only search engines are shown.
    Survey(SurveyCommand),
    /// Take pages from under watch. Their evidence stays.
    #[command(
        after_help = "Example:\n  tocsin watch web remove https://syt.example.gov.vn/ --by 'Nguyễn Văn A'"
    )]
    Remove {
        #[command(flatten)]
        place: Place,
        /// The pages.
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
        /// Who says so.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Show a verdict: what changed, why that matters, and whether to telephone.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        place: Place,
        /// The page, or the number of a line of the chain of evidence. Without it, the most urgent verdict that stands.
        #[arg(value_name = "URL|LINE")]
        what: Option<String>,
        /// Write a page with everything in it, for a browser or a printer; '-' is standard output.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// For programs: one object.
        #[arg(long, conflicts_with = "html")]
        json: bool,
    },
    /// Prove that nobody has changed the evidence, and say its last digest.
    #[command(after_help = "Example:\n  tocsin watch web verify --folder /var/lib/tocsin/watch")]
    Verify {
        #[command(flatten)]
        place: Place,
        /// For programs: one object.
        #[arg(long)]
        json: bool,
    },
}

const ADD_EXAMPLES: &str = "\
Examples:
  tocsin watch web add https://syt.example.gov.vn/ --approved-by 'Nguyễn Văn A' --contact watch@cert.example
  tocsin watch web add --from sites.csv --approved-by 'Nguyễn Văn A'
  tocsin watch web add http://intranet.example/ --approved-by 'Trần B' --allow-host intranet.example

The list: columns url, organisation, supplier, contact (whom to telephone); only url is needed.

Exit codes: 0 all are under watch; 1 a page is suspicious and was left out; 2 a page could not be looked at.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  tocsin watch web export --out syt.zip --url https://syt.example.gov.vn/ --since 2026-11-20
  tocsin watch web export --out all.zip --key cert.key";

const SHOW_EXAMPLES: &str = "\
Examples:
  tocsin watch web show
  tocsin watch web show https://syt.example.gov.vn/ --html verdict.html
  tocsin watch web show 1287";

const APPROVE_EXAMPLES: &str = "\
Example:
  tocsin watch web approve https://syt.example.gov.vn/ --by 'Nguyễn Văn A' --note 'new design, announced by telephone'";

const CHECK_EXAMPLES: &str = "\
Examples:
  tocsin watch web check
  tocsin watch web check https://syt.example.gov.vn/ --depth whole --json

Exit codes: 0 nothing to look at; 1 somebody must look at a page; 2 of a page nothing could be said.";

/// Where the watch keeps what it knows.
#[derive(Args)]
pub struct Place {
    /// The folder of the watch.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tocsin/watch")]
    folder: PathBuf,
}

/// How sites are visited.
#[derive(Args)]
pub struct Way {
    /// Where sites can ask about our visits: an address of mail or of a page.
    /// The first time it has to be said; then it is remembered.
    #[arg(long, value_name = "CONTACT")]
    contact: Option<String>,
    /// A host that may be visited although its address is not public. May be given several times.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// A further authority whose certificates are believed (PEM). May be given several times.
    #[arg(long, value_name = "FILE")]
    authority: Vec<PathBuf>,
    /// Who is asked for names, instead of whom this machine asks. May be given several times.
    #[arg(long, value_name = "ADDRESS:PORT")]
    resolver: Vec<SocketAddr>,
    /// The pause between requests to one host and to one address.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000)]
    pause_ms: u64,
    #[command(flatten)]
    browsing: Browsing,
}

/// Everything with which the sites of a watch are looked at.
pub struct Reach {
    /// The way to the sites.
    web: Web,
    /// What opens pages that nothing else explains, where there is one.
    browser: Option<Browser>,
    /// What many sites have.
    common: Arc<Common>,
}

impl Reach {
    /// Returns what checks are made with at this time.
    pub fn means(&self, now: Timestamp) -> Means<'_> {
        Means {
            web: &self.web,
            browser: self.browser.as_ref(),
            common: Some(&self.common),
            now,
        }
    }
}

/// `--depth`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DepthArgument {
    /// The page, whatever the site says of it
    Whole,
    /// Also as crawlers, telephones and those who come from a search engine are shown it
    Visitors,
}

impl Place {
    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens what the watch keeps, to be read.
    pub fn archive(&self) -> anyhow::Result<Archive> {
        let evidence = self.folder.join("evidence.jsonl");
        if !evidence.try_exists()? {
            let folder = self.folder.display();
            bail!(
                "there is no watch in '{folder}': 'tocsin watch web add' begins one, --folder names another"
            );
        }
        Ok(Archive::open(&self.folder)?)
    }
}

impl Way {
    /// Sets up everything with which the sites of a watch are looked at.
    pub fn reach(&self, folder: &WatchFolder) -> anyhow::Result<Reach> {
        if folder.is_open_to_others()? {
            tracing::warn!(
                "others may enter '{0}', and evidence holds what intruders put there and personal data: 'chmod 700 {0}'",
                folder.path().display()
            );
        }
        Ok(Reach {
            web: self.web(folder)?,
            browser: self.browsing.browser()?,
            common: folder.common()?,
        })
    }

    /// Returns the pause between requests to one host.
    pub fn pause(&self) -> Duration {
        Duration::from_millis(self.pause_ms)
    }

    /// Sets up visits for a watch, which remembers where sites can ask about them.
    fn web(&self, folder: &WatchFolder) -> anyhow::Result<Web> {
        if let Some(contact) = &self.contact {
            folder.keep_contact(contact)?;
        }
        let Some(contact) = folder.contact()? else {
            bail!(
                "say with --contact where sites can ask about our visits: an address of mail or of a page"
            );
        };
        let names = if self.resolver.is_empty() {
            Names::of_system()
        } else {
            Names::of_servers(&self.resolver)
        };
        let authorities: anyhow::Result<Vec<String>> = self
            .authority
            .iter()
            .map(|file| input::read_text(file))
            .collect();
        let hosts = self.allow_host.iter().map(|host| host.to_ascii_lowercase());
        let settings = VisitSettings {
            contact,
            limits: Limits::default(),
            manners: Manners {
                pause: Duration::from_millis(self.pause_ms),
            },
            permission: Permission {
                hosts: hosts.collect(),
            },
            authorities: authorities?,
        };
        Ok(Web::new(names?, settings)?)
    }
}

/// Runs `tocsin watch web …`.
pub fn run(command: WebCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        WebCommand::Add {
            place,
            way,
            urls,
            from,
            approved_by,
            approve_anyway,
            organisation,
            supplier,
            telephone,
            publisher,
        } => {
            let targets = wished(from.as_deref(), urls)?;
            let publishers = read_publishers(&publisher)?;
            let given = [organisation, supplier, telephone];
            let wish = AddWish {
                targets: targets
                    .into_iter()
                    .map(|target| Target {
                        publishers: publishers.clone(),
                        ..completed(target, &given)
                    })
                    .collect(),
                by: approved_by,
                approve_anyway,
            };
            match Desk::open(&place, &way, context) {
                Err(error) if desk::is_in_use(&error) => {
                    desk::hand_over_targets(&place, wish, context)
                }
                desk => runtime()?.block_on(add(&mut desk?, wish)),
            }
        }
        WebCommand::Approve {
            place,
            way,
            url,
            by,
            note,
        } => match Desk::open(&place, &way, context) {
            Err(error) if desk::is_in_use(&error) => {
                desk::hand_over_approval(&place, &url, (by, note), context)
            }
            desk => runtime()?.block_on(desk?.approve(&url, &by, &note)),
        },
        WebCommand::Check {
            place,
            way,
            urls,
            depth,
            json,
        } => {
            let mut desk = Desk::open(&place, &way, context)?;
            runtime()?.block_on(desk.check(&urls, depth.into(), json))
        }
        WebCommand::Campaigns(arguments) => campaigns::run(&arguments, context),
        WebCommand::Run(arguments) => run::run(&arguments, &runtime()?, context),
        WebCommand::Survey(command) => command.run(context, &runtime()?),
        WebCommand::Export {
            place,
            out,
            since,
            url,
            key,
            passphrase_file,
        } => {
            let wish = ExportWish {
                out,
                since,
                urls: url,
                key,
                passphrase_file,
            };
            export(&place.archive()?, &wish, context)
        }
        WebCommand::List { place, json } => list(&place.archive()?, json, context),
        WebCommand::Remove {
            place,
            urls,
            by,
            note,
        } => desk::remove(&place, &urls, &by, &note, context),
        WebCommand::Show {
            place,
            what,
            html,
            json,
        } => {
            let wish = ShowWish { what, html, json };
            show(&place.archive()?, &wish, context)
        }
        WebCommand::Verify { place, json } => verify(&place.archive()?, json, context),
    }
}

/// Reads publishers' keys.
pub fn read_publishers(keys: &[String]) -> anyhow::Result<Vec<PublicKey>> {
    keys.iter().map(|key| super::files::read_key(key)).collect()
}

impl From<DepthArgument> for Depth {
    fn from(depth: DepthArgument) -> Self {
        match depth {
            DepthArgument::Whole => Self::Whole,
            DepthArgument::Visitors => Self::Visitors,
        }
    }
}

/// Returns the pages that are to be added: those of a list, or those that are named.
fn wished(list: Option<&Path>, urls: Vec<String>) -> anyhow::Result<Vec<Target>> {
    if let Some(list) = list {
        return named_of(read_targets(list)?, &urls);
    }
    let named = urls.into_iter().map(|url| Target {
        url,
        ..Target::default()
    });
    Ok(named.collect())
}

/// Returns those of a list that are named; all where none is.
fn named_of(mut listed: Vec<Target>, urls: &[String]) -> anyhow::Result<Vec<Target>> {
    if urls.is_empty() {
        return Ok(listed);
    }
    let wanted: Result<Vec<String>, String> = urls.iter().map(|url| page_address(url)).collect();
    let wanted = wanted.map_err(anyhow::Error::msg)?;
    listed.retain(|target| page_address(&target.url).is_ok_and(|url| wanted.contains(&url)));
    let is_missing = |url: &&String| {
        !listed
            .iter()
            .any(|one| page_address(&one.url).as_ref() == Ok(*url))
    };
    if let Some(other) = wanted.iter().find(is_missing) {
        bail!("the list does not have '{other}': without --from it is added by itself");
    }
    Ok(listed)
}

/// Fills what a list does not say with what was said for all.
fn completed(mut target: Target, given: &[String; 3]) -> Target {
    let places = [
        &mut target.organisation,
        &mut target.supplier,
        &mut target.contact,
    ];
    for (place, given) in places.into_iter().zip(given) {
        if place.is_empty() {
            place.clone_from(given);
        }
    }
    target
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

/// Reads `2026-11-23` (on Vietnam's clock, as everything that people read) or an instant with a zone.
fn instant(text: &str) -> Result<Timestamp, String> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00+07:00")
    } else {
        text.to_owned()
    };
    whole
        .parse()
        .map_err(|_| "write it as 2026-11-23 or 2026-11-23T02:00:00Z".to_owned())
}
