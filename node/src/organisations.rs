//! What the pages show about organisations: this one, those below, and how each takes part.

use domain::OrganisationId;
use jiff::Timestamp;

use link::Peer;
use store::StoreError;

use crate::addressed::Tree;
use crate::node::{Node, ReadError};
use crate::parent::find_parent;

/// How an organisation is connected to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is below a child; this node hears of it through that child.
    Below,
    /// It has a node of its own, which reports here.
    Child,
    /// It has no node; it answers here, by form or kit or with agents attached to this node.
    Hosted,
    /// It is this node's own.
    Own,
}

/// One organisation.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// The organisation above it; absent for this node's own.
    pub parent: Option<OrganisationId>,
    /// How it is connected.
    pub relation: Relation,
    /// When it enrolled or was registered; absent where it has been invited only, and for organisations further below.
    pub enrolled_at: Option<Timestamp>,
    /// When its node was last heard of.
    pub last_seen_at: Option<Timestamp>,
}

impl Node {
    /// Lists the organisations at and below this node: its own, then the others by id.
    pub fn list_organisations(&self) -> Result<Vec<OrganisationRow>, ReadError> {
        let (tree, parent) = self.inner.store.read(|view| -> Result<_, StoreError> {
            Ok((Tree::load(self, view)?, find_parent(view)?))
        })?;
        let mut rows = vec![OrganisationRow {
            id: self.organisation().clone(),
            name: self.organisation_name().to_owned(),
            parent: parent.map(|parent| parent.organisation),
            relation: Relation::Own,
            enrolled_at: None,
            last_seen_at: None,
        }];
        let below: Vec<OrganisationRow> = tree
            .descendants
            .iter()
            .filter(|row| !tree.has_here(&row.organisation))
            .map(|row| OrganisationRow {
                id: row.organisation.clone(),
                name: row.name.clone(),
                parent: row.parent.clone(),
                relation: Relation::Below,
                enrolled_at: None,
                last_seen_at: None,
            })
            .collect();
        for row in tree.organisations {
            let last_seen_at =
                self.last_seen(&Peer::Organisation(row.id.clone()), row.last_seen_at);
            let (relation, enrolled_at) = match row.relation {
                store::Relation::Child => (Relation::Child, row.enrolled_at),
                store::Relation::Hosted => (Relation::Hosted, Some(row.registered_at)),
            };
            rows.push(OrganisationRow {
                id: row.id,
                name: row.name,
                parent: Some(self.organisation().clone()),
                relation,
                enrolled_at,
                last_seen_at,
            });
        }
        rows.extend(below);
        if let Some((_, others)) = rows.split_first_mut() {
            others.sort_by(|a, b| a.id.cmp(&b.id));
        }
        Ok(rows)
    }
}
