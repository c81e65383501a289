//! What an agent believes: told honest and hostile things, restarted, and found with damaged files.

use documents::{Document, Receipt, RoleKeys, SCHEMA, SigningKey, VerbAnswer};
use domain::{Answer, HostId, Verb};
use testkit::{TestAuthority, alerts, at, signing_key};

use super::*;

struct Scene {
    folder: tempfile::TempDir,
    authority: TestAuthority,
    trust: Trust,
}

const NOW: &str = "2016-08-04T02:00:00Z";

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = TestAuthority::national();
        let paths = AgentPaths::new(folder.path());
        Trust::pin_roots(&paths, &[authority.root_bytes()]).expect("pins");
        let trust = open(&paths).expect("opens");
        Self {
            folder,
            authority,
            trust,
        }
    }

    fn paths(&self) -> AgentPaths {
        AgentPaths::new(self.folder.path())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Taken, TakeError> {
        self.trust.take(bytes, at(NOW))
    }

    fn restart(&mut self) {
        self.trust = open(&self.paths()).expect("opens again");
    }

    fn in_force(&self) -> Vec<AlertId> {
        let in_force = self.trust.in_force(at(NOW));
        in_force.iter().map(|(alert, _)| alert.alert_id()).collect()
    }

    fn alert(&self) -> Vec<u8> {
        self.authority.sign_alert(&alerts::dispatch_238())
    }

    /// Takes the dispatch with its catalogue.
    fn with_alert() -> (Self, Vec<u8>) {
        let mut scene = Self::new();
        let alert = scene.alert();
        let catalogue = scene.authority.catalogue(std::slice::from_ref(&alert));
        scene.take(&catalogue).expect("takes the catalogue");
        let taken = scene.take(&alert).expect("takes the alert");
        assert!(matches!(taken, Taken::Alert(_)), "{taken:?}");
        (scene, alert)
    }
}

fn open(paths: &AgentPaths) -> Result<Trust, OpenTrustError> {
    Trust::open(paths, ours(), signing_key("node").public_key())
}

fn ours() -> OrganisationId {
    "vn.mot.vna".parse().expect("valid")
}

fn id_of(bytes: &[u8]) -> AlertId {
    Envelope::parse(bytes).expect("an envelope").id().into()
}

fn sign<T: Document>(value: &T, keys: &[&SigningKey]) -> Vec<u8> {
    Envelope::sign(value, keys).expect("signs").to_bytes()
}

fn decision(alert: &[u8], revision: u64, answer: Answer) -> Decision {
    Decision {
        schema: SCHEMA,
        organisation: ours(),
        alert: id_of(alert),
        revision,
        decided_at: at(NOW),
        answers: vec![VerbAnswer {
            verb: Verb::Sweep,
            answer,
        }],
    }
}

fn signed_decision(alert: &[u8], revision: u64, answer: Answer) -> Vec<u8> {
    sign(&decision(alert, revision, answer), &[&signing_key("node")])
}

#[test]
fn an_alert_before_its_catalogue_waits_survives_a_restart_and_is_taken_with_it() {
    let mut scene = Scene::new();
    let alert = scene.alert();
    assert!(matches!(scene.take(&alert), Ok(Taken::Waiting)));
    assert!(matches!(scene.take(&alert), Ok(Taken::Waiting)), "twice");
    assert!(scene.in_force().is_empty());
    scene.restart();
    let catalogue = scene.authority.catalogue(std::slice::from_ref(&alert));
    scene.take(&catalogue).expect("takes the catalogue");
    assert!(scene.in_force().is_empty(), "not before it is tried again");
    let taken = scene.trust.take_waiting(at(NOW)).expect("tries again");
    assert_eq!(taken.len(), 1);
    assert_eq!(scene.in_force(), [id_of(&alert)]);
    scene.restart();
    assert_eq!(scene.in_force(), [id_of(&alert)]);
    let again = scene.trust.take_waiting(at(NOW)).expect("tries again");
    assert!(again.is_empty(), "it waits no longer");
}

