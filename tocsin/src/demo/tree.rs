//! The tree of the demo: nodes and agents, each a process of its own, enrolled with real invitations.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use domain::{AlertId, Answer, Verb};
use fs_err as fs;
use node::{Node, Picture};

use super::issuing;
use super::processes::{Privileges, Running, words};
use super::stage::{Stage, free_address};
use super::story::{
    AUTHORITY, DemoHost, DemoOrganisation, Fate, HOSTS, INCLUDED_AT, MINISTRY, OFFICE,
    ORGANISATIONS, TakesPart,
};
use super::{disks, disks::Planted};
use crate::wiring;

/// The name of the host that a real directory of this machine becomes.
const INCLUDED_HOST: &str = "may-that";

/// The running tree.
pub struct Tree {
    nodes: BTreeMap<&'static str, DemoNode>,
    agents: BTreeMap<&'static str, Running>,
    form_path: String,
}

struct DemoNode {
    node: Node,
    process: Running,
}

impl Tree {
    /// Makes, starts and connects the nodes, parents first.
    pub fn raise(stage: &Stage, pages: Option<SocketAddr>) -> anyhow::Result<Self> {
        let mut tree = Self {
            nodes: BTreeMap::new(),
            agents: BTreeMap::new(),
            form_path: String::new(),
        };
        for organisation in &ORGANISATIONS {
            match organisation.takes_part {
                TakesPart::Node => tree.add_node(
                    stage,
                    organisation,
                    pages.filter(|_| organisation.id == AUTHORITY),
                )?,
                TakesPart::FormAndKit => tree.register(stage, organisation)?,
            }
        }
        Ok(tree)
    }

    /// Lays out the hosts' disks, enrols and starts their agents.
    pub fn add_hosts(&mut self, stage: &Stage) -> anyhow::Result<()> {
        for (seed, host) in (1u64..).zip(&HOSTS) {
            disks::lay_out(&stage.disk(host.name), seed, host.planted)?;
            let unreadable = host.planted.contains(&Planted::UnreadableFolder);
            let privileges = if unreadable {
                Privileges::NoOverride
            } else {
                Privileges::Inherited
            };
            self.add_agent(
                stage,
                host.name,
                host.organisation,
                &stage.disk(host.name),
                privileges,
            )?;
        }
        Ok(())
    }

    /// Adds a real directory of this machine as one more host, of an organisation that never isolates.
    pub fn add_included(&mut self, stage: &Stage, path: &Path) -> anyhow::Result<()> {
        let path = fs::canonicalize(path).context("could not include it")?;
        self.add_agent(
            stage,
            INCLUDED_HOST,
            INCLUDED_AT,
            &path,
            Privileges::Inherited,
        )
    }

    /// Ends a host's agent.
    pub fn let_vanish(&mut self, host: &str) {
        self.agents.remove(host);
    }

    /// Fails if a process has ended by itself.
    pub fn check_processes(&mut self) -> anyhow::Result<()> {
        for node in self.nodes.values_mut() {
            node.process.check()?;
        }
        self.agents.values_mut().try_for_each(Running::check)
    }

    /// Returns what an organisation's node knows of the alerts it has received.
    pub fn pictures(&self, organisation: &str, alerts: &[AlertId]) -> anyhow::Result<Vec<Picture>> {
        let node = &self.node(organisation).node;
        let mut pictures = Vec::new();
        for alert in alerts {
            pictures.extend(node.picture(*alert)?);
        }
        Ok(pictures)
    }

    /// Returns the numbers of alerts.
    pub fn numbers(&self, organisation: &str, alerts: &[AlertId]) -> anyhow::Result<Vec<String>> {
        let pictures = self.pictures(organisation, alerts)?;
        Ok(pictures
            .into_iter()
            .map(|picture| picture.alert.number.clone())
            .collect())
    }

    /// Returns the organisations that have nodes, with their nodes.
    pub fn nodes(&self) -> impl Iterator<Item = (&'static str, &Node)> {
        self.nodes.iter().map(|(id, node)| (*id, &node.node))
    }

