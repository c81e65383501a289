//! Puts organisations in the order of their tree, whatever their parents claim.

use std::collections::{BTreeMap, BTreeSet};

use domain::OrganisationId;
use node::OrganisationRow;

/// Returns each row once with its depth, parents before children. Rows whose parents are unknown or form a circle
/// come last, at the depth of a child of this node.
pub(super) fn in_tree_order(rows: &[OrganisationRow]) -> Vec<(usize, &OrganisationRow)> {
    let known: BTreeSet<&OrganisationId> = rows.iter().map(|row| &row.id).collect();
    let mut children: BTreeMap<&OrganisationId, Vec<&OrganisationRow>> = BTreeMap::new();
    let mut waiting: Vec<(usize, &OrganisationRow)> = Vec::new();
    for row in rows {
        match row.parent.as_ref().filter(|parent| known.contains(parent)) {
            Some(parent) => children.entry(parent).or_default().push(row),
            None => waiting.push((usize::from(row.parent.is_some()), row)),
        }
    }
    waiting.reverse();
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::with_capacity(rows.len());
    while let Some((depth, row)) = waiting.pop() {
        if !seen.insert(&row.id) {
            continue;
        }
        ordered.push((depth, row));
        let below = children.get(&row.id).into_iter().flatten().rev();
        waiting.extend(below.map(|child| (depth + 1, *child)));
    }
    let circles = rows.iter().filter(|row| !seen.contains(&row.id));
    ordered.extend(circles.map(|row| (1, row)));
    ordered
}

#[cfg(test)]
mod tests {
    use node::Relation;

    use super::*;

    fn row(id: &str, parent: Option<&str>) -> OrganisationRow {
        OrganisationRow {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            parent: parent.map(|parent| parent.parse().unwrap()),
            relation: Relation::Below,
            enrolled_at: None,
            last_seen_at: None,
        }
    }

    #[test]
    fn parents_come_before_children_and_circles_are_still_listed() {
        let rows = [
            row("vn", None),
            row("vn.a", Some("vn")),
            row("vn.b", Some("vn")),
            row("vn.a.x", Some("vn.a")),
            row("c1", Some("c2")),
            row("c2", Some("c1")),
            row("orphan", Some("unknown")),
        ];
        let order: Vec<(usize, &str)> = in_tree_order(&rows)
            .into_iter()
            .map(|(depth, row)| (depth, row.id.as_str()))
            .collect();
        assert_eq!(
            order,
            [
                (0, "vn"),
                (1, "vn.a"),
                (2, "vn.a.x"),
                (1, "vn.b"),
                (1, "orphan"),
                (1, "c1"),
                (1, "c2")
            ]
        );
    }
}
