//! Pages that ask whoever comes to prove that they are no program, honest ones and those that only pretend.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::sync::{Arc, Mutex};

use testkit::serving::{Request, Server, answer, html};
use watch::{Approver, Check, Depth, Means, Reason, SiteMemory, Verdict, check};

use crate::serving::web;

const PAGE: &str = "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><h1>Sở Y tế tỉnh A</h1>
<main><h2>Tin mới</h2><ul><li><a href=/1>Hội nghị triển khai nhiệm vụ năm 2026</a><li><a href=/2>Lịch tiêm chủng tháng 8</a></ul>
<p>Sở là cơ quan chuyên môn thuộc Uỷ ban nhân dân tỉnh.</p></main><footer>Địa chỉ: 1 Lê Lợi</footer>";

/// The head of a page as such services write it: words of their own making, and what puts the question.
const WAITING: &str = "<!doctype html><html lang=en-US><title>Just a moment...</title><meta name=robots content=noindex,nofollow>
<body><h1>syt.example</h1><p>Verifying you are human. This may take a few seconds.</p>
<noscript>Enable JavaScript and cookies to continue</noscript>
<script>(function(){window.opt={t:'MTc2'};var a=document.createElement('script');a.src='/cdn-cgi/challenge/v1';
document.head.appendChild(a);}());</script></body></html>";

type Answering = Arc<Mutex<Box<dyn Fn(&Request) -> Vec<u8> + Send>>>;

/// A site whose page was approved, and what it answers from then on.
struct Watched {
    server: Server,
    memory: SiteMemory,
    answering: Answering,
}

impl Watched {
    async fn open() -> Self {
        let answering: Answering = Arc::new(Mutex::new(Box::new(|_| html(PAGE))));
        let given = Arc::clone(&answering);
        let server = Server::open(move |request| (given.lock().unwrap())(request));
        let mut memory = SiteMemory::default();
        let web = web();
        let means = Means::new(&web, jiff::Timestamp::UNIX_EPOCH);
        let url = server.url("/");
        for _ in 0..2 {
            let seen = check(&means, &url, &memory, None, Depth::Visitors).await;
            memory.approve(&seen, &Approver::default());
        }
        Self {
            server,
            memory,
            answering,
        }
    }

    async fn check(
        &self,
        depth: Depth,
        answering: impl Fn(&Request) -> Vec<u8> + Send + 'static,
    ) -> Check {
        *self.answering.lock().unwrap() = Box::new(answering);
        let web = web();
        let means = Means::new(&web, jiff::Timestamp::UNIX_EPOCH);
        check(&means, &self.server.url("/"), &self.memory, None, depth).await
    }

    async fn verdict(&self, status: u16, headers: &str, markup: &str) -> Verdict {
        let headers = format!("Content-Type: text/html; charset=utf-8\r\n{headers}");
        let answer = answer(status, &headers, markup);
        let found = self.check(Depth::Quick, move |_| answer.clone()).await;
        let is_said = found
            .judgement
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Challenge { .. }));
        assert_eq!(is_said, found.judgement.verdict == Verdict::Nothing);
        found.judgement.verdict
    }
}

