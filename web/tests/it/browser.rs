//! The pages in a real browser: headless Chromium through chromedriver, with a profile of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use web::WebSettings;

use crate::sample::{PASSWORD, Sample, alert_id};

const DRIVER: &str = "/usr/bin/chromedriver";
/// How long a page may take to show what is awaited: far more than it does.
const PATIENCE: Duration = Duration::from_secs(30);

/// chromedriver on a port of its own choice; ends with the test.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// Returns nothing, and says so, where chromedriver is missing.
    fn start() -> Option<Self> {
        if !Path::new(DRIVER).is_file() {
            testkit::skipping::skipped(
                "browser tests",
                "chromedriver is not installed (apt-get install chromium chromium-driver)",
            );
            return None;
        }
        let mut process = Command::new(DRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines
            .find_map(|line| {
                line.ok()
                    .filter(|line| line.contains("successfully on port "))
            })
            .unwrap();
        let (_, port) = line.rsplit_once(' ').unwrap();
        let address = format!("127.0.0.1:{}", port.trim_end_matches('.'));
        Some(Self { process, address })
    }

    /// Returns the log of one kind. The command is chromedriver's own, outside the protocol of `fantoccini`.
    async fn log(&self, browser: &Client, kind: &str) -> Value {
        let session = browser.session_id().await.unwrap().unwrap();
        let body = json!({ "type": kind }).to_string();
        let request = format!(
            "POST /session/{session}/se/log HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It keeps the connection open whatever it is asked: the head says how long the answer is.
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).unwrap();
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap();
                }
                Some(_) => {}
                None if line.starts_with("HTTP/") => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        answer["value"].take()
    }

    async fn browser(&self, profile: &Path) -> Client {
        let profile = format!("--user-data-dir={}", profile.display());
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--window-size=1600,1000", profile
            ]
        });
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" }
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object")
        };
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{}", self.address))
            .await
            .unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves the made-up node until the test ends.
async fn serve(board: &Arc<Sample>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let never = std::future::pending();
    tokio::spawn(web::serve_on(
        listener,
        board.clone(),
        WebSettings::default(),
        never,
    ));
    address
}

