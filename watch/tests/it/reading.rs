//! A folder is read by somebody else while the watch writes, stops, or while somebody tampers with it.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use watch::Verdict;
use watch::keeping::{Entry, KeepError, Proof, Target, WatchFolder};
use watch::reading::{FolderReader, Health, Ledger, PageReading, Reading};

const PAGE: &str = "https://a.example.vn/";
const SILENT_AFTER: Duration = Duration::from_mins(15);

struct Folder {
    place: TempDir,
    watch: WatchFolder,
    now: Timestamp,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let watch = WatchFolder::open(folder.path()).expect("opened");
        let target: Target =
            serde_json::from_value(json!({ "url": PAGE, "organisation": "vn.a", "supplier": "S" }))
                .expect("a target");
        watch.keep_targets(&[target]).expect("kept");
        Self {
            place: folder,
            watch,
            now: newest_in_folder(),
        }
    }

    fn write(&mut self, event: &str, body: Value) -> String {
        let entry = Entry {
            at: self.now,
            target: PAGE.to_owned(),
            event: event.to_owned(),
            body,
        };
        self.watch.chain.append(entry).expect("written")
    }

    fn check(&mut self, verdict: &str) -> String {
        let reason = json!({ "kind": "title", "from": "a", "to": "b\u{7}\u{202e}" });
        self.write("check", json!({ "verdict": verdict, "reasons": [reason] }))
    }

    fn keep(&self, name: &str, value: &Value) {
        fs_err::write(self.place.path().join(name), value.to_string()).expect("written");
    }

    fn evidence(&self) -> std::path::PathBuf {
        self.place.path().join("evidence.jsonl")
    }

    fn read(&self, reader: &mut FolderReader) -> Reading {
        reader.read(self.now, SILENT_AFTER)
    }

    fn page(&self) -> PageReading {
        let mut reader = FolderReader::new(self.place.path(), None);
        let mut reading = self.read(&mut reader);
        assert_eq!(reading.pages.len(), 1);
        reading.pages.remove(0)
    }
}

/// The files are as old as the test: its clock is the file system's.
fn newest_in_folder() -> Timestamp {
    let file = tempfile::tempfile().expect("a file");
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    Timestamp::try_from(modified.expect("a time")).expect("in range")
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(minutes))
        .expect("in range")
}

fn is_broken(reading: &Reading) -> bool {
    matches!(reading.health, Health::Broken { .. }) && reading.proof.is_none()
}

#[test]
fn a_page_that_nobody_has_looked_at_has_no_verdict() {
    let folder = Folder::new();
    let page = folder.page();
    assert_eq!(page.verdict, Verdict::Nothing);
    assert_eq!(
        (page.organisation.as_str(), page.supplier.as_str()),
        ("vn.a", "S")
    );
    assert!(page.findings.is_empty());
}

#[test]
fn a_finding_is_one_from_its_first_line_to_its_approval() {
    let mut folder = Folder::new();
    let mut reader = FolderReader::new(folder.place.path(), None);
    let first = folder.check("unexplained");
    let page = &folder.read(&mut reader).pages[0];
    assert_eq!(page.verdict, Verdict::Unexplained);
    assert_eq!(
        (&page.findings[0].first, &page.findings[0].newest),
        (&first, &first)
    );
    folder.now = later(folder.now, 1);
    let newest = folder.check("defacement");
    let page = &folder.read(&mut reader).pages[0];
    let finding = &page.findings[0];
    assert_eq!((&finding.first, &finding.newest), (&first, &newest));
    assert_eq!(finding.verdict, Verdict::Defacement);
    assert_eq!(finding.changed_at, folder.now);
    assert_eq!(finding.reasons[0].kind, "title");
    let to = &finding.reasons[0].values["to"];
    assert!(!to.chars().any(char::is_control), "{to:?}");
    // Switched off by its owner: it was still attacked.
    folder.check("outage");
    let page = &folder.read(&mut reader).pages[0];
    assert_eq!(page.verdict, Verdict::Defacement);
    folder.now = later(folder.now, 1);
    folder.write("approval", json!({ "by": "Nguyễn Văn A", "note": "" }));
    let page = &folder.read(&mut reader).pages[0];
    assert_eq!(page.verdict, Verdict::Unchanged);
    let end = page.findings[0].end.as_ref().expect("ended");
    assert_eq!(
        (end.at, end.by.as_deref()),
        (folder.now, Some("Nguyễn Văn A"))
    );
    // It is told of for a week.
    folder.now = later(folder.now, 8 * 24 * 60);
    assert!(folder.read(&mut reader).pages[0].findings.is_empty());
}

