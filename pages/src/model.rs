//! What is known of a page once it has been read: small enough to keep, complete enough to judge by.

use serde::{Deserialize, Serialize};

use crate::vocabulary::Term;

/// One reading of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageModel {
    /// What stands in its title.
    pub title: String,
    /// The language that it says it is in, in lower case; empty where it says none.
    pub language: String,
    /// How many letters of each writing its visible text has.
    pub writing: Writing,
    /// What stands where, in the order in which it comes.
    pub regions: Vec<Region>,
    /// Every address that it names, and what for.
    pub uses: Vec<Use>,
    /// Scripts that stand in the page itself.
    pub scripts: Vec<InlineScript>,
    /// What a person does not see.
    pub hidden: Vec<Hidden>,
    /// What lies over the whole page, or stands for all of it.
    #[serde(default)]
    pub covers: Vec<Cover>,
    /// Whole addresses of the frames that everybody sees and that have the size and shape of a film, each once, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub films: Vec<String>,
    /// Whole addresses of the style sheets that it asks for, each once, in order.
    #[serde(default)]
    pub style_sheets: Vec<String>,
    /// The `id` of each part of the page that something visible of it opens, each once, in order.
    #[serde(default)]
    pub opens: Vec<String>,
    /// Whether it went on after a limit.
    pub is_cut: bool,
}

/// Names a place in the structure of a page: tags, ids and classes from the root downwards, without counting siblings.
/// The items of a list share one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RegionKey(pub u64);

/// A place and everything that stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Its name for programs.
    pub key: RegionKey,
    /// Its name for people: `body > div#main > ul.news > li`.
    pub path: String,
    /// What stands in it, in order.
    pub items: Vec<Item>,
}

/// A piece of text in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Of the text, spaces made one.
    pub digest: u64,
    /// The text, cut at 1,000 characters.
    pub text: String,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UseKind {
    /// All relative addresses start from it.
    Base,
    /// What is typed goes there.
    Form,
    /// A page inside the page, or an embedded object.
    Frame,
    /// A picture, a film, a sound; also as a background, as an icon, and for those who share the page.
    Image,
    /// A person can go there.
    Link,
    /// The browser goes there by itself.
    Refresh,
    /// Code that runs.
    Script,
    /// What it looks like.
    Style,
}

/// An address on a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// What for.
    pub kind: UseKind,
    /// Scheme, host and port; the scheme alone for `data:` and the like.
    pub origin: String,
    /// The whole address, cut at 2,048 characters.
    pub url: String,
    /// Where it stands.
    pub region: RegionKey,
    /// Whether a person does not see it.
    pub is_hidden: bool,
}

/// A script that stands in the page: in an element, in an attribute, in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineScript {
    /// Of its words, without numbers and without what stands in quotes: values may change with each visit.
    pub shape: u64,
    /// What it does that intruders' scripts do.
    pub signs: ScriptSigns,
    /// Origins that it names, openly or put together from pieces.
    pub origins: Vec<String>,
    /// Words of intruders in its texts.
    #[serde(default)]
    pub terms: Vec<Term>,
    /// How it begins.
    pub beginning: String,
}

/// What a script does that intruders' scripts do. Each is also done by honest ones.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent observations, each of them shown to people by name"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScriptSigns {
    /// Sends the visitor elsewhere.
    pub redirects: bool,
    /// Makes code out of text: `eval`, `atob`, `fromCharCode`, long encoded strings.
    pub decodes: bool,
    /// Adds scripts or frames, or writes markup.
    pub adds: bool,
    /// Asks who the visitor is or where they come from.
    pub asks_visitor: bool,
    /// Writes something that a person does not see.
    pub hides: bool,
}

/// Why a person does not see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HidingWay {
    /// The attribute `hidden`, or `display: none`.
    NotShown,
    /// `visibility: hidden`, or transparent.
    Invisible,
    /// Far outside of the screen.
    OffScreen,
    /// A size of nothing, or letters of nothing.
    Tiny,
    /// Only where scripts do not run.
    NoScript,
    /// In the colour of what it stands on.
    SameColour,
    /// Behind everything else.
    Behind,
}

/// Something that a person does not see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// Where.
    pub region: RegionKey,
    /// Its name for people.
    pub path: String,
    /// Why.
    pub way: HidingWay,
    /// What stands there, cut at 1,000 characters.
    pub text: String,
    /// Origins of links in it, each once, in order.
    pub link_origins: Vec<String>,
    /// Whole addresses of the first links in it, also to its own site, each once, in order.
    #[serde(default)]
    pub links: Vec<String>,
}

/// How something stands for the whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverWay {
    /// Nearly nothing else is on the page.
    Alone,
    /// A picture behind everything.
    Background,
    /// It lies over everything.
    OverAll,
}

/// Something that lies over or behind the whole page, or is all of it. Bars and boxes that leave most of the page free are none,
/// nor is what is not shown before a script shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Where.
    pub region: RegionKey,
    /// Its name for people.
    pub path: String,
    /// How it covers the page.
    pub way: CoverWay,
    /// Whole addresses of the pictures and frames in it, each once, in order.
    pub pictures: Vec<String>,
    /// What stands in it, cut at 1,000 characters.
    pub text: String,
    /// Origins of links in it, each once, in order.
    pub link_origins: Vec<String>,
}

/// Letters by writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Latin without Vietnamese marks.
    pub latin: u32,
    /// Latin letters that only Vietnamese has, or has marked so.
    pub vietnamese: u32,
    /// Han, kana, hangul.
    pub east_asian: u32,
    /// Cyrillic.
    pub cyrillic: u32,
    /// Arabic and Hebrew.
    pub arabic: u32,
    /// Thai, Lao, Khmer, Burmese.
    pub south_east_asian: u32,
    /// Every other letter.
    pub other: u32,
}

impl PageModel {
    /// Returns the region of this name.
    pub fn region(&self, key: RegionKey) -> Option<&Region> {
        self.regions.iter().find(|region| region.key == key)
    }

    /// Returns the visible text, an item a line.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let items = self.regions.iter().flat_map(|region| &region.items);
        items.map(|item| item.text.as_str())
    }

    /// Returns every text but the title, an item a line: what is seen, then what is not.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let hidden = self.hidden.iter().map(|one| one.text.as_str());
        self.lines().chain(hidden)
    }

    /// Returns everything that the page says, seen or not: the title and [`Self::texts`], each on a line.
    pub fn whole_text(&self) -> String {
        let mut text = self.title.clone();
        for line in self.texts() {
            text.push('\n');
            text.push_str(line);
        }
        text
    }
}

impl Writing {
    /// Returns all letters together.
    pub fn letters(&self) -> u32 {
        [
            self.latin,
            self.vietnamese,
            self.east_asian,
            self.cyrillic,
            self.arabic,
            self.south_east_asian,
            self.other,
        ]
        .into_iter()
        .fold(0, u32::saturating_add)
    }

    /// Returns the letters of writings that neither Vietnamese nor English has.
    pub fn foreign(&self) -> u32 {
        self.letters() - self.latin - self.vietnamese
    }
}

impl ScriptSigns {
    /// Tells whether there is any.
    pub fn any(self) -> bool {
        self.redirects || self.decodes || self.adds || self.asks_visitor || self.hides
    }
}
