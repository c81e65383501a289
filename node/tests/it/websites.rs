//! Watch reports on their way up and down, and what peers that lie can do with them: nothing to anybody else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use documents::{Document, Envelope, SigningKey, WatchReport};
use domain::{
    Clock as _, EvidenceHead, EvidenceId, OrganisationSites, PageCounters, SiteFinding,
    SiteFindingState, SiteSharing, SiteVerdict, WatchHealth,
};
use jiff::{SignedDuration, Timestamp};
use link::{DocumentState, FeedPage, Inbox};
use node::{Node, Watched, WatchedPage};
use proptest::prelude::*;
use testkit::{TestClock, signing_key};

use crate::tree::{Host, Level, clock, down, join, one, organisation, tick, up};

/// vncert, with mot and mps below it, and the airline vna below mot.
struct Country {
    clock: Arc<TestClock>,
    vncert: Level,
    mot: Level,
    mps: Level,
    vna: Level,
}

impl Country {
    fn new() -> Self {
        let clock = clock();
        let level = |id: &str| Level::new(&clock, id, |_| {});
        let country = Self {
            vncert: level("vn.vncert"),
            mot: level("vn.mot"),
            mps: level("vn.mps"),
            vna: level("vn.mot.vna"),
            clock: clock.clone(),
        };
        join(&country.vncert, &country.mot);
        join(&country.vncert, &country.mps);
        join(&country.mot, &country.vna);
        country
    }

    /// The ministry's watch says this of the airline's sites and its own.
    fn mot_says(&self, watched: &Watched) {
        self.mot.node.say_of_websites(watched).expect("said");
    }

    /// The ministry's watch has found a defaced page of the airline, and everybody is told.
    fn tell_of_a_defacement(&self) {
        self.mot_says(&defaced(self));
        self.carry();
    }

    fn carry(&self) {
        up(&self.vna, &self.mot);
        up(&self.mot, &self.vncert);
        up(&self.mps, &self.vncert);
        down(&self.vncert, &self.mot);
        down(&self.vncert, &self.mps);
        down(&self.mot, &self.vna);
    }
}

fn head(lines: u64, byte: u8) -> EvidenceHead {
    EvidenceHead {
        lines,
        last: EvidenceId::from_bytes([byte; 32]),
    }
}

fn finding(byte: u8, verdict: SiteVerdict, at: Timestamp) -> SiteFinding {
    SiteFinding {
        id: EvidenceId::from_bytes([byte; 32]),
        newest: EvidenceId::from_bytes([byte; 32]),
        page: format!("https://site-{byte}.example.vn/"),
        verdict,
        state: SiteFindingState::Open,
        opened_at: at,
        changed_at: at,
        ended_at: None,
        by: None,
        supplier: None,
        contact: None,
        reasons: Vec::new(),
        reasons_left_out: 0,
    }
}

/// A page of `organisation`, with a finding where its verdict wants one.
fn page(organisation: &str, byte: u8, verdict: SiteVerdict, at: Timestamp) -> WatchedPage {
    let is_fine = verdict <= SiteVerdict::Announced;
    WatchedPage {
        url: format!("https://site-{byte}.example.vn/"),
        organisation: organisation.to_owned(),
        verdict,
        findings: (!is_fine)
            .then(|| finding(byte, verdict, at))
            .into_iter()
            .collect(),
    }
}

fn watched(pages: Vec<WatchedPage>) -> Watched {
    Watched {
        health: WatchHealth::Running,
        evidence: Some(head(3, 3)),
        pages,
    }
}

fn defaced(country: &Country) -> Watched {
    let at = country.clock.now();
    watched(vec![
        page("vn.mot.vna", 1, SiteVerdict::Defacement, at),
        page("vn.mot.vna", 2, SiteVerdict::Unchanged, at),
        page("vn.mot", 3, SiteVerdict::Ordinary, at),
    ])
}

fn pages(node: &Node) -> PageCounters {
    node.sites().expect("read").pages
}

