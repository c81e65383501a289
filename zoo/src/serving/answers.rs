//! What a web server of the zoo answers: pages as they are at the moment, attacked or not, files, redirects, faults.

use bytes::Bytes;
use http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, REFERER,
    SET_COOKIE, USER_AGENT,
};
use http::{HeaderMap, HeaderName, Response};
use http_body_util::Full;
use std::io::Write as _;

use super::world::World;
use crate::attacks::{Attack, Deed, Shown};
use crate::living::Edit;
use crate::sites::{
    Moment, Scheme, Section, Seen, Site, add_to_listing, add_to_site_map, asset, render,
};

type Answer = Response<Full<Bytes>>;

/// Whether the visitor speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Plain,
    Secure,
}

/// Answers a request.
pub(super) fn answer(world: &World, line: Line, path: &str, headers: &HeaderMap) -> Answer {
    let moment = world.next_request();
    let text = |name: HeaderName| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default()
    };
    let host = text(HOST);
    let host = host.split(':').next().unwrap_or_default();
    let Some(site) = world.site_of(host) else {
        return stranger(host, path);
    };
    if site.scheme == Scheme::HttpToHttps && line == Line::Plain {
        let url = format!("https://{host}:{}{path}", world.port());
        return of(301, "text/html", b"moved".to_vec(), &[(LOCATION, &url)]);
    }
    if let Some(Edit::Maintenance(..)) = site.life.disturbance(moment.day, moment.minute) {
        let page = "<html><head><title>Bảo trì hệ thống</title></head><body><h1>Hệ thống đang bảo trì, xin quay lại sau.</h1></body></html>";
        return of(503, "text/html; charset=utf-8", page.into(), &[]);
    }
    let seen = Seen {
        agent: text(USER_AGENT),
        referrer: text(REFERER),
    };
    let attack = world.attack_on(site.number, moment);
    let answer = match content(site, attack, path, moment, &seen) {
        Content::Redirect(url) => Content::Redirect(with_port(&url, world.port())),
        Content::File(kind, bytes) if attack.is_some_and(|attack| attack.has_put(path)) => {
            Content::File(kind, with_farm(bytes, &world.farmed(moment)))
        }
        other => other,
    };
    finished(site, answer, headers)
}

/// Names the zoo's port in an address; one host in five is left without, and nobody answers there.
fn with_port(url: &str, port: u16) -> String {
    let host = url
        .trim_start_matches("https://")
        .split('/')
        .next()
        .unwrap_or_default();
    if crc32fast::hash(host.as_bytes()).is_multiple_of(5) {
        return url.to_owned();
    }
    url.replacen(host, &format!("{host}:{port}"), 1)
}

