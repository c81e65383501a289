//! What is said of sights, without a browser.

use std::collections::BTreeMap;
use std::time::Duration;

use browser::{Refused, Request, RequestKind};
use pages::{Limits, Source, parse};
use pictures::{look_at, look_at_tiles};
use visit::{Outcome, Visit, Visitor};

use super::judging::judge_rendered;
use super::memory::{Rendered, RenderedMemory};
use crate::checking::Check;
use crate::memory::{Approval, PageMemory};
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};
use crate::{Approver, NotSeen};

const LONG: &str = "<script src=https://ads.example.net/a.js></script><p>Sở Y tế là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh";

/// A picture of four by four pixels, each white, or `ink` where there is a one.
fn gif(pixels: &[u8; 16], ink: [u8; 3]) -> Vec<u8> {
    let mut bytes = b"GIF89a\x04\x00\x04\x00\x80\x00\x00\xff\xff\xff".to_vec();
    bytes.extend(ink);
    bytes.extend(b"\x2c\x00\x00\x00\x00\x04\x00\x04\x00\x00\x02");
    // Codes of three bits; the table is cleared before it grows.
    let mut codes = Vec::new();
    for pixel in pixels {
        codes.extend([4_u32, u32::from(*pixel)]);
    }
    codes.push(5);
    let (mut data, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for code in codes {
        bits |= code << count;
        count += 3;
        while count >= 8 {
            data.push(u8::try_from(bits & 255).unwrap());
            bits >>= 8;
            count -= 8;
        }
    }
    data.push(u8::try_from(bits & 255).unwrap());
    bytes.push(u8::try_from(data.len()).unwrap());
    bytes.extend(data);
    bytes.extend([0, 0x3b]);
    bytes
}

const LIGHT: [u8; 16] = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const DARK: [u8; 16] = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1];

fn sight(pixels: &[u8; 16]) -> Rendered {
    sight_in(pixels, [0, 0, 0])
}

fn sight_in(pixels: &[u8; 16], ink: [u8; 3]) -> Rendered {
    let bytes = gif(pixels, ink);
    let limits = pictures::Limits::default();
    Rendered {
        screenshot: Some("0".repeat(64)),
        picture: Some(look_at(&bytes, &limits).unwrap()),
        tiles: Some(look_at_tiles(&bytes, &limits, (4, 4)).unwrap()),
        final_url: "https://so.example.gov.vn/".to_owned(),
        is_complete: true,
        ..Rendered::default()
    }
}

fn read(markup: &str) -> pages::PageModel {
    let source = Source {
        url: "https://so.example.gov.vn/",
        content_type: None,
        body: markup.as_bytes(),
        style_sheets: &[],
    };
    parse(&source, &Limits::default())
}

fn request(kind: RequestKind, url: &str, from: &str) -> Request {
    Request {
        url: url.to_owned(),
        kind,
        status: Some(200),
        failure: None,
        from_origin: Some(from.to_owned()),
    }
}

/// Says what a sight means where a light page was approved.
fn said(markup: &str, rendered: &Rendered) -> (Verdict, Vec<Reason>) {
    let mut memory = PageMemory::begin(Approval {
        page: read(LONG),
        approver: Approver::default(),
    });
    memory.rendered.approve(&sight(&LIGHT));
    let visit = Visit {
        url: "https://so.example.gov.vn/".to_owned(),
        visitor: Visitor::Watch,
        hops: Vec::new(),
        outcome: Outcome::Unchanged,
        took: Duration::ZERO,
        unfinished: None,
    };
    let check = Check {
        url: visit.url.clone(),
        judgement: Judgement::of(Verdict::Unexplained, Vec::new()),
        site: SiteFacts {
            ends_at: ["example.gov.vn".to_owned()].into(),
            ..SiteFacts::default()
        },
        visits: vec![visit],
        page: Some(read(markup)),
        views: BTreeMap::new(),
        loaded: None,
        rendered: None,
        browser_starts: 0,
        style_sheets: Vec::new(),
        style_bytes_cut: 0,
        about: None,
    };
    judge_rendered(&memory, &check, rendered)
}

#[test]
fn a_page_that_looks_as_approved_stays_as_unexplained_as_it_was() {
    assert_eq!(said(LONG, &sight(&LIGHT)), (Verdict::Unexplained, vec![]));
}

