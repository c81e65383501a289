//! Connections of the system, in every network that a process lives in.

use std::net::SocketAddr;

use crate::options::LiveOptions;
use crate::platform;
use crate::processes::Processes;
use crate::unread::Unread;

/// Lists the connections, and which of `processes` have them open.
pub fn list_connections(options: &LiveOptions, processes: &Processes) -> Connections {
    platform::list_connections(options, processes)
}

/// The connections of a system at one look.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// What was listed.
    pub items: Vec<Connection>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// One socket that has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// What it speaks.
    pub protocol: Protocol,
    /// Our side. An IPv4 address in IPv6 clothes is shown as IPv4.
    pub local: SocketAddr,
    /// The other side; the unspecified address with port 0 where there is none.
    pub remote: SocketAddr,
    /// Where a TCP connection stands.
    pub state: Option<TcpState>,
    /// The user who made it.
    pub user_id: u32,
    /// The system's number for the socket; 0 for a connection that no process has any more.
    pub inode: u64,
    /// The network namespace that it lives in.
    pub namespace: u64,
    /// The processes that have it open, as far as could be told.
    pub pids: Vec<u32>,
}

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Echo requests by programs without privileges.
    Icmp,
    /// Packets of any protocol; the number stands where the local port would.
    Raw,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// UDP-Lite (RFC 3828).
    UdpLite,
}

/// Where a TCP connection stands (RFC 9293 §3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpState {
    /// Closed.
    Closed,
    /// The other side has closed.
    CloseWait,
    /// Both sides close.
    Closing,
    /// Open.
    Established,
    /// Our side has closed.
    FinWait1,
    /// Our side has closed, and the other knows.
    FinWait2,
    /// The last word is on its way.
    LastAck,
    /// Waits for others.
    Listen,
    /// Another answers our call.
    SynReceived,
    /// Our call is on its way.
    SynSent,
    /// Over, kept for late packets.
    TimeWait,
}

impl Connection {
    /// Tells whether there is another side.
    pub fn has_remote(&self) -> bool {
        !self.remote.ip().is_unspecified()
    }
}
