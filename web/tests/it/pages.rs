//! What the pages say.

use axum::http::StatusCode;
use domain::HostCounters;

use crate::client::Client;
use crate::sample::{SECRET, alert_id, evidence_id};

fn pages() -> Vec<String> {
    let alert = alert_id(0);
    let drill = alert_id(1);
    vec![
        "/alerts".to_owned(),
        format!("/alerts/{alert}"),
        format!("/alerts/{drill}"),
        "/hosts".to_owned(),
        format!("/hosts?alert={drill}"),
        "/findings".to_owned(),
        format!("/findings?alert={alert}&judgement=confirmed"),
        "/findings/1".to_owned(),
        "/findings/2".to_owned(),
        "/findings/5".to_owned(),
        "/findings/6".to_owned(),
        "/findings/7".to_owned(),
        "/findings/8".to_owned(),
        "/findings/9".to_owned(),
        "/findings/10".to_owned(),
        "/findings/11".to_owned(),
        "/not-examined".to_owned(),
        "/organisations".to_owned(),
        "/refused".to_owned(),
        "/websites".to_owned(),
        format!("/websites/vn.mot.airline/{}", evidence_id(0)),
        format!("/websites/vn.mot.airports/{}", evidence_id(3)),
        format!("/form/{SECRET}"),
    ]
}

#[tokio::test]
async fn every_page_is_there_in_both_languages() {
    let client = Client::signed_in().await;
    for page in pages() {
        let separator = if page.contains('?') { '&' } else { '?' };
        let mut bodies = Vec::new();
        for (tag, word) in [("vi", "Số liệu lúc"), ("en", "As of")] {
            let answer = client.get(&format!("{page}{separator}lang={tag}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{page} in {tag}");
            assert!(answer.body.contains(&format!("<html lang=\"{tag}\"")));
            assert!(answer.body.contains(word), "{page} in {tag}");
            for key in [">web-", "\"web-", ">why-", ">reason-", ">host-state"] {
                assert!(
                    !answer.body.contains(key),
                    "{page} in {tag} shows a bare key"
                );
            }
            bodies.push(answer.body);
        }
        assert_ne!(bodies[0], bodies[1], "{page}");
    }
}

#[tokio::test]
async fn the_chosen_language_is_kept() {
    let client = Client::signed_in().await;
    client.get("/alerts?lang=en").await;
    let answer = client.get("/hosts").await;
    assert!(answer.body.contains("<html lang=\"en\""));
    assert!(answer.body.contains("/hosts?lang=vi"));
}

#[tokio::test]
async fn the_page_of_hosts_says_which_checks_work_there() {
    let client = Client::signed_in().await;
    let answer = client.get("/hosts?lang=en").await;
    assert!(answer.body.contains("37 of 37 checks work here"));
    assert!(answer.body.contains("1 check does not work here"));
}

#[tokio::test]
async fn the_wall_is_kept_until_it_is_left() {
    let client = Client::signed_in().await;
    assert!(
        client
            .get("/alerts?wall=1")
            .await
            .body
            .contains("class=\"wall\"")
    );
    assert!(client.get("/alerts").await.body.contains("class=\"wall\""));
    assert!(
        !client
            .get("/alerts?wall=0")
            .await
            .body
            .contains("class=\"wall\"")
    );
    assert!(!client.get("/alerts").await.body.contains("class=\"wall\""));
}

/// The numbers of the legend, read back from the page, are the eligible hosts.
#[tokio::test]
async fn the_counters_of_the_wall_page_add_up() {
    let client = Client::signed_in().await;
    let page = client
        .get(&format!("/alerts/{}?lang=en", alert_id(0)))
        .await
        .body;
    let number = |key: &str| -> u64 {
        let (_, rest) = page.split_once(&format!("data-key=\"{key}\">")).unwrap();
        let text = rest.split('<').next().unwrap();
        text.replace(',', "").parse().unwrap()
    };
    let states = [
        "complete",
        "incomplete",
        "unreachable",
        "refused",
        "pending",
    ];
    let sum: u64 = states.into_iter().map(number).sum();
    assert_eq!(number("eligible"), sum);
    assert_eq!(sum, 1_010);
    assert_eq!(number("addressed"), 8);
    assert_eq!(number("received"), 7);
}

#[tokio::test]
async fn a_silent_organisation_has_no_numbers() {
    let client = Client::signed_in().await;
    let page = client
        .get(&format!("/alerts/{}?lang=en", alert_id(0)))
        .await
        .body;
    let row = page
        .split("<tr")
        .find(|row| row.contains("Đà Nẵng"))
        .unwrap();
    assert!(row.contains("nothing heard") && row.contains("not known"));
    assert!(!row.contains(">0</td>"), "silence is not zero: {row}");
}

#[tokio::test]
async fn a_drill_says_so_wherever_it_is_shown() {
    let client = Client::signed_in().await;
    let drill = alert_id(1);
    for page in [
        "/alerts".to_owned(),
        format!("/alerts/{drill}"),
        format!("/hosts?alert={drill}"),
        format!("/not-examined?alert={drill}"),
        format!("/form/{SECRET}"),
    ] {
        let body = client.get(&page).await.body;
        assert!(
            body.contains("class=\"drill-banner\"") || body.contains("class=\"drill-strip\""),
            "{page}"
        );
    }
    let real = client.get(&format!("/alerts/{}", alert_id(0))).await.body;
    assert!(!real.contains("drill-banner"));
}

#[tokio::test]
async fn an_overdue_organisation_is_named_as_such_once_the_deadline_has_passed() {
    let client = Client::signed_in().await;
    let page = format!("/alerts/{}?lang=en", alert_id(0));
    assert!(!client.get(&page).await.body.contains("badge is-overdue"));
    client.board.change(|state| {
        state.now = "2016-08-05T10:00:00Z".parse().unwrap();
        state.add_up();
    });
    let body = client.get(&page).await.body;
    assert!(body.contains("badge is-overdue"));
    assert!(body.contains("overdue by 1 hour"));
}

#[tokio::test]
async fn an_officer_acknowledges_and_decides() {
    let client = Client::signed_in().await;
    let alert = alert_id(0);
    let address = format!("/alerts/{alert}?lang=en");
    let page = client.get(&address).await;
    let token = page.token();
    let answer = client
        .post(
            &format!("/alerts/{alert}/acknowledge"),
            &[("token", &token)],
        )
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let fields = [
        ("token", &*token),
        ("verb", "isolate"),
        ("answer", "refuse"),
    ];
    let answer = client
        .post(&format!("/alerts/{alert}/decide"), &fields)
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = client.get(&address).await.body;
    assert!(!page.contains("id=\"acknowledge\""));
    assert!(page.contains("<bdi>Lê Minh Đức</bdi> · "));
    assert!(!page.contains("id=\"permit-isolate\""));
}

#[tokio::test]
async fn nonsense_in_a_decision_changes_nothing() {
    let client = Client::signed_in().await;
    let alert = alert_id(0);
    let token = client.get(&format!("/alerts/{alert}")).await.token();
    for (verb, answer) in [
        ("", "permit"),
        ("erase", "permit"),
        ("isolate", "yes"),
        ("isolate", ""),
    ] {
        let fields = [("token", &*token), ("verb", verb), ("answer", answer)];
        let answer = client
            .post(&format!("/alerts/{alert}/decide"), &fields)
            .await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{verb} {}",
            answer.body
        );
    }
    let page = client.get(&format!("/alerts/{alert}")).await.body;
    assert!(page.contains("id=\"permit-isolate\""));
}

