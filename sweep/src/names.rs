//! Which files have a name or a path that is sought. The common answer, "none", costs a few instructions.

use std::collections::HashMap;

use domain::name_pattern::fold;
use domain::{FileName, PathPattern};

use crate::plan::Wanted;

/// Longest name that is looked up without allocating: the limit of nearly all file systems.
const NAME_BYTES_MAX: usize = 255;
/// Bits of the filter for each name sought.
const FILTER_BITS_PER_NAME: usize = 64;

/// One name or path that is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameEntry<'a> {
    pub(crate) wanted: Wanted,
    pub(crate) kind: NameKind<'a>,
}

/// How a name or path is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NameKind<'a> {
    /// The name, anywhere.
    FileName(&'a FileName),
    /// Only as an answer: the name is the last component of a path that is sought, but the file lies elsewhere.
    NameOfPath,
    /// The whole path.
    Path(&'a PathPattern),
}

/// All names and paths that are sought.
pub(crate) struct NameTable<'a> {
    /// By folded last component.
    entries: HashMap<Box<[u8]>, Vec<NameEntry<'a>>>,
    /// Paths that end with `*`.
    any_name: Vec<NameEntry<'a>>,
    /// A bit for each mixture of length, first and last byte of a name sought.
    filter: Vec<u64>,
}

impl<'a> NameTable<'a> {
    pub(crate) fn new(entries: Vec<NameEntry<'a>>) -> Self {
        let bits = (entries.len() * FILTER_BITS_PER_NAME)
            .next_power_of_two()
            .max(4096);
        let mut table = Self {
            entries: HashMap::new(),
            any_name: Vec::new(),
            filter: vec![0; bits / 64],
        };
        for entry in entries {
            let key = match entry.kind {
                NameKind::FileName(name) => name.folded().to_owned(),
                NameKind::Path(path) if path.file_name() == "*" => {
                    table.any_name.push(entry);
                    continue;
                }
                NameKind::Path(path) => fold(path.file_name()),
                NameKind::NameOfPath => continue,
            };
            let key: Box<[u8]> = key.into_bytes().into();
            let bit = mixture(&key) & (bits - 1);
            table.filter[bit / 64] |= 1 << (bit % 64);
            table.entries.entry(key).or_default().push(entry);
        }
        table
    }

    /// Adds to `found` what a file is sought for by its name. `path` is called only when a path is to be compared.
    pub(crate) fn find(
        &self,
        name: &[u8],
        path: &dyn Fn() -> ItemComponents,
        found: &mut Vec<NameEntry<'a>>,
    ) {
        let entries = self.look_up(name);
        if entries.is_empty() && self.any_name.is_empty() {
            return;
        }
        let mut components: Option<ItemComponents> = None;
        for entry in entries.iter().chain(&self.any_name) {
            match entry.kind {
                NameKind::FileName(_) => found.push(*entry),
                NameKind::NameOfPath => {}
                NameKind::Path(pattern) => {
                    if components.get_or_insert_with(path).match_with(pattern) {
                        found.push(*entry);
                    } else if pattern.file_name() != "*" {
                        let kind = NameKind::NameOfPath;
                        found.push(NameEntry { kind, ..*entry });
                    }
                }
            }
        }
    }

    fn look_up(&self, name: &[u8]) -> &[NameEntry<'a>] {
        if name.is_ascii() && name.len() <= NAME_BYTES_MAX {
            let mut folded = [0; NAME_BYTES_MAX];
            let folded = &mut folded[..name.len()];
            let bit = mixture(name) & (self.filter.len() * 64 - 1);
            if self.filter[bit / 64] & (1 << (bit % 64)) == 0 {
                return &[];
            }
            folded.copy_from_slice(name);
            folded.make_ascii_uppercase();
            return self.entries.get(&*folded).map_or(&[], Vec::as_slice);
        }
        // A name that is not UTF-8 is none that an alert could state.
        std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.entries.get(fold(name).as_bytes()))
            .map_or(&[], Vec::as_slice)
    }
}

