//! RPM packages: the lead, two headers that are passed over, and the payload, which is a compressed cpio archive.
//!
//! The format is the one of the RPM project's "Package format" description.

use crate::compressed;
use crate::kind::Kind;
use crate::member::MemberName;
use crate::meter::Forward;
use crate::reading::{be_u32, read_full};
use crate::recognising::recognise;
use crate::sink::{Facts, Problem, Sink};

/// What every package begins with.
pub(crate) const MAGIC: &[u8] = b"\xed\xab\xee\xdb";
const LEAD_BYTES: u64 = 96;
/// Entries and data that RPM itself accepts in one header.
const ENTRY_COUNT_MAX: u64 = 1 << 20;
const DATA_BYTES_MAX: u64 = 256 << 20;

/// Opens a package. Its one member is the payload, whose members are the files.
pub(crate) fn open(source: &mut dyn Forward, sink: &mut Sink<'_>) -> Result<(), Problem> {
    source.skip(LEAD_BYTES)?;
    let signatures = skip_header(source)?;
    source.skip((8 - signatures % 8) % 8)?;
    skip_header(source)?;
    let mut front = [0_u8; 16];
    let count = read_full(source, &mut front)?;
    let front = front.get(..count).unwrap_or_default();
    let kind = recognise(b"payload.lzma", front);
    let mut payload = std::io::Read::chain(front, source);
    match kind {
        Some(kind) if kind.is_compressed_stream() => {
            let payload =
                std::io::BufReader::with_capacity(compressed::SOURCE_BUFFER_BYTES, payload);
            let limit = sink.meter().budget().decoder_bytes_max;
            let name = MemberName::from("payload.cpio");
            sink.member(
                name,
                Facts::default(),
                &mut compressed::decoder(kind, payload, limit),
            )
        }
        Some(Kind::Cpio) => sink.member("payload.cpio".into(), Facts::default(), &mut payload),
        _ => Err(Problem::unsupported("its payload is in no known form")),
    }
}

/// Passes over a header and returns how many bytes it had.
fn skip_header(source: &mut dyn Forward) -> Result<u64, Problem> {
    let mut intro = [0_u8; 16];
    std::io::Read::read_exact(source, &mut intro)?;
    let entry_count = u64::from(be_u32(&intro, 8).unwrap_or_default());
    let data_bytes = u64::from(be_u32(&intro, 12).unwrap_or_default());
    let fits = entry_count <= ENTRY_COUNT_MAX && data_bytes <= DATA_BYTES_MAX;
    if !intro.starts_with(b"\x8e\xad\xe8") || !fits {
        return Err(Problem::damaged("there is no header where one must be"));
    }
    let rest = entry_count * 16 + data_bytes;
    source.skip(rest)?;
    Ok(rest + 16)
}
