//! The made-up week: dispatch 238 two hours before its deadline, a drill, and an alert that was withdrawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    Alert, Answer, Finding, Hit, HostCounters, HostId, HostState, Isolation, ItemKind, ItemPath,
    Judgement, OrganisationId, OrganisationStatus, Outcome, Overdue, Reason, Strength, Totals,
    Verb, Why,
};
use jiff::Timestamp;
use node::{
    FindingRow, HostRow, HostStateRow, HostedAlert, HostedView, NotExaminedRow, OrganisationRow,
    Picture, PictureRow, RefusedDocument, Relation, SelfTestCounts, VerbDecision,
};
use testkit::alerts::{dispatch_238, exercise};
use testkit::at;

use super::{State, alert_id, state_of};

/// An organisation: id, name, parent, relation, depth.
type Place = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Relation,
    u32,
);

const PLACES: [Place; 8] = [
    (
        "vn.vncert",
        "Trung tâm Ứng cứu khẩn cấp máy tính Việt Nam",
        None,
        Relation::Own,
        0,
    ),
    (
        "vn.mot",
        "Bộ Giao thông vận tải",
        Some("vn.vncert"),
        Relation::Child,
        1,
    ),
    (
        "vn.mot.airline",
        "Hãng hàng không Sao Vàng",
        Some("vn.mot"),
        Relation::Below,
        2,
    ),
    (
        "vn.mot.airports",
        "Công ty khai thác cảng hàng không",
        Some("vn.mot"),
        Relation::Below,
        2,
    ),
    (
        "vn.mot.office",
        "Văn phòng Đại diện Cảng vụ miền Trung",
        Some("vn.mot"),
        Relation::Below,
        2,
    ),
    (
        "vn.danang",
        "Sở Thông tin và Truyền thông Đà Nẵng",
        Some("vn.vncert"),
        Relation::Child,
        1,
    ),
    (
        "vn.bank-a",
        "Ngân hàng Thương mại An Phú",
        Some("vn.vncert"),
        Relation::Child,
        1,
    ),
    (
        "vn.clinic",
        "Phòng khám đa khoa Hoà Bình",
        Some("vn.vncert"),
        Relation::Hosted,
        1,
    ),
];

pub(super) fn state() -> State {
    let now = at("2016-08-05T06:41:00Z");
    let hosts = hosts(now);
    let mut state = State {
        now,
        name: PLACES[0].1.to_owned(),
        pictures: pictures(now),
        host_states: BTreeMap::from([
            (alert_id(0), host_states(&hosts, now)),
            (alert_id(1), Vec::new()),
        ]),
        findings: findings(&hosts, now),
        not_examined: BTreeMap::from([(alert_id(0), not_examined(&hosts))]),
        hosts,
        organisations: organisations(now),
        refused: refused(now),
        sites: super::websites::sites(now),
        hosted: hosted(now),
        answers: Vec::new(),
        password_hash: None,
        sessions: BTreeMap::new(),
    };
    state.add_up();
    state
}

fn organisation(id: &str) -> OrganisationId {
    id.parse().expect("a valid id")
}

fn before(now: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_second(now.as_second() - minutes * 60).expect("in range")
}

fn pictures(now: Timestamp) -> Vec<Picture> {
    let mut old = dispatch_238();
    "201/VNCERT-ĐPƯC".clone_into(&mut old.number);
    old.severity = domain::Severity::Medium;
    let marker = [0x5a; 32];
    let drill = exercise(&[("dien-tap-01.dat", marker), ("dien-tap-02.dat", marker)]);
    vec![
        picture(0, dispatch_238(), statuses(now), now),
        picture(1, drill, drill_statuses(now), now),
        picture(2, old, Vec::new(), now),
    ]
}

fn picture(index: u8, alert: Alert, rows: Vec<PictureRow>, now: Timestamp) -> Picture {
    let decided = |verb, answer, officer: Option<&str>| VerbDecision {
        verb,
        answer,
        officer: officer.map(str::to_owned),
        decided_at: before(now, 300),
    };
    let decisions = alert.actions.iter().map(|action| match action.verb {
        Verb::Isolate | Verb::Block => decided(action.verb, Answer::Pending, None),
        verb => decided(verb, Answer::Permit, None),
    });
    Picture {
        id: alert_id(index),
        signers: ["15b18bd8", "a04c77e1"]
            .map(|key| format!("Trung tâm Ứng cứu khẩn cấp máy tính {key}"))
            .into(),
        received_at: before(now, 2_700),
        state: state_of(index),
        addressed: true,
        acknowledged: (index == 1).then(|| ("Lê Minh Đức".to_owned(), before(now, 900))),
        decisions: decisions.collect(),
        totals: Totals::default(),
        oldest_as_of: rows
            .iter()
            .filter(|row| row.heard)
            .map(|row| row.status.as_of)
            .min(),
        organisations: rows,
        now,
        alert: Arc::new(alert),
    }
}

