//! Compound files as another implementation writes them, and as chance and attackers change them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use proptest::prelude::*;

use super::{Compound, ENTRY_COUNT_MAX, EntryKind};

/// Writes streams at their paths with the crate `cfb`, which shares no code with the reader.
fn written(version: cfb::Version, streams: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut file =
        cfb::CompoundFile::create_with_version(version, Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        if let Some((storage, _)) = path.rsplit_once('/') {
            file.create_storage_all(format!("/{storage}")).unwrap();
        }
        let mut stream = file.create_stream(format!("/{path}")).unwrap();
        stream.write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// Reads every stream with its path.
fn read(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let compound = Compound::open(bytes).unwrap();
    let streams = compound.streams();
    streams
        .map(|(index, _)| {
            let mut content = Vec::new();
            compound.stream(index).read_to_end(&mut content).unwrap();
            assert_eq!(content, compound.read(index, usize::MAX));
            (compound.path(index).join("/"), content)
        })
        .collect()
}

fn sample() -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([
        ("WordDocument".to_owned(), vec![7; 5000]),
        ("Macros/VBA/dir".to_owned(), vec![1, 2, 3]),
        (
            "Macros/VBA/Module1".to_owned(),
            (0..=255).cycle().take(4095).collect(),
        ),
        (
            "Macros/VBA/Module2".to_owned(),
            (0..=255).cycle().take(70_000).collect(),
        ),
        ("\u{1}Ole10Native".to_owned(), Vec::new()),
    ])
}

#[test]
fn finds_entries_without_regard_to_case_and_only_in_their_storage() {
    let bytes = written(cfb::Version::V3, &sample());
    let compound = Compound::open(&bytes).unwrap();
    let macros = compound.find(compound.root(), "MACROS").unwrap();
    let vba = compound.find(macros, "vba").unwrap();
    assert!(compound.find(vba, "module1").is_some());
    assert_eq!(compound.find(compound.root(), "Module1"), None);
    assert_eq!(compound.children(vba).count(), 3);
    assert_eq!(
        compound
            .read(compound.find(vba, "Module2").unwrap(), 10)
            .len(),
        10
    );
}

#[test]
fn a_damaged_entry_costs_no_other() {
    let mut bytes = written(cfb::Version::V3, &sample());
    let name: Vec<u8> = "Module1\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let entry = memchr::memmem::find(&bytes, &name).unwrap();
    // A name that is no text, a colour and siblings that do not exist, a chain that begins nowhere.
    bytes[entry..entry + 4].copy_from_slice(b"\x00\xd8\x00\xd8");
    bytes[entry + 67] = 99;
    bytes[entry + 68..entry + 80].fill(0x77);
    bytes[entry + 116..entry + 120].fill(0x66);
    assert!(
        cfb::CompoundFile::open(Cursor::new(&bytes)).is_err(),
        "other readers refuse all of it"
    );
    let compound = Compound::open(&bytes).unwrap();
    let whole = compound
        .streams()
        .filter(|(index, entry)| compound.read(*index, usize::MAX).len() as u64 == entry.size)
        .count();
    assert_eq!(whole, sample().len() - 1);
}

#[test]
fn a_chain_that_bites_its_tail_ends() {
    let mut bytes = written(
        cfb::Version::V3,
        &BTreeMap::from([("a".to_owned(), vec![0; 5120])]),
    );
    // Every sector is followed by itself, and the stream claims more than there is.
    let fat = 512 * (1 + u32::from_le_bytes(bytes[76..80].try_into().unwrap()) as usize);
    let directory = u32::from_le_bytes(bytes[48..52].try_into().unwrap());
    for id in 0..128_u32 {
        let at = fat + id as usize * 4;
        bytes[at..at + 4].copy_from_slice(&id.to_le_bytes());
    }
    let entry = 512 * (1 + directory as usize) + 128;
    bytes[entry + 120..entry + 124].fill(0xff);
    let compound = Compound::open(&bytes).unwrap();
    assert!(compound.entries().len() <= bytes.len() / 128 + 4);
    for (index, _) in compound.streams() {
        assert!(compound.read(index, usize::MAX).len() <= bytes.len() + 512);
        assert!(compound.stream(index).read_to_end(&mut Vec::new()).is_err());
    }
}

#[test]
fn a_table_list_that_names_one_sector_again_and_again_costs_no_memory() {
    let mut bytes = written(cfb::Version::V3, &sample());
    let first: [u8; 4] = bytes[76..80].try_into().unwrap();
    for place in bytes[76..512].as_chunks_mut::<4>().0 {
        *place = first;
    }
    let compound = Compound::open(&bytes).unwrap();
    assert!(compound.fat.len() <= bytes.len() / 512 + 1);
    assert!(compound.entries().len() < ENTRY_COUNT_MAX);
}

#[test]
fn refuses_what_has_no_directory() {
    assert!(Compound::open(b"").is_err());
    assert!(Compound::open(super::SIGNATURE).is_err());
    let mut bytes = written(cfb::Version::V3, &sample());
    bytes[48..52].fill(0xff);
    assert!(Compound::open(&bytes).is_err());
    bytes[30] = 63;
    assert!(Compound::open(&bytes).is_err());
}

fn any_streams() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let path = "[a-d]{1,2}(s/[A-D]{1,3})?(t/[e-h\u{1ea3}]{1,2})?x";
    let size = prop_oneof![0_usize..200, 4000_usize..4200, 9000_usize..40_000];
    let content = (any::<u8>(), size).prop_map(|(first, size)| {
        let mut byte = first;
        let mut next = || {
            byte = byte.wrapping_mul(37).wrapping_add(11);
            byte
        };
        (0..size).map(|_| next()).collect()
    });
    prop::collection::btree_map(path, content, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_what_another_implementation_wrote(streams in any_streams(), is_4 in any::<bool>()) {
        // Names differ in more than case.
        let mut seen = std::collections::HashSet::new();
        let streams: BTreeMap<_, _> = streams
            .into_iter()
            .filter(|(path, _)| seen.insert(path.to_lowercase()))
            .collect();
        let version = if is_4 { cfb::Version::V4 } else { cfb::Version::V3 };
        prop_assert_eq!(read(&written(version, &streams)), streams);
    }

    #[test]
    fn ends_within_the_files_size_whatever_is_changed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        is_front in any::<bool>(),
    ) {
        let mut bytes = written(cfb::Version::V3, &sample());
        for (place, value) in changes {
            let length = if is_front { 2048 } else { bytes.len() };
            let place = place.index(length);
            bytes[place] = value;
        }
        let Ok(compound) = Compound::open(&bytes) else { return Ok(()) };
        for (index, entry) in compound.entries().iter().enumerate() {
            let content = compound.read(index, usize::MAX);
            prop_assert!(content.len() <= bytes.len() + 512);
            prop_assert!(entry.kind != EntryKind::Stream || content.len() as u64 <= entry.size);
            prop_assert!(compound.path(index).len() <= 32);
        }
    }
}
