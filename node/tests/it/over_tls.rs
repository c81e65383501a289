//! The same once more over real TLS on loopback: three nodes at work, and an agent's end of the link.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use documents::{Envelope, Kind};
use domain::Clock as _;
use link::{Identity, ParentClient, Peer};
use node::{AuthoritySetup, Config, Node, run};
use testkit::{TestAuthority, TestClock, wait_until};
use tokio::sync::watch;

use crate::tree::{Host, Level, clock, issue_dispatch, sweep_report};

const PATIENCE: Duration = Duration::from_mins(1);

fn at_work(clock: &Arc<TestClock>, id: &str, change: impl FnOnce(&mut Config)) -> Level {
    let address = free_address();
    Level::new(clock, id, |config| {
        config.link_address = address;
        config.link_urls = vec![format!("https://{address}")];
        change(config);
    })
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}

fn start(node: &Node, stop: &watch::Sender<bool>) {
    let (node, mut stopped) = (node.clone(), stop.subscribe());
    tokio::spawn(async move {
        let stop = async move {
            // An error means that the test is over.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        run(node, stop).await.expect("ran");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_makes_the_whole_round_over_the_network() {
    let clock = clock();
    let top = at_work(&clock, "vn.vncert", |config| {
        config.authority = Some(AuthoritySetup::default());
    });
    let mut authority = TestAuthority::national();
    authority.root.catalogue.keys = vec![top.node.catalogue_key().expect("an authority")];
    top.node
        .adopt_root(&authority.root_bytes())
        .expect("its own root");
    let ministry = at_work(&clock, "vn.mot", |_| {});
    let airline = at_work(&clock, "vn.mot.vna", |_| {});
    let (stop, _) = watch::channel(false);
    for level in [&top, &ministry, &airline] {
        start(&level.node, &stop);
    }
    let round = tokio::task::spawn_blocking(move || {
        enrol(&top, &ministry);
        enrol(&ministry, &airline);
        let host = enrol_host(&airline);
        let (alert, bytes) = issue_dispatch(&top, &authority);

        let mut after = 0;
        let mut received = Vec::new();
        let is_there = wait_until(PATIENCE, || {
            if let Ok(page) = host.1.poll(after, Duration::from_secs(5)) {
                after = page.cursor;
                received.extend(page.documents);
            }
            kinds(&received).contains(&Kind::Decision)
        });
        assert!(
            is_there,
            "the decision did not arrive: {:?}",
            kinds(&received)
        );
        assert!(
            received.contains(&bytes),
            "the alert's bytes are what was signed"
        );

        let report = sweep_report("desk", alert, clock.now(), (1, 0), true);
        let documents = [host.0.receipt(alert, clock.now()), host.0.report(report)];
        host.1.send(&documents).expect("sent");
        let is_known = wait_until(PATIENCE, || {
            let totals = top
                .node
                .picture(alert)
                .expect("read")
                .expect("known")
                .totals;
            totals.hosts.complete == 1 && totals.confirmed == 1 && totals.received == 2
        });
        assert!(is_known, "{:?}", top.node.picture(alert));
    });
    round.await.expect("the round is made");
    stop.send_replace(true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_reports_while_the_node_above_is_down_arrives_later() {
    let clock = clock();
    let top = at_work(&clock, "vn.vncert", |config| {
        config.authority = Some(AuthoritySetup::default());
    });
    let mut authority = TestAuthority::national();
    authority.root.catalogue.keys = vec![top.node.catalogue_key().expect("an authority")];
    top.node
        .adopt_root(&authority.root_bytes())
        .expect("its own root");
    let airline = at_work(&clock, "vn.vna", |_| {});
    let (stop_top, _) = watch::channel(false);
    let (stop, _) = watch::channel(false);
    start(&top.node, &stop_top);
    start(&airline.node, &stop);
    let round = tokio::task::spawn_blocking(move || {
        enrol(&top, &airline);
        let (alert, _) = issue_dispatch(&top, &authority);
        let known = wait_until(PATIENCE, || {
            airline.node.picture(alert).expect("read").is_some()
        });
        assert!(known, "the alert did not arrive");
        let (host, client) = enrol_host(&airline);
        // The parent falls silent, the host reports, the node dies, and both come back.
        stop_top.send_replace(true);
        let report = sweep_report("desk", alert, clock.now(), (0, 2), true);
        client.send(&[host.report(report)]).expect("sent");
        stop.send_replace(true);
        (top, airline, alert)
    });
    let (mut top, mut airline, alert) = round.await.expect("the first half is made");
    top.crash();
    airline.crash();
    let (stop, _) = watch::channel(false);
    start_when_free(&top, &stop).await;
    start_when_free(&airline, &stop).await;
    let arrived = tokio::task::spawn_blocking(move || {
        let _airline = &airline;
        wait_until(PATIENCE, || {
            let picture = top.node.picture(alert).expect("read").expect("known");
            picture.totals.suspicious == 2
        })
    });
    assert!(arrived.await.expect("looked"));
    stop.send_replace(true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_commits_in_the_folder_goes_down_at_once() {
    let clock = clock();
    let top = at_work(&clock, "vn.vncert", |config| {
        config.authority = Some(AuthoritySetup::default());
    });
    let mut authority = TestAuthority::national();
    authority.root.catalogue.keys = vec![top.node.catalogue_key().expect("an authority")];
    let airline = at_work(&clock, "vn.vna", |_| {});
    let (stop, _) = watch::channel(false);
    start(&top.node, &stop);
    start(&airline.node, &stop);
    let mut changes = top.node.subscribe();
    let round = tokio::task::spawn_blocking(move || {
        // The command line: the same folder, opened beside the node that runs.
        let beside = Node::open(top.folder.path(), clock.clone()).expect("opened");
        beside
            .adopt_root(&authority.root_bytes())
            .expect("its own root");
        let invitation = beside
            .invite_organisation(&airline.id(), "Airline")
            .expect("invited");
        let enrolled = wait_until(PATIENCE, || {
            airline.node.enrol_in_parent(&invitation).is_ok()
        });
        assert!(enrolled, "the invitation was not noticed");
        let alert = authority.sign_alert(&testkit::alerts::dispatch_238());
        changes.mark_unchanged();
        let id = beside.issue(&alert, "A").expect("issued");
        let arrived = wait_until(PATIENCE, || {
            airline.node.picture(id).expect("read").is_some()
        });
        assert!(arrived, "the alert was not noticed");
        let told = wait_until(PATIENCE, || changes.has_changed().expect("the node runs"));
        assert!(told, "whoever looks at the pages was not told");
        (top, airline)
    });
    let _levels = round.await.expect("the round is made");
    stop.send_replace(true);
}

/// Starts a node on the address that its predecessor is about to leave.
async fn start_when_free(level: &Level, stop: &watch::Sender<bool>) {
    let address = level.node.config().link_address;
    let is_free = tokio::task::spawn_blocking(move || {
        wait_until(PATIENCE, || TcpListener::bind(address).is_ok())
    });
    assert!(is_free.await.expect("looked"), "{address} is still taken");
    start(&level.node, stop);
}

fn enrol(parent: &Level, child: &Level) {
    let invitation = parent
        .node
        .invite_organisation(&child.id(), child.node.organisation_name())
        .expect("invited");
    let mut last = None;
    let enrolled = wait_until(PATIENCE, || {
        last = child.node.enrol_in_parent(&invitation).err();
        last.is_none()
    });
    assert!(enrolled, "{last:?}");
}

fn enrol_host(level: &Level) -> (Host, ParentClient) {
    let key = testkit::signing_key("desk");
    let invitation = level.node.invite_host("desk", None).expect("invited");
    let grant = link::enrol(&invitation, "desk", &key).expect("enrolled");
    let Peer::Host(id) = grant.peer else {
        panic!("invited as a host");
    };
    let identity = Identity::new(key.clone(), &grant.chain_pem).expect("an identity");
    let client = ParentClient::new(&grant.urls, &grant.authority_pem, &identity).expect("a client");
    let host = Host {
        id,
        name: "desk".to_owned(),
        key,
    };
    (host, client)
}

fn kinds(documents: &[Vec<u8>]) -> Vec<Kind> {
    documents
        .iter()
        .map(|bytes| Envelope::parse(bytes).expect("valid").kind())
        .collect()
}
