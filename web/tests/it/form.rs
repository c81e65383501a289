//! The form of an organisation without a node.

use axum::http::StatusCode;
use domain::{AlertReference, Answer, Coverage, HostCounters, Outcome, PageCounters, SweepReport};

use crate::client::Client;
use crate::sample::{SECRET, alert_id};

fn form() -> String {
    format!("/form/{SECRET}")
}

fn report(host: &str, alert: u8) -> SweepReport {
    let at = "2016-08-05T06:00:00Z".parse().unwrap();
    SweepReport {
        schema: 1,
        tool: "tocsin 0.0.0".to_owned(),
        alert: AlertReference {
            id: Some(alert_id(alert)),
            number: "238/VNCERT-ĐPƯC".to_owned(),
            version: 1,
            exercise: false,
        },
        host: host.to_owned(),
        started_at: at,
        finished_at: at,
        roots: Vec::new(),
        outcome: Outcome::Clean,
        coverage: Coverage {
            complete: true,
            ..Coverage::default()
        },
        findings: Vec::new(),
        findings_left_out: 0,
        self_test: None,
    }
}

fn file(reports: &[SweepReport]) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({ "schema": 1, "reports": reports })).unwrap()
}

#[tokio::test]
async fn an_organisation_without_an_account_acknowledges_with_name_and_post() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let fields = [
        ("token", &*token),
        ("alert", &alert),
        ("officer", " Phạm Thị Lan "),
        ("post", "Trưởng phòng CNTT"),
        ("sweep", "permit"),
    ];
    let answer = client.post(&form(), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = client.get(answer.location()).await.body;
    assert!(page.contains("class=\"thanks\""));
    client.board.change(|state| {
        let answer = &state.answers[0];
        assert_eq!(answer.officer, "Phạm Thị Lan, Trưởng phòng CNTT");
        assert_eq!(answer.sweep, Some(Answer::Permit));
        assert_eq!(answer.hosts, None, "nothing was said about hosts");
        assert!(answer.reports.is_empty());
    });
}

#[tokio::test]
async fn counts_are_taken_as_typed_and_nonsense_is_refused() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let with = |complete: &'static str, pending: &'static str, found: &'static str| {
        [
            ("token", token.clone()),
            ("alert", alert.clone()),
            ("officer", "Phạm Thị Lan".to_owned()),
            ("complete", complete.to_owned()),
            ("pending", pending.to_owned()),
            ("found", found.to_owned()),
        ]
    };
    for nonsense in ["-1", "1.5", "x", "18446744073709551616", "100001"] {
        let fields = with(nonsense, "", "");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let answer = client.post(&form(), &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{nonsense}");
    }
    let fields = with(" 7 ", "2", "1");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(
        client.post(&form(), &fields).await.status,
        StatusCode::SEE_OTHER
    );
    client.board.change(|state| {
        assert_eq!(state.answers.len(), 1);
        let expected = HostCounters {
            complete: 7,
            pending: 2,
            ..HostCounters::default()
        };
        assert_eq!(state.answers[0].hosts, Some(expected));
        assert_eq!(state.answers[0].hosts_found, 1);
    });
}

#[tokio::test]
async fn an_answer_without_a_name_is_refused() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let fields = [
        ("token", &*token),
        ("alert", &alert),
        ("officer", "  "),
        ("post", "Trưởng phòng"),
    ];
    let answer = client.post(&form(), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn reports_of_the_kit_are_handed_in_as_files() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let fields = [
        ("token", &*token),
        ("alert", &alert),
        ("officer", "Phạm Thị Lan"),
        ("post", ""),
    ];
    let path = format!("{}/reports", form());
    let files: [(&str, &[u8]); 2] = [
        ("a.json", &file(&[report("LE-TAN", 0)])),
        (
            "b.json",
            &file(&[report("X-QUANG", 0), report("X-QUANG", 1)]),
        ),
    ];
    let answer = client.upload(&path, &fields, &files).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    client.board.change(|state| {
        let hosts: Vec<&str> = state.answers[0]
            .reports
            .iter()
            .map(|r| r.host.as_str())
            .collect();
        assert_eq!(
            hosts,
            ["LE-TAN", "X-QUANG"],
            "only reports about this alert"
        );
    });
}