#[test]
fn an_alert_that_no_catalogue_lists_never_becomes_in_force() {
    let mut scene = Scene::new();
    let other = scene
        .authority
        .sign_alert(&alerts::exercise(&[("a", [1; 32])]));
    let catalogue = scene.authority.catalogue(&[other]);
    scene.take(&catalogue).expect("takes the catalogue");
    let alert = scene.alert();
    assert!(matches!(scene.take(&alert), Ok(Taken::Waiting)));
    for _ in 0..2 {
        let taken = scene.trust.take_waiting(at(NOW)).expect("tries again");
        assert!(taken.is_empty());
        assert!(scene.in_force().is_empty());
        scene.restart();
    }
}

#[test]
fn an_alert_that_the_disk_has_no_room_for_goes_on_waiting() {
    let mut scene = Scene::new();
    let alert = scene.alert();
    scene.take(&alert).expect("waits");
    let catalogue = scene.authority.catalogue(std::slice::from_ref(&alert));
    scene.take(&catalogue).expect("takes the catalogue");
    // A file where the folder of alerts should be: every write fails, for whomever the tests run as.
    fs_err::write(scene.paths().alerts(), b"in the way").expect("writes");
    let error = scene.trust.take_waiting(at(NOW)).expect_err("no room");
    assert!(matches!(error, TakeError::Write(_)), "{error}");
    fs_err::rename(scene.paths().alerts(), scene.folder.path().join("aside")).expect("moves");
    let taken = scene.trust.take_waiting(at(NOW)).expect("tries again");
    assert_eq!(taken.len(), 1);
}

#[test]
fn an_alert_waits_while_the_catalogue_has_expired_and_is_taken_with_the_next() {
    let mut scene = Scene::new();
    let alert = scene.alert();
    let empty = Catalogue {
        schema: SCHEMA,
        authority: alerts::authority(),
        version: 1,
        issued_at: at("2016-08-03T00:00:00Z"),
        expires_at: at("2016-08-04T00:00:00Z"),
        alerts: Vec::new(),
    };
    let expired = sign(&empty, &[&scene.authority.catalogue_key]);
    let earlier = at("2016-08-03T12:00:00Z");
    scene.trust.take(&expired, earlier).expect("is fresh then");
    assert!(matches!(scene.take(&alert), Ok(Taken::Waiting)));
    let next = scene
        .authority
        .catalogue_version(2, std::slice::from_ref(&alert));
    scene.take(&next).expect("takes the next");
    assert_eq!(scene.trust.take_waiting(at(NOW)).expect("tries").len(), 1);
}

#[test]
fn a_withdrawn_alert_is_no_longer_in_force_after_a_restart_either() {
    let (mut scene, alert) = Scene::with_alert();
    let old = scene.authority.catalogue(std::slice::from_ref(&alert));
    let without = scene.authority.catalogue_version(2, &[]);
    scene.take(&without).expect("takes the newer one");
    assert!(scene.in_force().is_empty());
    scene.restart();
    assert!(scene.in_force().is_empty());
    let error = scene.take(&old).expect_err("is older");
    assert!(
        matches!(error, TakeError::Refused(VerifyError::Rollback { .. })),
        "{error}"
    );
    assert!(scene.in_force().is_empty());
}

#[test]
fn two_catalogues_of_one_version_are_told_apart_and_the_second_refused() {
    let (mut scene, alert) = Scene::with_alert();
    let other = scene.authority.catalogue_version(1, &[]);
    let error = scene.take(&other).expect_err("equivocates");
    assert!(
        matches!(error, TakeError::Refused(VerifyError::Equivocation { .. })),
        "{error}"
    );
    assert_eq!(scene.in_force(), [id_of(&alert)]);
    let same = scene.authority.catalogue(std::slice::from_ref(&alert));
    assert!(matches!(scene.take(&same), Ok(Taken::Known)));
}

