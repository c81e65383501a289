//! What is said of a page that nothing is known of.

use std::collections::BTreeMap;

use pages::{Limits, Source, parse};
use watch::{Check, Judgement, Reason, SiteFacts, Verdict, first_look};

fn check(html: &str) -> Check {
    let url = "https://syt.example.gov.vn/".to_owned();
    let source = Source {
        url: &url,
        content_type: Some("text/html; charset=utf-8"),
        body: html.as_bytes(),
        style_sheets: &[],
    };
    Check {
        judgement: Judgement::of(Verdict::Unexplained, Vec::new()),
        visits: Vec::new(),
        page: Some(parse(&source, &Limits::default())),
        views: BTreeMap::new(),
        browser_starts: 0,
        style_sheets: Vec::new(),
        style_bytes_cut: 0,
        about: None,
        loaded: None,
        rendered: None,
        site: SiteFacts {
            ends_at: ["example.gov.vn".to_owned()].into(),
            ..SiteFacts::default()
        },
        url,
    }
}

#[test]
fn an_honest_page_raises_nothing() {
    let html = r#"<html lang="vi"><head><title>Sở Y tế</title>
        <script src="https://www.googletagmanager.com/gtag/js"></script><script>window.dataLayer=[];</script></head><body>
        <noscript><iframe src="https://www.googletagmanager.com/ns.html" style="display:none"></iframe></noscript>
        <ul style="display:none"><li><a href="/tin-tuc">Tin tức</a></li><li><a href="https://www.facebook.com/syt">Facebook</a></li></ul>
        <p>Thông báo phòng chống dịch bệnh. Xổ số kiến thiết ủng hộ quỹ bệnh nhân nghèo.</p></body></html>"#;
    assert_eq!(first_look(&check(html)), []);
}

#[test]
fn a_page_that_is_hacked_already_is_not_taken_for_what_it_should_be() {
    let hidden = r#"<title>Sở Y tế</title><p>Tin tức</p><div style="position:absolute;left:-9999px">
        <a href="https://one.example/">a</a><a href="https://two.example.net/">b</a><a href="https://three.example.org/">c</a></div>"#;
    let reasons = first_look(&check(hidden));
    assert!(
        matches!(reasons[..], [Reason::HiddenText { .. }]),
        "{reasons:?}"
    );

    let refresh = r#"<title>Sở Y tế</title><meta http-equiv="refresh" content="0;url=https://elsewhere.example/"><p>Tin tức</p>"#;
    let reasons = first_look(&check(refresh));
    assert!(
        matches!(reasons[..], [Reason::Refresh { .. }]),
        "{reasons:?}"
    );

    let boasting = "<title>Hacked by somebody</title><h1>HACKED BY SOMEBODY</h1><p>your security is low. We are legion, defaced by us</p>";
    let reasons = first_look(&check(boasting));
    assert!(
        reasons
            .iter()
            .any(|one| matches!(one, Reason::Terms { .. })),
        "{reasons:?}"
    );
}
