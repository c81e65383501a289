//! The hosts file (hosts(5)).

use std::net::IpAddr;

use crate::names::{HostEntries, HostEntry};
use crate::options::LiveOptions;
use crate::platform::linux::tree::Tree;
use crate::unread::{Cause, Unread};

const HOSTS: &[u8] = b"/etc/hosts";
/// Bytes of a hosts file: those that block advertisements have 10 MB.
const HOSTS_BYTES_MAX: usize = 64 << 20;

/// Lists the entries of the hosts file.
pub(crate) fn list_host_entries(options: &LiveOptions) -> HostEntries {
    let mut found = HostEntries::default();
    let what = "/etc/hosts";
    match Tree::open(&options.root)
        .map_err(Cause::from)
        .and_then(|tree| tree.read(HOSTS, HOSTS_BYTES_MAX))
    {
        Ok(content) => {
            found.items = parse(&content.bytes);
            if content.cut {
                let cause = Cause::TooLarge("bytes of the hosts file");
                found.unread.push(Unread::new(what, cause));
            }
        }
        // A system without one knows no names by itself.
        Err(Cause::Vanished) => {}
        Err(cause) => found.unread.push(Unread::new(what, cause)),
    }
    found
}

fn parse(text: &[u8]) -> Vec<HostEntry> {
    let lines = text.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter_map(|(line, number)| parse_line(line, number))
        .collect()
}

fn parse_line(line: &[u8], number: u64) -> Option<HostEntry> {
    let line = line.split(|&byte| byte == b'#').next()?;
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_ascii_whitespace();
    // `fe80::1%lo0`: the address of one interface.
    let address: IpAddr = words.next()?.split('%').next()?.parse().ok()?;
    let names: Vec<String> = words.map(plain_name).collect();
    (!names.is_empty()).then(|| HostEntry {
        path: HOSTS.to_vec(),
        line: number,
        address: address.to_canonical(),
        names,
    })
}

/// A name as it is compared: in lower case, without the final dot.
pub(super) fn plain_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_entries_with_comments_aliases_and_other_letters() {
        let text = b"# local\n127.0.0.1\tlocalhost\n\n203.0.113.9 Update.Example.COM. mirror # x\r\nfe80::1%lo0 a\nnonsense here\n::ffff:198.51.100.1 b\n";
        let entries = parse(text);
        let lines: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {} {}", entry.line, entry.address, entry.names.join(" ")))
            .collect();
        assert_eq!(
            lines,
            [
                "2 127.0.0.1 localhost",
                "4 203.0.113.9 update.example.com mirror",
                "5 fe80::1 a",
                "7 198.51.100.1 b",
            ]
        );
    }
}
