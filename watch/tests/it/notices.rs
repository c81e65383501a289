//! What a signed notice covers, and what is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeMap;

use documents::{ChangeNotice, Envelope, NoticePage, PublicKey};
use jiff::{SignedDuration, Timestamp};
use testkit::signing_key;
use watch::{
    Check, Judgement, NoticeBoard, NoticeError, PageMemory, Reason, SiteFacts, SiteMemory, Verdict,
    apply_notices, say_unannounced,
};

const URL: &str = "https://so.example/";

fn now() -> Timestamp {
    "2026-03-01T03:00:00Z".parse().unwrap()
}

fn notice(number: u64) -> ChangeNotice {
    ChangeNotice {
        schema: 1,
        host: "so.example".to_owned(),
        number,
        from: now() - SignedDuration::from_mins(10),
        until: now() + SignedDuration::from_mins(10),
        pages: vec![NoticePage::Below {
            url: URL.to_owned(),
        }],
        sha256: None,
        texts: Vec::new(),
        origins: vec!["https://cdn.example".to_owned()],
        may_be_down: false,
        note: "new design".to_owned(),
    }
}

fn signed(notice: &ChangeNotice, by: &str) -> Vec<u8> {
    Envelope::sign(notice, &[&signing_key(by)])
        .unwrap()
        .to_bytes()
}

fn publishers(host: &str) -> Vec<PublicKey> {
    let is_known = host == "so.example";
    is_known
        .then(|| signing_key("publisher").public_key())
        .into_iter()
        .collect()
}

fn board(notice: &ChangeNotice) -> NoticeBoard {
    let mut board = NoticeBoard::default();
    board
        .take(&signed(notice, "publisher"), publishers, now())
        .unwrap();
    board
}

fn check(verdict: Verdict, reasons: Vec<Reason>) -> Check {
    Check {
        url: URL.to_owned(),
        judgement: Judgement::of(verdict, reasons),
        visits: Vec::new(),
        page: None,
        views: BTreeMap::new(),
        browser_starts: 0,
        style_sheets: Vec::new(),
        style_bytes_cut: 0,
        about: None,
        loaded: None,
        rendered: None,
        site: SiteFacts::default(),
    }
}

fn memory() -> SiteMemory {
    SiteMemory {
        facts: SiteFacts {
            ends_at: ["so.example".to_owned()].into(),
            ..SiteFacts::default()
        },
        pages: [(URL.to_owned(), PageMemory::default())].into(),
        ..SiteMemory::default()
    }
}

fn verdict_with(notice: &ChangeNotice, verdict: Verdict, reasons: Vec<Reason>) -> Verdict {
    let mut check = check(verdict, reasons);
    let notices = board(notice).of_host("so.example", now());
    apply_notices(&mut check, &memory(), &notices, now());
    check.judgement.verdict
}

fn text(to: &str) -> Reason {
    Reason::StaticText {
        path: "body".to_owned(),
        from: "before".to_owned(),
        to: to.to_owned(),
    }
}

fn script(origin: &str) -> Reason {
    Reason::ScriptOrigin {
        origin: origin.to_owned(),
    }
}

fn inline(decodes: bool) -> Reason {
    Reason::InlineScript {
        beginning: "var".to_owned(),
        redirects: false,
        decodes,
        origins: Vec::new(),
    }
}

/// Whether code stands behind what was there.
#[derive(Clone, Copy, PartialEq)]
enum Added {
    No,
    Yes,
}

fn file(added: Added) -> Reason {
    Reason::LoadedScript {
        url: format!("{URL}js/site.js"),
        was_added_to: added == Added::Yes,
        redirects: false,
        decodes: false,
        origins: Vec::new(),
    }
}

#[test]
fn what_was_announced_is_silent_and_what_was_not_is_not() {
    let (announced, unexplained, injection) =
        (Verdict::Announced, Verdict::Unexplained, Verdict::Injection);
    let plain = notice(1);
    for (verdict, reasons, expected) in [
        (unexplained, vec![text("Thông báo mới")], announced),
        (
            Verdict::Defacement,
            vec![Reason::LittleLeft {
                structure_percent: 1,
                text_percent: 1,
            }],
            announced,
        ),
        (
            Verdict::Defacement,
            vec![text("Trang này có chủ mới")],
            Verdict::Defacement,
        ),
        (unexplained, vec![text("Thông báo сủa Sở")], unexplained),
        (injection, vec![script("https://cdn.example")], announced),
        (
            injection,
            vec![Reason::Frame {
                origin: "https://so.example".to_owned(),
                is_hidden: true,
            }],
            injection,
        ),
        (
            injection,
            vec![Reason::Resource {
                use_kind: pages::UseKind::Script,
                origin: format!("{URL}upload/a.js"),
            }],
            injection,
        ),
        (injection, vec![inline(false)], announced),
        (injection, vec![inline(true)], injection),
        (
            injection,
            vec![script("https://static.so.example")],
            announced,
        ),
        (injection, vec![script("https://evil.example")], injection),
        (
            injection,
            vec![
                script("https://cdn.example"),
                script("https://evil.example"),
            ],
            injection,
        ),
        (Verdict::Takeover, vec![text("anything")], Verdict::Takeover),
        (Verdict::Cloaking, vec![text("anything")], Verdict::Cloaking),
        (
            unexplained,
            vec![Reason::Addresses {
                from: Vec::new(),
                to: Vec::new(),
            }],
            unexplained,
        ),
        (
            unexplained,
            vec![text("Thông báo mới"), file(Added::No)],
            announced,
        ),
        (injection, vec![file(Added::Yes)], injection),
        (unexplained, Vec::new(), unexplained),
        (Verdict::Outage, Vec::new(), Verdict::Outage),
    ] {
        assert_eq!(
            verdict_with(&plain, verdict, reasons.clone()),
            expected,
            "{verdict:?} {reasons:?}"
        );
    }
}