#[tokio::test]
async fn what_is_not_there_is_said_not_to_be_there() {
    let client = Client::signed_in().await;
    let unknown = "ab".repeat(32);
    for path in [
        "/nothing".to_owned(),
        "/alerts/1".to_owned(),
        format!("/alerts/{unknown}"),
        "/findings/99".to_owned(),
        "/findings/x".to_owned(),
        "/findings?judgement=evil".to_owned(),
        format!("/hosts?alert={unknown}"),
        "/assets/../Cargo.toml".to_owned(),
    ] {
        let answer = client.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn findings_are_filtered_and_paged() {
    let client = Client::signed_in().await;
    client.board.change(|state| {
        let row = state.findings[0].clone();
        for id in 100..350 {
            let mut row = row.clone();
            row.id = id;
            state.findings.push(row);
        }
    });
    let rows = |body: &str| body.matches("<th scope=\"row\">").count();
    let first = client.get("/findings?lang=en").await.body;
    assert_eq!(rows(&first), 100);
    assert!(first.contains("page=1\"") && first.contains(">Next<"));
    let last = client.get("/findings?page=2").await.body;
    assert_eq!(rows(&last), 61);
    assert!(!last.contains("page=3\""));
    let suspicious = client.get("/findings?judgement=suspicious").await.body;
    assert_eq!(rows(&suspicious), 6);
}

#[tokio::test]
async fn hosts_that_nobody_counted_are_unknown_and_not_zero() {
    let client = Client::signed_in().await;
    client.board.change(|state| {
        for row in &mut state.pictures[0].organisations {
            row.status.hosts = None;
        }
        state.add_up();
        assert_eq!(state.pictures[0].totals.hosts, HostCounters::default());
    });
    let page = client
        .get(&format!("/alerts/{}?lang=en", alert_id(0)))
        .await
        .body;
    assert!(page.contains("8 organisations do not tell their hosts"));
}

#[tokio::test]
async fn the_list_says_what_waits_for_this_organisation() {
    let client = Client::signed_in().await;
    let page = client.get("/alerts?lang=en").await.body;
    assert_eq!(page.matches("Not acknowledged by you yet").count(), 1);
    client
        .board
        .change(|state| state.pictures[0].addressed = false);
    let page = client.get("/alerts?lang=en").await.body;
    assert!(!page.contains("Not acknowledged by you yet"));
}

#[tokio::test]
async fn a_finding_says_what_kind_of_thing_it_is_in_and_where() {
    let client = Client::signed_in().await;
    let list = client.get("/findings?lang=en").await.body;
    for kind in [
        "Inside a container",
        "Process",
        "Connection",
        "Known host name",
    ] {
        assert!(list.contains(&format!("<span class=\"tag\">{kind}</span>")));
    }
    assert!(
        list.contains("<bdi>McUtil.dll</bdi>"),
        "the member's own name"
    );
    let log = client.get("/findings/6").await.body;
    assert!(log.contains("line 88214, 2016-07-28T02:14:07Z"));
    assert!(log.contains("and 214 more matches"));
    let packaged = client.get("/findings/11").await.body;
    assert!(packaged.contains("util-linux 2.38.1-5+deb12u1"));
    let file = client.get("/findings/1").await.body;
    assert!(!file.contains("Package"));
}

#[tokio::test]
async fn every_reason_is_shown_with_what_it_means() {
    let client = Client::signed_in().await;
    let page = client.get("/not-examined?lang=en").await.body;
    for meaning in [
        "Without the password nothing can be said",
        "attackers build such containers on purpose",
        "What is in it was not examined",
        "the rest is not known",
        "cannot hold up a whole host",
    ] {
        assert!(page.contains(meaning), "{meaning}");
    }
}
