//! What must hold for every damage of a kind, not only for the damage that was seen.

use drafting::Reading;
use proptest::prelude::*;

use crate::case::{LETTER, NATIVE, TABLE, codes, read_as, refusals};

const DIGESTS: [&str; 8] = [
    "884d46c01c762ad6ddd2759fd921bf71",
    "d201b130232e0ea411daa23c1ba2892fe6468712",
    "c52464e9df8b3d08fc612a0f11fe53b2",
    "e464d10ad93600232d7a24856d69f00510949a40",
    "9bf793ef195cc62f8a61093f77b03158",
    "46844b0acf2bb67adbf2304a61be07738d2ddd64",
    "29e656e1256fc998b7ce8494656b3ef8",
    "8c073b63d85cbf48bd742a62c7a59eeb064da74d",
];
const DOMAINS: [&str; 3] = ["playball.ddns.info", "nvedia.ddns.info", "air.dcsvn.org"];
const PATHS: [&str; 3] = [
    r"C:\Program Files\Common Files\McAfee\McAfee.exe",
    r"C:\Program Files\Common Files\McAfee\McUtil.dll",
    r"C:\Windows\system32\DiskMgers.dll",
];

/// A form of the dispatch, and the way its values are written in it.
type Form = (&'static str, String, fn(&str) -> String);

fn forms() -> [Form; 3] {
    [
        ("a.txt", LETTER.replace("[.]", "."), |value| {
            if value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit()) {
                value.to_uppercase()
            } else {
                value.to_owned()
            }
        }),
        ("a.csv", TABLE.replace("[.]", "."), str::to_owned),
        ("a.json", NATIVE.to_owned(), |value| {
            value.replace('\\', "\\\\")
        }),
    ]
}

/// Where a value stands as a value: in the letter, a file's name is also a word of a heading.
fn replaced(name: &str, text: &str, old: &str, new: &str) -> String {
    if old == "diskperf.exe" {
        let context = match name {
            "a.txt" => ("d) Tệp ", ""),
            "a.csv" => (";", ";;29e6"),
            _ => ("\"file-name\", \"value\": \"", "\""),
        };
        let whole = format!("{}{old}{}", context.0, context.1);
        assert!(text.contains(&whole), "{whole} in {name}");
        return text.replacen(&whole, &format!("{}{new}{}", context.0, context.1), 1);
    }
    // In the native document a domain is its indicator's id and label too.
    let quoted = format!("\"value\": \"{old}\"");
    if text.contains(&quoted) {
        return text.replacen(&quoted, &format!("\"value\": \"{new}\""), 1);
    }
    assert!(text.contains(old), "{old} in {name}");
    text.replacen(old, new, 1)
}

/// Checks that the damage is refused once, where it is.
fn refused_once(
    reading: &Reading,
    text: &str,
    name: &str,
    damaged: &str,
) -> Result<(), TestCaseError> {
    let all = refusals(reading);
    prop_assert_eq!(all.len(), 1, "{} {}: {:?}", name, damaged, all);
    let line = 1 + text[..text.find(damaged).expect("the damage is there")]
        .matches('\n')
        .count();
    prop_assert!(
        all[0].starts_with(&format!("{line}:")),
        "{} {} at {}: {:?}",
        name,
        damaged,
        line,
        all
    );
    Ok(())
}

#[test]
fn any_digit_lost_or_added_is_refused() {
    for (name, text, write) in forms() {
        for digest in DIGESTS {
            for at in 0..digest.len() {
                let lost = format!("{}{}", &digest[..at], &digest[at + 1..]);
                let added = format!("{}7{}", &digest[..at], &digest[at..]);
                for damaged in [lost, added].map(|damaged| write(&damaged)) {
                    let copy = replaced(name, &text, &write(digest), &damaged);
                    let reading = read_as(name, &copy);
                    refused_once(&reading, &copy, name, &damaged).expect("refused");
                }
            }
        }
    }
}

