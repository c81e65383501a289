//! One walk over the tree of a page, from which its model is made.

use std::time::Instant;

use unicode_normalization::UnicodeNormalization;

use crate::addresses::{Addresses, origins_in, refresh_target};
use crate::limits::Limits;
use crate::model::{Hidden, HidingWay, PageModel, RegionKey, Use, UseKind};
use crate::parsing::Source;
use crate::regions::{Regions, key_inside, path_of, step_of};
use crate::scripts::read_script;
use crate::styles::{Ancestor, Look, Sheets};
use crate::texts::{cut_chars, push_tidied};
use crate::tree::{Element, Kind, NodeId, Tree};

/// Characters of a title and of a hidden text that are kept.
const TEXT_CHARS: usize = 1_000;
/// Bytes of one script or style sheet that are read.
const CODE_BYTES: usize = 512 * 1024;
/// Elements between looks at the clock.
const ELEMENTS_A_LOOK: usize = 256;
/// Elements that stand in a line of text rather than making a place of their own.
const INLINE: [&str; 38] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "button", "cite", "code", "del", "dfn",
    "em", "font", "i", "img", "input", "ins", "kbd", "label", "mark", "meter", "output",
    "progress", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
    "u", "wbr",
];

/// Reads the tree of a page.
pub(crate) fn read(
    tree: &Tree,
    source: &Source<'_>,
    limits: &Limits,
    deadline: Instant,
) -> PageModel {
    let mut reading = Reading {
        tree,
        limits,
        addresses: Addresses::of(source.url),
        sheets: Sheets::default(),
        model: PageModel::default(),
        regions: Regions::default(),
        way: Vec::new(),
        line: String::new(),
        text_bytes: 0,
    };
    for sheet in source.style_sheets {
        reading.sheets.add(sheet);
    }
    reading.prepare();
    reading.walk(deadline);
    reading.model.regions = reading.regions.into_list();
    let mut writing = std::mem::take(&mut reading.model.writing);
    for line in reading.model.lines() {
        writing.count(line);
    }
    reading.model.writing = writing;
    reading.model
}

struct Reading<'t> {
    tree: &'t Tree,
    limits: &'t Limits,
    addresses: Addresses,
    sheets: Sheets,
    model: PageModel,
    regions: Regions,
    /// From the root to where the walk is.
    way: Vec<Step<'t>>,
    /// The line of text that the walk is in.
    line: String,
    text_bytes: usize,
}

/// An element on the way.
struct Step<'t> {
    element: &'t Element,
    name: String,
    /// The place that its text belongs to: its own, or for a piece of a line the place of the line.
    key: RegionKey,
    is_inline: bool,
    /// Which hidden thing it is part of, by number.
    hidden: Option<usize>,
}

enum Visit {
    Enter(NodeId),
    Leave,
}

impl<'t> Reading<'t> {
    /// Learns what holds for the whole page wherever it stands: styles, the base of addresses, title and language.
    fn prepare(&mut self) {
        let mut has_base = false;
        let mut has_title = false;
        let mut waiting = vec![Tree::DOCUMENT];
        while let Some(node) = waiting.pop() {
            if let Kind::Element(element) = self.tree.kind(node) {
                match element.tag() {
                    "style" => {
                        let text = self.code(node);
                        self.sheets.add(&text);
                    }
                    "base" if !has_base => {
                        if let Some(href) = element.attribute("href") {
                            has_base = true;
                            self.addresses.start_from(href);
                        }
                    }
                    "title" if !has_title => {
                        has_title = true;
                        let mut title = String::new();
                        push_tidied(&mut title, &self.code(node), TEXT_CHARS * 4);
                        self.model.title = cut_chars(title.trim_end(), TEXT_CHARS);
                    }
                    "html" if self.model.language.is_empty() => {
                        let language = element.attribute("lang").unwrap_or_default();
                        self.model.language = cut_chars(&language.to_lowercase(), 35);
                    }
                    _ => {}
                }
            }
            let from = waiting.len();
            waiting.extend(self.tree.children(node));
            waiting[from..].reverse();
        }
    }

