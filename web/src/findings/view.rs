//! A finding in words: what it is, why it is said to be that, and the evidence.

use domain::{Finding, Isolation, ItemKind};
use node::FindingRow;

use crate::page::Frame;
use crate::pieces::{Badge, Moment, brief, judgement_badge, moment, plain};

/// One finding of the list.
pub(super) struct FindingLine {
    pub id: i64,
    pub alert: String,
    pub alert_number: String,
    pub exercise: bool,
    pub organisation: String,
    pub host: Option<String>,
    pub host_name: String,
    pub received: Moment,
    pub name: String,
    pub kind: Option<String>,
    /// Absent where the name says it all.
    pub path: Option<String>,
    pub judgement: Badge,
    pub why: String,
    pub isolation: Option<Badge>,
}

impl FindingLine {
    pub fn new(row: &FindingRow, frame: &Frame) -> Self {
        let finding = &row.finding;
        Self {
            id: row.id,
            alert: row.alert.to_string(),
            alert_number: plain(&row.alert_number),
            exercise: row.exercise,
            organisation: row.organisation.to_string(),
            host: row.host.map(|host| host.to_string()),
            host_name: brief(&row.host_name),
            received: moment(row.received_at, frame),
            name: brief(name(finding)),
            kind: (!finding.kind.is_file()).then(|| frame.t(kind_key(finding.kind))),
            path: (name(finding) != finding.item.text).then(|| finding.item.to_string()),
            judgement: judgement_badge(finding.judgement, frame.texts),
            why: frame.texts.why(finding.why),
            isolation: finding
                .isolation
                .as_ref()
                .map(|isolation| isolation_badge(isolation, frame)),
        }
    }
}

/// What people call it: the file's name, inside whatever container it is. A process or a connection keeps its whole name.
fn name(finding: &Finding) -> &str {
    match finding.kind {
        ItemKind::Connection | ItemKind::HostEntry | ItemKind::Process => &finding.item.text,
        ItemKind::File => finding.item.name(),
        ItemKind::Member => {
            let path = &finding.item.text;
            let inside = path.rsplit(" » ").next().unwrap_or(path);
            inside.rsplit(['/', '\\']).next().unwrap_or(inside)
        }
    }
}

/// One thing of this kind, in words; `Texts::item_kind` names many.
const fn kind_key(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Connection => "web-item-connection",
        ItemKind::File => "web-item-file",
        ItemKind::HostEntry => "web-item-host-entry",
        ItemKind::Member => "web-item-member",
        ItemKind::Process => "web-item-process",
    }
}

fn isolation_badge(isolation: &Isolation, frame: &Frame) -> Badge {
    let (kind, key) = match isolation {
        Isolation::Failed { .. } => ("overdue", "web-isolation-failed"),
        Isolation::Isolated { .. } => ("isolated", "web-isolation-isolated"),
        Isolation::NotPermitted => ("refused", "web-isolation-not-permitted"),
    };
    Badge {
        kind,
        text: frame.t(key),
    }
}

/// Everything known about the item.
pub(super) struct EvidenceView {
    pub kind: String,
    pub path: String,
    /// Whether it lies on a disk, with a size and times of its own.
    pub has_content: bool,
    pub package: Option<String>,
    pub exact_hex: Option<String>,
    pub size: String,
    pub size_bytes: String,
    pub modified: Option<String>,
    pub digests: Vec<(&'static str, String)>,
    pub hits: Vec<HitView>,
    pub hits_left_out: u64,
    pub combinations: Vec<String>,
    pub vault_id: Option<String>,
    pub failure: Option<String>,
}

pub(super) struct HitView {
    pub indicator: String,
    pub kind: String,
    pub value: String,
    pub strength: String,
    pub place: Option<String>,
}

impl EvidenceView {
    pub fn new(finding: &Finding, frame: &Frame) -> Self {
        let digests = [
            ("MD5", &finding.md5),
            ("SHA-1", &finding.sha1),
            ("SHA-256", &finding.sha256),
        ];
        let bytes = texts::count(finding.size_bytes, frame.language);
        Self {
            kind: frame.t(kind_key(finding.kind)),
            path: finding.item.to_string(),
            has_content: matches!(finding.kind, ItemKind::File | ItemKind::Member),
            package: finding.package.as_deref().map(plain),
            exact_hex: finding.item.exact_hex.clone(),
            size: texts::byte_size(finding.size_bytes, frame.language),
            size_bytes: frame.with("web-bytes-exactly", "count", &bytes),
            modified: finding
                .modified_at
                .map(|at| texts::when(at, frame.language)),
            digests: digests
                .into_iter()
                .filter_map(|(name, digest)| Some((name, plain(digest.as_deref()?))))
                .collect(),
            hits: finding
                .hits
                .iter()
                .map(|hit| HitView {
                    indicator: plain(&hit.indicator),
                    kind: plain(&frame.texts.observable_kind(&hit.kind)),
                    value: plain(&hit.value),
                    strength: frame.texts.strength(hit.strength),
                    place: hit.place.as_deref().map(plain),
                })
                .collect(),
            hits_left_out: finding.hits_left_out,
            combinations: finding.combinations.iter().map(|id| plain(id)).collect(),
            vault_id: match &finding.isolation {
                Some(Isolation::Isolated { vault_id }) => Some(plain(vault_id)),
                _ => None,
            },
            failure: match &finding.isolation {
                Some(Isolation::Failed { reason }) => Some(plain(reason)),
                _ => None,
            },
        }
    }
}
