//! Which page is looked at next and how deeply. Pure: time comes in with each call, nothing is visited here.
//!
//! Every server (an address, or a host whose address is not known yet) has a queue of its own and at most one job. A page stands
//! in one queue once, so that a slow server makes its own pages late and nobody else's, and nothing piles up.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::chance::Chance;
use super::pace::{Pace, Paces};
use super::quiet::Quiet;
use super::rhythm::Rhythm;
use super::turns::{Page, Server};

/// Counted from the beginning of the watch, by a clock that does not jump.
pub type Moment = Duration;

/// The longest that quiet hours are believed without asking the clock of the day again: it may have been put right.
const QUIET_BELIEVED: Duration = Duration::from_mins(15);

/// Names a page in the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(u32);

/// How deeply to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// Whether it is unchanged.
    Quick,
    /// The whole page in any case.
    Whole,
    /// Also as other visitors.
    Visitors,
    /// What else there is on the site: of sites, not of pages.
    Survey,
}

/// One look at one page, to be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which page.
    pub page: PageId,
    /// How deeply.
    pub look: Look,
    /// How much later than planned.
    pub late: Duration,
}

/// What is to be done at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This.
    Job(Job),
    /// Nothing before this moment, unless a job ends.
    Wait(Moment),
    /// Nothing, unless a job ends or a page is added.
    Nothing,
}

/// What follows from a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Usual,
    /// A second look as deep as this one, soon.
    Confirm(Look),
    /// More frequent quick looks for a while, and looks as deep as this within half an hour.
    Often(Look),
    /// Less frequent looks: the site has not answered so many times.
    BackOff(u32),
    /// The same survey at this time from now: there was no room for it, or the site did not answer.
    SurveyIn(Duration),
}

/// Pages and when each is looked at.
#[derive(Debug)]
pub struct Schedule {
    rhythm: Rhythm,
    chance: Chance,
    pages: Vec<Option<Page>>,
    free_pages: Vec<u32>,
    hosts: HashMap<Box<str>, u32>,
    host_list: Vec<Host>,
    servers: Vec<Server>,
    free_servers: Vec<u32>,
    addresses: HashMap<IpAddr, u32>,
    /// Servers that have something to do and no job, by when they may be asked.
    agenda: BTreeSet<(Moment, u32)>,
    paces: Paces,
}

#[derive(Debug)]
struct Host {
    server: u32,
    pages: Vec<u32>,
}

impl Schedule {
    /// Begins without pages. Times are drawn from `chance`.
    pub fn new(rhythm: Rhythm, chance: Chance) -> Self {
        Self {
            rhythm,
            chance,
            pages: Vec::new(),
            free_pages: Vec::new(),
            hosts: HashMap::new(),
            host_list: Vec::new(),
            servers: Vec::new(),
            free_servers: Vec::new(),
            addresses: HashMap::new(),
            agenda: BTreeSet::new(),
            paces: Paces::new(rhythm.period),
        }
    }

    /// Adds a page of a host; it gets its first quick look within one period.
    pub fn add(&mut self, host: &str, quiet: Option<Quiet>, now: Moment) -> PageId {
        let host = self.host(host);
        let rhythm = self.rhythm;
        let mut soon = |every: Duration| now + self.chance.between(Duration::ZERO, every);
        let page = Page {
            quick_at: soon(rhythm.period),
            whole_at: soon(rhythm.whole_every),
            visitors_at: soon(rhythm.visitors_every),
            ..Page::of(host, quiet)
        };
        self.add_page(page)
    }

    /// Adds a site as such: it is surveyed now and then, and each survey is one job at its server as any other.
    pub fn add_site(&mut self, host: &str, quiet: Option<Quiet>, now: Moment) -> PageId {
        let host = self.host(host);
        let every = self.rhythm.survey_every;
        let survey_at = now + self.chance.between(Duration::ZERO, every);
        self.add_page(Page {
            survey_at,
            is_site: true,
            ..Page::of(host, quiet)
        })
    }

    fn add_page(&mut self, page: Page) -> PageId {
        let host = page.host;
        let id = self.free_pages.pop().unwrap_or_else(|| {
            self.pages.push(None);
            u32::try_from(self.pages.len() - 1).expect("pages are counted in 32 bits")
        });
        self.pages[id as usize] = Some(page);
        self.host_list[host as usize].pages.push(id);
        self.queue(id);
        PageId(id)
    }

