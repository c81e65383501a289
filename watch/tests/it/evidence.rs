//! Evidence cannot be changed unnoticed.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::io::{BufRead as _, Read as _};

use fs_err as fs;
use jiff::Timestamp;
use pages::PageModel;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use visit::Visitor;
use watch::keeping::{
    Archive, Chain, ChainError, CheckLine, CheckRecord, Contents, Entry, Target, WatchFolder,
    name_of, verify_chain,
};
use watch::{
    Approver, Check, Depth, Judgement, Means, Reason, SiteFacts, SiteMemory, Verdict, check,
};

use crate::serving::{Site, web};

fn entry(number: u32) -> Entry {
    Entry {
        at: Timestamp::from_second(1_700_000_000 + i64::from(number)).unwrap(),
        target: "https://so.example.gov.vn/".to_owned(),
        event: "check".to_owned(),
        body: json!({ "verdict": "defacement", "number": number }),
    }
}

/// With the mask that most systems have, other accounts could read the lines, and the names of everything else.
#[test]
fn nobody_else_reads_what_a_watch_keeps() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &std::path::Path| {
        let permissions = fs::metadata(path).unwrap().permissions();
        permissions.mode() & 0o777
    };
    let above = tempfile::tempdir().unwrap();
    let path = above.path().join("watch");
    let mut folder = WatchFolder::open(&path).unwrap();
    folder.chain.append(entry(1)).unwrap();
    folder.keep_targets(&[]).unwrap();
    folder.contents.keep(b"malware").unwrap();
    assert!(!folder.is_open_to_others().unwrap());
    assert_eq!(mode(&path), 0o700);
    for file in ["evidence.jsonl", "lock", "targets.json"] {
        assert_eq!(mode(&path.join(file)), 0o600, "{file}");
    }
    fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    assert!(folder.is_open_to_others().unwrap());
}

#[test]
fn a_chain_that_anybody_changed_at_any_byte_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let mut chain = Chain::open(&path).unwrap();
    for number in 0..5 {
        chain.append(entry(number)).unwrap();
    }
    let proof = chain.proof();
    drop(chain);
    assert_eq!(verify_chain(&path, &mut |_| {}).unwrap(), proof);
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        // The end of the last line is the only place where something may be missing: a line that was not finished.
        match verify_chain(&path, &mut |_| {}) {
            Ok(found) => assert_ne!(found, proof, "byte {at}"),
            Err(error) => assert!(
                matches!(error, ChainError::Broken { .. }),
                "byte {at}: {error}"
            ),
        }
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let without_second = [lines[0], lines[2], lines[3], lines[4]].concat();
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4]].concat();
    for changed in [without_second, swapped] {
        fs::write(&path, &changed).unwrap();
        assert!(matches!(
            verify_chain(&path, &mut |_| {}),
            Err(ChainError::Broken { line: 2, .. })
        ));
        assert!(Chain::open(&path).is_err());
    }
}