    fn walk(&mut self, deadline: Instant) {
        let mut waiting = vec![Visit::Enter(Tree::DOCUMENT)];
        let mut count = 0_usize;
        while let Some(visit) = waiting.pop() {
            count += 1;
            let is_late = count.is_multiple_of(ELEMENTS_A_LOOK) && Instant::now() > deadline;
            if is_late || self.text_bytes > self.limits.text_bytes {
                self.model.is_cut = true;
                break;
            }
            match visit {
                Visit::Leave => self.leave(),
                Visit::Enter(node) => match self.tree.kind(node) {
                    Kind::Text(text) => self.text(text),
                    Kind::Other => waiting.extend(self.backwards(node)),
                    Kind::Element(element) => {
                        if self.enter(node, element) {
                            waiting.push(Visit::Leave);
                            waiting.extend(self.backwards(node));
                        }
                    }
                },
            }
        }
        self.end_line();
    }

    fn backwards(&self, node: NodeId) -> Vec<Visit> {
        let mut children: Vec<Visit> = self.tree.children(node).map(Visit::Enter).collect();
        children.reverse();
        children
    }

    /// Goes into an element; tells whether there is anything in it to be read.
    fn enter(&mut self, node: NodeId, element: &'t Element) -> bool {
        let is_inline = INLINE.contains(&element.tag());
        if !is_inline || element.tag() == "br" {
            self.end_line();
        }
        let outer = self.way.last().map_or(RegionKey(0), |step| step.key);
        let name = step_of(element);
        let key = if is_inline {
            outer
        } else {
            key_inside(outer, &name)
        };
        let hidden = self.way.last().and_then(|step| step.hidden);
        self.way.push(Step {
            element,
            name,
            key,
            is_inline,
            hidden,
        });
        if hidden.is_none()
            && let Some(way) = self.hiding_way(element)
        {
            self.begin_hidden(way);
        }
        self.addresses_of(element);
        self.handlers_of(element);
        let is_read = match element.tag() {
            "script" => {
                self.script(node, element);
                false
            }
            "style" => {
                let text = self.code(node);
                for origin in origins_in(&text, 100) {
                    self.add_use(UseKind::Style, &origin);
                }
                false
            }
            "title" => false,
            _ => true,
        };
        if !is_read {
            self.leave();
        }
        is_read
    }

    fn leave(&mut self) {
        if self.way.last().is_some_and(|step| !step.is_inline) {
            self.end_line();
        }
        self.way.pop();
    }

    fn text(&mut self, text: &str) {
        let before = self.line.len();
        push_tidied(&mut self.line, text, self.limits.text_bytes);
        self.text_bytes += self.line.len() - before;
    }

