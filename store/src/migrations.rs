//! The schema's history: files that are only ever added, each applied once.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;

/// In order; the position, from 1, is the schema's number.
const MIGRATIONS: [&str; 5] = [
    include_str!("../migrations/sqlite/0001_first_light.sql"),
    include_str!("../migrations/sqlite/0002_bounds.sql"),
    include_str!("../migrations/sqlite/0003_first_answers.sql"),
    include_str!("../migrations/sqlite/0004_self_tests.sql"),
    include_str!("../migrations/sqlite/0005_watch_reports.sql"),
];

/// Applies what is missing, in one transaction: two processes that open a new folder at once do not meet halfway.
pub(crate) fn apply(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