/// What a node shows, as `organisation by watcher`.
fn shown(node: &Node) -> Vec<String> {
    let picture = node.sites().expect("read");
    let mut rows: Vec<String> = picture
        .organisations
        .iter()
        .map(|row| format!("{} by {}", row.organisation, row.watcher))
        .collect();
    rows.sort();
    rows
}

/// A report that `from` might have made of its own sites and could be about anybody.
fn report(from: &Level, to: &Level) -> WatchReport {
    let now = from.clock.now();
    WatchReport {
        schema: 1,
        sender: from.id(),
        to: to.id(),
        watcher: from.id(),
        watcher_name: "W".to_owned(),
        revision: 5,
        as_of: now,
        health: WatchHealth::Running,
        evidence: Some(head(9, 9)),
        organisations: vec![sites(from.id().as_str(), now)],
    }
}

fn sites(of: &str, at: Timestamp) -> OrganisationSites {
    OrganisationSites {
        organisation: organisation(of),
        name: of.to_owned(),
        pages: PageCounters {
            alarm: 1,
            fine: 4,
            ..PageCounters::default()
        },
        marks: BTreeMap::new(),
        findings: vec![finding(7, SiteVerdict::Takeover, at)],
        findings_left_out: 0,
    }
}

/// The key with which a level's node signs: the tests of lies need it.
fn key_of(level: &Level) -> SigningKey {
    let bytes = fs_err::read(level.folder.path().join("node.key")).expect("read");
    SigningKey::from_pkcs8_der(&bytes).expect("a key")
}

fn send<T: Document>(from: &Level, to: &Level, document: &T) -> DocumentState {
    let bytes = Envelope::sign(document, &[&key_of(from)])
        .expect("valid")
        .to_bytes();
    one(&to.node.accept(&from.peer(), vec![bytes]).expect("answered"))
}

fn refusals(node: &Node) -> Vec<String> {
    let refused = node.list_refused_documents().expect("read");
    refused.into_iter().map(|row| row.reason).collect()
}

fn is_refused(state: &DocumentState) -> bool {
    matches!(state, DocumentState::Refused { .. })
}

#[test]
fn a_finding_reaches_everybody_above_the_site_and_its_owner_and_nobody_beside() {
    let country = Country::new();
    country.tell_of_a_defacement();
    for level in [&country.vncert, &country.mot, &country.vna] {
        let picture = level.node.sites().expect("read");
        assert_eq!(picture.pages.alarm, 1, "{}", level.id());
        let found = &picture.findings[0];
        assert_eq!(found.organisation.as_str(), "vn.mot.vna");
        assert_eq!(found.finding.page, "https://site-1.example.vn/");
        assert_eq!(found.watcher.organisation.as_str(), "vn.mot");
        let again = level
            .node
            .site_finding(&found.organisation, found.finding.id)
            .expect("read");
        assert_eq!(again.expect("found").finding, found.finding);
    }
    assert_eq!(pages(&country.vncert.node).watched(), 3);
    assert_eq!(shown(&country.vna.node), ["vn.mot.vna by vn.mot"]);
    assert!(shown(&country.mps.node).is_empty());
    assert!(refusals(&country.vncert.node).is_empty());
    assert!(refusals(&country.vna.node).is_empty());
}

#[test]
fn what_a_survey_found_beside_the_pages_goes_up_and_is_counted_only_while_it_stands() {
    let country = Country::new();
    let at = country.clock.now();
    let rest = "https://site-2.example.vn/*";
    let survey = |is_over: bool| {
        let mut site = page("vn.mot.vna", 4, SiteVerdict::Injection, at);
        rest.clone_into(&mut site.url);
        rest.clone_into(&mut site.findings[0].page);
        if is_over {
            site.verdict = SiteVerdict::Unchanged;
            site.findings[0].state = SiteFindingState::Closed;
            site.findings[0].ended_at = Some(at);
        }
        let fine = page("vn.mot.vna", 2, SiteVerdict::Unchanged, at);
        watched(vec![fine, site])
    };
    for (is_over, alarm) in [(false, 1), (true, 0)] {
        country.mot_says(&survey(is_over));
        country.carry();
        for level in [&country.vncert, &country.mot, &country.vna] {
            let picture = level.node.sites().expect("read");
            assert_eq!(
                (picture.pages.alarm, picture.pages.fine),
                (alarm, 1),
                "{}",
                level.id()
            );
            assert_eq!(picture.findings[0].finding.page, rest);
        }
        assert!(pages(&country.mps.node).watched() == 0);
    }
    assert!(refusals(&country.vncert.node).is_empty());
}

