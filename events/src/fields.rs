//! The names of the fields that rules ask for, as numbers.
//!
//! A field of `System` has its element's name, or element and attribute joined by an underscore (`Provider_Name`); a field of
//! `EventData` has the name that its `Name` attribute states, `Data` without one; in `UserData` elements name themselves. That
//! is how the Sigma specification names them, which also strips the spaces of names (`Threat Name` is `ThreatName`). Upper and
//! lower case of ASCII letters are the same in names.

use std::collections::HashMap;

/// A field that some rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FieldId(u32);

impl FieldId {
    /// The kind of event.
    pub(crate) const EVENT_ID: Self = Self(0);
    /// The log's own name.
    pub(crate) const CHANNEL: Self = Self(1);
    /// The computer that wrote the record.
    pub(crate) const COMPUTER: Self = Self(2);
    /// When the event happened.
    pub(crate) const TIME_CREATED: Self = Self(3);
    /// The number of the record, which stays when records are copied to another log.
    pub(crate) const RECORD_ID: Self = Self(4);

    /// Tells whether only the record's own header states the field. What `EventData` calls by these names is another thing,
    /// and rules are chosen by them.
    pub(crate) fn is_of_header_only(self) -> bool {
        matches!(self, Self::EVENT_ID | Self::CHANNEL)
    }
}

/// Every name that some rule asks for.
#[derive(Debug)]
pub(crate) struct FieldNames {
    ids: HashMap<String, FieldId>,
    names: Vec<String>,
}

impl FieldNames {
    /// Returns the names that every record needs.
    pub(crate) fn new() -> Self {
        let mut names = Self {
            ids: HashMap::new(),
            names: Vec::new(),
        };
        for (name, id) in [
            ("EventID", FieldId::EVENT_ID),
            ("Channel", FieldId::CHANNEL),
            ("Computer", FieldId::COMPUTER),
            ("TimeCreated_SystemTime", FieldId::TIME_CREATED),
            ("EventRecordID", FieldId::RECORD_ID),
        ] {
            assert_eq!(
                names.add(name),
                id,
                "the constants follow the order of the names"
            );
        }
        names
    }

    /// Returns the number of a name, a new one where it has none.
    pub(crate) fn add(&mut self, name: &str) -> FieldId {
        let key = key(name);
        let next = FieldId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.names.push(name.to_owned());
        }
        id
    }

    /// Returns the number of a name, where some rule asks for it.
    pub(crate) fn find(&self, name: &str) -> Option<FieldId> {
        self.ids.get(&key(name)).copied()
    }

    /// Returns the name as the first rule wrote it.
    pub(crate) fn name(&self, id: FieldId) -> &str {
        usize::try_from(id.0)
            .ok()
            .and_then(|index| self.names.get(index))
            .map_or("", String::as_str)
    }
}

fn key(name: &str) -> String {
    name.chars()
        .filter(|&c| c != ' ')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