#[test]
fn a_later_look_that_leaves_no_line_closes_a_finding() {
    let mut folder = Folder::new();
    folder.check("takeover");
    let at = later(folder.now, 2);
    let standings = |verdict: &str| json!({ PAGE: { "verdict": verdict, "at": at } });
    folder.keep("standings.json", &standings("takeover"));
    assert_eq!(folder.page().verdict, Verdict::Takeover);
    folder.keep("standings.json", &standings("unchanged"));
    let page = folder.page();
    assert_eq!(page.verdict, Verdict::Unchanged);
    let end = page.findings[0].end.as_ref().expect("ended");
    assert_eq!((end.at, &end.by), (at, &None));
}

#[test]
fn what_was_seen_once_is_not_told_until_it_is_seen_again() {
    let mut folder = Folder::new();
    folder.check("defacement");
    let cases = |state: &str| {
        let case = json!({ "state": { "state": state }, "pages": { PAGE: { "verdict": "defacement", "look": "whole" } } });
        json!({ "last_number": 1, "open": { "a.example.vn": case }, "closed": [] })
    };
    folder.keep("cases.json", &cases("opened"));
    let page = folder.page();
    assert_eq!((page.verdict, page.findings.len()), (Verdict::Nothing, 0));
    folder.keep("cases.json", &cases("confirmed"));
    let page = folder.page();
    assert_eq!(
        (page.verdict, page.findings.len()),
        (Verdict::Defacement, 1)
    );
    // The case is over: at once nothing is claimed, then it is over here as well.
    folder.keep("cases.json", &json!({ "open": {} }));
    assert_eq!(folder.page().verdict, Verdict::Nothing);
    folder.now = later(folder.now, 1);
    let page = folder.page();
    assert_eq!(page.verdict, Verdict::Unchanged);
    assert!(page.findings[0].end.is_some());
}

#[test]
fn one_failure_is_neither_an_outage_nor_fine() {
    let mut folder = Folder::new();
    folder.keep("cases.json", &json!({ "open": {} }));
    folder.check("outage");
    assert_eq!(folder.page().verdict, Verdict::Nothing);
    folder.now = later(folder.now, 10);
    assert_eq!(folder.page().verdict, Verdict::Nothing);
}

#[test]
fn a_watch_that_writes_nothing_for_too_long_is_silent() {
    let folder = Folder::new();
    let mut reader = FolderReader::new(folder.place.path(), None);
    assert_eq!(folder.read(&mut reader).health, Health::Running);
    let now = later(folder.now, 16);
    assert_eq!(reader.read(now, SILENT_AFTER).health, Health::Silent);
}

#[test]
fn a_folder_that_is_not_there_is_said_and_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut reader = FolderReader::new(&folder.path().join("gone"), None);
    assert!(is_broken(&reader.read(newest_in_folder(), SILENT_AFTER)));
}

