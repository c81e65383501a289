//! Messages and mailboxes as mail programs put up with them.

use std::fmt::Write;

use proptest::prelude::*;
use unpack::{Kind, WhyNot};

use super::{changes, listed, survives};
use crate::{open, open_as};

const HEAD: &str =
    "From: a@example.com\nDate: Wed, 03 Aug 2016 10:00:00 +0700\nMIME-Version: 1.0\n";

/// A message with most of what there is.
fn sample() -> String {
    format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=\"outer\"\n\nPreamble\n\
         --outer\nContent-Type: multipart/alternative; boundary=inner\n\n\
         --inner\n\nplain text\n\
         --inner\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>=C3=A9</p>=\n\n\
         --inner--\nepilogue\n\
         --outer\nContent-Type: application/octet-stream; name=\"=?utf-8?B?YuG6o25nLmV4ZQ==?=\"\nContent-Transfer-Encoding: base64\n\nTVqQ\nAAM=\n\
         --outer\nContent-Disposition: attachment; filename*0*=utf-8''l%C6%B0; filename*1=ong.js\n\nWScript.Echo(1)\n\
         --outer\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: multipart/mixed; boundary=deep\n\n--deep\n\nin the deep\n--deep--\n\
         --outer\nContent-Type: text/plain\n\nlook:\nbegin 644 u.exe\n#35J0\n`\nend\nbye\n\
         --outer--\n"
    )
}

#[test]
fn gives_every_part_with_its_name_and_its_exact_bytes() {
    let seen = open("a.eml", sample().as_bytes());
    assert_eq!(
        listed(&seen),
        "text.txt (10)\ntext.html (9)\nbảng.exe (5)\nlưong.js (15)\nmessage.eml (89)\n\
         message.eml » text.txt (11)\ntext-2.txt (37)\nu.exe (3)"
    );
    assert_eq!(seen.content("bảng.exe"), Some(&b"MZ\x90\0\x03"[..]));
    assert_eq!(seen.content("text.html"), Some("<p>é</p>".as_bytes()));
    assert_eq!(seen.content("u.exe"), Some(&b"MZ\x90"[..]));
}

#[test]
fn reads_the_same_with_either_end_of_line() {
    let unix = open("a.eml", sample().as_bytes());
    let windows = open("a.eml", sample().replace('\n', "\r\n").as_bytes());
    assert_eq!(unix.paths(), windows.paths());
    assert_eq!(unix.content("bảng.exe"), windows.content("bảng.exe"));
}

/// Each message is broken in one way, and each carries `MZ` in base64 as `x.exe`.
#[test]
fn finds_the_attachment_however_the_message_is_broken() {
    for (what, message) in broken_multiparts().into_iter().chain(broken_parts()) {
        let seen = open("a.eml", message.as_bytes());
        let is_found = seen
            .members
            .iter()
            .any(|(path, content)| path.ends_with("x.exe") && content == b"MZ");
        assert!(is_found, "{what}: {}", listed(&seen));
    }
}

const PART: &str =
    "Content-Disposition: attachment; filename=x.exe\nContent-Transfer-Encoding: base64\n\nTVo=\n";

fn broken_multiparts() -> Vec<(&'static str, String)> {
    vec![
        (
            "a closing line that is not there",
            format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n{PART}"),
        ),
        (
            "no line before the first boundary",
            format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n--b\n{PART}--b--\n"),
        ),
        (
            "blanks behind the boundary",
            format!(
                "{HEAD}Content-Type: multipart/mixed; boundary=\"b \"\n\n--b \t \n{PART}--b-- \n"
            ),
        ),
        (
            "a boundary that no header names",
            format!("{HEAD}Content-Type: multipart/mixed\n\n--b\n{PART}--b--\n"),
        ),
        (
            "another boundary than the header's",
            format!("{HEAD}Content-Type: multipart/mixed; boundary=c\n\n--b\n{PART}--b--\n"),
        ),
        (
            "a boundary that begins like the header's",
            format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--bb\n{PART}--bb--\n"),
        ),
        (
            "a part behind the closing line",
            format!(
                "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b--\n--b\n{PART}--b--\n"
            ),
        ),
        (
            "an inner multipart that is not closed",
            format!(
                "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/related; boundary=i\n\n--i\n\ntext\n--b\n{PART}--b--\n"
            ),
        ),
        (
            "a type before the true one",
            format!(
                "{HEAD}Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{PART}--b--\n"
            ),
        ),
    ]
}

