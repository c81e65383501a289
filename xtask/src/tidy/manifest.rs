//! Reads as much of a Cargo.toml as tidy needs: sections, and one line for each entry.

/// A manifest's entries, in order.
pub struct Manifest {
    /// Every `key = value`.
    pub entries: Vec<Entry>,
}

/// One `key = value`, with the section it stands in.
pub struct Entry {
    /// `dependencies`, `workspace.dependencies`, `dependencies.foo`; empty before the first section.
    pub section: String,
    /// As written: `anyhow.workspace`.
    pub key: String,
    /// As written, on one line.
    pub value: String,
    /// Counted from 1.
    pub line: usize,
}

impl Manifest {
    /// Reads a manifest.
    pub fn parse(text: &str) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut section = String::new();
        let mut open_brackets = 0_isize;
        for (line, text) in (1..).zip(text.lines()) {
            let text = without_comment(text).trim();
            if open_brackets > 0 {
                open_brackets += bracket_balance(text);
                if let Some(entry) = entries.last_mut() {
                    entry.value.push(' ');
                    entry.value.push_str(text);
                }
            } else if text.starts_with('[') {
                text.trim_matches(['[', ']']).clone_into(&mut section);
            } else if let Some((key, value)) = text.split_once('=') {
                open_brackets = bracket_balance(value);
                entries.push(Entry {
                    section: section.clone(),
                    key: key.trim().to_owned(),
                    value: value.trim().to_owned(),
                    line,
                });
            }
        }
        Self { entries }
    }

    /// Returns the entries of one section.
    pub fn section(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.section == name)
    }

    /// Tells whether the section has this entry.
    pub fn states(&self, section: &str, key: &str, value: &str) -> bool {
        self.section(section)
            .any(|entry| entry.key == key && entry.value == value)
    }

    /// Returns the entries of every kind of dependency section, the workspace's own list apart.
    pub fn dependencies(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| {
            entry.section != "workspace.dependencies"
                && entry
                    .section
                    .split('.')
                    .any(|part| part.ends_with("dependencies"))
        })
    }
}

impl Entry {
    /// Returns the name of the package that a dependency's entry is about.
    pub fn package(&self) -> &str {
        let parts = self.section.rsplit_once("dependencies.");
        let key = parts.map_or(self.key.as_str(), |(_, name)| name);
        key.split('.').next().unwrap_or(key).trim_matches('"')
    }

    /// Tells whether the section is one for tests only.
    pub fn is_for_tests(&self) -> bool {
        self.section.contains("dev-dependencies")
    }
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

fn bracket_balance(text: &str) -> isize {
    text.chars().fold(0, |sum, c| match c {
        '[' | '{' => sum + 1,
        ']' | '}' => sum - 1,
        _ => sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_entries_over_several_lines_and_past_comments() {
        let manifest = Manifest::parse(
            "[package]\nname = \"a#b\" # comment\n\n[dependencies]\nx = { version = \"1\", features = [\n  \"y\",\n] }\nz.workspace = true\n",
        );
        assert!(manifest.states("package", "name", "\"a#b\""));
        let found: Vec<(&str, usize)> = manifest
            .dependencies()
            .map(|entry| (entry.package(), entry.line))
            .collect();
        assert_eq!(found, [("x", 5), ("z", 8)]);
    }

    #[test]
    fn finds_dependencies_in_every_kind_of_section() {
        let manifest = Manifest::parse(
            "[workspace.dependencies]\na = \"1\"\n[target.'cfg(unix)'.dependencies]\nb.workspace = true\n[dev-dependencies.c]\nversion = \"1\"\n",
        );
        let found: Vec<(&str, bool)> = manifest
            .dependencies()
            .map(|entry| (entry.package(), entry.is_for_tests()))
            .collect();
        assert_eq!(found, [("b", false), ("c", true)]);
    }
}