#[test]
fn what_an_owner_watches_itself_and_what_others_watch_for_it_stand_side_by_side() {
    let country = Country::new();
    let at = country.clock.now();
    let own = watched(vec![page("", 9, SiteVerdict::Unexplained, at)]);
    country.vna.node.say_of_websites(&own).expect("said");
    country.tell_of_a_defacement();
    country.carry();
    let expected = [
        "vn.mot by vn.mot",
        "vn.mot.vna by vn.mot",
        "vn.mot.vna by vn.mot.vna",
    ];
    assert_eq!(shown(&country.vncert.node), expected);
    assert_eq!(shown(&country.vna.node), &expected[1..]);
    let picture = country.vncert.node.sites().expect("read");
    // The alarm before what is unexplained, whoever came first.
    assert_eq!(picture.findings[0].finding.verdict, SiteVerdict::Defacement);
    assert_eq!(
        picture.findings[1].finding.verdict,
        SiteVerdict::Unexplained
    );
}

#[test]
fn a_page_that_two_watch_is_one_page_with_the_worst_word_and_both_names() {
    let country = Country::new();
    let at = country.clock.now();
    let own = watched(vec![
        // The same page as the ministry's watch calls defaced, one that it calls fine, and one that it does not know.
        page("", 1, SiteVerdict::Unexplained, at),
        page("", 2, SiteVerdict::Outage, at),
        page("", 5, SiteVerdict::Ordinary, at),
    ]);
    country.vna.node.say_of_websites(&own).expect("said");
    country.tell_of_a_defacement();
    country.carry();
    for level in [&country.vncert, &country.mot, &country.vna] {
        let picture = level.node.sites().expect("read");
        let of_vna = picture
            .sums
            .iter()
            .find(|sum| sum.organisation.as_str() == "vn.mot.vna")
            .expect("there");
        let pages = of_vna.pages;
        assert_eq!((pages.alarm, pages.fault, pages.fine), (1, 1, 1));
        assert_eq!(pages.unexplained, 0, "{}", level.id());
        let defaced = &picture.findings[0];
        assert_eq!(defaced.finding.verdict, SiteVerdict::Defacement);
        assert_eq!(defaced.watcher.organisation.as_str(), "vn.mot");
        let also: Vec<&str> = defaced
            .also
            .iter()
            .map(|one| one.watcher.as_str())
            .collect();
        assert_eq!(also, ["Name of vn.mot.vna"], "{}", level.id());
        let named = picture
            .findings
            .iter()
            .filter(|row| row.finding.page == defaced.finding.page);
        assert_eq!(named.count(), 1);
        // What the other watch says of it is still there to be read.
        let theirs = level
            .node
            .site_finding(&defaced.organisation, defaced.also[0].id)
            .expect("read");
        assert!(theirs.is_some());
    }
}

#[test]
fn what_one_watch_knows_counts_where_another_has_fallen_silent() {
    let country = Country::new();
    country.tell_of_a_defacement();
    country.clock.advance(SignedDuration::from_mins(16));
    let at = country.clock.now();
    let own = watched(vec![page("", 2, SiteVerdict::Unchanged, at)]);
    country.vna.node.say_of_websites(&own).expect("said");
    country.carry();
    let seen = pages(&country.vncert.node);
    // The alarm stays, the airline vouches for its page, and of the ministry's own nobody knows.
    assert_eq!((seen.alarm, seen.fine, seen.no_verdict), (1, 1, 1));
}

