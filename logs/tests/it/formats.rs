//! One line of each kind of log, and everything that is told of it.

use jiff::Timestamp;

use crate::{search, sought};

const SOUGHT: [(&str, &str); 5] = [
    ("domain", "playball.ddns.info"),
    ("domain", "*.dcsvn.org"),
    ("ip", "203.113.5.0/24"),
    ("sha1", "e464d10ad93600232d7a24856d69f00510949a40"),
    ("url", "http://playball.ddns.info/update/get.php?id=7"),
];

/// The name of a kind of log, a line of it, and what is found there: ids with values.
type Case = (&'static str, &'static str, &'static [(usize, &'static str)]);

const URL: &str = "http://playball.ddns.info/update/get.php?id=7";

/// All of them say 4 August 2016, 01:02:03 UTC.
const CASES: [Case; 17] = [
    (
        "BIND",
        "04-Aug-2016 01:02:03.000 queries: info: client @0x7f8e 10.0.0.5#53211 (playball.ddns.info): query: playball.ddns.info IN A +E(0)K (10.0.0.53)",
        &[(0, "playball.ddns.info")],
    ),
    (
        "Unbound",
        "[1470272523] unbound[1042:0] info: 10.0.0.5 mail-vna.dcsvn.org. A IN",
        &[(1, "mail-vna.dcsvn.org")],
    ),
    (
        "dnsmasq",
        "Aug  4 01:02:03 gw dnsmasq[812]: query[A] PlayBall.DDNS.info from 10.0.0.5",
        &[(0, "playball.ddns.info")],
    ),
    (
        "Windows DNS server",
        "8/4/2016 1:02:03 AM 0A1C PACKET  00000046D8A1B2C0 UDP Rcv 10.0.0.5        5c0f   Q [0001   D   NOERROR] A      (8)playball(4)ddns(4)info(0)",
        &[(0, "playball.ddns.info")],
    ),
    (
        "squid",
        "1470272523.000    142 10.0.0.5 TCP_MISS/200 8123 GET http://playball.ddns.info/update/get.php?id=7 - HIER_DIRECT/203.113.5.9 text/html",
        &[(0, "playball.ddns.info"), (4, URL), (2, "203.113.5.9")],
    ),
    (
        "squid, a tunnel",
        "1470272523.000  60142 10.0.0.5 TCP_TUNNEL/200 8123 CONNECT air.dcsvn.org:443 - HIER_DIRECT/203.113.5.9 -",
        &[(1, "air.dcsvn.org"), (2, "203.113.5.9")],
    ),
    (
        "postfix",
        "Aug  4 01:02:03 mx1 postfix/smtpd[3121]: connect from mail.dcsvn.org[203.113.5.7]",
        &[(1, "mail.dcsvn.org"), (2, "203.113.5.7")],
    ),
    (
        "a mail's header",
        "Received: from x (mail.dcsvn.org [203.113.5.7]) by mx1; Thu, 4 Aug 2016 08:02:03 +0700",
        &[(1, "mail.dcsvn.org"), (2, "203.113.5.7")],
    ),
    (
        "iptables",
        "Aug  4 01:02:03 fw kernel: [812.1] FORWARD: IN=eth1 OUT=eth0 SRC=10.0.0.5 DST=203.113.5.200 LEN=60 PROTO=TCP SPT=51234 DPT=443",
        &[(2, "203.113.5.200")],
    ),
    (
        "pf",
        "2016-08-04 01:02:03.000000 rule 5/0(match): pass out on em0: 10.0.0.5.51234 > 203.113.5.1.443: Flags [S]",
        &[(2, "203.113.5.1")],
    ),
    (
        "FortiGate",
        "date=2016-08-04 time=08:02:03 devname=FG tz=\"+0700\" srcip=10.0.0.5 dstip=203.113.5.1 hostname=\"air.dcsvn.org\"",
        &[(2, "203.113.5.1"), (1, "air.dcsvn.org")],
    ),
    (
        "CLF",
        "203.113.5.1 - - [04/Aug/2016:08:02:03 +0700] \"GET /?u=http%3A%2F%2Fplayball.ddns.info%2Fx HTTP/1.1\" 200 12",
        &[(2, "203.113.5.1"), (0, "playball.ddns.info")],
    ),
    (
        "nginx, an error",
        "2016/08/04 01:02:03 [error] 7#0: *1 upstream prematurely closed, client: 203.113.5.1, server: _, referrer: \"\\x22playball.ddns.info\\x22\"",
        &[(2, "203.113.5.1"), (0, "playball.ddns.info")],
    ),
    (
        "IIS",
        "2016-08-04 01:02:03 10.0.0.80 GET /x - 80 - 203.113.5.1 Mozilla/5.0 http://air.dcsvn.org/ 200 0 0 15",
        &[(2, "203.113.5.1"), (1, "air.dcsvn.org")],
    ),
    (
        "CSV",
        "7,\"2016-08-04\",\"01:02:03\",playball[.]ddns[.]info,E464D10AD93600232D7A24856D69F00510949A40,http://playball.ddns.info/update/get.php?id=7,200",
        &[
            (0, "playball.ddns.info"),
            (3, "e464d10ad93600232d7a24856d69f00510949a40"),
            (4, URL),
        ],
    ),
    (
        "JSON",
        "{\"ts\":1470272523.0,\"url\":\"http:\\/\\/playball.ddns.info\\/update\\/get.php?id=7\",\"sha1\":\"e464d10ad93600232d7a24856d69f00510949a40\",\"text\":\"a\\nair.dcsvn.org\"}",
        &[
            (4, URL),
            (0, "playball.ddns.info"),
            (3, "e464d10ad93600232d7a24856d69f00510949a40"),
            (1, "air.dcsvn.org"),
        ],
    ),
    (
        "syslog of RFC 5424",
        "<134>1 2016-08-04T08:02:03.000000+07:00 fw app 812 ID47 - hxxp://playball.ddns.info/update/get.php?id=7",
        &[(0, "playball.ddns.info"), (4, URL)],
    ),
];

