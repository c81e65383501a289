//! JSON without the parts that two programs read differently: no duplicate keys, no numbers that are not integers of
//! 64 bits, a depth and a length that are bounded. What is accepted here is then read into a type that knows its fields.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

/// How deep objects and arrays may be nested: a tenth of what the stack of a small thread holds.
pub const DEPTH_MAX: u32 = 64;

/// Why bytes are not the JSON that is accepted.
#[derive(Debug, Error)]
pub enum StrictJsonError {
    /// It begins with a byte order mark.
    #[error("read it: it begins with a byte order mark")]
    ByteOrderMark,
    /// An object states one key twice: two programs would read two different values.
    #[error("read it: the key '{0}' is stated twice")]
    DuplicateKey(String),
    /// A number has a fraction or an exponent, is `-0`, or does not fit into 64 bits.
    #[error("read it: a number is not an integer of 64 bits")]
    NotAnInteger,
    /// The fields are not those of the format: one is missing, unknown or of another type.
    #[error("read it: its fields are not those of the format")]
    Shape(#[source] serde_json::Error),
    /// It is not JSON in UTF-8, or something follows it.
    #[error("read it: it is not JSON")]
    Syntax(#[source] serde_json::Error),
    /// Objects and arrays are nested deeper than [`DEPTH_MAX`].
    #[error("read it: it is nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// It is longer than the caller accepts.
    #[error("read it: it has {found} bytes, more than {max}")]
    TooLong {
        /// How many bytes it has.
        found: usize,
        /// How many are accepted.
        max: usize,
    },
}

/// Reads a `T` from at most `max_bytes` bytes of strict JSON. `T` must deny unknown fields itself.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], max_bytes: usize) -> Result<T, StrictJsonError> {
    check(bytes, max_bytes)?;
    serde_json::from_slice(bytes).map_err(StrictJsonError::Shape)
}

/// Checks that `bytes` are strict JSON, whatever they say.
pub fn check(bytes: &[u8], max_bytes: usize) -> Result<(), StrictJsonError> {
    if bytes.len() > max_bytes {
        return Err(StrictJsonError::TooLong {
            found: bytes.len(),
            max: max_bytes,
        });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(StrictJsonError::ByteOrderMark);
    }
    let refusal = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Strict {
        refusal: &refusal,
        depth_left: DEPTH_MAX,
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end())
    .map_err(|error| refusal.take().unwrap_or(StrictJsonError::Syntax(error)))
}

/// Walks one value and keeps nothing of it. A refusal that is not of the grammar is left in `refusal`, because a
/// deserialiser's own error type cannot carry it.
#[derive(Clone, Copy)]
struct Strict<'a> {
    refusal: &'a Cell<Option<StrictJsonError>>,
    depth_left: u32,
}

impl Strict<'_> {
    fn refuse<T, E: serde::de::Error>(self, why: StrictJsonError) -> Result<T, E> {
        let error = E::custom(&why);
        self.refusal.set(Some(why));
        Err(error)
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => self.refuse(StrictJsonError::TooDeep),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.refuse(StrictJsonError::NotAnInteger)
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(inner)?;
            if let Some(twice) = seen.replace(key) {
                return self.refuse(StrictJsonError::DuplicateKey(twice));
            }
        }
        Ok(())
    }
}
