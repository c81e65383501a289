//! Servers of names that lie, turn in circles and never end.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::time::Instant;
use visit::{NameError, Names};

/// What a server says beside the question: how many records, and these. RFC 1035, 4.1.
#[derive(Clone)]
struct Saying {
    count: u16,
    records: Vec<u8>,
    /// Only by TCP; by UDP it says that there is more.
    is_long: bool,
}

/// Writes a name as labels.
fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

/// A record of class IN that lives for a minute.
fn record(name: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes
}

fn cname(from: &str, to: &str) -> Vec<u8> {
    record(&labels(from), 5, &labels(to))
}

fn address(name: &str) -> Vec<u8> {
    record(&labels(name), 1, &[203, 0, 113, 9])
}

/// Answers a question: the same head and question, and what is to be said.
fn answer(question: &[u8], saying: &Saying, is_cut: bool) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut bytes = question[..end].to_vec();
    bytes[2] = if is_cut { 0x86 } else { 0x84 };
    bytes[3] = 0x80;
    // Of addresses of version 6 there are none.
    let is_silent = is_cut || question[end - 4..end - 2] != [0, 1];
    let count = if is_silent { 0 } else { saying.count };
    bytes[6..8].copy_from_slice(&count.to_be_bytes());
    bytes[8..12].fill(0);
    if !is_silent {
        bytes.extend(&saying.records);
    }
    bytes
}

/// Serves by UDP and TCP at one port.
async fn serve(saying: Saying) -> SocketAddr {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = udp.local_addr().unwrap().port();
        if let Ok(tcp) = TcpListener::bind(("127.0.0.1", port)).await {
            break (udp, tcp);
        }
    };
    let at = udp.local_addr().unwrap();
    let by_udp = saying.clone();
    tokio::spawn(async move {
        let mut question = [0; 2_048];
        while let Ok((length, from)) = udp.recv_from(&mut question).await {
            let bytes = answer(&question[..length], &by_udp, by_udp.is_long);
            let _ = udp.send_to(&bytes, from).await;
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let saying = saying.clone();
            tokio::spawn(async move {
                while let Ok(length) = stream.read_u16().await {
                    let mut question = vec![0; usize::from(length)];
                    stream.read_exact(&mut question).await?;
                    let bytes = answer(&question, &saying, false);
                    // A length that nobody keeps, where there is too much to say.
                    stream
                        .write_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX))
                        .await?;
                    stream.write_all(&bytes).await?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    at
}

async fn find(count: u16, records: Vec<u8>, is_long: bool) -> Result<visit::Answers, NameError> {
    let at = serve(Saying {
        count,
        records,
        is_long,
    });
    let names = Names::of_servers(&[at.await]).unwrap();
    names.find("so.example").await
}

#[tokio::test]
async fn an_honest_answer_is_understood() {
    let records = [cname("so.example", "host.example"), address("host.example")].concat();
    for is_long in [false, true] {
        let found = find(2, records.clone(), is_long).await.unwrap();
        assert_eq!(found.addresses[0].to_string(), "203.0.113.9");
        assert_eq!(found.aliases, ["host.example."]);
    }
}

#[tokio::test]
async fn names_that_lie_or_turn_in_circles_lead_nowhere_and_hold_nothing_up() {
    let started = Instant::now();
    // A name that stands where it is itself: behind the head of 12 bytes and the question of 16.
    let pointer = record(&[0xc0, 28], 1, &[203, 0, 113, 9]);
    let forward = record(&[0xff, 0xff], 1, &[203, 0, 113, 9]);
    let long_data = record(&labels("so.example"), 1, &vec![9; 60_000]);
    let circle = [
        cname("so.example", "b.example"),
        cname("b.example", "so.example"),
    ]
    .concat();
    let own = cname("so.example", "so.example");
    let elsewhere = cname("so.example", "further.example");
    let other = address("bank.example");
    let beside = [cname("x.example", "bank.example"), address("bank.example")].concat();
    let chain = (0..1_500_u16).fold(Vec::new(), |mut all, number| {
        all.extend(cname(
            &format!("n{number}.example"),
            &format!("n{}.example", number + 1),
        ));
        all
    });
    let more = vec![0; 70_000];
    let cases = [
        ("a name in itself", 1, pointer, false),
        ("a name behind the end", 1, forward, false),
        ("a wrong length", 1, long_data, true),
        ("a circle", 2, circle, false),
        ("an alias of itself", 1, own, false),
        ("an alias that nobody knows", 1, elsewhere, false),
        ("another name", 1, other, false),
        ("another name's alias", 2, beside, false),
        ("a chain from nowhere", 1_500, chain, true),
        ("more than was said", u16::MAX, more, true),
    ];
    let mut beside = tokio::task::JoinSet::new();
    for (name, count, records, is_long) in cases {
        beside.spawn(async move { (name, find(count, records, is_long).await) });
    }
    while let Some(done) = beside.join_next().await {
        let (name, found) = done.unwrap();
        assert!(found.is_err(), "{name}: {found:?}");
    }
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn of_many_aliases_and_addresses_some_are_kept() {
    let mut records = cname("so.example", "n0.example");
    for number in 0..200_u16 {
        records.extend(cname(
            &format!("n{number}.example"),
            &format!("n{}.example", number + 1),
        ));
    }
    for number in 0..500_u16 {
        let [high, low] = number.to_be_bytes();
        records.extend(record(&labels("n200.example"), 1, &[203, 0, high, low]));
    }
    if let Ok(found) = find(701, records, true).await {
        assert!(
            found.addresses.len() <= 32 && found.aliases.len() <= 32,
            "{found:?}"
        );
    }
}

/// Whoever has three addresses, none of which ever says anything, does not get three times the time.
#[tokio::test]
async fn addresses_that_say_nothing_share_the_time_of_a_visit() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    let records = [1, 2, 3].map(|last| record(&labels("so.example"), 1, &[127, 0, 0, last]));
    let names = serve(Saying {
        count: 3,
        records: records.concat(),
        is_long: false,
    });
    let settings = visit::VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: visit::Limits {
            request_time: Duration::from_secs(1),
            visit_time: Duration::from_millis(1_500),
            ..visit::Limits::default()
        },
        manners: visit::Manners {
            pause: Duration::ZERO,
        },
        permission: visit::Permission {
            hosts: ["so.example".to_owned()].into(),
        },
        authorities: Vec::new(),
    };
    let names = Names::of_servers(&[names.await]).unwrap();
    let web = visit::Web::new(names, settings).unwrap();
    let url = format!("http://so.example:{port}/");
    let visit = web.visit(&url, visit::Visitor::Watch, None).await;
    assert_eq!(visit.outcome, visit::Outcome::Failed(visit::Failure::Time));
    assert!(
        visit.took < Duration::from_millis(2_200),
        "{:?}",
        visit.took
    );
}
