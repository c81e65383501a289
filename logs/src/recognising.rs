//! Which files are text logs, by their names and by their first bytes.
//!
//! By name: endings such as `.log`, `.csv`, `.txt`, `.json`, also rotated and compressed (`access_log.2.gz`,
//! `messages-20160804.xz`); names that have none (`syslog`, `querylog`); and everything in folders of logs (`/var/log`,
//! `inetpub\logs`). By content: text that states a time in its first lines, or a header of W3C or Zeek.

use crate::times::time_of;
use crate::utf16::Encoding;

/// Endings of text that may be a log.
const ENDINGS: [&[u8]; 15] = [
    b"cef", b"csv", b"err", b"json", b"jsonl", b"leef", b"log", b"logs", b"log_", b"ndjson",
    b"out", b"syslog", b"trace", b"tsv", b"txt",
];
/// Names of logs that have no ending, and of lists that resolvers read.
const NAMES: [&[u8]; 26] = [
    b"access",
    b"auth",
    b"boot",
    b"cron",
    b"daemon",
    b"debug",
    b"dmesg",
    b"dns",
    b"error",
    b"eximlog",
    b"hosts",
    b"kern",
    b"mail",
    b"mainlog",
    b"messages",
    b"named.run",
    b"paniclog",
    b"queries",
    b"query",
    b"query_log",
    b"querylog",
    b"rejectlog",
    b"resolv.conf",
    b"secure",
    b"syslog",
    b"user",
];
/// Endings of names such as `access_log` and `ssl_request_log`.
const NAME_ENDINGS: [&[u8]; 4] = [b"_log", b"-log", b".log", b"log.old"];
/// Folders in which everything is a log, with `/` at both ends.
const FOLDERS: [&[u8]; 6] = [
    b"/var/log/",
    b"/var/adm/",
    b"/inetpub/logs/",
    b"/logfiles/",
    b"/logs/",
    b"/system32/dns/",
];
/// What is put behind a name by compressing it.
const COMPRESSED: [&[u8]; 8] = [
    b".gz", b".bz2", b".xz", b".zst", b".lz4", b".z", b".lzma", b".br",
];
/// What is put behind a name by setting it aside.
const SET_ASIDE: [&[u8]; 5] = [b".old", b".bak", b".prev", b".backup", b"~"];

/// Tells whether a file is a text log, from its name and its first bytes (some kilobytes, after decompression).
/// Neither a name nor a time makes a log of what is not text.
pub fn looks_like_text_log(path: &[u8], head: &[u8]) -> bool {
    is_text(head) && (may_be_log(path) || states_time(head))
}

