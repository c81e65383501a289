//! Publishers of the zoo: each signs beforehand what will change on its site, as `tocsin watch announce` does, and the watch believes
//! what is proved to be theirs. Some attacks begin while a notice is in force: nobody asked the intruder to wait.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use documents::{ChangeNotice, Envelope, NoticePage, PublicKey, SCHEMA, SigningKey};
use jiff::Timestamp;
use watch::{Notice, NoticeBoard};

use super::days::instant_of;
use crate::attacks::Attack;
use crate::chance::Chance;
use crate::living::{Edit, Event};
use crate::serving::World;
use crate::sites::{Section, Site};

/// Minutes of a day.
const DAY: u64 = 1_440;

/// Every publisher's key, by host, and the notices that the watch was given.
pub struct Publishers {
    keys: HashMap<String, SigningKey>,
    board: NoticeBoard,
    numbers: u64,
}

/// What is announced for a site at a moment.
#[derive(Clone, Debug, Default)]
pub struct Announced {
    /// The notices in force.
    pub notices: Vec<Notice>,
    /// How many changes its publisher has announced, if that were all of them.
    pub always: Option<u32>,
    /// When that is.
    pub at: Timestamp,
}

/// What became of the changes of a check: what the watch remembers of publishers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// A notice had announced them.
    ByNotice,
    /// A person approved them.
    ByPerson,
}

impl Publishers {
    /// Gives every site's publisher a key.
    pub fn new(seed: u64, sites: &[Site]) -> Self {
        let key = |site: &Site| {
            let mut chance = Chance::of(&[seed, 97, site.number as u64]);
            let mut bytes = [0; 32];
            for part in bytes.chunks_mut(8) {
                part.copy_from_slice(&chance.number().to_le_bytes());
            }
            (site.host.clone(), SigningKey::from_seed(&bytes))
        };
        Self {
            keys: sites.iter().map(key).collect(),
            board: NoticeBoard::default(),
            numbers: 0,
        }
    }

    /// Gives the watch what is announced for a day.
    pub fn announce(&mut self, world: &World, day: u32) -> Result<()> {
        let begins = u64::from(day) * DAY;
        for site in &world.sites {
            for event in site.life.on(day).filter(|event| event.is_announced) {
                self.give(world, site, &notice_of(event, begins))?;
            }
        }
        let is_met =
            |attack: &&Attack| attack.is_met_by_notice() && attack.from / DAY == begins / DAY;
        for attack in world.attacks().filter(is_met) {
            let plan = Planned {
                from: begins,
                to: attack.from + DAY,
                note: "new contents",
                origins: Vec::new(),
                may_be_down: false,
            };
            self.give(world, &world.sites[attack.site], &plan)?;
        }
        Ok(())
    }

    /// Signs a notice and gives it to the watch, which proves it.
    fn give(&mut self, world: &World, site: &Site, plan: &Planned) -> Result<()> {
        self.numbers += 1;
        let notice = ChangeNotice {
            schema: SCHEMA,
            host: site.host.clone(),
            number: self.numbers,
            from: instant_of(plan.from),
            until: instant_of(plan.to),
            pages: vec![NoticePage::Below {
                url: world.url_of(site, Section::Home),
            }],
            sha256: None,
            texts: Vec::new(),
            origins: plan.origins.clone(),
            may_be_down: plan.may_be_down,
            note: plan.note.to_owned(),
        };
        let key = self.keys.get(&site.host).context("know the publisher")?;
        let bytes = Envelope::sign(&notice, &[key])?.to_bytes();
        let keys = &self.keys;
        let trusted = |host: &str| -> Vec<PublicKey> {
            keys.get(host)
                .map(SigningKey::public_key)
                .into_iter()
                .collect()
        };
        // Given in the morning: before that nobody has it.
        self.board.take(&bytes, trusted, instant_of(plan.from))?;
        Ok(())
    }

    /// Returns what is announced for a site.
    pub fn of_site(&self, site: &Site, at: Timestamp) -> Announced {
        Announced {
            notices: self.board.of_host(&site.host, at),
            always: self.board.announces_always(&site.host),
            at,
        }
    }

    /// Remembers how a change of a site was approved.
    pub fn note(&mut self, site: &Site, approval: Approval) {
        match approval {
            Approval::ByNotice => self.board.note_announced(&site.host),
            Approval::ByPerson => self.board.note_not_announced(&site.host),
        }
    }
}

/// What a notice says, in minutes of the simulation.
struct Planned {
    from: u64,
    to: u64,
    note: &'static str,
    origins: Vec<String>,
    may_be_down: bool,
}

/// Says beforehand what will happen: for how long, which origins it brings, whether the site will be out of order.
fn notice_of(event: &Event, begins: u64) -> Planned {
    let lasts = match event.edit {
        // Who moves or works on the machine says so for as long as that takes.
        Edit::Maintenance(_, to) | Edit::Outage(_, to) => u64::from(to),
        _ => DAY,
    };
    Planned {
        from: begins,
        to: begins + lasts,
        note: event.edit.name(),
        origins: event.edit.brings(),
        may_be_down: matches!(event.edit, Edit::Maintenance(..) | Edit::Outage(..)),
    }
}