#[test]
fn an_alert_that_has_expired_is_refused_and_one_that_expires_is_let_go_of() {
    let (scene, _) = Scene::with_alert();
    let end = alerts::dispatch_238().expires_at;
    assert!(scene.trust.in_force(end).is_empty());
    let mut scene = Scene::new();
    let expired = scene.authority.sign_alert(&Alert {
        expires_at: at("2016-08-04T01:00:00Z"),
        deadline_at: None,
        ..alerts::dispatch_238()
    });
    let catalogue = scene.authority.catalogue(std::slice::from_ref(&expired));
    scene.take(&catalogue).expect("takes the catalogue");
    let error = scene.take(&expired).expect_err("has expired");
    assert!(
        matches!(error, TakeError::Refused(VerifyError::Expired { .. })),
        "{error}"
    );
}

#[test]
fn an_alert_that_one_officer_signed_does_not_even_wait() {
    let mut scene = Scene::new();
    let alert = sign(&alerts::dispatch_238(), &[&scene.authority.officers[0]]);
    assert!(matches!(scene.take(&alert), Err(TakeError::Refused(_))));
    let catalogue = scene.authority.catalogue(std::slice::from_ref(&alert));
    scene.take(&catalogue).expect("takes the catalogue");
    assert!(matches!(scene.take(&alert), Err(TakeError::Refused(_))));
    assert!(scene.in_force().is_empty());
}

#[test]
fn an_authority_that_was_not_pinned_is_not_believed() {
    let mut scene = Scene::new();
    let stranger = TestAuthority::of(&"vn.stranger".parse().expect("valid"), "Stranger");
    for bytes in [stranger.root_bytes(), stranger.catalogue(&[])] {
        let error = scene.take(&bytes).expect_err("not pinned");
        assert!(matches!(error, TakeError::NoRoot(_)), "{error}");
    }
}

#[test]
fn a_decision_counts_only_from_the_own_node_for_the_own_organisation() {
    let (mut scene, alert) = Scene::with_alert();
    let permit = decision(&alert, 1, Answer::Permit);
    let error = scene
        .take(&sign(&permit, &[&signing_key("another node")]))
        .expect_err("another key");
    assert!(matches!(error, TakeError::Refused(_)), "{error}");
    let elsewhere = Decision {
        organisation: "vn.mot".parse().expect("valid"),
        ..permit
    };
    let elsewhere = sign(&elsewhere, &[&signing_key("node")]);
    let error = scene.take(&elsewhere).expect_err("another organisation");
    assert!(matches!(error, TakeError::OtherOrganisation(_)), "{error}");
    assert!(scene.trust.in_force(at(NOW))[0].1.is_none());
    // Nor when somebody puts it where decisions are kept.
    disk::replace(&scene.paths().decision(id_of(&alert)), &elsewhere).expect("writes");
    scene.restart();
    assert!(scene.trust.in_force(at(NOW))[0].1.is_none());
    assert!(scene.trust.is_damaged());
}

#[test]
fn the_greatest_revision_of_a_decision_counts_in_whatever_order_they_come() {
    let (mut scene, alert) = Scene::with_alert();
    let answer = |scene: &Scene| {
        let in_force = scene.trust.in_force(at(NOW));
        let decision = in_force[0].1.as_ref().expect("decided");
        (decision.revision, decision.answer(Verb::Sweep))
    };
    let second = signed_decision(&alert, 2, Answer::Refuse);
    assert!(matches!(scene.take(&second), Ok(Taken::Other)));
    for revision in [1, 2] {
        let older = signed_decision(&alert, revision, Answer::Permit);
        assert!(matches!(scene.take(&older), Ok(Taken::Known)));
        assert_eq!(answer(&scene), (2, Answer::Refuse));
    }
    // An older one under another name that sorts last.
    let planted = scene.paths().decisions().join("zzz.json");
    fs_err::write(planted, signed_decision(&alert, 1, Answer::Permit)).expect("writes");
    scene.restart();
    assert_eq!(answer(&scene), (2, Answer::Refuse));
}

