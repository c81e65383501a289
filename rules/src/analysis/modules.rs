//! What the engine's modules say of a content that is not theirs: nothing. Their fields and functions are undefined there, so
//! that a condition which needs one needs a content that begins as theirs do.
//!
//! Taken from what the modules' parsers demand before all else: `pe` and `dotnet` the two bytes `MZ`, `elf` and `lnk` four
//! bytes. Lists of fields that stay empty rather than undefined, and flags such as `is_pe`, are not followed.

use super::formula::{Formula, Number, Order, Reading};

/// Fields and functions of `pe` that are undefined where the content is no such program.
const PE: [&str; 31] = [
    "characteristics",
    "checksum",
    "dll_name",
    "entry_point",
    "entry_point_raw",
    "exports",
    "exports_index",
    "image_base",
    "imphash",
    "import_rva",
    "imports",
    "is_32bit",
    "is_64bit",
    "is_dll",
    "language",
    "locale",
    "machine",
    "number_of_exports",
    "number_of_imports",
    "number_of_resources",
    "number_of_sections",
    "number_of_signatures",
    "overlay",
    "pdb_path",
    "rich_signature",
    "section_index",
    "sections",
    "signatures",
    "subsystem",
    "timestamp",
    "version_info",
];
/// The same of `elf`.
const ELF: [&str; 8] = [
    "entry_point",
    "import_md5",
    "machine",
    "number_of_sections",
    "number_of_segments",
    "sections",
    "telfhash",
    "type",
];
/// The same of `dotnet`.
const DOTNET: [&str; 9] = [
    "assembly",
    "guids",
    "module_name",
    "number_of_guids",
    "number_of_resources",
    "number_of_streams",
    "typelib",
    "user_strings",
    "version",
];
/// The same of `lnk`.
const LNK: [&str; 7] = [
    "cmd_line_args",
    "creation_time",
    "icon_location",
    "local_base_path",
    "name",
    "relative_path",
    "working_dir",
];

/// Returns what a content must be for the field or function to be defined.
pub(super) fn needed_by(module: &str, name: &str) -> Formula {
    match module {
        "pe" if PE.contains(&name) => begins_with(2, 0x5a4d),
        "dotnet" if DOTNET.contains(&name) => begins_with(2, 0x5a4d),
        "elf" if ELF.contains(&name) => begins_with(4, 0x464c_457f),
        "lnk" if LNK.contains(&name) => begins_with(4, 0x4c),
        _ => Formula::May,
    }
}

fn begins_with(width: u8, value: i64) -> Formula {
    let reading = Reading {
        width,
        big_endian: false,
        signed: false,
    };
    Formula::Compare(
        Order::Equal,
        Number::Read(reading, Box::new(Number::Constant(0))),
        Number::Constant(value),
    )
}
