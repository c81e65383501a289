//! Looks at a picture as hostile bytes and says what it looks like in a few hundred bytes: how large, how dark, in which colours,
//! and hashes that stay near each other when a picture is resized or stored anew. Draws nothing, keeps no pixel, opens no file.
//!
//! [`look_at`] makes a [`Picture`]; [`Picture::distance`] tells two of them apart.

mod limits;

mod decoding;

mod sampling;

mod hashing;

mod picture;

mod tiles;

pub use self::decoding::PictureError;
pub use self::hashing::{HASH_BITS, Hash};
pub use self::limits::Limits;
pub use self::picture::{Difference, Likeness, Picture, PictureKind, look_at};
pub use self::tiles::{Tiles, look_at_tiles};
