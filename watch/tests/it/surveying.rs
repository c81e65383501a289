//! Surveys in the running watch, of two sites: what is found is confirmed, told and approved, and what one site's bad pages lead to
//! on the other is found there.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::SystemClock;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Notify;
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};
use watch::keeping::{Target, WatchFolder, verify_chain};
use watch::rounds::{CaseRules, Rhythm, Running, RunningSettings, Told, Wish, wish};
use watch::{Approver, Depth, Means, SiteMemory, SurveyPlan, check, survey};

const SITES: [&str; 2] = ["so-a.gov.vn", "so-b.gov.vn"];
const GOOD: &str = "<!doctype html><html lang=vi><title>Sở Y tế</title><header><h1>Sở Y tế</h1></header>\
    <main><p>Giờ làm việc: 8 giờ đến 17 giờ.</p><img src=/upload/anh1.png></main><footer><p>1 Lê Lợi</p></footer>";

/// Files of both sites, by host and path.
type Files = Arc<Mutex<BTreeMap<String, String>>>;

struct World {
    files: Files,
    asked: Arc<Mutex<Vec<String>>>,
    port: u16,
    web: Web,
}

impl World {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let files = Files::default();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (served, told) = (Arc::clone(&files), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (served, told) = (Arc::clone(&served), Arc::clone(&told));
                tokio::spawn(async move {
                    let mut head = vec![0; 8_192];
                    let count = stream.read(&mut head).await.unwrap_or(0);
                    let head = String::from_utf8_lossy(&head[..count]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default();
                    let host = head.lines().find_map(|line| {
                        let (name, value) = line.split_once(": ")?;
                        name.eq_ignore_ascii_case("host")
                            .then(|| value.split(':').next())?
                    });
                    let what = format!("{}{path}", host.unwrap_or_default());
                    let body = served.lock().unwrap().get(&what).cloned();
                    told.lock().unwrap().push(what);
                    let status = if body.is_some() {
                        "200 OK"
                    } else {
                        "404 Not Found"
                    };
                    let body = body.unwrap_or_else(|| "<h1>404</h1>".to_owned());
                    let answer = format!(
                        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        let settings = VisitSettings {
            contact: "watch@cert.example".to_owned(),
            limits: Limits::default(),
            manners: Manners {
                pause: Duration::ZERO,
            },
            permission: Permission {
                hosts: SITES
                    .into_iter()
                    .chain(["not-under-watch.gov.vn"])
                    .map(ToOwned::to_owned)
                    .collect(),
            },
            authorities: Vec::new(),
        };
        let names = Names::of_servers(&[names().await]).unwrap();
        let world = Self {
            files,
            asked,
            port,
            web: Web::new(names, settings).unwrap(),
        };
        for site in SITES {
            world.put(&format!("{site}/"), GOOD);
        }
        world
    }

    fn put(&self, what: &str, body: &str) {
        let mut files = self.files.lock().unwrap();
        files.insert(what.to_owned(), body.to_owned());
    }

    fn url(&self, site: &str) -> String {
        format!("http://{site}:{}/", self.port)
    }

    /// Puts the first pages of both sites under watch, and surveys each once.
    async fn add(&self, folder: &Path) {
        let folder = WatchFolder::open(folder).unwrap();
        let means = Means::new(&self.web, Timestamp::UNIX_EPOCH);
        let mut targets = Vec::new();
        for site in SITES {
            let url = self.url(site);
            let mut memory = SiteMemory::default();
            let seen = check(&means, &url, &memory, None, Depth::Quick).await;
            memory.approve(&seen, &Approver::default());
            for day in 1..3 {
                let plan = SurveyPlan::at(day * 86_400);
                let found = survey(&means, &url, &memory, &memory.survey, &plan).await;
                assert!(
                    !found.judgement.verdict.wants_person(),
                    "{:?}",
                    found.judgement
                );
                memory.survey.learn(&found);
            }
            folder.keep_memory(&url, &memory).unwrap();
            targets.push(Target {
                url,
                ..Target::default()
            });
        }
        folder.keep_targets(&targets).unwrap();
        self.web.forget_robots();
    }

    /// Runs the watch until it has told of all that is waited for.
    async fn run_until(&self, folder: &Path, awaited: &[&str]) -> Vec<String> {
        let settings = RunningSettings {
            rhythm: Rhythm {
                period: Duration::from_millis(200),
                survey_every: Duration::from_millis(400),
                confirm_after: Duration::from_millis(20),
                often: Duration::from_millis(200),
                pause: Duration::ZERO,
                ..Rhythm::default()
            },
            rules: CaseRules::default(),
            surveys: Some(SurveyPlan::at(0)),
            beside: 4,
            seed: [5; 32],
            once: None,
        };
        let enough = Notify::new();
        let mut told = Vec::new();
        let mut tell = |what: &Told<'_>| {
            told.push(match what {
                Told::Case { event, case, .. } => {
                    format!("{event:?} {:?} {}", case.worst, case.site)
                }
                Told::Approved { by, .. } => format!("Approved {by}"),
                Told::Problem { what } => format!("Problem {what}"),
                _ => return,
            });
            if awaited
                .iter()
                .all(|one| told.iter().any(|told| told == one))
            {
                enough.notify_one();
            }
        };
        let watch_folder = WatchFolder::open(folder).unwrap();
        let common = watch_folder.common().unwrap();
        let means = Means {
            common: Some(&common),
            ..Means::new(&self.web, Timestamp::UNIX_EPOCH)
        };
        let clock = Arc::new(SystemClock);
        let mut running = Running::new(means, watch_folder, clock, settings, &mut tell).unwrap();
        let lasts = Duration::from_secs(30);
        let ended = tokio::time::timeout(lasts, running.run(enough.notified())).await;
        drop(running);
        ended
            .unwrap_or_else(|_| panic!("was not told: {awaited:?}, but {told:?}"))
            .unwrap();
        told
    }
}

/// Opens a server of names for which every name is at this machine.
async fn names() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question).await {
            let question = &question[..length];
            let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap();
            let is_address = question[end + 2] == 1;
            let mut answer = question[..2].to_vec();
            answer.extend([0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
            answer.extend(&question[12..end + 5]);
            if is_address {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 127, 0, 0, 1]);
            }
            let _ = socket.send_to(&answer, from).await;
        }
    });
    address
}