#[test]
fn a_line_that_was_not_finished_is_cut_off_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let mut chain = Chain::open(&path).unwrap();
    chain.append(entry(1)).unwrap();
    chain.append(entry(2)).unwrap();
    drop(chain);
    let bytes = fs::read(&path).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in first..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let mut chain = Chain::open(&path).unwrap();
        assert_eq!(chain.proof().lines, 1, "{length}");
        chain.append(entry(2)).unwrap();
        drop(chain);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn contents_come_back_as_they_were_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let contents = Contents::in_folder(folder.path());
    let page = b"<p>page</p>".repeat(1_000);
    let name = contents.keep(&page).unwrap();
    assert_eq!(contents.keep(&page).unwrap(), name);
    assert_eq!(contents.load(&name).unwrap(), page);
    let path = folder.path().join(&name[..2]).join(&name);
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() < page.len() / 10);
    bytes.truncate(20);
    fs::write(&path, &bytes).unwrap();
    assert!(contents.load(&name).is_err());
    for wrong in ["", "..", "/etc/passwd", &"g".repeat(64)] {
        assert!(contents.load(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_content_is_a_stream_of_its_own_that_others_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let contents = Contents::in_folder(folder.path());
    // What does not compress, longer than what is compressed at one time; nothing; much of the same; and short.
    let mut noise = Vec::new();
    let mut digest = [0; 32];
    while noise.len() < 200_000 {
        digest = Sha256::digest(digest).into();
        noise.extend_from_slice(&digest);
    }
    for content in [&noise[..], b"", &b"a".repeat(500_000), b"b", &noise[7..]] {
        let name = contents.keep(content).unwrap();
        assert_eq!(contents.load(&name).unwrap(), content);
        let mut read = Vec::new();
        let file = fs::File::open(folder.path().join(&name[..2]).join(&name)).unwrap();
        let mut decoder = flate2::bufread::ZlibDecoder::new(std::io::BufReader::new(file));
        decoder.read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
        assert!(
            decoder.into_inner().fill_buf().unwrap().is_empty(),
            "more than one stream"
        );
    }
}

#[test]
fn numbers_that_json_writes_and_reads_as_others_do_not_break_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    // An entry that somebody else wrote, with a number that is read as its neighbour, and spaces of its own.
    let entry = r#"{"at":"2026-11-23T02:00:00Z","target":"https://a.example/","event":"check", "body":{"kept":0.30000000000000004440892098500626}}"#;
    let zeros = "0".repeat(64);
    let said = [&1_u64.to_le_bytes()[..], zeros.as_bytes(), entry.as_bytes()].concat();
    let digest = name_of(&said);
    let line =
        format!(r#"{{"number":1,"previous":"{zeros}","digest":"{digest}","entry":{entry}}}"#);
    fs::write(&path, line + "\n").unwrap();
    let proof = verify_chain(&path, &mut |_| {}).unwrap();
    assert_eq!((proof.lines, proof.last), (1, digest));
}

#[test]
fn what_is_too_long_for_a_line_is_refused_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.jsonl");
    let mut chain = Chain::open(&path).unwrap();
    chain.append(entry(1)).unwrap();
    let mut long = entry(2);
    long.body = json!("x".repeat(5 * 1024 * 1024));
    assert!(matches!(
        chain.append(long),
        Err(ChainError::TooLong { .. })
    ));
    chain.append(entry(3)).unwrap();
    drop(chain);
    assert_eq!(verify_chain(&path, &mut |_| {}).unwrap().lines, 2);
}

#[test]
fn a_check_with_everything_an_intruder_can_pile_up_fits_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = WatchFolder::open(folder.path()).unwrap();
    let reason = |number: usize| Reason::Link {
        origin: format!("https://{number}.{}", "x".repeat(1_900)),
    };
    let reasons: Vec<Reason> = (0..5_000).map(reason).collect();
    let check = Check {
        url: "https://a.example/".to_owned(),
        judgement: Judgement::of(Verdict::Injection, reasons.clone()),
        visits: Vec::new(),
        page: Some(PageModel::default()),
        views: std::collections::BTreeMap::new(),
        browser_starts: 0,
        style_sheets: Vec::new(),
        style_bytes_cut: 0,
        about: None,
        loaded: None,
        rendered: None,
        site: SiteFacts::default(),
    };
    let target = Target {
        url: check.url.clone(),
        ..Target::default()
    };
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    watch.write_check(at, &target, &check, None).unwrap();
    drop(watch);
    let archive = Archive::open(folder.path()).unwrap();
    let history = archive.history(&check.url).unwrap();
    let (_, line) = history.last_check().unwrap();
    assert_eq!(line.reasons.len() + line.reasons_left_out, 5_000);
    assert_eq!(archive.record(&line).unwrap().judgement.reasons, reasons);
    let model: PageModel = archive.load(&line.after.unwrap().model).unwrap();
    assert_eq!(model, PageModel::default());
}

const HONEST: &str = "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><link rel=stylesheet href=/site.css><h1>Sở Y tế tỉnh A</h1>\
    <p class=a>Lịch tiêm chủng tháng 8</p><p class=b>Địa chỉ: 1 Lê Lợi</p></html>";

/// A site under watch whose page one visit of the next check gets as `hacked`, and what is written down of that check.
struct Seen {
    line: CheckLine,
    record: CheckRecord,
    archive: Archive,
    check: Check,
    memory: SiteMemory,
    _folder: tempfile::TempDir,
}

/// Visits of one check as every visitor: ourselves, three others twice, ourselves again.
const LOOKS: usize = 8;

async fn seen_with(hacked: &str, visits: &[usize]) -> Seen {
    let site = Site::open();
    let web = web();
    let folder = tempfile::tempdir().unwrap();
    let mut watch = WatchFolder::open(folder.path()).unwrap();
    let target = Target {
        url: site.url("/"),
        ..Target::default()
    };
    site.put("/site.css", "text/css", "body{color:#222}");
    site.put("/", "text/html; charset=utf-8", HONEST);
    let at = Timestamp::from_second(1_780_000_000).unwrap();
    let means = Means::new(&web, at);
    let mut memory = SiteMemory::default();
    let look = |memory: SiteMemory| {
        let (means, url) = (&means, target.url.as_str());
        async move { Box::pin(check(means, url, &memory, None, Depth::Visitors)).await }
    };
    let first = look(memory.clone()).await;
    let approver = Approver {
        by: "Nguyễn Văn A".to_owned(),
        ..Approver::default()
    };
    memory.approve(&first, &approver);
    let page = |number| {
        if visits.contains(&number) {
            hacked
        } else {
            HONEST
        }
    };
    site.put_in_turn("/", (1..=LOOKS).map(|number| page(number).into()));
    let check = look(memory.clone()).await;
    let known = memory.pages.get(&target.url);
    watch.write_check(at, &target, &check, known).unwrap();
    drop(watch);
    let archive = Archive::open(folder.path()).unwrap();
    let history = archive.history(&target.url).unwrap();
    let (_, line) = history.last_check().unwrap();
    Seen {
        record: archive.record(&line).unwrap(),
        line,
        archive,
        check,
        memory,
        _folder: folder,
    }
}

