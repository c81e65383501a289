//! `tocsin watch web`: put pages under watch, check them, approve what has changed, and prove what was seen.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use browser::Browser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use visit::{Limits, Manners, Names, Outcome, Permission, VisitSettings, Web};
use watch::keeping::{Entry, Target, WatchFolder, verify_chain};
use watch::{Approver, Check, Depth, Means, SiteMemory, Verdict, check};

use super::browsing::Browsing;
use super::output::{print_check, print_json, say};
use crate::commands::Context;
use crate::exit_code::{self, Code};
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
        /// The pages.
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
        /// Who has looked at them and says that they are in order.
        #[arg(long, value_name = "NAME")]
        approved_by: String,
        /// Whose they are.
        #[arg(long, value_name = "NAME", default_value = "")]
        organisation: String,
        /// Who built or hosts them.
        #[arg(long, value_name = "NAME", default_value = "")]
        supplier: String,
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
    /// Show what is under watch.
    #[command(after_help = "Example:\n  tocsin watch web list --folder /var/lib/tocsin/watch")]
    List {
        #[command(flatten)]
        place: Place,
        /// For programs: one list.
        #[arg(long)]
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
  tocsin watch web add http://intranet.example/ --approved-by 'Trần B' --allow-host intranet.example";

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
    #[arg(
        long,
        value_name = "CONTACT",
        default_value = "https://tocsin.example/watch"
    )]
    contact: String,
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

/// `--depth`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DepthArgument {
    /// The page, whatever the site says of it
    Whole,
    /// Also as crawlers, telephones and those who come from a search engine are shown it
    Visitors,
}

impl Way {
    fn web(&self) -> anyhow::Result<Web> {
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
            contact: self.contact.clone(),
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match command {
        WebCommand::Add {
            place,
            way,
            urls,
            approved_by,
            organisation,
            supplier,
        } => {
            let mut desk = Desk::open(&place, &way, context)?;
            for url in urls {
                let target = Target {
                    url,
                    organisation: organisation.clone(),
                    supplier: supplier.clone(),
                };
                runtime.block_on(desk.add(target, &approved_by))?;
            }
            Ok(exit_code::DONE)
        }
        WebCommand::Approve {
            place,
            way,
            url,
            by,
            note,
        } => {
            let mut desk = Desk::open(&place, &way, context)?;
            runtime.block_on(desk.approve(&url, &by, &note))?;
            Ok(exit_code::DONE)
        }
        WebCommand::Check {
            place,
            way,
            urls,
            depth,
            json,
        } => {
            let mut desk = Desk::open(&place, &way, context)?;
            let depth = match depth {
                DepthArgument::Whole => Depth::Whole,
                DepthArgument::Visitors => Depth::Visitors,
            };
            let mut code = exit_code::DONE;
            for target in desk.chosen(&urls)? {
                let verdict = runtime.block_on(desk.check(&target, depth, json))?;
                if verdict.wants_person() {
                    code = exit_code::FOUND;
                } else if verdict == Verdict::Nothing && code == exit_code::DONE {
                    code = exit_code::INCOMPLETE;
                }
            }
            Ok(code)
        }
        WebCommand::List { place, json } => list(&place, json),
        WebCommand::Verify { place, json } => {
            let proof = verify_chain(&place.folder.join("evidence.jsonl"), &mut |_| {})?;
            if json {
                print_json(&proof)?;
            } else {
                let lines = texts::count(proof.lines, context.language);
                let values = [("lines", lines.as_str()), ("last", proof.last.as_str())];
                println!("{}", say(context, "watch-chain-whole", &values));
            }
            Ok(exit_code::DONE)
        }
    }
}

fn list(place: &Place, json: bool) -> anyhow::Result<Code> {
    let targets = WatchFolder::open(&place.folder)?.targets()?;
    if json {
        print_json(&targets)?;
    } else {
        for target in targets {
            println!("{}  {}", target.url, target.organisation);
        }
    }
    Ok(exit_code::DONE)
}

/// The folder of a watch, and the way to the sites.
struct Desk<'c> {
    folder: WatchFolder,
    web: Web,
    browser: Option<Browser>,
    context: &'c Context,
}

impl<'c> Desk<'c> {
    fn open(place: &Place, way: &Way, context: &'c Context) -> anyhow::Result<Self> {
        Ok(Self {
            folder: WatchFolder::open(&place.folder)?,
            web: way.web()?,
            browser: way.browsing.browser()?,
            context,
        })
    }

