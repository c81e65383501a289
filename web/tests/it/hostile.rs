//! Names and texts that others chose: shown as what they are, and never as markup.

use std::sync::Arc;

use domain::ItemPath;

use crate::client::Client;
use crate::sample::{SECRET, alert_id};

const MARKUP: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";

#[tokio::test]
async fn hostile_names_are_escaped_on_every_page() {
    let client = Client::signed_in().await;
    let long = format!("{MARKUP}{}", "đ".repeat(10_000));
    client.board.change(|state| {
        state.name = long.clone();
        for picture in &mut state.pictures {
            let alert = Arc::make_mut(&mut picture.alert);
            alert.number = MARKUP.to_owned();
            alert.questions = vec![MARKUP.to_owned()];
            for text in &mut alert.texts {
                text.title = MARKUP.to_owned();
                text.body = format!("{MARKUP}\n\n{long}");
            }
            for indicator in &mut alert.indicators {
                indicator.label = MARKUP.to_owned();
            }
            picture.signers = vec![long.clone()];
            picture.acknowledged = Some((long.clone(), state.now));
            for decision in &mut picture.decisions {
                decision.officer = Some(MARKUP.to_owned());
            }
            for row in &mut picture.organisations {
                row.status.name = long.clone();
            }
        }
        for host in &mut state.hosts {
            host.name = long.clone();
        }
        for states in state.host_states.values_mut().flatten() {
            states.host.name = long.clone();
        }
        for row in &mut state.findings {
            row.host_name = long.clone();
            row.alert_number = MARKUP.to_owned();
            row.finding.item = ItemPath::from_bytes(format!("/tmp/\n{long}\u{1b}[2J").as_bytes());
            row.finding.sha256 = Some(MARKUP.to_owned());
            for hit in &mut row.finding.hits {
                hit.kind = MARKUP.to_owned();
                hit.value = long.clone();
                hit.indicator = MARKUP.to_owned();
            }
        }
        for row in state.not_examined.values_mut().flatten() {
            row.host_name = MARKUP.to_owned();
            row.examples = vec![ItemPath::from_bytes(long.as_bytes())];
        }
        for row in &mut state.organisations {
            row.name = long.clone();
        }
        for row in &mut state.refused {
            row.sender = long.clone();
            row.kind = Some(MARKUP.to_owned());
            row.reason = long.clone();
        }
        state.hosted.name = MARKUP.to_owned();
        state.hosted.parent_name = long.clone();
        for alert in &mut state.hosted.alerts {
            let content = Arc::make_mut(&mut alert.alert);
            content.number = MARKUP.to_owned();
            content.texts[0].title = MARKUP.to_owned();
            alert.reported_hosts = vec![long.clone()];
        }
    });
    for page in [
        "/alerts".to_owned(),
        format!("/alerts/{}", alert_id(0)),
        "/hosts".to_owned(),
        "/findings".to_owned(),
        "/findings/1".to_owned(),
        "/not-examined".to_owned(),
        "/organisations".to_owned(),
        "/refused".to_owned(),
        format!("/form/{SECRET}"),
        "/nothing".to_owned(),
    ] {
        let body = client.get(&page).await.body;
        assert!(!body.contains("<script>"), "{page}");
        assert!(!body.contains("<img src=x"), "{page}");
        assert!(!body.contains('\u{202e}'), "{page} turns the text");
        assert!(!body.contains('\u{1b}'), "{page}");
        assert!(body.contains("&#60;script&#62;"), "{page} shows the name");
    }
}

#[tokio::test]
async fn hostile_queries_are_not_echoed_as_markup() {
    let client = Client::new();
    for path in [
        "/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/nothing%22%3E%3Cscript%3E?x=%22%3E%3Cscript%3E",
    ] {
        let body = client.get(path).await.body;
        assert!(!body.contains("<script>"), "{path}");
    }
}
