//! Logs as they are, made from a seed, and what to look for in them.

use std::fmt::Write as _;

use logs::Sought;

const WORDS: &str = "google facebook microsoft windows update download mail server cloud static image media news shop store \
    online secure support account login service portal admin office report system network data video music photo travel \
    hotel bank payment mobile vietnam airlines hanoi saigon viettel vnpt fpt tiki zalo momo vingroup techcombank vietcombank \
    agribank bidv baomoi vnexpress dantri tuoitre thanhnien kenh youtube twitter amazon apple adobe oracle cisco juniper \
    fortinet kaspersky symantec mcafee sophos trend bkav cmc ddns dyn host free best top super mega smart fast easy green \
    blue red gold star sun moon sky sea river tree fire stone light power energy health care doctor school edu learn test \
    demo beta api gateway proxy cache edge origin content asset track click count stat metric analytics pixel ads banner \
    promo market trade invest crypto coin chain wallet game play ball fun club team sport foot race win lucky prize gift \
    world global asia pacific europe america china japan korea thai lao cambodia express post ship cargo air port station \
    hub center central point line link web site page blog forum wiki book paper press radio tele phone call chat talk meet";
const ENDINGS: [&str; 12] = [
    "com", "com", "com", "net", "org", "vn", "com.vn", "gov.vn", "info", "io", "edu.vn", "cn",
];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 9_3_3 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Version/9.0 Mobile/13G34 Safari/601.1",
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    "Microsoft-CryptoAPI/6.1",
];
const PLANTED_EVERY_BYTES: usize = 8 << 20;

/// A generated text, and the seed of what is sought.
pub struct Corpus {
    pub text: String,
    pub planted_count: usize,
    seed: u64,
}

/// A small generator of random numbers (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Small numbers more often: names, pages and users follow such a law.
    fn skewed(&mut self, limit: usize) -> usize {
        let limit = self.below(limit) + 1;
        let limit = self.below(limit) + 1;
        self.below(limit)
    }

    fn one<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// Makes what is sought from a kind and values.
pub fn sought(kind: &str, values: impl IntoIterator<Item = String>) -> Vec<Sought> {
    let values = values.into_iter().enumerate();
    values
        .map(|(id, value)| Sought {
            id,
            what: super::what(kind, &value),
        })
        .collect()
}

impl Corpus {
    /// Makes at least `size` bytes of logs.
    pub fn generate(size: usize, seed: u64) -> Self {
        let mut random = Random(seed | 1);
        let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
        let sites: Vec<String> = (0..30_000).map(|_| site(&mut random, &words)).collect();
        let mut corpus = Self {
            text: String::with_capacity(size + 4_096),
            planted_count: 0,
            seed,
        };
        let evil = corpus.evil_domains(10_000);
        let mut seconds = 1_470_272_523;
        while corpus.text.len() < size {
            seconds += random.below(3) as i64;
            let is_planted = corpus.text.len() / PLANTED_EVERY_BYTES > corpus.planted_count;
            let host = if is_planted {
                corpus.planted_count += 1;
                let name = &evil[corpus.planted_count * 7 % evil.len()];
                name.replace('*', "mail")
            } else {
                sites[random.skewed(sites.len())].clone()
            };
            let line = Line {
                seconds,
                host: &host,
                words: &words,
            };
            line.write(&mut corpus.text, &mut random);
        }
        corpus
    }

    pub fn evil_domains(&self, count: usize) -> Vec<String> {
        let mut random = Random(self.seed * 31 + 1);
        let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
        (0..count)
            .map(|index| match index % 10 {
                0 => format!("*.{}", generated_name(&mut random, 9)),
                1..=3 => generated_name(&mut random, 12),
                4 | 5 => format!("{}{}.ddns.info", random.one(&words), random.below(10_000)),
                _ => {
                    let (a, b) = (random.one(&words), random.one(&words));
                    let number = random.below(1_000);
                    format!("{a}-{b}{number}.{}", random.one(&ENDINGS))
                }
            })
            .collect()
    }

    pub fn evil_addresses(&self, count: usize) -> Vec<String> {
        let mut random = Random(self.seed * 31 + 2);
        let v4 = (0..count * 9 / 10).map(|_| evil_address(&mut random));
        let mut all: Vec<String> = v4.collect();
        while all.len() < count {
            all.push(format!(
                "2a0{:x}:{:x}::{:x}",
                random.below(16),
                random.below(60_000) + 1,
                random.below(60_000)
            ));
        }
        all
    }

