//! Connections of this process and of others, here and in another network.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;

use live::{
    Connection, LiveOptions, Processes, Protocol, TcpState, list_connections, list_processes,
};
use testkit::skipping::skipped;

use crate::companion::{Companion, own_path};

/// The connections that these processes see.
fn connections_of(pids: &[u32]) -> Vec<Connection> {
    let options = LiveOptions::default();
    let mut processes: Processes = list_processes(&options);
    processes
        .items
        .retain(|process| pids.contains(&process.pid));
    list_connections(&options, &processes).items
}

#[test]
fn finds_both_ends_of_a_connection_and_whose_they_are() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap();
    let stream = TcpStream::connect(here).unwrap();
    let (accepted, there) = listener.accept().unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.connect(here).unwrap();
    let own = std::process::id();
    let found = connections_of(&[own]);
    let one = |local, state| {
        let mut matching = found.iter().filter(|connection| {
            connection.local == local && connection.state == state && connection.pids == [own]
        });
        matching
            .next()
            .unwrap_or_else(|| panic!("{local} {state:?}"))
            .clone()
    };
    assert!(!one(here, Some(TcpState::Listen)).has_remote());
    assert_eq!(one(here, Some(TcpState::Established)).remote, there);
    assert_eq!(one(there, Some(TcpState::Established)).remote, here);
    let datagrams = one(udp.local_addr().unwrap(), None);
    assert_eq!(
        (datagrams.protocol, datagrams.remote),
        (Protocol::Udp, here)
    );
    drop((stream, accepted));
}

#[test]
fn shows_ipv4_behind_an_ipv6_socket_as_ipv4() {
    let Ok(listener) = TcpListener::bind("[::]:0") else {
        return skipped("IPv4 over an IPv6 socket", "this system has no IPv6");
    };
    let port = listener.local_addr().unwrap().port();
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return skipped("IPv4 over an IPv6 socket", "its sockets take IPv6 only");
    };
    let (accepted, there) = listener.accept().unwrap();
    assert!(there.is_ipv6());
    let local = format!("127.0.0.1:{port}").parse().unwrap();
    let found = connections_of(&[std::process::id()]);
    let ours = found
        .iter()
        .find(|connection| connection.local == local)
        .unwrap();
    assert!(ours.remote.is_ipv4());
    drop((stream, accepted));
}

#[test]
fn finds_a_socket_in_another_network() {
    let what = "sockets of another network namespace";
    let possible = Command::new("unshare").args(["-n", "true"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return skipped(what, "this user may not make a network namespace");
    }
    let mut command = Command::new("unshare");
    command.arg("-n").arg(own_path());
    let companion = Companion::start_with(command, "listen");
    let port = u16::try_from(companion.number(0)).unwrap();
    let found = connections_of(&[std::process::id(), companion.pid()]);
    let namespaces: std::collections::BTreeSet<u64> = found
        .iter()
        .map(|connection| connection.namespace)
        .collect();
    let theirs = found
        .iter()
        .find(|connection| connection.pids == [companion.pid()])
        .unwrap();
    assert_eq!(theirs.local.port(), port);
    assert_eq!(theirs.state, Some(TcpState::Listen));
    assert!(!namespaces.is_empty());
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let found = connections_of(&[std::process::id(), companion.pid()]);
    let ours = found
        .iter()
        .find(|connection| connection.local == own.local_addr().unwrap())
        .unwrap();
    assert_ne!(ours.namespace, theirs.namespace);
}
