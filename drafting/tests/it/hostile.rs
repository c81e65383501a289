//! Inputs made to hurt: they cost a refusal, never the program, and never much time.

use std::time::{Duration, Instant};

use drafting::{FILE_BYTES_MAX, Input, LINE_CHARS_MAX, PROBLEMS_MAX, Source, lay_beside, read};
use proptest::prelude::*;

use crate::case::{Checker, LETTER, codes, options, read_as};

/// Generous, for a debug build on a busy machine: what is quadratic takes hours.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn refuses_what_is_too_large_or_no_text() {
    let large = vec![b'a'; FILE_BYTES_MAX + 1];
    let reading = read(
        &[Input {
            name: "a.txt",
            bytes: &large,
        }],
        &options(),
        &Checker,
    );
    assert_eq!(codes(&reading), ["file-too-large"]);
    let reading = read(
        &[Input {
            name: "a.txt",
            bytes: b"a\nb\xff",
        }],
        &options(),
        &Checker,
    );
    assert_eq!(
        (codes(&reading), reading.problems[0].line),
        (vec!["file-not-text"], 2)
    );
    let long = format!("{LETTER}\n{}\n", "x".repeat(LINE_CHARS_MAX + 1));
    assert_eq!(codes(&read_as("a.txt", &long)), ["line-too-long"]);
    assert_eq!(codes(&read_as("a.txt", "")), ["nothing-found"]);
    assert_eq!(codes(&read_as("a.csv", "")), ["nothing-found"]);
}

#[test]
fn big_inputs_take_time_in_proportion() {
    let start = Instant::now();
    let digests: String = (0..20_000u64).fold(String::new(), |text, n| {
        text + &format!(
            "a{n}.exe MD5: {:032x}\n",
            u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) * 0xffff_ffff_ffff
        )
    });
    let inputs = [
        ("digests.txt", digests.clone()),
        ("short.txt", digests.replace("MD5: ", "MD5: f")),
        ("same.txt", "update.exe\n".repeat(20_000)),
        (
            "phrases.txt",
            "a.exe hợp lệ bị lợi dụng C:\\x\\a.exe\n".repeat(5_000),
        ),
        (
            "domains.txt",
            (0..5_000).fold(String::new(), |text, n| {
                text + &format!("x{n}.evil{n}.cmo\n")
            }),
        ),
        ("dots.txt", "a.".repeat(30_000)),
        ("brackets.txt", "[".repeat(60_000)),
        ("marks.txt", "e\u{301}".repeat(30_000)),
        ("backslashes.txt", "C:\\".repeat(20_000)),
        ("commas.txt", "a,".repeat(30_000)),
        ("labels.txt", "ten:".repeat(15_000)),
        ("hex.txt", "deadbeef1 ".repeat(6_000)),
        ("deep.json", "[".repeat(100_000)),
        ("wide.json", format!("[{}1]", "1,".repeat(200_000))),
        ("columns.csv", format!("md5{}\n", ",x".repeat(30_000))),
    ];
    for (name, text) in &inputs {
        let begin = Instant::now();
        let reading = read_as(name, text);
        assert!(reading.problems.len() <= PROBLEMS_MAX, "{name}");
        if let Some(draft) = &reading.draft {
            lay_beside(
                draft,
                &[Input {
                    name,
                    bytes: text.as_bytes(),
                }],
            );
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{name} took {:?}",
            begin.elapsed()
        );
    }
    assert!(start.elapsed() < PATIENCE * 3);
}

#[test]
fn a_list_of_too_many_problems_says_so() {
    let text: String = (0..3_000).fold(String::new(), |text, n| text + &format!("MD5: {n:031x}\n"));
    let reading = read_as("a.txt", &text);
    assert_eq!(reading.problems.len(), PROBLEMS_MAX);
    assert_eq!(
        reading.problems.last().map(|problem| problem.code.as_str()),
        Some("too-many-problems")
    );
}

/// Pieces that texts of this kind are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("C:\\".to_owned()),
        Just("\\".to_owned()),
        Just("MD5: ".to_owned()),
        Just("SHA-1".to_owned()),
        Just("\n".to_owned()),
        Just("[.]".to_owned()),
        Just(".exe".to_owned()),
        Just("hxxp://".to_owned()),
        Just("\"".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("Dung lượng: ".to_owned()),
        Just("137.28 KB".to_owned()),
        Just("1. ".to_owned()),
        Just("%TEMP%".to_owned()),
        Just("ddns.info".to_owned()),
        Just("\u{301}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("trước 16h00 ngày 05/8/2016".to_owned()),
        Just("Tên tệp:".to_owned()),
        Just("\t".to_owned()),
        Just(" ".to_owned()),
        Just("884d46c01c762ad6ddd2759fd921bf71".to_owned()),
        Just("Vai trò: bị lợi dụng".to_owned()),
        Just("HKLM\\".to_owned()),
        Just("\\\\.\\pipe\\".to_owned()),
        Just("Số: 1/A".to_owned()),
        "\\PC{0,6}",
        "[a-f0-9]{1,40}",
        "[a-z.]{1,12}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in "[a-z]{1,3}(\\.(txt|csv|json|yar))?") {
        let input = Input { name: &name, bytes: &bytes };
        let reading = read(&[input], &options(), &Checker);
        if let Some(draft) = &reading.draft {
            lay_beside(draft, &[input]);
        }
    }

    #[test]
    fn texts_made_of_the_usual_pieces_never_panic_and_keep_their_places(text in pieces(), name in "a\\.(txt|csv|json|yar)") {
        let input = Input { name: &name, bytes: text.as_bytes() };
        let reading = read(&[input], &options(), &Checker);
        let lines: Vec<&str> = text.lines().collect();
        for problem in &reading.problems {
            prop_assert!(problem.line <= lines.len().max(1), "{:?}", problem);
            problem.render(domain::Language::Vi);
        }
        if Source::detect(&name, text.as_bytes()) == Source::Text {
            for extracted in &reading.extracted {
                let line = lines[extracted.line - 1];
                let written: String = line.chars().skip(extracted.column - 1).collect();
                prop_assert!(extracted.kind == "deadline" || written.starts_with(&extracted.value), "{:?} in {:?}", extracted, line);
            }
        }
        if let Some(draft) = &reading.draft {
            prop_assert!(draft.check().is_ok());
            let beside = lay_beside(draft, &[input]);
            prop_assert_eq!(beside.lines.len(), lines.len());
            prop_assert_eq!(beside.unshown, vec![]);
        }
    }

    #[test]
    fn a_damaged_native_document_never_panics(at in 0usize..4000, piece in "\\PC{0,3}", cut in 0usize..5) {
        let text = crate::case::NATIVE;
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = (at + cut..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        let damaged = format!("{}{piece}{}", &text[..at], &text[end..]);
        read_as("a.json", &damaged);
    }
}
