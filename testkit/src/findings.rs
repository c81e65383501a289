//! Findings of a sweep, as little as one can be.

use domain::{Finding, ItemKind, ItemPath, Judgement, Why};

/// Returns a finding of a file by its content, without hits. Tests write what they are about over it.
pub fn finding(path: &[u8], judgement: Judgement) -> Finding {
    Finding {
        judgement,
        why: Why::PayloadContent,
        item: ItemPath::from_bytes(path),
        kind: ItemKind::File,
        size_bytes: 3_584,
        modified_at: None,
        md5: None,
        sha1: None,
        sha256: None,
        hits: Vec::new(),
        hits_left_out: 0,
        combinations: Vec::new(),
        isolation: None,
        package: None,
    }
}
