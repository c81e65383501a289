//! Names and addresses that this system already knows: its hosts file, and what its resolver still remembers.
//!
//! A sought name is never looked up: the question would go out, and whoever owns the name would see who asks. So an
//! address that a name has elsewhere, and that this system has forgotten, is not known here.

use std::net::IpAddr;

use crate::options::LiveOptions;
use crate::platform;
use crate::processes::Processes;
use crate::unread::Unread;

/// Lists the entries of the hosts file.
pub fn list_host_entries(options: &LiveOptions) -> HostEntries {
    platform::list_host_entries(options)
}

/// Lists what resolvers of this system remember, as far as it can be read without running a program or asking for a
/// name. A resolver that runs among `processes` and keeps its cache to itself is listed as not read.
pub fn list_resolved_names(options: &LiveOptions, processes: &Processes) -> ResolvedNames {
    platform::list_resolved_names(options, processes)
}

/// The entries of a hosts file.
#[derive(Clone, Debug, Default)]
pub struct HostEntries {
    /// What was listed.
    pub items: Vec<HostEntry>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// One line of a hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEntry {
    /// The file.
    pub path: Vec<u8>,
    /// The line, from 1.
    pub line: u64,
    /// The address.
    pub address: IpAddr,
    /// Its names, in lower case, without a final dot.
    pub names: Vec<String>,
}

/// What resolvers remember.
#[derive(Clone, Debug, Default)]
pub struct ResolvedNames {
    /// What was listed.
    pub items: Vec<ResolvedName>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// One name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedName {
    /// The name, in lower case, without a final dot.
    pub name: String,
    /// The addresses that it has; none where only the name is known or it does not exist.
    pub addresses: Vec<IpAddr>,
    /// Other names that it stands for.
    pub aliases: Vec<String>,
    /// Who remembers.
    pub source: NameSource,
}

/// Who remembers a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameSource {
    /// The cache that `named` was told to write down.
    BindDump,
    /// The cache of `nscd`, of which only names are read.
    Nscd,
    /// The cache of `systemd-resolved`.
    SystemdResolved,
}
