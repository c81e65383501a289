//! The same tree of files, packed by the programs that people pack with, comes back byte for byte.

use std::path::Path;

use fs_err as fs;
use tempfile::TempDir;
use unpack::WhyNot;

use super::running::made;
use super::{Seen, open};

/// A tree with what archives stumble over: an empty file, a long name, a name beyond ASCII, much that repeats and
/// much that does not, a program.
fn tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files() {
        let path = folder.path().join("tree").join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn files() -> Vec<(String, Vec<u8>)> {
    let long = "long-".repeat(30);
    vec![
        ("empty".to_owned(), Vec::new()),
        ("notes.txt".to_owned(), b"hello\n".repeat(4_000)),
        ("thư mục/đơn.bin".to_owned(), noise(70_000)),
        (format!("deep/er/{long}"), b"x".repeat(100_000)),
        ("setup.bin".to_owned(), program_like()),
    ]
}

/// Bytes without pattern, the same every time.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(count)
    .collect()
}

/// Calls, which the filters for programs change.
fn program_like() -> Vec<u8> {
    let mut bytes = vec![0x55, 0x8b, 0xec];
    for index in 0..20_000_u32 {
        bytes.push(0xe8);
        bytes.extend_from_slice(&(index * 7).to_le_bytes());
        bytes.extend_from_slice(&[0x83, 0xc4, (index % 5) as u8]);
    }
    bytes
}

