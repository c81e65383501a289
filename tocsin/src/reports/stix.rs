//! The report as a STIX 2.1 bundle (OASIS): the alert's indicators with their patterns, what was observed, and a sighting for
//! each pair of them. Ids are made from the content, so that the same report always gives the same bundle.
//!
//! An indicator that a complete sweep did not find has a sighting with a count of 0; one that was not completely looked for
//! has none, because nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Alert, Confidence, Digest, Finding, Indicator, ItemKind, Observable, Role, Rule, RuleLanguage,
    SweepReport, Tlp,
};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::csv::plain;

/// STIX 2.1 §2.9: what observables' ids are made in.
const OBSERVABLES: [u8; 16] = [
    0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7,
];
/// What all other ids are made in: a number of our own.
const OURS: [u8; 16] = [
    0x5b, 0x1d, 0x0c, 0x3e, 0x8f, 0x2a, 0x4e, 0x61, 0x9d, 0x47, 0x2b, 0x6a, 0x71, 0xc0, 0x38, 0xf5,
];

/// Renders the reports, each with its alert, as one bundle with a line break at the end.
pub fn render_stix(reports: &[(&SweepReport, &Alert)]) -> anyhow::Result<Vec<u8>> {
    let mut objects = Objects::default();
    for (report, alert) in reports {
        add_report(report, alert, &mut objects);
    }
    let ids: Vec<&String> = objects.by_id.keys().collect();
    let id = own_id("bundle", &json!(ids));
    let all: Vec<&Value> = objects.by_id.values().collect();
    let mut bytes =
        serde_json::to_vec_pretty(&json!({ "type": "bundle", "id": id, "objects": all }))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Objects by their ids: what two findings share is written once.
#[derive(Default)]
struct Objects {
    by_id: BTreeMap<String, Value>,
}

impl Objects {
    /// Adds an object that has its id, and returns that.
    fn add(&mut self, object: Value) -> String {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.by_id.insert(id.clone(), object);
        id
    }

    /// Adds an observable; its id is made from the properties that tell it from others.
    fn add_observable(&mut self, kind: &str, telling: &Value, properties: Value) -> String {
        let id = format!(
            "{kind}--{}",
            uuid5(OBSERVABLES, canonical(telling).as_bytes())
        );
        let mut object = properties;
        object["type"] = json!(kind);
        object["spec_version"] = json!("2.1");
        object["id"] = json!(id);
        self.add(object)
    }
}

fn add_report(report: &SweepReport, alert: &Alert, objects: &mut Objects) {
    let common = Common {
        // To the millisecond, as the specification asks of these two.
        created: format!("{:.3}", report.finished_at),
        marking: marking(alert.tlp),
        labels: if alert.exercise {
            vec!["exercise"]
        } else {
            Vec::new()
        },
    };
    let host = plain(&report.host);
    let identity = objects.add(common.object(
        "identity",
        &json!(["host", host]),
        json!({ "name": host, "identity_class": "system" }),
    ));
    let mut indicators = BTreeMap::new();
    for indicator in &alert.indicators {
        if let Some(object) = indicator_object(alert, indicator, &common) {
            indicators.insert(indicator.id.as_str(), objects.add(object));
        }
    }
    for rule in &alert.rules {
        indicators.insert(
            rule.id.as_str(),
            objects.add(rule_object(alert, rule, &common)),
        );
    }
    let mut seen = BTreeSet::new();
    for finding in &report.findings {
        seen.extend(finding.hits.iter().map(|hit| hit.indicator.as_str()));
        add_finding(report, finding, &identity, &indicators, &common, objects);
    }
    if report.coverage.complete && report.findings_left_out == 0 {
        for (id, indicator) in &indicators {
            let is_checked = report.coverage.checks.iter().any(|check| {
                check.indicator == **id && check.not_examined == 0 && check.outside_plan == 0
            });
            if is_checked && !seen.contains(id) {
                objects.add(sighting(report, indicator, &identity, None, &common));
            }
        }
    }
}

fn add_finding(
    report: &SweepReport,
    finding: &Finding,
    identity: &str,
    indicators: &BTreeMap<&str, String>,
    common: &Common,
    objects: &mut Objects,
) {
    let mut refs = BTreeSet::new();
    if let ItemKind::File | ItemKind::Member = finding.kind {
        refs.extend(add_file(finding, objects));
    }
    for hit in &finding.hits {
        refs.extend(add_traced(&hit.kind, &plain(&hit.value), objects));
    }
    let observed = if refs.is_empty() {
        None
    } else {
        let telling = json!([
            "observed",
            report.host,
            report.started_at,
            finding.item.text,
            finding.item.exact_hex
        ]);
        let properties = json!({
            "first_observed": report.started_at,
            "last_observed": report.finished_at,
            "number_observed": 1,
            "object_refs": refs,
            "created_by_ref": identity,
        });
        Some(objects.add(common.object("observed-data", &telling, properties)))
    };
    let ids: BTreeSet<&str> = finding
        .hits
        .iter()
        .map(|hit| hit.indicator.as_str())
        .collect();
    for indicator in ids.iter().filter_map(|id| indicators.get(id)) {
        let seen = Some((finding, observed.as_deref()));
        objects.add(sighting(report, indicator, identity, seen, common));
    }
}

/// Says that an indicator was seen, or that it was looked for and not seen.
fn sighting(
    report: &SweepReport,
    indicator: &str,
    identity: &str,
    seen: Option<(&Finding, Option<&str>)>,
    common: &Common,
) -> Value {
    let item = seen.map(|(finding, _)| &finding.item);
    let telling = json!([
        indicator,
        report.host,
        report.started_at,
        item.map(|item| (&item.text, &item.exact_hex))
    ]);
    let mut properties = json!({
        "sighting_of_ref": indicator,
        "where_sighted_refs": [identity],
        "created_by_ref": identity,
        "count": u8::from(seen.is_some()),
        "summary": false,
    });
    if let Some((finding, observed)) = seen {
        properties["first_seen"] = json!(report.started_at);
        properties["last_seen"] = json!(report.finished_at);
        let judgement = super::csv::word(&finding.judgement);
        properties["description"] = json!(format!("{judgement}: {}", finding.item));
        if let Some(observed) = observed {
            properties["observed_data_refs"] = json!([observed]);
        }
    }
    common.object("sighting", &telling, properties)
}

/// Adds the file and its folder.
fn add_file(finding: &Finding, objects: &mut Objects) -> Vec<String> {
    let text = plain(&finding.item.text);
    let (folder, name) = text.rsplit_once('/').unwrap_or(("", &text));
    let mut hashes = Map::new();
    for (algorithm, digest) in [
        ("MD5", &finding.md5),
        ("SHA-1", &finding.sha1),
        ("SHA-256", &finding.sha256),
    ] {
        if let Some(digest) = digest {
            hashes.insert(algorithm.to_owned(), json!(plain(digest)));
        }
    }
    let mut refs = Vec::new();
    let mut telling = json!({ "name": name });
    let mut properties = json!({ "name": name, "size": finding.size_bytes });
    if let Some((algorithm, digest)) = hashes.iter().next() {
        // Only the first in the order of the specification, which is also the alphabet's.
        telling["hashes"] = json!({ algorithm: digest });
        properties["hashes"] = json!(hashes);
    }
    if !folder.is_empty() {
        let path = json!({ "path": folder });
        let folder = objects.add_observable("directory", &path, path.clone());
        telling["parent_directory_ref"] = json!(folder);
        properties["parent_directory_ref"] = json!(folder);
        refs.push(folder);
    }
    if let Some(at) = finding.modified_at {
        properties["mtime"] = json!(at);
    }
    refs.push(objects.add_observable("file", &telling, properties));
    refs
}

/// Adds what a hit found inside something else: a name in a log, an address of a connection, a key of a hive.
fn add_traced(kind: &str, value: &str, objects: &mut Objects) -> Option<String> {
    let (kind, property) = match kind {
        "domain" => ("domain-name", "value"),
        "ip" if value.contains(':') => ("ipv6-addr", "value"),
        "ip" => ("ipv4-addr", "value"),
        "url" => ("url", "value"),
        "mutex" => ("mutex", "name"),
        "registry-key" => ("windows-registry-key", "key"),
        _ => return None,
    };
    let properties = json!({ property: value });
    Some(objects.add_observable(kind, &properties, properties.clone()))
}

/// What all objects of one report share.
struct Common {
    created: String,
    marking: &'static str,
    labels: Vec<&'static str>,
}

impl Common {
    /// Makes an object; `telling` is what tells it from others of its type.
    fn object(&self, kind: &str, telling: &Value, properties: Value) -> Value {
        let mut object = properties;
        object["type"] = json!(kind);
        object["spec_version"] = json!("2.1");
        object["id"] = json!(own_id(kind, telling));
        object["created"] = json!(self.created);
        object["modified"] = json!(self.created);
        object["object_marking_refs"] = json!([self.marking]);
        if !self.labels.is_empty() {
            object["labels"] = json!(self.labels);
        }
        object
    }
}

fn indicator_object(alert: &Alert, indicator: &Indicator, common: &Common) -> Option<Value> {
    let patterns: Vec<String> = indicator.observables.iter().filter_map(pattern).collect();
    if patterns.is_empty() {
        return None;
    }
    let telling = json!([alert.authority, alert.number, alert.version, indicator.id]);
    Some(common.object(
        "indicator",
        &telling,
        json!({
            "name": plain(&indicator.label),
            "description": format!("{} of alert {}", indicator.id, plain(&alert.number)),
            "indicator_types": [indicator_type(indicator.role)],
            "confidence": confidence(indicator.confidence),
            "pattern": patterns.join(" OR "),
            "pattern_type": "stix",
            "valid_from": alert.issued_at,
            "valid_until": alert.expires_at,
        }),
    ))
}

fn rule_object(alert: &Alert, rule: &Rule, common: &Common) -> Value {
    let language = match rule.language {
        RuleLanguage::Sigma => "sigma",
        RuleLanguage::Yara => "yara",
    };
    common.object(
        "indicator",
        &json!([alert.authority, alert.number, alert.version, rule.id]),
        json!({
            "name": rule.id,
            "indicator_types": [indicator_type(rule.role)],
            "confidence": confidence(rule.confidence),
            "pattern": rule.source,
            "pattern_type": language,
            "valid_from": alert.issued_at,
            "valid_until": alert.expires_at,
        }),
    )
}

fn indicator_type(role: Role) -> &'static str {
    match role {
        Role::AbusedLegitimate => "anomalous-activity",
        Role::Context => "unknown",
        Role::Payload => "malicious-activity",
    }
}