#[test]
fn an_organisation_without_a_node_has_a_row_of_its_own_at_every_level_above() {
    let country = Country::new();
    let hosted = organisation("vn.mot.airports");
    country
        .mot
        .node
        .register_hosted(&hosted, "Công ty khai thác cảng hàng không")
        .expect("registered");
    let at = country.clock.now();
    let said = watched(vec![
        page("vn.mot.airports", 1, SiteVerdict::Injection, at),
        page(
            "công ty khai thác cảng hàng không",
            2,
            SiteVerdict::Unchanged,
            at,
        ),
        page("vn.mot", 3, SiteVerdict::Unchanged, at),
    ]);
    country.mot_says(&said);
    country.carry();
    for level in [&country.mot, &country.vncert] {
        let picture = level.node.sites().expect("read");
        let sum = picture.sums.iter().find(|sum| sum.organisation == hosted);
        let sum = sum.expect("there");
        assert_eq!((sum.pages.alarm, sum.pages.fine), (1, 1), "{}", level.id());
        assert_eq!(sum.name, "Công ty khai thác cảng hàng không");
        assert_eq!(picture.findings[0].organisation, hosted);
        assert_eq!(picture.unplaced, 0);
    }
    assert!(
        shown(&country.vna.node).is_empty(),
        "a neighbour is told nothing"
    );
}

#[test]
fn a_child_that_speaks_for_a_neighbour_is_left_out_and_shown() {
    let country = Country::new();
    country.tell_of_a_defacement();
    let mut lie = report(&country.mps, &country.vncert);
    for of in ["vn.mot", "vn.mot.vna", "vn.vncert"] {
        lie.organisations.push(sites(of, country.clock.now()));
    }
    assert_eq!(
        send(&country.mps, &country.vncert, &lie),
        DocumentState::Accepted
    );
    assert_eq!(
        shown(&country.vncert.node),
        [
            "vn.mot by vn.mot",
            "vn.mot.vna by vn.mot",
            "vn.mps by vn.mps"
        ]
    );
    let noted = refusals(&country.vncert.node);
    assert!(noted[0].contains("left out") && noted[0].contains("3 in all"));
}

#[test]
fn a_report_in_the_name_of_another_or_for_another_is_refused() {
    let country = Country::new();
    country.tell_of_a_defacement();
    let genuine = report(&country.mps, &country.vncert);
    let send_changed = |change: &dyn Fn(&mut WatchReport)| {
        let mut report = genuine.clone();
        change(&mut report);
        send(&country.mps, &country.vncert, &report)
    };
    let mot = country.mot.id();
    for state in [
        send_changed(&|report| report.sender = mot.clone()),
        send_changed(&|report| report.to = mot.clone()),
        send_changed(&|report| report.watcher = mot.clone()),
        send_changed(&|report| report.watcher = country.vncert.id()),
    ] {
        assert!(is_refused(&state), "{state:?}");
    }
    // Signed by somebody who is not on the roster under this name.
    let forged = Envelope::sign(&genuine, &[&signing_key("a stranger")]).expect("signs");
    let state = country
        .vncert
        .node
        .accept(&country.mps.peer(), vec![forged.to_bytes()]);
    assert!(is_refused(&one(&state.expect("answered"))));
    // A host does not speak for organisations.
    let host = Host::enrol(&country.vncert, "máy-01", None);
    let state = host.send(&country.vncert, host.sign(&genuine));
    assert!(is_refused(&state), "{state:?}");
    assert_eq!(
        shown(&country.vncert.node),
        ["vn.mot by vn.mot", "vn.mot.vna by vn.mot"]
    );
}

