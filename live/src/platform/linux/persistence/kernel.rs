//! What the kernel has loaded, and what it starts by itself.

use std::collections::{BTreeSet, HashMap};

use crate::persistence::{PersistenceKind, PersistencePoint, Presence};
use crate::platform::linux::persistence::naming::{Named, name_command};
use crate::platform::linux::tree::Tree;
use crate::unread::{Cause, Unread};

/// Bytes of `/proc/modules` and of `modules.dep`.
const LIST_BYTES_MAX: usize = 16 << 20;
/// Bytes of a setting of the kernel.
const SETTING_BYTES_MAX: usize = 4096;
/// Entries of a folder of the kernel.
const ENTRY_COUNT_MAX: usize = 100_000;
/// Settings that name a program.
const HELPERS: [&str; 4] = [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hotplug",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/poweroff_cmd",
];
const INTERPRETERS: &str = "/proc/sys/fs/binfmt_misc";

/// Lists the modules that are loaded, with the file that each comes from. One that the list of modules hides but the
/// tree of devices shows is listed too.
pub(super) fn list_modules(tree: &Tree, unread: &mut Vec<Unread>) -> Vec<PersistencePoint> {
    let (listed, listing) = match tree.read(b"/proc/modules", LIST_BYTES_MAX) {
        Ok(content) => (names_at_line_starts(&content.bytes), true),
        Err(Cause::Vanished) => (BTreeSet::new(), false),
        Err(cause) => {
            unread.push(Unread::new("/proc/modules", cause));
            (BTreeSet::new(), false)
        }
    };
    let mut loaded: Vec<(Vec<u8>, Vec<u8>)> = listed
        .iter()
        .map(|name| (name.clone(), b"/proc/modules".to_vec()))
        .collect();
    if listing {
        let shown = tree.list(b"/sys/module", ENTRY_COUNT_MAX);
        for name in shown.map_or_else(|_| Vec::new(), |(names, _)| names) {
            let folder = [b"/sys/module/", name.as_slice()].concat();
            // What is built into the kernel has no state.
            let state = [folder.as_slice(), b"/initstate"].concat();
            if !listed.contains(&name) && tree.stat(&state).is_ok() {
                loaded.push((name, folder));
            }
        }
    }
    if loaded.is_empty() {
        return Vec::new();
    }
    let files = module_files(tree, unread);
    loaded
        .into_iter()
        .map(|(name, by)| module_point(tree, &files, &name, by))
        .collect()
}

fn module_point(
    tree: &Tree,
    files: &HashMap<Vec<u8>, Vec<u8>>,
    name: &[u8],
    by: Vec<u8>,
) -> PersistencePoint {
    let (path, presence) = match files.get(name) {
        Some(path) => (path.clone(), super::survey::presence_of(tree, path)),
        None => ([name, b".ko"].concat(), Presence::Missing),
    };
    PersistencePoint {
        kind: PersistenceKind::KernelModule,
        path,
        presence,
        pointed_at_by: Some(by),
    }
}

/// The files of the running kernel's modules, from `modules.dep` (modules.dep(5)).
fn module_files(tree: &Tree, unread: &mut Vec<Unread>) -> HashMap<Vec<u8>, Vec<u8>> {
    let mut files = HashMap::new();
    let Ok(release) = tree.read(b"/proc/sys/kernel/osrelease", SETTING_BYTES_MAX) else {
        return files;
    };
    let release = release.bytes.trim_ascii().to_vec();
    let folders = [b"/lib/modules/".as_slice(), b"/usr/lib/modules/"];
    for folder in folders.map(|folder| [folder, &release].concat()) {
        let index = [folder.as_slice(), b"/modules.dep"].concat();
        match tree.read(&index, LIST_BYTES_MAX) {
            Ok(content) => {
                let lines = content.bytes.split(|&byte| byte == b'\n');
                for path in lines.filter_map(|line| line.split(|&byte| byte == b':').next()) {
                    let full = if path.starts_with(b"/") {
                        path.to_vec()
                    } else {
                        [folder.as_slice(), b"/", path].concat()
                    };
                    files.entry(module_name(path)).or_insert(full);
                }
                return files;
            }
            Err(Cause::Vanished) => {}
            Err(cause) => {
                let what = domain::ItemPath::from_bytes(&index).to_string();
                unread.push(Unread::new(what, cause));
            }
        }
    }
    files
}

/// `kernel/fs/nls/nls-utf8.ko.xz` is `nls_utf8`.
fn module_name(path: &[u8]) -> Vec<u8> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or(name);
    stem.iter()
        .map(|&byte| if byte == b'-' { b'_' } else { byte })
        .collect()
}

fn names_at_line_starts(text: &[u8]) -> BTreeSet<Vec<u8>> {
    text.split(|&byte| byte == b'\n')
        .filter_map(|line| line.split(|&byte| byte == b' ').next())
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// Returns the programs that the kernel starts by itself, each with the setting that names it.
pub(super) fn named_by_kernel(tree: &Tree) -> Vec<(Vec<u8>, Named)> {
    let mut found = Vec::new();
    let mut take = |setting: Vec<u8>, command: &[u8]| {
        let mut named = Vec::new();
        name_command(command, &mut named);
        found.extend(named.into_iter().map(|named| (setting.clone(), named)));
    };
    for setting in HELPERS {
        let Ok(content) = tree.read(setting.as_bytes(), SETTING_BYTES_MAX) else {
            continue;
        };
        let value = content.bytes.trim_ascii();
        // A pattern without a pipe is the name of a file to write.
        let command = match value.strip_prefix(b"|") {
            Some(command) => command,
            None if setting.ends_with("core_pattern") => continue,
            None => value,
        };
        take(setting.as_bytes().to_vec(), command);
    }
    let entries = tree.list(INTERPRETERS.as_bytes(), ENTRY_COUNT_MAX);
    for name in entries.map_or_else(|_| Vec::new(), |(names, _)| names) {
        let setting = [INTERPRETERS.as_bytes(), b"/", &name].concat();
        let Ok(content) = tree.read(&setting, SETTING_BYTES_MAX) else {
            continue;
        };
        let mut lines = content.bytes.split(|&byte| byte == b'\n');
        if let Some(path) = lines.find_map(|line| line.strip_prefix(b"interpreter ")) {
            take(setting.clone(), path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn tells_the_module_by_its_file() {
        for (path, name) in [
            ("kernel/fs/nls/nls-utf8.ko.xz", "nls_utf8"),
            ("updates/dkms/evil.ko", "evil"),
            ("x.ko.zst", "x"),
        ] {
            assert_eq!(module_name(path.as_bytes()), name.as_bytes());
        }
    }
}
