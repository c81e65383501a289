//! The work on one host, with decisions of every kind, and killed at every step.

use std::path::PathBuf;

use documents::{VerbAnswer, verify_from};
use domain::{CheckKind, Confidence, DocumentId, OrganisationId, Reason, Role, Rule, RuleLanguage};
use sha2::{Digest as _, Sha256};
use sweep::Detector;
use testkit::{TestAuthority, TestClock, alerts, at, signing_key};

use super::*;
use crate::Engines;

const MARKER: &[u8] = b"a harmless marker";
const OTHER_MARKER: &[u8] = b"another harmless marker";

/// Has no detector for anything.
struct NoEngines;

impl Engines for NoEngines {
    fn detectors(&self, _: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        Ok(Vec::new())
    }
}

/// Cannot make one.
struct BrokenEngines;

impl Engines for BrokenEngines {
    fn detectors(&self, _: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        Err("1:1: syntax error".to_owned())
    }
}

/// Stops the agent while it prepares the sweep, as a person may.
struct StoppingEngines<'a>(&'a AtomicBool);

impl Engines for StoppingEngines<'_> {
    fn detectors(&self, _: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        self.0.store(true, Ordering::Relaxed);
        Ok(Vec::new())
    }
}

struct Host {
    folder: tempfile::TempDir,
    swept: tempfile::TempDir,
    paths: AgentPaths,
    settings: Settings,
    key: SigningKey,
    clock: TestClock,
    stop: AtomicBool,
}

type InForce = Vec<(Verified<Alert>, Option<Verified<Decision>>)>;

impl Host {
    /// Makes a host with one marker, `marker.txt`.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let swept = tempfile::tempdir().expect("a folder");
        let paths = AgentPaths::new(folder.path());
        fs_err::write(
            folder.path().join("agent.toml"),
            format!("roots = [{:?}]\nhost_name = 'booking-01'", swept.path()),
        )
        .expect("writes");
        let settings = Settings::load(&paths.settings()).expect("valid");
        let host = Self {
            folder,
            swept,
            paths,
            settings,
            key: signing_key("agent"),
            clock: TestClock::default(),
            stop: AtomicBool::new(false),
        };
        host.write("marker.txt", MARKER);
        host
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.swept.path().join(name);
        fs_err::write(&path, content).expect("writes");
        path
    }

    fn marker(&self) -> PathBuf {
        self.swept.path().join("marker.txt")
    }

    fn spool(&self) -> Spool {
        Spool::open(&self.paths.spool()).expect("opens")
    }

    /// One life of the agent: it lists its jobs and does them. Returns how many there were.
    fn work(&self, in_force: &InForce) -> Result<usize, WorkError> {
        self.work_with(in_force, &NoEngines)
    }

    fn work_with(&self, in_force: &InForce, sweeper: &dyn Sweeper) -> Result<usize, WorkError> {
        let spool = self.spool();
        let worker = Worker {
            paths: &self.paths,
            settings: &self.settings,
            host: HostId::from_bytes([7; 16]),
            key: &self.key,
            spool: &spool,
            clock: &self.clock,
            sweeper,
            stop: &self.stop,
        };
        let jobs = worker.list_jobs(in_force.clone())?;
        worker.do_jobs(&jobs)?;
        Ok(jobs.len())
    }

    /// Takes the reports out of the spool, as the node would.
    fn reports(&self) -> Vec<(DocumentId, SweepReport)> {
        let spool = self.spool();
        let batch = spool.oldest(usize::MAX).expect("reads");
        let read = |spooled: &crate::spool::Spooled| {
            let report: Verified<HostReport> =
                verify_from(&spooled.bytes, &self.key.public_key()).expect("is signed");
            spool.remove(spooled).expect("removes");
            (report.id(), report.report.clone())
        };
        batch.iter().map(read).collect()
    }

    fn only_report(&self) -> SweepReport {
        let mut reports = self.reports();
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0).1
    }

    fn vault_entries(&self) -> Vec<VaultEntry> {
        let vault = Vault::open(&self.paths.vault()).expect("opens");
        vault.list().expect("lists")
    }

    fn edit_progress(&self, alert: AlertId, edit: impl FnOnce(&mut serde_json::Value)) {
        let path = self.paths.progress(alert);
        let bytes = fs_err::read(&path).expect("is there");
        let mut progress = serde_json::from_slice(&bytes).expect("is JSON");
        edit(&mut progress);
        fs_err::write(&path, progress.to_string()).expect("writes");
    }
}