/// A file's path from `/`, in components, as [`PathPattern`] compares them.
pub(crate) struct ItemComponents {
    plain: Vec<String>,
    folded: Vec<String>,
}

impl ItemComponents {
    pub(crate) fn of(path: &[u8]) -> Self {
        let plain: Vec<String> = path
            .split(|&byte| byte == b'/')
            .filter(|component| !component.is_empty())
            .map(|component| String::from_utf8_lossy(component).into_owned())
            .collect();
        let folded = plain.iter().map(|component| fold(component)).collect();
        Self { plain, folded }
    }

    fn match_with(&self, pattern: &PathPattern) -> bool {
        let plain: Vec<&str> = self.plain.iter().map(String::as_str).collect();
        let folded: Vec<&str> = self.folded.iter().map(String::as_str).collect();
        pattern.matches(&plain, &folded)
    }
}

/// Mixes length and some bytes of a name, the same for ASCII names that differ in case only. Names beyond ASCII are not
/// looked up through the filter.
fn mixture(name: &[u8]) -> usize {
    let at = |index: usize| usize::from(name.get(index).copied().unwrap_or(0).to_ascii_uppercase());
    let length = name.len();
    let last = at(length.wrapping_sub(1));
    length ^ (at(0) << 3) ^ (at(length / 2) << 7) ^ (last << 11) ^ (at(1) << 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted {
        target: 0,
        indicator: 0,
    };

    fn found(names: &[&FileName], paths: &[&PathPattern], path: &[u8]) -> Vec<&'static str> {
        let names = names.iter().map(|name| NameKind::FileName(name));
        let paths = paths.iter().map(|path| NameKind::Path(path));
        let entries = names.chain(paths).map(|kind| NameEntry {
            wanted: WANTED,
            kind,
        });
        let table = NameTable::new(entries.collect());
        let name = path.rsplit(|&byte| byte == b'/').next().expect("a part");
        let mut found = Vec::new();
        table.find(name, &|| ItemComponents::of(path), &mut found);
        found
            .iter()
            .map(|entry| match entry.kind {
                NameKind::FileName(_) => "name",
                NameKind::NameOfPath => "name of path",
                NameKind::Path(_) => "path",
            })
            .collect()
    }

    #[test]
    fn compares_names_as_windows_does_in_ascii_and_beyond() {
        let name: FileName = "Hồ Sơ.exe".parse().expect("a name");
        assert_eq!(found(&[&name], &[], "/x/HỒ SƠ.EXE".as_bytes()), ["name"]);
        let name: FileName = "diskperf.exe".parse().expect("a name");
        assert_eq!(found(&[&name], &[], b"/x/DiskPerf.EXE"), ["name"]);
        assert!(found(&[&name], &[], b"/x/diskperf.exe2").is_empty());
        // U+0131 has the upper case 'I'.
        assert_eq!(
            found(&[&name], &[], "/x/d\u{131}skperf.exe".as_bytes()),
            ["name"]
        );
        assert!(found(&[&name], &[], b"/x/diskperf.ex\xff").is_empty());
    }

    #[test]
    fn tells_a_path_from_a_name_at_another_place() {
        let path: PathPattern = r"C:\Windows\a.dll".parse().expect("a path");
        assert_eq!(found(&[], &[&path], b"/mnt/WINDOWS/A.DLL"), ["path"]);
        assert_eq!(found(&[], &[&path], b"/mnt/a.dll"), ["name of path"]);
        let any: PathPattern = r"%TEMP%\*".parse().expect("a path");
        assert_eq!(found(&[], &[&any], b"/mnt/Windows/Temp/x"), ["path"]);
        assert!(found(&[], &[&any], b"/mnt/x").is_empty());
    }

    #[test]
    fn a_name_longer_than_any_file_system_allows_matches_nothing() {
        let name: FileName = "a".repeat(255).parse().expect("a name");
        let path = format!("/{}", "A".repeat(255));
        assert_eq!(found(&[&name], &[], path.as_bytes()), ["name"]);
        assert!(found(&[&name], &[], &[b'a'; 4096]).is_empty());
    }
}