#[test]
fn a_line_that_is_being_written_is_waited_for() {
    let mut folder = Folder::new();
    let mut reader = FolderReader::new(folder.place.path(), None);
    folder.check("unexplained");
    assert_eq!(folder.read(&mut reader).proof.expect("whole").lines, 1);
    folder.check("defacement");
    let whole = fs_err::read(folder.evidence()).expect("read");
    let first_line = whole
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line")
        + 1;
    for cut in [first_line, first_line + 1, whole.len() - 2, whole.len() - 1] {
        fs_err::write(folder.evidence(), &whole[..cut]).expect("written");
        let reading = folder.read(&mut reader);
        assert_eq!(reading.health, Health::Running, "at {cut}");
        assert_eq!(reading.pages[0].verdict, Verdict::Unexplained);
    }
    fs_err::write(folder.evidence(), &whole).expect("written");
    let reading = folder.read(&mut reader);
    assert_eq!(reading.proof.expect("whole").lines, 2);
    assert_eq!(reading.pages[0].verdict, Verdict::Defacement);
}

#[test]
fn missing_changed_and_exchanged_lines_are_said_and_the_alarm_stays() {
    let mut folder = Folder::new();
    let mut reader = FolderReader::new(folder.place.path(), None);
    folder.check("defacement");
    folder.check("defacement");
    folder.read(&mut reader);
    let whole = fs_err::read(folder.evidence()).expect("read");
    let first_line = whole
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line")
        + 1;
    let put = |bytes: &[u8]| fs_err::write(folder.evidence(), bytes).expect("written");
    let alarm_stays = |reader: &mut FolderReader| {
        let reading = folder.read(reader);
        assert!(is_broken(&reading));
        assert_eq!(reading.pages[0].verdict, Verdict::Defacement);
    };
    // Cut off.
    put(&whole[..first_line]);
    alarm_stays(&mut reader);
    // Emptied, and gone.
    put(b"");
    alarm_stays(&mut reader);
    fs_err::rename(folder.evidence(), folder.place.path().join("elsewhere")).expect("moved");
    alarm_stays(&mut reader);
    // Something else follows.
    let mut forged = whole.clone();
    forged.extend_from_slice(b"{\"number\":3}\n");
    put(&forged);
    alarm_stays(&mut reader);
    // One letter is another: somebody who begins to read sees it at once.
    let mut changed = whole.clone();
    let letter = changed
        .windows(9)
        .position(|bytes| bytes == b"defacemen")
        .expect("there");
    changed[letter] = b'D';
    put(&changed);
    let mut newcomer = FolderReader::new(folder.place.path(), None);
    assert!(is_broken(&folder.read(&mut newcomer)));
    // Whoever has read it reads all of it again now and then.
    let found = (0..250).any(|_| is_broken(&folder.read(&mut reader)));
    assert!(found);
    // And the real one is believed again.
    put(&whole);
    assert_eq!(folder.read(&mut reader).health, Health::Running);
}

#[test]
fn another_chain_is_not_taken_for_the_one_that_was_known() {
    let mut folder = Folder::new();
    folder.check("defacement");
    let known = folder.watch.chain.proof();
    folder.check("unexplained");
    let mut reader = FolderReader::new(folder.place.path(), Some(known.clone()));
    assert_eq!(folder.read(&mut reader).health, Health::Running);
    let other_known = Proof {
        last: "0".repeat(64),
        ..known
    };
    let mut reader = FolderReader::new(folder.place.path(), Some(other_known));
    assert!(is_broken(&folder.read(&mut reader)));
    let longer = Proof {
        lines: 9,
        ..folder.watch.chain.proof()
    };
    let mut reader = FolderReader::new(folder.place.path(), Some(longer));
    assert!(is_broken(&folder.read(&mut reader)));
}

