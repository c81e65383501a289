//! The web sites of the demo: small servers on loopback addresses, watched by `tocsin watch web` as anybody would watch them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::processes::words;
use super::stage::Stage;
use super::story::{DemoSite, MINISTRY, SITES, SiteFate, organisation};

/// How long a visitor may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a request that are read.
const REQUEST_BYTES_MAX: u64 = 16 * 1024;
/// What `tocsin watch web check` ends with: nothing to look at, or somebody must look.
const CHECKED: [i32; 2] = [0, 1];

/// The sites, which answer as long as this lives.
pub struct Sites {
    sites: Vec<Site>,
}

struct Site {
    story: &'static DemoSite,
    address: SocketAddr,
    page: Arc<Mutex<String>>,
}

impl Sites {
    /// Opens every site on an address of its own.
    pub fn open() -> anyhow::Result<Self> {
        let sites = (2u8..).zip(&SITES).map(|(host, story)| {
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0))
                .context("could not open a web site")?;
            let page = Arc::new(Mutex::new(page_of(story)));
            let site = Site {
                story,
                address: listener.local_addr()?,
                page: Arc::clone(&page),
            };
            thread::Builder::new()
                .name("web site".to_owned())
                .spawn(move || serve(&listener, &page))?;
            Ok(site)
        });
        Ok(Self {
            sites: sites.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Puts every site under the ministry's watch.
    pub fn put_under_watch(&self, stage: &Stage) -> anyhow::Result<()> {
        let officer = organisation(MINISTRY).officer;
        for site in &self.sites {
            let mut add = Vec::from(words!["watch", "web", "add", &site.url()]);
            add.extend(words!["--approved-by", &officer]);
            add.extend(words!["--organisation", &site.story.organisation]);
            add.extend(words!["--supplier", &site.story.supplier]);
            add.extend(words!["--telephone", &site.story.contact]);
            add.extend(self.way(stage));
            stage.program.run(&add, &[0])?;
        }
        Ok(())
    }

    /// Lets happen to the sites what the story says.
    pub fn attack(&self) {
        for site in &self.sites {
            let own = page_of(site.story);
            let attacked = match site.story.fate {
                SiteFate::Defaced => DEFACED.to_owned(),
                SiteFate::Injected => own.replace("</body>", INJECTED),
                SiteFate::Stays => own,
            };
            *site.page.lock().unwrap_or_else(PoisonError::into_inner) = attacked;
        }
    }

    /// Checks every site, and returns how many of them somebody must look at.
    pub fn check(&self, stage: &Stage) -> anyhow::Result<u64> {
        let mut check = Vec::from(words!["watch", "web", "check", "--json"]);
        check.extend(self.way(stage));
        let said = stage.program.run(&check, &CHECKED)?;
        let wants_person = |line: &&str| {
            let said: Option<serde_json::Value> = serde_json::from_str(line).ok();
            said.is_some_and(|said| said["wants_person"] == true)
        };
        Ok(said.lines().filter(wants_person).count() as u64)
    }

    /// How the sites are visited: politely to strangers, but these are ours.
    fn way(&self, stage: &Stage) -> Vec<std::ffi::OsString> {
        let mut way = Vec::from(words!["--folder", &stage.watch()]);
        way.extend(words!["--contact", "https://tocsin.example/demo"]);
        way.extend(words!["--pause-ms", "0"]);
        for site in &self.sites {
            way.extend(words!["--allow-host", &site.address.ip().to_string()]);
        }
        way
    }
}

impl Site {
    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// Answers each visitor with the page, one after the other.
fn serve(listener: &TcpListener, page: &Mutex<String>) {
    for visitor in listener.incoming().flatten() {
        let page = page.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Err(error) = answer(&visitor, &page) {
            tracing::debug!(%error, "a visitor of a demo site went away");
        }
    }
}

fn answer(mut visitor: &TcpStream, page: &str) -> std::io::Result<()> {
    visitor.set_read_timeout(Some(PATIENCE))?;
    visitor.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(visitor.take(REQUEST_BYTES_MAX)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = if request.starts_with("GET / ") {
        ("200 OK", page)
    } else {
        ("404 Not Found", "")
    };
    let length = body.len();
    write!(
        visitor,
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    visitor.flush()
}

fn page_of(site: &DemoSite) -> String {
    let title = site.title;
    format!(
        "<!doctype html><html lang=\"vi\"><head><title>{title}</title></head><body><header><h1>{title}</h1>\
         <nav><a href=\"/gioi-thieu\">Giới thiệu</a> <a href=\"/lien-he\">Liên hệ</a></nav></header>\
         <main><h2>Thông báo</h2><p>Lịch làm việc trong tuần và hướng dẫn thủ tục hành chính.</p>\
         <p>Mọi thắc mắc xin gửi về bộ phận một cửa trong giờ hành chính.</p></main>\
         <footer><p>Bản quyền thuộc đơn vị chủ quản.</p></footer></body></html>"
    )
}

/// What an exercise puts in the place of a page.
const DEFACED: &str = "<!doctype html><html lang=\"en\"><head><title>Hacked by the exercise team</title></head>\
    <body style=\"background:black;color:red\"><h1>Hacked by the exercise team</h1>\
    <p>Your security is a joke. We own your server. Greetz to all our friends.</p></body></html>";

/// What an exercise adds to a page.
const INJECTED: &str = "<div style=\"position:absolute;left:-9999px\"><a href=\"https://casino.example/\">cá cược bóng đá, \
    nhà cái uy tín</a> <a href=\"https://slots.example/\">nổ hũ đổi thưởng</a></div></body>";
