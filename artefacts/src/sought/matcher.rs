//! Compares traces with everything that an alert seeks in them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use domain::name_pattern::fold;
use domain::{Digest, DomainPattern, Observable, PathPattern};

use super::paths::{self, Candidate};
use super::registry::{NotSought, RegistryPattern};
use crate::trace::{Data, Trace, What};

/// Everything that is sought in traces. Names and paths are compared as Windows does, whatever their case.
#[derive(Default)]
pub struct Matcher {
    registry: Registry,
    files: Files,
    /// By folded name.
    services: HashMap<String, Vec<usize>>,
    /// By folded path, which begins with `\`.
    task_paths: HashMap<String, Vec<usize>>,
    /// By folded name, for tasks that are sought in any folder.
    task_names: HashMap<String, Vec<usize>>,
    /// By lower-case hexadecimal digits.
    sha1: HashMap<String, Vec<usize>>,
    addresses: Addresses,
}

impl Matcher {
    /// Makes the tables. What can stand in no trace (a mutex, an MD5) is left out; what should and cannot be sought is returned by
    /// its id.
    pub fn new(sought: &[(usize, &Observable)]) -> (Self, Vec<(usize, NotSought)>) {
        let mut matcher = Self::default();
        let mut refused = Vec::new();
        for &(id, observable) in sought {
            if let Err(error) = matcher.add(id, observable) {
                refused.push((id, error));
            }
        }
        (matcher, refused)
    }

    fn add(&mut self, id: usize, observable: &Observable) -> Result<(), NotSought> {
        match observable {
            Observable::Digest(digest @ Digest::Sha1(_)) => {
                push(&mut self.sha1, digest.to_string(), id);
            }
            Observable::Domain(pattern) => self.addresses.add_domain(id, pattern),
            Observable::FileName(name) => push(&mut self.files.names, name.folded().to_owned(), id),
            Observable::Path(pattern) => self.files.add_path(id, pattern),
            Observable::RegistryKey(text) => {
                self.registry.add(id, &RegistryPattern::parse_key(text)?);
            }
            Observable::RegistryValue(text) => {
                self.registry.add(id, &RegistryPattern::parse_value(text)?);
            }
            Observable::ScheduledTask(text) => self.add_task(id, text),
            Observable::Service(text) => push(&mut self.services, fold(text.trim()), id),
            Observable::Url(text) => push(&mut self.addresses.urls, plain_url(text), id),
            Observable::Digest(_)
            | Observable::Mutex(_)
            | Observable::NamedPipe(_)
            | Observable::Network(_) => {}
        }
        Ok(())
    }

    /// A task is sought by its name in any folder, or by its path in the library.
    fn add_task(&mut self, id: usize, text: &str) {
        let text = fold(text.trim()).replace('/', "\\");
        if text.trim_start_matches('\\').contains('\\') {
            push(
                &mut self.task_paths,
                format!("\\{}", text.trim_start_matches('\\')),
                id,
            );
        } else {
            push(
                &mut self.task_names,
                text.trim_start_matches('\\').to_owned(),
                id,
            );
        }
    }

    /// Adds to `found` the ids of everything that the trace matches, each once.
    pub fn matches(&self, trace: &Trace<'_>, found: &mut Vec<usize>) {
        let first = found.len();
        match trace.what {
            What::RegistryKey | What::RegistryValue => self.registry.matches(trace, found),
            What::FilePath | What::FileName | What::AlternateStream => {
                let candidate = paths::in_path(trace.text);
                self.files.matches(trace.text, candidate.as_slice(), found);
            }
            What::CommandLine => {
                if !self.files.is_empty() {
                    let candidates = paths::in_command_line(trace.text);
                    self.files.matches(trace.text, &candidates, found);
                }
                for url in paths::urls(trace.text) {
                    self.addresses.matches(url, found);
                }
            }
            What::ScheduledTask => self.task(trace.text, found),
            What::Service => look_up(&self.services, &fold(trace.text), found),
            What::Sha1 => look_up(&self.sha1, trace.text, found),
            What::Url => self.addresses.matches(trace.text, found),
            What::Machine => {}
        }
        found[first..].sort_unstable();
        let mut kept = first;
        for index in first..found.len() {
            if index == first || found[index] != found[kept - 1] {
                found[kept] = found[index];
                kept += 1;
            }
        }
        found.truncate(kept);
    }

    fn task(&self, text: &str, found: &mut Vec<usize>) {
        let path = format!("\\{}", fold(text.trim_start_matches('\\')));
        look_up(&self.task_paths, &path, found);
        let name = path.rsplit('\\').next().unwrap_or_default();
        look_up(&self.task_names, name, found);
    }
}