fn row(place: &Place, heard: bool, status: OrganisationStatus) -> PictureRow {
    PictureRow {
        status,
        overdue: Overdue::OpenInTime,
        relation: place.3,
        depth: place.4,
        heard,
    }
}

fn silent(place: &Place, now: Timestamp) -> OrganisationStatus {
    OrganisationStatus::silent(
        organisation(place.0),
        place.1.to_owned(),
        place.2.map(organisation),
        now,
    )
}

fn counters([complete, incomplete, unreachable, refused, pending]: [u64; 5]) -> HostCounters {
    HostCounters {
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    }
}

fn statuses(now: Timestamp) -> Vec<PictureRow> {
    let heard = |index: usize, minutes: i64, hosts: [u64; 5]| OrganisationStatus {
        received_at: Some(before(now, 2_690)),
        acknowledged_at: Some(before(now, 2_400)),
        sweep: Answer::Permit,
        isolate: Answer::Permit,
        hosts: Some(counters(hosts)),
        as_of: before(now, minutes),
        ..silent(&PLACES[index], now)
    };
    let own = OrganisationStatus {
        acknowledged_at: None,
        isolate: Answer::Pending,
        ..heard(0, 0, [4, 1, 0, 0, 1])
    };
    let airline = OrganisationStatus {
        hosts_found: 5,
        confirmed: 9,
        suspicious: 3,
        isolated: 8,
        ..heard(2, 1, [412, 37, 12, 0, 66])
    };
    let airports = OrganisationStatus {
        isolate: Answer::Refuse,
        hosts_found: 2,
        confirmed: 2,
        suspicious: 1,
        ..heard(3, 3, [188, 4, 2, 0, 0])
    };
    let office = OrganisationStatus {
        acknowledged_at: None,
        sweep: Answer::Pending,
        hosts: None,
        ..heard(4, 44, [0; 5])
    };
    let bank = OrganisationStatus {
        sweep: Answer::Refuse,
        isolate: Answer::Refuse,
        finished_at: Some(before(now, 1_200)),
        ..heard(6, 18, [0, 0, 0, 240, 0])
    };
    let clinic = OrganisationStatus {
        finished_at: Some(before(now, 400)),
        suspicious: 1,
        hosts_found: 1,
        ..heard(7, 400, [6, 0, 0, 0, 0])
    };
    vec![
        row(&PLACES[0], true, own),
        row(&PLACES[1], true, heard(1, 1, [31, 2, 0, 0, 4])),
        row(&PLACES[2], true, airline),
        row(&PLACES[3], true, airports),
        row(&PLACES[4], true, office),
        row(&PLACES[5], false, silent(&PLACES[5], now)),
        row(&PLACES[6], true, bank),
        row(&PLACES[7], true, clinic),
    ]
}

fn drill_statuses(now: Timestamp) -> Vec<PictureRow> {
    let status = |index: usize, hosts| OrganisationStatus {
        received_at: Some(before(now, 1_000)),
        acknowledged_at: Some(before(now, 900)),
        sweep: Answer::Permit,
        isolate: Answer::Permit,
        hosts: Some(counters(hosts)),
        hosts_found: 2,
        confirmed: 2,
        isolated: 1,
        as_of: before(now, 2),
        ..silent(&PLACES[index], now)
    };
    vec![
        row(&PLACES[0], true, status(0, [6, 0, 0, 0, 0])),
        row(&PLACES[1], true, status(1, [20, 1, 1, 0, 3])),
    ]
}

fn hosts(now: Timestamp) -> Vec<HostRow> {
    let names = [
        ("FIDS-T1-04", 0, true),
        ("DB-QLVB-01", 1, true),
        ("MAIL-02", 0, true),
        ("PC-TRUCBAN-3", 2, true),
        ("PC-KETOAN-7", 0, true),
        ("NAS-LUUTRU", 190, false),
    ];
    names
        .iter()
        .zip(1u8..)
        .map(|((name, minutes, reachable), id)| HostRow {
            id: HostId::from_bytes([id; 16]),
            name: (*name).to_owned(),
            organisation: organisation("vn.vncert"),
            enrolled_at: before(now, 90_000),
            last_seen_at: Some(before(now, *minutes)),
            reachable: *reachable,
        })
        .collect()
}