fn exercise(number: &str, marker: &[u8]) -> Alert {
    Alert {
        number: number.to_owned(),
        ..alerts::exercise(&[("marker.txt", Sha256::digest(marker).into())])
    }
}

fn verified(alert: &Alert) -> Verified<Alert> {
    TestAuthority::national().verified_alert(alert)
}

fn decided(alert: &Verified<Alert>, answers: &[(Verb, Answer)]) -> InForce {
    let decision = Decision {
        schema: documents::SCHEMA,
        organisation: "vn.mot.vna".parse::<OrganisationId>().expect("valid"),
        alert: alert.alert_id(),
        revision: 1,
        decided_at: at("2016-08-04T01:30:00Z"),
        answers: answers
            .iter()
            .map(|&(verb, answer)| VerbAnswer { verb, answer })
            .collect(),
    };
    let node = signing_key("node");
    let bytes = Envelope::sign(&decision, &[&node])
        .expect("signs")
        .to_bytes();
    let decision = verify_from(&bytes, &node.public_key()).expect("verifies");
    vec![(alert.clone(), Some(decision))]
}

fn sweep_and(isolate: Answer, alert: &Verified<Alert>) -> InForce {
    decided(
        alert,
        &[(Verb::Sweep, Answer::Permit), (Verb::Isolate, isolate)],
    )
}

fn marker_alert() -> Verified<Alert> {
    verified(&exercise("DT-01", MARKER))
}

fn is_isolated(finding: &Finding) -> bool {
    matches!(finding.isolation, Some(Isolation::Isolated { .. }))
}

#[test]
fn nothing_is_swept_without_a_decision_that_permits_it() {
    let host = Host::new();
    let alert = marker_alert();
    let mut never = vec![(alert.clone(), None)];
    never.extend(decided(&alert, &[]));
    never.extend(decided(&alert, &[(Verb::Isolate, Answer::Permit)]));
    for answer in [Answer::Pending, Answer::Refuse] {
        let answers = [(Verb::Sweep, answer), (Verb::Isolate, Answer::Permit)];
        never.extend(decided(&alert, &answers));
    }
    for one in never {
        assert_eq!(host.work(&vec![one]).expect("works"), 0);
    }
    let unasked = Alert {
        actions: Vec::new(),
        ..exercise("DT-02", MARKER)
    };
    let unasked = sweep_and(Answer::Permit, &verified(&unasked));
    assert_eq!(host.work(&unasked).expect("works"), 0);
    assert!(host.reports().is_empty());
    assert!(host.marker().is_file());
}

#[test]
fn isolates_only_when_the_alert_asks_and_the_decision_permits() {
    for (answer, expected) in [
        (Answer::Pending, None),
        (Answer::Refuse, Some(Isolation::NotPermitted)),
    ] {
        let host = Host::new();
        host.work(&sweep_and(answer, &marker_alert()))
            .expect("works");
        let report = host.only_report();
        assert_eq!(report.outcome, Outcome::Found);
        assert_eq!(report.findings[0].isolation, expected);
        assert!(host.marker().is_file());
    }
    let host = Host::new();
    let mut unasked = exercise("DT-02", MARKER);
    unasked
        .actions
        .retain(|action| action.verb != Verb::Isolate);
    host.work(&sweep_and(Answer::Permit, &verified(&unasked)))
        .expect("works");
    assert_eq!(host.only_report().findings[0].isolation, None);
    assert!(host.marker().is_file());

    let in_force = sweep_and(Answer::Permit, &marker_alert());
    assert_eq!(host.work(&in_force).expect("works"), 1);
    assert!(is_isolated(&host.only_report().findings[0]));
    assert!(!host.marker().is_file());
    assert_eq!(host.work(&in_force).expect("works"), 0, "it is done");
    assert!(host.reports().is_empty());
}