fn push(table: &mut HashMap<String, Vec<usize>>, key: String, id: usize) {
    table.entry(key).or_default().push(id);
}

fn look_up(table: &HashMap<String, Vec<usize>>, key: &str, found: &mut Vec<usize>) {
    if let Some(ids) = table.get(key) {
        found.extend_from_slice(ids);
    }
}

/// Files by name and by path.
#[derive(Default)]
struct Files {
    names: HashMap<String, Vec<usize>>,
    /// By the folded last component.
    paths: HashMap<String, Vec<(usize, PathPattern)>>,
    /// Paths that end with `*`.
    any_name: Vec<(usize, PathPattern)>,
}

impl Files {
    fn add_path(&mut self, id: usize, pattern: &PathPattern) {
        let entry = (id, pattern.clone());
        match pattern.file_name() {
            "*" => self.any_name.push(entry),
            name => self.paths.entry(fold(name)).or_default().push(entry),
        }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty() && self.any_name.is_empty()
    }

    fn matches(&self, text: &str, candidates: &[Candidate], found: &mut Vec<usize>) {
        for candidate in candidates {
            look_up(&self.names, &candidate.name, found);
            let by_name = self
                .paths
                .get(&candidate.name)
                .map_or(&[][..], Vec::as_slice);
            if by_name.is_empty() && self.any_name.is_empty() {
                continue;
            }
            let components = candidate.components(text);
            let folded: Vec<String> = components.iter().map(|part| fold(part)).collect();
            let plain: Vec<&str> = components.iter().map(String::as_str).collect();
            let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
            let patterns = by_name.iter().chain(&self.any_name);
            let matching = patterns.filter(|(_, pattern)| pattern.matches(&plain, &folded));
            found.extend(matching.map(|(id, _)| *id));
        }
    }
}

/// Addresses and the names of hosts in them.
#[derive(Default)]
struct Addresses {
    /// As [`plain_url`] leaves them.
    urls: HashMap<String, Vec<usize>>,
    domains: HashMap<String, Vec<usize>>,
    /// Names of which everything below is sought.
    above: HashMap<String, Vec<usize>>,
}

impl Addresses {
    fn add_domain(&mut self, id: usize, pattern: &DomainPattern) {
        let table = if pattern.is_wildcard() {
            &mut self.above
        } else {
            &mut self.domains
        };
        push(table, pattern.name().to_owned(), id);
    }

    fn matches(&self, url: &str, found: &mut Vec<usize>) {
        look_up(&self.urls, &plain_url(url), found);
        let Some((_, rest)) = url.split_once("://") else {
            return;
        };
        let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host
            .split(':')
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        look_up(&self.domains, &host, found);
        let mut rest = host.as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            look_up(&self.above, parent, found);
            rest = parent;
        }
    }
}

/// An address without what two writers of it may leave out.
fn plain_url(url: &str) -> String {
    url.trim().trim_end_matches('/').to_ascii_lowercase()
}

/// Keys and values of the registry.
#[derive(Default)]
struct Registry {
    /// The folded last components of all forms without `*` at the end: nearly every key is refused by them.
    last: HashSet<String>,
    filter: Filter,
    /// Whether some form ends with `*`.
    any_last: bool,
    forms: HashMap<String, Vec<Entry>>,
    /// Forms with `*`, by how many components they have and which are `*`.
    masked: HashMap<Vec<bool>, HashMap<String, Vec<Entry>>>,
}

/// Longest last component that is looked up without allocating.
const LAST_BYTES_MAX: usize = 128;

/// A bit for each mixture of length and bytes of an ASCII name, the same whatever its case.
struct Filter {
    bits: Vec<u64>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            bits: vec![0; Self::WORDS],
        }
    }
}

impl Filter {
    /// 128 KiB: with 10,000 names one in a hundred others passes.
    const WORDS: usize = 1 << 14;

    fn add(&mut self, name: &[u8]) {
        let bit = Self::bit(name);
        self.bits[bit / 64] |= 1 << (bit % 64);
    }

    fn contains(&self, name: &[u8]) -> bool {
        let bit = Self::bit(name);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn bit(name: &[u8]) -> usize {
        let mixed = name.iter().fold(name.len() as u64, |mixed, byte| {
            let folded = u64::from(byte.to_ascii_uppercase());
            (mixed ^ folded).wrapping_mul(0x0000_0100_0000_01b3)
        });
        // The upper bits of the product depend on every byte.
        usize::try_from(mixed >> 40).unwrap_or(0) % (Self::WORDS * 64)
    }
}

#[derive(Clone)]
struct Entry {
    id: usize,
    pattern: RegistryPattern,
    data: Option<String>,
}

impl Registry {
    fn add(&mut self, id: usize, pattern: &RegistryPattern) {
        for form in pattern.forms() {
            let entry = Entry {
                id,
                pattern: pattern.clone(),
                data: form.data.clone(),
            };
            match form.path.rsplit('\\').next() {
                Some("*") => self.any_last = true,
                last => {
                    let last = last.unwrap_or_default();
                    self.filter.add(last.as_bytes());
                    self.last.insert(last.to_owned());
                }
            }
            let mask: Vec<bool> = form.path.split('\\').map(|part| part == "*").collect();
            let table = if mask.contains(&true) {
                self.masked.entry(mask).or_default()
            } else {
                &mut self.forms
            };
            table.entry(form.path.clone()).or_default().push(entry);
        }
    }