fn host_states(hosts: &[HostRow], now: Timestamp) -> Vec<HostStateRow> {
    let states = [
        (HostState::Complete, Some(Outcome::Found), 2, 1, 2, 0),
        (
            HostState::Incomplete,
            Some(Outcome::FoundIncomplete),
            0,
            1,
            0,
            1_204,
        ),
        (HostState::Complete, Some(Outcome::Clean), 0, 0, 0, 0),
        (
            HostState::Incomplete,
            Some(Outcome::CleanIncomplete),
            0,
            0,
            0,
            17,
        ),
        (HostState::Pending, None, 0, 0, 0, 0),
        (HostState::Unreachable, None, 0, 0, 0, 0),
    ];
    hosts
        .iter()
        .zip(states)
        .map(
            |(host, (state, outcome, confirmed, suspicious, isolated, not_examined))| {
                HostStateRow {
                    host: host.clone(),
                    state,
                    received_at: host.reachable.then(|| before(now, 2_600)),
                    answered_at: outcome.map(|_| before(now, 130)),
                    outcome,
                    confirmed,
                    suspicious,
                    context: 0,
                    isolated,
                    not_examined,
                    self_test: outcome.map(|_| SelfTestCounts {
                        passed: 37 - u64::from(not_examined > 1_000),
                        failed: u64::from(not_examined > 1_000),
                        total: 37,
                    }),
                }
            },
        )
        .collect()
}

fn findings(hosts: &[HostRow], now: Timestamp) -> Vec<FindingRow> {
    let payload = Finding {
        judgement: Judgement::Confirmed,
        why: Why::PayloadContent,
        item: path("/mnt/c/Windows/system32/DiskMgers.dll"),
        size_bytes: 87_040,
        modified_at: Some(at("2016-07-27T19:22:41Z")),
        md5: Some("9bf793ef195cc62f8a61093f77b03158".to_owned()),
        sha1: Some("46844b0acf2bb67adbf2304a61be07738d2ddd64".to_owned()),
        sha256: Some("c0ffee".repeat(10) + "c0ff"),
        hits: vec![
            hit(
                "diskmgers",
                "sha1",
                "46844b0acf2bb67adbf2304a61be07738d2ddd64",
                Strength::Content,
            ),
            hit(
                "diskmgers",
                "path",
                r"C:\Windows\system32\DiskMgers.dll",
                Strength::Path,
            ),
        ],
        hits_left_out: 0,
        combinations: Vec::new(),
        isolation: Some(Isolation::Isolated {
            vault_id: "20160805-0413-9f2c".to_owned(),
        }),
        kind: ItemKind::File,
        package: None,
    };
    let abused = Finding {
        judgement: Judgement::Suspicious,
        why: Why::PathOtherContent,
        item: path("/mnt/c/Program Files/Common Files/McAfee/McAfee.exe"),
        size_bytes: 140_576,
        isolation: None,
        hits: vec![hit(
            "mcafee",
            "path",
            r"C:\Program Files\Common Files\McAfee\McAfee.exe",
            Strength::Path,
        )],
        ..payload.clone()
    };
    let context = Finding {
        judgement: Judgement::Context,
        why: Why::NameOtherContent,
        item: path("/mnt/c/Windows/System32/diskperf.exe"),
        size_bytes: 24_576,
        isolation: None,
        hits: vec![hit("diskperf", "file-name", "diskperf.exe", Strength::Name)],
        ..payload.clone()
    };
    let unfit = Finding {
        item: ItemPath::from_bytes(b"/mnt/d/L\xc6\xb0u tr\xe1/hoa-don\xe2\x80\xaegpj.exe"),
        isolation: Some(Isolation::NotPermitted),
        ..payload.clone()
    };
    let mut found = vec![payload.clone(), unfit, abused, context];
    found.extend(of_other_kinds(&payload));
    found
        .into_iter()
        .zip(1..)
        .map(|(finding, id)| {
            let own = id != 2;
            FindingRow {
                id,
                alert: alert_id(0),
                alert_number: "238/VNCERT-ĐPƯC".to_owned(),
                exercise: false,
                organisation: organisation(if own { "vn.vncert" } else { "vn.mot.airports" }),
                host: own.then(|| hosts[0].id),
                host_name: if own {
                    hosts[0].name.clone()
                } else {
                    "may-7f3a".to_owned()
                },
                received_at: before(now, id * 37),
                finding,
            }
        })
        .collect()
}

