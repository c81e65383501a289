//! What lies over or behind the whole page, or is all of it. A bar at the bottom that asks for cookies is none of this; a box over
//! everything that a script shows later is hidden until then.

use super::hiding::push_new;
use super::walking::Reading;
use crate::model::{Cover, CoverWay, RegionKey, UseKind};
use crate::regions::path_of;
use crate::styles::{Ground, Look};
use crate::tree::Element;

/// Pictures and origins of one cover that are kept.
const PICTURES_MAX: usize = 20;
/// Covers of one page that are kept.
const COVERS_MAX: usize = 50;
/// Bytes of text below which a page with a picture is nothing but that picture.
const LITTLE_TEXT: usize = 200;
/// Pictures and links of such a page.
const FEW: usize = 3;
/// Elements below which a page can be nothing but a picture.
const FEW_ELEMENTS: usize = 40;

/// What the visible page has, counted while it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub(super) letters: usize,
    elements: usize,
    links: usize,
    shown: usize,
    pictures: Vec<String>,
    has_begun: bool,
}

impl Body {
    /// Counts an element that is seen.
    pub(super) fn count(&mut self, tag: &str) {
        self.has_begun |= tag == "body";
        if self.has_begun {
            self.elements += 1;
            let shows = matches!(
                tag,
                "img"
                    | "image"
                    | "video"
                    | "iframe"
                    | "frame"
                    | "object"
                    | "embed"
                    | "canvas"
                    | "svg"
            );
            self.shown += usize::from(shows);
        }
    }

    /// Counts an address that is seen.
    pub(super) fn note(&mut self, kind: UseKind, url: &str) {
        match kind {
            UseKind::Link if self.has_begun => self.links += 1,
            UseKind::Image | UseKind::Frame if self.has_begun => {
                push_new(&mut self.pictures, url, PICTURES_MAX);
            }
            _ => {}
        }
    }

    fn is_only_a_picture(&self) -> bool {
        self.letters < LITTLE_TEXT
            && (1..=FEW).contains(&self.shown.max(self.pictures.len()))
            && self.links <= FEW
            && self.elements <= FEW_ELEMENTS
    }
}

impl Reading<'_> {
    /// Finds out whether an element covers the page, or has a picture behind it that does.
    pub(super) fn look_for_cover(&mut self, element: &Element, look: &Look) {
        let Some(step) = self.way.last() else {
            return;
        };
        let (is_held, is_inside) = (step.is_held, step.cover.is_some());
        let is_root = matches!(element.tag(), "body" | "html");
        if is_root || look.is_as_high_as_the_screen() {
            let picture = match look.ground() {
                Some(Ground::Picture(address)) => address.as_deref().map(str::to_owned),
                _ => element.attribute("background").map(str::to_owned),
            };
            let url = picture.and_then(|address| self.addresses.read(&address));
            if let Some((_, url)) = url {
                self.begin_cover(CoverWay::Background, Some(url));
            }
            if is_root {
                return;
            }
        }
        let is_over =
            look.covers(is_held) || (shows(element) && (look.fills_screen() || is_large(element)));
        if is_over && !is_inside {
            let picture = match look.ground() {
                Some(Ground::Picture(Some(address))) => self.addresses.read(address),
                _ => None,
            };
            let number = self.model.covers.len();
            if self.begin_cover(CoverWay::OverAll, picture.map(|(_, url)| url))
                && let Some(step) = self.way.last_mut()
            {
                step.cover = Some(number);
            }
        }
    }

    fn begin_cover(&mut self, way: CoverWay, picture: Option<String>) -> bool {
        if self.model.covers.len() >= COVERS_MAX {
            return false;
        }
        let key = self.way.last().map_or(RegionKey(0), |step| step.key);
        self.model.covers.push(Cover {
            region: key,
            path: path_of(self.way.iter().map(super::walking::Step::name)),
            way,
            pictures: picture.into_iter().collect(),
            text: String::new(),
            link_origins: Vec::new(),
        });
        true
    }

    /// Keeps a picture or a link of a cover with it.
    pub(super) fn note_in_cover(
        &mut self,
        cover: Option<usize>,
        kind: UseKind,
        origin: &str,
        url: &str,
    ) {
        let Some(cover) = cover.map(|number| &mut self.model.covers[number]) else {
            return;
        };
        match kind {
            UseKind::Image | UseKind::Frame => push_new(&mut cover.pictures, url, PICTURES_MAX),
            UseKind::Link => push_new(&mut cover.link_origins, origin, PICTURES_MAX),
            _ => {}
        }
    }

    /// Leaves out covers that hold nothing, such as the shade behind a box, and looks whether a picture is all there is.
    pub(super) fn end_covers(&mut self) {
        self.model.covers.retain(|cover| {
            !(cover.pictures.is_empty() && cover.text.is_empty() && cover.link_origins.is_empty())
        });
        if self.body.is_only_a_picture() {
            self.model.covers.push(Cover {
                region: RegionKey(0),
                path: "body".to_owned(),
                way: CoverWay::Alone,
                pictures: std::mem::take(&mut self.body.pictures),
                text: String::new(),
                link_origins: Vec::new(),
            });
        }
    }
}

/// Tells whether an element shows something of its own.
fn shows(element: &Element) -> bool {
    matches!(
        element.tag(),
        "img" | "video" | "iframe" | "object" | "embed" | "canvas"
    )
}

/// Tells whether its attributes make it as large as the screen.
fn is_large(element: &Element) -> bool {
    let is_large = |name| {
        let value = element.attribute(name).unwrap_or_default().trim();
        match value.strip_suffix('%') {
            Some(percent) => percent.parse().is_ok_and(|percent: f32| percent >= 90.0),
            None => value
                .trim_end_matches("px")
                .parse()
                .is_ok_and(|pixels: f32| pixels >= 900.0),
        }
    };
    is_large("width") && is_large("height")
}
