//! Headers of an answer that do what markup can do: send visitors on, name style sheets and the true address for search engines,
//! make a file of a page.

use crate::addresses::{Addresses, refresh_target};
use crate::model::{Item, PageModel, Region, RegionKey, Use, UseKind};
use crate::regions::key_inside;
use crate::texts::{Digest, cut_chars};

/// Links of all headers that are read.
const LINKS_MAX: usize = 50;
/// Characters of a text that is kept.
const TEXT_CHARS: usize = 300;
/// What a browser shows as a page (WHATWG, MIME Sniffing); everything of XML beside it.
const PAGES: [&str; 4] = [
    "text/html",
    "application/xhtml+xml",
    "application/xml",
    "text/xml",
];

/// Adds to a page at `url` what its headers do, each a name in lower case and a value.
pub fn add_headers(
    model: &mut PageModel,
    url: &str,
    content_type: Option<&str>,
    headers: &[(String, String)],
) {
    let mut adding = Adding {
        addresses: Addresses::of(url),
        model,
        said: Vec::new(),
    };
    if let Some(other) = content_type.and_then(other_type) {
        adding.said.push(other);
    }
    for (name, value) in headers {
        match name.as_str() {
            "refresh" => {
                if let Some(target) = refresh_target(value) {
                    adding.add(UseKind::Refresh, target);
                }
            }
            "link" => adding.links(value),
            "content-disposition" if value.trim_start().starts_with("inline") => {}
            "content-disposition" | "x-robots-tag" => {
                adding.said.push(format!("{name} {value}"));
            }
            _ => {}
        }
    }
    let said = std::mem::take(&mut adding.said);
    let items: Vec<Item> = said.iter().map(|text| item_of(text)).collect();
    if !items.is_empty() {
        model.regions.push(Region {
            key: key_inside(RegionKey(0), "headers"),
            path: "headers".to_owned(),
            items,
        });
    }
}

struct Adding<'m> {
    addresses: Addresses,
    model: &'m mut PageModel,
    said: Vec<String>,
}

impl Adding<'_> {
    fn add(&mut self, kind: UseKind, address: &str) {
        if let Some((origin, url)) = self.addresses.read(address) {
            self.model.uses.push(Use {
                kind,
                origin,
                url,
                region: RegionKey(0),
                is_hidden: false,
            });
        }
    }

    /// Reads `<address>; rel=word, …` (RFC 8288).
    fn links(&mut self, value: &str) {
        for link in value.split('<').skip(1).take(LINKS_MAX) {
            let Some((address, about)) = link.split_once('>') else {
                continue;
            };
            let about = about.to_ascii_lowercase();
            let rel = about.split_once("rel=").map_or("", |(_, rel)| rel);
            let rel = rel.split([';', ',']).next().unwrap_or_default();
            let mut words = rel.trim_matches(['"', ' ']).split_ascii_whitespace();
            let kind = words.find_map(|word| match word {
                "stylesheet" => Some(UseKind::Style),
                "alternate" | "amphtml" | "canonical" => Some(UseKind::Link),
                "modulepreload" => Some(UseKind::Script),
                _ => None,
            });
            if let Some(kind) = kind {
                self.add(kind, address);
            }
        }
    }
}

/// Returns what an answer says it is, where no browser shows it as a page.
fn other_type(content_type: &str) -> Option<String> {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is_page = PAGES.contains(&essence.as_str()) || essence.ends_with("+xml");
    // What is no type at all is guessed from the first bytes, as browsers do.
    (!is_page && essence.contains('/')).then(|| format!("content-type {essence}"))
}

fn item_of(text: &str) -> Item {
    let text = cut_chars(text, TEXT_CHARS);
    Item {
        digest: Digest::of(&text),
        text,
    }
}
