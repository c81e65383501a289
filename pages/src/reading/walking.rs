//! The walk itself: which place each text stands in.

use std::time::Instant;

use unicode_normalization::UnicodeNormalization;

use super::covering::Body;
use super::hiding::Paint;
use crate::addresses::Addresses;
use crate::limits::Limits;
use crate::model::{PageModel, RegionKey, UseKind};
use crate::parsing::Source;
use crate::regions::{Regions, key_inside, path_of, step_of};
use crate::styles::{Ancestor, Look, Sheets};
use crate::texts::{as_seen, cut_chars, push_tidied};
use crate::tree::{Element, Kind, NodeId, Tree};

/// Characters of a title, of a hidden text and of a cover that are kept.
pub(super) const TEXT_CHARS: usize = 1_000;
/// Bytes of one style sheet in which addresses are looked for.
const CODE_BYTES: usize = 512 * 1024;
/// Bytes of all style sheets of one page that are read.
const SHEETS_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of the classes of one element that are compared with style sheets.
const CLASSES_BYTES: usize = 1_024;
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
    inner_depth: usize,
) -> PageModel {
    let mut reading = Reading {
        tree,
        limits,
        deadline,
        inner_depth,
        url: source.url,
        addresses: Addresses::of(source.url),
        sheets: Sheets::default(),
        has_other_sheets: false,
        model: PageModel::default(),
        regions: Regions::default(),
        way: Vec::new(),
        around: Vec::new(),
        line: String::new(),
        text_bytes: 0,
        body: Body::default(),
        has_title: false,
    };
    let mut room = SHEETS_BYTES;
    for sheet in source.style_sheets {
        let sheet = crate::tree::cut(sheet, room);
        room -= sheet.len();
        reading.sheets.add(sheet);
        if Instant::now() > deadline {
            break;
        }
    }
    reading.prepare(source.style_sheets.len());
    reading.walk(deadline);
    for sheet in source.style_sheets {
        reading.sheet_addresses(crate::tree::cut(sheet, CODE_BYTES));
    }
    reading.end()
}

pub(super) struct Reading<'t> {
    tree: &'t Tree,
    pub(super) limits: &'t Limits,
    pub(super) deadline: Instant,
    /// Pages inside of pages that may still be read.
    pub(super) inner_depth: usize,
    pub(super) url: &'t str,
    pub(super) addresses: Addresses,
    pub(super) sheets: Sheets,
    /// Whether it asks for style sheets that were not fetched with it.
    pub(super) has_other_sheets: bool,
    pub(super) model: PageModel,
    regions: Regions,
    /// From the root to where the walk is.
    pub(super) way: Vec<Step>,
    /// The same, as selectors see it.
    around: Vec<Ancestor<'t>>,
    /// The line of text that the walk is in.
    line: String,
    text_bytes: usize,
    pub(super) body: Body,
    has_title: bool,
}

/// An element on the way.
pub(super) struct Step {
    pub(super) name: String,
    /// The place that its text belongs to: its own, or for a piece of a line the place of the line.
    pub(super) key: RegionKey,
    pub(super) is_inline: bool,
    /// Which hidden thing it is part of, by number.
    pub(super) hidden: Option<usize>,
    /// Which cover it is part of, by number.
    pub(super) cover: Option<usize>,
    /// What stands behind its letters, and in which colour they are.
    pub(super) paint: Paint,
    /// Whether it or something around it is lifted.
    pub(super) is_held: bool,
}

enum Visit {
    Enter(NodeId),
    Leave,
}

