//! Surveys of sites on this machine, honest and hostile ones.
#![expect(
    clippy::unwrap_used,
    reason = "a test whose server cannot be set up has failed"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use testkit::serving::{Request, answer};
use visit::Web;
use watch::{Approver, LeftOutWhy, Means, Reason, SiteMemory, Survey, SurveyPlan, Verdict, survey};

use crate::serving::web;

type Answer = (u16, &'static str, Vec<u8>);
type Site = Box<dyn Fn(&str, &str) -> Answer + Send>;

const HTML: &str = "text/html; charset=utf-8";

/// A site on this machine that may become another at any moment.
struct Server {
    url: String,
    site: Arc<Mutex<Site>>,
    http: testkit::serving::Server,
    web: Web,
    memory: SiteMemory,
    day: i64,
}

impl Server {
    fn new(site: impl Fn(&str, &str) -> Answer + Send + 'static) -> Self {
        let site: Arc<Mutex<Site>> = Arc::new(Mutex::new(Box::new(site)));
        let served = Arc::clone(&site);
        let http = testkit::serving::Server::open(move |request| {
            let (status, kind, body) = served.lock().unwrap()(request.path(), asker(request));
            answer(status, &format!("Content-Type: {kind}\r\n"), body)
        });
        Self {
            url: http.url("/"),
            site,
            http,
            web: web(),
            memory: SiteMemory::default(),
            day: 20_000,
        }
    }

    fn becomes(&self, site: impl Fn(&str, &str) -> Answer + Send + 'static) {
        *self.site.lock().unwrap() = Box::new(site);
    }

    /// Surveys on the next day, and learns what is in order.
    async fn survey(&mut self) -> Survey {
        let plan = SurveyPlan::at(self.day * 86_400);
        self.survey_by(&plan).await
    }

    async fn survey_by(&mut self, plan: &SurveyPlan) -> Survey {
        self.day += 1;
        self.web.forget_robots();
        self.http.take_asked();
        let means = Means::new(&self.web, jiff::Timestamp::UNIX_EPOCH);
        let found = survey(&means, &self.url, &self.memory, &self.memory.survey, plan).await;
        self.memory.survey.learn(&found);
        found
    }

    /// Returns what was asked since the survey began, and by whom.
    fn asked(&self) -> Vec<String> {
        let asked = self.http.asked();
        let lines = asked
            .iter()
            .map(|one| format!("{} {}", asker(one), one.path()));
        lines.collect()
    }

    fn was_asked(&self, what: &str) -> bool {
        self.asked().iter().any(|one| one.ends_with(what))
    }
}

/// Tells as whom somebody asks.
fn asker(request: &Request) -> &'static str {
    if request.head.contains("Googlebot") {
        "crawler"
    } else {
        "watch"
    }
}

fn page(title: &str, text: &str) -> Vec<u8> {
    format!(
        "<!doctype html><html lang=vi><title>{title}</title><body><header><h1>Sở Y tế</h1></header><nav><ul><li><a href=/tin>Tin tức</a></ul></nav>\
        <main><h2>{title}</h2><div class=than>{text}</div><img src=/upload/anh1.png></main><footer><p>Địa chỉ: 1 Lê Lợi</p></footer></html>"
    )
    .into_bytes()
}

fn html(body: &str) -> Answer {
    (200, HTML, body.as_bytes().to_vec())
}

fn missing() -> Answer {
    (404, HTML, b"<h1>404</h1>".to_vec())
}

fn site_map(paths: &[String]) -> Answer {
    let mut map = String::from("<urlset>");
    for path in paths {
        let _ = write!(map, "<url><loc>http://127.0.0.1{path}</loc></url>");
    }
    map.push_str("</urlset>");
    (200, "application/xml", map.into_bytes())
}

/// What an honest site answers: a first page, news in a site map, a folder of pictures that it lists.
fn honest(path: &str, files: &[&str], articles: usize) -> Answer {
    match path {
        "/" | "/tin" => (200, HTML, page("Sở Y tế", "Thông báo lịch tiêm chủng")),
        "/robots.txt" => (
            200,
            "text/plain",
            b"User-agent: *\nDisallow: /quan-tri/\nSitemap: /sitemap.xml".to_vec(),
        ),
        "/sitemap.xml" => {
            let paths: Vec<String> = (0..articles)
                .map(|number| format!("/tin/bai-viet-{number}.html"))
                .collect();
            site_map(&paths)
        }
        "/upload/" => {
            let mut listing = String::from(
                "<title>Index of /upload/</title><h1>Index of /upload/</h1><pre><a href=../>../</a>\n",
            );
            for file in files {
                let _ = writeln!(listing, "<a href={file}>{file}</a> 01-Jul-2026 08:12 14336");
            }
            html(&listing)
        }
        _ if path.starts_with("/tin/") => (
            200,
            HTML,
            page("Hội nghị", "Hội nghị triển khai nhiệm vụ năm 2026"),
        ),
        _ if path.strip_suffix(".png").is_some() => (200, "image/png", b"\x89PNG".to_vec()),
        _ => missing(),
    }
}

