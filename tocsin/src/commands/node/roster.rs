//! Who belongs to a node: its parent, its children, its hosts, its authority's keys.

use std::path::Path;

use anyhow::{Context as _, bail};
use domain::OrganisationId;
use link::Peer;
use node::Node;

use crate::commands::read_invitation;
use crate::exit_code::{self, Code};
use crate::input;

/// Prints the public key that the authority's root must list for the catalogue.
pub fn print_catalogue_key(node: &Node) -> anyhow::Result<Code> {
    let Some(key) = node.catalogue_key() else {
        bail!(
            "'{}' issues no alerts: its node was made without --authority",
            node.organisation()
        );
    };
    println!("{key}");
    Ok(exit_code::DONE)
}

/// Takes over the authority's own root.
pub fn adopt_root(node: &Node, file: &Path) -> anyhow::Result<Code> {
    node.adopt_root(&input::read_root(file)?)
        .with_context(|| format!("could not adopt '{}'", file.display()))?;
    println!("{}", node.organisation());
    Ok(exit_code::DONE)
}

/// Prints an invitation for a host.
pub fn invite_host(
    node: &Node,
    name: &str,
    organisation: Option<&OrganisationId>,
) -> anyhow::Result<Code> {
    println!("{}", node.invite_host(name, organisation)?.to_token());
    Ok(exit_code::DONE)
}

/// Prints an invitation for an organisation's node.
pub fn invite_organisation(node: &Node, id: &OrganisationId, name: &str) -> anyhow::Result<Code> {
    println!("{}", node.invite_organisation(id, name)?.to_token());
    Ok(exit_code::DONE)
}

/// Registers an organisation without a node and prints where it answers.
pub fn register(node: &Node, id: &OrganisationId, name: &str) -> anyhow::Result<Code> {
    println!("{}", node.register_hosted(id, name)?.path);
    Ok(exit_code::DONE)
}

/// Joins the tree.
pub fn enrol(node: &Node, invitation: &str) -> anyhow::Result<Code> {
    node.enrol_in_parent(&read_invitation(invitation)?)?;
    if let Some(parent) = node.find_parent()? {
        println!("{} ({})", parent.name, parent.organisation);
    }
    Ok(exit_code::DONE)
}

/// Takes a child off the roster.
pub fn remove(node: &Node, peer: &Peer) -> anyhow::Result<Code> {
    node.remove_peer(peer)?;
    println!("{peer}");
    Ok(exit_code::DONE)
}