#[test]
fn a_permission_that_comes_after_the_sweep_is_acted_on_and_reported() {
    let host = Host::new();
    let alert = marker_alert();
    host.work(&sweep_and(Answer::Pending, &alert))
        .expect("works");
    assert_eq!(host.only_report().findings[0].isolation, None);
    host.work(&sweep_and(Answer::Permit, &alert))
        .expect("works");
    assert!(is_isolated(&host.only_report().findings[0]));
    assert!(!host.marker().is_file());
    // Refused again: what was isolated stays in the picture although it is no longer found in its place.
    host.work(&sweep_and(Answer::Refuse, &alert))
        .expect("works");
    let report = host.only_report();
    assert_eq!(report.outcome, Outcome::Found);
    assert_eq!(report.findings.len(), 1);
    assert!(is_isolated(&report.findings[0]));
    assert_eq!(host.vault_entries().len(), 1);
}

#[test]
fn killed_at_any_step_it_sends_the_same_report_and_isolates_nothing_twice() {
    let alert = marker_alert();
    let in_force = sweep_and(Answer::Permit, &alert);
    // Swept, isolated and in the spool, and killed before that was noted.
    let host = Host::new();
    host.work(&in_force).expect("works");
    let swept = |progress: &mut serde_json::Value| {
        progress["phase"] = "isolating".into();
        let findings = progress["report"]["findings"].as_array_mut();
        for finding in findings.expect("findings") {
            finding.as_object_mut().expect("one").remove("isolation");
        }
    };
    host.edit_progress(alert.alert_id(), swept);
    assert_eq!(host.work(&in_force).expect("works"), 1);
    let reports = host.reports();
    assert_eq!(reports.len(), 1, "the same report waits once");
    // The same, and the node had taken the first one already.
    host.edit_progress(alert.alert_id(), swept);
    host.work(&in_force).expect("works");
    assert_eq!(host.reports(), reports);
    assert_eq!(host.vault_entries().len(), 1);
}

#[test]
fn killed_between_two_isolations_it_goes_on_with_the_second() {
    let host = Host::new();
    let second = host.write("second", OTHER_MARKER);
    let alert = verified(&alerts::exercise(&[
        ("marker.txt", Sha256::digest(MARKER).into()),
        ("second", Sha256::digest(OTHER_MARKER).into()),
    ]));
    let in_force = sweep_and(Answer::Pending, &alert);
    host.work(&in_force).expect("works");
    let found = host.only_report();
    assert_eq!(found.findings.len(), 2);
    // One of the two is in the vault, and nothing says so.
    let vault = Vault::open(&host.paths.vault()).expect("opens");
    let entry = vault
        .isolate(&found.findings[0], alert.alert_id(), &host.clock)
        .expect("isolates");
    host.edit_progress(alert.alert_id(), |progress| {
        progress["phase"] = "isolating".into();
    });
    host.clock.advance(jiff::SignedDuration::from_hours(1));
    host.work(&sweep_and(Answer::Permit, &alert))
        .expect("works");
    let report = host.only_report();
    assert_eq!(report.finished_at, found.finished_at, "not swept again");
    assert!(report.findings.iter().all(is_isolated));
    assert_eq!(
        report.findings[0].isolation,
        Some(Isolation::Isolated { vault_id: entry.id })
    );
    assert_eq!(host.vault_entries().len(), 2);
    assert!(!second.is_file() && !host.marker().is_file());
}