#[tokio::test]
async fn a_page_among_uploaded_pictures_is_found_by_the_listing_and_stays_found_until_somebody_approves()
 {
    let mut server = Server::new(|path, _| honest(path, &["anh1.png"], 3));
    for _ in 0..2 {
        let found = server.survey().await;
        assert!(
            !found.judgement.verdict.wants_person(),
            "{:?}",
            found.judgement
        );
    }
    // Not a word of it is in any list.
    server.becomes(|path, _| match path {
        "/upload/x.html" => html(
            "<title>Một trang</title><p>Một đoạn văn.</p><a href=https://evil.example/>đây</a>",
        ),
        _ => honest(path, &["anh1.png", "x.html"], 3),
    });
    for _ in 0..2 {
        let found = server.survey().await;
        assert_eq!(found.judgement.verdict, Verdict::Injection);
        let url = format!("{}upload/x.html", server.url);
        let title = "Một trang".to_owned();
        assert_eq!(
            found.judgement.reasons,
            [Reason::PageInUploads {
                url: url.clone(),
                title
            }]
        );
        let evidence = found.visits.iter().find(|visit| visit.url == url).unwrap();
        assert!(!evidence.page().unwrap().body.is_empty());
        let others = found.visits.iter().filter(|visit| visit.url != url);
        assert!(
            others
                .filter_map(|visit| visit.page())
                .all(|page| page.body.is_empty())
        );
        assert!(found.leads_to.contains("https://evil.example/"));
    }
    let found = server.survey().await;
    server.memory.survey.approve(
        &found,
        &Approver {
            by: "Trần B".to_owned(),
            ..Approver::default()
        },
    );
    assert_eq!(server.survey().await.judgement.verdict, Verdict::Unchanged);
    assert_eq!(server.memory.survey.approvers.len(), 1);
}

#[tokio::test]
async fn a_site_map_and_pages_that_only_crawlers_are_shown_are_cloaking() {
    let mut server = Server::new(|path, _| honest(path, &[], 3));
    server.survey().await;
    server.becomes(|path, agent| match path {
        "/sitemap.xml" if agent == "crawler" => site_map(&[
            "/tin/bai-viet-0.html".to_owned(),
            "/san-pham/9.html".to_owned(),
        ]),
        "/san-pham/9.html" if agent == "crawler" => html("<title>Sản phẩm</title><p>Mua ngay"),
        _ => honest(path, &[], 3),
    });
    let found = server.survey().await;
    assert_eq!(
        found.judgement.verdict,
        Verdict::Cloaking,
        "{:?}",
        found.judgement.reasons
    );
    assert!(
        matches!(&found.judgement.reasons[0], Reason::CrawlerOnlyPages { examples, .. } if examples[0].ends_with("/san-pham/9.html"))
    );
}

/// Many services let crawlers in by what these say that they are, and ask everybody else first.
#[tokio::test]
async fn a_service_that_lets_crawlers_in_and_asks_us_first_is_no_cloaking() {
    let mut server = Server::new(|path, _| honest(path, &[], 3));
    server.survey().await;
    let asking: &[u8] =
        b"<title>Just a moment...</title><p>Verifying you are human</p><script>go()</script>";
    server.becomes(move |path, agent| match path {
        "/" | "/robots.txt" | "/sitemap.xml" => honest(path, &[], 8),
        _ if agent == "crawler" => honest(path, &[], 8),
        _ => (403, HTML, asking.to_vec()),
    });
    let found = server.survey().await;
    assert!(
        !found.judgement.verdict.wants_person(),
        "{:?}",
        found.judgement
    );
}

#[tokio::test]
async fn a_crawlers_site_map_that_is_only_newer_than_ours_is_no_cloaking() {
    let mut server = Server::new(|path, _| honest(path, &[], 3));
    server.survey().await;
    server.becomes(|path, agent| honest(path, &[], if agent == "crawler" { 5 } else { 3 }));
    let found = server.survey().await;
    assert!(
        !found.judgement.verdict.wants_person(),
        "{:?}",
        found.judgement
    );
}

#[tokio::test]
async fn a_site_that_answers_everything_with_a_page_has_no_new_pages_and_no_listings() {
    let mut server = Server::new(|path, _| match path {
        "/" | "/tin" => (200, HTML, page("Sở Y tế", "Tin")),
        _ => html(
            "<title>Index of /</title><h1>Index of /</h1><p>Không tìm thấy. <a href=../>../</a> <a href=a.php>a</a>",
        ),
    });
    for _ in 0..3 {
        let found = server.survey().await;
        assert!(
            !found.judgement.verdict.wants_person(),
            "{:?}",
            found.judgement
        );
        assert!(found.news.folders.is_empty());
        assert!(found.looked.iter().all(|looked| looked.reasons.is_empty()));
    }
}

