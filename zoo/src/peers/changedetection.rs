//! `changedetection.io` with its fetcher without a browser, asked over its interface for programs: the text of title and body without
//! what honestly varies, the targets of links with it.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::spending::{cpu_of, memory_of};
use super::{Peer, Spent, Surroundings, VARYING, Word};

/// How long its server may take to start, and to look at every page.
const PATIENCE: Duration = Duration::from_mins(5);
/// Questions whether it is done, after which it is asked again for what is not.
const POLLS_UNTIL_AGAIN: u32 = 40;
/// Between two questions whether it is done.
const PAUSE: Duration = Duration::from_millis(250);

/// The program, its folder and its server.
pub struct ChangeDetection {
    program: PathBuf,
    proxy: String,
    folder: PathBuf,
    server: Option<Server>,
    urls: Vec<String>,
}

struct Server {
    child: Child,
    address: SocketAddr,
    key: String,
}

impl ChangeDetection {
    /// Uses a program that is installed.
    pub fn new(program: &Path, around: &Surroundings) -> Self {
        Self {
            program: program.to_owned(),
            proxy: around.proxy.clone(),
            folder: around.folder.join("changedetection"),
            server: None,
            urls: Vec::new(),
        }
    }

    fn start(&self) -> Result<Server> {
        fs_err::create_dir_all(&self.folder)?;
        let proxies = json!({ "zoo": { "label": "zoo", "url": self.proxy } });
        fs_err::write(self.folder.join("proxies.json"), proxies.to_string())?;
        // A port that is free now; its server takes no port of its own choice.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(&self.program)
            .arg("-d")
            .arg(&self.folder)
            .args([
                "-C",
                "-h",
                "127.0.0.1",
                "-p",
                &address.port().to_string(),
                "-l",
                "ERROR",
            ])
            .env("FETCH_WORKERS", "8")
            .env("MINIMUM_SECONDS_RECHECK_TIME", "0")
            .env("ALLOW_IANA_RESTRICTED_ADDRESSES", "true")
            .env("DISABLE_VERSION_CHECK", "true")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start changedetection.io")?;
        let mut server = Server {
            child,
            address,
            key: String::new(),
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            if Instant::now() > deadline {
                bail!("wait for changedetection.io any longer");
            }
            pause();
            if let Some(key) = self.key() {
                server.key = key;
                if server.ask("GET", "/api/v1/watch", "").is_ok() {
                    return Ok(server);
                }
            }
        }
    }

    /// Starts it, switches on what helps it to see more, and starts it again. Targets of links become text, and an empty page is a
    /// change; neither is so by default, nor can it be asked for over the interface.
    fn start_set_up(&self) -> Result<Server> {
        drop(self.start()?);
        let path = self.folder.join("changedetection.json");
        let mut settings: Value = serde_json::from_str(&fs_err::read_to_string(&path)?)?;
        let application = &mut settings["settings"]["application"];
        application["render_anchor_tag_content"] = json!(true);
        application["empty_pages_are_a_change"] = json!(true);
        fs_err::write(&path, settings.to_string())?;
        self.start()
    }

    /// Returns the key of its interface, from its own settings.
    fn key(&self) -> Option<String> {
        let text = fs_err::read_to_string(self.folder.join("changedetection.json")).ok()?;
        let settings: Value = serde_json::from_str(&text).ok()?;
        Some(
            settings["settings"]["application"]["api_access_token"]
                .as_str()?
                .to_owned(),
        )
    }

    fn server(&self) -> Result<&Server> {
        self.server.as_ref().context("nothing was started")
    }
}

impl Peer for ChangeDetection {
    fn name(&self) -> &'static str {
        "changedetection.io"
    }

    fn add(&mut self, urls: &[String]) -> Result<()> {
        let server = self.start_set_up()?;
        // It begins with pages of its own as examples.
        if let Value::Object(examples) = server.ask("GET", "/api/v1/watch", "")? {
            for name in examples.keys() {
                server.ask("DELETE", &format!("/api/v1/watch/{name}"), "")?;
            }
        }
        for url in urls {
            let watch = json!({
                "url": url, "proxy": "zoo", "fetch_backend": "html_requests",
                "include_filters": ["title", "body"], "subtractive_selectors": VARYING, "trim_text_whitespace": true,
                "time_between_check": { "weeks": 50 }, "time_between_check_use_default": false,
            });
            server.ask("POST", "/api/v1/watch", &watch.to_string())?;
        }
        self.server = Some(server);
        self.urls = urls.to_vec();
        self.look().map(|_| ())
    }

    fn look(&mut self) -> Result<Vec<Word>> {
        let server = self.server()?;
        // It counts in whole seconds: the look before must lie in an earlier one.
        let before = newest(&server.ask("GET", "/api/v1/watch", "")?);
        let deadline = Instant::now() + PATIENCE;
        while unix_seconds() <= before {
            pause();
        }
        server.ask("GET", "/api/v1/watch?recheck_all=1", "")?;
        for poll in 1_u32.. {
            pause();
            let list = server.ask("GET", "/api/v1/watch", "")?;
            let told: HashMap<&str, &Value> = list
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, watch)| Some((watch["url"].as_str()?, watch)))
                .collect();
            let is_done = |url: &String| {
                told.get(url.as_str())
                    .is_some_and(|watch| number(watch, "last_checked") > before)
            };
            if self.urls.iter().all(is_done) {
                return Ok(self
                    .urls
                    .iter()
                    .map(|url| word_of(told[url.as_str()], before))
                    .collect());
            }
            if Instant::now() > deadline {
                break;
            }
            // Pages that were being looked at when they were asked for are passed over: those are asked for once more.
            if poll.is_multiple_of(POLLS_UNTIL_AGAIN) {
                let late = list.as_object().into_iter().flatten();
                for (name, _) in late.filter(|(_, watch)| number(watch, "last_checked") <= before) {
                    server.ask("GET", &format!("/api/v1/watch/{name}?recheck=1"), "")?;
                }
            }
        }
        bail!("wait for changedetection.io any longer")
    }

    fn spent(&self) -> Spent {
        self.server.as_ref().map_or_else(Spent::default, |server| {
            let process = server.child.id();
            Spent {
                cpu: cpu_of(&process.to_string()),
                memory: memory_of(process),
            }
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What has ended already cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Asks its interface. HTTP/1.0: it answers and hangs up.
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nx-api-key: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            self.key,
            body.len()
        )?;
        let mut bytes = Vec::new();
        stream.take(64 * 1024 * 1024).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text
            .split_once("\r\n\r\n")
            .context("read an answer of changedetection.io")?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            bail!(
                "changedetection.io answers {method} {path} with {status}: {}",
                body.chars().take(200).collect::<String>()
            );
        }
        Ok(serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

fn word_of(watch: &Value, before: u64) -> Word {
    if watch["last_error"]
        .as_str()
        .is_some_and(|error| !error.is_empty())
    {
        Word::Failed
    } else if number(watch, "last_changed") > before {
        Word::Changed
    } else {
        Word::Same
    }
}

fn newest(list: &Value) -> u64 {
    let watches = list.as_object().into_iter().flatten();
    watches
        .map(|(_, watch)| number(watch, "last_checked"))
        .max()
        .unwrap_or(0)
}

fn number(watch: &Value, name: &str) -> u64 {
    watch[name].as_u64().unwrap_or(0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock of another program, which counts in the machine's seconds"
)]
fn unix_seconds() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

#[expect(
    clippy::disallowed_methods,
    reason = "another program says only when asked that it is done"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}