/// Tells by the name alone whether a file may be a text log.
pub fn may_be_log(path: &[u8]) -> bool {
    let path: Vec<u8> = path
        .iter()
        .map(|&byte| {
            if byte == b'\\' {
                b'/'
            } else {
                byte.to_ascii_lowercase()
            }
        })
        .collect();
    let name_start = memchr::memrchr(b'/', &path).map_or(0, |at| at + 1);
    if FOLDERS
        .iter()
        .any(|folder| memchr::memmem::find(&path[..name_start], folder).is_some())
    {
        return true;
    }
    let name = without_rotation(&path[name_start..]);
    let ending = memchr::memrchr(b'.', name).map(|at| &name[at + 1..]);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || NAMES.contains(&name)
        || NAME_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Takes `.gz`, `.1`, `-20160804`, `.2016-08-04` and `.old` off a name, as often as they stand there.
fn without_rotation(name: &[u8]) -> &[u8] {
    let mut name = name;
    loop {
        let known = COMPRESSED
            .iter()
            .chain(&SET_ASIDE)
            .find_map(|ending| name.strip_suffix(*ending));
        let shorter = known.unwrap_or_else(|| without_number(name));
        if shorter.len() == name.len() || shorter.is_empty() {
            return name;
        }
        name = shorter;
    }
}

/// Takes a number or date off a name, with what separates it.
fn without_number(name: &[u8]) -> &[u8] {
    let is_of_date = |byte: &&u8| byte.is_ascii_digit() || b"-_.".contains(byte);
    let count = name.iter().rev().take_while(is_of_date).count();
    let end = name.len() - count;
    let is_separated = name.get(end).is_some_and(|byte| !byte.is_ascii_digit());
    if is_separated { &name[..end] } else { name }
}

/// Tells whether the bytes are text: nearly no control characters, whatever the encoding.
fn is_text(head: &[u8]) -> bool {
    /// Log writers that crashed leave some NUL bytes; what is compressed or compiled has far more.
    const CONTROL_ONE_IN: usize = 20;
    if let Some(&first_two) = head.first_chunk::<2>()
        && Encoding::of(first_two) != Encoding::Bytes
    {
        return true;
    }
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    let control_count = head.iter().filter(is_control).count();
    !head.is_empty() && control_count * CONTROL_ONE_IN <= head.len()
}

/// Tells whether one of the first lines states a time, or is a header that logs have.
fn states_time(head: &[u8]) -> bool {
    const LINES_LOOKED_AT: usize = 4;
    const HEADERS: [&[u8]; 4] = [b"#Software:", b"#Fields:", b"#separator", b"#Version:"];
    /// A time without a year counts as one.
    const ANY: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;
    head.split(|&byte| byte == b'\n')
        .take(LINES_LOOKED_AT)
        .any(|line| {
            HEADERS.iter().any(|header| line.starts_with(header))
                || time_of(line, Some(ANY)).is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_logs_by_their_names() {
        for path in [
            "/srv/a/access.log",
            "/srv/a/access.log.1",
            "/srv/a/access_log-20160804.gz",
            "ssl_access_log",
            "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex160804.log",
            "/mnt/c/Windows/System32/dns/dns.log",
            "/var/log/anything",
            "querylog.xz",
            "messages-20160804.xz",
            "messages.1",
            "/etc/hosts",
            "C:\\Windows\\System32\\drivers\\etc\\hosts",
            "/x/eve.json",
            "/x/events.jsonl.zst",
            "fw.csv",
            "app.2016-08-04.log",
            "app.log.2016-08-04",
            "localhost_access_log.2016-08-04.txt",
            "/home/u/logs/today",
            "catalina.out",
            "syslog.old",
        ] {
            assert!(may_be_log(path.as_bytes()), "{path}");
        }
        for path in [
            "/usr/bin/ls",
            "/usr/lib/x.so.1",
            "a.exe",
            "report.pdf",
            "x.gz",
            "",
            "/",
            "20160804",
            "/usr/share/catalog/x",
            "hostsx",
        ] {
            assert!(!may_be_log(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn knows_logs_by_their_first_lines_and_nothing_that_is_no_text() {
        let is_log = |path: &str, head: &[u8]| looks_like_text_log(path.as_bytes(), head);
        assert!(is_log("/x/unnamed", b"Aug  4 01:02:03 fw kernel: x\n"));
        assert!(is_log(
            "/x/unnamed",
            b"#Software: Microsoft Internet Information Services 8.5\r\n"
        ));
        assert!(is_log("/x/a.log", b"\xff\xfea\0"));
        assert!(is_log("/x/a.log", "tiếng Việt không có giờ".as_bytes()));
        assert!(is_log(
            "/x/a.log",
            &[b"a line of some length after a crash\n".as_slice(), &[0]].concat()
        ));
        assert!(!is_log("/x/unnamed", b"int main(void) { return 0; }\n"));
        assert!(!is_log(
            "/var/log/journal/system.journal",
            b"LPKSHHRH\0\0\0\0\0\0\0\0\x03\0\0\0"
        ));
        assert!(!is_log("/x/a.log", b""));
    }
}
