//! The pages over a real node with its database: what the made-up one cannot show to be true.

use std::sync::Arc;

use axum::http::StatusCode;
use domain::AlertId;
use node::{AuthoritySetup, Config, Node};
use tempfile::TempDir;
use testkit::{TestAuthority, TestClock};

use crate::client::Client;
use crate::sample::PASSWORD;

/// A national node that has issued dispatch 238, and the link of an organisation without a node.
fn national() -> (TempDir, Node, AlertId, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new("vn.vncert".parse().unwrap(), "Trung tâm Ứng cứu");
    config.authority = Some(AuthoritySetup::default());
    Node::create(folder.path(), &config).unwrap();
    let node = Node::open(folder.path(), Arc::new(TestClock::default())).unwrap();
    let mut authority = TestAuthority::national();
    authority.root.catalogue.keys = vec![node.catalogue_key().unwrap()];
    node.adopt_root(&authority.root_bytes()).unwrap();
    let clinic = "vn.clinic".parse().unwrap();
    let form = node
        .register_hosted(&clinic, "Phòng khám Hoà Bình")
        .unwrap();
    let bytes = authority.sign_alert(&testkit::alerts::dispatch_238());
    let alert = node.issue(&bytes, "Nguyễn Văn A").unwrap();
    web::set_admin_password(&node, PASSWORD).unwrap();
    (folder, node, alert, form.path)
}

#[tokio::test]
async fn an_office_answers_by_form_and_the_issuer_sees_its_hosts() {
    let (_folder, node, alert, form) = national();
    let client = Client::over(node);
    assert_eq!(client.get("/alerts").await.status, StatusCode::SEE_OTHER);
    assert_eq!(client.sign_in(PASSWORD).await.status, StatusCode::SEE_OTHER);
    let list = client.get("/alerts?lang=vi").await.body;
    assert!(list.contains("238/VNCERT-ĐPƯC"));
    assert!(
        !list.contains("Đơn vị chưa tiếp nhận"),
        "it issued it itself"
    );

    let address = format!("/alerts/{alert}");
    let page = client.get(&address).await;
    assert!(page.body.contains("Phòng khám Hoà Bình"));
    assert!(!page.body.contains("id=\"acknowledge\""));
    let fields = [("token", &*page.token())];
    let answer = client
        .post(&format!("{address}/acknowledge"), &fields)
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);

    let office = Client::over_router(client.router(), client.board.clone());
    let token = office.get(&form).await.token();
    let id = alert.to_string();
    let fields = [
        ("token", &*token),
        ("alert", &id),
        ("officer", "Phạm Thị Lan"),
        ("post", "Trưởng phòng"),
        ("sweep", "permit"),
        ("complete", "5"),
        ("unreachable", "1"),
    ];
    let answer = office.post(&form, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let file = office.get(&format!("{form}/alerts/{alert}")).await;
    assert_eq!(file.status, StatusCode::OK);
    let root = office.get(&format!("{form}/roots/{alert}")).await;
    assert_eq!(root.status, StatusCode::OK);
    let id = client.board.find_root_document(alert).unwrap().unwrap().id;
    let page = office.get(&form).await.body;
    assert!(page.contains(&id.to_string()), "{page}");
    let page = client.get(&address).await.body;
    assert!(page.contains("data-key=\"eligible\">6<"), "{page}");
}

#[tokio::test]
async fn every_page_of_a_real_node_renders_and_a_restart_keeps_the_session() {
    let (folder, node, alert, _) = national();
    let client = Client::over(node);
    client.sign_in(PASSWORD).await;
    for page in [
        "/alerts",
        "/hosts",
        "/findings",
        "/not-examined",
        "/organisations",
        "/refused",
        &format!("/alerts/{alert}"),
        &format!("/alerts/{alert}/document"),
    ] {
        let answer = client.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.body);
    }
    let again = Node::open(folder.path(), Arc::new(TestClock::default())).unwrap();
    let client = client.moved_to(again);
    assert_eq!(client.get("/alerts").await.status, StatusCode::OK);
}