#[test]
fn replayed_and_overtaken_reports_change_nothing() {
    let country = Country::new();
    let (from, to) = (&country.mps, &country.vncert);
    let newer = report(from, to);
    let older = WatchReport {
        revision: 4,
        organisations: Vec::new(),
        ..newer.clone()
    };
    assert_eq!(send(from, to, &newer), DocumentState::Accepted);
    for late in [&older, &newer] {
        assert_eq!(send(from, to, late), DocumentState::Duplicate);
    }
    // Another content under the same number is no news either.
    let two_faced = WatchReport {
        organisations: Vec::new(),
        ..newer
    };
    assert_eq!(send(from, to, &two_faced), DocumentState::Duplicate);
    assert_eq!(pages(&to.node).alarm, 1);
}

#[test]
fn a_watcher_that_falls_silent_calls_nothing_fine_and_its_alarms_stay() {
    let country = Country::new();
    country.tell_of_a_defacement();
    assert_eq!(pages(&country.vncert.node).fine, 2);
    country.clock.advance(SignedDuration::from_mins(16));
    let picture = country.vncert.node.sites().expect("read");
    assert_eq!((picture.pages.fine, picture.pages.no_verdict), (0, 2));
    assert_eq!(picture.pages.alarm, 1);
    assert_eq!(picture.watchers[0].health, WatchHealth::Silent);
    // It says the same again, and is believed again.
    country.tell_of_a_defacement();
    assert_eq!(pages(&country.vncert.node).fine, 2);
}

#[test]
fn a_clock_that_runs_ahead_keeps_nobody_fresh() {
    let country = Country::new();
    let (from, to) = (&country.mps, &country.vncert);
    let mut ahead = report(from, to);
    ahead.as_of = from
        .clock
        .now()
        .checked_add(SignedDuration::from_hours(24 * 365))
        .expect("in range");
    ahead.revision = u64::MAX;
    assert_eq!(send(from, to, &ahead), DocumentState::Accepted);
    assert_eq!(pages(&to.node).fine, 4);
    let heard_at = to.node.sites().expect("read").watchers[0].heard_at;
    assert_eq!(heard_at, country.clock.now());
    country.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(pages(&to.node).fine, 0);
}

#[test]
fn evidence_that_was_rewritten_is_noticed_by_whoever_was_told_before() {
    let country = Country::new();
    let (from, to) = (&country.mps, &country.vncert);
    let say = |revision, evidence| {
        let report = WatchReport {
            revision,
            evidence: Some(evidence),
            ..report(from, to)
        };
        assert_eq!(send(from, to, &report), DocumentState::Accepted);
        to.node.sites().expect("read").watchers[0].is_doubted
    };
    assert!(!say(1, head(5, 5)));
    assert!(!say(2, head(8, 8)));
    assert!(say(3, head(7, 7)), "lines are missing");
    assert!(say(4, head(9, 9)), "going on does not heal it");
    assert!(refusals(&to.node)[0].contains("8 lines were reported before"));
    country.clock.advance(SignedDuration::from_hours(8 * 24));
    assert!(!say(5, head(10, 10)), "a new folder is not blamed for ever");
}

#[test]
fn as_much_goes_up_as_the_organisation_shares() {
    let clock = clock();
    let parent = Level::new(&clock, "vn.vncert", |_| {});
    for (id, sharing) in [
        ("vn.a", SiteSharing::Findings),
        ("vn.b", SiteSharing::Counts),
        ("vn.c", SiteSharing::Nothing),
    ] {
        let child = Level::new(&clock, id, |config| config.site_sharing = sharing);
        join(&parent, &child);
        let alarm = page("", 1, SiteVerdict::Cloaking, clock.now());
        child
            .node
            .say_of_websites(&watched(vec![alarm]))
            .expect("said");
        up(&child, &parent);
    }
    let picture = parent.node.sites().expect("read");
    assert_eq!(shown(&parent.node), ["vn.a by vn.a", "vn.b by vn.b"]);
    // The same page at both: whoever shares counts alone does not say which pages they are.
    assert_eq!(picture.pages.alarm, 2);
    assert_eq!((picture.findings.len(), picture.findings_left_out), (1, 1));
    let kept_back = picture
        .watchers
        .iter()
        .find(|watcher| watcher.organisation.as_str() == "vn.c");
    assert_eq!(kept_back.expect("named").evidence, None);
}