fn hacked() -> String {
    HONEST.replace("<p class=b>", "<div style='display:none'><a href='https://elsewhere.example/'>nhà cái uy tín</a></div><p class=b>")
}

#[tokio::test]
async fn what_only_our_second_look_showed_is_what_the_evidence_shows() {
    let seen = Box::pin(seen_with(&hacked(), &[LOOKS])).await;
    assert_eq!(seen.line.verdict, Verdict::Injection, "{:?}", seen.line);
    let after = seen.line.after.clone().unwrap();
    let sight = after.sight.unwrap();
    assert_eq!((sight.visitor, sight.look), (Visitor::Watch, 2));
    let content = seen.archive.contents.load(&after.content.unwrap()).unwrap();
    assert_eq!(String::from_utf8(content).unwrap(), hacked());
    let model: PageModel = seen.archive.load(&after.model).unwrap();
    assert!(model.hidden.iter().any(|one| one.text.contains("nhà cái")));
    // The visit that it names is the one that got it, and it was compared with what a person approved.
    let visit = &seen.record.visits[sight.visit as usize];
    assert_eq!(visit.page().unwrap().digest, name_of(hacked().as_bytes()));
    let before = seen.line.before.clone().unwrap();
    assert_eq!(before.approver.unwrap().by, "Nguyễn Văn A");
}

#[tokio::test]
async fn every_content_says_as_whom_and_at_which_look_it_came() {
    let seen = Box::pin(seen_with(&hacked(), &[2, 3])).await;
    assert!(seen.line.verdict.wants_person(), "{:?}", seen.line);
    assert_eq!(seen.line.visitor, Visitor::Crawler);
    let sight = seen.line.after.clone().unwrap().sight.unwrap();
    assert_eq!((sight.visitor, sight.look), (Visitor::Crawler, 1));
    let ours = seen.line.before.clone().unwrap().sight.unwrap();
    assert_eq!((ours.visitor, ours.look), (Visitor::Watch, 1));
    assert_eq!(seen.line.pages.len(), seen.line.looks.len());
    let strange: Vec<(Visitor, u32)> = std::iter::zip(&seen.line.pages, &seen.line.looks)
        .filter(|(page, _)| **page == name_of(hacked().as_bytes()))
        .map(|(_, sight)| (sight.visitor, sight.look))
        .collect();
    assert_eq!(strange, [(Visitor::Crawler, 1), (Visitor::Crawler, 2)]);
}

#[tokio::test]
async fn with_what_the_evidence_names_the_page_can_be_read_again_as_it_was_read() {
    let seen = Box::pin(seen_with(&hacked(), &[LOOKS])).await;
    let after = seen.line.after.clone().unwrap();
    let load = |digest: &String| seen.archive.contents.load(digest).unwrap();
    let sheets: Vec<String> = after
        .style_sheets
        .iter()
        .map(|digest| String::from_utf8(load(digest)).unwrap())
        .collect();
    assert_eq!(sheets, ["body{color:#222}"]);
    let visit = &seen.record.visits[after.sight.unwrap().visit as usize];
    let page = visit::Page {
        body: load(&after.content.unwrap()),
        ..visit.page().unwrap().clone()
    };
    let model: PageModel = seen.archive.load(&after.model).unwrap();
    assert_eq!(watch::read_page_with(&page, &sheets), model);
}

#[tokio::test]
async fn whoever_approves_what_our_second_look_showed_has_approved_that() {
    let mut seen = Box::pin(seen_with(&hacked(), &[LOOKS])).await;
    let approver = Approver::default();
    seen.memory.approve(&seen.check, &approver);
    let versions = &seen.memory.pages[&seen.check.url].approved;
    let has_hidden = |page: &PageModel| !page.hidden.is_empty();
    assert!(versions.iter().any(|one| has_hidden(&one.page)));
}

#[test]
fn a_case_begins_with_the_first_bad_check_after_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = WatchFolder::open(folder.path()).unwrap();
    let target = Target {
        url: "https://a.example/".to_owned(),
        ..Target::default()
    };
    let verdicts = [
        Verdict::Defacement,
        Verdict::Ordinary,
        Verdict::Unexplained,
        Verdict::Nothing,
        Verdict::Defacement,
    ];
    for (number, verdict) in verdicts.into_iter().enumerate() {
        let check = Check {
            url: target.url.clone(),
            judgement: Judgement::of(verdict, Vec::new()),
            visits: Vec::new(),
            page: None,
            views: std::collections::BTreeMap::new(),
            browser_starts: 0,
            style_sheets: Vec::new(),
            style_bytes_cut: 0,
            about: None,
            loaded: None,
            rendered: None,
            site: SiteFacts::default(),
        };
        let at = Timestamp::from_second(i64::try_from(number).unwrap()).unwrap();
        watch.write_check(at, &target, &check, None).unwrap();
    }
    let history = Archive::open(folder.path())
        .unwrap()
        .history(&target.url)
        .unwrap();
    assert_eq!(history.began().unwrap().number, 3);
    assert_eq!(history.last_in_order().unwrap().number, 2);
    assert_eq!(history.until(2).began().map(|link| link.number), None);
}
