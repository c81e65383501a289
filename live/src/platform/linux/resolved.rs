//! The cache of `systemd-resolved`, asked for over its Varlink socket (`io.systemd.Resolve.Monitor`, since version 254).
//! It is a look at what is there; no name is asked for.

use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::names::{NameSource, ResolvedName};
use crate::platform::linux::hosts::plain_name;
use crate::unread::Cause;

/// Bytes of an answer. A cache holds 4,096 records for each network.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
const QUESTION: &[u8] =
    b"{\"method\":\"io.systemd.Resolve.Monitor.DumpCache\",\"parameters\":{}}\0";

/// The answer; what is not needed is passed over.
#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    parameters: Option<Dump>,
}

#[derive(Deserialize)]
struct Dump {
    #[serde(default)]
    dump: Vec<Scope>,
}

#[derive(Deserialize)]
struct Scope {
    #[serde(default)]
    cache: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key: Key,
    #[serde(default)]
    rrs: Vec<Record>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
}

#[derive(Deserialize)]
struct Record {
    rr: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    address: Option<Vec<u8>>,
    name: Option<String>,
}

/// Asks for the cache.
pub(super) fn fetch_cache(socket: &Path, limit: Duration) -> Result<Vec<ResolvedName>, Cause> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    stream.write_all(QUESTION)?;
    parse(&read_message(&mut stream)?)
}

/// A message of Varlink ends with a zero byte.
fn read_message(stream: &mut impl Read) -> Result<Vec<u8>, Cause> {
    let mut message = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Err(Cause::Failed("the answer breaks off".to_owned())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Cause::Time),
            Err(error) => return Err(error.into()),
        };
        if let Some(end) = buffer[..count].iter().position(|&byte| byte == 0) {
            message.extend_from_slice(&buffer[..end]);
            return Ok(message);
        }
        message.extend_from_slice(&buffer[..count]);
        if message.len() as u64 > ANSWER_BYTES_MAX {
            return Err(Cause::TooLarge("bytes of a resolver's cache"));
        }
    }
}

fn parse(message: &[u8]) -> Result<Vec<ResolvedName>, Cause> {
    let answer: Answer =
        serde_json::from_slice(message).map_err(|error| Cause::Failed(error.to_string()))?;
    if let Some(error) = answer.error {
        let denied = error.ends_with("PermissionDenied")
            || error.ends_with("InteractiveAuthenticationRequired");
        return Err(if denied {
            Cause::Permission
        } else {
            Cause::Failed(error)
        });
    }
    let scopes = answer.parameters.map_or_else(Vec::new, |dump| dump.dump);
    let entries = scopes.into_iter().flat_map(|scope| scope.cache);
    Ok(entries.map(|entry| resolved_name(&entry)).collect())
}

fn resolved_name(entry: &Entry) -> ResolvedName {
    let data = || entry.rrs.iter().filter_map(|record| record.rr.as_ref());
    let addresses = data().filter_map(|data| parse_address(data.address.as_deref()?));
    let aliases = data().filter_map(|data| data.name.as_deref().map(plain_name));
    ResolvedName {
        name: plain_name(&entry.key.name),
        addresses: addresses.collect(),
        aliases: aliases.collect(),
        source: NameSource::SystemdResolved,
    }
}

fn parse_address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(bytes));
    }
    let bytes = <[u8; 16]>::try_from(bytes).ok()?;
    Some(IpAddr::from(bytes).to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;
    use crate::unread::Cause;

    #[test]
    fn reads_names_addresses_and_aliases() {
        let message = br#"{"parameters":{"dump":[{"protocol":"dns","ifindex":2,"cache":[
            {"key":{"class":1,"type":1,"name":"Air.dcsvn.org"},"rrs":[{"rr":{"key":{"name":"x"},"address":[203,0,113,7]},"raw":"AA"}],"until":5},
            {"key":{"class":1,"type":5,"name":"www.example.com"},"rrs":[{"rr":{"name":"cdn.example.net."}}],"until":5},
            {"key":{"class":1,"type":1,"name":"gone.example.com"},"type":"NXDOMAIN","until":5}]},{"protocol":"mdns"}]}}"#;
        let lines: Vec<String> = parse(message)
            .unwrap()
            .iter()
            .map(|name| format!("{} {:?} {:?}", name.name, name.addresses, name.aliases))
            .collect();
        assert_eq!(
            lines,
            [
                "air.dcsvn.org [203.0.113.7] []",
                "www.example.com [] [\"cdn.example.net\"]",
                "gone.example.com [] []",
            ]
        );
    }

    #[test]
    fn says_when_it_may_not_ask() {
        let message = br#"{"error":"org.varlink.service.PermissionDenied","parameters":{}}"#;
        assert_eq!(parse(message).unwrap_err(), Cause::Permission);
    }

    proptest! {
        #[test]
        fn takes_any_message(message in "[\\[\\]{}\",:a-z0-9]{0,200}") {
            let _ = parse(message.as_bytes());
        }
    }
}