#[test]
fn files_that_are_not_what_they_were_written_as_end_nothing() {
    let mut folder = Folder::new();
    folder.check("defacement");
    let hostile: [&[u8]; 4] = [b"", b"[7]", b"{\"open\":[]}", b"\xff\xfe"];
    for name in ["targets.json", "standings.json", "cases.json"] {
        let path = folder.place.path().join(name);
        let before = fs_err::read(&path).ok();
        for bytes in hostile {
            fs_err::write(&path, bytes).expect("written");
            let mut reader = FolderReader::new(folder.place.path(), None);
            assert!(is_broken(&folder.read(&mut reader)), "{name} {bytes:?}");
        }
        put_back(&path, before.as_deref());
    }
    // Lines of events and reasons that nobody knows change nothing.
    folder.write("moon-phase", json!({ "by": "x" }));
    folder.write(
        "check",
        json!({ "verdict": "wonderful", "reasons": "none" }),
    );
    let strange =
        json!([{ "kind": 7 }, 3, { "kind": "x", "a": [1, {}], "b": null, "c": { "d": 1 } }]);
    folder.write(
        "check",
        json!({ "verdict": "injection", "reasons": strange }),
    );
    let page = folder.page();
    assert_eq!(page.verdict, Verdict::Injection);
    assert_eq!(page.findings[0].reasons.len(), 1);
    assert_eq!(page.findings[0].reasons_left_out, 2);
}

fn put_back(path: &Path, before: Option<&[u8]>) {
    match before {
        Some(bytes) => fs_err::write(path, bytes).expect("written"),
        None => fs_err::remove_file(path).expect("removed"),
    }
}

#[test]
fn what_a_survey_found_is_a_finding_of_the_site_beside_its_pages() {
    let mut folder = Folder::new();
    let survey = |verdict: &str, approval: Value| {
        let reason =
            json!({ "kind": "page-in-uploads", "url": "https://a.example.vn/u/x", "title": "t" });
        json!({ "verdict": verdict, "reasons": [reason], "approval": approval })
    };
    folder.check("unexplained");
    let first = folder.write("survey", survey("injection", Value::Null));
    folder.now = later(folder.now, 1);
    let newest = folder.write("survey", survey("injection", Value::Null));
    let mut reader = FolderReader::new(folder.place.path(), None);
    let reading = folder.read(&mut reader);
    let [page, rest] = reading.pages.as_slice() else {
        panic!("{:?}", reading.pages);
    };
    assert_eq!(page.verdict, Verdict::Unexplained);
    assert_eq!(
        (rest.url.as_str(), rest.verdict),
        ("https://a.example.vn/*", Verdict::Injection)
    );
    assert_eq!(
        (rest.organisation.as_str(), rest.supplier.as_str()),
        ("vn.a", "S")
    );
    let finding = &rest.findings[0];
    assert_eq!((&finding.first, &finding.newest), (&first, &newest));
    assert_eq!(finding.reasons[0].kind, "page-in-uploads");
    folder.write("survey", survey("injection", json!({ "by": "Trần B" })));
    let reading = folder.read(&mut reader);
    let rest = &reading.pages[1];
    assert_eq!(rest.verdict, Verdict::Unchanged);
    let end = rest.findings[0].end.as_ref().expect("approved");
    assert_eq!(end.by.as_deref(), Some("Trần B"));
    // The page waits for its own person.
    assert_eq!(reading.pages[0].verdict, Verdict::Unexplained);
}

#[test]
fn what_was_found_is_over_when_the_next_survey_or_the_case_says_so() {
    let mut folder = Folder::new();
    folder.write("survey", json!({ "verdict": "cloaking", "reasons": [] }));
    let minute_later = later(folder.now, 1);
    folder.keep(
        "standings.json",
        &json!({ "a.example.vn/*": { "verdict": "unchanged", "at": minute_later } }),
    );
    folder.now = later(folder.now, 2);
    let mut reader = FolderReader::new(folder.place.path(), None);
    let reading = folder.read(&mut reader);
    assert!(reading.pages[1].findings[0].end.is_some());
    // Of a case that is not confirmed nobody is told.
    let case = |state: &str| {
        let page = json!({ "a.example.vn/*": { "verdict": "cloaking" } });
        json!({ "open": { "a.example.vn": { "state": { "state": state }, "pages": page } } })
    };
    folder.keep("standings.json", &json!({}));
    folder.keep("cases.json", &case("opened"));
    assert_eq!(folder.read(&mut reader).pages.len(), 1);
    folder.keep("cases.json", &case("confirmed"));
    assert_eq!(folder.read(&mut reader).pages[1].verdict, Verdict::Cloaking);
}

