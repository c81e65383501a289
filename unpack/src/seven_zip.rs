//! 7z archives, through the crate `sevenz-rust2` under limits of its memory.

use std::io::Read;

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use crate::ReadSeek;
use crate::member::MemberName;
use crate::reading::windows_time;
use crate::sink::{Facts, Problem, Sink};

/// What every archive begins with.
pub(crate) const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// The least and the most that the list of members may take, unpacked. Each of its bytes can make the crate allocate
/// 140, so a small archive gets little: 2 MiB name some 20 000 members.
const LIST_KIB: (u64, u64) = (2 * 1024, 8 * 1024);

/// Opens an archive.
pub(crate) fn open(
    mut source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let password = Password::empty();
    let list_kib = (size_bytes / 8 / 1024).clamp(LIST_KIB.0, LIST_KIB.1);
    let list_kib = usize::try_from(list_kib).unwrap_or(usize::MAX);
    let archive = Archive::read_with_memory_limit(&mut source, &password, list_kib);
    let archive = archive.map_err(|error| problem(&error))?;
    for (index, entry) in archive.files.iter().enumerate() {
        let in_block = archive.stream_map.file_block_index.get(index);
        if !entry.has_stream && in_block.is_none_or(Option::is_none) {
            without_content(entry, sink)?;
        }
    }
    let limit_kib = usize::try_from(sink.meter().budget().decoder_bytes_max / 1024);
    let limit_kib = limit_kib.unwrap_or(usize::MAX);
    for index in 0..archive.blocks.len() {
        sink.go_on()?;
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            limit_kib,
            index,
            &archive,
            &password,
            &mut source,
        );
        block(decoder, sink)?;
    }
    Ok(())
}

/// Opens the members that are compressed together.
fn block(decoder: BlockDecoder<'_, &mut dyn ReadSeek>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let entries = decoder.entries().to_vec();
    let (mut done, mut failed) = (0_usize, None);
    let result = decoder.for_each_entries(&mut |entry, content| {
        done += 1;
        let taken = one(entry, content, sink);
        Ok(taken.map_err(|problem| failed = Some(problem)).is_ok())
    });
    if let Some(problem) = failed {
        return Err(problem);
    }
    // What fails between two members, or before the first, is told of those that were not reached.
    if let Err(error) = result {
        sink.go_on()?;
        let problem = problem(&error);
        let unreached = entries.get(done..).unwrap_or_default();
        if unreached.is_empty() {
            return sink.list(problem.why(), problem.to_string());
        }
        for entry in unreached {
            sink.not_opened(name_of(entry), problem.why(), problem.to_string())?;
        }
    }
    Ok(())
}

fn one(entry: &ArchiveEntry, content: &mut dyn Read, sink: &mut Sink<'_>) -> Result<(), Problem> {
    if !entry.has_stream {
        return without_content(entry, sink);
    }
    sink.member(name_of(entry), facts_of(entry), content)?;
    // A damaged rest is told of the members after it.
    match sink.pass_over(content) {
        Err(Problem::Over) => Err(Problem::Over),
        _ => Ok(()),
    }
}

fn without_content(entry: &ArchiveEntry, sink: &mut Sink<'_>) -> Result<(), Problem> {
    if entry.is_directory || entry.is_anti_item {
        return sink.empty_entry();
    }
    sink.member_bytes(name_of(entry), facts_of(entry), &[])
}

fn name_of(entry: &ArchiveEntry) -> MemberName {
    MemberName::from(entry.name.as_str())
}

fn facts_of(entry: &ArchiveEntry) -> Facts {
    let modified = u64::from(entry.last_modified_date);
    Facts {
        modified: windows_time(modified).filter(|_| entry.has_last_modified_date),
        declared_size: Some(entry.size),
    }
}

fn problem(error: &Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => Problem::Encrypted,
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => Problem::Encrypted,
        Error::ExternalUnsupported
        | Error::MaxMemLimited { .. }
        | Error::Unsupported(_)
        | Error::UnsupportedCompressionMethod(_)
        | Error::UnsupportedVersion { .. } => Problem::Unsupported(text),
        _ => Problem::Damaged(text),
    }
}