async fn text(browser: &Client, selector: &str) -> String {
    match browser.find(Locator::Css(selector)).await {
        Ok(element) => element.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Waits until the text at `selector` is what is wanted.
async fn wait_for(browser: &Client, selector: &str, is_wanted: impl Fn(&str) -> bool) {
    let waiting = async {
        while !is_wanted(&text(browser, selector).await) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(
        waited.is_ok(),
        "{selector}: {}",
        text(browser, selector).await
    );
}

async fn press(browser: &Client, key: Key) {
    let element = browser.active_element().await.unwrap();
    element.send_keys(&key.to_string()).await.unwrap();
}

async fn focused(browser: &Client) -> String {
    let id = browser.execute("return document.activeElement.id", Vec::new());
    id.await.unwrap().as_str().unwrap_or_default().to_owned()
}

/// Goes to the element with this id as whoever has no mouse does.
async fn tab_to(browser: &Client, id: &str) {
    for _ in 0..60 {
        if focused(browser).await == id {
            return;
        }
        press(browser, Key::Tab).await;
    }
    panic!("'{id}' is out of reach of the Tab key");
}

async fn sign_in(browser: &Client, base: &str) {
    browser
        .goto(&format!("{base}/sign-in?lang=en"))
        .await
        .unwrap();
    tab_to(browser, "name").await;
    let name = browser.active_element().await.unwrap();
    name.send_keys("Lê Minh Đức").await.unwrap();
    press(browser, Key::Tab).await;
    let password = browser.active_element().await.unwrap();
    password.send_keys(PASSWORD).await.unwrap();
    press(browser, Key::Enter).await;
    wait_for(browser, "h1", |text| text == "Alerts").await;
}

/// Nothing may be complained about in the console, and nothing asked of any other server.
async fn check_logs(driver: &Driver, browser: &Client, base: &str) {
    let console = driver.log(browser, "browser").await;
    assert_eq!(console, json!([]), "the console is not empty");
    let log = driver.log(browser, "performance").await;
    let mut requests = 0;
    for entry in log.as_array().unwrap() {
        let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        if message["message"]["method"] == "Network.requestWillBeSent" {
            let address = message["message"]["params"]["request"]["url"]
                .as_str()
                .unwrap();
            // The tab's first page, before ours, is Chromium's own and asks no server.
            if !address.starts_with("http") {
                continue;
            }
            assert!(address.starts_with(base), "asked for {address}");
            requests += 1;
        }
    }
    assert!(requests > 5, "the log has the requests");
}

#[tokio::test]
async fn a_counter_changes_before_the_officers_eyes_and_the_keyboard_is_enough() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let profile = tempfile::tempdir().unwrap();
    let board = Arc::new(Sample::new());
    let base = format!("http://{}", serve(&board).await);
    let browser = driver.browser(profile.path()).await;
    sign_in(&browser, &base).await;

    let alert = format!("{base}/alerts/{}", alert_id(0));
    browser.goto(&alert).await.unwrap();
    wait_for(&browser, "#live", |text| text == "Live").await;
    let complete = "[data-key=complete]";
    assert_eq!(text(&browser, complete).await, "641");
    browser
        .execute(
            "window.scrollTo(0, 300); window.sameDocument = true",
            Vec::new(),
        )
        .await
        .unwrap();
    board.change(|state| {
        let rows = &mut state.pictures[0].organisations;
        let hosts = rows.iter_mut().filter_map(|row| row.status.hosts.as_mut());
        let hosts = hosts.max_by_key(|hosts| hosts.pending).unwrap();
        hosts.pending -= 10;
        hosts.complete += 10;
        state.add_up();
    });
    wait_for(&browser, complete, |text| text == "651").await;
    wait_for(&browser, "[data-key=pending]", |text| text == "61").await;
    let same = "return window.sameDocument === true && window.scrollY === 300";
    let same = browser.execute(same, Vec::new()).await.unwrap();
    assert_eq!(same, json!(true), "the page was not loaded again");

    tab_to(&browser, "acknowledge").await;
    press(&browser, Key::Enter).await;
    wait_for(&browser, ".decision .badge", |text| text == "Acknowledged").await;
    tab_to(&browser, "refuse-isolate").await;
    press(&browser, Key::Enter).await;
    wait_for(&browser, ".decisions", |text| text.contains("Refused")).await;

    check_logs(&driver, &browser, &base).await;
    browser.close().await.unwrap();
}

#[tokio::test]
async fn what_is_being_filled_in_is_not_taken_away() {
    let Some(driver) = Driver::start() else {
        return;
    };
    let profile = tempfile::tempdir().unwrap();
    let board = Arc::new(Sample::new());
    let base = format!("http://{}", serve(&board).await);
    let browser = driver.browser(profile.path()).await;
    sign_in(&browser, &base).await;
    browser.goto(&format!("{base}/findings")).await.unwrap();
    wait_for(&browser, "#live", |text| text == "Live").await;
    let field = browser
        .find(Locator::Css("select[name=judgement]"))
        .await
        .unwrap();
    let script =
        "arguments[0].focus(); arguments[0].value = 'suspicious'; window.field = arguments[0]";
    let field = serde_json::to_value(field).unwrap();
    browser.execute(script, vec![field]).await.unwrap();
    let listen =
        "const done = arguments[arguments.length - 1]; window.told = new Promise((told) => {
        const events = new EventSource('/events');
        events.addEventListener('change', told);
        events.addEventListener('hello', done);
    })";
    browser.execute_async(listen, Vec::new()).await.unwrap();
    board.change(|state| state.findings.truncate(2));
    // Once the change was told and a page fetched after it, a page that did not wait would have been replaced.
    let told = "const done = arguments[arguments.length - 1];
        window.told.then(() => fetch('/findings')).then(() => fetch('/findings')).then(() => done(true))";
    browser.execute_async(told, Vec::new()).await.unwrap();
    let held = "return document.contains(window.field) && window.field.value";
    assert_eq!(
        browser.execute(held, Vec::new()).await.unwrap(),
        json!("suspicious")
    );
    browser
        .execute("window.field.blur()", Vec::new())
        .await
        .unwrap();
    wait_for(&browser, "h1 .tally", |text| text == "2").await;
    browser.close().await.unwrap();
}