    fn means(&self) -> Means<'_> {
        Means {
            web: &self.web,
            browser: self.browser.as_ref(),
        }
    }

    /// Keeps what a page looked like in a browser, where one was started: what comes later is compared with it.
    fn keep_picture(&self, check: &Check) -> anyhow::Result<()> {
        if let Some(rendered) = &check.rendered
            && !rendered.png.is_empty()
        {
            self.folder.contents.keep(&rendered.png)?;
        }
        Ok(())
    }

    /// Approves a page for the first time: looked at twice, so that what varies with each visit is known at once.
    async fn add(&mut self, target: Target, by: &str) -> anyhow::Result<()> {
        let mut targets = self.folder.targets()?;
        if targets.iter().any(|one| one.url == target.url) {
            bail!("'{}' is under watch already", target.url);
        }
        let mut memory = self.folder.memory(&target.url)?.unwrap_or_default();
        let first = self.look(&target.url, &memory, Depth::Visitors).await?;
        self.keep_picture(&first)?;
        memory.approve(&first, &self.approver(by, "first look"));
        let again = self.look(&target.url, &memory, Depth::Whole).await?;
        memory.learn(&again);
        self.folder.keep_memory(&target.url, &memory)?;
        self.write_down(
            &target.url,
            "approval",
            json!({ "by": by, "page": first.page }),
        )?;
        let line = say(
            self.context,
            "watch-added",
            &[("url", target.url.as_str()), ("by", by)],
        );
        targets.push(target);
        self.folder.keep_targets(&targets)?;
        println!("{line}");
        Ok(())
    }

    async fn approve(&mut self, url: &str, by: &str, note: &str) -> anyhow::Result<()> {
        let mut memory = self.known(url)?;
        let seen = self.look(url, &memory, Depth::Visitors).await?;
        self.keep_picture(&seen)?;
        memory.approve(&seen, &self.approver(by, note));
        self.folder.keep_memory(url, &memory)?;
        self.write_down(
            url,
            "approval",
            json!({ "by": by, "note": note, "page": seen.page }),
        )?;
        println!(
            "{}",
            say(self.context, "watch-approved", &[("url", url), ("by", by)])
        );
        Ok(())
    }

    async fn check(
        &mut self,
        target: &Target,
        depth: Depth,
        json: bool,
    ) -> anyhow::Result<Verdict> {
        let mut memory = self.known(&target.url)?;
        let means = self.means();
        let check = check(&means, &target.url, &memory, None, depth).await;
        let verdict = check.judgement.verdict;
        memory.learn(&check);
        self.folder.keep_memory(&target.url, &memory)?;
        if verdict != Verdict::Unchanged {
            self.keep_evidence(target, &check)?;
        }
        print_check(self.context, target, &check, json)?;
        Ok(verdict)
    }

    /// Keeps every page that came, and writes down what was seen and said.
    fn keep_evidence(&mut self, target: &Target, check: &Check) -> anyhow::Result<()> {
        let mut visits = Vec::new();
        for visit in &check.visits {
            let content = match visit.page() {
                Some(page) => Some(self.folder.contents.keep(&page.body)?),
                None => None,
            };
            visits.push(json!({ "visit": visit, "content": content }));
        }
        self.keep_picture(check)?;
        let body = json!({
            "judgement": check.judgement, "site": check.site, "visits": visits, "rendered": check.rendered,
        });
        self.write_down(&target.url, "check", body)
    }

    fn chosen(&self, urls: &[String]) -> anyhow::Result<Vec<Target>> {
        let targets = self.folder.targets()?;
        if let Some(unknown) = urls
            .iter()
            .find(|url| !targets.iter().any(|one| one.url == **url))
        {
            bail!("'{unknown}' is not under watch: add it with 'tocsin watch web add'");
        }
        let is_chosen = |one: &Target| urls.is_empty() || urls.contains(&one.url);
        Ok(targets.into_iter().filter(is_chosen).collect())
    }

    fn known(&self, url: &str) -> anyhow::Result<SiteMemory> {
        let memory = self.folder.memory(url)?;
        let memory = memory.filter(|memory| memory.pages.contains_key(url));
        memory.with_context(|| {
            format!("'{url}' is not under watch: add it with 'tocsin watch web add'")
        })
    }

    /// Looks at a page that somebody wants to approve: there has to be one.
    async fn look(&self, url: &str, memory: &SiteMemory, depth: Depth) -> anyhow::Result<Check> {
        let means = self.means();
        let check = check(&means, url, memory, None, depth).await;
        match &check.visits[0].outcome {
            Outcome::Page(page) if page.status < 400 => Ok(check),
            Outcome::Page(page) => bail!("'{url}' answers with status {}", page.status),
            Outcome::Failed(failure) => bail!("could not visit '{url}': could not {failure}"),
            Outcome::Unchanged => bail!("'{url}' says that nothing has changed since never"),
        }
    }

    fn approver(&self, by: &str, note: &str) -> Approver {
        Approver {
            by: by.to_owned(),
            at: self.context.clock.now().as_second(),
            note: note.to_owned(),
        }
    }

    fn write_down(
        &mut self,
        url: &str,
        event: &str,
        body: serde_json::Value,
    ) -> anyhow::Result<()> {
        let entry = Entry {
            at: self.context.clock.now(),
            target: url.to_owned(),
            event: event.to_owned(),
            body,
        };
        self.folder.chain.append(entry)?;
        Ok(())
    }
}