#[tokio::test]
async fn a_file_that_is_no_report_costs_itself_only() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let fields = [
        ("token", &*token),
        ("alert", &alert),
        ("officer", "Phạm Thị Lan"),
    ];
    let path = format!("{}/reports", form());
    let deep = "[".repeat(100_000);
    let files: [(&str, &[u8]); 4] = [
        ("<b>.json", b"<script>"),
        ("deep.json", deep.as_bytes()),
        ("other.json", &file(&[report("LE-TAN", 1)])),
        ("good.json", &file(&[report("LE-TAN", 0)])),
    ];
    let answer = client.upload(&path, &fields, &files).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["&#60;b&#62;.json", "deep.json", "other.json"] {
        assert!(answer.body.contains(name), "{name}");
    }
    assert!(!answer.body.contains("good.json"));
    client
        .board
        .change(|state| assert_eq!(state.answers[0].reports.len(), 1));
}

#[tokio::test]
async fn an_upload_without_the_token_first_is_refused() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let alert = alert_id(0).to_string();
    let fields = [("alert", &*alert), ("token", &token)];
    let answer = client
        .upload(&format!("{}/reports", form()), &fields, &[])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn forms_larger_than_their_limit_are_refused() {
    let client = Client::new();
    let token = client.get(&form()).await.token();
    let large = "x".repeat(70_000);
    let answer = client
        .post(&form(), &[("token", &token), ("officer", &large)])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let larger = vec![b' '; 33 * 1024 * 1024];
    let answer = client
        .upload(
            &format!("{}/reports", form()),
            &[("token", &token)],
            &[("a.json", &larger)],
        )
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    client
        .board
        .change(|state| assert!(state.answers.is_empty()));
}

#[tokio::test]
async fn the_signed_alert_comes_as_a_file() {
    let client = Client::new();
    let alert = alert_id(0);
    let answer = client.get(&format!("{}/alerts/{alert}", form())).await;
    assert_eq!(answer.status, StatusCode::OK);
    let name = format!("attachment; filename=\"alert-{}.json\"", alert.short());
    assert_eq!(answer.headers["content-disposition"], name.as_str());
}

#[tokio::test]
async fn the_kit_gets_the_root_that_it_checks_signatures_with() {
    let client = Client::new();
    let alert = alert_id(0);
    let answer = client.get(&format!("{}/roots/{alert}", form())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"root-b7b7b7b7.json\""
    );
    assert_eq!(answer.body, "{\"payload\":\"root\"}");
    let page = client.get(&form()).await.body;
    let short = alert.short();
    assert!(page.contains(&format!(
        "tocsin sweep / --alert alert-{short}.json --root root-b7b7b7b7.json --format json --report report-{short}.json"
    )));
    assert!(page.contains(&"b7".repeat(32)), "the id to compare");
}

#[tokio::test]
async fn an_office_reads_what_was_found_on_its_own_websites_and_nothing_of_others() {
    let client = Client::new();
    let place = format!("{}?lang=en", form());
    client.board.change(|state| {
        let own = state.hosted.organisation.clone();
        let sites = &mut state.sites;
        sites.sums.retain(|sum| sum.organisation != own);
        sites
            .findings
            .retain(|row| row.organisation != own && row.finding.open_state().is_some());
    });
    assert!(
        !client.get(&place).await.body.contains("h-websites"),
        "nobody watches it"
    );
    client.board.change(|state| {
        state.sites.sums[0].organisation = state.hosted.organisation.clone();
        state.sites.findings[0].organisation = state.hosted.organisation.clone();
    });
    let page = client.get(&place).await.body;
    let mut pages = Vec::new();
    client.board.change(|state| {
        let findings = state.sites.findings.iter();
        pages = findings.map(|row| row.finding.page.clone()).collect();
    });
    assert!(
        page.contains("has found something") && page.contains(&pages[0]),
        "{page}"
    );
    assert!(!page.contains(&pages[1]), "{page}");
    assert!(!page.contains("href=\"/websites/"), "{page}");
    // Where nothing is known, nothing is said to be fine.
    for (pages, expected) in [
        ([0, 3], "Nothing stands out"),
        ([2, 3], "of 2 pages nothing is known"),
    ] {
        client.board.change(|state| {
            state.sites.findings.clear();
            state.sites.sums[0].pages = PageCounters {
                no_verdict: pages[0],
                fine: pages[1],
                ..PageCounters::default()
            };
        });
        let page = client.get(&place).await.body;
        assert!(page.contains(expected), "{page}");
    }
}