#[test]
fn any_separator_lost_is_refused() {
    for (name, text, write) in forms() {
        for path in PATHS {
            for (at, _) in path.match_indices('\\') {
                let damaged = write(&format!("{}{}", &path[..at], &path[at + 1..]));
                let copy = replaced(name, &text, &write(path), &damaged);
                let reading = read_as(name, &copy);
                refused_once(&reading, &copy, name, &damaged).expect("refused");
                let code = codes(&reading)[0];
                assert!(code.starts_with("path-"), "{damaged}: {code}");
            }
        }
    }
}

#[test]
fn any_two_values_run_together_are_refused() {
    let values: Vec<&str> = DIGESTS
        .into_iter()
        .chain(DOMAINS)
        .chain(PATHS)
        .chain(["diskperf.exe"])
        .collect();
    let mut wrong = Vec::new();
    for (name, text, write) in forms() {
        for first in &values {
            for second in &values {
                let damaged = format!("{}{}", write(first), write(second));
                for place in [first, second] {
                    let copy = replaced(name, &text, &write(place), &damaged);
                    let reading = read_as(name, &copy);
                    if let Err(error) = refused_once(&reading, &copy, name, &damaged) {
                        wrong.push(error.to_string());
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn defanging_in_any_form_gives_the_same_draft() {
    let plain = read_as("a.txt", &LETTER.replace("[.]", "."))
        .draft
        .expect("a draft");
    for dot in [
        "[.]",
        "(.)",
        "{.}",
        "[dot]",
        "(dot)",
        "{dot}",
        "[DOT]",
        " [.] ",
        " (dot) ",
        "[.",
        ".]",
        "\u{200b}.",
        "．",
        "\u{ad}.",
        "[ . ]",
    ] {
        let mut draft = read_as("a.txt", &LETTER.replace("[.]", dot))
            .draft
            .expect(dot);
        draft.texts.clone_from(&plain.texts);
        assert_eq!(draft, plain, "{dot}");
    }
}

#[test]
fn a_letter_in_any_typography_gives_the_same_draft() {
    let plain = read_as("a.txt", LETTER).draft.expect("a draft");
    let decomposed: String = unicode_normalization::UnicodeNormalization::nfd(LETTER).collect();
    let forms = [
        decomposed,
        LETTER
            .replace(' ', "\u{a0}")
            .replace("C:\\Program\u{a0}Files", "C:\\Program Files"),
        LETTER.replace('\n', "\r\n"),
        LETTER.replace("- ", "• "),
        LETTER.replace("   ", "\t- "),
        LETTER
            .replace(": C:", ": “C:")
            .replace(".exe\n   Dung", ".exe”\n   Dung")
            .replace(".dll\n   Dung", ".dll”\n   Dung"),
        LETTER
            .replace("MD5: ", "MD5 = ")
            .replace("SHA-1: ", "SHA1 ")
            .replace("Dung lượng", "Kích thước"),
        LETTER
            .replace("Đường dẫn: ", "")
            .replace("Dung lượng: ", ""),
        LETTER
            .replace("3.50 KB", "3,50KB")
            .replace("85.00 KB", "85.00KB"),
        LETTER
            .to_lowercase()
            .replace("số: 238/vncert-đpưc", "Số: 238/VNCERT-ĐPƯC"),
        format!("\u{feff}{LETTER}"),
    ];
    for text in forms {
        let reading = read_as("a.txt", &text);
        assert_eq!(refusals(&reading), [""; 0], "{text}");
        let draft = reading.draft.expect("a draft");
        let fold = |alert: &domain::Alert| {
            let values = alert.indicators.iter().map(|indicator| {
                let values: Vec<String> = indicator
                    .observables
                    .iter()
                    .map(|observable| observable.value().to_lowercase())
                    .collect();
                (indicator.id.clone(), indicator.role, indicator.size, values)
            });
            (
                values.collect::<Vec<_>>(),
                alert.combinations.clone(),
                alert.deadline_at,
                alert.number.clone(),
            )
        };
        assert_eq!(fold(&draft), fold(&plain), "{text}");
    }
}

#[test]
fn files_are_told_apart_in_any_layout() {
    let md5 = |index: usize| DIGESTS[index * 2];
    let sha1 = |index: usize| DIGESTS[index * 2 + 1];
    let blocks = |line: &dyn Fn(&str, usize) -> String| {
        ["McAfee.exe", "McUtil.dll", "DiskMgers.dll"]
            .iter()
            .enumerate()
            .fold(String::new(), |text, (index, name)| {
                text + &line(name, index)
            })
    };
    let layouts = [
        blocks(&|name, index| format!("{}  {name}\n", md5(index))),
        blocks(&|name, index| format!("{name}\t{}\t{}\n", md5(index), sha1(index))),
        blocks(&|name, index| format!("- {name} (MD5: {}, SHA-1: {})\n", md5(index), sha1(index))),
        blocks(&|name, index| {
            format!(
                "{}. {name}\n\nMD5:\n{}\n\nSHA1:\n{}\n",
                index + 1,
                md5(index),
                sha1(index)
            )
        }),
        blocks(&|name, index| {
            format!(
                "MD5: {}\nSHA-1: {}\nTên tệp: {name}\n\n",
                md5(index),
                sha1(index)
            )
        }),
        blocks(&|name, index| format!("| {name} | {} | {} |\n", md5(index), sha1(index))),
        blocks(&|name, index| {
            format!(
                "Tệp {name} có mã MD5 {} và mã SHA-1 {}.\n",
                md5(index),
                sha1(index)
            )
        }),
        blocks(&|name, index| {
            format!(
                "Đường dẫn: C:\\ProgramData\\Evil\\\nTên tệp: {name}\nMD5: {}\n",
                md5(index)
            )
        }),
    ];
    for text in layouts {
        let reading = read_as("a.txt", &format!("Số: 1/TEST\n{text}"));
        assert_eq!(refusals(&reading), [""; 0], "{text}");
        let draft = reading.draft.expect("a draft");
        let found: Vec<(String, String)> = draft
            .indicators
            .iter()
            .map(|indicator| {
                (
                    indicator.label.clone(),
                    indicator
                        .digests()
                        .next()
                        .map(|digest| digest.to_string())
                        .unwrap_or_default(),
                )
            })
            .collect();
        let expected: Vec<(String, String)> = ["McAfee.exe", "McUtil.dll", "DiskMgers.dll"]
            .iter()
            .enumerate()
            .map(|(index, name)| ((*name).to_owned(), md5(index).to_owned()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn no_file_gets_the_digest_of_another() {
    let text = format!(
        "Số: 1/TEST\nMD5s\n{}\n{}\n\n| McUtil.dll | {} | 3,584 bytes |\n\nThe malware drops C:\\ProgramData\\Intel\\igfx.dll and loads \
         the file other.exe some days later.\nSHA-1 of the installer is\n{}\n",
        DIGESTS[0], DIGESTS[2], DIGESTS[4], DIGESTS[1]
    );
    let reading = read_as("a.txt", &text);
    assert_eq!(refusals(&reading), [""; 0]);
    let found: Vec<(String, Vec<String>)> = reading
        .draft
        .expect("a draft")
        .indicators
        .iter()
        .map(|indicator| {
            let digests = indicator.digests().map(|digest| digest.to_string());
            (indicator.label.clone(), digests.collect())
        })
        .collect();
    let expected = [
        ("MD5 884d46c01c76…", vec![DIGESTS[0]]),
        ("MD5 c52464e9df8b…", vec![DIGESTS[2]]),
        ("McUtil.dll", vec![DIGESTS[4]]),
        ("igfx.dll", vec![]),
        ("other.exe", vec![]),
        ("SHA-1 d201b130232e…", vec![DIGESTS[1]]),
    ]
    .map(|(label, digests)| {
        (
            label.to_owned(),
            digests.into_iter().map(str::to_owned).collect(),
        )
    });
    assert_eq!(found, expected);
}

fn registered() -> impl Strategy<Value = String> {
    // Letters that make no word begin: a registered name that is a word of its own is what the table of names is for.
    "[bdghjkqwz][aeiou][bdghjkqwz][a-z0-9]{2,8}"
}

fn suffix() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("com"),
        Just("net"),
        Just("org"),
        Just("info"),
        Just("biz"),
        Just("com.vn"),
        Just("gov.vn"),
        Just("edu.vn"),
        Just("co.uk"),
        Just("ddns.info"),
        Just("ddns.net"),
        Just("duckdns.org"),
    ]
}

const FOLDERS: &[&str] = &[
    "Windows",
    "system32",
    "SysWOW64",
    "drivers",
    "Temp",
    "Tasks",
    "Users",
    "Public",
    "ProgramData",
    "Program Files",
    "Common Files",
    "AppData",
    "Roaming",
    "Local",
    "Microsoft",
    "Startup",
    "Fonts",
    "inetpub",
    "wwwroot",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_two_generated_domains_run_together_are_refused(a in registered(), b in registered(), end in suffix(), other_end in suffix(), host in "(|[bdgkz][aeiou]{2}[a-z]{1,4}\\.)") {
        let left = format!("{a}.{end}");
        let right = format!("{host}{b}.{other_end}");
        let text = format!("Số: 1/TEST\nTên miền: {left}{right}\n");
        let reading = read_as("a.txt", &text);
        prop_assert_eq!(codes(&reading), ["domain-fused"], "{}", text);
        prop_assert!(reading.problems[0].suggestion.is_some());
    }

    #[test]
    fn any_digest_with_a_character_lost_or_added_is_refused(bytes in prop::collection::vec(any::<u8>(), 32), length in prop_oneof![Just(16usize), Just(20), Just(32)], at in 0usize..64, c in "[0-9a-zA-ZđƠ .,_-]", labelled: bool, lose: bool) {
        let digest: String = domain::digest::to_hex(&bytes[..length]);
        // A digest of letters or digits alone is no rarer than one in a million, and looks like a word or a number.
        prop_assume!(digest.bytes().any(|b| b.is_ascii_digit()) && digest.bytes().any(|b| b.is_ascii_alphabetic()));
        let at = at % digest.len();
        let damaged = if lose {
            format!("{}{}", &digest[..at], &digest[at + 1..])
        } else {
            format!("{}{c}{}", &digest[..at], &digest[at..])
        };
        // What is added before the first digit is no part of the digest, and 32 + 32 digits apart are two digests.
        prop_assume!(lose || at > 0 || c.chars().all(char::is_alphanumeric));
        prop_assume!(lose || labelled || c.chars().all(char::is_alphanumeric) || !(length == 32 && at == 32) && !(length == 20 && (at == 32 || at == 8)));
        let label = match (labelled, length) {
            (false, _) => "",
            (true, 16) => "MD5: ",
            (true, 20) => "SHA-1: ",
            _ => "SHA-256: ",
        };
        let reading = read_as("a.txt", &format!("Số: 1/TEST\nevil.exe\n{label}{damaged}\n"));
        prop_assert_eq!(codes(&reading).len(), 1, "{}{} {:?}", label, damaged, refusals(&reading));
        prop_assert_eq!(reading.problems[0].line, 3);
    }

    #[test]
    fn any_lost_separator_between_known_names_is_refused(folders in prop::sample::subsequence(FOLDERS, 1..5).prop_shuffle(), own in "[A-Z][a-z]{4,8}", file in "[A-Z][a-z]{3,7}\\.(exe|dll)", at in 0usize..10) {
        let own = format!("{own}q");
        let mut components = vec!["C:"];
        components.extend(folders);
        components.push(&own);
        components.push(&file);
        let lost = at % (components.len() - 1);
        let damaged = components.iter().enumerate().fold(String::new(), |path, (index, component)| {
            path + component + if index == lost || index == components.len() - 1 { "" } else { "\\" }
        });
        // Folder and file are mentioned elsewhere, as they are where a list damages one of its lines.
        let text = format!("Số: 1/TEST\nC:\\Elsewhere\\{own}\\x.dat MD5: {}\n{file} MD5: {}\nĐường dẫn: {damaged}\n", DIGESTS[0], DIGESTS[2]);
        let reading = read_as("a.txt", &text);
        prop_assert_eq!(codes(&reading).len(), 1, "{} {:?}", damaged, refusals(&reading));
        prop_assert!(codes(&reading)[0].starts_with("path-"));
    }
}