fn lines_of(ledger: &mut Ledger) -> Result<Vec<u64>, KeepError> {
    let history = ledger.history(PAGE)?;
    Ok(history.lines.iter().map(|link| link.number).collect())
}

#[test]
fn a_ledger_reads_on_and_finds_the_lines_of_each_page() {
    let mut folder = Folder::new();
    let mut ledger = Ledger::of_folder(folder.place.path());
    assert_eq!(lines_of(&mut ledger).expect("whole"), [0; 0]);
    folder.check("unexplained");
    folder.write("survey", json!({ "verdict": "cloaking", "reasons": [] }));
    assert_eq!(lines_of(&mut ledger).expect("whole"), [1]);
    let newest = folder.check("defacement");
    assert_eq!(lines_of(&mut ledger).expect("whole"), [1, 3]);
    assert_eq!(ledger.history(PAGE).expect("whole").lines[1].digest, newest);
    let of_survey = ledger.history("a.example.vn/*").expect("whole").lines;
    assert_eq!((of_survey.len(), of_survey[0].number), (1, 2));
    // What it says is what a reading from the beginning says.
    let archive = folder.watch.archive();
    let whole = archive.history(PAGE).expect("whole").lines;
    assert_eq!(ledger.history(PAGE).expect("whole").lines, whole);
}

#[test]
fn a_ledger_tells_of_evidence_that_shrank_or_changed_and_then_proves_it_anew() {
    let mut folder = Folder::new();
    for _ in 0..3 {
        folder.check("unexplained");
    }
    let whole = fs_err::read_to_string(folder.evidence()).expect("the chain");
    let first_line = whole.find('\n').expect("a line") + 1;
    let changed = whole.replacen("unexplained", "unexplainee", 1);
    // Another line of the right form, as somebody would write it who knows how: its own digest is right.
    let mut other = Folder::new();
    other.now = folder.now;
    other.check("defacement");
    let forged = fs_err::read_to_string(other.evidence()).expect("the chain");
    let forged = format!("{forged}{}", &whole[first_line..]);
    for (what, tampered, is_whole) in [
        ("shrank", &whole[..first_line], true),
        ("changed", &changed, false),
        ("forged", &forged, false),
    ] {
        let mut ledger = Ledger::of_folder(folder.place.path());
        fs_err::write(folder.evidence(), &whole).expect("written");
        assert_eq!(lines_of(&mut ledger).expect("whole"), [1, 2, 3], "{what}");
        fs_err::write(folder.evidence(), tampered).expect("written");
        assert!(lines_of(&mut ledger).is_err(), "{what}");
        assert_eq!(lines_of(&mut ledger).is_ok(), is_whole, "{what}");
        fs_err::write(folder.evidence(), &whole).expect("written");
        assert_eq!(
            lines_of(&mut ledger).expect("whole again"),
            [1, 2, 3],
            "{what}"
        );
    }
}

#[test]
fn a_ledger_sees_a_changed_line_also_where_the_file_has_grown_since() {
    let mut folder = Folder::new();
    let mut ledger = Ledger::of_folder(folder.place.path());
    folder.check("unexplained");
    folder.check("unexplained");
    assert_eq!(lines_of(&mut ledger).expect("whole"), [1, 2]);
    folder.check("unexplained");
    let whole = fs_err::read_to_string(folder.evidence()).expect("the chain");
    fs_err::write(
        folder.evidence(),
        whole.replacen("unexplained", "unexplainee", 1),
    )
    .expect("written");
    assert!(lines_of(&mut ledger).is_err());
}