/// STIX 2.1, appendix A: low, medium and high on its scale of a hundred.
fn confidence(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Low => 15,
        Confidence::Medium => 50,
        Confidence::High => 85,
    }
}

/// Returns what STIX can say of an observable in its language of patterns; services and tasks it cannot name well.
fn pattern(observable: &Observable) -> Option<String> {
    let value = observable.value();
    let equals = |path: &str, value: &str| format!("[{path} = '{}']", quoted(value));
    Some(match observable {
        Observable::Digest(Digest::Md5(_)) => equals("file:hashes.MD5", &value),
        Observable::Digest(Digest::Sha1(_)) => equals("file:hashes.'SHA-1'", &value),
        Observable::Digest(Digest::Sha256(_)) => equals("file:hashes.'SHA-256'", &value),
        Observable::Domain(domain) if domain.is_wildcard() => {
            format!("[domain-name:value LIKE '%.{}']", quoted(domain.name()))
        }
        Observable::Domain(domain) => equals("domain-name:value", domain.name()),
        Observable::FileName(_) => equals("file:name", &value),
        Observable::Mutex(_) => equals("mutex:name", &value),
        Observable::Network(network) => {
            let kind = if network.address().is_ipv4() {
                "ipv4-addr"
            } else {
                "ipv6-addr"
            };
            format!("[{kind}:value ISSUBSET '{}']", quoted(&value))
        }
        Observable::Path(_) => {
            let (folder, name) = value.rsplit_once(['\\', '/'])?;
            format!(
                "[file:name = '{}' AND file:parent_directory_ref.path = '{}']",
                quoted(name),
                quoted(folder)
            )
        }
        Observable::RegistryKey(_) => equals("windows-registry-key:key", &value),
        Observable::Url(_) => equals("url:value", &value),
        Observable::NamedPipe(_)
        | Observable::RegistryValue(_)
        | Observable::ScheduledTask(_)
        | Observable::Service(_) => return None,
    })
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// The marks of TLP 2.0, as OASIS has numbered them.
fn marking(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        Tlp::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        Tlp::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        Tlp::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Tlp::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
}

/// Writes an object with its names sorted, as RFC 8785 does; what is inside has one name at most.
fn canonical(object: &Value) -> String {
    let sorted: BTreeMap<_, _> = object.as_object().into_iter().flatten().collect();
    json!(sorted).to_string()
}

fn own_id(kind: &str, telling: &Value) -> String {
    let name = json!([kind, telling]).to_string();
    format!("{kind}--{}", uuid5(OURS, name.as_bytes()))
}

/// Makes a UUID of version 5 (RFC 9562 §5.5).
fn uuid5(namespace: [u8; 16], name: &[u8]) -> String {
    let hash = Sha1::new()
        .chain_update(namespace)
        .chain_update(name)
        .finalize();
    let mut bytes: Vec<u8> = hash.iter().take(16).copied().collect();
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = domain::digest::to_hex(&bytes);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_those_of_the_specification() {
        // RFC 9562, appendix A.4.
        let dns = [
            0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4,
            0x30, 0xc8,
        ];
        assert_eq!(
            uuid5(dns, b"www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2"
        );
    }

    #[test]
    fn patterns_quote_what_they_are_given() {
        let path = Observable::new("path", r"C:\it's\x.dll").unwrap();
        assert_eq!(
            pattern(&path).as_deref(),
            Some(r"[file:name = 'x.dll' AND file:parent_directory_ref.path = 'C:\\it\'s']")
        );
        let below = Observable::new("domain", "*.dcsvn.org").unwrap();
        assert_eq!(
            pattern(&below).as_deref(),
            Some("[domain-name:value LIKE '%.dcsvn.org']")
        );
    }
}