/// What is no file of its own, what only traces tell of, and what the system itself knows.
#[expect(
    clippy::too_many_lines,
    reason = "one sample of each kind, side by side"
)]
fn of_other_kinds(payload: &Finding) -> Vec<Finding> {
    let member = Finding {
        kind: ItemKind::Member,
        item: path("/mnt/c/Users/ketoan/Downloads/bao-gia.zip » thang 8.tar » setup/McUtil.dll"),
        size_bytes: 3_584,
        isolation: None,
        hits: vec![hit(
            "mcutil",
            "md5",
            "c52464e9df8b3d08fc612a0f11fe53b2",
            Strength::Content,
        )],
        ..payload.clone()
    };
    let trace = Finding {
        judgement: Judgement::Suspicious,
        why: Why::TraceFound,
        modified_at: None,
        md5: None,
        sha1: None,
        sha256: None,
        isolation: None,
        ..payload.clone()
    };
    let domain = |place: &str| Hit {
        place: Some(place.to_owned()),
        ..hit("playball", "domain", "playball.ddns.info", Strength::Trace)
    };
    let log = Finding {
        item: path("/var/log/squid/access.log.2.gz » access.log.2"),
        kind: ItemKind::Member,
        size_bytes: 41_204_113,
        hits: vec![
            domain("line 88214, 2016-07-28T02:14:07Z: TCP_MISS/200 CONNECT playball.ddns.info:443"),
            domain("line 90377, 2016-07-28T03:14:09Z: TCP_MISS/200 CONNECT playball.ddns.info:443"),
        ],
        hits_left_out: 214,
        ..trace.clone()
    };
    let running = |kind, item: &str, hits| Finding {
        kind,
        item: path(item),
        size_bytes: 0,
        hits,
        ..trace.clone()
    };
    let process = Finding {
        why: Why::RuleMatched,
        ..running(
            ItemKind::Process,
            "process 4711 /usr/sbin/dtshow (deleted)",
            vec![Hit {
                place: Some("memory 7f3a00000000-7f3a00021000, at byte 4096".to_owned()),
                ..hit("hai-luat", "yara", "korplug_memory", Strength::Content)
            }],
        )
    };
    let connection = running(
        ItemKind::Connection,
        "tcp 10.20.4.17:49222 to 203.0.113.66:443, process 4711 dtshow",
        vec![hit("may-chu", "ip", "203.0.113.66", Strength::Trace)],
    );
    let entry = running(
        ItemKind::HostEntry,
        "/etc/hosts line 14: 203.0.113.66 playball.ddns.info",
        vec![hit(
            "playball",
            "domain",
            "playball.ddns.info",
            Strength::Trace,
        )],
    );
    let event = Finding {
        item: path("/mnt/c/Windows/System32/winevt/Logs/Security.evtx"),
        size_bytes: 20_975_616,
        why: Why::RuleMatched,
        hits: vec![Hit {
            place: Some("record 118402, 2016-07-27T19:23:02Z: Security 4697".to_owned()),
            ..hit(
                "luat-sigma",
                "sigma",
                "Service Installed From Temp",
                Strength::Trace,
            )
        }],
        ..trace
    };
    let packaged = Finding {
        judgement: Judgement::Context,
        why: Why::KnownPackage,
        item: path("/usr/bin/nsenter"),
        size_bytes: 31_128,
        isolation: None,
        package: Some("util-linux 2.38.1-5+deb12u1".to_owned()),
        hits: vec![hit(
            "hai-luat",
            "yara",
            "container_escape",
            Strength::Content,
        )],
        ..payload.clone()
    };
    vec![member, log, process, connection, entry, event, packaged]
}

fn path(text: &str) -> ItemPath {
    ItemPath::from_bytes(text.as_bytes())
}

fn hit(indicator: &str, kind: &str, value: &str, strength: Strength) -> Hit {
    Hit {
        indicator: indicator.to_owned(),
        kind: kind.to_owned(),
        value: value.to_owned(),
        strength,
        place: None,
    }
}