#[test]
fn a_spool_that_takes_nothing_delays_the_report_and_loses_nothing() {
    let host = Host::new();
    let alert = marker_alert();
    let in_force = sweep_and(Answer::Permit, &alert);
    // A folder where the progress should be written: isolation must not begin before the findings are on the disk.
    let in_the_way = host.paths.progress(alert.alert_id()).with_extension("new");
    fs_err::create_dir_all(&in_the_way).expect("makes");
    assert!(host.work(&in_force).is_err());
    assert!(host.marker().is_file());
    assert!(host.reports().is_empty());
    fs_err::rename(&in_the_way, host.folder.path().join("aside")).expect("moves");
    assert_eq!(host.work(&in_force).expect("works"), 1);
    assert!(is_isolated(&host.only_report().findings[0]));
}

#[test]
fn a_file_that_has_come_back_is_isolated_again_and_not_taken_for_the_first() {
    let host = Host::new();
    let first = marker_alert();
    host.work(&sweep_and(Answer::Permit, &first))
        .expect("works");
    host.reports();
    host.write("marker.txt", MARKER);
    // Another alert that may not isolate says that it lies there.
    let second = verified(&exercise("DT-02", MARKER));
    host.work(&sweep_and(Answer::Refuse, &second))
        .expect("works");
    let report = host.only_report();
    assert_eq!(
        report.findings[0].isolation,
        Some(Isolation::NotPermitted),
        "what is in the vault is not what lies in the folder"
    );
    let third = verified(&exercise("DT-03", MARKER));
    host.work(&sweep_and(Answer::Permit, &third))
        .expect("works");
    assert!(is_isolated(&host.only_report().findings[0]));
    assert!(!host.marker().is_file());
    assert_eq!(host.vault_entries().len(), 2);
}

#[test]
fn two_alerts_that_find_one_file_both_report_it_isolated_once() {
    let host = Host::new();
    let mut in_force = Vec::new();
    for number in ["DT-01", "DT-02"] {
        let alert = verified(&exercise(number, MARKER));
        in_force.extend(sweep_and(Answer::Permit, &alert));
    }
    assert_eq!(host.work(&in_force).expect("works"), 2);
    let reports = host.reports();
    assert_eq!(reports.len(), 2);
    for (_, report) in &reports {
        assert_eq!(report.outcome, Outcome::Found);
        assert!(is_isolated(&report.findings[0]));
    }
    assert_eq!(host.vault_entries().len(), 1);
}

#[test]
fn rules_without_a_detector_make_the_report_incomplete_and_never_clean() {
    let with_rule = Alert {
        indicators: Vec::new(),
        rules: vec![Rule {
            id: "rule".to_owned(),
            language: RuleLanguage::Yara,
            role: Role::Payload,
            confidence: Confidence::High,
            source: "rule nothing {".to_owned(),
        }],
        ..exercise("DT-01", MARKER)
    };
    let alert = verified(&with_rule);
    let makers: [&dyn Sweeper; 2] = [&NoEngines, &BrokenEngines];
    for maker in makers {
        let host = Host::new();
        host.work_with(&sweep_and(Answer::Permit, &alert), maker)
            .expect("works");
        let report = host.only_report();
        assert_eq!(report.outcome, Outcome::CleanIncomplete);
        let check = &report.coverage.checks[0];
        assert_eq!((check.kind, check.not_examined), (CheckKind::Yara, 1));
    }
}

#[test]
fn progress_that_is_unreadable_or_of_something_else_begins_the_work_again() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [Edit; 5] = [
        |progress| *progress = serde_json::Value::Null,
        |progress| progress["schema"] = 2.into(),
        |progress| progress["report"]["alert"]["id"] = "00".repeat(32).into(),
        |progress| progress["report"]["outcome"] = "clean".into(),
        |progress| progress["unknown"] = 1.into(),
    ];
    let alert = marker_alert();
    let in_force = sweep_and(Answer::Permit, &alert);
    for edit in edits {
        let host = Host::new();
        host.work(&in_force).expect("works");
        let first = host.only_report();
        host.edit_progress(alert.alert_id(), edit);
        assert_eq!(host.work(&in_force).expect("works"), 1);
        // The vault remembers what the progress does not: the host does not become clean by a damaged file.
        let again = host.only_report();
        assert_eq!(again.outcome, Outcome::Found);
        assert_eq!(again.findings.len(), 1);
        assert_eq!(again.findings[0].isolation, first.findings[0].isolation);
        assert_eq!(again.findings[0].sha256, first.findings[0].sha256);
        assert_eq!(host.work(&in_force).expect("works"), 0);
    }
}

