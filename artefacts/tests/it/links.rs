//! Links: one that pylnk3 made, and the tricks that hide what a link does.

use crate::samples::{assert_has, lines, sample, wide};

#[test]
fn says_where_a_link_leads_and_with_which_arguments() {
    let (lines, read) = lines("a.lnk", &sample("mcafee.lnk"));
    read.unwrap();
    let target = r"C:\Program Files\Common Files\McAfee\McAfee.exe";
    assert_has(&lines, &format!("FilePath {target} []"));
    assert_has(
        &lines,
        &format!(r"CommandLine {target} /s C:\x\McUtil.dll []"),
    );
}

/// Makes a link without a target of its own: a header, texts and blocks.
fn link(flags: u32, rest: &[&[u8]]) -> Vec<u8> {
    let mut link = vec![
        0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46,
    ];
    link.extend(flags.to_le_bytes());
    link.resize(76, 0);
    for part in rest {
        link.extend_from_slice(part);
    }
    link
}

/// Makes a text with its length.
fn counted(text: &str) -> Vec<u8> {
    let mut part = u16::try_from(text.encode_utf16().count())
        .expect("a text is short")
        .to_le_bytes()
        .to_vec();
    part.extend(wide(text));
    part
}

#[test]
fn finds_arguments_behind_a_folder_that_says_to_be_longer_than_windows_reads() {
    let mut folder = counted(&format!("{:<260}", r"C:\Windows"));
    folder[..2].copy_from_slice(&1700_u16.to_le_bytes());
    let link = link(0xb0, &[&folder, &counted("/c evil.exe"), &[0; 4]]);
    let (lines, read) = lines("a.lnk", &link);
    read.unwrap();
    assert_eq!(lines, ["CommandLine /c evil.exe []"]);
}

#[test]
fn reads_arguments_that_are_cut_short_and_says_so() {
    let mut arguments = counted("/c evil.exe");
    arguments[..2].copy_from_slice(&9000_u16.to_le_bytes());
    let (lines, read) = lines("a.lnk", &link(0xa0, &[&arguments]));
    assert_eq!(lines, ["CommandLine /c evil.exe []"]);
    assert!(read.is_err());
}

#[test]
fn reads_a_target_with_a_variable_and_the_computer_it_was_made_on() {
    let mut variable = 788_u32.to_le_bytes().to_vec();
    variable.extend(0xa000_0001_u32.to_le_bytes());
    variable.resize(268, 0);
    variable.extend(wide(r"%APPDATA%\upd.exe"));
    variable.resize(788, 0);
    let mut tracker = 96_u32.to_le_bytes().to_vec();
    tracker.extend(0xa000_0003_u32.to_le_bytes());
    tracker.extend([88, 0, 0, 0, 0, 0, 0, 0]);
    tracker.extend(b"airport-pc");
    tracker.resize(96, 0);
    let (lines, read) = lines("a.lnk", &link(0x80, &[&variable, &tracker, &[0; 4]]));
    read.unwrap();
    assert_eq!(
        lines,
        [r"FilePath %APPDATA%\upd.exe []", "Machine airport-pc []"]
    );
}

#[test]
fn reads_a_target_that_only_its_items_name() {
    let drive = [&[25, 0, 0x2f][..], b"C:\\", &[0; 19]].concat();
    let file = [
        &[28, 0, 0x36, 0][..],
        &[0; 10],
        &wide("x.exe"),
        &[0, 0, 0, 0],
    ]
    .concat();
    let list = [&55_u16.to_le_bytes()[..], &drive, &file, &[0, 0]].concat();
    let (lines, _) = lines("a.lnk", &link(0x81, &[&list, &[0; 4]]));
    assert_eq!(lines, [r"FilePath C:\x.exe []"]);
}
