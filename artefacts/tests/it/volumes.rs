//! An NTFS volume that ntfs-3g made: names, streams, links, what was deleted, and every way in which a content lies on it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::process::Command;

use artefacts::{Damaged, ItemKind, Limits, VolumeItem};
use sha1::{Digest, Sha1};

use crate::samples::{assert_has, lines, volume};

/// What one item was.
#[derive(Debug, PartialEq)]
struct Seen {
    kind: ItemKind,
    deleted: bool,
    other_paths: Vec<String>,
    content: Result<Vec<u8>, String>,
}

fn items(image: &[u8]) -> (BTreeMap<String, Seen>, Result<(), Damaged>) {
    let mut seen = BTreeMap::new();
    let mut each = |item: &mut VolumeItem<'_>| {
        seen.insert(item.path.to_owned(), look(item));
        ControlFlow::Continue(())
    };
    let read = artefacts::read_volume(&mut Cursor::new(image), &Limits::default(), &mut each);
    (seen, read)
}

fn look(item: &mut VolumeItem<'_>) -> Seen {
    let mut bytes = Vec::new();
    let content = match &mut item.content {
        None => Err(item.unreadable.unwrap_or_default().to_owned()),
        Some(content) => content
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())
            .map(|_| bytes),
    };
    if let Ok(bytes) = &content {
        assert_eq!(bytes.len() as u64, item.size_bytes, "{}", item.path);
    }
    Seen {
        kind: item.kind,
        deleted: item.deleted,
        other_paths: item.other_paths.to_vec(),
        content,
    }
}

fn numbers(last: u32) -> Vec<u8> {
    (1..=last)
        .flat_map(|number| format!("{number}\n").into_bytes())
        .collect()
}

#[test]
fn reads_every_content_however_it_lies_on_the_volume() {
    let (items, read) = items(&volume());
    read.unwrap();
    let content = |path: &str| items[path].content.as_deref().unwrap();
    assert_eq!(content("Windows/linked.dll"), &numbers(30_000)[..6000]);
    assert_eq!(content("tiny.txt"), b"root\n");
    assert_eq!(content("thư mục/tệp.txt"), b"xin\n");
    let text: Vec<u8> = numbers(20_000)[..40_000]
        .iter()
        .map(|&byte| match byte {
            b'2' => b'a',
            b'3'..=b'9' => b'b',
            other => other,
        })
        .collect();
    assert_eq!(content("compressed/text.txt"), text);
    assert_eq!(content("compressed/zeros.bin"), vec![0; 200_000]);
    let digest =
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff83";
    assert!(content("compressed/short.txt").starts_with(digest.as_bytes()));
    let mut packed = vec![b'x'; 8192];
    packed.extend(format!("{:.<96}", "the end").bytes());
    assert_eq!(content("compact.exe"), packed);
    assert_eq!(content("Windows/linked.dll:evil"), b"stream\n");
}

#[test]
fn names_links_streams_and_what_was_deleted() {
    let (items, _) = items(&volume());
    assert_eq!(
        items["Windows/linked.dll"].other_paths,
        ["Windows/System32/plain.dll"]
    );
    assert_eq!(
        items["Windows/linked.dll:evil"].kind,
        ItemKind::AlternateStream
    );
    assert_eq!(
        items["Windows/linked.dll:evil"].other_paths,
        ["Windows/System32/plain.dll:evil"]
    );
    let gone = &items["gone/deleted.txt"];
    assert!(gone.deleted);
    assert_eq!(gone.content.as_deref(), Ok(&b"was here\n"[..]));
    assert!(
        !items.contains_key("compact.exe:WofCompressedData"),
        "it is only the packed form"
    );
    assert!(
        items
            .keys()
            .all(|path| !path.starts_with("$Bad") && !path.starts_with("$MFT"))
    );
}

#[test]
fn finds_the_volume_on_a_disk() {
    let image = volume();
    let mut disk = vec![0; 1 << 20];
    disk[446 + 4] = 7;
    disk[446 + 8..][..4].copy_from_slice(&2048_u32.to_le_bytes());
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk.extend_from_slice(&image);
    assert!(artefacts::recognise(b"disk.raw", &disk[..512]).is_some());
    assert_eq!(items(&disk).0, items(&image).0);

    let mut gpt = vec![0; 2 << 20];
    gpt[446 + 4] = 0xee;
    gpt[510..512].copy_from_slice(&[0x55, 0xaa]);
    gpt[512..520].copy_from_slice(b"EFI PART");
    gpt[512 + 72] = 2;
    gpt[512 + 80] = 4;
    gpt[512 + 84] = 128;
    for (index, start) in [(0_usize, 4096_u32), (2, 8192)] {
        gpt[1024 + index * 128] = 1;
        gpt[1024 + index * 128 + 32..][..4].copy_from_slice(&start.to_le_bytes());
    }
    gpt.extend_from_slice(&image);
    gpt.extend_from_slice(&image);
    let (both, read) = items(&gpt);
    read.unwrap();
    assert_eq!(both["volume 2/tiny.txt"], both["volume 1/tiny.txt"]);
}

/// Returns the table of the volume, as a collector copies it.
fn table(image: &[u8]) -> Vec<u8> {
    let cluster = u32::from_le_bytes([image[48], image[49], image[50], image[51]]);
    let start = cluster as usize * 4096;
    let is_record = |at: &usize| &image[*at..at + 4] == b"FILE";
    let records = (start..image.len()).step_by(1024).take_while(is_record);
    let end = start + records.count() * 1024;
    image[start..end].to_vec()
}