#[test]
fn a_root_that_has_vanished_makes_the_report_incomplete_and_all_of_them_an_error() {
    let mut host = Host::new();
    let in_force = sweep_and(Answer::Refuse, &verified(&exercise("DT-01", b"not here")));
    let gone = host.swept.path().join("gone");
    host.settings.roots = vec![gone.clone()];
    let error = host.work(&in_force).expect_err("nowhere to look");
    assert!(chain(&error).contains("gone"), "{}", chain(&error));
    assert!(host.reports().is_empty());
    host.settings.roots.push(host.swept.path().to_owned());
    assert_eq!(host.work(&in_force).expect("works"), 1, "still to be done");
    let report = host.only_report();
    assert_eq!(report.outcome, Outcome::CleanIncomplete);
    let line = &report.coverage.not_examined[0];
    assert_eq!((line.reason, line.count), (Reason::ReadError, 1));
    assert_eq!(line.examples[0].text, gone.to_string_lossy());
}

#[test]
fn what_is_found_is_reported_although_another_alert_cannot_be_swept_for() {
    let mut host = Host::new();
    let alert = marker_alert();
    host.work(&sweep_and(Answer::Permit, &alert))
        .expect("works");
    let (id, _) = host.reports().remove(0);
    host.edit_progress(alert.alert_id(), |progress| {
        progress["phase"] = "isolating".into();
    });
    host.settings.roots = vec![host.swept.path().join("gone")];
    let mut in_force = sweep_and(Answer::Permit, &alert);
    in_force.extend(sweep_and(
        Answer::Permit,
        &verified(&exercise("DT-02", OTHER_MARKER)),
    ));
    assert!(host.work(&in_force).is_err());
    let ids: Vec<DocumentId> = host.reports().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [id]);
}

#[test]
fn a_sweep_that_was_stopped_is_no_result_and_isolates_nothing() {
    let host = Host::new();
    let in_force = sweep_and(Answer::Permit, &marker_alert());
    host.work_with(&in_force, &StoppingEngines(&host.stop))
        .expect("ends");
    assert!(host.reports().is_empty());
    assert!(host.marker().is_file());
    host.stop.store(false, Ordering::Relaxed);
    assert_eq!(host.work(&in_force).expect("works"), 1);
    assert!(is_isolated(&host.only_report().findings[0]));
}

#[test]
fn the_limit_of_isolated_files_holds_and_a_restart_counts_what_is_done_as_done() {
    let mut host = Host::new();
    host.settings.isolate_files_max = 1;
    let alert = verified(&alerts::exercise(&[
        ("marker.txt", Sha256::digest(MARKER).into()),
        ("second", Sha256::digest(OTHER_MARKER).into()),
    ]));
    host.write("second", OTHER_MARKER);
    let in_force = sweep_and(Answer::Permit, &alert);
    host.work(&in_force).expect("works");
    let reports = host.reports();
    let isolated = |report: &SweepReport| {
        let findings = report.findings.iter();
        findings.filter(|finding| is_isolated(finding)).count()
    };
    assert_eq!(isolated(&reports[0].1), 1);
    let failed = reports[0].1.findings.iter().any(|finding| {
        matches!(&finding.isolation, Some(Isolation::Failed { reason }) if reason.contains("more than 1 files"))
    });
    assert!(failed, "{:?}", reports[0].1.findings);
    host.edit_progress(alert.alert_id(), |progress| {
        progress["phase"] = "isolating".into();
    });
    host.work(&in_force).expect("works");
    assert_eq!(host.reports(), reports);
}

