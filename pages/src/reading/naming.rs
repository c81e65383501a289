//! What a page names: every address with what it is for, and the scripts in elements, attributes and addresses.

use super::hiding::push_new;
use super::walking::Reading;
use crate::addresses::{origins_in, refresh_target};
use crate::model::UseKind;
use crate::parsing::read_inner;
use crate::scripts::{SCRIPT_BYTES, data_of, read_inline, texts_in};
use crate::styles::{SheetUse, addresses_in};
use crate::texts::cut_chars;
use crate::tree::{Element, cut};

/// Candidates of one `srcset` that are read.
const CANDIDATES_MAX: usize = 50;
/// Texts of one description in JSON that are read.
const DESCRIBED_MAX: usize = 500;
/// Style sheets of a page that are named.
const SHEETS_MAX: usize = 200;
/// Attributes that say which part of the page an element shows to whoever asks for it.
const OPENING: [&str; 4] = ["href", "data-bs-target", "data-target", "aria-controls"];
/// Parts of one page that are noted as opened, and bytes of the name of one.
const OPENED_MAX: usize = 200;
const ID_BYTES_MAX: usize = 100;
/// Attributes in which scripts find the address of a picture that is loaded when it is scrolled to.
const LATER: [&str; 4] = ["data-src", "data-original", "data-lazy-src", "data-bg"];