#[tokio::test]
async fn what_robots_forbids_is_left_out_and_said_unless_the_owner_has_agreed() {
    let mut server = Server::new(|path, _| match path {
        "/" => html("<p><a href=/quan-tri/a.html>x</a> <a href=/tin>y</a>"),
        _ => honest(path, &[], 1),
    });
    let found = server.survey().await;
    assert!(!server.was_asked("/quan-tri/") && !server.was_asked("/quan-tri/a.html"));
    let left_out: Vec<&str> = found
        .left_out
        .iter()
        .filter(|one| one.why == LeftOutWhy::Robots)
        .map(|one| one.path.as_str())
        .collect();
    assert_eq!(left_out, ["/quan-tri/", "/quan-tri/a.html"]);
    let plan = SurveyPlan {
        heeds_robots: false,
        ..SurveyPlan::at(0)
    };
    let found = server.survey_by(&plan).await;
    assert!(
        server.was_asked("/quan-tri/") && server.was_asked("/quan-tri/a.html"),
        "{:?}",
        found.left_out
    );
}

#[tokio::test]
async fn of_a_site_that_forbids_everything_nothing_is_said() {
    let mut server = Server::new(|path, _| match path {
        "/robots.txt" => (200, "text/plain", b"User-agent: *\nDisallow: /".to_vec()),
        _ => honest(path, &[], 0),
    });
    let found = server.survey().await;
    assert_eq!(found.judgement.verdict, Verdict::Nothing);
    assert_eq!(server.asked(), ["watch /robots.txt"]);
    assert!(!found.left_out.is_empty());
}

#[tokio::test]
async fn whoever_does_not_say_what_they_permit_is_not_looked_at_and_nothing_is_learned() {
    let mut server = Server::new(|_, _| (503, HTML, b"<h1>bao tri</h1>".to_vec()));
    let found = server.survey().await;
    assert_eq!(found.judgement.verdict, Verdict::FaultPage);
    assert_eq!(server.asked(), ["watch /robots.txt"]);
    assert_eq!(server.memory, SiteMemory::default());
}

#[tokio::test]
async fn pauses_that_a_site_asks_for_are_kept() {
    let mut server = Server::new(|path, _| match path {
        "/robots.txt" => (
            200,
            "text/plain",
            b"User-agent: *\nCrawl-delay: 30".to_vec(),
        ),
        _ => honest(path, &[], 0),
    });
    let plan = SurveyPlan {
        requests: 8,
        pause_max: Duration::from_millis(40),
        ..SurveyPlan::at(0)
    };
    let started = Instant::now();
    let found = server.survey_by(&plan).await;
    assert_eq!(found.requests(), 8);
    assert!(started.elapsed() >= Duration::from_millis(6 * 40));
}

#[tokio::test]
async fn endless_circular_and_exploding_site_maps_end_within_the_budget() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(b"<urlset>").unwrap();
    encoder.write_all(&vec![b' '; 100_000_000]).unwrap();
    let bomb = encoder.finish().unwrap();
    let mut server = Server::new(move |path, _| match path {
        "/robots.txt" => {
            let mut robots =
                "Sitemap: /bomb.xml.gz\nSitemap: /0.xml\nSitemap: http://[\nSitemap:\n\0"
                    .to_owned();
            robots.push_str(&"Disallow: /*a*a*a*a*a*a*a*a*a*a$\n".repeat(20_000));
            (200, "text/plain", robots.into_bytes())
        }
        "/bomb.xml.gz" => (200, "image/png", bomb.clone()),
        _ if path.strip_suffix(".xml").is_some() => {
            // Each index names itself, the one before and the next, without end.
            let number: u32 = path
                .trim_matches(['/', '.', 'x', 'm', 'l'])
                .parse()
                .unwrap_or(0);
            let mut index = String::from("<sitemapindex>");
            for inner in [number, number.saturating_sub(1), number + 1, number + 100] {
                let _ = write!(index, "<sitemap><loc>/{inner}.xml</loc></sitemap>");
            }
            (200, "text/html", index.into_bytes())
        }
        _ => honest(path, &[], 0),
    });
    for _ in 0..3 {
        let found = server.survey().await;
        assert!(
            found.requests() <= 40 && !found.judgement.verdict.wants_person(),
            "{:?}",
            found.judgement
        );
        assert!(server.was_asked("/0.xml"));
    }
    let kept = serde_json::to_vec(&server.memory).unwrap();
    assert!(kept.len() < 100_000, "{}", kept.len());
}

