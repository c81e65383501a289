//! How values stand in columns. What does not read back is an error, never a default.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use domain::{AlertId, DocumentId, HostId};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

#[derive(Debug)]
struct NotValid(String);

impl fmt::Display for NotValid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stored value is not valid: {}", self.0)
    }
}

impl Error for NotValid {}

fn not_valid(kind: Type, why: impl fmt::Display) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(NotValid(why.to_string())))
}

pub(crate) fn seconds(at: Timestamp) -> i64 {
    at.as_second()
}

pub(crate) fn maybe_seconds(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_second)
}

pub(crate) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Timestamp::from_second(row.get(column)?).map_err(|error| not_valid(Type::Integer, error))
}

pub(crate) fn maybe_instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?
        .map(|seconds| {
            Timestamp::from_second(seconds).map_err(|error| not_valid(Type::Integer, error))
        })
        .transpose()
}

pub(crate) fn parsed<T: FromStr<Err: fmt::Display>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| not_valid(Type::Text, error))
}

pub(crate) fn maybe_parsed<T: FromStr<Err: fmt::Display>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| text.parse().map_err(|error| not_valid(Type::Text, error)))
        .transpose()
}

pub(crate) fn document_id(row: &Row<'_>, column: &str) -> rusqlite::Result<DocumentId> {
    Ok(DocumentId::from_bytes(row.get(column)?))
}

pub(crate) fn maybe_document_id(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<DocumentId>> {
    Ok(row
        .get::<_, Option<[u8; 32]>>(column)?
        .map(DocumentId::from_bytes))
}

pub(crate) fn alert_id(row: &Row<'_>, column: &str) -> rusqlite::Result<AlertId> {
    Ok(AlertId::from_bytes(row.get(column)?))
}

pub(crate) fn host_id(row: &Row<'_>, column: &str) -> rusqlite::Result<HostId> {
    Ok(HostId::from_bytes(row.get(column)?))
}

pub(crate) fn maybe_host_id(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<HostId>> {
    Ok(row
        .get::<_, Option<[u8; 16]>>(column)?
        .map(HostId::from_bytes))
}

/// Counts above what the database can hold are cut: no honest count is near it.
pub(crate) fn stored_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).map_err(|error| not_valid(Type::Integer, error))
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| not_valid(Type::Text, error))
}

/// Writes a value of an enumeration as the word that documents use for it.
pub(crate) fn word(value: &impl Serialize) -> Result<String, StoreError> {
    Ok(to_json(value)?.trim_matches('"').to_owned())
}

pub(crate) fn from_word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|error| not_valid(Type::Text, error))
}