impl Reading<'_> {
    /// Adds the addresses that an element names.
    pub(super) fn addresses_of(&mut self, element: &Element) {
        self.note_opened(element);
        let attribute = |name| element.attribute(name).unwrap_or_default();
        match element.tag() {
            "a" | "area" => self.add_way(UseKind::Link, attribute("href")),
            "base" => self.add_use(UseKind::Base, attribute("href")),
            "form" => self.add_way(UseKind::Form, attribute("action")),
            "button" | "input" => {
                self.add_way(UseKind::Form, attribute("formaction"));
                if element.tag() == "input" {
                    self.add_use(UseKind::Image, attribute("src"));
                }
            }
            "iframe" | "frame" | "embed" => self.frame(element),
            "object" => {
                self.add_way(UseKind::Frame, attribute("data"));
                if let Some(markup) = data_of(attribute("data")) {
                    self.inner_page(&markup);
                }
            }
            // Takes an attribute of what stands around it, and makes it something else.
            "set" | "animate" => {
                for name in ["to", "values"] {
                    for address in attribute(name).split(';').take(CANDIDATES_MAX) {
                        if address.contains(':') {
                            self.add_way(UseKind::Link, address);
                        }
                    }
                }
            }
            "portal" | "fencedframe" => self.add_way(UseKind::Frame, attribute("src")),
            "applet" => {
                self.add_use(UseKind::Script, attribute("archive"));
                self.add_use(UseKind::Script, attribute("code"));
            }
            "img" | "video" | "audio" | "source" | "image" | "feImage" | "use" | "track" => {
                self.picture(element);
            }
            "link" => self.link(element),
            "meta" => self.meta(element),
            // Everything in a formula can be a link.
            _ if !element.is_html() => self.add_way(UseKind::Link, attribute("href")),
            _ => {}
        }
        if let Some(address) = element.attribute("background") {
            self.add_use(UseKind::Image, address);
        }
        if let Some(style) = element
            .attribute("style")
            .filter(|style| style.contains('('))
        {
            self.sheet_addresses(style);
        }
    }

    /// Notes which parts of the page an element opens that a person sees: leaves, menus and dialogs by their `id`.
    fn note_opened(&mut self, element: &Element) {
        if self.way.last().is_none_or(|step| step.hidden.is_some()) {
            return;
        }
        for name in OPENING {
            let value = element.attribute(name).unwrap_or_default().trim();
            let id = match (name, value.strip_prefix('#')) {
                (_, Some(id)) => id,
                ("aria-controls", None) => value,
                _ => continue,
            };
            if !id.is_empty() && id.len() <= ID_BYTES_MAX {
                push_new(&mut self.model.opens, id, OPENED_MAX);
            }
        }
    }

    fn frame(&mut self, element: &Element) {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        self.add_way(UseKind::Frame, attribute("src"));
        self.add_way(UseKind::Frame, attribute("data-src"));
        let inner = match attribute("srcdoc") {
            "" => data_of(attribute("src")),
            markup => Some(markup.to_owned()),
        };
        if let Some(markup) = inner {
            self.inner_page(&markup);
        }
    }

    /// Reads a page that stands in an attribute: its scripts work on the page around it.
    fn inner_page(&mut self, markup: &str) {
        for origin in origins_in(markup, 100) {
            self.add_use(UseKind::Frame, &origin);
        }
        if self.inner_depth == 0 {
            self.model.is_cut = true;
            return;
        }
        let base = self.addresses.base().unwrap_or(self.url).to_owned();
        let depth = self.inner_depth - 1;
        let inner = read_inner(markup, &base, self.limits, self.deadline, depth);
        let is_seen = self.way.last().is_some_and(|step| step.hidden.is_none());
        self.model.is_cut |= inner.is_cut;
        for script in inner.scripts {
            if !self.is_full(self.model.scripts.len()) {
                self.model.scripts.push(script);
            }
        }
        for one in &inner.uses {
            self.add_use(one.kind, &one.url);
        }
        for hidden in inner.hidden {
            if is_seen && !self.is_full(self.model.hidden.len()) {
                self.model.hidden.push(hidden);
            }
        }
        for region in inner.regions.iter().filter(|_| is_seen) {
            for item in &region.items {
                self.add_text("iframe > content", &item.text);
            }
        }
    }

    /// Adds texts that visitors see although they stand in attributes, and those that style sheets take from there.
    pub(super) fn texts_of(&mut self, element: &Element) {
        if self.way.last().is_none_or(|step| step.hidden.is_some()) {
            return;
        }
        let kind = element.attribute("type").unwrap_or_default();
        let is_button = ["submit", "button", "reset"]
            .iter()
            .any(|one| kind.eq_ignore_ascii_case(one));
        let shown: &[&str] = match element.tag() {
            "input" if is_button => &["value"],
            "input" | "textarea" => &["placeholder"],
            "optgroup" | "option" | "track" => &["label"],
            _ => &[],
        };
        let written = self.sheets.written_attributes().to_vec();
        let names = shown
            .iter()
            .copied()
            .chain(written.iter().map(String::as_str));
        for name in names {
            let text = element.attribute(name).unwrap_or_default();
            if text.chars().any(char::is_alphabetic) {
                self.add_text_here(name, text);
            }
        }
    }

    fn picture(&mut self, element: &Element) {
        for name in ["src", "poster", "href"] {
            self.add_use(UseKind::Image, element.attribute(name).unwrap_or_default());
        }
        for name in LATER {
            self.add_use(UseKind::Image, element.attribute(name).unwrap_or_default());
        }
        for name in ["srcset", "data-srcset"] {
            let candidates = element.attribute(name).unwrap_or_default();
            for address in candidates_of(candidates) {
                self.add_use(UseKind::Image, address);
            }
        }
    }

    fn link(&mut self, element: &Element) {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        let rel = attribute("rel").to_ascii_lowercase();
        let is = |word: &str| rel.split_ascii_whitespace().any(|one| one == word);
        let kind = if is("stylesheet") {
            self.name_sheet(attribute("href"));
            UseKind::Style
        } else if is("canonical") || is("alternate") || is("amphtml") || is("manifest") {
            UseKind::Link
        } else if is("modulepreload") {
            UseKind::Script
        } else if is("prerender") {
            UseKind::Frame
        } else if is("preload") || is("prefetch") {
            match attribute("as") {
                "script" | "worker" => UseKind::Script,
                "style" | "font" => UseKind::Style,
                "document" | "frame" | "iframe" => UseKind::Frame,
                "" => UseKind::Link,
                _ => UseKind::Image,
            }
        } else if is("icon") || is("apple-touch-icon") || is("mask-icon") || is("image_src") {
            UseKind::Image
        } else {
            return;
        };
        self.add_use(kind, attribute("href"));
    }

    fn meta(&mut self, element: &Element) {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        let content = attribute("content");
        let equivalent = attribute("http-equiv");
        if equivalent.eq_ignore_ascii_case("refresh") {
            if let Some(target) = refresh_target(content) {
                self.add_way(UseKind::Refresh, target);
            }
            return;
        }
        if equivalent.eq_ignore_ascii_case("content-security-policy") {
            self.add_text("head > meta policy", content);
        }
        let name = element
            .attribute("property")
            .or_else(|| element.attribute("name"));
        match name.unwrap_or_default().to_ascii_lowercase().as_str() {
            "og:image"
            | "og:image:url"
            | "og:image:secure_url"
            | "twitter:image"
            | "og:video"
            | "msapplication-tileimage" => self.add_use(UseKind::Image, content),
            "description" | "og:description" | "twitter:description" => {
                self.add_text("head > meta description", content);
            }
            "keywords" | "news_keywords" => self.add_text("head > meta keywords", content),
            "og:title" | "twitter:title" | "og:site_name" | "application-name" => {
                self.add_text("head > meta title", content);
            }
            "og:url" | "twitter:url" => self.add_use(UseKind::Link, content),
            // Whether search engines take the page, and who is the site's owner to them.
            name @ ("robots" | "googlebot" | "bingbot" | "coccocbot") => {
                self.add_text(&format!("head > meta {name}"), content);
            }
            name if name.contains("verif") || name == "msvalidate.01" => {
                let content = cut_chars(content, 200);
                let said = format!("{} {content}", cut_chars(name, 100));
                self.add_text("head > meta owner", &said);
            }
            _ => {}
        }
    }

    /// Adds where somebody is taken to; an address that is a script is read as one.
    fn add_way(&mut self, kind: UseKind, address: &str) {
        self.add_use(kind, address);
        // What browsers take out of addresses and leave out before them (WHATWG, URL).
        let is_left_out = |letter: char| letter.is_control() || letter == ' ';
        let address: String = address
            .trim_start_matches(is_left_out)
            .chars()
            .filter(|letter| !matches!(letter, '\t' | '\n' | '\r'))
            .collect();
        let scheme = address.get(.."javascript:".len()).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("javascript:") {
            let code = &address["javascript:".len()..];
            let is_nothing = matches!(
                code.trim(),
                "" | ";" | "void(0)" | "void(0);" | "void 0" | "//"
            );
            if !is_nothing {
                self.add_script(&format!("{code}\n"));
            }
        }
    }

    /// Adds the addresses that a style sheet names.
    pub(super) fn sheet_addresses(&mut self, text: &str) {
        for (sheet_use, address) in addresses_in(text) {
            let kind = match sheet_use {
                SheetUse::Picture => UseKind::Image,
                SheetUse::Font => UseKind::Style,
                SheetUse::Import => {
                    self.name_sheet(address);
                    UseKind::Style
                }
            };
            self.add_use(kind, address);
        }
    }

    fn name_sheet(&mut self, address: &str) {
        if let Some((_, url)) = self.addresses.read(address) {
            push_new(&mut self.model.style_sheets, &url, SHEETS_MAX);
        }
    }

    /// Reads the handlers of events of an element.
    pub(super) fn handlers_of(&mut self, element: &Element) {
        for code in element.handlers() {
            self.add_script(code);
        }
    }

    /// Reads an element `script`.
    pub(super) fn script(&mut self, text: &str, element: &Element) {
        let address = element
            .attribute("src")
            .or_else(|| element.attribute("href"));
        if let Some(address) = address {
            self.add_use(UseKind::Script, address);
            if let Some(code) = data_of(address) {
                self.add_script(&code);
            }
            return;
        }
        let kind = element.attribute("type").unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        // What describes the page for search engines, or waits for scripts to show it, is text, not code.
        if kind.contains("json") {
            self.described(text, kind.contains("ld+json"));
        } else {
            self.add_script(text);
        }
    }

    /// Reads the texts of a description in JSON; addresses of one for search engines lead where they lead.
    fn described(&mut self, text: &str, is_for_search: bool) {
        for said in texts_in(text, DESCRIBED_MAX) {
            let is_address = said.starts_with("http:") || said.starts_with("https:");
            if is_address && is_for_search && !said.contains("//schema.org") {
                self.add_use(UseKind::Link, &said);
            } else if said.contains(' ') && !is_address {
                self.add_text("script > description", &said);
            }
        }
    }

    fn add_script(&mut self, code: &str) {
        // A long script is several: what stands at its end is read as well.
        let mut rest = code;
        while !rest.trim().is_empty() && !self.is_full(self.model.scripts.len()) {
            let piece = cut(rest, SCRIPT_BYTES);
            self.model.scripts.push(read_inline(piece));
            rest = &rest[piece.len()..];
        }
    }
}

/// Returns the addresses of a `srcset`: each up to a space, what follows up to a comma says when to take it.
fn candidates_of(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < CANDIDATES_MAX {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        found.push(address.trim_end_matches(','));
        rest = if address.ends_with(',') {
            after
        } else {
            after.split_once(',').map_or("", |(_, after)| after)
        };
    }
    found
}