    /// Tells whether some form ends with that component; costs nearly nothing where none does.
    fn may_be_last(&self, last: &str) -> bool {
        let mut folded_bytes = [0; LAST_BYTES_MAX];
        let Some(bytes) = folded_bytes
            .get_mut(..last.len())
            .filter(|_| last.is_ascii())
        else {
            return self.last.contains(&*folded(last));
        };
        if !self.filter.contains(last.as_bytes()) {
            return false;
        }
        bytes.copy_from_slice(last.as_bytes());
        bytes.make_ascii_uppercase();
        std::str::from_utf8(bytes).is_ok_and(|last| self.last.contains(last))
    }

    fn matches(&self, trace: &Trace<'_>, found: &mut Vec<usize>) {
        if self.last.is_empty() && !self.any_last {
            return;
        }
        let last = trace.text.rsplit('\\').next().unwrap_or_default();
        // A name with `\` in it has the same last component on both sides.
        if !self.any_last && !self.may_be_last(last) {
            return;
        }
        let Some((form, user)) = form_of(trace.text) else {
            return;
        };
        let data = || trace.data;
        let mut add = |entries: &Vec<Entry>| {
            let fits = entries.iter().filter(|entry| {
                user.is_none_or(|user| entry.pattern.allows_user(user))
                    && entry
                        .data
                        .as_deref()
                        .is_none_or(|wanted| is_data(wanted, data()))
            });
            found.extend(fits.map(|entry| entry.id));
        };
        if let Some(entries) = self.forms.get(&form) {
            add(entries);
        }
        if self.masked.is_empty() {
            return;
        }
        let parts: Vec<&str> = form.split('\\').collect();
        for (mask, table) in self
            .masked
            .iter()
            .filter(|(mask, _)| mask.len() == parts.len())
        {
            let masked: Vec<&str> = parts
                .iter()
                .zip(mask)
                .map(|(part, &is_any)| if is_any { "*" } else { part })
                .collect();
            if let Some(entries) = table.get(&masked.join("\\")) {
                add(entries);
            }
        }
    }
}

/// Folds a path; a name that begins with `\` stands behind another, which alerts may write once or twice.
fn folded_path(path: &str) -> Cow<'_, str> {
    let path = folded(path);
    if path.contains(r"\\") {
        Cow::Owned(path.replace(r"\\", r"\"))
    } else {
        path
    }
}

/// Folds a name without allocating where it is folded already; the sign for a hidden NUL is left out.
fn folded(name: &str) -> Cow<'_, str> {
    if name
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase())
    {
        return Cow::Borrowed(name);
    }
    let name = fold(name);
    Cow::Owned(if name.contains('\u{2400}') {
        name.replace('\u{2400}', "")
    } else {
        name
    })
}

/// Brings a key's path to the form in which it is sought, and tells the user whose it is.
fn form_of(text: &str) -> Option<(String, Option<&str>)> {
    if let Some(rest) = text.strip_prefix("HKLM\\") {
        return Some((format!("M\\{}", folded_path(rest)), None));
    }
    let (user, rest) = text.strip_prefix("HKU\\")?.split_once('\\')?;
    Some((format!("U\\{}", folded_path(rest)), Some(user)))
}

/// Tells whether a value has the data that is sought: text whatever its case, numbers in decimal or as `0x…`, bytes as digits.
fn is_data(wanted: &str, data: Data<'_>) -> bool {
    match data {
        Data::None => wanted.is_empty(),
        Data::Text(text) => {
            let is_wanted = |text: &str| fold(text.trim().trim_matches('"')) == wanted;
            is_wanted(text) || text.lines().any(is_wanted)
        }
        Data::Number(number) => match wanted.strip_prefix("0X") {
            Some(digits) => u64::from_str_radix(digits, 16).is_ok_and(|wanted| wanted == number),
            None => wanted.parse().is_ok_and(|wanted: u64| wanted == number),
        },
        Data::Bytes(_) => {
            let digits: String = wanted.chars().filter(char::is_ascii_hexdigit).collect();
            fold(&data.to_text()) == digits
        }
    }
}
