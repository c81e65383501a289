//! The same parts as Python's own parser finds, in messages that Python wrote.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::open;

/// A part's name and its content.
type Part = (String, Vec<u8>);

/// Runs the generator; `None` where there is no Python.
fn generate(seed: u32, count: u32) -> Option<Vec<(Vec<u8>, Vec<Part>)>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mail/generate.py");
    let run = Command::new("python3")
        .args([script, &seed.to_string(), &count.to_string()])
        .output();
    let Ok(run) = run else {
        testkit::skipping::skipped("mail against Python's parser", "there is no python3");
        return None;
    };
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let mut messages: Vec<(Vec<u8>, Vec<Part>)> = Vec::new();
    for line in String::from_utf8(run.stdout).unwrap().lines() {
        let mut words = line.split(' ');
        let kind = words.next().unwrap();
        if kind == "M" {
            messages.push((STANDARD.decode(words.next().unwrap()).unwrap(), Vec::new()));
        } else {
            let name = words.next().unwrap().strip_prefix('-').unwrap().as_bytes();
            let name = name.as_chunks::<2>().0.iter();
            let name = name
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
            let name = String::from_utf8(name.collect()).unwrap();
            let content = STANDARD.decode(words.next().unwrap()).unwrap();
            messages.last_mut().unwrap().1.push((name, content));
        }
    }
    Some(messages)
}

#[test]
fn finds_the_parts_that_python_finds_with_the_same_bytes() {
    let Some(messages) = generate(238, 300) else {
        return;
    };
    let mut part_count = 0;
    for (raw, parts) in messages {
        let seen = open("message.eml", &raw);
        let show = || String::from_utf8_lossy(&raw).into_owned();
        assert!(
            seen.not_opened.is_empty(),
            "{:?}\n{}",
            seen.not_opened,
            show()
        );
        let mut members: Vec<Part> = seen
            .members
            .into_iter()
            // What Python walks into without giving it.
            .filter(|(path, _)| !path.rsplit(" » ").next().unwrap().starts_with("message"))
            .map(|(path, content)| (path.rsplit(" » ").next().unwrap().to_owned(), content))
            .collect();
        members.sort();
        let mut expected: Vec<Part> = parts
            .into_iter()
            .map(|(name, content)| (name.rsplit(['\\', '/']).next().unwrap().to_owned(), content))
            .collect();
        expected.sort();
        let contents = |parts: &[Part]| {
            let contents = parts
                .iter()
                .map(|(_, content)| content.escape_ascii().to_string());
            // What has neither a name nor a content is no member.
            let contents =
                contents.filter(|content| content.contains(|c: char| !"\\rnt ".contains(c)));
            let mut contents: Vec<String> = contents.collect();
            contents.sort();
            contents
        };
        assert_eq!(contents(&members), contents(&expected), "{}", show());
        for part in expected.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(
                members.contains(part),
                "{part:?} is not in {members:?}\n{}",
                show()
            );
        }
        part_count += expected.len();
    }
    assert!(part_count > 500, "the generator gave {part_count} parts");
}