    pub fn evil_blocks(&self, count: usize) -> Vec<String> {
        let mut random = Random(self.seed * 31 + 3);
        (0..count)
            .map(|_| format!("{}/{}", evil_address(&mut random), 20 + random.below(9)))
            .collect()
    }

    pub fn evil_digests(&self, count: usize) -> Vec<String> {
        let mut random = Random(self.seed * 31 + 4);
        (0..count)
            .map(|_| {
                format!(
                    "{:016x}{:016x}{:08x}",
                    random.next(),
                    random.next(),
                    random.next() as u32
                )
            })
            .collect()
    }

    pub fn evil_urls(&self, count: usize) -> Vec<String> {
        let mut random = Random(self.seed * 31 + 5);
        let domains = self.evil_domains(count).into_iter();
        domains
            .map(|name| {
                let path = random.below(1_000_000);
                format!(
                    "http://{}/{path:x}/get.php?id={}",
                    name.replace("*.", "x."),
                    path % 97
                )
            })
            .collect()
    }
}

fn site(random: &mut Random, words: &[&str]) -> String {
    let front = [
        "www.", "", "cdn.", "api.", "mail.", "static.", "img1.", "m.",
    ];
    let (a, b) = (random.one(words), random.one(words));
    let joint = random.one(&["", "", "-"]);
    format!(
        "{}{a}{joint}{b}.{}",
        random.one(&front),
        random.one(&ENDINGS)
    )
}

fn generated_name(random: &mut Random, length: usize) -> String {
    let letters = (0..length).map(|_| char::from(b'a' + random.below(26) as u8));
    let name: String = letters.collect();
    format!("{name}.{}", random.one(&ENDINGS))
}

/// Addresses that the generated logs do not have.
fn evil_address(random: &mut Random) -> String {
    format!(
        "{}.{}.{}.{}",
        185 + random.below(10),
        random.below(256),
        random.below(256),
        random.below(256)
    )
}

struct Line<'a> {
    seconds: i64,
    host: &'a str,
    words: &'a [&'a str],
}