#[test]
fn roots_are_rotated_kept_and_read_back_in_order_and_withdraw_nothing() {
    let (mut scene, alert) = Scene::with_alert();
    // Every key is another from version 2 on.
    let keys = |role: &str, version: u64| signing_key(&format!("{role} {version}"));
    let role = |key: &SigningKey| RoleKeys {
        keys: vec![key.public_key()],
        threshold: 1,
    };
    let mut old_key = scene.authority.root_keys[0].clone();
    for version in 2..=11 {
        let new_key = keys("root", version);
        let root = Root {
            version,
            root: role(&new_key),
            officers: RoleKeys {
                keys: vec![
                    keys("officer-1", version).public_key(),
                    keys("officer-2", version).public_key(),
                ],
                threshold: 2,
            },
            catalogue: role(&keys("catalogue", version)),
            ..scene.authority.root.clone()
        };
        let bytes = sign(&root, &[&old_key, &new_key]);
        assert!(matches!(scene.take(&bytes), Ok(Taken::Root)), "{version}");
        old_key = new_key;
    }
    scene.restart();
    assert!(!scene.trust.is_damaged());
    assert_eq!(
        scene.in_force(),
        [id_of(&alert)],
        "it was good when it came"
    );
    assert!(matches!(
        scene.take(&scene.authority.root_bytes()),
        Ok(Taken::Known)
    ));
    let by_old_key = scene.authority.catalogue_version(2, &[]);
    assert!(scene.take(&by_old_key).is_err(), "the old key is out");
    let newest = Catalogue {
        schema: SCHEMA,
        authority: alerts::authority(),
        version: 2,
        issued_at: at("2016-08-03T00:00:00Z"),
        expires_at: at("2036-08-01T00:00:00Z"),
        alerts: Vec::new(),
    };
    let newest = sign(&newest, &[&keys("catalogue", 11)]);
    assert!(matches!(scene.take(&newest), Ok(Taken::Other)));
}