#[tokio::test]
async fn a_flood_of_ordinary_articles_is_silent_and_one_of_strange_pages_is_not() {
    let mut server = Server::new(|path, _| honest(path, &[], 20));
    for _ in 0..2 {
        server.survey().await;
    }
    server.becomes(|path, _| honest(path, &[], 900));
    let found = server.survey().await;
    assert_eq!(
        (found.judgement.verdict, found.news.count),
        (Verdict::Ordinary, 880)
    );
    let strange = |slug: &'static str| {
        move |path: &str, _: &str| match path {
            "/sitemap.xml" => site_map(
                &(0..1_000)
                    .map(|number| format!("/{slug}-{number}.html"))
                    .collect::<Vec<_>>(),
            ),
            _ if path.starts_with("/tin/") => honest(path, &[], 0),
            _ if path.contains(slug) => html("<title>Một</title><p>Hai</p><p>Ba"),
            _ => honest(path, &[], 0),
        }
    };
    let mut more = Server::new(|path, _| honest(path, &[], 20));
    for _ in 0..2 {
        more.survey().await;
    }
    more.becomes(strange("san-pham"));
    // And again on the next days: what nobody has approved does not become usual.
    for _ in 0..3 {
        let found = more.survey().await;
        assert_eq!(found.judgement.verdict, Verdict::Unexplained);
        let (folder, count) = ("/".to_owned(), 1_000);
        let reasons = [Reason::ManyNewPages { folder, count }];
        assert_eq!(found.judgement.reasons, reasons);
    }
    server.becomes(strange("tai-xiu-online"));
    let found = server.survey().await;
    assert_eq!(found.judgement.verdict, Verdict::Injection);
    assert!(found.judgement.reasons.contains(&Reason::ManyNewPages {
        folder: "/".to_owned(),
        count: 1_000
    }));
}

#[tokio::test]
async fn news_of_crime_is_not_taken_for_what_it_reports() {
    let mut server = Server::new(|path, _| honest(path, &[], 2));
    server.survey().await;
    server.becomes(|path, _| match path {
        "/tin/bai-viet-2.html" => (
            200,
            HTML,
            page(
                "Triệt phá đường dây cá độ bóng đá",
                "Công an tỉnh đã khởi tố nhóm đối tượng tổ chức tài xỉu, xóc đĩa trên mạng.",
            ),
        ),
        "/tin/bai-viet-3.html" => (
            200,
            HTML,
            page("Nhà cái uy tín", "Tài xỉu, xóc đĩa, nổ hũ, đăng ký ngay."),
        ),
        _ => honest(path, &[], 4),
    });
    let found = server.survey().await;
    let bad: Vec<&str> = found
        .looked
        .iter()
        .filter(|one| one.verdict.wants_person())
        .map(|one| one.title.as_str())
        .collect();
    assert_eq!(bad, ["Nhà cái uy tín"]);
}

#[tokio::test]
async fn a_site_map_that_begins_to_name_other_sites_calls_a_person() {
    let with = |addresses: &'static [&'static str]| {
        move |path: &str, _: &str| match path {
            "/sitemap.xml" => {
                let map = addresses.join("\n");
                (200, "text/plain", map.into_bytes())
            }
            _ => honest(path, &[], 0),
        }
    };
    let mut server = Server::new(with(&[
        "http://127.0.0.1/tin/1.html",
        "https://old.example.com/",
        "http://localhost/x",
    ]));
    for _ in 0..2 {
        assert!(!server.survey().await.judgement.verdict.wants_person());
    }
    server.becomes(with(&[
        "http://127.0.0.1/tin/1.html",
        "https://old.example.com/",
        "https://shop.example.net/1",
    ]));
    let found = server.survey().await;
    let examples = vec!["https://shop.example.net/1".to_owned()];
    assert_eq!(
        found.judgement.reasons,
        [Reason::SiteMapForeign { count: 1, examples }]
    );
}

#[tokio::test]
async fn an_address_heard_of_elsewhere_is_looked_at() {
    let mut server = Server::new(|path, _| honest(path, &[], 0));
    server.survey().await;
    server.becomes(|path, _| match path {
        "/images/2026/q.php" => html("<title>Q</title><p>Q"),
        _ => honest(path, &[], 0),
    });
    assert!(!server.survey().await.judgement.verdict.wants_person());
    let also = vec![
        "https://elsewhere.example/a".to_owned(),
        format!("{}images/2026/q.php", server.url),
    ];
    let plan = SurveyPlan {
        also,
        ..SurveyPlan::at(server.day * 86_400)
    };
    assert_eq!(
        server.survey_by(&plan).await.judgement.verdict,
        Verdict::Injection
    );
}
