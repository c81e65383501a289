//! The pages about web sites: the urgent first, nothing unknown shown as fine, and nothing from a hostile site live.

use axum::http::StatusCode;
use domain::{PageCounters, WatchHealth};

use crate::client::Client;
use crate::sample::evidence_id;

fn position(page: &str, text: &str) -> usize {
    page.find(text)
        .unwrap_or_else(|| panic!("'{text}' is not on the page"))
}

#[tokio::test]
async fn alarms_come_first_and_what_is_not_known_before_what_is_fine() {
    let client = Client::signed_in().await;
    let page = client.get("/websites?lang=en").await.body;
    let order = [
        "h-confirmed",
        "h-suspicious",
        "h-unreachable",
        "h-incomplete",
        "h-organisations",
    ];
    let found: Vec<usize> = order.iter().map(|id| position(&page, id)).collect();
    assert!(found.is_sorted(), "{found:?}");
    let number = |key: &str| -> u64 {
        let (_, rest) = page.split_once(&format!("data-key=\"{key}\">")).unwrap();
        let end = rest
            .find("</dd>")
            .into_iter()
            .chain(rest.find("</span>"))
            .min();
        let text = rest[..end.unwrap()].rsplit('>').next().unwrap();
        text.replace(',', "").parse().unwrap()
    };
    let states = [
        "confirmed",
        "suspicious",
        "unreachable",
        "incomplete",
        "complete",
    ];
    let sum: u64 = states.into_iter().map(number).sum();
    assert_eq!(number("watched"), sum);
    assert_eq!((number("confirmed"), number("unreachable")), (2, 14));
    // Of the silent watch's pages nobody says which they are, and nobody calls them fine.
    assert!(page.contains("13 more pages are counted here"));
    assert!(page.contains("The watch of Bộ Công an has not been heard of for too long"));
}

#[tokio::test]
async fn a_finding_says_whom_to_telephone_and_why_in_the_readers_language() {
    let client = Client::signed_in().await;
    let address = format!("/websites/vn.mot.airline/{}", evidence_id(0));
    let page = client.get(&format!("{address}?lang=en")).await.body;
    assert!(page.contains("Telephone Hãng hàng không Sao Vàng now."));
    assert!(page.contains("The title was") || page.contains("the title was"));
    assert!(page.contains("024 3555 0100"));
    assert!(page.contains("9 more reasons are in the evidence"));
    assert!(page.contains("tocsin watch web verify --folder /var/lib/tocsin/watch"));
    let page = client.get(&format!("{address}?lang=vi")).await.body;
    assert!(page.contains("Gọi điện ngay cho Hãng hàng không Sao Vàng."));
    // A kind of reason that this program has no text for is still said.
    let address = format!("/websites/vn.mot.airports/{}", evidence_id(3));
    let page = client.get(&format!("{address}?lang=vi")).await.body;
    assert!(page.contains("browser-ended (after: 30 s)"));
}

#[tokio::test]
async fn nothing_that_an_attacked_site_wrote_is_a_link_or_turns_the_text() {
    let client = Client::signed_in().await;
    client.board.change(|state| {
        let row = &mut state.sites.findings[0];
        row.name = "<b>\u{202e}x</b>".to_owned();
        row.finding.page = "https://a.example/<script>alert(1)</script>".to_owned();
        let value = "<img src=x onerror=alert(1)>\u{202e}".to_owned();
        row.finding.reasons[0].values.insert("to".to_owned(), value);
        row.finding.supplier = Some("\u{2066}<i>".to_owned());
    });
    for address in [
        "/websites".to_owned(),
        format!("/websites/vn.mot.airline/{}", evidence_id(0)),
    ] {
        let page = client.get(&address).await.body;
        for live in [
            "<script>alert",
            "<img src=x",
            "<i>",
            "\u{202e}",
            "\u{2066}<",
            "href=\"https://",
            "href=\"http://",
        ] {
            assert!(!page.contains(live), "{address} has {live}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let client = Client::signed_in().await;
    let there = evidence_id(0);
    for address in [
        "/websites/vn.mot.airline/1".to_owned(),
        format!("/websites/vn.mot/{there}"),
        format!("/websites/VN/{there}"),
        format!("/websites/vn.mot.airline/{}", evidence_id(150)),
    ] {
        let answer = client.get(&address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn without_a_watch_the_page_says_so_and_broken_evidence_is_loud() {
    let client = Client::signed_in().await;
    client.board.change(|state| {
        state.sites.watchers[0].health = WatchHealth::Broken;
        state.sites.watchers[1].is_doubted = true;
    });
    let page = client.get("/websites?lang=en").await.body;
    assert!(page.contains("is broken or cannot be read"));
    assert!(page.contains("had reported more evidence than it has now"));
    assert!(page.contains("2 pages under watch name an owner"));
    client.board.change(|state| {
        let sites = &mut state.sites;
        sites.watchers.clear();
        sites.organisations.clear();
        sites.sums.clear();
        sites.findings.clear();
        sites.pages = PageCounters::default();
        sites.unplaced = 0;
    });
    let page = client.get("/websites?lang=en").await.body;
    assert!(page.contains("No watch of web sites reports here"));
}

#[tokio::test]
async fn the_evidence_of_our_own_watch_is_shown_alone_and_runs_nothing() {
    let client = Client::signed_in().await;
    let finding = format!("/websites/vn.mot.airline/{}", evidence_id(0));
    let address = format!("{finding}/verdict");
    let page = client.get(&finding).await.body;
    assert!(page.contains(&format!("href=\"{address}\"")), "{page}");
    for (language, action) in [("en", "Telephone now"), ("vi", "Gọi điện ngay")] {
        let answer = client.get(&format!("{address}?lang={language}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for wanted in [
            "default-src 'none'",
            "img-src data:",
            "sandbox allow-same-origin",
        ] {
            assert!(policy.contains(wanted), "{policy}");
        }
        assert!(!policy.contains("script") && !policy.contains("unsafe"));
        assert_eq!(answer.headers["cache-control"], "no-store");
        let body = &answer.body;
        assert!(body.contains(action) && body.contains(&format!("href=\"{finding}\"")));
        for live in [
            "<script",
            "<form",
            "<iframe",
            "<img src=x",
            "\u{202e}",
            "style=\"",
        ] {
            assert!(!body.contains(live), "{live}");
        }
        assert_eq!(body.matches("<img src=\"data:image/png;base64,").count(), 2);
        assert_eq!(body.matches("<img").count(), 2);
    }
}

#[tokio::test]
async fn evidence_of_others_is_not_here_and_evidence_that_is_gone_is_said() {
    let client = Client::signed_in().await;
    let gone = format!("/websites/vn.mot.airline/{}/verdict", evidence_id(1));
    let answer = client.get(&format!("{gone}?lang=en")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("tocsin watch web verify"));
    assert!(
        !answer.body.contains("contents are gone"),
        "causes stay in the log"
    );
    client.board.change(|state| {
        state.sites.findings[0].watcher.side = node::Side::Below;
    });
    let finding = format!("/websites/vn.mot.airline/{}", evidence_id(0));
    let page = client.get(&finding).await.body;
    assert!(!page.contains("/verdict\""));
    let answer = client.get(&format!("{finding}/verdict")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
