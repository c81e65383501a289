//! Whom an alert addresses: the tree as this node knows it, and the alert's audience.

use std::collections::{BTreeMap, BTreeSet};

use domain::OrganisationId;
use store::{AlertRow, DescendantRow, OrganisationRow, Relation, StoreError, View};

use crate::node::Node;
use crate::parent::find_parent;

/// Levels of a tree: no administration has more, and a child that claims more is lying.
const DEPTH_MAX: usize = 32;

/// The organisations at and below this node, and the one above.
pub(crate) struct Tree {
    own: OrganisationId,
    /// Directly below.
    pub(crate) organisations: Vec<OrganisationRow>,
    /// Further below, as children last told.
    pub(crate) descendants: Vec<DescendantRow>,
    here: BTreeSet<OrganisationId>,
    /// Hosted organisations that agents are attached for.
    hosted_with_agents: BTreeSet<OrganisationId>,
    parents: BTreeMap<OrganisationId, OrganisationId>,
}

impl Tree {
    pub(crate) fn load(node: &Node, view: &View<'_>) -> Result<Self, StoreError> {
        let own = node.organisation().clone();
        let organisations = view.list_organisations()?;
        let descendants = view.list_descendants()?;
        let hosted_with_agents = view
            .list_organisations_with_hosts()?
            .into_iter()
            .filter(|organisation| *organisation != own)
            .collect();
        let mut parents = BTreeMap::new();
        if let Some(parent) = find_parent(view)? {
            parents.insert(own.clone(), parent.organisation);
        }
        for organisation in &organisations {
            parents.insert(organisation.id.clone(), own.clone());
        }
        for row in &descendants {
            if let Some(parent) = &row.parent {
                parents
                    .entry(row.organisation.clone())
                    .or_insert_with(|| parent.clone());
            }
        }
        Ok(Self {
            own,
            here: organisations.iter().map(|row| row.id.clone()).collect(),
            organisations,
            descendants,
            hosted_with_agents,
            parents,
        })
    }

    /// Adds what a roll-up says about who is below whom.
    pub(crate) fn learn(&mut self, organisation: &OrganisationId, parent: &OrganisationId) {
        self.parents
            .entry(organisation.clone())
            .or_insert_with(|| parent.clone());
    }

    /// Tells whether `alert` is meant for `organisation`: it is in the audience, or below somebody who is, and did not
    /// issue the alert itself.
    pub(crate) fn addresses(&self, alert: &AlertRow, organisation: &OrganisationId) -> bool {
        if *organisation == alert.authority {
            return false;
        }
        let audience = &alert.head.audience;
        audience.is_empty()
            || self.line(organisation).any(|above| {
                audience
                    .iter()
                    .any(|named| is_or_is_named_below(above, named))
            })
    }

    /// Tells whether `organisation` is this node's own or directly below it.
    pub(crate) fn has_here(&self, organisation: &OrganisationId) -> bool {
        *organisation == self.own || self.here.contains(organisation)
    }

    /// Returns how far `organisation` is below this node.
    pub(crate) fn depth(&self, organisation: &OrganisationId) -> u32 {
        let steps = self
            .line(organisation)
            .take_while(|above| **above != self.own)
            .count();
        u32::try_from(steps).unwrap_or(u32::MAX)
    }

    /// The organisations whose agents get their decisions from this node.
    pub(crate) fn with_agents_here(&self) -> impl Iterator<Item = &OrganisationId> {
        std::iter::once(&self.own).chain(&self.hosted_with_agents)
    }

    /// The organisations whose status this node makes itself: its own and those without a node.
    pub(crate) fn local(&self) -> impl Iterator<Item = (&OrganisationId, bool)> {
        let hosted = self
            .organisations
            .iter()
            .filter(|row| row.relation == Relation::Hosted);
        std::iter::once((&self.own, true)).chain(hosted.map(|row| (&row.id, false)))
    }

    /// Returns the organisation directly below this node that `organisation` is, or is below: as children told, or by its name.
    pub(crate) fn directly_below(&self, organisation: &OrganisationId) -> Option<&OrganisationId> {
        if let Some(here) = self.here.get(organisation) {
            return Some(here);
        }
        if *organisation == self.own {
            return None;
        }
        let told = self
            .descendants
            .iter()
            .find(|row| row.organisation == *organisation);
        if let Some(told) = told {
            return self.here.get(&told.child);
        }
        let named = self
            .here
            .iter()
            .filter(|above| is_or_is_named_below(organisation, above));
        named.max_by_key(|above| above.as_str().len())
    }

    /// The organisation and everybody above it, as far as is known.
    fn line<'a>(
        &'a self,
        organisation: &'a OrganisationId,
    ) -> impl Iterator<Item = &'a OrganisationId> {
        std::iter::successors(Some(organisation), |below| self.parents.get(*below)).take(DEPTH_MAX)
    }
}

/// An id is written like a reversed domain name, so `vn.mot.vna` is below `vn.mot` also where nobody told us the levels
/// between.
fn is_or_is_named_below(organisation: &OrganisationId, named: &OrganisationId) -> bool {
    organisation
        .as_str()
        .strip_prefix(named.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