fn broken_parts() -> Vec<(&'static str, String)> {
    vec![
        (
            "the name only in the type",
            format!(
                "{HEAD}Content-Type: application/x; name=x.exe\nContent-Transfer-Encoding: base64\n\nTVo=\n"
            ),
        ),
        (
            "an encoding with something behind it",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: Base64 (yes); x\n\nTVo=\n"
            ),
        ),
        (
            "two encodings",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nTVo=\n"
            ),
        ),
        (
            "text added behind the padding",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: base64\n\nTVo=\n_____\nMailing list: http://example.com\n"
            ),
        ),
        (
            "more base64 behind the padding",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: base64\n\nTVo=TVo=\n"
            ),
        ),
        (
            "letters that are not in base64",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: base64\n\nT*V*\n o = =\n"
            ),
        ),
        (
            "a folded name",
            format!(
                "{HEAD}Content-Type: a/b;\n\tname=\n \"x.exe\"\nContent-Transfer-Encoding: base64\n\nTVo=\n"
            ),
        ),
        (
            "a mark and empty lines in front",
            format!(
                "\u{feff}\n\n{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: base64\n\nTVo=\n"
            ),
        ),
        (
            "uuencode that says it is",
            format!(
                "{HEAD}Content-Type: a/b; name=x.exe\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x.exe\n\"35I\n`\nend\n"
            ),
        ),
        (
            "a message in a message without fields of mail",
            format!(
                "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-Nothing: 1\n{PART}--b--\n"
            ),
        ),
    ]
}

#[test]
fn lists_what_is_encrypted_and_gives_it_all_the_same() {
    let message = format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAG\n\
         --b\nContent-Type: application/octet-stream; name=other.p7m\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CA\n\
         --b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n\n--b--\n"
    );
    let seen = open("a.eml", message.as_bytes());
    assert_eq!(
        listed(&seen),
        "smime.p7m (3)\nother.p7m (15)\nencrypted.asc (28)\n\
         smime.p7m !encrypted\nother.p7m !encrypted\nencrypted.asc !encrypted"
    );
}

