//! What a page names: every address with what it is for, and the scripts in elements, attributes and addresses.

use super::hiding::push_new;
use super::walking::Reading;
use crate::addresses::{origins_in, refresh_target};
use crate::model::UseKind;
use crate::scripts::{data_of, read_inline};
use crate::styles::{SheetUse, addresses_in};
use crate::texts::without_tags;
use crate::tree::Element;

/// Candidates of one `srcset` that are read.
const CANDIDATES_MAX: usize = 50;
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
            "object" => self.add_way(UseKind::Frame, attribute("data")),
            "applet" => {
                self.add_use(UseKind::Script, attribute("archive"));
                self.add_use(UseKind::Script, attribute("code"));
            }
            "img" | "video" | "audio" | "source" | "image" | "feImage" | "use" | "track" => {
                self.picture(element);
            }
            "link" => self.link(element),
            "meta" => self.meta(element),
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
            for origin in origins_in(&markup, 100) {
                self.add_use(UseKind::Frame, &origin);
            }
            if self.way.last().is_some_and(|step| step.hidden.is_none()) {
                self.add_text("iframe > content", &without_tags(&markup));
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
        if attribute("http-equiv").eq_ignore_ascii_case("refresh") {
            if let Some(target) = refresh_target(content) {
                self.add_way(UseKind::Refresh, target);
            }
            return;
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
            "og:title" | "twitter:title" | "og:site_name" => {
                self.add_text("head > meta title", content);
            }
            _ => {}
        }
    }

    /// Adds where somebody is taken to; an address that is a script is read as one.
    fn add_way(&mut self, kind: UseKind, address: &str) {
        self.add_use(kind, address);
        let address = address.trim_start();
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
        // What describes the page for search engines is text, not code.
        if !kind.contains("json") {
            self.add_script(text);
        }
    }

    fn add_script(&mut self, code: &str) {
        if !code.trim().is_empty() && !self.is_full(self.model.scripts.len()) {
            self.model.scripts.push(read_inline(code));
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
