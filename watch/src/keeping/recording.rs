//! Writes down what was seen and said, with every page that came.

use jiff::Timestamp;
use serde_json::json;

use super::chain::Entry;
use super::folder::{KeepError, Target, WatchFolder};
use crate::checking::Check;
use crate::memory::Approver;

/// Keeps every page that came, and writes down what was seen and said. Returns the number of the line.
pub fn record_check(
    folder: &mut WatchFolder,
    target: &Target,
    check: &Check,
    at: Timestamp,
) -> Result<u64, KeepError> {
    let mut visits = Vec::new();
    for visit in &check.visits {
        let content = match visit.page() {
            Some(page) => Some(folder.contents.keep(&page.body)?),
            None => None,
        };
        visits.push(json!({ "visit": visit, "content": content }));
    }
    let body = json!({ "judgement": check.judgement, "site": check.site, "visits": visits });
    write_down(folder, &target.url, "check", body, at)
}

/// Writes down that a person approved what a check showed.
pub fn record_approval(
    folder: &mut WatchFolder,
    check: &Check,
    approver: &Approver,
    at: Timestamp,
) -> Result<u64, KeepError> {
    let body = json!({ "by": approver.by, "note": approver.note, "page": check.page });
    write_down(folder, &check.url, "approval", body, at)
}

pub(crate) fn write_down(
    folder: &mut WatchFolder,
    url: &str,
    event: &str,
    body: serde_json::Value,
    at: Timestamp,
) -> Result<u64, KeepError> {
    folder.chain.append(Entry {
        at,
        target: url.to_owned(),
        event: event.to_owned(),
        body,
    })?;
    Ok(folder.chain.proof().lines)
}