#[test]
fn a_dark_page_or_one_without_text_is_somebody_elses_and_a_new_design_is_not() {
    let (verdict, reasons) = said(LONG, &sight(&DARK));
    assert_eq!(verdict, Verdict::Defacement);
    assert!(matches!(
        reasons.as_slice(),
        [Reason::LooksAnother {
            changed_percent: 80..,
            dark_percent: 60..
        }]
    ));
    let design = sight_in(&[1; 16], [100, 160, 255]);
    let looks_another = |(verdict, reasons): (Verdict, Vec<Reason>)| {
        assert!(matches!(reasons.as_slice(), [Reason::LooksAnother { .. }]));
        verdict
    };
    assert_eq!(looks_another(said(LONG, &design)), Verdict::Unexplained);
    assert_eq!(
        looks_another(said("<img src=x>", &design)),
        Verdict::Defacement
    );
    let mut restless = sight(&DARK);
    restless.is_complete = false;
    assert!(said(LONG, &restless).1.is_empty());
}

#[test]
fn scripts_of_strangers_are_an_injection_unless_an_approved_stranger_brought_them() {
    let own = "https://so.example.gov.vn";
    let cases = [
        (
            RequestKind::Script,
            "https://evil.example.com/x.js",
            own,
            Verdict::Injection,
        ),
        (
            RequestKind::Frame,
            "https://evil.example.com/",
            own,
            Verdict::Injection,
        ),
        (
            RequestKind::Image,
            "https://evil.example.com/x.png",
            own,
            Verdict::Unexplained,
        ),
        (
            RequestKind::Script,
            "https://cdn.example.gov.vn/x.js",
            own,
            Verdict::Unexplained,
        ),
        (
            RequestKind::Script,
            "https://b.example.net/x.js",
            own,
            Verdict::Unexplained,
        ),
        (
            RequestKind::Script,
            "https://house.example.org/x.js",
            "https://ads.example.net",
            Verdict::Unexplained,
        ),
        (
            RequestKind::Script,
            "https://house.example.org/x.js",
            "https://evil.example.com",
            Verdict::Injection,
        ),
    ];
    for (kind, url, from, verdict) in cases {
        let mut rendered = sight(&LIGHT);
        rendered.requests.push(request(kind, url, from));
        assert_eq!(
            said(LONG, &rendered).0,
            verdict,
            "{kind:?} {url} from {from}"
        );
    }
}

#[test]
fn what_a_page_says_and_whom_it_asks_inside_is_told() {
    let mut rendered = sight(&LIGHT);
    rendered.questions = vec!["Hacked by nobody".to_owned(), "Xin chào".to_owned()];
    rendered.refused.push(Refused {
        place: "10.0.0.1:80".to_owned(),
        why: String::new(),
        is_inside: true,
    });
    let (verdict, reasons) = said(LONG, &rendered);
    assert_eq!(
        (verdict, reasons.len()),
        (Verdict::Defacement, 3),
        "{reasons:?}"
    );
    rendered.final_url = "https://bet.example.com/".to_owned();
    assert_eq!(said(LONG, &rendered).0, Verdict::Takeover);
    let mut memory = RenderedMemory::default();
    memory.approve(&rendered);
    assert!(
        memory.questions.len() == 2
            && memory.reaches.len() == 1
            && memory.ends_at.contains("example.com")
    );
}

#[test]
fn only_what_was_seen_teaches_and_only_eight_looks_are_kept() {
    let mut memory = RenderedMemory::default();
    memory.approve(&Rendered::nothing(NotSeen::NoBrowser));
    assert_eq!(memory, RenderedMemory::default());
    for turn in 0..20 {
        let mut pixels = LIGHT;
        pixels[15] = turn % 2;
        memory.approve(&sight(&pixels));
    }
    assert_eq!(memory.approved.len(), 8);
    // The corner has been seen both ways; it does not count any more.
    let mut pixels = LIGHT;
    pixels[15] = 1;
    let light = memory
        .approved
        .iter()
        .find(|one| one.tiles == sight(&LIGHT).tiles.unwrap())
        .unwrap();
    assert_eq!(
        memory.changed_percent(light, &sight(&pixels).tiles.unwrap()),
        0
    );
    assert!(memory.changed_percent(light, &sight(&DARK).tiles.unwrap()) > 80);
    let text = serde_json::to_string(&memory).unwrap();
    assert_eq!(
        serde_json::from_str::<RenderedMemory>(&text).unwrap(),
        memory
    );
}
