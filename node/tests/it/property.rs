//! Random trees, random events in random order, with repeats, losses and crashes: in the end every level shows what a
//! naive count of the whole country says.

use std::sync::Arc;

use domain::{AlertId, Answer, Clock as _, HostCounters, HostState, Verb};
use link::{DocumentState, Inbox};
use proptest::prelude::*;
use testkit::TestClock;

use crate::tree::{
    Host, Level, clock, down, issue_dispatch, join, national, sweep_report, tick, up,
};

#[derive(Clone, Debug)]
enum Event {
    Acknowledge(usize),
    Crash(usize),
    Decide(usize, bool),
    Down(usize),
    Repeat(usize),
    Report {
        host: usize,
        confirmed: usize,
        suspicious: usize,
        complete: bool,
        held_back: bool,
    },
    Up(usize),
    /// The parent has it, and the answer is lost.
    UpWithoutAnswer(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let pick = 0usize..100;
    prop_oneof![
        1 => pick.clone().prop_map(Event::Acknowledge),
        1 => pick.clone().prop_map(Event::Crash),
        1 => (pick.clone(), any::<bool>()).prop_map(|(node, permit)| Event::Decide(node, permit)),
        3 => pick.clone().prop_map(Event::Down),
        1 => pick.clone().prop_map(Event::Repeat),
        6 => (pick.clone(), 0usize..3, 0usize..3, any::<bool>(), any::<bool>()).prop_map(
            |(host, confirmed, suspicious, complete, held_back)| Event::Report {
                host, confirmed, suspicious, complete, held_back,
            }
        ),
        3 => pick.clone().prop_map(Event::Up),
        1 => pick.prop_map(Event::UpWithoutAnswer),
    ]
}

/// What one host said last, by its own clock.
#[derive(Clone, Copy, Default)]
struct Said {
    report: Option<(usize, usize, bool)>,
}

struct Country {
    clock: Arc<TestClock>,
    levels: Vec<Level>,
    /// Of each level but the first.
    parents: Vec<usize>,
    hosts: Vec<(usize, Host)>,
    alert: AlertId,
    sent: Vec<(usize, Vec<u8>)>,
    held_back: Vec<(usize, Vec<u8>)>,
    // The naive count.
    said: Vec<Said>,
    acknowledged: Vec<bool>,
    sweep: Vec<Answer>,
}

impl Country {
    fn new(shape: &[usize], hosts_of: &[usize]) -> Self {
        let clock = clock();
        let (top, authority) = national(&clock);
        let mut levels = vec![top];
        let mut parents = vec![0];
        for (index, pick) in shape.iter().enumerate() {
            let parent = pick % levels.len();
            let level = Level::new(&clock, &format!("vn.o{index}"), |_| {});
            join(&levels[parent], &level);
            parents.push(parent);
            levels.push(level);
        }
        let mut hosts = Vec::new();
        for (index, level) in levels.iter().enumerate().skip(1) {
            for number in 0..hosts_of[index % hosts_of.len()] {
                hosts.push((
                    index,
                    Host::enrol(level, &format!("h{index}-{number}"), None),
                ));
            }
        }
        let (alert, _) = issue_dispatch(&levels[0], &authority);
        Self {
            clock,
            said: vec![Said::default(); hosts.len()],
            acknowledged: vec![false; levels.len()],
            sweep: vec![Answer::Permit; levels.len()],
            levels,
            parents,
            hosts,
            alert,
            sent: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn knows(&self, level: usize) -> bool {
        let node = &self.levels[level].node;
        node.picture(self.alert).expect("read").is_some()
    }

    fn below(&self, pick: usize) -> usize {
        1 + pick % (self.levels.len() - 1)
    }

    fn apply(&mut self, event: &Event) {
        tick(&self.clock);
        match *event {
            Event::Acknowledge(pick) => {
                let level = self.below(pick);
                if self.levels[level].node.acknowledge(self.alert, "B").is_ok() {
                    self.acknowledged[level] = true;
                }
            }
            Event::Crash(pick) => {
                let level = pick % self.levels.len();
                self.levels[level].crash();
            }
            Event::Decide(pick, permit) => {
                let level = self.below(pick);
                let answer = if permit {
                    Answer::Permit
                } else {
                    Answer::Refuse
                };
                let node = &self.levels[level].node;
                if node.decide(self.alert, Verb::Sweep, answer, "B").is_ok() {
                    self.sweep[level] = answer;
                }
            }
            Event::Down(pick) => {
                let level = self.below(pick);
                down(&self.levels[self.parents[level]], &self.levels[level]);
            }
            Event::Repeat(pick) => {
                if let Some((host, bytes)) = self.sent.get(pick % self.sent.len().max(1)) {
                    let state = self.deliver(*host, bytes.clone());
                    assert_eq!(state, DocumentState::Duplicate);
                }
            }
            Event::Report {
                host,
                confirmed,
                suspicious,
                complete,
                held_back,
            } => self.report(host, (confirmed, suspicious), complete, held_back),
            Event::Up(pick) => {
                let level = self.below(pick);
                up(&self.levels[level], &self.levels[self.parents[level]]);
            }
            Event::UpWithoutAnswer(pick) => {
                let level = &self.levels[self.below(pick)];
                let parent = &self.levels[self.parents[self.below(pick)]];
                level.node.make_roll_ups().expect("made");
                let outgoing = level.node.outgoing().expect("read");
                parent
                    .node
                    .accept(&level.peer(), outgoing.documents)
                    .expect("answered");
            }
        }
    }

    fn report(&mut self, pick: usize, found: (usize, usize), complete: bool, held_back: bool) {
        if self.hosts.is_empty() {
            return;
        }
        let index = pick % self.hosts.len();
        let (level, host) = &self.hosts[index];
        if !self.knows(*level) {
            return;
        }
        let report = sweep_report(&host.name, self.alert, self.clock.now(), found, complete);
        let bytes = host.report(report);
        self.said[index].report = Some((found.0, found.1, complete));
        if held_back {
            self.held_back.push((index, bytes));
        } else {
            assert_eq!(self.deliver(index, bytes.clone()), DocumentState::Accepted);
            self.sent.push((index, bytes));
        }
    }

    fn deliver(&self, host: usize, bytes: Vec<u8>) -> DocumentState {
        let (level, host) = &self.hosts[host];
        host.send(&self.levels[*level], bytes)
    }

    /// Everything arrives in the end; what was held back the longest comes last.
    fn settle(&mut self) {
        for level in 1..self.levels.len() {
            down(&self.levels[self.parents[level]], &self.levels[level]);
        }
        while let Some((host, bytes)) = self.held_back.pop() {
            self.deliver(host, bytes);
        }
        for level in (1..self.levels.len()).rev() {
            self.levels[level].crash();
            up(&self.levels[level], &self.levels[self.parents[level]]);
        }
    }

    fn is_at_or_below(&self, level: usize, top: usize) -> bool {
        let mut at = level;
        while at != top && at != 0 {
            at = self.parents[at];
        }
        at == top
    }

    /// Counts the hosts of one organisation without any of the node's code.
    fn expected(&self, level: usize) -> (HostCounters, u64, u64, u64) {
        let mut counters = HostCounters::default();
        let (mut found, mut confirmed, mut suspicious) = (0, 0, 0);
        for ((_, _), said) in self
            .hosts
            .iter()
            .zip(&self.said)
            .filter(|((of, _), _)| *of == level)
        {
            match said.report {
                Some((c, s, complete)) => {
                    counters.count(if complete {
                        HostState::Complete
                    } else {
                        HostState::Incomplete
                    });
                    found += u64::from(c + s > 0);
                    confirmed += c as u64;
                    suspicious += s as u64;
                }
                None if self.sweep[level] == Answer::Refuse => counters.count(HostState::Refused),
                None => counters.count(HostState::Pending),
            }
        }
        (counters, found, confirmed, suspicious)
    }

    fn check(&self) {
        for top in 0..self.levels.len() {
            let picture = self.levels[top]
                .node
                .picture(self.alert)
                .expect("read")
                .expect("known everywhere by now");
            let addressed: Vec<usize> = (1..self.levels.len())
                .filter(|level| self.is_at_or_below(*level, top))
                .collect();
            assert_eq!(picture.organisations.len(), addressed.len());
            let mut sum = HostCounters::default();
            let (mut found_sum, mut confirmed_sum, mut suspicious_sum) = (0, 0, 0);
            for level in addressed.iter().copied() {
                let row = picture
                    .organisations
                    .iter()
                    .find(|row| row.status.organisation == self.levels[level].id())
                    .expect("each organisation has its row");
                let (counters, found, confirmed, suspicious) = self.expected(level);
                assert_eq!(row.status.hosts, Some(counters));
                assert_eq!(row.status.hosts_found, found);
                assert_eq!(row.status.confirmed, confirmed);
                assert_eq!(row.status.suspicious, suspicious);
                assert_eq!(row.status.sweep, self.sweep[level]);
                assert_eq!(
                    row.status.acknowledged_at.is_some(),
                    self.acknowledged[level]
                );
                sum += counters;
                found_sum += found;
                confirmed_sum += confirmed;
                suspicious_sum += suspicious;
            }
            let totals = picture.totals;
            assert_eq!(totals.hosts, sum);
            assert_eq!(totals.received, addressed.len() as u64);
            assert_eq!(
                (totals.hosts_found, totals.confirmed, totals.suspicious),
                (found_sum, confirmed_sum, suspicious_sum)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_level_shows_what_a_naive_count_says(
        shape in prop::collection::vec(0usize..10, 1..4),
        hosts_of in prop::collection::vec(0usize..3, 1..4),
        events in prop::collection::vec(event(), 5..40),
    ) {
        let mut country = Country::new(&shape, &hosts_of);
        for event in &events {
            country.apply(event);
        }
        country.settle();
        country.check();
    }
}