    /// Gives the line of text to the place that it stands in.
    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if line.trim().is_empty() {
            return;
        }
        if !line.is_ascii() {
            line = line.nfc().collect();
        }
        let Some(step) = self.way.last() else {
            return;
        };
        if let Some(hidden) = step.hidden {
            let text = &mut self.model.hidden[hidden].text;
            let room = TEXT_CHARS.saturating_sub(text.chars().count());
            if room > 1 {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&cut_chars(line.trim_end(), room - 1));
            }
            return;
        }
        let way = &self.way;
        let path = || path_of(way.iter().filter(|step| !step.is_inline).map(Step::name));
        self.regions.add(step.key, path, &line);
    }

    fn hiding_way(&self, element: &Element) -> Option<HidingWay> {
        let is_nothing = |name| {
            let value = element.attribute(name).map(str::trim);
            value.is_some_and(|value| matches!(value, "0" | "1" | "0px" | "1px"))
        };
        match element.tag() {
            "noscript" => return Some(HidingWay::NoScript),
            "template" => return Some(HidingWay::NotShown),
            "head" | "html" => return None,
            "iframe" | "object" | "embed" if is_nothing("width") || is_nothing("height") => {
                return Some(HidingWay::Tiny);
            }
            _ => {}
        }
        if element.attribute("hidden").is_some() {
            return Some(HidingWay::NotShown);
        }
        let way: Vec<Ancestor<'_>> = self.way.iter().map(Step::ancestor).collect();
        let mut look = self.sheets.look_of(&way);
        if let Some(style) = element.attribute("style") {
            look.absorb(&Look::parse(style));
        }
        look.hides()
    }

    fn begin_hidden(&mut self, way: HidingWay) {
        if self.model.hidden.len() >= self.limits.entries {
            self.model.is_cut = true;
            return;
        }
        // What stands before belongs to the visible line.
        self.end_line();
        let number = self.model.hidden.len();
        let path = path_of(self.way.iter().map(Step::name));
        let step = self.way.last_mut().expect("an element was entered");
        step.hidden = Some(number);
        step.key = key_inside(step.key, &step.name);
        step.is_inline = false;
        self.model.hidden.push(Hidden {
            region: step.key,
            path,
            way,
            text: String::new(),
            link_origins: Vec::new(),
        });
    }

    fn addresses_of(&mut self, element: &Element) {
        let attribute = |name| element.attribute(name).unwrap_or_default();
        match element.tag() {
            "a" | "area" => self.add_use(UseKind::Link, attribute("href")),
            "base" => self.add_use(UseKind::Base, attribute("href")),
            "form" => self.add_use(UseKind::Form, attribute("action")),
            "button" | "input" => {
                self.add_use(UseKind::Form, attribute("formaction"));
                if element.tag() == "input" {
                    self.add_use(UseKind::Image, attribute("src"));
                }
            }
            "iframe" | "frame" | "embed" => {
                self.add_use(UseKind::Frame, attribute("src"));
                for origin in origins_in(attribute("srcdoc"), 100) {
                    self.add_use(UseKind::Frame, &origin);
                }
            }
            "object" => self.add_use(UseKind::Frame, attribute("data")),
            "img" | "video" | "audio" | "source" | "image" => {
                self.add_use(UseKind::Image, attribute("src"));
                self.add_use(UseKind::Image, attribute("poster"));
            }
            "link" => {
                let rel = attribute("rel").to_ascii_lowercase();
                let is = |word: &str| rel.split_ascii_whitespace().any(|one| one == word);
                if is("stylesheet") {
                    self.add_use(UseKind::Style, attribute("href"));
                } else if is("canonical") || is("alternate") || is("amphtml") {
                    self.add_use(UseKind::Link, attribute("href"));
                } else if is("modulepreload") {
                    self.add_use(UseKind::Script, attribute("href"));
                }
            }
            "meta" if attribute("http-equiv").eq_ignore_ascii_case("refresh") => {
                if let Some(target) = refresh_target(attribute("content")) {
                    self.add_use(UseKind::Refresh, target);
                }
            }
            _ => {}
        }
    }

    fn handlers_of(&mut self, element: &Element) {
        for code in element.handlers() {
            self.add_script(code);
        }
    }

    fn script(&mut self, node: NodeId, element: &Element) {
        if let Some(address) = element.attribute("src") {
            self.add_use(UseKind::Script, address);
            return;
        }
        let kind = element.attribute("type").unwrap_or_default();
        // What describes the page for search engines is text, not code.
        if !kind.contains("json") {
            let text = self.code(node);
            self.add_script(&text);
        }
    }

    fn add_script(&mut self, code: &str) {
        if code.trim().is_empty() {
            return;
        }
        if self.model.scripts.len() < self.limits.entries {
            self.model.scripts.push(read_script(code));
        } else {
            self.model.is_cut = true;
        }
    }

    fn add_use(&mut self, kind: UseKind, address: &str) {
        let Some((origin, url)) = self.addresses.read(address) else {
            return;
        };
        if self.model.uses.len() >= self.limits.entries {
            self.model.is_cut = true;
            return;
        }
        let step = self.way.last();
        let hidden = step.and_then(|step| step.hidden);
        if let (Some(hidden), UseKind::Link) = (hidden, kind) {
            let origins = &mut self.model.hidden[hidden].link_origins;
            if !origins.contains(&origin) && origins.len() < 100 {
                origins.push(origin.clone());
            }
        }
        self.model.uses.push(Use {
            kind,
            origin,
            url,
            region: step.map_or(RegionKey(0), |step| step.key),
            is_hidden: hidden.is_some(),
        });
    }

    fn code(&self, node: NodeId) -> String {
        let mut text = String::new();
        self.tree.text_below(node, CODE_BYTES, &mut text);
        text
    }
}

impl<'t> Step<'t> {
    fn name(&self) -> &str {
        &self.name
    }

    fn ancestor(&self) -> Ancestor<'t> {
        Ancestor {
            tag: self.element.tag(),
            id: self.element.attribute("id").unwrap_or_default(),
            classes: self.element.attribute("class").unwrap_or_default(),
        }
    }
}
