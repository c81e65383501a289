//! What `tocsin watch web survey` finds stands wherever verdicts of pages stand, until a person approves it.

use std::time::Duration;

use domain::{Clock as _, SystemClock};
use fs_err as fs;
use jiff::SignedDuration;
use serde_json::Value;
use testkit::serving::{Request, answer, html};
use watch::Verdict;
use watch::reading::FolderReader;

use crate::watch_web::Desk;

const HOME: &str = "<!doctype html><html lang=vi><title>Sở Y tế</title><body><h1>Sở Y tế</h1>\
    <p>Lịch tiêm chủng tháng 8</p><img src=/upload/anh1.png></html>";
const BAD: &str = "<!doctype html><title>Slot gacor</title><p>Nhà cái uy tín, slot gacor hôm nay</p>\
    <a href=https://elsewhere.example/>đây</a>";

/// An office with a folder of pictures; once it is attacked, there is a page among them.
pub fn office(state: &str, request: &Request) -> Vec<u8> {
    let is_attacked = state == "attacked";
    match request.path() {
        "/" => html(HOME),
        "/upload/" => {
            let bad = if is_attacked {
                "<a href=x.html>x.html</a> 02-Jul-2026 08:12 900"
            } else {
                ""
            };
            html(format!(
                "<title>Index of /upload/</title><h1>Index of /upload/</h1><pre><a href=../>../</a>\n\
                 <a href=anh1.png>anh1.png</a> 01-Jul-2026 08:12 14336\n{bad}</pre>"
            ))
        }
        "/upload/anh1.png" => answer(200, "Content-Type: image/png\r\n", b"\x89PNG"),
        "/upload/x.html" if is_attacked => html(BAD),
        _ => answer(404, "Content-Type: text/html\r\n", "<h1>404</h1>"),
    }
}

/// A desk that has surveyed the office before and after the attack.
pub fn desk_with_a_finding() -> Desk {
    let desk = Desk::serving("127.0.0.1", "honest", office);
    let added = desk.add();
    assert_eq!(added.code, 0, "{}{}", added.stdout, added.stderr);
    for _ in 0..2 {
        let survey = desk.run(&["survey"]);
        assert_eq!(survey.code, 0, "{}{}", survey.stdout, survey.stderr);
    }
    desk.show("attacked");
    desk
}

#[test]
fn a_page_in_an_upload_folder_is_listed_shown_and_exported_until_a_person_approves_it() {
    let desk = desk_with_a_finding();
    let survey = desk.run(&["survey"]);
    assert_eq!(survey.code, 1, "{}{}", survey.stdout, survey.stderr);
    let (rest, bad) = (
        format!("{}*", desk.url),
        format!("{}upload/x.html", desk.url),
    );
    let list = desk.run(&["list", "--json"]).stdout;
    let list: Value = serde_json::from_str(&list).expect("one object");
    assert_eq!(list["pages"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["surveys"][0]["url"], rest, "{list}");
    assert_eq!(list["surveys"][0]["verdict"], "injection", "{list}");
    assert!(desk.run(&["list"]).stdout.contains(&rest));

    // The most urgent; by what stands for the site beside its pages; by the page that nobody put under watch.
    for words in [vec!["show"], vec!["show", &rest], vec!["show", &bad]] {
        let shown = desk.run(&words);
        assert_eq!(shown.code, 1, "{words:?}: {}", shown.stderr);
        for expected in [
            "TELEPHONE NOW",
            "0240 1",
            &bad,
            "slot gacor",
            "elsewhere.example",
        ] {
            assert!(
                shown.stdout.contains(expected),
                "{words:?} {expected}: {}",
                shown.stdout
            );
        }
    }
    let page = desk.run(&["show", "--html", "-", "--lang", "vi"]).stdout;
    assert!(
        page.contains("Ngoài danh sách giám sát") && !page.contains("<img"),
        "{page}"
    );
    let out = desk.text("case.zip");
    let exported = desk.run(&["export", "--out", &out, "--url", &rest]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);

    // Nobody is called for the page itself, and what was found stays.
    let check = desk.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    assert!(desk.run(&["list"]).stdout.contains(&rest));
    let add = desk.run(&["add", &rest, "--approved-by", "A"]);
    assert!(
        add.stderr.contains("stands for what surveys find"),
        "{}",
        add.stderr
    );
    let approved = desk.run(&["survey", "--approve-by", "Trần B", "--note", "ours"]);
    assert!(
        approved.stdout.contains("Trần B"),
        "{}{}",
        approved.stdout,
        approved.stderr
    );
    assert!(!desk.run(&["list"]).stdout.contains(&rest));
    assert_eq!(desk.run(&["survey"]).code, 0);
}

#[test]
fn what_single_commands_find_stands_also_where_a_watch_ran_before() {
    let desk = desk_with_a_finding();
    let cases = r#"{"last_number":3,"open":{},"closed":[]}"#;
    fs::write(desk.path("watch/cases.json"), cases).expect("written");
    assert_eq!(desk.run(&["survey"]).code, 1);
    let of_survey = || {
        // Long enough after it: of what is in no case by then, it would be said that it is over.
        let later = SystemClock.now().checked_add(SignedDuration::from_hours(1));
        let mut reader = FolderReader::new(&desk.path("watch"), None);
        let reading = reader.read(later.expect("in range"), Duration::from_hours(24));
        let mut pages = reading.pages.into_iter();
        pages
            .find(|page| page.url.ends_with("/*"))
            .expect("a finding of the survey")
    };
    let found = of_survey();
    assert_eq!(found.verdict, Verdict::Injection);
    assert!(found.findings[0].end.is_none(), "{found:?}");
    assert_eq!(found.contact, "0240 1");
    assert_eq!(found.findings[0].reasons[0].kind, "page-in-uploads");
    // It is taken away: the next survey says so.
    desk.show("honest");
    assert_eq!(desk.run(&["survey"]).code, 0);
    let found = of_survey();
    assert!(found.findings[0].end.is_some(), "{found:?}");
}

#[test]
fn what_a_survey_found_before_a_watch_ran_is_a_case_of_that_watch() {
    let desk = desk_with_a_finding();
    assert_eq!(desk.run(&["survey"]).code, 1);
    let to_site = [
        "--allow-host",
        "127.0.0.1",
        "--pause-ms",
        "0",
        "--no-browser",
    ];
    let ran = desk.run(&[&["run", "--once", "--json"][..], &to_site].concat());
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let cases = fs::read_to_string(desk.path("watch/cases.json")).expect("kept");
    let cases: Value = serde_json::from_str(&cases).expect("cases");
    let case = &cases["open"]["127.0.0.1"];
    assert_eq!(case["state"]["state"], "confirmed", "{cases}");
    assert_eq!(
        case["pages"]["127.0.0.1/*"]["verdict"], "injection",
        "{cases}"
    );
    assert!(desk.run(&["list"]).stdout.contains("Hidden injection"));
}