#[test]
fn a_root_that_does_not_chain_is_refused_from_the_feed_and_at_enrolment() {
    let mut scene = Scene::new();
    let authority = scene.authority.clone();
    let stranger = signing_key("stranger");
    let next = |version: u64| Root {
        version,
        ..authority.root.clone()
    };
    let own = [&authority.root_keys[0]];
    let by_stranger = sign(
        &Root {
            root: RoleKeys {
                keys: vec![stranger.public_key()],
                threshold: 1,
            },
            ..next(2)
        },
        &[&stranger],
    );
    let leap = sign(&next(3), &own);
    for bytes in [&by_stranger, &leap] {
        assert!(matches!(scene.take(bytes), Err(TakeError::Refused(_))));
        let folder = tempfile::tempdir().expect("a folder");
        let paths = AgentPaths::new(folder.path());
        let chain = [authority.root_bytes(), bytes.clone()];
        assert!(Trust::pin_roots(&paths, &chain).is_err());
        assert!(disk::list(&paths.roots()).expect("lists").is_empty());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let paths = AgentPaths::new(folder.path());
    let chain = [authority.root_bytes(), sign(&next(2), &own)];
    Trust::pin_roots(&paths, &chain).expect("a chain");
    Trust::pin_roots(&paths, &chain).expect("again, after a crash");
    let trust = open(&paths).expect("opens");
    let newest = trust.root(&alerts::authority()).expect("is pinned");
    assert_eq!(newest.version, 2);
}

#[test]
fn a_changed_file_is_not_acted_on_after_a_restart_and_the_feed_begins_anew() {
    let (mut scene, alert) = Scene::with_alert();
    let permit = signed_decision(&alert, 1, Answer::Permit);
    scene.take(&permit).expect("takes the decision");
    let paths = scene.paths();
    let files = [
        paths.alert(id_of(&alert)),
        paths.catalogue(&alerts::authority()),
        paths.decision(id_of(&alert)),
    ];
    for file in &files {
        let good = fs_err::read(file).expect("was kept");
        for bad in [tampered(&good), good[..good.len() / 2].to_vec(), Vec::new()] {
            fs_err::write(file, bad).expect("writes");
            scene.restart();
            assert!(scene.trust.is_damaged(), "{}", file.display());
            let acts = scene
                .trust
                .in_force(at(NOW))
                .iter()
                .any(|(_, decision)| decision.is_some());
            assert!(!acts, "{}", file.display());
        }
        fs_err::write(file, good).expect("writes");
        scene.restart();
        assert!(!scene.trust.is_damaged());
        assert!(scene.trust.in_force(at(NOW))[0].1.is_some());
    }
    // What the feed brings again is taken again.
    fs_err::write(&files[0], b"{}").expect("writes");
    scene.restart();
    assert!(matches!(scene.take(&alert), Ok(Taken::Alert(_))));
}

#[test]
fn a_changed_root_stops_the_agent_and_unreadable_waiting_alerts_are_asked_for_again() {
    let scene = Scene::new();
    let paths = scene.paths();
    fs_err::write(paths.waiting(), b"[\"half").expect("writes");
    assert!(open(&paths).expect("opens").is_damaged());
    let root = &disk::list(&paths.roots()).expect("lists")[0];
    let bytes = tampered(&fs_err::read(root).expect("reads"));
    fs_err::write(root, bytes).expect("writes");
    assert!(matches!(open(&paths), Err(OpenTrustError::Root(_))));
}

/// Changes one character in the middle of the payload.
fn tampered(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 4;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    bytes
}

#[test]
fn documents_that_do_not_go_to_agents_and_hostile_bytes_cost_themselves_only() {
    let (mut scene, alert) = Scene::with_alert();
    let receipt = Receipt {
        schema: SCHEMA,
        host: HostId::from_bytes([1; 16]),
        alert: id_of(&alert),
        received_at: at(NOW),
    };
    let error = scene
        .take(&sign(&receipt, &[&signing_key("node")]))
        .expect_err("does not go down");
    assert!(matches!(error, TakeError::Kind(Kind::Receipt)), "{error}");
    let deep = b"[".repeat(100_000);
    let cut = &alert[..alert.len() - 1];
    let hostile: [&[u8]; 6] = [b"", b"\0", b"{}", b"\xff\xfe", &deep, cut];
    for bytes in hostile {
        assert!(matches!(scene.take(bytes), Err(TakeError::Refused(_))));
    }
    for position in (0..alert.len()).step_by(97) {
        let mut changed = alert.clone();
        changed[position] ^= 1;
        let _ = scene.take(&changed);
    }
    assert_eq!(scene.in_force(), [id_of(&alert)]);
    scene.restart();
    assert_eq!(scene.in_force(), [id_of(&alert)]);
}

#[test]
fn a_flood_of_waiting_alerts_shuts_no_new_one_out() {
    let mut scene = Scene::new();
    // Only what two officers signed waits at all; an agent is nevertheless not made to hold all that they ever signed.
    let old = scene.alert();
    scene.trust.waiting = vec![old; WAITING_MAX];
    let newest = scene
        .authority
        .sign_alert(&alerts::exercise(&[("a", [1; 32])]));
    assert!(matches!(scene.take(&newest), Ok(Taken::Waiting)));
    assert_eq!(scene.trust.waiting.len(), WAITING_MAX);
    let catalogue = scene.authority.catalogue(&[newest]);
    scene.take(&catalogue).expect("takes the catalogue");
    assert_eq!(scene.trust.take_waiting(at(NOW)).expect("tries").len(), 1);
}

#[test]
fn files_with_foreign_names_or_of_foreign_kinds_do_not_keep_the_agent_from_starting() {
    let (mut scene, alert) = Scene::with_alert();
    let alerts = scene.paths().alerts();
    fs_err::create_dir_all(alerts.join("folder.json")).expect("makes");
    fs_err::write(alerts.join("\u{202e}nosj.json"), b"\0").expect("writes");
    fs_err::write(alerts.join("half.new"), b"{").expect("writes");
    scene.restart();
    assert_eq!(scene.in_force(), [id_of(&alert)]);
}