    /// Takes a page out; where a job is under way for it, when that has ended.
    pub fn remove(&mut self, page: PageId) {
        let id = page.0;
        let Some(page) = self.page_mut(id) else {
            return;
        };
        page.is_removed = true;
        if page.begun.is_none() {
            self.unqueue(id);
            self.forget(id);
        }
    }

    /// Sets a page's quiet hours.
    pub fn set_quiet(&mut self, page: PageId, quiet: Option<Quiet>) {
        if let Some(page) = self.page_mut(page.0) {
            page.quiet = quiet;
        }
    }

    /// Asks for a look as soon as the page's server may be asked.
    pub fn urge(&mut self, page: PageId, look: Look, now: Moment) {
        let id = page.0;
        self.unqueue(id);
        if let Some(page) = self.page_mut(id) {
            let look = page.confirm.map_or(look, |(_, other)| look.max(other));
            page.confirm = Some((now, look));
        }
        self.queue(id);
    }

    /// Has a site surveyed within this time, at a moment that nobody can foresee, unless it has its turn before.
    pub fn hasten(&mut self, site: PageId, within: Duration, now: Moment) {
        let id = site.0;
        let at = now + self.chance.between(Duration::ZERO, within);
        self.unqueue(id);
        if let Some(page) = self.page_mut(id).filter(|page| page.is_site) {
            page.survey_at = page.survey_at.min(at);
        }
        self.queue(id);
    }

    /// Returns what is to be done now; `wall` is what the clock of the day says, for quiet hours. Each job that is returned has
    /// to be ended with [`Self::done`].
    pub fn next(&mut self, now: Moment, wall: Timestamp) -> Next {
        self.paces.roll(now);
        // Each turn of this loop ends it, or puts a page off beyond now.
        loop {
            let Some(&(at, server)) = self.agenda.first() else {
                return Next::Nothing;
            };
            if at > now {
                return Next::Wait(at);
            }
            let id = self.servers[server as usize].first_due(now);
            self.unqueue(id);
            if let Some(job) = self.begin(id, now, wall) {
                return Next::Job(job);
            }
            self.queue(id);
        }
    }

    /// Ends a job. `address` is where the host was found.
    pub fn done(&mut self, page: PageId, address: Option<IpAddr>, after: After, now: Moment) {
        let id = page.0;
        let rhythm = self.rhythm;
        let Some(page) = self.page_mut(id) else {
            return;
        };
        let Some(begun) = page.begun.take() else {
            return;
        };
        page.plan(&rhythm, after, begun, now);
        let (host, is_removed, is_site) = (page.host, page.is_removed, page.is_site);
        let server = self.host_list[host as usize].server;
        let ended = &mut self.servers[server as usize];
        if is_site {
            ended.surveyed_at = now;
        }
        ended.is_busy = false;
        ended.free_at = now.max(begun + rhythm.pause);
        if is_removed {
            self.forget(id);
        } else {
            self.queue(id);
        }
        self.list(server);
        if let Some(address) = address {
            self.found_at(host, address);
        }
    }

    /// Tells how late the watch is.
    pub fn pace(&self) -> Pace {
        self.paces.last()
    }

    /// Returns how many pages there are.
    pub fn count(&self) -> usize {
        self.pages.len() - self.free_pages.len()
    }

    /// Decides how deeply to look; `None` where quiet hours forbid what is due.
    fn begin(&mut self, id: u32, now: Moment, wall: Timestamp) -> Option<Job> {
        let rhythm = self.rhythm;
        let short = rhythm.period / 20;
        let jitter = self.chance.between(Duration::ZERO, short * 2);
        let wait = self.chance.between(Duration::ZERO, rhythm.period);
        let page = self.pages[id as usize].as_mut()?;
        let due = page.due().0;
        if let Some(quiet) = page.quiet
            && let Some(rest) = quiet.hours.rest(wall)
        {
            let later = now + rest.min(QUIET_BELIEVED) + wait;
            page.put_off(quiet.entirely, later);
            if page.due().0 > now {
                return None;
            }
        }
        let look = page.deepest(now);
        page.begun = Some(now);
        // Whatever looks as deeply confirms as well.
        page.confirm = page
            .confirm
            .filter(|(_, wanted)| look == Look::Survey && *wanted != look || look < *wanted);
        let mut again = |every: Duration| now + self.chance.between(every / 2, every + every / 2);
        if look == Look::Survey {
            page.survey_at = again(rhythm.survey_every);
        } else {
            page.quick_at = now + rhythm.period.saturating_sub(short) + jitter;
        }
        if look == Look::Whole || look == Look::Visitors {
            page.whole_at = again(rhythm.whole_every);
        }
        if look == Look::Visitors {
            page.visitors_at = again(rhythm.visitors_every);
        }
        let number = self.host_list[page.host as usize].server;
        let server = &mut self.servers[number as usize];
        server.is_busy = true;
        let late = now.saturating_sub(due.max(server.surveyed_at));
        if look != Look::Survey {
            self.paces.begun(late, server.address);
        }
        self.list(number);
        Some(Job {
            page: PageId(id),
            look,
            late,
        })
    }