#[tokio::test]
async fn whoever_has_to_prove_something_first_has_seen_nothing() {
    let site = Watched::open().await;
    let waf = "<html><head><title></title><script src=https://a.token.awswaf.com/a/challenge.js></script></head>
        <body><div id=challenge-container></div><noscript><h1>JavaScript is disabled</h1></noscript></body></html>";
    let guard = "<html><title>DDoS-Guard</title><h1>Checking your browser before accessing</h1><script src=/.well-known/check.js></script>";
    let vietnamese = "<html lang=vi><title>Xác minh bạn là con người</title><p>Hệ thống đang kiểm tra trình duyệt của bạn</p>
        <form action=/xac-minh><input name=ma><button>Tiếp tục</button></form>";
    let sent_on = "<html><title>One moment, please...</title><h1>Please wait while your request is being verified...</h1>
        <script>setTimeout(function(){location.reload()},5000)</script>";
    for (status, headers, markup) in [
        (
            403,
            "cf-mitigated: challenge\r\nServer: cloudflare\r\n",
            WAITING,
        ),
        (503, "Server: cloudflare\r\n", WAITING),
        (202, "x-amzn-waf-action: challenge\r\n", waf),
        (405, "x-amzn-waf-action: captcha\r\n", waf),
        (429, "X-Vercel-Mitigated: challenge\r\n", waf),
        (403, "", guard),
        (200, "", vietnamese),
        (200, "", sent_on),
    ] {
        let verdict = site.verdict(status, headers, markup).await;
        assert_eq!(verdict, Verdict::Nothing, "{status} {headers} {markup}");
    }
}

#[tokio::test]
async fn who_pretends_to_ask_is_judged_by_what_else_is_there() {
    let site = Watched::open().await;
    let said = "cf-mitigated: challenge\r\n";
    for more in [
        "<p>HACKED BY SOMEBODY, your security is low</p>",
        "<a href=https://thang88.example/>Nhà cái cá cược bóng đá</a>",
        "<script src=https://stranger.example.net/x.js></script>",
        "<iframe src=https://stranger.example.net/></iframe>",
        "<meta http-equiv=refresh content='0;url=https://stranger.example.net/'>",
        "<script>location.href='https://stranger.example.net/'</script>",
        "<form action=https://stranger.example.net/><input name=password></form>",
        "<img src=https://stranger.example.net/flag.png>",
    ] {
        for status in [200, 403] {
            let verdict = site
                .verdict(status, said, &format!("{WAITING}{more}"))
                .await;
            assert_ne!(verdict, Verdict::Nothing, "{status} {more}");
        }
        let verdict = site.verdict(200, said, &format!("{WAITING}{more}")).await;
        assert!(verdict.wants_person(), "{verdict:?} {more}");
    }
    // A header alone is no question: nothing on the page puts one.
    let alone = "<title>Hello</title><h1>We were here</h1>";
    assert!(site.verdict(200, said, alone).await.wants_person());
    // Nor does a title make one of a whole page.
    let long = PAGE.replace("Sở Y tế tỉnh A</title>", "Just a moment</title>");
    let long = format!(
        "{long}<script>a()</script>{}",
        "<p>Bài viết dài về chuyện khác</p>".repeat(40)
    );
    assert!(site.verdict(200, "", &long).await.wants_person());
    // A plain refusal stays what it was.
    let refused = "<title>403 Forbidden</title><h1>Forbidden</h1>";
    assert_eq!(site.verdict(403, "", refused).await, Verdict::FaultPage);
}

#[tokio::test]
async fn only_who_calls_itself_a_crawler_is_asked_and_that_is_no_cloaking() {
    let site = Watched::open().await;
    let found = site.check(Depth::Visitors, |request| {
        if request.head.contains("Googlebot") {
            answer(
                202,
                "Content-Type: text/html\r\nx-amzn-waf-action: challenge\r\n",
                WAITING,
            )
        } else {
            html(PAGE)
        }
    });
    let found = found.await;
    assert_eq!(
        found.judgement.verdict,
        Verdict::Unchanged,
        "{:?}",
        found.judgement
    );
}

#[tokio::test]
async fn a_question_is_not_what_a_page_should_be() {
    let server = Server::open(|_| {
        answer(
            200,
            "cf-mitigated: challenge\r\nContent-Type: text/html\r\n",
            WAITING,
        )
    });
    let web = web();
    let means = Means::new(&web, jiff::Timestamp::UNIX_EPOCH);
    let url = server.url("/");
    let seen = check(&means, &url, &SiteMemory::default(), None, Depth::Visitors).await;
    assert!(seen.judgement.is_challenge(), "{:?}", seen.judgement);
}