impl Line<'_> {
    /// Writes one line of one of the kinds of logs, as often as a network has them.
    fn write(&self, text: &mut String, random: &mut Random) {
        let written = match random.below(20) {
            0..4 => self.bind(text, random),
            4..6 => self.unbound(text, random),
            6..8 => self.windows_dns(text, random),
            8..12 => self.squid(text, random),
            12..14 => self.postfix(text, random),
            14..16 => self.iptables(text, random),
            16 | 17 => self.fortigate(text, random),
            18 => self.web_server(text, random),
            _ => self.json(text, random),
        };
        written.expect("a string takes everything");
    }

    fn clock(&self) -> String {
        let day = self.seconds.rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}", day / 3_600, day / 60 % 60, day % 60)
    }

    fn client(random: &mut Random) -> String {
        format!(
            "10.{}.{}.{}",
            random.skewed(64),
            random.skewed(256),
            random.below(256)
        )
    }

    fn server(random: &mut Random) -> String {
        let first = [13, 23, 31, 52, 104, 113, 117, 123, 172, 203, 210, 216][random.below(12)];
        format!(
            "{first}.{}.{}.{}",
            random.skewed(256),
            random.below(256),
            random.below(256)
        )
    }

    fn path(&self, random: &mut Random) -> String {
        let (a, b) = (random.one(self.words), random.one(self.words));
        let ending = random.one(&[
            "html",
            "js",
            "css",
            "png",
            "jpg",
            "php?id=1",
            "aspx?ReturnUrl=%2f",
        ]);
        format!("/{a}/{b}{}.{ending}", random.below(100_000))
    }

    fn bind(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, host, client) = (self.clock(), self.host, Self::client(random));
        writeln!(
            text,
            "04-Aug-2016 {time}.{:03} queries: info: client @0x7f{:010x} {client}#{} ({host}): query: {host} IN {} +E(0)K (10.0.0.53)",
            random.below(1_000),
            random.below(1 << 40),
            1_024 + random.below(64_000),
            random.one(&["A", "A", "AAAA", "MX", "TXT", "PTR"]),
        )
    }

    fn unbound(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let client = Self::client(random);
        writeln!(
            text,
            "[{}] unbound[1042:0] info: {client} {}. A IN NOERROR 0.{:06} 0 {}",
            self.seconds,
            self.host,
            random.below(1_000_000),
            60 + random.below(200)
        )
    }

    fn windows_dns(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, client) = (self.clock(), Self::client(random));
        write!(
            text,
            "8/4/2016 {time} AM 0A1C PACKET  {:016X} UDP Rcv {client:15} {:04x}   Q [0001   D   NOERROR] A      ",
            random.next(),
            random.below(65_536)
        )?;
        for label in self.host.split('.') {
            write!(text, "({}){label}", label.len())?;
        }
        writeln!(text, "(0)")
    }

    fn squid(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (client, server) = (Self::client(random), Self::server(random));
        let (host, path) = (self.host, self.path(random));
        let (milliseconds, size) = (random.below(1_000), random.skewed(900_000));
        if random.below(3) == 0 {
            writeln!(
                text,
                "{}.{milliseconds:03} {:6} {client} TCP_TUNNEL/200 {size} CONNECT {host}:443 - HIER_DIRECT/{server} -",
                self.seconds,
                random.below(60_000)
            )
        } else {
            writeln!(
                text,
                "{}.{milliseconds:03} {:6} {client} TCP_MISS/200 {size} GET http://{host}{path} - HIER_DIRECT/{server} text/html",
                self.seconds,
                random.below(9_000)
            )
        }
    }

    fn postfix(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, host, server) = (self.clock(), self.host, Self::server(random));
        let user = random.one(self.words);
        let process = 1_000 + random.below(30_000);
        match random.below(2) {
            0 => writeln!(
                text,
                "Aug  4 {time} mx1 postfix/smtpd[{process}]: connect from mail.{host}[{server}]"
            ),
            _ => writeln!(
                text,
                "Aug  4 {time} mx1 postfix/smtp[{process}]: {:010X}: to=<{user}@{host}>, relay=mx.{host}[{server}]:25, delay={}, delays=0.1/0/0.4/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {:010X})",
                random.below(1 << 40),
                random.below(9),
                random.below(1 << 40)
            ),
        }
    }

    fn iptables(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, client, server) = (self.clock(), Self::client(random), Self::server(random));
        writeln!(
            text,
            "Aug  4 {time} fw1 kernel: [{:8}.{:06}] FORWARD: IN=eth1 OUT=eth0 MAC=00:1b:21:{:02x}:{:02x}:{:02x}:00:25:90:aa:bb:cc:08:00 SRC={client} DST={server} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID={} DF PROTO=TCP SPT={} DPT=443 WINDOW=29200 RES=0x00 SYN URGP=0",
            random.below(9_000_000),
            random.below(1_000_000),
            random.below(256),
            random.below(256),
            random.below(256),
            random.below(65_536),
            1_024 + random.below(64_000),
        )
    }

    fn fortigate(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, client, server) = (self.clock(), Self::client(random), Self::server(random));
        writeln!(
            text,
            "date=2016-08-04 time={time} devname=FG200D-HAN devid=FG200D3916800000 logid=0000000013 type=traffic subtype=forward level=notice vd=root srcip={client} srcport={} srcintf=\"lan\" dstip={server} dstport=443 dstintf=\"wan1\" sessionid={} proto=6 action=close policyid=12 dstcountry=\"Viet Nam\" service=\"HTTPS\" hostname=\"{}\" duration={} sentbyte={} rcvdbyte={}",
            1_024 + random.below(64_000),
            random.below(100_000_000),
            self.host,
            random.below(300),
            random.below(100_000),
            random.below(1_000_000),
        )
    }

    fn web_server(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, server, path) = (self.clock(), Self::server(random), self.path(random));
        writeln!(
            text,
            "{server} - - [04/Aug/2016:{time} +0700] \"GET {path} HTTP/1.1\" 200 {} \"https://{}/\" \"{}\"",
            random.below(100_000),
            self.host,
            random.one(&AGENTS)
        )
    }

    fn json(&self, text: &mut String, random: &mut Random) -> std::fmt::Result {
        let (time, client) = (self.clock(), Self::client(random));
        writeln!(
            text,
            "{{\"timestamp\":\"2016-08-04T{time}.{:06}+0700\",\"flow_id\":{},\"in_iface\":\"eth0\",\"event_type\":\"fileinfo\",\"src_ip\":\"{client}\",\"dest_port\":443,\"tls\":{{\"sni\":\"{}\",\"version\":\"TLS 1.2\"}},\"fileinfo\":{{\"sha1\":\"{:016x}{:016x}{:08x}\",\"size\":{}}}}}",
            random.below(1_000_000),
            random.next() >> 4,
            self.host,
            random.next(),
            random.next(),
            random.next() as u32,
            random.below(900_000)
        )
    }
}