#[test]
fn a_page_whose_owner_nobody_knows_is_not_lost() {
    let country = Country::new();
    let at = country.clock.now();
    let said = watched(vec![
        page("Sở Y tế", 1, SiteVerdict::Defacement, at),
        page("name of VN.MOT.VNA ", 2, SiteVerdict::Outage, at),
        page("vn.mps", 3, SiteVerdict::Unchanged, at),
    ]);
    country.mot_says(&said);
    let picture = country.mot.node.sites().expect("read");
    assert_eq!(picture.unplaced, 2, "a stranger and a neighbour");
    assert_eq!(
        shown(&country.mot.node),
        ["vn.mot by vn.mot", "vn.mot.vna by vn.mot"]
    );
    assert_eq!(picture.pages.watched(), 3);
}

#[test]
fn a_broken_chain_of_evidence_is_said_upwards_and_nothing_is_fine() {
    let country = Country::new();
    let broken = Watched {
        health: WatchHealth::Broken,
        ..defaced(&country)
    };
    country.mot_says(&broken);
    country.carry();
    for level in [&country.mot, &country.vncert, &country.vna] {
        let picture = level.node.sites().expect("read");
        assert_eq!(picture.watchers[0].health, WatchHealth::Broken);
        assert_eq!((picture.pages.fine, picture.pages.alarm), (0, 1));
    }
}

#[test]
fn whoever_leaves_is_gone_at_every_level() {
    let country = Country::new();
    let at = country.clock.now();
    let own = watched(vec![page("", 9, SiteVerdict::Injection, at)]);
    country.vna.node.say_of_websites(&own).expect("said");
    country.carry();
    assert_eq!(pages(&country.vncert.node).alarm, 1);
    let removed = country.mot.node.remove_peer(&country.vna.peer());
    removed.expect("removed");
    up(&country.mot, &country.vncert);
    assert!(shown(&country.vncert.node).is_empty());
    // A watch that is no longer in the settings ends in the same way.
    country.mot_says(&defaced(&country));
    up(&country.mot, &country.vncert);
    assert_eq!(pages(&country.vncert.node).alarm, 1);
    tick(&country.clock);
    country.mot.node.end_watch().expect("ended");
    up(&country.mot, &country.vncert);
    assert!(shown(&country.vncert.node).is_empty() && shown(&country.mot.node).is_empty());
}

#[test]
fn a_count_that_nothing_can_follow_pins_nothing_further_up() {
    let country = Country::new();
    let mut last_word = report(&country.vna, &country.mot);
    last_word.revision = u64::MAX;
    let state = send(&country.vna, &country.mot, &last_word);
    assert_eq!(state, DocumentState::Accepted);
    country.carry();
    assert_eq!(pages(&country.vncert.node).alarm, 1);
    let removed = country.mot.node.remove_peer(&country.vna.peer());
    removed.expect("removed");
    up(&country.mot, &country.vncert);
    assert!(shown(&country.vncert.node).is_empty());
}

#[test]
fn one_child_can_tell_of_so_many_watches_and_no_more() {
    let clock = clock();
    let (parent, child) = (
        Level::new(&clock, "vn.vncert", |_| {}),
        Level::new(&clock, "vn.mot", |_| {}),
    );
    join(&parent, &child);
    let key = key_of(&child);
    let said: Vec<Vec<u8>> = (0..1_001)
        .map(|number| {
            let report = WatchReport {
                watcher: organisation(&format!("vn.mot.w{number}")),
                organisations: Vec::new(),
                ..report(&child, &parent)
            };
            Envelope::sign(&report, &[&key]).expect("valid").to_bytes()
        })
        .collect();
    let answers = parent.node.accept(&child.peer(), said).expect("answered");
    let accepted = answers
        .iter()
        .filter(|answer| answer.state == DocumentState::Accepted)
        .count();
    assert_eq!(accepted, 1_000);
    assert_eq!(parent.node.sites().expect("read").watchers.len(), 1_000);
}

