//! What is no page: style sheets, scripts, pictures, robots.txt, site maps, listings of folders.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::site::{Moment, Section, Site};
use crate::chance::Chance;

/// Returns the kind and the bytes of a file of a site, where there is one at this way.
pub fn asset(site: &Site, path: &str, moment: Moment) -> Option<(&'static str, Vec<u8>)> {
    let (file, version) = path.split_once('?').unwrap_or((path, ""));
    let seed = file
        .bytes()
        .chain(version.bytes())
        .fold(site.seed, |sum, byte| sum.rotate_left(5) ^ u64::from(byte));
    let is_in = |folder: &str, ending: &str| file.starts_with(folder) && file.ends_with(ending);
    if file == "/robots.txt" {
        let text = format!(
            "User-agent: *\nDisallow: /admin/\nSitemap: {}\n",
            "/sitemap.xml"
        );
        return Some(("text/plain", text.into_bytes()));
    }
    if file == "/sitemap.xml" {
        return Some(("application/xml", site_map(site, moment).into_bytes()));
    }
    if is_in("/css/", ".css") {
        let text = "body{margin:0;font:15px/1.5 sans-serif} .gallery figure{display:inline-block} .m-burger{float:right}";
        return Some(("text/css", text.as_bytes().to_vec()));
    }
    if is_in("/js/", ".js") {
        let text = "document.querySelectorAll('.tab').forEach(function(t){t.onclick=function(){t.classList.toggle('open')}});";
        return Some(("text/javascript", text.as_bytes().to_vec()));
    }
    if is_in("/images/", ".svg") {
        let colour = Chance::of(&[seed]).between(0, 0xff_ffff);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"48\" height=\"48\"><rect width=\"48\" height=\"48\" fill=\"#{colour:06x}\"/></svg>"
        );
        return Some(("image/svg+xml", text.into_bytes()));
    }
    if is_in("/images/", ".png") || is_in("/upload/", ".png") {
        return Some(("image/png", picture(seed)));
    }
    if site.lists_folders && matches!(file, "/upload/" | "/images/") {
        return Some(("text/html; charset=utf-8", listing(site, file).into_bytes()));
    }
    None
}

fn site_map(site: &Site, moment: Moment) -> String {
    let mut map = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let state = site.life.state(moment.day);
    let sections = [Section::Home]
        .into_iter()
        .chain(Section::BRANCHES)
        .chain((0..state.branches).map(Section::Extra));
    for path in sections.map(|section| site.path_of(section)) {
        let _ = writeln!(map, "<url><loc>https://{}{path}</loc></url>", site.host);
    }
    map.push_str("</urlset>\n");
    map
}

fn listing(site: &Site, folder: &str) -> String {
    let mut page = format!(
        "<html><head><title>Index of {folder}</title></head><body><h1>Index of {folder}</h1><pre><a href=\"../\">../</a>\n"
    );
    for number in 0..12 {
        let _ = writeln!(
            page,
            "<a href=\"anh{0}.png\">anh{0}.png</a>    2026-01-{1:02} 08:12   {2}K",
            number,
            number + 1,
            site.seed % 90 + number
        );
    }
    page.push_str("</pre></body></html>\n");
    page
}

/// Returns a small picture: stripes in colours of its seed (PNG, the W3C's recommendation of 2003).
pub fn picture(seed: u64) -> Vec<u8> {
    const SIDE: u32 = 32;
    let mut chance = Chance::of(&[seed, 40]);
    let colours: Vec<[u8; 3]> = (0..4)
        .map(|_| chance.number().to_le_bytes())
        .map(|bytes| [bytes[0], bytes[1], bytes[2]])
        .collect();
    let mut rows = Vec::new();
    for row in 0..SIDE {
        rows.push(0);
        for column in 0..SIDE {
            rows.extend(colours[((row / 8 + column / 16) % 4) as usize]);
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder
        .write_all(&rows)
        .and_then(|()| encoder.finish())
        .unwrap_or_default();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = SIDE.to_be_bytes().to_vec();
    header.extend(SIDE.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    for (kind, data) in [(b"IHDR", header), (b"IDAT", packed), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        let mut piece = kind.to_vec();
        piece.extend(data);
        png.extend(&piece);
        png.extend(crc32fast::hash(&piece).to_be_bytes());
    }
    png
}

/// Adds ways to a site map.
pub fn add_to_site_map(map: &str, site: &Site, ways: &[String]) -> String {
    let mut more = String::new();
    for way in ways {
        let _ = writeln!(more, "<url><loc>https://{}{way}</loc></url>", site.host);
    }
    map.replace("</urlset>", &format!("{more}</urlset>"))
}

/// Adds files to the listing of a folder.
pub fn add_to_listing(listing: &str, names: &[String]) -> String {
    let mut more = String::new();
    for name in names {
        let _ = writeln!(
            more,
            "<a href=\"{name}\">{name}</a>    2026-03-01 02:44   14K"
        );
    }
    listing.replace("</pre>", &format!("{more}</pre>"))
}