#[test]
fn opens_a_message_that_is_signed_with_its_content_inside() {
    use base64::Engine;

    let inner = b"Content-Type: a/b; name=x.exe\n\nMZ";
    let element = |tag: u8, content: &[&[u8]]| {
        let content = content.concat();
        [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
    };
    let oid = |last: u8| [&b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"[..], &[last]].concat();
    let content = element(
        0x30,
        &[&oid(1), &element(0xa0, &[&element(0x04, &[inner])])],
    );
    let signed = element(0x30, &[b"\x02\x01\x01\x31\x00", &content, b"\x31\x00"]);
    let signed = element(0x30, &[&oid(2), &element(0xa0, &[&signed])]);
    let message = format!(
        "{HEAD}Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n{}\n",
        base64::engine::general_purpose::STANDARD.encode(&signed)
    );
    let seen = open("a.eml", message.as_bytes());
    assert_eq!(
        seen.paths(),
        ["smime.p7m", "signed.eml", "signed.eml » x.exe"]
    );
    assert_eq!(seen.content("signed.eml » x.exe"), Some(&b"MZ"[..]));
}

#[test]
fn a_multipart_that_is_closed_before_it_is_opened_is_a_part_itself() {
    let message = format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=b\n\nall there is\n--b--\n--b\nContent-Type: a/b; name=x\n\nMZ"
    );
    let seen = open("a.eml", message.as_bytes());
    assert_eq!(listed(&seen), "attachment (12)\nx (2)");
}

#[test]
fn opens_a_web_archive() {
    let page = "From: <Saved by a browser>\nSnapshot-Content-Location: https://example.com/\nSubject: x\nMIME-Version: 1.0\n\
        Content-Type: multipart/related; type=\"text/html\"; boundary=\"--b----\"\n\n\n----b----\nContent-Type: text/html\n\
        Content-Location: https://example.com/index.html?q=1\n\n<p>\n----b----\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\
        Content-Location: https://example.com/a/logo.png\n\niVBORw==\n----b------\n";
    let seen = open("page.mhtml", page.as_bytes());
    assert_eq!(listed(&seen), "index.html (3)\nlogo.png (4)");
}

#[test]
fn splits_a_mailbox_only_where_messages_begin() {
    let mut mailbox = String::new();
    for index in 0..3 {
        let _ = write!(
            mailbox,
            "From a@example.com Wed Aug  3 10:00:0{index} 2016\n{HEAD}Content-Type: a/b; name=f{index}\n\n\
             Text\nFrom here on it goes on\n>From a quote\n\n"
        );
    }
    let seen = open("inbox", mailbox.as_bytes());
    assert_eq!(
        seen.paths(),
        [
            "message.eml",
            "message.eml » f0",
            "message-2.eml",
            "message-2.eml » f1",
            "message-3.eml",
            "message-3.eml » f2"
        ]
    );
}

#[test]
fn multiparts_in_multiparts_without_end_are_read_once() {
    let mut message = HEAD.to_owned();
    for level in 0..5_000 {
        let _ = write!(
            message,
            "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
        );
    }
    message.push_str("Content-Type: a/b; name=x\n\nend\n");
    let started = std::time::Instant::now();
    let seen = open("a.eml", message.as_bytes());
    assert_eq!(seen.reasons(), [WhyNot::Depth]);
    assert_eq!(
        seen.members.len(),
        1,
        "the level that is too deep is a part itself"
    );
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn many_multiparts_whose_boundaries_are_nowhere_take_time_in_proportion() {
    let mut message = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n");
    for part in 0..20_000 {
        let _ = write!(
            message,
            "--b\nContent-Type: multipart/mixed; boundary=n{part}\n\n--x\n"
        );
    }
    let started = std::time::Instant::now();
    let seen = open("a.eml", message.as_bytes());
    assert!(seen.members.len() >= 19_000, "{}", seen.members.len());
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn a_message_nested_beyond_the_budget_is_listed() {
    let mut message = "Content-Type: a/b; name=x\n\nMZ\n".to_owned();
    for _ in 0..50 {
        message = format!("{HEAD}Content-Type: message/rfc822\n\n{message}");
    }
    let seen = open("a.eml", message.as_bytes());
    assert_eq!(seen.reasons(), [WhyNot::Depth]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_message_ends_within_its_budget(changes in changes()) {
        survives(Kind::Eml, sample().as_bytes(), &changes);
        survives(Kind::Mbox, sample().as_bytes(), &changes);
    }

    #[test]
    fn any_bytes_are_opened_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        for kind in [Kind::Eml, Kind::Mbox, Kind::Msg, Kind::Tnef] {
            survives(kind, &bytes, &[]);
        }
    }

    #[test]
    fn an_attachment_comes_back_as_it_was(content in prop::collection::vec(any::<u8>(), 1..2000)) {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(&content);
        let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let message = format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            lines.join("\n")
        );
        let seen = open_as(Kind::Eml, "a", message.as_bytes(), &unpack::Budget::default());
        prop_assert_eq!(seen.content("x"), Some(content.as_slice()));
    }
}