#[test]
fn a_parent_speaks_neither_for_watches_below_nor_of_strangers() {
    let country = Country::new();
    let at = country.clock.now();
    let tell = |change: &dyn Fn(&mut WatchReport)| {
        let mut report = report(&country.vncert, &country.mot);
        report.organisations = vec![sites("vn.mot", at), sites("vn.mps", at)];
        change(&mut report);
        let envelope = Envelope::sign(&report, &[&key_of(&country.vncert)]).expect("valid");
        let page = FeedPage {
            documents: vec![envelope.to_bytes()],
            cursor: 1,
        };
        country.mot.node.accept_from_parent(&page).expect("taken")
    };
    for own_or_below in ["vn.mot", "vn.mot.vna"] {
        let relayed = tell(&|report| report.watcher = organisation(own_or_below));
        assert_eq!(relayed.refused, 1, "{own_or_below}");
    }
    assert_eq!(tell(&|report| report.to = country.mps.id()).refused, 1);
    assert_eq!(tell(&|report| report.sender = country.mps.id()).refused, 1);
    assert!(shown(&country.mot.node).is_empty());
    assert_eq!(tell(&|_| {}).applied, 1);
    assert_eq!(shown(&country.mot.node), ["vn.mot by vn.vncert"]);
    // Nobody below takes over a watch that the parent told of.
    let mut lie = report(&country.vna, &country.mot);
    lie.watcher = country.vncert.id();
    assert!(is_refused(&send(&country.vna, &country.mot, &lie)));
}

#[test]
fn the_same_is_not_said_again_at_once() {
    let country = Country::new();
    let said = defaced(&country);
    let say = || {
        country.mot_says(&said);
        country
            .mot
            .node
            .outgoing()
            .expect("read")
            .documents
            .concat()
    };
    let first = say();
    tick(&country.clock);
    assert_eq!(say(), first);
    country.clock.advance(SignedDuration::from_secs(120));
    assert_ne!(say(), first, "its instant says that somebody looks");
}

/// What happens in the property test.
#[derive(Clone, Debug)]
enum Event {
    Crash(usize),
    Down(usize),
    Say {
        at: usize,
        of: usize,
        alarms: u8,
    },
    Up(usize),
    /// The parent has it, and the answer is lost.
    UpWithoutAnswer(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let pick = 0usize..100;
    prop_oneof![
        1 => pick.clone().prop_map(Event::Crash),
        3 => pick.clone().prop_map(Event::Down),
        4 => (pick.clone(), pick.clone(), 0u8..4)
            .prop_map(|(at, of, alarms)| Event::Say { at, of, alarms }),
        3 => pick.clone().prop_map(Event::Up),
        1 => pick.prop_map(Event::UpWithoutAnswer),
    ]
}

struct Forest {
    clock: Arc<TestClock>,
    levels: Vec<Level>,
    parents: Vec<usize>,
    /// The naive truth: by watcher, whose sites and how many alarms.
    said: Vec<Option<(usize, u8)>>,
}

impl Forest {
    fn new(shape: &[usize]) -> Self {
        let clock = clock();
        let mut ids = vec!["vn".to_owned()];
        let mut parents = vec![0];
        for (index, pick) in shape.iter().enumerate() {
            let parent = pick % ids.len();
            ids.push(format!("{}.o{index}", ids[parent]));
            parents.push(parent);
        }
        let levels: Vec<Level> = ids
            .iter()
            .map(|id| Level::new(&clock, id, |_| {}))
            .collect();
        for (level, parent) in parents.iter().enumerate().skip(1) {
            join(&levels[*parent], &levels[level]);
        }
        Self {
            clock,
            said: vec![None; levels.len()],
            levels,
            parents,
        }
    }

    fn is_at_or_below(&self, level: usize, top: usize) -> bool {
        let mut at = level;
        while at != top && at != 0 {
            at = self.parents[at];
        }
        at == top
    }

