//! Site maps as hostile bytes: XML of sitemaps.org, an index of maps, feeds, plain text, each also packed with gzip. Entities are
//! never expanded, nothing is fetched that they name, and every count is bounded.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// Bytes of one map after unpacking, 5 MiB.
const BYTES_MAX: u64 = 5 * 1024 * 1024;
/// Addresses of one map: as many as its format allows.
const ENTRIES_MAX: usize = 50_000;
/// Elements inside each other: maps have three, feeds a few more.
const DEPTH_MAX: usize = 16;
/// Bytes of one address.
const ADDRESS_BYTES_MAX: usize = 2_048;

/// What a site map says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SiteMap {
    /// Addresses of pages.
    pub(super) pages: Vec<String>,
    /// Addresses of further maps.
    pub(super) maps: Vec<String>,
    /// Whether it goes on after a limit, or after something that cannot be read.
    pub(super) is_cut: bool,
}

/// Reads a site map; nothing where it is none, whatever it calls itself.
pub(super) fn read_site_map(body: &[u8]) -> Option<SiteMap> {
    let mut unpacked = Vec::new();
    let mut is_cut = false;
    let bytes = if body.starts_with(&[0x1f, 0x8b]) {
        let mut decoder = MultiGzDecoder::new(body).take(BYTES_MAX);
        // Of a damaged one, what came before counts.
        is_cut = decoder.read_to_end(&mut unpacked).is_err() || decoder.limit() == 0;
        &unpacked
    } else {
        let end = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
        is_cut |= body.len() > end;
        &body[..body.len().min(end)]
    };
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut map = if text.starts_with('<') {
        read_xml(text)?
    } else {
        read_lines(text)?
    };
    map.is_cut |= is_cut;
    Some(map)
}

/// Reads a map of plain text: an address a line, and nothing else.
fn read_lines(text: &str) -> Option<SiteMap> {
    let mut map = SiteMap::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !(line.starts_with("http://") || line.starts_with("https://")) {
            map.is_cut = true;
            break;
        }
        map.take_page(line);
    }
    (!map.pages.is_empty()).then_some(map)
}

/// What an XML document is by its first element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Index,
    Map,
    Feed,
}

fn read_xml(text: &str) -> Option<SiteMap> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut map = SiteMap::default();
    let mut open: Vec<String> = Vec::new();
    let mut form = None;
    let mut address = String::new();
    while !map.is_cut {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name().as_ref().to_owned();
                if form.is_none() {
                    form = Some(form_of(&name)?);
                }
                map.take_attribute(&name, &start);
                address.clear();
                open.push(name);
                map.is_cut |= open.len() > DEPTH_MAX;
            }
            Ok(Event::Empty(start)) => {
                let name = start.local_name().as_ref().to_owned();
                if form.is_none() {
                    form = Some(form_of(&name)?);
                }
                map.take_attribute(&name, &start);
            }
            Ok(Event::Text(text)) => push_limited(&mut address, &text),
            Ok(Event::CData(text)) => push_limited(&mut address, &text),
            // Only the five of XML itself: what a document defines is not expanded, and the address then leads nowhere.
            Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                Ok(Some(letter)) => push_limited(&mut address, letter.encode_utf8(&mut [0; 4])),
                _ => push_limited(
                    &mut address,
                    resolve_xml_entity(&reference).unwrap_or("\u{fffd}"),
                ),
            },
            Ok(Event::End(_)) => {
                if let Some(form) = form {
                    map.end(form, &open, &address);
                }
                open.pop();
                address.clear();
            }
            Ok(Event::Eof) => {
                map.is_cut |= !open.is_empty();
                break;
            }
            Ok(_) => {}
            Err(_) => map.is_cut = true,
        }
    }
    form.map(|_| map)
}

fn form_of(root: &str) -> Option<Form> {
    match root {
        "urlset" => Some(Form::Map),
        "sitemapindex" => Some(Form::Index),
        "rss" | "feed" | "RDF" => Some(Form::Feed),
        _ => None,
    }
}

impl SiteMap {
    /// An element ends: where it held an address, the map has one more.
    fn end(&mut self, form: Form, open: &[String], address: &str) {
        let [.., parent, element] = open else {
            return;
        };
        match (form, parent.as_str(), element.as_str()) {
            (Form::Map, "url", "loc") | (Form::Feed, "item", "link") => self.take_page(address),
            (Form::Index, "sitemap", "loc") => self.take_map(address),
            _ => {}
        }
    }

    /// Feeds in Atom name addresses in attributes.
    fn take_attribute(&mut self, name: &str, start: &BytesStart<'_>) {
        if name != "link" {
            return;
        }
        let href = start.attributes().flatten().take(16).find(|attribute| {
            attribute.key.as_ref() == "href" && attribute.value.len() <= ADDRESS_BYTES_MAX
        });
        if let Some(href) = href {
            self.take_page(&href.value.replace("&amp;", "&"));
        }
    }

    fn take_page(&mut self, address: &str) {
        Self::take(&mut self.pages, &mut self.is_cut, address);
    }

