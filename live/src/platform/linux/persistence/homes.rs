//! The folders of users: those of `/etc/passwd` (passwd(5)), and those in `/home` whose users a directory server knows.

use std::collections::BTreeSet;

use crate::platform::linux::tree::Tree;
use crate::unread::{Cause, Unread};

/// Bytes of `/etc/passwd`.
const PASSWD_BYTES_MAX: usize = 16 << 20;
/// Folders of users.
const HOME_COUNT_MAX: usize = 20_000;

/// Lists the folders of users, each once.
pub(super) fn list_homes(tree: &Tree) -> (Vec<Vec<u8>>, Vec<Unread>) {
    let mut homes = BTreeSet::from([b"/root".to_vec()]);
    let mut unread = Vec::new();
    match tree.read(b"/etc/passwd", PASSWD_BYTES_MAX) {
        Ok(content) => homes.extend(
            content
                .bytes
                .split(|&byte| byte == b'\n')
                .filter_map(home_of),
        ),
        Err(Cause::Vanished) => {}
        Err(cause) => unread.push(Unread::new("/etc/passwd", cause)),
    }
    match tree.list(b"/home", HOME_COUNT_MAX) {
        Ok((names, _)) => homes.extend(
            names
                .iter()
                .map(|name| [b"/home/", name.as_slice()].concat()),
        ),
        Err(error) => match Cause::from(error) {
            Cause::Vanished => {}
            cause => unread.push(Unread::new("/home", cause)),
        },
    }
    if homes.len() > HOME_COUNT_MAX {
        let cause = Cause::TooLarge("folders of users");
        unread.push(Unread::new("more folders of users", cause));
    }
    (homes.into_iter().take(HOME_COUNT_MAX).collect(), unread)
}

fn home_of(line: &[u8]) -> Option<Vec<u8>> {
    let home = line.split(|&byte| byte == b':').nth(5)?;
    let end = home.iter().rposition(|&byte| byte != b'/')?;
    home.starts_with(b"/").then(|| home[..=end].to_vec())
}