    /// Returns where an organisation's pages answer.
    pub fn pages_of(&self, organisation: &str) -> SocketAddr {
        self.node(organisation).node.config().web_address
    }

    /// Returns where the organisation without a server answers.
    pub fn form_address(&self) -> String {
        format!("http://{}{}", self.pages_of(MINISTRY), self.form_path)
    }

    /// Has an organisation's officer permit isolation, where the alert asks for it and the policy left it to a person.
    pub fn permit_isolation(
        &self,
        stage: &Stage,
        organisation: &DemoOrganisation,
        alert: AlertId,
    ) -> anyhow::Result<bool> {
        let pictures = self.pictures(organisation.id, &[alert])?;
        let mut decisions = pictures.iter().flat_map(|picture| &picture.decisions);
        if !decisions
            .any(|decision| decision.verb == Verb::Isolate && decision.answer == Answer::Pending)
        {
            return Ok(false);
        }
        let (folder, alert) = (stage.node(organisation.id), alert.to_string());
        let officer = organisation.officer;
        let command = words![
            "node",
            "decide",
            "--folder",
            &folder,
            &alert,
            "isolate",
            "permit",
            "--officer",
            &officer,
        ];
        stage.program.run(&command, &[0])?;
        Ok(true)
    }

    fn node(&self, organisation: &str) -> &DemoNode {
        self.nodes
            .get(organisation)
            .expect("the story gives this organisation a node")
    }

    fn add_node(
        &mut self,
        stage: &Stage,
        organisation: &'static DemoOrganisation,
        pages: Option<SocketAddr>,
    ) -> anyhow::Result<()> {
        let id = organisation.id;
        let folder = stage.node(id);
        let (link, pages) = (
            free_address()?.to_string(),
            pages.map_or_else(free_address, Ok)?.to_string(),
        );
        let mut init = Vec::from(words![
            "node",
            "init",
            "--folder",
            &folder,
            "--organisation",
            &id,
            "--name",
            &organisation.name,
            "--link",
            &link,
            "--pages",
            &pages,
            "--isolate",
            &organisation.isolate,
            "--sharing",
            "full",
        ]);
        if id == AUTHORITY {
            init.push("--authority".into());
        }
        if id == MINISTRY {
            init.extend(words!["--watch", &stage.watch()]);
        }
        stage.program.run(&init, &[0])?;
        if let Some(parent) = organisation.parent {
            let parent = stage.node(parent);
            let invite = words![
                "node",
                "invite-organisation",
                "--folder",
                &parent,
                &id,
                &organisation.name
            ];
            let invitation = stage.program.run(&invite, &[0])?;
            stage.program.run(
                &words!["node", "enrol", "--folder", &folder, &invitation.trim()],
                &[0],
            )?;
        } else {
            let catalogue_key = stage
                .program
                .run(&words!["node", "key", "--folder", &folder], &[0])?;
            issuing::make_root(stage, catalogue_key.trim())?;
            let root = stage.document("root.json");
            stage.program.run(
                &words!["node", "adopt-root", "--folder", &folder, &root],
                &[0],
            )?;
        }
        let password = stage.folder().join("officers").join("pages-password");
        fs::write(&password, &stage.password)?;
        let set = words![
            "node",
            "set-password",
            "--folder",
            &folder,
            "--password-file",
            &password
        ];
        stage.program.run(&set, &[0])?;
        let run = words!["node", "run", "--until-stdin-closes", "--folder", &folder];
        let process = stage
            .program
            .start(&format!("node-{id}"), &run, Privileges::Inherited)?;
        let node = Node::open(&folder, wiring::clock::open(Some(&stage.clock_file()))?)?;
        wait_for_link(&node)?;
        self.nodes.insert(id, DemoNode { node, process });
        Ok(())
    }

