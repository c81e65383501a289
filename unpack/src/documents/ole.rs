//! Opens OLE documents: embedded objects, packages, macro source, and any stream that is a file of its own.

use std::collections::HashMap;
use std::io::Read;

use crate::kind::Kind;
use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use super::compound::{Compound, Entry, EntryKind};
use super::naming::Naming;
use super::{ole1, powerpoint, vba};

/// Bytes of a stream that tell whether it is a file of its own.
const SNIFFED_BYTES: usize = 64;
/// Bytes of a decompressed `dir` stream, at most: a module takes it about 150.
const DIR_BYTES_MAX: u64 = 4 << 20;

/// Opens what is neither an Outlook message nor an installer.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let compound = Compound::open(bytes).map_err(Problem::damaged)?;
    if crate::mail::outlook::is_message(&compound) {
        return sink.open_as(Kind::Msg, bytes);
    }
    let mut naming = Naming::default();
    give_streams(&compound, &mut naming, sink)?;
    give_macros(&compound, sink)?;
    if is_encrypted(&compound) {
        return Err(Problem::Encrypted);
    }
    Ok(())
}

/// Gives each stream that is, or carries, a file.
fn give_streams(
    compound: &Compound<'_>,
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    for (index, entry) in compound.streams() {
        sink.go_on()?;
        let name = entry.name.to_ascii_lowercase();
        match name.as_str() {
            "\u{1}ole10native" => give_native(compound, index, naming, sink)?,
            "powerpoint document" => {
                let stream = read_charged(compound, index, sink)?;
                powerpoint::give_objects(&stream, naming, sink)?;
            }
            "encryptedpackage" => {
                sink.not_opened("EncryptedPackage".into(), WhyNot::Encrypted, "")?;
            }
            _ if is_file(compound, index, &name) => {
                let stated = naming.name(entry.name.as_bytes(), "stream", "");
                let facts = Facts {
                    declared_size: Some(entry.size),
                    ..Facts::default()
                };
                sink.member(stated, facts, &mut compound.stream(index))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Tells whether a stream is a file of its own: by what programs name such streams, and by how it begins.
fn is_file(compound: &Compound<'_>, index: usize, name: &str) -> bool {
    if matches!(name, "package" | "embeddedodf" | "equation native") {
        return true;
    }
    let head = compound.read(index, SNIFFED_BYTES);
    let marks: [&[u8]; 12] = [
        b"MZ",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"MSCF",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf\x27\x1c",
        b"%PDF-",
        b"\x7fELF",
        b"{\\rt",
        b"\x1f\x8b\x08",
        b"L\0\0\0\x01\x14\x02\0",
        b"CWS",
    ];
    marks.iter().any(|mark| head.starts_with(mark))
}

/// Gives the file in an `Ole10Native` stream.
fn give_native(
    compound: &Compound<'_>,
    index: usize,
    naming: &mut Naming,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let stream = read_charged(compound, index, sink)?;
    let native = ole1::parse_native_stream(&stream);
    let name = naming.name(&native.name, "object", "bin");
    sink.member_bytes(name.clone(), Facts::default(), native.content)?;
    if !native.is_whole {
        sink.not_opened(
            name,
            WhyNot::Damaged,
            "the package is shorter than it states",
        )?;
    }
    Ok(())
}

/// Gives the source of every macro module, those that the project does not mention included.
fn give_macros(compound: &Compound<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let is_project =
        |entry: &Entry| entry.kind == EntryKind::Storage && entry.name.eq_ignore_ascii_case("vba");
    let entries = compound.entries().iter().enumerate();
    for (storage, _) in entries.filter(|(_, entry)| is_project(entry)) {
        let modules = match compound.find(storage, "dir") {
            Some(dir) => parse_dir(&read_charged(compound, dir, sink)?, sink)?,
            None => HashMap::new(),
        };
        for (index, entry) in compound.children(storage) {
            sink.go_on()?;
            if entry.kind != EntryKind::Stream || entry.name.eq_ignore_ascii_case("dir") {
                continue;
            }
            let stream = read_charged(compound, index, sink)?;
            let module = modules.get(&entry.name.to_lowercase());
            let stated = module
                .map(|module| module.offset)
                .filter(|at| stream.get(*at) == Some(&1));
            let Some(start) = stated.or_else(|| vba::find_source(&stream)) else {
                continue;
            };
            let name = module.map_or(&entry.name, |module| &module.name);
            let name = format!("VBA/{name}.bas");
            let source = stream.get(start..).unwrap_or_default();
            sink.member(
                name.as_str().into(),
                Facts::default(),
                &mut vba::Decompressed::new(source),
            )?;
        }
    }
    Ok(())
}

/// Decompresses a project's `dir` stream as far as it goes, and reads the modules in it, by their streams' names.
fn parse_dir(stream: &[u8], sink: &mut Sink<'_>) -> Result<HashMap<String, vba::Module>, Problem> {
    let mut dir = Vec::new();
    // What is damaged later on does not hide the modules before it.
    let _ = vba::Decompressed::new(stream)
        .take(DIR_BYTES_MAX)
        .read_to_end(&mut dir);
    sink.charge(dir.len() as u64)?;
    let modules = vba::parse_modules(&dir).into_iter();
    Ok(modules
        .map(|module| (module.stream.to_lowercase(), module))
        .collect())
}

/// Reads a stream into memory, within what a member may have.
fn read_charged(
    compound: &Compound<'_>,
    index: usize,
    sink: &mut Sink<'_>,
) -> Result<Vec<u8>, Problem> {
    let limit = usize::try_from(sink.member_bytes_left()).unwrap_or(usize::MAX);
    let stream = compound.read(index, limit);
    sink.charge(stream.len() as u64)?;
    Ok(stream)
}

/// Tells whether an Office program asks for a password to open it: [MS-DOC] 2.5.2, [MS-XLS] 2.4.117, [MS-PPT] 2.3.2.
fn is_encrypted(compound: &Compound<'_>) -> bool {
    let head = |name: &str, limit| {
        let index = compound.find(compound.root(), name)?;
        Some(compound.read(index, limit))
    };
    let word = head("WordDocument", 12).is_some_and(|fib| {
        fib.starts_with(b"\xec\xa5") && fib.get(11).is_some_and(|flags| flags & 1 != 0)
    });
    let excel = ["Workbook", "Book"]
        .iter()
        .any(|name| head(name, 4096).is_some_and(|stream| has_file_pass(&stream)));
    let powerpoint =
        head("Current User", 16).is_some_and(|atom| atom.ends_with(b"\xdf\xc4\xd1\xf3"));
    word || excel || powerpoint
}

/// Looks for the record that starts the encryption among the first ones of a workbook.
fn has_file_pass(stream: &[u8]) -> bool {
    const FILE_PASS: u16 = 0x002f;
    let mut rest = stream;
    while let Some(([id_low, id_high, low, high], later)) = rest.split_first_chunk() {
        if u16::from_le_bytes([*id_low, *id_high]) == FILE_PASS {
            return true;
        }
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        rest = later.get(length..).unwrap_or_default();
    }
    false
}