impl<'t> Reading<'t> {
    /// Learns what holds for the whole page wherever it stands: styles, the base of addresses, title and language.
    fn prepare(&mut self, fetched: usize) {
        let mut has_base = false;
        let mut has_title = false;
        let mut asked = 0;
        let mut room = SHEETS_BYTES;
        let mut waiting = vec![Tree::DOCUMENT];
        while let Some(node) = waiting.pop() {
            if let Kind::Element(element) = self.tree.kind(node) {
                match element.tag() {
                    "style" if room > 0 => {
                        let text = self.code(node);
                        room = room.saturating_sub(text.len());
                        self.sheets.add(&text);
                    }
                    "base" if !has_base => {
                        if let Some(href) = element.attribute("href") {
                            has_base = true;
                            self.addresses.start_from(href);
                        }
                    }
                    "link" => {
                        let rel = element.attribute("rel").unwrap_or_default();
                        asked += usize::from(rel.to_ascii_lowercase().contains("stylesheet"));
                    }
                    // Drawings have titles too, which nobody sees.
                    "title" if !has_title && element.is_html() => {
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
        self.has_other_sheets = asked > fetched;
    }

    fn walk(&mut self, deadline: Instant) {
        let mut waiting = vec![Visit::Enter(Tree::DOCUMENT)];
        while let Some(visit) = waiting.pop() {
            // Elements with many rules and ancestors cost much more than a look at the clock.
            if Instant::now() > deadline || self.text_bytes > self.limits.text_bytes {
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
        self.push_step(element, is_inline);
        if self.way.last().is_some_and(|step| step.hidden.is_none()) {
            self.look_at(element);
        }
        self.addresses_of(element);
        self.handlers_of(element);
        self.texts_of(element);
        let is_read = match element.tag() {
            "script" => {
                let text = self.code(node);
                self.script(&text, element);
                false
            }
            "style" => {
                let text = self.code(node);
                self.sheet_addresses(&text);
                false
            }
            "title" if element.is_html() => {
                self.further_title(node);
                false
            }
            _ => true,
        };
        if !is_read {
            self.leave();
        }
        is_read
    }

    fn push_step(&mut self, element: &'t Element, is_inline: bool) {
        let outer = self.way.last();
        let place = outer.map_or(RegionKey(0), |step| step.key);
        let name = step_of(element);
        let step = Step {
            key: if is_inline {
                place
            } else {
                key_inside(place, &name)
            },
            name,
            is_inline,
            hidden: outer.and_then(|step| step.hidden),
            cover: outer.and_then(|step| step.cover),
            paint: outer.map_or_else(Paint::default, |step| step.paint),
            is_held: outer.is_some_and(|step| step.is_held),
        };
        self.way.push(step);
        let classes = self.classes_of(element);
        self.around.push(Ancestor {
            tag: element.tag(),
            id: element.attribute("id").unwrap_or_default(),
            classes,
        });
    }

    fn classes_of(&mut self, element: &'t Element) -> &'t str {
        let classes = element.attribute("class").unwrap_or_default();
        self.model.is_cut |= classes.len() > CLASSES_BYTES;
        crate::tree::cut(classes, CLASSES_BYTES)
    }

    /// A title that is not the first: no browser shows it, and search engines may.
    fn further_title(&mut self, node: NodeId) {
        if std::mem::replace(&mut self.has_title, true) {
            let text = self.code(node);
            self.add_text("head > title", &text);
        }
    }

    /// Finds out whether an element is seen, and whether anything else is seen beside it.
    fn look_at(&mut self, element: &Element) {
        let mut look = self.sheets.look_of(&self.around);
        if let Some(style) = element.attribute("style") {
            look.absorb(&Look::parse(style));
        }
        if let Some(way) = self.hiding_way(element, &look) {
            // What stands before belongs to the visible line.
            self.end_line();
            self.begin_hidden(way);
            return;
        }
        self.body.count(element.tag());
        self.look_for_cover(element, &look);
        self.note_film(element, &look);
        if let Some(step) = self.way.last_mut() {
            step.is_held |= look.is_lifted();
        }
    }

    fn leave(&mut self) {
        if self.way.last().is_some_and(|step| !step.is_inline) {
            self.end_line();
        }
        self.way.pop();
        self.around.pop();
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
            line = as_seen(&line.nfc().collect::<String>());
        }
        let Some(step) = self.way.last() else {
            return;
        };
        if let Some(hidden) = step.hidden {
            let rest = append(&mut self.model.hidden[hidden].text, &line);
            if !rest.is_empty() {
                // What has no room there is not lost.
                let rest = rest.to_owned();
                let key = key_inside(step.key, "hidden");
                self.regions.add(key, || "hidden".to_owned(), &rest);
            }
            return;
        }
        if let Some(cover) = step.cover {
            append(&mut self.model.covers[cover].text, &line);
        }
        self.body.letters += line.len();
        let way = &self.way;
        let path = || path_of(way.iter().filter(|step| !step.is_inline).map(Step::name));
        self.regions.add(step.key, path, &line);
    }

    /// Adds a text that stands in no element: what a style sheet writes, what describes the page.
    pub(super) fn add_text(&mut self, place: &str, text: &str) {
        let mut tidy = String::new();
        push_tidied(&mut tidy, text, TEXT_CHARS * 4);
        let line: String = tidy.nfc().collect();
        if line.trim().is_empty() {
            return;
        }
        self.text_bytes += line.len();
        let key = key_inside(RegionKey(0), place);
        self.regions.add(key, || place.to_owned(), &line);
    }

    /// Adds a text that stands in an attribute where the walk is.
    pub(super) fn add_text_here(&mut self, name: &str, text: &str) {
        let mut tidy = String::new();
        push_tidied(&mut tidy, text, TEXT_CHARS * 4);
        let line: String = tidy.nfc().collect();
        self.text_bytes += line.len();
        let step = format!("@{name}");
        let key = key_inside(step_key(self.way.last()), &step);
        let way = &self.way;
        let steps = || way.iter().filter(|step| !step.is_inline).map(Step::name);
        let path = || path_of(steps().chain([step.as_str()]));
        self.regions.add(key, path, &line);
    }

    fn end(mut self) -> PageModel {
        let written = self.sheets.written().to_vec();
        for text in written {
            self.add_text("style > content", &text);
        }
        self.end_covers();
        self.model.is_cut |= self.sheets.is_cut();
        self.model.regions = self.regions.into_list();
        let mut writing = std::mem::take(&mut self.model.writing);
        for line in self.model.lines() {
            writing.count(line);
        }
        self.model.writing = writing;
        self.model
    }

    pub(super) fn is_full(&mut self, count: usize) -> bool {
        let is_full = count >= self.limits.entries;
        self.model.is_cut |= is_full;
        is_full
    }

    fn code(&self, node: NodeId) -> String {
        let mut text = String::new();
        self.tree
            .text_below(node, self.limits.markup_bytes, &mut text);
        text
    }

    /// Adds an address for a use where the walk is.
    pub(super) fn add_use(&mut self, kind: UseKind, address: &str) {
        let Some((origin, url)) = self.addresses.read(address) else {
            return;
        };
        if self.is_full(self.model.uses.len()) {
            return;
        }
        let step = self.way.last();
        let hidden = step.and_then(|step| step.hidden);
        let cover = step.and_then(|step| step.cover);
        self.note_in_hidden(hidden, kind, &origin, &url);
        self.note_in_cover(cover, kind, &origin, &url);
        if hidden.is_none() {
            self.body.note(kind, &url);
        }
        self.model.uses.push(crate::model::Use {
            kind,
            origin,
            url,
            region: step_key(self.way.last()),
            is_hidden: hidden.is_some(),
        });
    }
}

impl Step {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn step_key(step: Option<&Step>) -> RegionKey {
    step.map_or(RegionKey(0), |step| step.key)
}

/// Appends a line to a text that is kept, as long as there is room; returns what has none.
fn append<'l>(text: &mut String, line: &'l str) -> &'l str {
    let line = line.trim_end();
    let room = TEXT_CHARS.saturating_sub(text.chars().count());
    if room <= 1 {
        return line;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    let end = line
        .char_indices()
        .nth(room - 1)
        .map_or(line.len(), |(at, _)| at);
    text.push_str(&line[..end]);
    &line[end..]
}