#[tokio::test]
async fn pages_to_which_only_another_hacked_site_links_are_found_told_and_approved_by_name() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let world = World::open().await;
    Box::pin(world.add(folder)).await;
    let [a, b] = SITES;
    // The listing of one site shows a page, and only that page knows the one on the other site; a third is not under watch.
    let port = world.port;
    let listing = "<title>Index of /upload/</title><h1>Index of /upload/</h1><pre><a href=../>../</a>\n\
        <a href=anh1.png>anh1.png</a> 01-Jul-2026 08:12 14336\n<a href=x.html>x.html</a> 01-Jul-2026 08:12 14336\n";
    world.put(&format!("{a}/upload/"), listing);
    let bad = format!(
        "<title>Một trang</title><p>Một đoạn văn.</p><a href=http://{b}:{port}/images/2026/y.html>đây</a>\
        <a href=http://not-under-watch.gov.vn:{port}/images/2026/z.html>kia</a>"
    );
    world.put(&format!("{a}/upload/x.html"), &bad);
    let hidden = "<title>Trang khác</title><p>Một đoạn văn khác.</p>";
    world.put(&format!("{b}/images/2026/y.html"), hidden);
    let found = [
        format!("Confirmed Injection {a}"),
        format!("Confirmed Injection {b}"),
    ];
    let found = found.each_ref().map(String::as_str);
    let told = world.run_until(folder, &found).await;
    assert!(
        !told.iter().any(|one| one.starts_with("Problem")),
        "{told:?}"
    );
    assert!(
        !world
            .asked
            .lock()
            .unwrap()
            .iter()
            .any(|one| one.starts_with("not-under"))
    );

    // Nobody links to it any more, and it is still there.
    world
        .files
        .lock()
        .unwrap()
        .remove(&format!("{a}/upload/x.html"));
    let awaited = [
        format!("StillOpen Injection {b}"),
        format!("Closed Injection {a}"),
    ];
    let told = world
        .run_until(folder, &awaited.each_ref().map(String::as_str))
        .await;
    assert!(!told.contains(&format!("Closed Injection {b}")), "{told:?}");
    let approve = Wish::ApproveSurvey {
        url: world.url(b),
        by: "Lan".to_owned(),
        note: String::new(),
    };
    wish(folder, &approve).unwrap();
    let closed = format!("Closed Injection {b}");
    world.run_until(folder, &["Approved Lan", &closed]).await;
    let mut surveys = BTreeMap::new();
    verify_chain(&folder.join("evidence.jsonl"), &mut |link| {
        let site = link.entry.body["site"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let of_site: &mut Vec<bool> = surveys.entry(site).or_default();
        of_site.push(link.entry.body["approval"].is_null());
    })
    .unwrap();
    let of_b = &surveys[&world.url(b)];
    assert_eq!(of_b.iter().filter(|is_finding| !**is_finding).count(), 1);
    assert!(of_b.len() >= 3 && surveys[&world.url(a)].len() >= 2);
}

#[tokio::test]
async fn what_was_added_to_a_page_under_watch_leads_to_the_pages_of_another_site() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let world = World::open().await;
    Box::pin(world.add(folder)).await;
    let [a, b] = SITES;
    let there = format!("{b}/images/2026/y.html");
    world.put(&there, "<title>Trang khác</title><p>Một đoạn văn.</p>");
    // Nobody has said anything of it: it is not found.
    let asked = || world.asked.lock().unwrap().contains(&there);
    let link = format!(
        "<div style='display:none'><a href=http://{b}:{}/images/2026/y.html>xem</a>",
        world.port
    );
    let honest = world.files.lock().unwrap()[&format!("{a}/")].clone();
    world.put(
        &format!("{a}/"),
        &format!("{honest}{link} <a href=https://evil.example/>nhà cái uy tín</a></div>"),
    );
    assert!(!asked());
    let awaited = [
        format!("Confirmed Injection {a}"),
        format!("Confirmed Injection {b}"),
    ];
    let awaited = awaited.each_ref().map(String::as_str);
    world.run_until(folder, &awaited).await;
    assert!(asked());
    // Both are over when both sites are as they were; what was heard is forgotten.
    world.put(&format!("{a}/"), &honest);
    world.files.lock().unwrap().remove(&there);
    world
        .run_until(
            folder,
            &[
                &format!("Closed Injection {a}"),
                &format!("Closed Injection {b}"),
            ]
            .map(String::as_str),
        )
        .await;
}