#[test]
fn names_that_are_long_or_not_text_are_isolated_and_carried_over() {
    use std::os::unix::ffi::OsStrExt;

    let host = Host::new();
    let name = [b"\xff".as_slice(), "d".repeat(254).as_bytes()].concat();
    let path = host.swept.path().join(std::ffi::OsStr::from_bytes(&name));
    fs_err::rename(host.marker(), &path).expect("renames");
    let mut alert = exercise("DT-01", MARKER);
    // By its content alone, whatever its name is.
    alert.indicators[0].size = Some(domain::SizeRange::exactly(MARKER.len() as u64));
    alert.indicators[0].observables.remove(0);
    let alert = verified(&alert);
    host.work(&sweep_and(Answer::Permit, &alert))
        .expect("works");
    assert!(is_isolated(&host.only_report().findings[0]));
    assert!(!path.is_file());
    host.edit_progress(alert.alert_id(), |progress| {
        progress["phase"] = "isolating".into();
        let finding = &mut progress["report"]["findings"][0];
        finding.as_object_mut().expect("one").remove("isolation");
    });
    host.work(&sweep_and(Answer::Permit, &alert))
        .expect("works");
    assert!(is_isolated(&host.only_report().findings[0]));
    assert_eq!(host.vault_entries().len(), 1);
}

#[test]
fn a_report_that_is_too_long_is_cut_and_says_so() {
    let host = Host::new();
    let alert = marker_alert();
    host.work(&sweep_and(Answer::Pending, &alert))
        .expect("works");
    let report = host.only_report();
    let hostile = Finding {
        item: ItemPath::from_bytes(&[b"/".as_slice(), &[0xff; 1400]].concat()),
        ..report.findings[0].clone()
    };
    let mut document = HostReport {
        schema: documents::SCHEMA,
        host: HostId::from_bytes([7; 16]),
        alert: alert.alert_id(),
        report: SweepReport {
            findings: vec![hostile; domain::report::FINDINGS_MAX],
            ..report
        },
    };
    let spool = host.spool();
    let worker = Worker {
        paths: &host.paths,
        settings: &host.settings,
        host: document.host,
        key: &host.key,
        spool: &spool,
        clock: &host.clock,
        sweeper: &NoEngines,
        stop: &host.stop,
    };
    worker.sign(&mut document).expect("is cut until it fits");
    let listed = document.report.findings.len();
    assert!((1..domain::report::FINDINGS_MAX).contains(&listed));
    assert_eq!(
        document.report.findings_left_out,
        (domain::report::FINDINGS_MAX - listed) as u64
    );
    assert_eq!(document.report.outcome, Outcome::Found);
}

/// Loses the process that sweeps whenever it sweeps for this alert.
struct LosesItsProcessFor(&'static str);

impl Sweeper for LosesItsProcessFor {
    fn sweep(&self, order: &SweepOrder<'_>) -> Result<Vec<SweepReport>, SweepError> {
        if order.alerts.iter().any(|alert| alert.number == self.0) {
            let message = "finish the sweep: signal 11".to_owned();
            return Err(SweepError::Worker { message });
        }
        NoEngines.sweep(order)
    }
}

#[test]
fn an_alert_that_ends_every_sweep_holds_up_no_other() {
    let host = Host::new();
    let in_force: InForce = ["DT-01", "DT-02", "DT-03"]
        .iter()
        .flat_map(|number| sweep_and(Answer::Pending, &verified(&exercise(number, MARKER))))
        .collect();
    let outcome = host.work_with(&in_force, &LosesItsProcessFor("DT-02"));
    assert!(
        matches!(outcome, Err(WorkError::Sweep(SweepError::Worker { .. }))),
        "{outcome:?}"
    );
    let reported: BTreeSet<String> = host
        .reports()
        .into_iter()
        .map(|(_, report)| report.alert.number)
        .collect();
    assert_eq!(
        reported.iter().collect::<Vec<_>>(),
        ["DT-01", "DT-03"],
        "the other one is still to be done"
    );
    assert_eq!(host.work(&in_force).expect("works"), 1);
    assert_eq!(host.only_report().alert.number, "DT-02");
}