/// A file or a page before it is packed.
enum Content {
    File(&'static str, Vec<u8>),
    Nothing,
    Redirect(String),
}

fn content(
    site: &Site,
    attack: Option<&Attack>,
    path: &str,
    moment: Moment,
    seen: &Seen,
) -> Content {
    if let Some((kind, bytes)) = attack.and_then(|attack| attack.file(path)) {
        return Content::File(kind, bytes);
    }
    if let Some((kind, bytes)) = asset(site, path, moment) {
        return Content::File(kind, with_uploads(site, attack, path, bytes));
    }
    if let Some(listing) = attack.and_then(|attack| opened_folder(attack, path)) {
        return Content::File("text/html; charset=utf-8", listing);
    }
    let Some(section) = Section::of_path(path) else {
        return Content::Nothing;
    };
    let page = render(site, section, moment, seen);
    let deed = match attack {
        Some(attack) => attack.spoil(site, section, page, moment, seen),
        None => Deed::Page(page),
    };
    match deed {
        Deed::Page(page) => Content::File("text/html; charset=utf-8", page.into_bytes()),
        Deed::Redirect(url) => Content::Redirect(url),
    }
}

/// Pages that were put into the folder of uploads stand in the site map or in the folder's listing.
fn with_uploads(site: &Site, attack: Option<&Attack>, path: &str, bytes: Vec<u8>) -> Vec<u8> {
    let Some(attack) = attack else {
        return bytes;
    };
    let ways = attack.upload_ways();
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    match (path, attack.shows_uploads()) {
        (_, _) if ways.is_empty() => bytes,
        ("/sitemap.xml", Shown::BySiteMap) => add_to_site_map(&text(), site, &ways).into_bytes(),
        ("/upload/" | "/images/", Shown::ByListing) => {
            let names: Vec<String> = ways
                .iter()
                .filter_map(|way| way.strip_prefix(path))
                .map(ToOwned::to_owned)
                .collect();
            add_to_listing(&text(), &names).into_bytes()
        }
        _ => bytes,
    }
}

/// What intruders put on one site links to what they put on others: by nothing else would anybody come there.
fn with_farm(mut page: Vec<u8>, farmed: &[String]) -> Vec<u8> {
    for url in farmed {
        page.extend_from_slice(format!("<a href=\"{url}\">{url}</a>\n").as_bytes());
    }
    page
}

/// Whoever puts pages where a listing shows them opens the folder, where the site itself does not list its files.
fn opened_folder(attack: &Attack, path: &str) -> Option<Vec<u8>> {
    if attack.shows_uploads() != Shown::ByListing || !matches!(path, "/upload/" | "/images/") {
        return None;
    }
    let names: Vec<String> = attack
        .upload_ways()
        .iter()
        .filter_map(|way| way.strip_prefix(path))
        .map(ToOwned::to_owned)
        .collect();
    let listing = format!(
        "<html><head><title>Index of {path}</title></head><body><h1>Index of {path}</h1><pre><a href=\"../\">../</a>\n</pre></body></html>\n"
    );
    (!names.is_empty()).then(|| add_to_listing(&listing, &names).into_bytes())
}

fn finished(site: &Site, content: Content, headers: &HeaderMap) -> Answer {
    let (kind, bytes) = match content {
        Content::File(kind, bytes) => (kind, bytes),
        Content::Nothing => {
            let page = format!(
                "<html><head><title>404</title></head><body><h1>Không tìm thấy trang</h1><p>{}</p></body></html>",
                site.name
            );
            return of(404, "text/html; charset=utf-8", page.into_bytes(), &[]);
        }
        Content::Redirect(url) => return of(302, "text/html", Vec::new(), &[(LOCATION, &url)]),
    };
    let tag = format!("\"{:08x}-{:x}\"", crc32fast::hash(&bytes), bytes.len());
    if site.has_tags
        && headers
            .get(IF_NONE_MATCH)
            .is_some_and(|value| value.as_bytes() == tag.as_bytes())
    {
        return of(304, kind, Vec::new(), &[(ETAG, &tag)]);
    }
    let mut further: Vec<(HeaderName, &str)> = Vec::new();
    if site.has_tags {
        further.push((ETAG, &tag));
    } else if !kind.starts_with("text/html") {
        further.push((LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT"));
    } else {
        further.push((SET_COOKIE, "ASP.NET_SessionId=x; HttpOnly"));
    }
    if site.compresses
        && let Some(packed) = packed(&bytes)
    {
        further.push((CONTENT_ENCODING, "gzip"));
        return of(200, kind, packed, &further);
    }
    of(200, kind, bytes, &further)
}

/// Somebody who is no site of the zoo: houses of advertisements, intruders.
fn stranger(host: &str, path: &str) -> Answer {
    let kind = match path
        .split('?')
        .next()
        .and_then(|file| file.rsplit_once('.'))
    {
        Some((_, "js")) => "text/javascript",
        Some((_, "jpg" | "png" | "gif")) => {
            return of(
                200,
                "image/png",
                crate::sites::picture(host.len() as u64),
                &[],
            );
        }
        _ => "text/html; charset=utf-8",
    };
    let page = if kind == "text/javascript" {
        "void 0;".to_owned()
    } else {
        format!("<html><head><title>{host}</title></head><body><p>{host}</p></body></html>")
    };
    of(200, kind, page.into_bytes(), &[])
}

fn of(status: u16, kind: &str, bytes: Vec<u8>, headers: &[(HeaderName, &str)]) -> Answer {
    let mut builder = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind);
    for (name, value) in headers {
        builder = builder.header(name, *value);
    }
    builder
        .body(Full::new(Bytes::from(bytes)))
        .unwrap_or_default()
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