fn not_examined(hosts: &[HostRow]) -> Vec<NotExaminedRow> {
    let line = |host: &HostRow, reason, count, examples: &[&str]| NotExaminedRow {
        host: Some(host.id),
        host_name: host.name.clone(),
        organisation: host.organisation.clone(),
        reason,
        count,
        examples: examples.iter().map(|text| path(text)).collect(),
    };
    vec![
        line(
            &hosts[1],
            Reason::Permission,
            1_204,
            &[
                "/mnt/c/System Volume Information",
                "/mnt/c/Users/ketoan/AppData/Local/Temp",
                "/mnt/c/Windows/CSC",
            ],
        ),
        line(
            &hosts[3],
            Reason::ChangedWhileRead,
            2,
            &["/mnt/c/pagefile.sys", "/mnt/c/Windows/Logs/CBS/CBS.log"],
        ),
        line(
            &hosts[3],
            Reason::TooLarge,
            15,
            &["/mnt/d/VMs/server2008.vhd"],
        ),
        line(
            &hosts[0],
            Reason::SpecialFile,
            3,
            &["/mnt/c/dev/console", "/run/systemd/notify"],
        ),
        line(
            &hosts[1],
            Reason::Encrypted,
            2,
            &["/mnt/c/Users/ketoan/Documents/luong-thang-7.zip » luong.xlsx"],
        ),
        line(
            &hosts[1],
            Reason::UnsupportedContainer,
            3,
            &["/mnt/d/Sao lưu/2015.rar", "/mnt/d/Sao lưu/thu-cu.pst"],
        ),
        line(
            &hosts[3],
            Reason::Damaged,
            1,
            &["/mnt/c/Users/trucban/Downloads/lich-bay.zip"],
        ),
        line(
            &hosts[3],
            Reason::Budget,
            1,
            &["/mnt/c/Users/trucban/Downloads/42.zip » lib 0.zip » book 7.zip"],
        ),
        line(
            &hosts[3],
            Reason::ItemTime,
            1,
            &["/mnt/nas/Chia sẻ/treo.iso"],
        ),
        line(&hosts[2], Reason::Vanished, 6, &["/tmp/sess_81c0"]),
    ]
}

fn organisations(now: Timestamp) -> Vec<OrganisationRow> {
    PLACES
        .iter()
        .map(|(id, name, parent, relation, _)| OrganisationRow {
            id: organisation(id),
            name: (*name).to_owned(),
            parent: parent.map(organisation),
            relation: *relation,
            enrolled_at: (!matches!(*id, "vn.danang") && *relation != Relation::Below)
                .then(|| before(now, 80_000)),
            last_seen_at: (*relation == Relation::Child && *id != "vn.danang")
                .then(|| before(now, 1)),
        })
        .collect()
}

fn refused(now: Timestamp) -> Vec<RefusedDocument> {
    let line = |minutes, sender: &str, kind: Option<&str>, reason: &str| RefusedDocument {
        refused_at: before(now, minutes),
        sender: sender.to_owned(),
        kind: kind.map(str::to_owned),
        document: kind.map(|_| alert_id(7).into()),
        reason: reason.to_owned(),
    };
    vec![
        line(
            12,
            "vn.mot",
            Some("roll-up"),
            "the counters do not add up to 40 eligible hosts",
        ),
        line(
            95,
            "parent",
            None,
            "the envelope is larger than 4,194,304 bytes",
        ),
    ]
}

fn hosted(now: Timestamp) -> HostedView {
    let place = &PLACES[7];
    let alert = |index: u8, alert: Alert| HostedAlert {
        id: alert_id(index),
        alert: Arc::new(alert),
        status: OrganisationStatus {
            received_at: Some(before(now, 900)),
            ..silent(place, now)
        },
        overdue: Overdue::OpenInTime,
        reported_hosts: Vec::new(),
    };
    let mut answered = alert(1, exercise(&[("dien-tap-01.dat", [0x5a; 32])]));
    answered.status.acknowledged_at = Some(before(now, 60));
    answered.status.hosts = Some(counters([2, 1, 0, 0, 1]));
    answered.reported_hosts = vec![
        "QUAY-THUOC".to_owned(),
        "LE-TAN".to_owned(),
        "X-QUANG".to_owned(),
    ];
    HostedView {
        organisation: organisation(place.0),
        name: place.1.to_owned(),
        parent_name: PLACES[0].1.to_owned(),
        alerts: vec![alert(0, dispatch_238()), answered],
    }
}
