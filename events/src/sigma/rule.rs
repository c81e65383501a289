//! One document of a source, made into a rule.

use super::compiling::Level;
use super::condition::{self, Condition, Quantity};
use super::logsource::{self, Place};
use super::matching::Node;
use super::modifiers::{Shared, Subject};
use super::yaml::{self, Content, Key, Position, Scalar};

/// Nodes of a rule's detection after its condition has joined the selections, some of them more than once.
const NODES_MAX: usize = 100_000;

/// What is wrong with a rule, and where.
pub(super) type Problem = (Position, String);

/// A rule as its author means it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) places: Vec<Place>,
    pub(super) detection: Node,
}

/// Makes a rule of a document.
pub(super) fn read(document: &yaml::Node, shared: &mut Shared) -> Result<Rule, Problem> {
    refuse_other_documents(document)?;
    let title = required(document, "title", document.position)?;
    let title_text = title
        .text()
        .ok_or_else(|| (title.position, "'title' is not a text".to_owned()))?;
    let taxonomy = document.value("taxonomy");
    if let Some(taxonomy) = taxonomy.filter(|taxonomy| taxonomy.text() != Some("sigma")) {
        let message = "a taxonomy other than 'sigma' is not supported".to_owned();
        return Err((taxonomy.position, message));
    }
    let logsource = required(document, "logsource", document.position)?;
    let places = logsource::places(logsource).map_err(|message| (logsource.position, message))?;
    let detection = required(document, "detection", document.position)?;
    Ok(Rule {
        title: title_text.to_owned(),
        id: document
            .value("id")
            .and_then(yaml::Node::text)
            .map(str::to_owned),
        level: document.value("level").map(level).transpose()?,
        places,
        detection: read_detection(detection, shared)?,
    })
}

fn refuse_other_documents(document: &yaml::Node) -> Result<(), Problem> {
    let Content::Map(entries) = &document.content else {
        return Err((document.position, "the document is not a rule".to_owned()));
    };
    for (key, message) in [
        ("correlation", "correlation rules are not supported"),
        ("filter", "Sigma filters are not supported"),
        ("action", "rule collections ('action') are not supported"),
    ] {
        if let Some((key, _)) = entries.iter().find(|(name, _)| name.text == key) {
            return Err((key.position, message.to_owned()));
        }
    }
    Ok(())
}

fn required<'n>(
    map: &'n yaml::Node,
    key: &str,
    position: Position,
) -> Result<&'n yaml::Node, Problem> {
    map.value(key)
        .ok_or_else(|| (position, format!("the rule has no '{key}'")))
}

fn level(node: &yaml::Node) -> Result<Level, Problem> {
    match node.text() {
        Some("informational") => Ok(Level::Informational),
        Some("low") => Ok(Level::Low),
        Some("medium") => Ok(Level::Medium),
        Some("high") => Ok(Level::High),
        Some("critical") => Ok(Level::Critical),
        _ => Err((
            node.position,
            "'level' is none of informational, low, medium, high, critical".to_owned(),
        )),
    }
}

fn read_detection(detection: &yaml::Node, shared: &mut Shared) -> Result<Node, Problem> {
    let Content::Map(entries) = &detection.content else {
        return Err((detection.position, "'detection' is not a map".to_owned()));
    };
    let mut selections = Vec::new();
    for (key, value) in entries {
        match key.text.as_str() {
            "condition" => {}
            "timeframe" => {
                let message = "'timeframe' is not supported; Sigma has correlations instead";
                return Err((key.position, message.to_owned()));
            }
            name => selections.push((name, selection(key, value, shared)?)),
        }
    }
    let condition = required(detection, "condition", detection.position)?;
    let mut joiner = Joiner {
        selections: &selections,
        node_count: 0,
    };
    let mut alternatives = Vec::new();
    for (position, text) in condition_texts(condition)? {
        let alternative = condition::parse(text).and_then(|condition| joiner.join(&condition));
        alternatives.push(alternative.map_err(|message| (position, message))?);
    }
    Ok(Node::Any(alternatives))
}