#[test]
fn a_notice_covers_what_it_says_and_where() {
    let (announced, unexplained) = (Verdict::Announced, Verdict::Unexplained);
    let down = ChangeNotice {
        may_be_down: true,
        ..notice(1)
    };
    assert_eq!(verdict_with(&down, Verdict::Outage, Vec::new()), announced);
    let promised = ChangeNotice {
        texts: vec!["Lịch mới của phòng khám".to_owned()],
        ..notice(1)
    };
    let said = vec![text("Lịch mới của phòng khám")];
    assert_eq!(
        verdict_with(&promised, Verdict::Defacement, said),
        announced
    );
    let elsewhere = ChangeNotice {
        pages: vec![NoticePage::Below {
            url: format!("{URL}tin/"),
        }],
        ..notice(1)
    };
    assert_eq!(
        verdict_with(&elsewhere, unexplained, vec![text("x")]),
        unexplained
    );
}

#[test]
fn pictures_and_own_files_of_an_announced_change_are_covered_and_messages_and_strangers_are_not() {
    let url = format!("{URL}images/banner.png");
    let loaded = |is_like_message: bool| Reason::LoadedPicture {
        url: url.clone(),
        bits: 120,
        is_like_message,
        looks: None,
    };
    let another = Reason::Picture {
        from: url.clone(),
        to: format!("{URL}images/new.png"),
    };
    let code = |decodes: bool, origins: &[&str]| Reason::LoadedScript {
        url: format!("{URL}js/site.js"),
        was_added_to: false,
        redirects: false,
        decodes,
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
    };
    let foreign = Reason::Resource {
        use_kind: pages::UseKind::Image,
        origin: "https://evil.example".to_owned(),
    };
    let hidden = Reason::HiddenText {
        path: "body".to_owned(),
        text: "x".to_owned(),
        link_origins: vec!["https://evil.example".to_owned()],
    };
    let bets = Reason::Terms {
        subject: pages::Subject::Betting,
        words: vec!["nhà cái".to_owned()],
    };
    for (reasons, is_covered) in [
        (vec![another.clone(), loaded(false), code(false, &[])], true),
        (vec![loaded(true)], false),
        (vec![another.clone(), foreign], false),
        (vec![another.clone(), hidden], false),
        (vec![another, bets], false),
        (vec![code(false, &["https://cdn.example"])], true),
        (vec![code(false, &["https://evil.example"])], false),
        (vec![code(true, &[])], false),
    ] {
        let verdict = verdict_with(&notice(1), Verdict::Unexplained, reasons.clone());
        assert_eq!(verdict == Verdict::Announced, is_covered, "{reasons:?}");
    }
}

#[test]
fn forged_foreign_used_and_late_notices_are_refused_with_clear_words() {
    let refused = |board: &mut NoticeBoard, bytes: &[u8], at: Timestamp| {
        let error = board.take(bytes, publishers, at).unwrap_err();
        (error.to_string(), error)
    };
    let mut board = board(&notice(1));
    let good = signed(&notice(2), "publisher");
    let (said, error) = refused(&mut board, &signed(&notice(1), "publisher"), now());
    assert!(
        matches!(error, NoticeError::Replayed { number: 1 }),
        "{said}"
    );
    let (said, error) = refused(&mut board, &signed(&notice(2), "somebody"), now());
    assert!(
        matches!(error, NoticeError::WrongKey { .. }) && said.contains("so.example"),
        "{said}"
    );
    let other = ChangeNotice {
        host: "other.example".to_owned(),
        pages: vec![NoticePage::Page {
            url: "https://other.example/".to_owned(),
        }],
        ..notice(2)
    };
    let (said, error) = refused(&mut board, &signed(&other, "publisher"), now());
    assert!(matches!(error, NoticeError::WrongHost { .. }), "{said}");
    let late = now() + SignedDuration::from_mins(10);
    let (said, error) = refused(&mut board, &good, late);
    assert!(matches!(error, NoticeError::Expired { .. }), "{said}");
    for at in (0..good.len()).step_by(3) {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(board.take(&bytes, publishers, now()).is_err(), "byte {at}");
    }
    assert!(board.take(&good, publishers, now()).is_ok());
    // Before its time and after it, it covers nothing.
    for at in [now() - SignedDuration::from_mins(11), late] {
        assert!(board.of_host("so.example", at).is_empty());
    }
}

#[test]
fn who_announces_everything_is_believed_to_have_announced_it() {
    let mut board = NoticeBoard::default();
    for _ in 0..2 {
        board.note_announced("so.example");
    }
    assert_eq!(board.announces_always("so.example"), None);
    board.note_announced("so.example");
    let announced = board.announces_always("so.example").unwrap();
    let mut check = check(Verdict::Unexplained, vec![text("x")]);
    say_unannounced(&mut check, announced);
    assert_eq!(
        check.judgement.reasons[0],
        Reason::NotAnnounced { announced: 3 }
    );
    board.note_not_announced("so.example");
    assert_eq!(board.announces_always("so.example"), None);
}