    fn host(&mut self, name: &str) -> u32 {
        if let Some(host) = self.hosts.get(name) {
            return *host;
        }
        let server = self.new_server(None);
        self.servers[server as usize].hosts = 1;
        let host = u32::try_from(self.host_list.len()).expect("hosts are counted in 32 bits");
        self.host_list.push(Host {
            server,
            pages: Vec::new(),
        });
        self.hosts.insert(name.into(), host);
        host
    }

    fn new_server(&mut self, address: Option<IpAddr>) -> u32 {
        let server = Server {
            address,
            ..Server::default()
        };
        if let Some(number) = self.free_servers.pop() {
            self.servers[number as usize] = server;
            return number;
        }
        self.servers.push(server);
        u32::try_from(self.servers.len() - 1).expect("servers are counted in 32 bits")
    }

    /// Moves a host to the queue of its address. None of its jobs is under way: the one that found it has just ended.
    fn found_at(&mut self, host: u32, address: IpAddr) {
        let from = self.host_list[host as usize].server;
        if self.servers[from as usize].address == Some(address) {
            return;
        }
        let to = match self.addresses.get(&address) {
            Some(server) => *server,
            // The queue that the host has to itself becomes that of the address.
            None if self.servers[from as usize].address.is_none() => {
                self.servers[from as usize].address = Some(address);
                self.addresses.insert(address, from);
                return;
            }
            None => {
                let server = self.new_server(Some(address));
                self.addresses.insert(address, server);
                server
            }
        };
        let pages = self.host_list[host as usize].pages.clone();
        for id in &pages {
            self.unqueue(*id);
        }
        // Whoever was asked there is not asked again at once because it moved.
        let free_at = self.servers[from as usize].free_at;
        let new = &mut self.servers[to as usize];
        new.free_at = new.free_at.max(free_at);
        self.host_list[host as usize].server = to;
        self.servers[to as usize].hosts += 1;
        for id in pages {
            self.queue(id);
        }
        self.list(to);
        self.leave(from);
    }

    /// Forgets an address that no host is at any more: names may be given another one each time.
    fn leave(&mut self, number: u32) {
        let server = &mut self.servers[number as usize];
        server.hosts -= 1;
        if server.hosts == 0 {
            if let Some(address) = server.address {
                self.addresses.remove(&address);
            }
            self.free_servers.push(number);
        }
    }

    fn page_mut(&mut self, id: u32) -> Option<&mut Page> {
        self.pages.get_mut(id as usize)?.as_mut()
    }

    fn forget(&mut self, id: u32) {
        if let Some(page) = self.pages[id as usize].take() {
            let host = &mut self.host_list[page.host as usize];
            host.pages.retain(|one| *one != id);
            self.free_pages.push(id);
        }
    }

    /// Puts a page into the queue of its server, unless it is being looked at.
    fn queue(&mut self, id: u32) {
        let Some(page) = self.pages[id as usize].as_mut() else {
            return;
        };
        if page.begun.is_some() || page.is_removed {
            return;
        }
        let (due, is_urgent) = page.due();
        page.queued = Some((due, is_urgent));
        let server = self.host_list[page.host as usize].server;
        let queues = &mut self.servers[server as usize];
        queues.queue(is_urgent).insert((due, id));
        self.list(server);
    }

    fn unqueue(&mut self, id: u32) {
        let Some(page) = self.pages[id as usize].as_mut() else {
            return;
        };
        if let Some((due, is_urgent)) = page.queued.take() {
            let server = self.host_list[page.host as usize].server;
            let queues = &mut self.servers[server as usize];
            queues.queue(is_urgent).remove(&(due, id));
            self.list(server);
        }
    }

    /// Puts a server where it belongs in the agenda.
    fn list(&mut self, number: u32) {
        let server = &mut self.servers[number as usize];
        let at = server.next_at();
        if at == server.listed_at {
            return;
        }
        if let Some(old) = server.listed_at.take() {
            self.agenda.remove(&(old, number));
        }
        if let Some(at) = at {
            self.agenda.insert((at, number));
            server.listed_at = Some(at);
        }
    }
}
