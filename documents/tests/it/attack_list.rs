//! What each attack shows: genuine documents, and what somebody made of them.

use documents::{Catalogue, CatalogueEntry, Envelope, Kind, RoleKeys, Root, SigningKey};
use domain::Alert;
use testkit::{TestAuthority, alerts, at, signing_key};

use crate::forging::{assemble, forge, payload, sign, signature};

/// The time at which every attack happens.
pub const NOW: &str = "2016-08-04T02:00:00Z";

/// One folder, in memory.
pub struct Attack {
    pub name: &'static str,
    pub words: &'static str,
    pub pin: String,
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// The authority, its alert and its documents, for making variations of.
struct Scene {
    authority: TestAuthority,
    alert: Alert,
    alert_bytes: Vec<u8>,
    root_bytes: Vec<u8>,
}

fn scene() -> Scene {
    let authority = TestAuthority::national();
    let alert = alerts::exercise(&[("danh-dau.txt", [7; 32])]);
    Scene {
        alert_bytes: authority.sign_alert(&alert),
        root_bytes: authority.root_bytes(),
        alert,
        authority,
    }
}

impl Scene {
    fn attack(
        &self,
        name: &'static str,
        words: &'static str,
        shown: Vec<(&'static str, Vec<u8>)>,
    ) -> Attack {
        let mut files = vec![("trusted-root-1.json", self.root_bytes.clone())];
        files.extend(shown);
        Attack {
            name,
            words,
            pin: self.authority.pin().to_string(),
            files,
        }
    }

    /// An alert shown with the catalogue that is in force.
    fn alert_attack(&self, name: &'static str, words: &'static str, alert: Vec<u8>) -> Attack {
        let catalogue = self
            .authority
            .catalogue(std::slice::from_ref(&self.alert_bytes));
        self.attack(
            name,
            words,
            vec![
                ("shown-catalogue.json", catalogue),
                ("shown-alert.json", alert),
            ],
        )
    }

    /// A payload that real officers signed although it is malformed: only the reader's strictness is left.
    fn malformed(&self, name: &'static str, words: &'static str, text: &str) -> Attack {
        let officers = self.officers();
        let alert = forge(Kind::Alert.payload_type(), text.as_bytes(), &officers);
        self.alert_attack(name, words, alert)
    }

    fn officers(&self) -> [&SigningKey; 2] {
        [&self.authority.officers[0], &self.authority.officers[1]]
    }

    fn alert_text(&self) -> String {
        String::from_utf8(payload(&self.alert)).expect("JSON is UTF-8")
    }

    fn next_root(&self) -> Root {
        Root {
            version: 2,
            issued_at: at("2016-08-04T00:00:00Z"),
            root: role(&[&new_root_key()]),
            ..self.authority.root.clone()
        }
    }

    fn catalogue(&self, version: u64, expires_at: &str, alerts: &[CatalogueEntry]) -> Vec<u8> {
        let catalogue = Catalogue {
            schema: 1,
            authority: self.authority.root.authority.clone(),
            version,
            issued_at: at("2016-08-03T00:00:00Z"),
            expires_at: at(expires_at),
            alerts: alerts.to_vec(),
        };
        sign(&catalogue, &[&self.authority.catalogue_key])
    }

    fn entry(&self) -> CatalogueEntry {
        let envelope = Envelope::parse(&self.alert_bytes).expect("an envelope");
        CatalogueEntry {
            id: envelope.id().into(),
            number: self.alert.number.clone(),
            version: self.alert.version,
        }
    }
}

fn new_root_key() -> SigningKey {
    signing_key("the next root key")
}

fn role(keys: &[&SigningKey]) -> RoleKeys {
    RoleKeys {
        keys: keys.iter().map(|key| key.public_key()).collect(),
        threshold: 1,
    }
}

/// Returns every attack. New ones are added here; what is on disk is never made again.
pub fn every_attack() -> Vec<Attack> {
    let scene = scene();
    let mut attacks = attacks_on_signatures(&scene);
    attacks.extend(attacks_on_time(&scene));
    attacks.extend(attacks_on_rotation(&scene));
    attacks.extend(attacks_on_roots(&scene));
    attacks.extend(attacks_on_the_catalogue(&scene));
    attacks.extend(attacks_on_the_reader(&scene));
    attacks
}

fn attacks_on_signatures(scene: &Scene) -> Vec<Attack> {
    let officer = &scene.authority.officers[0];
    let officer_id = officer.public_key().to_string();
    let kind = Kind::Alert.payload_type();
    let bytes = payload(&scene.alert);
    let once = signature(officer, kind, &bytes, &officer_id);
    let strangers = [&signing_key("stranger 1"), &signing_key("stranger 2")];
    let changed = scene.alert_text().replace("danh-dau.txt", "explorer.exe");
    let genuine = Envelope::parse(&scene.alert_bytes).expect("an envelope");
    let genuine_signatures: Vec<_> = scene
        .officers()
        .iter()
        .map(|key| signature(key, kind, genuine.payload(), &key.public_key().to_string()))
        .collect();
    let second_id = scene.authority.officers[1].public_key().to_string();
    let other_type = forge(
        "application/vnd.tocsin.report.v1+json",
        &bytes,
        &scene.officers(),
    );
    let other_type: serde_json::Value = serde_json::from_slice(&other_type).expect("JSON");
    let other_type = other_type["signatures"]
        .as_array()
        .expect("signatures")
        .clone();
    vec![
        scene.alert_attack(
            "genuine",
            "No attack: what is refused elsewhere is accepted here.",
            scene.alert_bytes.clone(),
        ),
        scene.alert_attack(
            "arbitrary",
            "An alert that strangers signed.",
            sign(&scene.alert, &strangers),
        ),
        scene.alert_attack(
            "changed-bytes",
            "A genuine alert of which one word was replaced.",
            assemble(kind, changed.as_bytes(), &genuine_signatures),
        ),
        scene.alert_attack(
            "one-officer",
            "An alert that one officer signed: a single stolen key.",
            sign(&scene.alert, &[officer]),
        ),
        scene.alert_attack(
            "one-officer-and-a-stranger",
            "An alert that one officer and a stranger signed.",
            sign(&scene.alert, &[officer, strangers[0]]),
        ),
        scene.alert_attack(
            "one-officer-twice",
            "One officer's signature, listed twice.",
            assemble(kind, &bytes, &[once.clone(), once.clone()]),
        ),
        scene.alert_attack(
            "one-officer-under-two-ids",
            "One officer's signature, listed again under another officer's key id.",
            assemble(
                kind,
                &bytes,
                &[once.clone(), signature(officer, kind, &bytes, &second_id)],
            ),
        ),
        scene.alert_attack(
            "one-officer-in-two-spellings",
            "One officer's signature, listed again under the same key id in capitals.",
            assemble(
                kind,
                &bytes,
                &[
                    once,
                    signature(officer, kind, &bytes, &officer_id.to_uppercase()),
                ],
            ),
        ),
        scene.alert_attack(
            "signed-as-another-type",
            "The signatures are by real officers, over the same bytes as a report.",
            assemble(kind, &bytes, &other_type),
        ),
        scene.alert_attack(
            "wrong-type",
            "A genuine catalogue shown as an alert.",
            scene.authority.catalogue(&[]),
        ),
        scene.alert_attack(
            "unknown-type",
            "Officers' signatures on a type that does not exist.",
            forge("application/json", &bytes, &scene.officers()),
        ),
        scene.alert_attack(
            "catalogue-key-signs-alerts",
            "The online key of the catalogue, stolen, signs an alert.",
            sign(
                &scene.alert,
                &[&scene.authority.catalogue_key, strangers[0]],
            ),
        ),
    ]
}

fn attacks_on_time(scene: &Scene) -> Vec<Attack> {
    let entry = scene.entry();
    let fresh = scene
        .authority
        .catalogue_version(5, std::slice::from_ref(&scene.alert_bytes));
    let expired_alert = Alert {
        expires_at: at("2016-08-04T01:59:59Z"),
        deadline_at: None,
        ..scene.alert.clone()
    };
    let expired_alert = scene.authority.sign_alert(&expired_alert);
    let expired_root = Root {
        expires_at: at(NOW),
        ..scene.next_root()
    };
    let expired_root = sign(
        &expired_root,
        &[&scene.authority.root_keys[0], &new_root_key()],
    );
    let frozen = scene.catalogue(1, "2016-08-03T12:00:00Z", std::slice::from_ref(&entry));
    vec![
        scene.attack(
            "rollback-catalogue",
            "An older catalogue than the one already seen.",
            vec![
                ("trusted-catalogue.json", fresh),
                (
                    "shown-catalogue.json",
                    scene.catalogue(4, "2036-08-01T00:00:00Z", &[]),
                ),
            ],
        ),
        scene.attack(
            "freeze",
            "A genuine catalogue for ever: newer ones are held back.",
            vec![("shown-catalogue.json", frozen.clone())],
        ),
        scene.attack(
            "freeze-with-alert",
            "An alert that only a catalogue from the past still lists.",
            vec![
                ("trusted-catalogue.json", frozen),
                ("shown-alert.json", scene.alert_bytes.clone()),
            ],
        ),
        scene.attack(
            "expired-alert",
            "An alert after its end.",
            vec![
                (
                    "shown-catalogue.json",
                    scene
                        .authority
                        .catalogue(std::slice::from_ref(&expired_alert)),
                ),
                ("shown-alert.json", expired_alert),
            ],
        ),
        scene.attack(
            "expired-root",
            "A next root that has expired, to the second.",
            vec![("shown-root.json", expired_root)],
        ),
    ]
}

fn attacks_on_rotation(scene: &Scene) -> Vec<Attack> {
    let old = &scene.authority.root_keys[0];
    let new = &new_root_key();
    let next = scene.next_root();
    let third = Root {
        version: 3,
        ..next.clone()
    };
    let elsewhere = Root {
        authority: "vn.other".parse().expect("valid"),
        ..next.clone()
    };
    let mut one_officer_enough = next.clone();
    one_officer_enough.officers.threshold = 1;
    let mut same_key_twice = next.clone();
    same_key_twice.officers.keys[1] = same_key_twice.officers.keys[0];
    let forged = |root: &Root| forge(Kind::Root.payload_type(), &payload(root), &[old, new]);
    let attack = |name, words, root| scene.attack(name, words, vec![("shown-root.json", root)]);
    vec![
        attack(
            "genuine-rotation",
            "No attack: a next root that the old and the new keys signed.",
            sign(&next, &[old, new]),
        ),
        attack(
            "rotation-by-new-keys-only",
            "A next root that only its own keys signed.",
            sign(&next, &[new]),
        ),
        attack(
            "rotation-by-old-keys-only",
            "A next root whose own keys have not signed: perhaps nobody has them.",
            sign(&next, &[old]),
        ),
        attack(
            "rotation-skips-a-version",
            "Version 3 after version 1.",
            sign(&third, &[old, new]),
        ),
        attack(
            "rotation-to-another-authority",
            "A next root that speaks for another authority.",
            sign(&elsewhere, &[old, new]),
        ),
        attack(
            "rotation-to-one-officer",
            "A next root that lets one officer issue alerts alone.",
            forged(&one_officer_enough),
        ),
        attack(
            "rotation-lists-a-key-twice",
            "A next root in which one officer is two.",
            forged(&same_key_twice),
        ),
    ]
}

fn attacks_on_roots(scene: &Scene) -> Vec<Attack> {
    let old = &scene.authority.root_keys[0];
    let new = &new_root_key();
    let next = scene.next_root();
    let other = Root {
        name: "VNCERT/CC".to_owned(),
        ..next.clone()
    };
    let mut without_first_officer = next.clone();
    without_first_officer.officers.keys.remove(0);
    let catalogue = scene
        .authority
        .catalogue(std::slice::from_ref(&scene.alert_bytes));
    let mut pinned_other = scene.attack(
        "wrong-pin",
        "A genuine authority, which is not the pinned one.",
        Vec::new(),
    );
    pinned_other.pin = "0".repeat(64);
    vec![
        scene.attack(
            "rollback-root",
            "The first root again, after the second.",
            vec![
                (
                    "trusted-root-2.json",
                    sign(&root_that_the_old_key_may_follow(scene), &[old]),
                ),
                ("shown-root.json", scene.root_bytes.clone()),
            ],
        ),
        scene.attack(
            "equivocation-root",
            "A second root with version 2.",
            vec![
                ("trusted-root-2.json", sign(&next, &[old, new])),
                ("shown-root.json", sign(&other, &[old, new])),
            ],
        ),
        scene.attack(
            "removed-officer",
            "An alert signed by an officer whom the next root has removed.",
            vec![
                ("shown-root.json", sign(&without_first_officer, &[old, new])),
                ("shown-catalogue.json", catalogue),
                ("shown-alert.json", scene.alert_bytes.clone()),
            ],
        ),
        pinned_other,
    ]
}

/// A second root with the keys of the first, so that the first is refused for its age alone.
fn root_that_the_old_key_may_follow(scene: &Scene) -> Root {
    Root {
        version: 2,
        ..scene.authority.root.clone()
    }
}

fn attacks_on_the_catalogue(scene: &Scene) -> Vec<Attack> {
    let entry = scene.entry();
    let corrected = Alert {
        version: 2,
        ..scene.alert.clone()
    };
    let corrected_bytes = scene.authority.sign_alert(&corrected);
    let renamed = CatalogueEntry {
        number: "239/VNCERT-ĐPƯC".to_owned(),
        ..entry.clone()
    };
    let other = TestAuthority::of(&"vn.other".parse().expect("valid"), "Another");
    let for_other = Alert {
        authority: "vn.other".parse().expect("valid"),
        ..scene.alert.clone()
    };
    let for_other = sign(&for_other, &scene.officers());
    let first = scene.catalogue(5, "2036-08-01T00:00:00Z", std::slice::from_ref(&entry));
    let second = scene.catalogue(5, "2036-08-01T00:00:00Z", &[]);
    let by_officers = Catalogue {
        schema: 1,
        authority: scene.authority.root.authority.clone(),
        version: 1,
        issued_at: at("2016-08-03T00:00:00Z"),
        expires_at: at("2036-08-01T00:00:00Z"),
        alerts: vec![entry],
    };
    let shown = |catalogue: Vec<u8>, alert: Vec<u8>| {
        vec![
            ("shown-catalogue.json", catalogue),
            ("shown-alert.json", alert),
        ]
    };
    vec![
        scene.attack(
            "mix-and-match",
            "The first edition of an alert, with the catalogue that lists its correction.",
            shown(
                scene.authority.catalogue(&[corrected_bytes]),
                scene.alert_bytes.clone(),
            ),
        ),
        scene.attack(
            "not-in-catalogue",
            "A genuine alert that is no longer in force.",
            shown(scene.authority.catalogue(&[]), scene.alert_bytes.clone()),
        ),
        scene.attack(
            "wrong-number",
            "A catalogue that lists the alert under another number.",
            shown(
                scene.catalogue(1, "2036-08-01T00:00:00Z", &[renamed]),
                scene.alert_bytes.clone(),
            ),
        ),
        scene.attack(
            "equivocation-catalogue",
            "A second catalogue with the version of the one already seen.",
            vec![
                ("trusted-catalogue.json", first),
                ("shown-catalogue.json", second),
            ],
        ),
        scene.attack(
            "catalogue-of-another-authority",
            "A catalogue that another authority signed.",
            vec![("shown-catalogue.json", other.catalogue(&[]))],
        ),
        scene.attack(
            "catalogue-by-officers",
            "A catalogue signed by officers, not by the key of that role.",
            vec![(
                "shown-catalogue.json",
                sign(&by_officers, &scene.officers()),
            )],
        ),
        scene.attack(
            "alert-for-another-authority",
            "Our officers sign an alert in the name of another authority.",
            shown(
                scene.authority.catalogue(std::slice::from_ref(&for_other)),
                for_other,
            ),
        ),
    ]
}

fn attacks_on_the_reader(scene: &Scene) -> Vec<Attack> {
    let text = scene.alert_text();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let mut contradictory = scene.alert.clone();
    contradictory.expires_at = contradictory.issued_at;
    assert!(contradictory.check().is_err());
    let contradictory = String::from_utf8(payload(&contradictory)).expect("UTF-8");
    vec![
        scene.malformed(
            "unknown-field",
            "A field that this format does not have.",
            &with("\"schema\":1", "\"schema\":1,\"run\":\"calc.exe\""),
        ),
        scene.malformed(
            "duplicate-key",
            "A key stated twice with two values.",
            &with("\"exercise\":true", "\"exercise\":true,\"exercise\":false"),
        ),
        scene.malformed(
            "duplicate-key-in-disguise",
            "A key stated twice, the second time with an escape.",
            &with(
                "\"exercise\":true",
                "\"exercise\":true,\"\\u0065xercise\":false",
            ),
        ),
        scene.malformed(
            "fraction",
            "A version with a fraction.",
            &with("\"version\":1", "\"version\":1.0"),
        ),
        scene.malformed(
            "exponent",
            "A version with an exponent.",
            &with("\"version\":1", "\"version\":1e0"),
        ),
        scene.malformed(
            "integer-too-large",
            "A version that no integer of 64 bits holds.",
            &with("\"version\":1", "\"version\":18446744073709551616"),
        ),
        scene.malformed(
            "number-as-text",
            "A version in quotation marks.",
            &with("\"version\":1", "\"version\":\"1\""),
        ),
        scene.malformed(
            "other-schema",
            "A format of the future.",
            &with("\"schema\":1", "\"schema\":2"),
        ),
        scene.malformed("too-deep", "A payload nested deeper than is read.", &deep),
        scene.malformed(
            "trailing-bytes",
            "A second value after the first.",
            &format!("{text}{{}}"),
        ),
        scene.malformed(
            "byte-order-mark",
            "A byte order mark before the payload.",
            &format!("\u{feff}{text}"),
        ),
        scene.malformed(
            "contradiction",
            "An alert that expires when it is issued.",
            &contradictory,
        ),
    ]
}