#[test]
fn reads_a_table_without_its_volume() {
    let image = volume();
    let table = table(&image);
    let (lines, read) = lines("$MFT", &table);
    read.unwrap();
    assert_has(&lines, r"FilePath \Windows\System32\plain.dll [6000]");
    assert_has(&lines, r"AlternateStream \Windows\linked.dll:evil [7]");
    assert_has(&lines, "Url http://playball.ddns.info/x.exe []");
    let mut seen = BTreeMap::new();
    let mut each = |item: &mut VolumeItem<'_>| {
        seen.insert(item.path.to_owned(), look(item).content);
        ControlFlow::Continue(())
    };
    artefacts::read_master_file_table(&mut Cursor::new(&table), &Limits::default(), &mut each)
        .unwrap();
    assert_eq!(seen["tiny.txt"].as_deref(), Ok(&b"root\n"[..]));
    assert_eq!(
        seen["Windows/linked.dll"],
        Err("not in the table".to_owned())
    );
}

#[test]
fn tells_a_record_whose_sectors_do_not_belong_together() {
    let mut table = table(&volume());
    let at = (0..table.len())
        .step_by(1024)
        .rfind(|&at| table[at + 22] == 1)
        .unwrap();
    table[at + 510] ^= 1;
    let (_, read) = lines("$MFT", &table);
    assert!(
        matches!(read, Err(Damaged::Places { count: 1, .. })),
        "{read:?}"
    );
}

#[test]
fn reads_a_table_whose_checks_a_collector_has_put_back_already() {
    let mut table = table(&volume());
    let before = lines("$MFT", &table).0;
    for record in table.chunks_exact_mut(1024) {
        let originals = usize::from(record[4]) + 2;
        for sector in 0..2 {
            let original = [
                record[originals + sector * 2],
                record[originals + sector * 2 + 1],
            ];
            record[sector * 512 + 510..][..2].copy_from_slice(&original);
        }
    }
    let (after, read) = lines("$MFT", &table);
    read.unwrap();
    assert_eq!(after, before);
}

#[test]
fn ends_at_its_limits() {
    let image = volume();
    let limits = [
        Limits {
            items: 3,
            ..Limits::default()
        },
        Limits {
            records: 20,
            ..Limits::default()
        },
        Limits {
            folder_bytes: 10,
            ..Limits::default()
        },
    ];
    for limits in limits {
        let mut count = 0;
        let mut each = |_: &mut VolumeItem<'_>| {
            count += 1;
            ControlFlow::Continue(())
        };
        let read = artefacts::read_volume(&mut Cursor::new(&image), &limits, &mut each);
        assert!(
            matches!(read, Err(Damaged::Limit { .. })),
            "{limits:?}: {read:?}"
        );
        assert!(count <= limits.items);
    }
}

/// A volume that other programs fill as the test runs, where they are installed.
#[test]
fn reads_what_ntfscp_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("volume.img");
    fs_err::File::create(&path)
        .unwrap()
        .set_len(8 << 20)
        .unwrap();
    let run = |program: &str, arguments: &[&OsStr]| {
        Command::new(program)
            .args(arguments)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !run(
        "mkntfs",
        &[
            "-q".as_ref(),
            "-F".as_ref(),
            "-s512".as_ref(),
            "-c512".as_ref(),
            path.as_ref(),
        ],
    ) {
        testkit::skipping::skipped(
            "an NTFS volume that ntfscp fills",
            "mkntfs is not installed",
        );
        return;
    }
    let mut expected = BTreeMap::new();
    for (name, bytes) in [
        ("small.bin", 100),
        ("large.bin", 1_000_001),
        ("empty.bin", 0),
        ("large.bin:s", 70_000),
    ] {
        let content = &numbers(200_000)[..bytes];
        let source = folder.path().join("source");
        fs_err::write(&source, content).unwrap();
        let (file, stream) = name.split_once(':').unwrap_or((name, ""));
        let mut arguments: Vec<&OsStr> = vec!["-f".as_ref(), "-q".as_ref()];
        if !stream.is_empty() {
            arguments.extend::<[&OsStr; 2]>(["-N".as_ref(), stream.as_ref()]);
        }
        arguments.extend::<[&OsStr; 3]>([path.as_ref(), source.as_ref(), file.as_ref()]);
        assert!(run("ntfscp", &arguments), "{name}");
        expected.insert(name.to_owned(), Sha1::digest(content));
    }
    let (items, read) = items(&fs_err::read(&path).unwrap());
    read.unwrap();
    for (name, digest) in expected {
        assert_eq!(
            Sha1::digest(items[&name].content.as_deref().unwrap()),
            digest,
            "{name}"
        );
    }
}

/// A disk of which one place cannot be read.
struct WornDisk {
    image: Cursor<Vec<u8>>,
    bad_at: u64,
}

impl Read for WornDisk {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let at = self.image.position();
        if (at..at + buffer.len() as u64).contains(&self.bad_at) {
            return Err(std::io::Error::other("a bad sector"));
        }
        self.image.read(buffer)
    }
}

impl std::io::Seek for WornDisk {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.image.seek(to)
    }
}

#[test]
fn a_disk_that_cannot_be_read_is_not_called_damaged() {
    let image = volume();
    let table = table(&image);
    let last = &table[table.len() - 1024..];
    let bad_at = image.windows(1024).rposition(|bytes| bytes == last);
    let mut disk = WornDisk {
        bad_at: bad_at.expect("the last record is on the volume") as u64,
        image: Cursor::new(image),
    };
    let mut each = |_: &mut VolumeItem<'_>| ControlFlow::Continue(());
    let read = artefacts::read_volume(&mut disk, &Limits::default(), &mut each);
    let Err(Damaged::Io(error)) = read else {
        panic!("{read:?}");
    };
    assert_eq!(error.to_string(), "a bad sector");
}
