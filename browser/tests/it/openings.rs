//! What a page in a browser tells, and what it cannot do.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use browser::{BrowserError, Limits, RequestKind};
use testkit::serving::{Request, Server, answer, html};

use crate::browsers::{NAMES, browser, limits, open};

/// A page that loads a script by a script, tries to reach into the machine and its network, and sends its visitors on.
fn busy(request: &Request) -> Vec<u8> {
    let port = request.port;
    match request.path() {
        "/" => html(format!(
            "<title>first</title><script>\
             const s = document.createElement('script'); s.src = 'http://other.test:{port}/late.js'; document.head.append(s);\
             for (const inside of ['127.0.0.1:{port}', 'localhost:{port}', '[::1]:{port}', '169.254.169.254', '10.0.0.1'])\
               fetch('http://' + inside + '/secret', {{mode: 'no-cors'}}).catch(() => 0);\
             new WebSocket('ws://127.0.0.1:{port}/secret');\
             window.open('http://site.test:{port}/popup');\
             </script><iframe src=/file></iframe>"
        )),
        "/late.js" => answer(
            200,
            "Content-Type: text/javascript\r\n",
            format!("setTimeout(() => {{ location.href = 'http://gone.test:{port}/end' }}, 700)"),
        ),
        "/end" => html(
            "<title>the end</title><body style='background:#fff'><script>document.body.append('made ' + 'late')</script>",
        ),
        "/file" => answer(
            200,
            "Content-Disposition: attachment; filename=x.exe\r\n",
            "MZ",
        ),
        _ => html("nothing"),
    }
}

#[tokio::test]
async fn what_scripts_load_and_where_they_lead_is_told_and_nothing_inside_is_reached() {
    let Some(browser) = browser() else { return };
    let server = Server::open(busy);
    let port = server.port();
    let url = format!("http://site.test:{port}/");
    let rendered = open(&browser, &url, "agent-busy/1", &BTreeSet::new())
        .await
        .unwrap();
    assert_eq!(rendered.final_url, format!("http://gone.test:{port}/end"));
    assert_eq!(rendered.title, "the end");
    assert!(rendered.markup.contains("made late") && rendered.is_complete);
    let script = rendered
        .requests
        .iter()
        .find(|one| one.kind == RequestKind::Script)
        .unwrap();
    assert_eq!(script.url, format!("http://other.test:{port}/late.js"));
    assert_eq!(script.status, Some(200));
    assert_eq!(script.from_origin, Some(format!("http://site.test:{port}")));
    // The signature of PNG, and the window's size.
    assert!(rendered.picture.starts_with(b"\x89PNG\r\n"));
    assert_eq!(rendered.picture[16..24], [0, 0, 5, 0, 0, 0, 7, 128]);
    let refused: Vec<&str> = rendered
        .refused
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    let inside = [
        &format!("127.0.0.1:{port}"),
        "169.254.169.254:80",
        "10.0.0.1:80",
    ];
    for place in inside {
        assert!(refused.contains(&place), "{place}: {refused:?}");
    }
    let asked = server.asked();
    let asked: Vec<&str> = asked.iter().map(Request::path).collect();
    let asked = asked.join("\n");
    assert!(!asked.contains("/secret"), "{asked}");
    assert!(!asked.contains("/popup"), "{asked}");
    assert!(asked.contains("/file") && rendered.reached.iter().any(|one| one.host == "other.test"));
    assert_eq!(browser.starts(), 1);
}

#[tokio::test]
async fn a_page_that_never_rests_is_taken_as_it_is() {
    let Some(browser) = browser() else { return };
    let browser = browser.with_limits(Limits {
        time: Duration::from_secs(12),
        ..limits()
    });
    let server = Server::open(|request| match request.path() {
        "/" => html(
            "<title>restless</title><h1>Here</h1><img src=/never><script>setTimeout(() => { while (true) alert('owned') }, 200)</script>",
        ),
        _ => Vec::new(),
    });
    let url = format!("http://site.test:{}/", server.port());
    let rendered = open(&browser, &url, "agent-restless/1", &BTreeSet::new())
        .await
        .unwrap();
    assert_eq!(rendered.questions, ["owned"]);
    assert!(
        !rendered.is_complete && rendered.markup.contains("Here") && !rendered.picture.is_empty()
    );
    assert!(
        rendered.took < Duration::from_secs(40),
        "{:?}",
        rendered.took
    );
}

#[tokio::test]
async fn a_page_that_takes_all_memory_is_ended() {
    let Some(browser) = browser() else { return };
    let browser = browser.with_limits(Limits {
        memory_bytes: 700 * 1024 * 1024,
        ..limits()
    });
    let server = Server::open(|_| {
        // The page is not there before its script is over, so that it is waited for.
        html("<script>const all = []; for (;;) all.push(new Uint8Array(32 << 20).fill(1))</script>")
    });
    let url = format!("http://site.test:{}/", server.port());
    let error = open(&browser, &url, "agent-greedy/1", &BTreeSet::new())
        .await
        .unwrap_err();
    match error {
        // The bound, and what comes within one look at it.
        BrowserError::Memory { megabytes, .. } => {
            assert!((700..2_500).contains(&megabytes), "{megabytes}");
        }
        BrowserError::Crashed => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_site_is_believed_by_the_key_that_was_checked_and_by_no_other() {
    let Some(browser) = browser() else { return };
    let server = Server::open_tls(NAMES[0], |_| html("<title>secure</title>"));
    let url = format!("https://site.test:{}/", server.port());
    let stranger = open(&browser, &url, "agent-stranger/1", &BTreeSet::new()).await;
    assert!(
        matches!(&stranger, Err(BrowserError::Load(why)) if why.contains("CERT")),
        "{stranger:?}"
    );
    let keys = BTreeSet::from([key_of(&server).await]);
    let known = open(&browser, &url, "agent-known/1", &keys).await.unwrap();
    assert_eq!(known.title, "secure");
}

/// Returns the digest of a server's key as a check sees it.
async fn key_of(server: &Server) -> String {
    let settings = visit::VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: visit::Limits::default(),
        manners: visit::Manners {
            pause: Duration::ZERO,
        },
        permission: visit::Permission {
            hosts: BTreeSet::from(["127.0.0.1".to_owned()]),
        },
        authorities: Vec::new(),
    };
    let names = visit::Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    let web = visit::Web::new(names, settings).unwrap();
    let url = format!("https://127.0.0.1:{}/", server.port());
    let visit = web.visit(&url, visit::Visitor::Watch, None).await;
    visit.hops[0]
        .certificate
        .as_ref()
        .unwrap()
        .key_digest
        .clone()
}
