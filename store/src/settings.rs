//! Single values by name: the position in the parent's feed, the administrator's password hash.

use crate::store::{Change, StoreError, View};

impl View<'_> {
    /// Returns the value of a setting.
    pub fn find_setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.find(
            "SELECT value FROM settings WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
    }
}

impl Change<'_> {
    /// Sets a value.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }
}
