//! Whose a page is: what people wrote beside it, found again among the organisations that this node knows.

use std::collections::BTreeMap;

use domain::OrganisationId;

use crate::addressed::Tree;
use crate::node::Node;

/// The organisations that pages here can belong to, by id and by name.
pub(super) struct Owners<'t> {
    own: (OrganisationId, String),
    tree: &'t Tree,
    names: BTreeMap<OrganisationId, String>,
    /// Nothing where two have one name.
    by_name: BTreeMap<String, Option<OrganisationId>>,
}

impl<'t> Owners<'t> {
    pub(super) fn new(node: &Node, tree: &'t Tree) -> Self {
        let own = (
            node.organisation().clone(),
            node.organisation_name().to_owned(),
        );
        let below = tree
            .descendants
            .iter()
            .map(|row| (&row.organisation, &row.name));
        let here = tree.organisations.iter().map(|row| (&row.id, &row.name));
        // Of two names for one organisation, the one that was given here counts.
        let names: BTreeMap<_, _> = below
            .chain(here)
            .chain([(&own.0, &own.1)])
            .map(|(id, name)| (id.clone(), name.clone()))
            .collect();
        let mut by_name = BTreeMap::new();
        for (id, name) in &names {
            by_name
                .entry(folded(name))
                .and_modify(|found| *found = None)
                .or_insert_with(|| Some(id.clone()));
        }
        Self {
            own,
            tree,
            names,
            by_name,
        }
    }

    /// Returns whose a page is that has `text` written beside it; nothing where this node knows nobody by it. A page without
    /// a word is this node's own.
    pub(super) fn find(&self, text: &str) -> Option<OrganisationId> {
        let text = text.trim();
        if text.is_empty() {
            return Some(self.own.0.clone());
        }
        if let Ok(id) = text.parse::<OrganisationId>()
            && (self.names.contains_key(&id) || self.tree.directly_below(&id).is_some())
        {
            return Some(id);
        }
        self.by_name.get(&folded(text)).cloned().flatten()
    }

    /// Returns this node's own organisation.
    pub(super) const fn own(&self) -> &OrganisationId {
        &self.own.0
    }

    /// Returns an organisation's name for people.
    pub(super) fn name(&self, id: &OrganisationId) -> String {
        self.names
            .get(id)
            .cloned()
            .unwrap_or_else(|| id.to_string())
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}