    fn register(&mut self, stage: &Stage, organisation: &DemoOrganisation) -> anyhow::Result<()> {
        let parent = stage.node(
            organisation
                .parent
                .context("an organisation without a node has a parent")?,
        );
        let register = words![
            "node",
            "register",
            "--folder",
            &parent,
            &organisation.id,
            &organisation.name
        ];
        stage
            .program
            .run(&register, &[0])?
            .trim()
            .clone_into(&mut self.form_path);
        Ok(())
    }

    fn add_agent(
        &mut self,
        stage: &Stage,
        name: &'static str,
        organisation: &str,
        root: &Path,
        privileges: Privileges,
    ) -> anyhow::Result<()> {
        let (parent, folder) = (stage.node(organisation), stage.agent(name));
        let invite = words!["node", "invite-host", "--folder", &parent, &name];
        let invitation = stage.program.run(&invite, &[0])?;
        let enrol = words![
            "agent",
            "enrol",
            "--folder",
            &folder,
            "--name",
            &name,
            &invitation.trim()
        ];
        stage.program.run(&enrol, &[0])?;
        let settings = folder.join("agent.toml");
        let quoted = toml::Value::String(root.display().to_string());
        let text = fs::read_to_string(&settings)?
            .replace("roots = [\"/\"]", &format!("roots = [{quoted}]"));
        fs::write(&settings, text)?;
        let run = words!["agent", "run", "--until-stdin-closes", "--folder", &folder];
        self.agents.insert(
            name,
            stage
                .program
                .start(&format!("agent-{name}"), &run, privileges)?,
        );
        Ok(())
    }
}

/// Has an organisation's officer acknowledge an alert.
pub fn acknowledge(
    stage: &Stage,
    organisation: &DemoOrganisation,
    alert: AlertId,
) -> anyhow::Result<()> {
    let (folder, alert) = (stage.node(organisation.id), alert.to_string());
    let officer = organisation.officer;
    let command = words![
        "node",
        "acknowledge",
        "--folder",
        &folder,
        &alert,
        "--officer",
        &officer
    ];
    stage.program.run(&command, &[0])?;
    Ok(())
}

/// A node that has just been started is reachable a moment later.
fn wait_for_link(node: &Node) -> anyhow::Result<()> {
    let address = node.config().link_address;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let pause = wiring::interrupt::Interrupted::default();
    while std::net::TcpStream::connect(address).is_err() {
        if std::time::Instant::now() > deadline {
            anyhow::bail!(
                "the node of '{}' does not answer at {address}",
                node.organisation()
            );
        }
        pause.wait_for(std::time::Duration::from_millis(20));
    }
    Ok(())
}

/// Tells whether every addressed organisation has received every alert.
pub fn has_arrived(pictures: &[Picture]) -> bool {
    pictures.iter().all(|picture| {
        let totals = &picture.totals;
        totals.addressed == ORGANISATIONS.len() as u64 - 1 && totals.received == totals.addressed
    })
}

/// Tells whether every host that can answer has answered.
pub fn has_answered(pictures: &[Picture]) -> bool {
    let vanished = HOSTS
        .iter()
        .filter(|host: &&DemoHost| host.fate == Fate::Vanishes)
        .count() as u64;
    pictures.iter().all(|picture| {
        let totals = &picture.totals;
        let office = picture.organisations.iter().any(|row| {
            row.status.organisation.as_str() == OFFICE && row.status.finished_at.is_some()
        });
        totals.hosts.open() == vanished
            && totals.acknowledged == totals.addressed
            && office
            && isolation_is_done(picture)
    })
}

/// Tells whether the one host that is gone is known to be, at the top.
pub fn is_final(pictures: &[Picture]) -> bool {
    let vanished = HOSTS
        .iter()
        .filter(|host| host.fate == Fate::Vanishes)
        .count() as u64;
    pictures
        .iter()
        .all(|picture| picture.totals.hosts.unreachable == vanished && picture.totals.overdue > 0)
}

/// Where isolation is permitted, each confirmed finding ends in a vault.
fn isolation_is_done(picture: &Picture) -> bool {
    picture.organisations.iter().all(|row| {
        row.status.isolate != Answer::Permit || row.status.isolated >= row.status.confirmed
    })
}
