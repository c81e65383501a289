//! What is said of the changes that sites live through, and of those that intruders make.

use std::collections::BTreeSet;

use pages::{Limits, PageModel, Source, UseKind, parse};
use visit::Visitor;
use watch::{
    Approval, Approver, Common, Ground, Look, PageMemory, Reason, SiteFacts, SiteMemory, Verdict,
    Views, judge, judge_views,
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

/// Who answers for the site of these tests.
pub fn site() -> SiteFacts {
    SiteFacts {
        addresses: [std::net::Ipv4Addr::new(203, 0, 113, 5).into()].into(),
        keys: BTreeSet::from(["key one".to_owned()]),
        issuers: BTreeSet::from(["Honest CA".to_owned()]),
        ends_at: BTreeSet::from(["example.gov.vn".to_owned()]),
        problem: None,
        is_for_others: false,
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
    let memory = memory();
    let site_memory = known_site(&memory);
    let judgement = judge(&Ground::new(&site_memory, &memory, None), &look);
    (judgement.verdict, judgement.reasons)
}

/// The memory of a site with one page.
fn known_site(memory: &PageMemory) -> SiteMemory {
    let mut known = SiteMemory {
        facts: site(),
        ..SiteMemory::default()
    };
    for approval in &memory.approved {
        known.words.learn(&approval.page);
    }
    known
}

fn twice(visitor: Visitor, page: &PageModel) -> Views<'_> {
    Views {
        visitor,
        first: page,
        second: page,
    }
}

fn shown_to(visitor: Visitor, ours: &PageModel, theirs: &PageModel) -> (Verdict, Vec<Reason>) {
    let memory = memory();
    let site = known_site(&memory);
    let ground = Ground::new(&site, &memory, None);
    let (ours, theirs) = (twice(Visitor::Watch, ours), twice(visitor, theirs));
    let judgement = judge_views(&ground, &ours, &theirs);
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
            Verdict::Ordinary,
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
    let (site_memory, memory) = (SiteMemory::default(), memory());
    let ground = Ground::new(&site_memory, &memory, None);
    let us = views(Visitor::Watch, &ours, &ours);
    let judgement = judge_views(&ground, &us, &views(Visitor::Crawler, &theirs, &theirs));
    assert_eq!(judgement.verdict, Verdict::Cloaking);
    let advertisement = read(&changed(
        "<nav>",
        "<aside><a href=https://ads.example.com>x</a></aside><nav>",
    ));
    let varies = judge_views(&ground, &us, &views(Visitor::Phone, &advertisement, &ours));
    assert_eq!(varies.verdict, Verdict::Unchanged, "{:?}", varies.reasons);
}

#[test]
fn a_layout_for_telephones_with_less_of_the_same_is_no_cloaking() {
    let ours = read(PAGE);
    let phone = read(
        "<html lang=vi><title>Sở Y tế tỉnh A</title><body class=m><b>Sở Y tế tỉnh A</b><div class=m-tin>
        <p>Hội nghị triển khai nhiệm vụ năm 2026</p><p>Lịch tiêm chủng tháng 8</p></div><i>Trang chủ</i>",
    );
    let (verdict, reasons) = shown_to(Visitor::Phone, &ours, &phone);
    assert_eq!(verdict, Verdict::Unchanged, "{reasons:?}");
}

#[test]
fn a_title_and_a_heading_for_crawlers_only_are_cloaking() {
    let ours = read(PAGE);
    for other in [
        changed(
            "<title>Sở Y tế tỉnh A",
            "<title>Quay thưởng may mắn mỗi đêm",
        ),
        changed("<h1>Sở Y tế tỉnh A", "<h1>Quay thưởng may mắn mỗi đêm"),
        changed("<h1>Sở Y tế tỉnh A", "<h1>每天晚上都有大奖等你来拿"),
    ] {
        let (verdict, reasons) = shown_to(Visitor::Crawler, &ours, &read(&other));
        assert_eq!(verdict, Verdict::Cloaking, "{other}");
        assert!(!reasons.is_empty());
    }
}

#[test]
fn what_was_approved_for_a_visitor_stays_theirs_and_one_thing_more_does_not() {
    let ours = read(PAGE);
    let shop = "<nav><a href=https://apps.example.org/so-y-te>Tải ứng dụng</a>";
    let approved = read(&changed("<nav>", shop));
    let mut memory = memory();
    memory.views.insert(Visitor::Phone, approved.clone());
    let verdict = |theirs: &PageModel| {
        let site = known_site(&memory);
        let ground = Ground::new(&site, &memory, None);
        judge_views(
            &ground,
            &twice(Visitor::Watch, &ours),
            &twice(Visitor::Phone, theirs),
        )
        .verdict
    };
    assert_eq!(verdict(&approved), Verdict::Unchanged);
    let more = format!("{shop}<script src=https://evil.example.com/x.js></script>");
    assert_eq!(verdict(&read(&changed("<nav>", &more))), Verdict::Cloaking);
}

#[test]
fn a_small_honest_change_where_texts_stay_is_ordinary_and_a_strange_one_is_not() {
    let intro = "Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.";
    let cases = [
        (
            "Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân thành phố.",
            Verdict::Ordinary,
        ),
        (
            "Thông báo tuyển dụng viên chức năm 2026.",
            Verdict::Ordinary,
        ),
        (
            "Bọn tao vừa ghé chơi, lỗ hổng chưa vá đâu nhé.",
            Verdict::Unexplained,
        ),
        (
            "bon tao vua ghe choi, lo hong chua va dau nhe",
            Verdict::Defacement,
        ),
        (
            "Bu sayfa artik bizim elimizde, iyi geceler",
            Verdict::Defacement,
        ),
        ("这个网站现在属于我们了，晚安", Verdict::Defacement),
    ];
    for (text, verdict) in cases {
        let (found, reasons) = verdict_of(&changed(intro, text));
        assert_eq!(found, verdict, "{text}: {reasons:?}");
    }
}

#[test]
fn a_title_is_judged_by_its_words() {
    let title = "<title>Sở Y tế tỉnh A";
    let cases = [
        ("<title>Trang chủ - Sở Y tế tỉnh A", Verdict::Ordinary),
        (
            "<title>Thông báo tuyển dụng - Sở Y tế tỉnh A",
            Verdict::Ordinary,
        ),
        (
            "<title>Quay thưởng may mắn mỗi đêm | Sở Y tế tỉnh A",
            Verdict::Defacement,
        ),
        ("<title>Vezi cele mai bune jocuri", Verdict::Defacement),
        ("<title>", Verdict::Unexplained),
    ];
    for (to, verdict) in cases {
        let (found, reasons) = verdict_of(&changed(title, to));
        assert_eq!(found, verdict, "{to}: {reasons:?}");
    }
}

#[test]
fn plain_links_are_questions_where_texts_stay_and_nothing_where_they_rotate() {
    let static_place = |origin: &str| {
        changed(
            "<footer>",
            &format!("<footer><a href=https://{origin}/>Trang chủ</a> "),
        )
    };
    let list = |origin: &str| {
        changed(
            "<li><a href=/2>",
            &format!("<li><a href=https://{origin}/>"),
        )
    };
    assert_eq!(
        verdict_of(&static_place("khac.example.net")).0,
        Verdict::Unexplained
    );
    assert_eq!(
        verdict_of(&static_place("so.khac.gov.vn")).0,
        Verdict::Ordinary
    );
    assert_eq!(verdict_of(&list("khac.example.net")).0, Verdict::Ordinary);
}

#[test]
fn what_many_sites_have_is_a_question_and_never_silent() {
    let with_counter = |owner: &str| SiteMemory {
        facts: SiteFacts {
            ends_at: BTreeSet::from([owner.to_owned()]),
            ..SiteFacts::default()
        },
        origins: BTreeSet::from([(UseKind::Script, "https://dem.example.net".to_owned())]),
        ..SiteMemory::default()
    };
    let sites = ["a.gov.vn", "b.gov.vn", "c.gov.vn"].map(with_counter);
    let common = Common::of(sites.iter());
    let of_one_owner = ["a.gov.vn"; 5].map(with_counter);
    let page = read(&changed(
        "<footer>",
        "<script src=https://dem.example.net/d.js></script><footer>",
    ));
    let verdict = |common: &Common| {
        let memory = memory();
        let (site, facts) = (known_site(&memory), site());
        let look = Look {
            page: &page,
            status: 200,
            site: &facts,
        };
        judge(&Ground::new(&site, &memory, Some(common)), &look).verdict
    };
    assert_eq!(verdict(&common), Verdict::Unexplained);
    assert_eq!(
        verdict(&Common::of(of_one_owner.iter())),
        Verdict::Injection
    );
}

#[test]
fn a_hidden_leaf_may_change_and_hidden_links_in_a_new_place_may_not() {
    let cases = [
        (
            changed("Trình đơn", "Lịch tiêm chủng năm 2026"),
            Verdict::Ordinary,
        ),
        (
            changed(
                "<footer>",
                "<div style='display:none'><a href=/tep/a-1.html>Quay thưởng may mắn</a> <a href=/tep/a-2.html>mỗi đêm</a></div><footer>",
            ),
            Verdict::Injection,
        ),
        (
            changed(
                "<footer>",
                "<div style='display:none'><a href=/tep/b.html>Tin tức</a></div><footer>",
            ),
            Verdict::Unexplained,
        ),
        // A menu leads where the site leads anyway.
        (
            changed(
                "<footer>",
                "<div style='display:none'><a href=/tin#moi>Tin tức</a></div><footer>",
            ),
            Verdict::Ordinary,
        ),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{reasons:?}");
    }
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
    // A site that never had a line of English asks a person about the first one, and calls nobody for it.
    let (found, reasons) = verdict_of(&changed(
        list,
        "<ul class=tin><li>International Health Conference 2026 for the people of the province",
    ));
    assert_eq!(found, Verdict::Unexplained, "{reasons:?}");
}

/// Says what a page means of which other versions are approved, on a site with other pages.
fn verdict_beside(approved: &str, others: &[&str], markup: &str) -> (Verdict, Vec<Reason>) {
    let begin = |markup: &str| {
        PageMemory::begin(Approval {
            page: read(markup),
            approver: Approver::default(),
        })
    };
    let memory = begin(approved);
    let mut known = known_site(&memory);
    for (number, other) in others.iter().enumerate() {
        let other = begin(other);
        known.words.learn(&other.approved[0].page);
        known
            .pages
            .insert(format!("https://syt.example.gov.vn/{number}"), other);
    }
    let (page, facts) = (read(markup), site());
    let look = Look {
        page: &page,
        status: 200,
        site: &facts,
    };
    let judgement = judge(&Ground::new(&known, &memory, None), &look);
    (judgement.verdict, judgement.reasons)
}

/// The page in another design: other names for everything, another order, a menu and a dialog that are hidden until they are asked
/// for. `more` stands at the end of its contents.
fn redesigned(more: &str) -> String {
    format!(
        "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><meta charset=utf-8><link rel=stylesheet href=/css/moi.css>
        <style>.m-sub,.m-hop{{display:none}}</style><body class=m-than><nav class=m-nav><ul><li><a href=/>Trang chủ</a><li><a href=/tin>Tin tức</a>
        <ul class=m-sub><li><a href=/tin#moi>Tin mới</a></ul></ul></nav><div class=m-dau><h1>Sở Y tế tỉnh A</h1></div>
        <section class=m-khoi><h3>Tin mới</h3><div class=m-muc><a href=/1>Hội nghị triển khai nhiệm vụ năm 2026</a></div>
        <div class=m-muc><a href=/2>Lịch tiêm chủng tháng 8</a></div><div class=m-muc><a href=/3>Thông báo tuyển dụng viên chức</a></div>
        <p class=m-loi>Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.</p>{more}</section>
        <div class=m-hop>Trình đơn</div><div class=m-dem>Lượt truy cập: 12.345</div><script src=/js/moi.js></script>
        <div class=m-cuoi>Địa chỉ: 1 Lê Lợi</div>"
    )
}

#[test]
fn another_design_is_one_question_a_site() {
    let (verdict, reasons) = verdict_of(&redesigned(""));
    assert_eq!(verdict, Verdict::Unexplained);
    assert!(
        matches!(reasons[..], [Reason::LittleLeft { .. }]),
        "one reason, which is the design: {reasons:?}"
    );
    // Once a person approved it on one page, it is explained on the others.
    let approved = redesigned("");
    let (verdict, reasons) = verdict_beside(PAGE, &[&approved], &redesigned("<p>Tin mới</p>"));
    assert_eq!(verdict, Verdict::Ordinary, "{reasons:?}");
}

#[test]
fn another_design_with_other_news_is_a_question_and_with_other_words_a_defacement() {
    let board = |lines: [&str; 4]| {
        let rows = lines
            .map(|line| format!("<tr><td>{line}</td></tr>"))
            .concat();
        redesigned(&format!("<table class=m-bang>{rows}</table>"))
    };
    let earlier: Vec<String> = (0..20)
        .map(|number| format!("<p>Thanh tra kiểm tra tiến độ đợt {number}</p>"))
        .collect();
    let earlier = earlier.concat();
    let before = changed("<footer>", &format!("{earlier}<footer>"));
    let news = board([
        "Kế hoạch tập huấn phòng cháy cho cán bộ",
        "Đối thoại với doanh nghiệp về thuế đất",
        "Nghiệm thu đề tài khoa học cấp tỉnh",
        "Tuần lễ áo dài và văn nghệ quần chúng",
    ]);
    let (verdict, reasons) = verdict_beside(&before, &[], &news);
    assert_eq!(verdict, Verdict::Unexplained, "{reasons:?}");
    let others = board([
        "Bu sayfa artik bizim elimizde",
        "Duvarlarin arkasinda kimse kalmadi",
        "Yarin baska bir kapida gorusuruz",
        "Selamlar bizden herkese sevgiler",
    ]);
    let (verdict, reasons) = verdict_beside(&before, &[], &others);
    assert_eq!(verdict, Verdict::Defacement, "{reasons:?}");
}

#[test]
fn what_comes_with_another_design_and_leads_to_strangers_is_an_alarm_on_every_page() {
    let approved = redesigned("");
    for more in [
        "<div hidden><a href=https://khac.example.net>x</a></div>",
        "<script src=https://khac.example.net/x.js></script>",
        "<p>Nhà cái uy tín, tài xỉu online</p>",
        "<div hidden><a href=/tep/soi-keo-nha-cai-uy-tin.html>x</a></div>",
    ] {
        for others in [&[][..], &[approved.as_str()][..]] {
            let (verdict, reasons) = verdict_beside(PAGE, others, &redesigned(more));
            assert_eq!(verdict, Verdict::Injection, "{more}: {reasons:?}");
        }
    }
}

#[test]
fn a_leaf_that_visitors_can_open_names_sources_and_no_farm_of_them() {
    let leaf = |control: &str, items: &str| {
        changed(
            "<div class=dem>",
            &format!("{control}<ul id=la class=an>{items}</ul><div class=dem>"),
        )
    };
    let item = |text: &str, house: &str| {
        format!("<li><a href=/1>{text}</a> (Tin: <a href=https://{house}.example.net>Sở</a>)")
    };
    let control = "<a href=#la>Tin tức</a>";
    let before = item("Lịch tiêm chủng tháng 8", "bao");
    let after = item("Hội nghị triển khai nhiệm vụ năm 2026", "dai");
    let farm: String = ["a", "b", "c", "d"]
        .map(|house| item("Tin mới", house))
        .concat();
    let sold = item("Nhà cái uy tín, tài xỉu", "dai");
    for (control, items, verdict) in [
        (control, &after, Verdict::Ordinary),
        ("", &after, Verdict::Unexplained),
        (control, &farm, Verdict::Injection),
        (control, &sold, Verdict::Injection),
    ] {
        let approved = leaf(control, &before);
        let (found, reasons) = verdict_beside(&approved, &[], &leaf(control, items));
        assert_eq!(found, verdict, "{control} {items}: {reasons:?}");
    }
    // A control that comes with what it opens opens nothing.
    let (found, _) = verdict_beside(&leaf("", &before), &[], &leaf(control, &after));
    assert_eq!(found, Verdict::Unexplained);
}

#[test]
fn a_text_is_weighed_by_all_that_speaks_against_it() {
    let foot = |text: &str| changed("<footer>", &format!("<footer><p>{text}</p>"));
    let english = "Enjoy the finest evening of this season with our friends";
    let cases = [
        (
            foot("Trang nay da bi chung toi xem qua het roi do"),
            Verdict::Defacement,
        ),
        (
            foot("Designed by Example Software, all rights reserved"),
            Verdict::Unexplained,
        ),
        (foot("لقد مررنا من هنا هذه الليلة"), Verdict::Defacement),
        (
            foot("Wir waren für eine Nacht hier und gehen nicht"),
            Verdict::Defacement,
        ),
        (foot("Tiếng Việt | 日本語"), Verdict::Unexplained),
        (
            changed("<body>", &format!("<body><p>{english}</p>")),
            Verdict::Defacement,
        ),
        (
            changed("<ul class=tin>", &format!("<p>{english}</p><ul class=tin>")),
            Verdict::Unexplained,
        ),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{markup}: {reasons:?}");
    }
}

#[test]
fn a_title_with_nothing_of_the_sites_own_is_an_alarm_and_a_new_word_beside_it_a_question() {
    for (title, verdict) in [
        (
            "Thông báo: cơ quan tuyển dụng bỏ hoang",
            Verdict::Defacement,
        ),
        (
            "Thông báo tuyển dụng mùa xuân - Sở Y tế tỉnh A",
            Verdict::Unexplained,
        ),
    ] {
        let (found, reasons) = verdict_of(&changed(
            "<title>Sở Y tế tỉnh A",
            &format!("<title>{title}"),
        ));
        assert_eq!(found, verdict, "{title}: {reasons:?}");
    }
}

#[test]
fn a_certificate_is_somebody_elses_by_two_signs_and_one_is_a_question() {
    let said = |change: &dyn Fn(&mut SiteFacts)| {
        let mut facts = site();
        facts.keys = BTreeSet::from(["key two".to_owned()]);
        change(&mut facts);
        site().judge(&facts).0
    };
    let refused = |facts: &mut SiteFacts| facts.problem = Some("refused".to_owned());
    let other = |facts: &mut SiteFacts| facts.issuers = BTreeSet::from(["Other CA".to_owned()]);
    assert_eq!(
        said(&|facts| {
            refused(facts);
            facts.is_for_others = true;
        }),
        Verdict::Takeover,
        "another key, and another's name"
    );
    assert_eq!(
        said(&refused),
        Verdict::Unexplained,
        "renewed, and the chain left out"
    );
    assert_eq!(said(&other), Verdict::Unexplained, "another authority");
}

#[test]
fn what_browsers_have_against_a_certificate_is_asked_about_once() {
    let expired = |seconds: u32| SiteFacts {
        problem: Some(format!("expired {seconds} seconds ago")),
        ..site()
    };
    let mut known = site();
    assert_eq!(known.judge(&expired(12)).0, Verdict::Unexplained);
    known.learn(&expired(12));
    assert_eq!(
        known.judge(&expired(13)).0,
        Verdict::Unexplained,
        "nobody approved it"
    );
    known.approve(&expired(14));
    assert_eq!(known.judge(&expired(99)).0, Verdict::Unchanged);
    // Renewed at last, it is excused no longer.
    known.learn(&site());
    assert_eq!(known.judge(&expired(100)).0, Verdict::Unexplained);
}

#[test]
fn a_site_without_a_key_that_is_elsewhere_is_a_question_and_with_another_page_a_takeover() {
    let keyless = |address: &str| SiteFacts {
        addresses: [address.parse().unwrap()].into(),
        ends_at: BTreeSet::from(["example.gov.vn".to_owned()]),
        ..SiteFacts::default()
    };
    let said = |address: &str, markup: &str| {
        let memory = memory();
        let known = SiteMemory {
            facts: keyless("203.0.113.5"),
            ..known_site(&memory)
        };
        let (page, facts) = (read(markup), keyless(address));
        let look = Look {
            page: &page,
            status: 200,
            site: &facts,
        };
        judge(&Ground::new(&known, &memory, None), &look).verdict
    };
    let asks = changed("src=/logo.png", "src=/upload/x.png");
    assert_eq!(said("203.0.113.5", &asks), Verdict::Unexplained);
    assert_eq!(said("198.51.100.9", PAGE), Verdict::Unexplained);
    assert_eq!(said("198.51.100.9", &asks), Verdict::Takeover);
    let news = changed("Lịch tiêm chủng tháng 8", "Lịch tiêm chủng tháng 9");
    assert_eq!(said("198.51.100.9", &news), Verdict::Unexplained);
}

#[test]
fn one_more_partner_in_a_list_of_partners_is_ordinary_and_two_are_a_question() {
    let called = ["Sở Y tế", "Tin tức", "Trang chủ", "Tin mới"];
    let partners = |names: &[&str]| {
        let items: Vec<String> = names
            .iter()
            .zip(called)
            .map(|(name, text)| format!("<li><a href=https://{name}.example.net>{text}</a>"))
            .collect();
        changed(
            "<footer>",
            &format!("<ul class=dt>{}</ul><footer>", items.concat()),
        )
    };
    let approved = partners(&["a", "b"]);
    for (names, verdict) in [
        (&["a", "b", "c"][..], Verdict::Ordinary),
        (&["a", "b", "c", "d"][..], Verdict::Unexplained),
    ] {
        let (found, reasons) = verdict_beside(&approved, &[], &partners(names));
        assert_eq!(found, verdict, "{names:?}: {reasons:?}");
    }
}

#[test]
fn a_frame_that_stands_there_as_a_film_does_is_a_question_and_any_other_an_injection() {
    let film = |markup: &str| {
        changed(
            "<p class=gioi-thieu>",
            &format!("{markup}<p class=gioi-thieu>"),
        )
    };
    let house = "src=https://phim.example.net/nhung/a";
    let cases = [
        (
            format!("<iframe {house} width=560 height=315></iframe>"),
            Verdict::Unexplained,
        ),
        (
            format!("<iframe {house} width='100%' height=400 allowfullscreen></iframe>"),
            Verdict::Unexplained,
        ),
        // The shapes of advertisements, of doors and of what works in secret.
        (
            format!("<iframe {house} width=728 height=90></iframe>"),
            Verdict::Injection,
        ),
        (
            format!("<iframe {house} width=300 height=250></iframe>"),
            Verdict::Injection,
        ),
        (
            format!("<iframe {house} width=2 height=2></iframe>"),
            Verdict::Injection,
        ),
        (format!("<iframe {house}></iframe>"), Verdict::Injection),
        (
            format!(
                "<iframe {house} width=560 height=315 style='position:absolute;left:40px'></iframe>"
            ),
            Verdict::Injection,
        ),
        (
            format!("<iframe {house} width=560 height=315 style='max-height:3px'></iframe>"),
            Verdict::Injection,
        ),
        (
            format!(
                "<div style='display:none'><iframe {house} width=560 height=315></iframe></div>"
            ),
            Verdict::Injection,
        ),
        (
            format!(
                "<iframe {house} width=560 height=315></iframe><iframe {house}/2 width=160 height=600></iframe>"
            ),
            Verdict::Injection,
        ),
        (
            format!("<iframe {house} srcdoc='<p>x' width=560 height=315></iframe>"),
            Verdict::Injection,
        ),
        (
            format!("<embed {house} width=560 height=315>"),
            Verdict::Injection,
        ),
        (
            "<iframe src=http://phim.example.net/a width=560 height=315></iframe>".to_owned(),
            Verdict::Injection,
        ),
        (
            "<iframe src=https://phim.example.net/nha-cai-uy-tin width=560 height=315></iframe>"
                .to_owned(),
            Verdict::Injection,
        ),
    ];
    for (markup, verdict) in cases {
        let (found, reasons) = verdict_of(&film(&markup));
        assert_eq!(found, verdict, "{markup}: {reasons:?}");
    }
    // Nobody but crawlers is shown it.
    let page = read(&film(&format!(
        "<iframe {house} width=560 height=315></iframe>"
    )));
    let (verdict, _) = shown_to(Visitor::Crawler, &read(PAGE), &page);
    assert_eq!(verdict, Verdict::Cloaking);
}

#[test]
fn words_of_two_alphabets_are_an_alarm_in_lists_and_titles_too() {
    for (markup, verdict) in [
        (
            changed(
                "Lịch tiêm chủng tháng 8",
                "Lịсh tiêm сhủng thánɡ 8, cổnɡ nàу сủa tôі",
            ),
            Verdict::Defacement,
        ),
        (
            changed(
                "<title>Sở Y tế tỉnh A",
                "<title>Сổng này nау сủa tôі | Sở Y tế tỉnh A",
            ),
            Verdict::Defacement,
        ),
        (
            changed(
                "Lịch tiêm chủng tháng 8",
                "Lịch tiêm chủng α2b và hạt 10 μm",
            ),
            Verdict::Ordinary,
        ),
        // Another language is a question in a list, and with a word of intruders an alarm.
        (
            changed(
                "Lịch tiêm chủng tháng 8",
                "Vietnam cyber security conference of this year",
            ),
            Verdict::Unexplained,
        ),
        (
            changed(
                "Lịch tiêm chủng tháng 8",
                "Somebody was here and read all of your pages",
            ),
            Verdict::Defacement,
        ),
        // One slip of a key is a question.
        (
            changed("Lịch tiêm chủng tháng 8", "Lịсh tiêm chủng tháng 8"),
            Verdict::Unexplained,
        ),
    ] {
        let (found, reasons) = verdict_of(&markup);
        assert_eq!(found, verdict, "{reasons:?}");
    }
}

#[test]
fn a_foreign_phrase_beside_the_usual_title_is_an_alarm() {
    let title = "<title>Sở Y tế tỉnh A";
    for (to, verdict) in [
        ("Gizli kapi acildi | Sở Y tế tỉnh A", Verdict::Defacement),
        ("Sở Y tế tỉnh A - Freie Kugel", Verdict::Defacement),
        ("Home Page | Sở Y tế tỉnh A", Verdict::Unexplained),
        ("Trang chủ | Sở Y tế tỉnh A", Verdict::Ordinary),
    ] {
        let (found, reasons) = verdict_of(&changed(title, &format!("<title>{to}")));
        assert_eq!(found, verdict, "{to}: {reasons:?}");
    }
}

#[test]
fn what_only_crawlers_are_shown_and_nobody_sees_is_cloaking() {
    let ours = read(PAGE);
    let hidden = |what: &str| {
        read(&changed(
            "<footer>",
            &format!("<div style='display:none'>{what}</div><footer>"),
        ))
    };
    let sold = hidden("<a href=/tep/a.html>Nhà cái</a>");
    let away = hidden("<a href=https://khac.example.net>Tin mới</a>");
    let nameless = hidden("<a href=https://khac.example.net></a>");
    let menu =
        hidden("<a href=/tin>Tin tức</a> <a href=https://ung-dung.example.net/tai>Ứng dụng</a>");
    for (visitor, page, verdict) in [
        (Visitor::Crawler, &sold, Verdict::Cloaking),
        (Visitor::Phone, &sold, Verdict::Cloaking),
        (Visitor::FromSearch, &away, Verdict::Cloaking),
        (Visitor::Crawler, &nameless, Verdict::Cloaking),
        (Visitor::Phone, &menu, Verdict::Unexplained),
    ] {
        let (found, reasons) = shown_to(visitor, &ours, page);
        assert_eq!(found, verdict, "{visitor:?}: {reasons:?}");
    }
    let (found, reasons) = shown_to(Visitor::Crawler, &hidden("Trình đơn khác"), &sold);
    assert_eq!(found, Verdict::Cloaking, "{reasons:?}");
}

#[test]
fn at_the_first_look_a_question_about_cookies_is_no_cloaking_and_wares_are() {
    let (site, page) = (SiteMemory::default(), PageMemory::default());
    let ground = Ground::new(&site, &page, None);
    let ours = read(PAGE);
    let above = |what: &str| changed("<body>", &format!("<body><div class=hoi>{what}</div>"));
    for (markup, verdict) in [
        (
            above("Trang này dùng cookie để cải thiện trải nghiệm. <button>Đồng ý</button>"),
            Verdict::Unchanged,
        ),
        (
            above("We use cookies to give you the best experience on this website."),
            Verdict::Unchanged,
        ),
        (
            above("Nhà cái uy tín số một châu Á, khuyến mãi mỗi ngày"),
            Verdict::Cloaking,
        ),
        (above("每天晚上都有大奖等你来拿"), Verdict::Cloaking),
        (
            above("<script src=https://khac.example.net/x.js></script>"),
            Verdict::Cloaking,
        ),
        (
            changed(
                "<title>Sở Y tế tỉnh A",
                "<title>Quay thưởng may mắn mỗi đêm",
            ),
            Verdict::Cloaking,
        ),
    ] {
        let theirs = read(&markup);
        let judgement = judge_views(
            &ground,
            &twice(Visitor::Watch, &ours),
            &twice(Visitor::FromSearch, &theirs),
        );
        assert_eq!(
            judgement.verdict, verdict,
            "{markup}: {:?}",
            judgement.reasons
        );
    }
}

#[test]
fn a_running_line_says_other_news_and_no_boast() {
    let line = |text: &str| {
        changed(
            "<ul class=tin>",
            &format!("<marquee>{text}</marquee><ul class=tin>"),
        )
    };
    let approved = line("Lịch tiêm chủng tháng 8");
    for (text, verdict) in [
        ("Kế hoạch diễn tập chữa cháy rừng", Verdict::Ordinary),
        (
            "Hacked by somebody, your security is low",
            Verdict::Defacement,
        ),
        ("Nhà cái uy tín, tài xỉu online", Verdict::Injection),
        ("يوم جديد لنا جميعا هنا", Verdict::Defacement),
    ] {
        let (found, reasons) = verdict_beside(&approved, &[], &line(text));
        assert_eq!(found, verdict, "{text}: {reasons:?}");
    }
}

#[test]
fn sources_of_a_leaf_add_up_over_days_and_not_without_end() {
    let leaf = |houses: &[&str]| {
        let item = |house: &&str| {
            format!("<li><a href=/1>Tin mới</a> (Tin: <a href=https://{house}.example.net>Sở</a>)")
        };
        let items: Vec<String> = houses.iter().map(item).collect();
        let items = items.concat();
        changed(
            "<div class=dem>",
            &format!("<a href=#la>Tin tức</a><ul id=la class=an>{items}</ul><div class=dem>"),
        )
    };
    let mut memory = PageMemory::begin(Approval {
        page: read(&leaf(&["bao"])),
        approver: Approver::default(),
    });
    let facts = site();
    for (yesterday, today, verdict) in [
        (&["bao"][..], &["dai", "tin"][..], Verdict::Ordinary),
        (&["dai", "tin"], &["dai", "tin", "xa"], Verdict::Ordinary),
        // Nobody approved any of them.
        (
            &["dai", "tin", "xa", "huyen"],
            &["dai", "tin", "xa", "huyen", "la"],
            Verdict::Injection,
        ),
        (&["dai"], &["dai", "a", "b", "c"], Verdict::Injection),
    ] {
        memory.last = read(&leaf(yesterday));
        let known = known_site(&memory);
        let page = read(&leaf(today));
        let look = Look {
            page: &page,
            status: 200,
            site: &facts,
        };
        let judgement = judge(&Ground::new(&known, &memory, None), &look);
        assert_eq!(
            judgement.verdict, verdict,
            "{today:?}: {:?}",
            judgement.reasons
        );
    }
}