fn assert_whole(what: &str, seen: &Seen) {
    for (name, content) in files() {
        let found =
            (seen.members.iter()).any(|(path, found)| path.ends_with(&name) && *found == content);
        assert!(
            found,
            "{what}: {name} is not there: {:?} {:?}",
            seen.paths(),
            seen.not_opened
        );
    }
    assert_eq!(seen.not_opened, [], "{what}");
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

/// Packs the tree with each command into a file, and opens it.
fn all_whole(cases: &[(&str, &[&str], &str)]) {
    let folder = tree();
    for (name, programs, command) in cases {
        if made(name, programs, folder.path(), command) {
            assert_whole(command, &open(name, &read(folder.path(), name)));
        }
    }
}

#[test]
fn zip_comes_back_whole_by_every_method() {
    all_whole(&[
        ("deflate.zip", &["zip"], "zip -qr deflate.zip tree"),
        ("stored.zip", &["zip"], "zip -qr0 stored.zip tree"),
        ("bzip2.zip", &["zip"], "zip -qrZ bzip2 bzip2.zip tree"),
        (
            "streamed.zip",
            &["zip"],
            "zip -qr - tree | cat > streamed.zip",
        ),
        ("zip64.zip", &["zip"], "zip -qr -fz zip64.zip tree"),
        (
            "deflate64.zip",
            &["7z"],
            "7z a -tzip -mm=Deflate64 deflate64.zip tree",
        ),
        ("lzma.zip", &["7z"], "7z a -tzip -mm=LZMA lzma.zip tree"),
        (
            "before.zip",
            &["zip"],
            "zip -qr x.zip tree && cat tree/notes.txt x.zip > before.zip",
        ),
        (
            "adjusted.zip",
            &["zip"],
            "zip -qr y.zip tree && cat tree/notes.txt y.zip > adjusted.zip && zip -qA adjusted.zip",
        ),
        (
            "comment.zip",
            &["zip"],
            "zip -qr comment.zip tree && echo words | zip -qz comment.zip",
        ),
        (
            "after.zip",
            &["zip"],
            "zip -qr z.zip tree && cat z.zip tree/setup.bin > after.zip",
        ),
        ("a.jar", &["python3"], "python3 -m zipfile -c a.jar tree"),
    ]);
}

#[test]
fn seven_zip_comes_back_whole_by_every_method() {
    all_whole(&[
        ("lzma2.7z", &["7z"], "7z a lzma2.7z tree"),
        ("lzma.7z", &["7z"], "7z a -m0=LZMA lzma.7z tree"),
        ("single.7z", &["7z"], "7z a -ms=off single.7z tree"),
        ("ppmd.7z", &["7z"], "7z a -m0=PPMd ppmd.7z tree"),
        ("deflate.7z", &["7z"], "7z a -m0=Deflate deflate.7z tree"),
        ("copy.7z", &["7z"], "7z a -m0=Copy copy.7z tree"),
        (
            "bcj2.7z",
            &["7z"],
            "7z a -m0=BCJ2 -m1=LZMA -m2=LZMA -m3=LZMA -mb0:1 -mb0s1:2 -mb0s2:3 bcj2.7z tree",
        ),
        (
            "delta.7z",
            &["7z"],
            "7z a -m0=Delta:4 -m1=LZMA2 delta.7z tree",
        ),
        ("plain.7z", &["7z"], "7z a -mhc=off plain.7z tree"),
    ]);
}

#[test]
fn tape_archives_come_back_whole_in_every_form() {
    all_whole(&[
        ("gnu.tar", &["tar"], "tar --format=gnu -cf gnu.tar tree"),
        ("pax.tar", &["tar"], "tar --format=posix -cf pax.tar tree"),
        (
            "oldgnu.tar",
            &["tar"],
            "tar --format=oldgnu -cf oldgnu.tar tree",
        ),
        (
            "twice.tar",
            &["tar"],
            "tar -cf a.tar tree/empty tree/deep tree/notes.txt && tar -cf b.tar tree && cat a.tar b.tar > twice.tar",
        ),
        ("gz.tgz", &["tar"], "tar -czf gz.tgz tree"),
        (
            "bz2.tar.bz2",
            &["tar", "bzip2"],
            "tar -cjf bz2.tar.bz2 tree",
        ),
        ("xz.tar.xz", &["tar", "xz"], "tar -cJf xz.tar.xz tree"),
        (
            "lzma.tar.lzma",
            &["tar", "xz"],
            "tar --lzma -cf lzma.tar.lzma tree",
        ),
        (
            "zst.tar.zst",
            &["tar", "zstd"],
            "tar --zstd -cf zst.tar.zst tree",
        ),
        (
            "lz4.tar.lz4",
            &["tar", "lz4"],
            "tar -cf - tree | lz4 -q > lz4.tar.lz4",
        ),
        (
            "legacy.tar.lz4",
            &["tar", "lz4"],
            "tar -cf - tree | lz4 -ql > legacy.tar.lz4",
        ),
        (
            "best.tar.zst",
            &["tar", "zstd"],
            "tar -cf - tree | zstd -q --ultra -22 > best.tar.zst",
        ),
        (
            "blocks.tar.xz",
            &["tar", "xz"],
            "tar -cf - tree | xz --x86 --lzma2 --block-size=65536 --check=sha256 > blocks.tar.xz",
        ),
    ]);
}

#[test]
fn packages_and_cpio_come_back_whole() {
    all_whole(&[
        (
            "newc.cpio",
            &["cpio"],
            "find tree | cpio -oH newc > newc.cpio",
        ),
        ("crc.cpio", &["cpio"], "find tree | cpio -oH crc > crc.cpio"),
        ("odc.cpio", &["cpio"], "find tree | cpio -oH odc > odc.cpio"),
        ("bin.cpio", &["cpio"], "find tree | cpio -oH bin > bin.cpio"),
        (
            "p_1_all.deb",
            &["dpkg-deb"],
            "mkdir -p deb/DEBIAN && printf 'Package: p\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b.c>\\nDescription: d\\n' > deb/DEBIAN/control && cp -r tree deb/ && dpkg-deb -b deb p_1_all.deb",
        ),
        (
            "gz_1_all.deb",
            &["dpkg-deb"],
            "dpkg-deb -Zgzip -b deb gz_1_all.deb",
        ),
        (
            "zst_1_all.deb",
            &["dpkg-deb"],
            "dpkg-deb -Zzstd -b deb zst_1_all.deb",
        ),
    ]);
}

#[test]
fn a_library_comes_back_whole_with_its_long_names() {
    let folder = tree();
    let command = "cp -r tree flat && cd flat && find . -type f -print0 | xargs -0 ar rc ../flat.a";
    if made("flat.a", &["ar"], folder.path(), command) {
        let seen = open("flat.a", &read(folder.path(), "flat.a"));
        for (name, content) in files() {
            let name = name.rsplit('/').next().unwrap().to_owned();
            assert_eq!(
                seen.content(&name),
                Some(content.as_slice()),
                "{name}: {:?}",
                seen.paths()
            );
        }
        assert_eq!(seen.not_opened, []);
    }
}

#[test]
fn rpm_packages_come_back_whole_with_every_payload() {
    let spec = "printf 'Name: p\\nVersion: 1\\nRelease: 1\\nSummary: s\\nLicense: l\\nBuildArch: noarch\\n%%description\\nd\\n\
                %%install\\nmkdir -p %%{buildroot}/opt\\ncp -r %%{_topdir}/tree %%{buildroot}/opt/\\n%%files\\n/opt\\n' > p.spec";
    let build = |name: &str, payload: &str| {
        format!(
            "{spec} && rpmbuild -bb --quiet --define \"_topdir $PWD\" --define '_binary_payload {payload}' \
             --define '_build_id_links none' --define '__os_install_post %{{nil}}' --target noarch p.spec \
             && mv RPMS/noarch/p-1-1.noarch.rpm {name}"
        )
    };
    let cases = [
        ("gz.rpm", build("gz.rpm", "w9.gzdio")),
        ("xz.rpm", build("xz.rpm", "w2.xzdio")),
        ("zstd.rpm", build("zstd.rpm", "w3.zstdio")),
        ("bzip2.rpm", build("bzip2.rpm", "w9.bzdio")),
        ("lzma.rpm", build("lzma.rpm", "w2.lzdio")),
    ];
    for (name, command) in &cases {
        all_whole(&[(name, &["rpmbuild"], command)]);
    }
}

#[test]
fn discs_come_back_whole_with_the_names_that_people_see() {
    all_whole(&[
        (
            "rock.iso",
            &["genisoimage"],
            "genisoimage -quiet -R -o rock.iso tree",
        ),
        (
            "both.iso",
            &["genisoimage"],
            "genisoimage -quiet -R -J -joliet-long -input-charset utf-8 -o both.iso tree",
        ),
    ]);
    let folder = tree();
    let command = "genisoimage -quiet -udf -R -o udf.iso tree";
    if made("udf.iso", &["genisoimage"], folder.path(), command) {
        let seen = open("udf.iso", &read(folder.path(), "udf.iso"));
        assert!(seen.members.iter().any(|(path, _)| path == "notes.txt"));
        assert_eq!(
            seen.reasons(),
            [WhyNot::Unsupported],
            "{:?}",
            seen.not_opened
        );
    }
}

#[test]
fn cabinets_come_back_whole() {
    let folder = tree();
    let files = "tree/notes.txt tree/setup.bin tree/empty";
    for (name, program, command) in [
        ("mszip.cab", "gcab", format!("gcab -cz mszip.cab {files}")),
        ("plain.cab", "gcab", format!("gcab -c plain.cab {files}")),
    ] {
        if made(name, &[program], folder.path(), &command) {
            let seen = open(name, &read(folder.path(), name));
            for file in ["notes.txt", "setup.bin", "empty"] {
                let content = read(folder.path(), &format!("tree/{file}"));
                let path = seen.members.iter().find(|(path, _)| path.ends_with(file));
                assert_eq!(
                    path.map(|(_, found)| found),
                    Some(&content),
                    "{command}: {file}"
                );
            }
            assert_eq!(seen.not_opened, [], "{command}");
        }
    }
}

#[test]
fn what_is_encrypted_is_listed_as_encrypted() {
    let folder = tree();
    for (name, programs, command) in [
        (
            "old.zip",
            ["zip"],
            "zip -qrP secret old.zip tree/notes.txt tree/setup.bin",
        ),
        (
            "aes.zip",
            ["7z"],
            "7z a -tzip -psecret -mem=AES256 aes.zip tree/notes.txt tree/setup.bin",
        ),
        (
            "files.7z",
            ["7z"],
            "7z a -psecret files.7z tree/notes.txt tree/setup.bin",
        ),
    ] {
        if made(name, &programs, folder.path(), command) {
            let seen = open(name, &read(folder.path(), name));
            assert_eq!(
                seen.reasons(),
                [WhyNot::Encrypted; 2],
                "{command}: {:?}",
                seen.not_opened
            );
            assert_eq!(seen.bytes(), 0);
        }
    }
    if made(
        "names.7z",
        &["7z"],
        folder.path(),
        "7z a -psecret -mhe=on names.7z tree",
    ) {
        let seen = open("names.7z", &read(folder.path(), "names.7z"));
        assert_eq!(seen.reasons(), [WhyNot::Encrypted]);
    }
}

#[test]
fn sparse_files_in_tape_archives_are_listed_and_the_rest_is_found() {
    let folder = tree();
    let sparse = "truncate -s 1M tree/hole && printf x >> tree/hole";
    for format in ["gnu", "posix"] {
        let command = format!("{sparse} && tar --format={format} -Scf {format}.tar tree");
        if made("sparse", &["tar", "truncate"], folder.path(), &command) {
            let seen = open("s.tar", &read(folder.path(), &format!("{format}.tar")));
            assert_eq!(
                seen.reasons(),
                [WhyNot::Unsupported],
                "{:?}",
                seen.not_opened
            );
            assert!(
                seen.not_opened[0].0.ends_with("hole"),
                "{:?}",
                seen.not_opened
            );
            assert_eq!(
                seen.content("tree/notes.txt"),
                Some(&*b"hello\n".repeat(4_000))
            );
        }
    }
}

#[test]
fn an_archive_behind_a_program_is_opened() {
    let folder = tree();
    for (name, programs, pack) in [
        (
            "sfx.zip.exe",
            ["zip"],
            "zip -qr a.zip tree && cat stub a.zip > sfx.zip.exe",
        ),
        (
            "sfxa.zip.exe",
            ["zip"],
            "zip -qr b.zip tree && cat stub b.zip > sfxa.zip.exe && zip -qA sfxa.zip.exe",
        ),
        (
            "sfx.7z.exe",
            ["7z"],
            "7z a a.7z tree && cat stub a.7z > sfx.7z.exe",
        ),
    ] {
        fs::write(folder.path().join("stub"), super::building::program(b"")).unwrap();
        if made(name, &programs, folder.path(), pack) {
            let bytes = read(folder.path(), name);
            assert_whole(pack, &open(name, &bytes));
        }
    }
    let command = "cp /bin/true elf.bin && zip -qr c.zip tree && cat c.zip >> elf.bin";
    if made("elf", &["zip"], folder.path(), command) {
        assert_whole(command, &open("elf.bin", &read(folder.path(), "elf.bin")));
    }
}

#[test]
fn a_cabinet_in_the_resources_of_a_program_is_opened() {
    let folder = tree();
    if made(
        "cab",
        &["gcab"],
        folder.path(),
        "gcab -c in.cab tree/notes.txt",
    ) {
        let cabinet = read(folder.path(), "in.cab");
        let bytes =
            super::building::program(&[b"some resource", cabinet.as_slice(), b"more"].concat());
        let seen = open("setup.exe", &bytes);
        assert!(
            seen.has(&b"hello\n".repeat(4_000)),
            "{:?} {:?}",
            seen.paths(),
            seen.not_opened
        );
    }
}

#[test]
fn what_is_not_opened_is_recognised_and_said_so() {
    let folder = tree();
    for (name, programs, command) in [
        ("a.arj", ["arj"], "arj a -r a.arj tree"),
        (
            "a.squashfs",
            ["mksquashfs"],
            "mksquashfs tree a.squashfs -quiet -no-progress",
        ),
        ("a.wim", ["7z"], "7z a -twim a.wim tree"),
    ] {
        if made(name, &programs, folder.path(), command) {
            let seen = open(name, &read(folder.path(), name));
            assert_eq!(seen.reasons(), [WhyNot::Unsupported], "{name}");
            assert_eq!(seen.members.len(), 0, "{name}");
        }
    }
}

#[test]
fn nested_archives_are_shown_and_opened_with_their_whole_path() {
    let folder = tree();
    let command = "cd tree && tar -czf in.tgz setup.bin && zip -q ../outer.zip in.tgz && cd .. && rm tree/in.tgz";
    if made("nested", &["zip", "tar"], folder.path(), command) {
        let seen = open("outer.zip", &read(folder.path(), "outer.zip"));
        assert_eq!(
            seen.paths(),
            ["in.tgz", "in.tgz » in.tar", "in.tgz » in.tar » setup.bin"]
        );
        assert_eq!(
            seen.content("in.tgz » in.tar » setup.bin"),
            Some(&*program_like())
        );
    }
}

#[test]
fn a_stream_is_named_as_gzip_says_or_after_its_file() {
    let folder = tree();
    let command =
        "cd tree && gzip -k notes.txt && gzip -nc notes.txt > x.log.gz && xz -k notes.txt";
    if made("names", &["gzip", "xz"], folder.path(), command) {
        for (file, member) in [
            ("notes.txt.gz", "notes.txt"),
            ("x.log.gz", "x.log"),
            ("notes.txt.xz", "notes.txt"),
        ] {
            let seen = open(file, &read(&folder.path().join("tree"), file));
            assert_eq!(seen.paths(), [member]);
        }
        let bytes = read(&folder.path().join("tree"), "notes.txt.gz");
        assert_eq!(open("renamed.gz", &bytes).paths(), ["notes.txt"]);
    }
}
