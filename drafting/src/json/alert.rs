//! The fields of an alert, walked with their places.

use domain::{
    Action, AlertText, Confidence, OrganisationId, Role, RuleLanguage, SizeRange, Verb, Within,
    alert::SCHEMA,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::tree::{Node, Value, parse};
use crate::material::{
    At, Entry, Flaw, Found, Head, Kind, Material, Place, StatedCombination, StatedRule,
};
use crate::problem::ProblemCode;

const ROLES: &str = "payload, abused-legitimate, context";
const CONFIDENCES: &str = "low, medium, high";
const KINDS: &str = "md5, sha1, sha256, file-name, path, domain, ip, url, registry-key, registry-value, mutex, \
                     named-pipe, service, scheduled-task";

/// Reads one document.
pub(crate) fn read(file: usize, source: &str) -> Material {
    let mut material = Material::default();
    let mut reported = Vec::new();
    let root = parse(file, source, &mut reported);
    material.reported = reported;
    if let Some(root) = root {
        Walk {
            material: &mut material,
        }
        .alert(&root);
    }
    material
}

struct Walk<'a> {
    material: &'a mut Material,
}

/// The fields of one object.
struct Fields<'a> {
    place: Place,
    fields: &'a [(Place, String, Node)],
}

impl<'a> Fields<'a> {
    /// Returns a field's value; `null` is as good as nothing.
    fn find(&self, name: &str) -> Option<&'a Node> {
        self.fields
            .iter()
            .find(|(_, key, _)| key == name)
            .map(|(_, _, node)| node)
            .filter(|node| !matches!(node.value, Value::Null))
    }
}

