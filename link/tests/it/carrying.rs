//! Documents up and down between a parent and a child that it knows.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use link::{DocumentState, Limits, LinkError, ParentClient};
use testkit::{signing_key, wait_until};

use crate::parent::{PATIENCE, Parent, host_of, receipt};

fn known_child(parent: &Parent) -> ParentClient {
    parent.client(&parent.know(&signing_key("child")))
}

#[test]
fn what_goes_down_arrives_byte_for_byte_and_in_order() {
    let parent = Parent::start();
    let client = known_child(&parent);
    parent.inbox.state().feed = vec![b"first".to_vec(), vec![0, 255, 10], receipt(3)];
    let page = client.poll(1, Duration::ZERO).expect("a page");
    assert_eq!(page.documents, vec![vec![0, 255, 10], receipt(3)]);
    assert_eq!(page.cursor, 3);
    let nothing_more = client.poll(page.cursor, Duration::ZERO).expect("a page");
    assert_eq!(nothing_more.documents, Vec::<Vec<u8>>::new());
    assert_eq!(nothing_more.cursor, 3);
    let host = link::Peer::Host(host_of(&signing_key("child").public_key()));
    assert!(parent.inbox.state().seen.contains(&host));
}

#[test]
fn a_document_sent_twice_is_a_duplicate_and_a_broken_one_is_refused_alone() {
    let parent = Parent::start();
    let client = known_child(&parent);
    let sent = [receipt(1), b"no envelope".to_vec(), receipt(2), receipt(1)];
    let answers = client.send(&sent).expect("answers");
    let states: Vec<&DocumentState> = answers.iter().map(|answer| &answer.state).collect();
    assert_eq!(answers[0].state, DocumentState::Accepted);
    assert!(
        matches!(answers[1].state, DocumentState::Refused { .. }),
        "{states:?}"
    );
    assert_eq!(answers[2].state, DocumentState::Accepted);
    assert_eq!(answers[3].state, DocumentState::Duplicate);
    let again = client.send(&[receipt(2)]).expect("answers");
    assert_eq!(again[0].state, DocumentState::Duplicate);
    assert_eq!(again[0].id, answers[2].id);
}

#[test]
fn more_documents_than_one_upload_holds_all_arrive() {
    let parent = Parent::start();
    let client = known_child(&parent);
    let many: Vec<Vec<u8>> = (0..=255).chain(0..=255).map(receipt).collect();
    let answers = client.send(&many).expect("answers");
    assert_eq!(answers.len(), 512);
    assert!(
        answers[..256]
            .iter()
            .all(|a| a.state == DocumentState::Accepted)
    );
    assert!(
        answers[256..]
            .iter()
            .all(|a| a.state == DocumentState::Duplicate)
    );
    assert_eq!(parent.inbox.state().accept_count, 2);
}

#[test]
fn a_large_document_goes_through_whole() {
    let parent = Parent::start();
    let client = known_child(&parent);
    let large = vec![b'x'; 9 * 1024 * 1024];
    let answers = client
        .send(&[receipt(1), large.clone(), receipt(2)])
        .expect("answers");
    assert_eq!(answers.len(), 3);
    parent.inbox.state().feed = vec![large.clone()];
    let page = client.poll(0, Duration::ZERO).expect("a page");
    assert!(page.documents == vec![large]);
}

#[test]
fn a_document_too_long_to_carry_is_refused_without_holding_up_the_others() {
    let parent = Parent::start();
    let client = known_child(&parent);
    let sent = [receipt(1), vec![0; 96 * 1024 * 1024], receipt(2)];
    let answers = client.send(&sent).expect("answers");
    assert_eq!(answers[0].state, DocumentState::Accepted);
    assert!(matches!(answers[1].state, DocumentState::Refused { .. }));
    assert_eq!(answers[2].state, DocumentState::Accepted);
}

