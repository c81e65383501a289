//! What a browser adds to a check that leaves a page unexplained.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use browser::Browser;
use testkit::serving::{Server, html};
use watch::keeping::Contents;
use watch::{Approver, Check, Depth, Means, NotSeen, Reason, SiteMemory, Verdict, check};

use crate::serving::{of_kind, web};

/// The scripts that the page's own script loads or goes to, as it is told in a way that cannot be read without running it.
const OWN_SCRIPT: &str = "L293bi5qcw==";
const HONEST: &str = "Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.";

/// A site that shows one of several pages.
struct Site {
    server: Server,
    shown: Arc<AtomicUsize>,
}

fn page(text: &str, told: &str) -> String {
    format!(
        "<!doctype html><html lang=vi data-k='{told}'><meta charset=utf-8><title>Sở Y tế</title><h1>Sở Y tế</h1><p class=gioi-thieu>{text}</p>\
        <script>const t = atob(document.documentElement.dataset.k); if (t[0] === '>') location.href = t.slice(1); else {{\
        const s = document.createElement('script'); s.src = t; document.head.append(s) }}</script>"
    )
}

fn serve() -> Site {
    let shown = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&shown);
    let server = Server::open_everywhere(move |request| {
        if request.path() == "/" {
            let elsewhere = format!("http://127.0.0.2:{}", request.port);
            html(shown_as(now.load(Ordering::Relaxed), &elsewhere))
        } else if request.path() == "/own.js" || request.path() == "/x.js" {
            of_kind("text/javascript", "var loaded = 1")
        } else {
            html("<title>elsewhere</title>")
        }
    });
    Site { server, shown }
}

/// The page, as it is and as intruders leave it.
fn shown_as(number: usize, elsewhere: &str) -> String {
    let defaced = format!(
        "Bọn tao vừa ghé chơi, lỗ hổng chưa vá đâu nhé, lần {}.",
        number + 1
    );
    match number {
        0 => page(HONEST, OWN_SCRIPT),
        1 => page(&defaced, OWN_SCRIPT),
        2 => page(&defaced, &STANDARD.encode(format!("{elsewhere}/x.js"))),
        _ => page(&defaced, &STANDARD.encode(format!(">{elsewhere}/gone"))),
    }
}

async fn look(browser: Option<&Browser>, site: &Site, memory: &SiteMemory, shown: usize) -> Check {
    site.shown.store(shown, Ordering::Relaxed);
    let web = web();
    let means = Means {
        browser,
        ..Means::new(&web, jiff::Timestamp::UNIX_EPOCH)
    };
    let url = site.server.url("/");
    check(&means, &url, memory, None, Depth::Quick).await
}

#[tokio::test]
async fn a_browser_finds_what_reading_cannot_and_takes_nothing_back() {
    let Some(browser) = Browser::find() else {
        testkit::skipping::skipped(
            "checks with a browser",
            "chromium is not installed (apt-get install chromium)",
        );
        return;
    };
    let browser = browser.with_limits(browser::Limits {
        linger: Duration::from_millis(800),
        ..browser::Limits::default()
    });
    let site = serve();
    let mut memory = SiteMemory::default();
    let first = look(Some(&browser), &site, &memory, 0).await;
    assert_eq!(first.judgement.verdict, Verdict::Unexplained);
    let rendered = first.rendered.as_ref().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kept = Contents::in_folder(folder.path())
        .keep(&rendered.png)
        .unwrap();
    assert_eq!(rendered.screenshot, Some(kept.clone()));
    memory.approve(&first, &Approver::default());

    let text = look(Some(&browser), &site, &memory, 1).await;
    assert_eq!(
        text.judgement.verdict,
        Verdict::Unexplained,
        "{:?}",
        text.judgement.reasons
    );
    assert_eq!(text.rendered.unwrap().before, Some(kept));

    let script = look(Some(&browser), &site, &memory, 2).await;
    let origin = format!("http://127.0.0.2:{}", site.server.port());
    assert_eq!(
        script.judgement.verdict,
        Verdict::Injection,
        "{:?}",
        script.judgement.reasons
    );
    assert!(
        script
            .judgement
            .reasons
            .contains(&Reason::ScriptOrigin { origin })
    );

    let redirect = look(Some(&browser), &site, &memory, 3).await;
    assert_eq!(
        redirect.judgement.verdict,
        Verdict::Takeover,
        "{:?}",
        redirect.judgement.reasons
    );
    let same = look(Some(&browser), &site, &memory, 0).await;
    assert!(same.rendered.is_none() && same.browser_starts == 0);
    assert_eq!(browser.starts(), 4);
}

#[tokio::test]
async fn what_no_browser_showed_stays_unexplained_and_says_why() {
    let site = serve();
    let memory = SiteMemory::default();
    let none = look(None, &site, &memory, 0).await;
    assert_eq!(none.rendered.unwrap().not_seen, Some(NotSeen::NoBrowser));
    let broken = Browser::at(Path::new("/bin/false")).unwrap();
    let failed = look(Some(&broken), &site, &memory, 0).await;
    assert_eq!(failed.judgement.verdict, Verdict::Unexplained);
    assert!(matches!(
        failed.judgement.reasons.as_slice(),
        [Reason::NotSeen { .. }]
    ));
    assert_eq!(failed.browser_starts, 1);
}