#[test]
fn every_kind_of_log_is_read_with_line_offset_and_time() {
    let at: Timestamp = "2016-08-04T01:02:03Z".parse().expect("a time");
    for (kind, line, expected) in CASES {
        let text = format!("first line\r\n{line}\r\nlast line");
        let outcome = search(&sought(&SOUGHT), text.as_bytes());
        let mut found: Vec<_> = outcome
            .matches
            .iter()
            .map(|m| (m.id, m.value.as_str()))
            .collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{kind}");
        for found in &outcome.matches {
            assert_eq!((found.line, found.at), (2, Some(at)), "{kind}: {found:?}");
            assert_eq!(
                found
                    .excerpt
                    .trim_start_matches('…')
                    .trim_end_matches('…')
                    .len()
                    .min(100),
                line.len().min(100),
                "{kind}"
            );
            let start = usize::try_from(found.offset).expect("a small text");
            assert!(
                text.is_char_boundary(start) && start >= 12,
                "{kind}: {found:?}"
            );
        }
        assert_eq!(outcome.line_count, 3);
    }
}

#[test]
fn names_that_only_contain_what_is_sought_are_others() {
    for text in [
        "notplayball.ddns.info",
        "playball.ddns.info.example.com",
        "x.playball.ddns.info",
        "playball.ddns.information",
        "playball-ddns.info",
        "dcsvn.org",
        "xdcsvn.org",
        "1203.113.5.1",
        "203.113.5.1.example.com",
        "e464d10ad93600232d7a24856d69f00510949a400",
    ] {
        let outcome = search(&sought(&SOUGHT), text.as_bytes());
        assert_eq!(outcome.matches, [], "{text}");
    }
}

#[test]
fn one_id_can_stand_for_several_things() {
    let mut sought = sought(&SOUGHT);
    for one in &mut sought {
        one.id = 42;
    }
    let text =
        b"2016-08-04 01:02:03 playball.ddns.info\n2016-08-03 01:02:03 203.113.5.1\nair.dcsvn.org\n";
    let outcome = search(&sought, text);
    assert_eq!(outcome.totals.len(), 1);
    let total = &outcome.totals[0];
    assert_eq!((total.id, total.count), (42, 3));
    assert_eq!(
        total.first_at,
        Some("2016-08-03T01:02:03Z".parse().expect("a time"))
    );
    assert_eq!(
        total.last_at,
        Some("2016-08-04T01:02:03Z".parse().expect("a time"))
    );
}

#[test]
fn what_no_log_can_have_is_said_to_be_unsearchable() {
    let sought = sought(&[("url", "http://địa.chỉ/a.b"), ("url", "http://a.b/")]);
    let patterns = logs::LogPatterns::new(&sought);
    assert_eq!(patterns.unsearchable(), [0]);
    assert!(!patterns.is_empty());
    assert!(logs::LogPatterns::new(&sought[..1]).is_empty());
}

#[test]
fn urls_with_addresses_as_hosts_are_found() {
    let sought = sought(&[
        ("url", "http://203.113.5.1/x.exe"),
        ("url", "https://[2001:db8::7]:8443/x.exe"),
        ("url", "https://t.me/x"),
        ("url", "http://server/x.exe"),
    ]);
    let text = b"GET 203.113.5.1/x.exe\nhttps://[2001:0DB8:0::7]:8443/x.exe\nhxxps://t[.]me/x\nhttp://SERVER/x.exe\nhttp://server/X.exe";
    let outcome = search(&sought, text);
    let found: Vec<_> = outcome.matches.iter().map(|m| (m.line, m.id)).collect();
    assert_eq!(found, [(1, 0), (2, 1), (3, 2), (4, 3)]);
}