    fn apply(&mut self, event: &Event) {
        tick(&self.clock);
        let count = self.levels.len();
        let below = |pick: usize| 1 + pick % (count - 1);
        match *event {
            Event::Crash(pick) => self.levels[pick % count].crash(),
            Event::Down(pick) => {
                let level = below(pick);
                down(&self.levels[self.parents[level]], &self.levels[level]);
            }
            Event::Say { at, of, alarms } => self.say(at % count, of % count, alarms),
            Event::Up(pick) => {
                let level = below(pick);
                up(&self.levels[level], &self.levels[self.parents[level]]);
            }
            Event::UpWithoutAnswer(pick) => {
                let level = below(pick);
                let outgoing = self.levels[level].node.outgoing().expect("read");
                let parent = &self.levels[self.parents[level]].node;
                let peer = self.levels[level].peer();
                parent.accept(&peer, outgoing.documents).expect("answered");
            }
        }
    }

    fn say(&mut self, at: usize, of: usize, alarms: u8) {
        let of = if self.is_at_or_below(of, at) { of } else { at };
        let id = self.levels[of].id();
        let now = self.clock.now();
        let alarm = |byte| page(id.as_str(), byte, SiteVerdict::Takeover, now);
        let mut said = watched((0..alarms).map(alarm).collect());
        said.pages
            .push(page(id.as_str(), 200, SiteVerdict::Unchanged, now));
        self.levels[at].node.say_of_websites(&said).expect("said");
        self.said[at] = Some((of, alarms));
    }

    fn settle(&mut self) {
        for level in (1..self.levels.len()).rev() {
            self.levels[level].crash();
            up(&self.levels[level], &self.levels[self.parents[level]]);
        }
        for level in 1..self.levels.len() {
            down(&self.levels[self.parents[level]], &self.levels[level]);
        }
    }

    /// Each level shows what watches at, below and above it say of sites at or below it, and nothing else.
    fn check(&self) {
        for (top, level) in self.levels.iter().enumerate() {
            let mut expected = Vec::new();
            // A page that several watch is one page: whose it is, and how many of its pages the worst word calls an alarm.
            let mut alarms: BTreeMap<usize, u64> = BTreeMap::new();
            for (watcher, said) in self.said.iter().enumerate() {
                let Some((of, alarm_count)) = *said else {
                    continue;
                };
                let is_on_the_line =
                    self.is_at_or_below(watcher, top) || self.is_at_or_below(top, watcher);
                if is_on_the_line && self.is_at_or_below(of, top) {
                    let owner = of;
                    let (of, watcher) = (self.levels[of].id(), self.levels[watcher].id());
                    expected.push(format!("{of} by {watcher}"));
                    let most = alarms.entry(owner).or_default();
                    *most = (*most).max(u64::from(alarm_count));
                }
            }
            expected.sort();
            assert_eq!(shown(&level.node), expected, "at {}", level.id());
            let pages = pages(&level.node);
            let expected = (alarms.values().sum(), alarms.len() as u64);
            assert_eq!((pages.alarm, pages.fine), expected, "at {}", level.id());
            assert!(refusals(&level.node).is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_level_shows_what_it_may_see_and_all_of_it(
        shape in prop::collection::vec(0usize..10, 1..5),
        events in prop::collection::vec(event(), 5..40),
    ) {
        let mut forest = Forest::new(&shape);
        for event in &events {
            forest.apply(event);
        }
        forest.settle();
        forest.check();
    }
}

#[test]
fn the_time_after_which_a_watch_is_silent_is_longer_than_between_two_of_its_reports() {
    let country = Country::new();
    let mut waited = Duration::ZERO;
    country.mot_says(&defaced(&country));
    while waited < Duration::from_mins(40) {
        country.clock.advance(SignedDuration::from_mins(1));
        waited += Duration::from_mins(1);
        country.mot_says(&defaced(&country));
        country.carry();
        for level in [&country.vncert, &country.vna] {
            assert_ne!(pages(&level.node).fine, 0, "after {waited:?}");
        }
    }
}