/// A condition can be a list of conditions, of which one has to hold.
fn condition_texts(condition: &yaml::Node) -> Result<Vec<(Position, &str)>, Problem> {
    let texts: Option<Vec<(Position, &str)>> = match &condition.content {
        Content::List(items) => items
            .iter()
            .map(|item| item.text().map(|text| (item.position, text)))
            .collect(),
        _ => condition
            .text()
            .map(|text| vec![(condition.position, text)]),
    };
    texts
        .filter(|texts| !texts.is_empty())
        .ok_or_else(|| (condition.position, "'condition' is not a text".to_owned()))
}

/// Makes a selection: a map, a list of maps, or keywords.
fn selection(key: &Key, value: &yaml::Node, shared: &mut Shared) -> Result<Node, Problem> {
    match &value.content {
        Content::Map(entries) => all_of(entries, shared),
        Content::Scalar(scalar) => keyword(value.position, scalar, shared),
        Content::List(items) => {
            if items.is_empty() {
                return Err((key.position, format!("'{}' is empty", key.text)));
            }
            let mut alternatives = Vec::with_capacity(items.len());
            for item in items {
                alternatives.push(match &item.content {
                    Content::Map(entries) => all_of(entries, shared)?,
                    Content::Scalar(scalar) => keyword(item.position, scalar, shared)?,
                    Content::List(_) => {
                        return Err((item.position, "a list stands in a list".to_owned()));
                    }
                });
            }
            Ok(Node::Any(alternatives))
        }
    }
}

fn keyword(at: Position, scalar: &Scalar, shared: &mut Shared) -> Result<Node, Problem> {
    Subject::keywords()
        .node(&[scalar], shared)
        .map_err(|message| (at, message))
}

fn all_of(entries: &[(Key, yaml::Node)], shared: &mut Shared) -> Result<Node, Problem> {
    let mut requirements = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let at_key = |message| (key.position, message);
        let subject = Subject::parse(&key.text, shared).map_err(at_key)?;
        let values = scalars(value)?;
        requirements.push(subject.node(&values, shared).map_err(at_key)?);
    }
    if requirements.is_empty() {
        return Ok(Node::Any(Vec::new()));
    }
    Ok(Node::All(requirements))
}

fn scalars(value: &yaml::Node) -> Result<Vec<&Scalar>, Problem> {
    let no_scalar = |node: &yaml::Node| (node.position, "a value is a list or a map".to_owned());
    let items = match &value.content {
        Content::Scalar(scalar) => return Ok(vec![scalar]),
        Content::Map(_) => return Err(no_scalar(value)),
        Content::List(items) => items,
    };
    let mut scalars = Vec::with_capacity(items.len());
    for item in items {
        match &item.content {
            Content::Scalar(scalar) => scalars.push(scalar),
            Content::List(_) | Content::Map(_) => return Err(no_scalar(item)),
        }
    }
    Ok(scalars)
}

/// Puts the selections into the condition.
struct Joiner<'a> {
    selections: &'a [(&'a str, Node)],
    node_count: usize,
}

impl Joiner<'_> {
    fn join(&mut self, condition: &Condition) -> Result<Node, String> {
        match condition {
            Condition::All(inner) => Ok(Node::All(self.join_each(inner)?)),
            Condition::Any(inner) => Ok(Node::Any(self.join_each(inner)?)),
            Condition::Not(inner) => Ok(Node::Not(Box::new(self.join(inner)?))),
            Condition::Selection(name) => {
                let found = self.selections.iter().find(|(known, _)| known == name);
                match found {
                    Some((_, node)) => self.copy(node),
                    None => Err(format!(
                        "the condition names '{name}', which does not exist"
                    )),
                }
            }
            Condition::Of(quantity, pattern) => {
                let mut nodes = Vec::new();
                for (name, node) in self.selections {
                    if pattern.matches(name) {
                        nodes.push(self.copy(node)?);
                    }
                }
                if nodes.is_empty() {
                    return Err("the condition means selections by a pattern that none has".into());
                }
                Ok(match quantity {
                    Quantity::All => Node::All(nodes),
                    Quantity::One => Node::Any(nodes),
                })
            }
        }
    }

    fn join_each(&mut self, conditions: &[Condition]) -> Result<Vec<Node>, String> {
        conditions.iter().map(|inner| self.join(inner)).collect()
    }

    fn copy(&mut self, node: &Node) -> Result<Node, String> {
        self.node_count += node.count();
        if self.node_count > NODES_MAX {
            return Err(format!("the detection has more than {NODES_MAX} parts"));
        }
        Ok(node.clone())
    }
}