#[test]
fn a_poll_that_waits_wakes_when_something_comes() {
    let parent = Parent::start();
    let client = known_child(&parent);
    let waiting = thread::spawn(move || {
        let started = Instant::now();
        (client.poll(0, Duration::from_secs(50)), started.elapsed())
    });
    assert!(wait_until(PATIENCE, || parent.inbox.state().feed_count == 1));
    parent.inbox.state().feed.push(receipt(1));
    parent.inbox.change();
    let (page, took) = waiting.join().expect("no panic");
    assert_eq!(page.expect("a page").documents, vec![receipt(1)]);
    assert!(took < PATIENCE, "took {took:?}");
}

#[test]
fn a_poll_without_news_ends_with_the_same_cursor() {
    let parent = Parent::start();
    let client = known_child(&parent);
    parent.inbox.state().feed = vec![receipt(1)];
    let page = client.poll(1, Duration::from_millis(50)).expect("a page");
    assert_eq!((page.documents.len(), page.cursor), (0, 1));
}

#[test]
fn whoever_is_removed_from_the_roster_is_out_at_once() {
    let parent = Parent::start();
    let client = Arc::new(known_child(&parent));
    client.poll(0, Duration::ZERO).expect("known so far");
    let poller = Arc::clone(&client);
    let waiting = thread::spawn(move || poller.poll(0, Duration::from_secs(50)));
    assert!(wait_until(PATIENCE, || parent.inbox.state().feed_count == 2));
    parent.inbox.state().roster.clear();
    parent.inbox.change();
    let waited = waiting.join().expect("no panic");
    assert!(
        matches!(waited, Err(LinkError::Refused { status: 403, .. })),
        "{waited:?}"
    );
    let sent = client.send(&[receipt(1)]);
    assert!(
        matches!(sent, Err(LinkError::Refused { status: 403, .. })),
        "{sent:?}"
    );
    assert_eq!(parent.inbox.state().accept_count, 0);
}

#[test]
fn a_node_that_cannot_write_says_later_and_not_no() {
    let parent = Parent::start();
    let client = known_child(&parent);
    parent.inbox.state().failing = true;
    let sent = client.send(&[receipt(1)]);
    assert!(
        sent.as_ref().is_err_and(LinkError::is_temporary),
        "{sent:?}"
    );
    parent.inbox.state().failing = false;
    let sent = client.send(&[receipt(1)]).expect("answers");
    assert_eq!(sent[0].state, DocumentState::Accepted);
}

#[test]
fn a_panic_in_the_node_costs_one_request() {
    let parent = Parent::start();
    let client = known_child(&parent);
    parent.inbox.state().panicking = true;
    let polled = client.poll(0, Duration::ZERO);
    assert!(
        polled.as_ref().is_err_and(LinkError::is_temporary),
        "{polled:?}"
    );
}

#[test]
fn a_parent_that_is_not_there_is_unreachable_and_the_next_address_is_tried() {
    let parent = Parent::start();
    let identity = parent.know(&signing_key("child"));
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("https://{}", listener.local_addr().expect("an address"))
    };
    let pem = parent.authority.certificate_pem();
    let lost = ParentClient::new(std::slice::from_ref(&nobody), pem, &identity).expect("a client");
    let polled = lost.poll(0, Duration::ZERO);
    assert!(
        polled.as_ref().is_err_and(LinkError::is_temporary),
        "{polled:?}"
    );
    let both = ParentClient::new(&[nobody, parent.url()], pem, &identity).expect("a client");
    both.poll(0, Duration::ZERO)
        .expect("the second address answers");
}

#[test]
fn stopping_ends_polls_with_an_answer_and_closes_the_port() {
    let mut parent = Parent::with_limits(Limits {
        stop_timeout: PATIENCE,
        ..Limits::default()
    });
    let client = known_child(&parent);
    let waiting = thread::spawn(move || client.poll(0, Duration::from_secs(50)));
    assert!(wait_until(PATIENCE, || parent.inbox.state().feed_count == 1));
    let started = Instant::now();
    parent.stop();
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(
        waiting
            .join()
            .expect("no panic")
            .expect("a page")
            .documents
            .len(),
        0
    );
    assert!(std::net::TcpStream::connect(parent.address).is_err());
}