    fn take_map(&mut self, address: &str) {
        Self::take(&mut self.maps, &mut self.is_cut, address);
    }

    fn take(list: &mut Vec<String>, is_cut: &mut bool, address: &str) {
        let address = address.trim();
        if list.len() >= ENTRIES_MAX {
            *is_cut = true;
        } else if !address.is_empty() && address.len() < ADDRESS_BYTES_MAX {
            list.push(address.to_owned());
        }
    }
}

fn push_limited(address: &mut String, text: &str) {
    let room = ADDRESS_BYTES_MAX.saturating_sub(address.len());
    address.push_str(&text[..text.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn pages(text: &str) -> Vec<String> {
        read_site_map(text.as_bytes()).unwrap().pages
    }

    #[test]
    fn every_form_of_a_map_is_read() {
        let map = "\u{feff}<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:image='i'>\
            <url><loc>https://a.example/1?a=1&amp;b=2</loc><image:image><image:loc>https://a.example/i.png</image:loc></image:image></url>\
            <url><loc> <![CDATA[https://a.example/2]]> </loc><lastmod>2026-07-01</lastmod></url></urlset>";
        let expected = ["https://a.example/1?a=1&b=2", "https://a.example/2"];
        assert_eq!(pages(map), expected);
        assert_eq!(
            read_site_map(&packed(map.as_bytes())).unwrap().pages,
            expected
        );
        assert_eq!(
            pages("https://a.example/1?a=1&b=2\r\n\r\nhttps://a.example/2\n"),
            expected
        );
        let rss = "<rss><channel><link>https://a.example/</link><item><title>x</title><link>https://a.example/3</link></item></channel></rss>";
        assert_eq!(pages(rss), ["https://a.example/3"]);
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link rel='alternate' href='/4?x&amp;y'/></entry></feed>";
        assert_eq!(pages(atom), ["/4?x&y"]);
        let index = "<sitemapindex><sitemap><loc>/a.xml.gz</loc></sitemap></sitemapindex>";
        assert_eq!(read_site_map(index.as_bytes()).unwrap().maps, ["/a.xml.gz"]);
    }

    #[test]
    fn entities_of_a_documents_own_are_not_expanded() {
        let mut laughs = String::new();
        for level in 1..10 {
            let inner = format!("&l{};", level - 1).repeat(10);
            let _ = write!(laughs, "<!ENTITY l{level} \"{inner}\">");
        }
        let map = format!(
            "<!DOCTYPE urlset [<!ENTITY l0 \"lol\">{laughs}<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
            <urlset><url><loc>https://a.example/&l9;</loc></url><url><loc>&f;</loc></url></urlset>"
        );
        let found = pages(&map);
        assert_eq!(found, ["https://a.example/\u{fffd}", "\u{fffd}"]);
    }

    #[test]
    fn bombs_and_endless_maps_end_and_say_so() {
        let bomb = packed(&vec![b' '; 200_000_000]);
        assert!(read_site_map(&bomb).is_none());
        let mut long = String::from("<urlset>");
        for number in 0..60_000 {
            let _ = write!(long, "<url><loc>/{number}</loc></url>");
        }
        let map = read_site_map(long.as_bytes()).unwrap();
        assert!(map.is_cut && map.pages.len() == 50_000);
        let deep = format!("<urlset>{}", "<url>".repeat(100_000));
        assert!(read_site_map(deep.as_bytes()).unwrap().is_cut);
        let address = format!(
            "<urlset><url><loc>/{}</loc></url><url><loc>/b</loc></url></urlset>",
            "a".repeat(1_000_000)
        );
        assert_eq!(pages(&address), ["/b"]);
        let half = packed(b"<urlset><url><loc>/a</loc></url>");
        assert!(read_site_map(&half[..half.len() - 6]).is_none_or(|map| map.is_cut));
    }

    #[test]
    fn what_calls_itself_a_map_and_is_none_is_none() {
        for body in [
            "",
            "<",
            "<html><body>404",
            "no map",
            "{}",
            "\0\0",
            "<!DOCTYPE html><html></html>",
            "<svg/>",
        ] {
            assert_eq!(read_site_map(body.as_bytes()), None, "{body}");
        }
        assert!(read_site_map(&[0x1f, 0x8b, 0, 0]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_map_or_none(pieces in proptest::collection::vec(
            prop_oneof![
                Just("<urlset>"), Just("<sitemapindex><sitemap>"), Just("<url>"), Just("<loc>"), Just("</loc>"), Just("<!--"),
                Just("<![CDATA["), Just("]]>"), Just("&#x110000;"), Just("&amp"), Just("<link href='"), Just("<rss><item><link>"), Just("https://a/"), Just("\n"), Just("ế"),
            ], 0..40)) {
            if let Some(map) = read_site_map(pieces.concat().as_bytes()) {
                prop_assert!(map.pages.iter().all(|address| address.len() < ADDRESS_BYTES_MAX));
            }
        }
    }
}