impl Walk<'_> {
    fn alert(&mut self, root: &Node) {
        let known = [
            "schema",
            "authority",
            "number",
            "version",
            "exercise",
            "severity",
            "tlp",
            "issued_at",
            "expires_at",
            "deadline_at",
            "audience",
            "texts",
            "indicators",
            "combinations",
            "rules",
            "actions",
            "questions",
            "supersedes",
        ];
        let Some(fields) = self.object(root, &known) else {
            return;
        };
        if let Some(node) = fields.find("schema")
            && let Some(schema) = self.integer(node)
            && schema != u64::from(SCHEMA)
        {
            self.not_a_choice(node.place, &schema.to_string(), "1");
        }
        self.head(&fields);
        for node in self.list(&fields, "indicators") {
            self.indicator(node);
        }
        for node in self.list(&fields, "combinations") {
            self.combination(node);
        }
        for node in self.list(&fields, "rules") {
            self.rule(node);
        }
    }

    fn head(&mut self, fields: &Fields<'_>) {
        let version = fields.find("version").and_then(|node| {
            let number = self.integer(node)?;
            let version = u32::try_from(number).ok().filter(|version| *version > 0);
            if version.is_none() {
                self.not_a_choice(node.place, &number.to_string(), "1, 2, 3, …");
            }
            version.map(|value| At {
                place: node.place,
                value,
            })
        });
        let exercise = fields.find("exercise").and_then(|node| match node.value {
            Value::Bool(value) => Some(At {
                place: node.place,
                value,
            }),
            _ => self.wrong_type(node, "true-or-false"),
        });
        let audience = self.list_at(fields, "audience", |walk, node| {
            walk.parsed::<OrganisationId>(node, "vn.mot.vna, …")
        });
        let texts = self.list_at(fields, "texts", Self::alert_text);
        let actions = self.list_at(fields, "actions", Self::action);
        let questions = self.list_at(fields, "questions", Self::text);
        self.material.head = Head {
            authority: self.at(fields, "authority", |walk, node| {
                walk.parsed(node, "vn.mot.vna, …")
            }),
            number: self.at(fields, "number", Self::text),
            version,
            exercise,
            severity: self.at(fields, "severity", |walk, node| {
                walk.choice(node, "low, medium, high, critical")
            }),
            tlp: self.at(fields, "tlp", |walk, node| {
                walk.choice(
                    node,
                    "TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED",
                )
            }),
            issued_at: self.at(fields, "issued_at", Self::instant),
            expires_at: self.at(fields, "expires_at", Self::instant),
            deadline_at: self.at(fields, "deadline_at", Self::instant),
            supersedes: self.at(fields, "supersedes", |walk, node| {
                walk.parsed(node, "64 × 0-9a-f")
            }),
            audience,
            texts,
            actions,
            questions,
            ..Head::default()
        };
    }

    fn alert_text(&mut self, node: &Node) -> Option<AlertText> {
        let fields = self.object(node, &["language", "title", "body"])?;
        let language = self
            .required(&fields, "language")
            .and_then(|node| self.choice(node, "en, vi"));
        let title = self
            .required(&fields, "title")
            .and_then(|node| self.text(node));
        let body = fields.find("body").and_then(|node| self.text(node));
        Some(AlertText {
            language: language?,
            title: title?,
            body: body.unwrap_or_default(),
        })
    }

    fn action(&mut self, node: &Node) -> Option<Action> {
        let fields = self.object(node, &["verb", "deadline_at"])?;
        let verbs = Verb::ALL.map(Verb::as_str).join(", ");
        let verb = self
            .required(&fields, "verb")
            .and_then(|node| self.choice(node, &verbs));
        let deadline_at = fields
            .find("deadline_at")
            .and_then(|node| self.instant(node));
        Some(Action {
            verb: verb?,
            deadline_at,
        })
    }

    fn indicator(&mut self, node: &Node) {
        let known = ["id", "label", "role", "confidence", "size", "observables"];
        let mistakes_before = self.material.reported.len();
        let Some(fields) = self.object(node, &known) else {
            return;
        };
        let mut entry = Entry {
            place: node.place,
            is_stated: true,
            has_mistake: false,
            id: fields.find("id").and_then(|node| self.text(node)),
            label: fields.find("label").and_then(|node| self.text(node)),
            role: fields
                .find("role")
                .and_then(|node| self.choice::<Role>(node, ROLES)),
            confidence: fields
                .find("confidence")
                .and_then(|node| self.choice::<Confidence>(node, CONFIDENCES)),
            found: Vec::new(),
        };
        if let Some(node) = fields.find("size") {
            entry.found.extend(self.size(node));
        }
        if self.required(&fields, "observables").is_some() {
            for node in self.list(&fields, "observables") {
                entry.found.extend(self.observable(node));
            }
        }
        entry.has_mistake = self.material.reported.len() > mistakes_before;
        self.material.entries.push(entry);
    }

    fn size(&mut self, node: &Node) -> Option<Found> {
        let (place, written) = match &node.value {
            Value::Text(text) => (node.place, text.clone()),
            Value::Number(number) => (node.place, number.clone()),
            _ => {
                let fields = self.object(node, &["min_bytes", "max_bytes"])?;
                let least = self.required(&fields, "min_bytes")?;
                let place = least.place;
                let least = self.integer(least);
                let most = self
                    .required(&fields, "max_bytes")
                    .and_then(|node| self.integer(node));
                let (least, most) = (least?, most?);
                (place, range_as_text(least, most))
            }
        };
        Some(Found {
            place,
            kind: Kind::Size,
            value: written.clone(),
            written,
            flaw: None,
        })
    }

    fn observable(&mut self, node: &Node) -> Option<Found> {
        let fields = self.object(node, &["kind", "value"])?;
        let kind_node = self.required(&fields, "kind");
        let kind = kind_node.and_then(|node| {
            let text = self.text(node)?;
            let kind = Kind::parse(&text).filter(|kind| *kind != Kind::Folder);
            if kind.is_none() {
                self.not_a_choice(node.place, &text, KINDS);
            }
            kind
        });
        let value = self.required(&fields, "value");
        let text = value.and_then(|node| Some((node.place, self.text(node)?)));
        let (place, written) = text?;
        Some(Found {
            place,
            kind: kind?,
            value: written.clone(),
            written,
            flaw: None,
        })
    }

    fn combination(&mut self, node: &Node) {
        let Some(fields) = self.object(node, &["id", "all_of", "within"]) else {
            return;
        };
        let id = self
            .required(&fields, "id")
            .and_then(|node| self.text(node));
        let within = self
            .required(&fields, "within")
            .and_then(|node| self.choice::<Within>(node, "folder, host"));
        let mut all_of = Vec::new();
        if self.required(&fields, "all_of").is_some() {
            for node in self.list(&fields, "all_of") {
                all_of.extend(self.text(node));
            }
        }
        if let (Some(id), Some(within)) = (id, within) {
            self.material.combinations.push(StatedCombination {
                place: node.place,
                id,
                all_of,
                within,
            });
        }
    }

    fn rule(&mut self, node: &Node) {
        let known = ["id", "language", "role", "confidence", "source"];
        let Some(fields) = self.object(node, &known) else {
            return;
        };
        let id = fields.find("id").and_then(|node| self.text(node));
        let role = fields
            .find("role")
            .and_then(|node| self.choice(node, ROLES));
        let confidence = fields
            .find("confidence")
            .and_then(|node| self.choice(node, CONFIDENCES));
        let language = fields
            .find("language")
            .and_then(|node| self.choice(node, "sigma, yara"));
        let source = self.required(&fields, "source");
        let place = source.map_or(node.place, |node| node.place);
        if let Some(source) = source.and_then(|node| self.text(node)) {
            self.material.rules.push(StatedRule {
                place,
                is_file: false,
                language: language.unwrap_or(RuleLanguage::Yara),
                id,
                role,
                confidence,
                source,
            });
        }
    }

    fn object<'n>(&mut self, node: &'n Node, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Object(fields) = &node.value else {
            return self.wrong_type(node, "object");
        };
        for (place, key, _) in fields {
            if !known.contains(&key.as_str()) {
                let meant = known
                    .iter()
                    .find(|name| crate::checks::edit_distance(key, name, 2).is_some());
                let flaw = Flaw::refused(ProblemCode::JsonUnknownField)
                    .meant(meant.map(|name| (*name).to_owned()));
                self.material.report(Some(*place), key, flaw);
            }
        }
        Some(Fields {
            place: node.place,
            fields,
        })
    }

    fn required<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Option<&'n Node> {
        let node = fields.find(name);
        if node.is_none() {
            let flaw = Flaw::refused(ProblemCode::JsonMissingField);
            self.material.report(Some(fields.place), name, flaw);
        }
        node
    }

    fn list<'n>(&mut self, fields: &Fields<'n>, name: &str) -> &'n [Node] {
        let Some(node) = fields.find(name) else {
            return &[];
        };
        if let Value::List(items) = &node.value {
            return items;
        }
        self.wrong_type::<()>(node, "list");
        &[]
    }

    fn list_at<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Option<At<Vec<T>>> {
        let place = fields.find(name)?.place;
        let items = self.list(fields, name);
        let value = items.iter().filter_map(|node| read(self, node)).collect();
        Some(At { place, value })
    }

    fn at<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Option<At<T>> {
        let node = fields.find(name)?;
        Some(At {
            place: node.place,
            value: read(self, node)?,
        })
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            _ => self.wrong_type(node, "text"),
        }
    }

    fn integer(&mut self, node: &Node) -> Option<u64> {
        match &node.value {
            // What is no whole number was reported when it was read.
            Value::Number(number) => number.parse().ok(),
            _ => self.wrong_type(node, "integer"),
        }
    }

    fn instant(&mut self, node: &Node) -> Option<Timestamp> {
        let text = self.text(node)?;
        let instant = text.parse().ok();
        if instant.is_none() {
            let flaw = Flaw::refused(ProblemCode::InstantMalformed);
            self.material.report(Some(node.place), text, flaw);
        }
        instant
    }

    fn choice<T: DeserializeOwned>(&mut self, node: &Node, choices: &str) -> Option<T> {
        let text = self.text(node)?;
        let choice = serde_json::from_value(serde_json::Value::String(text.clone())).ok();
        if choice.is_none() {
            self.not_a_choice(node.place, &text, choices);
        }
        choice
    }

    fn parsed<T: std::str::FromStr>(&mut self, node: &Node, example: &str) -> Option<T> {
        let text = self.text(node)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.not_a_choice(node.place, &text, example);
        }
        parsed
    }

    fn not_a_choice(&mut self, place: Place, value: &str, choices: &str) {
        let meant = choices
            .split(", ")
            .find(|choice| crate::checks::edit_distance(value, choice, 2).is_some());
        let flaw = Flaw::refused(ProblemCode::NotAChoice)
            .with("choices", choices)
            .meant(meant.map(str::to_owned));
        self.material.report(Some(place), value, flaw);
    }

    fn wrong_type<T>(&mut self, node: &Node, expected: &'static str) -> Option<T> {
        let shown = match &node.value {
            Value::Bool(value) => value.to_string(),
            Value::List(_) => "[…]".to_owned(),
            Value::Null => "null".to_owned(),
            Value::Number(number) => number.clone(),
            Value::Object(_) => "{…}".to_owned(),
            Value::Text(text) => text.clone(),
        };
        let flaw = Flaw::refused(ProblemCode::JsonWrongType).with("expected", expected);
        self.material.report(Some(node.place), shown, flaw);
        None
    }
}

/// Writes a range as [`crate::checks::parse_size`] reads it.
fn range_as_text(least: u64, most: u64) -> String {
    match SizeRange::new(least, most) {
        Some(range) if range == SizeRange::exactly(least) => format!("{least} bytes"),
        _ => format!("{least}-{most} bytes"),
    }
}
