//! The files that were dropped into a `OneNote` section.
//!
//! The format is [MS-ONESTORE] 2.6.13: a `FileDataStoreObject` is a GUID, a length, twelve bytes, and the file. The
//! file's name stands elsewhere, in a tree of property sets that is not read.

use memchr::memmem;

use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use super::naming::Naming;

/// What a section begins with.
pub(super) const SIGNATURE: &[u8] =
    b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3";
/// What a file's object begins with: {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}.
const FILE_DATA: &[u8] = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";
const UNUSED_BYTES: usize = 12;

/// Gives each file to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut naming = Naming::default();
    let mut searched = 0;
    while let Some(at) = bytes
        .get(searched..)
        .and_then(|rest| memmem::find(rest, FILE_DATA))
    {
        sink.go_on()?;
        searched += at + FILE_DATA.len();
        let Some((length, rest)) = bytes
            .get(searched..)
            .and_then(<[u8]>::split_first_chunk)
            .and_then(|(length, rest)| {
                Some((u64::from_le_bytes(*length), rest.get(UNUSED_BYTES..)?))
            })
        else {
            break;
        };
        let whole = usize::try_from(length).ok().and_then(|n| rest.get(..n));
        let name = naming.next("file", "");
        sink.member_bytes(name.clone(), Facts::default(), whole.unwrap_or(rest))?;
        match whole {
            Some(content) => searched += content.len(),
            // A length that lies must not hide the next file.
            None => sink.not_opened(name, WhyNot::Damaged, "the file is cut off")?,
        }
    }
    Ok(())
}
