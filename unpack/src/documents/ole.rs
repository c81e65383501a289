//! Opens what is special in OLE documents: packages, `PowerPoint` objects and macro source, and tells encrypted ones.
//! The streams themselves are given by `crate::ole`.

use std::collections::HashMap;
use std::io::Read;

use crate::member::WhyNot;
use crate::sink::{Facts, Problem, Sink};

use super::compound::{Compound, Entry, EntryKind};
use super::naming::Naming;
use super::{ole1, powerpoint, vba};

/// Bytes of a decompressed `dir` stream, at most: a module takes it about 150.
const DIR_BYTES_MAX: u64 = 4 << 20;

/// Gives what no stream holds as it is.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let compound = Compound::open(bytes).map_err(Problem::damaged)?;
    let mut naming = Naming::default();
    give_streams(&compound, &mut naming, sink)?;
    give_macros(&compound, sink)?;
    if is_encrypted(&compound) {
        return Err(Problem::Encrypted);
    }
    Ok(())
}

/// Gives the files that streams carry.
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
            _ => {}
        }
    }
    Ok(())
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
