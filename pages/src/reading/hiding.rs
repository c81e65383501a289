//! What a person does not see: by attributes, by style, by colour.

use super::walking::Reading;
use crate::model::{Hidden, HidingWay, UseKind};
use crate::regions::{key_inside, path_of};
use crate::styles::{Colour, Ground, Look};
use crate::tree::Element;

/// Links of one hidden thing that are kept: menus that open over the page have hundreds.
const LINKS_MAX: usize = 500;

/// What stands behind letters and what colour they have, as far as that is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paint {
    ground: Behind,
    letters: Option<Colour>,
}

/// What stands behind letters.
#[derive(Clone, Copy, Debug, Default)]
enum Behind {
    /// Nothing said so: white.
    #[default]
    Page,
    Colour(Colour),
    /// A picture, or what a style sheet says that was not read.
    Unknown,
}

impl Reading<'_> {
    /// Returns how an element is hidden, if it is.
    pub(super) fn hiding_way(&mut self, element: &Element, look: &Look) -> Option<HidingWay> {
        let is_nothing = |name| {
            let value = element.attribute(name).map(str::trim);
            value.is_some_and(|value| matches!(value, "0" | "1" | "0px" | "1px" | "0%"))
        };
        match element.tag() {
            "noscript" => return Some(HidingWay::NoScript),
            "template" => return Some(HidingWay::NotShown),
            "head" | "html" => return None,
            "iframe" | "object" | "embed" | "marquee"
                if is_nothing("width") || is_nothing("height") =>
            {
                return Some(HidingWay::Tiny);
            }
            _ => {}
        }
        if element.attribute("hidden").is_some() {
            return Some(HidingWay::NotShown);
        }
        let is_lost = self.paint(element, look);
        let by_colour = (is_lost && element.tag() != "body").then_some(HidingWay::SameColour);
        look.hides().or(by_colour)
    }

    /// Learns the colours of an element; tells whether they hide its letters.
    fn paint(&mut self, element: &Element, look: &Look) -> bool {
        let attribute = |name| element.attribute(name).and_then(Colour::parse);
        let said = match element.tag() {
            "font" | "basefont" => attribute("color"),
            "body" => attribute("text"),
            _ => None,
        };
        let letters = look.colour().or(said);
        let ground = match look.ground() {
            Some(Ground::Colour(colour)) if colour.is_clear => None,
            Some(Ground::Colour(colour)) => Some(Behind::Colour(*colour)),
            Some(Ground::Picture(_)) => Some(Behind::Unknown),
            None if element.attribute("background").is_some() => Some(Behind::Unknown),
            None => attribute("bgcolor").map(Behind::Colour),
        };
        let has_name = element.attribute("class").is_some() || element.attribute("id").is_some();
        let Some(step) = self.way.last_mut() else {
            return false;
        };
        if let Some(ground) = ground {
            step.paint.ground = ground;
        } else if has_name && self.has_other_sheets {
            // A style sheet that was not read may say what stands behind it.
            step.paint.ground = Behind::Unknown;
        }
        step.paint.letters = letters.or(step.paint.letters);
        let is_said_here = letters.is_some() || ground.is_some();
        let ground = match step.paint.ground {
            Behind::Page => Colour::WHITE,
            Behind::Colour(colour) => colour,
            Behind::Unknown => return false,
        };
        is_said_here
            && step
                .paint
                .letters
                .is_some_and(|letters| !letters.is_clear && letters.is_lost_on(ground))
    }

    /// From here on, what stands in the last element is hidden.
    pub(super) fn begin_hidden(&mut self, way: HidingWay) {
        if self.is_full(self.model.hidden.len()) {
            return;
        }
        let number = self.model.hidden.len();
        let path = path_of(self.way.iter().map(super::walking::Step::name));
        let step = self.way.last_mut().expect("an element was entered");
        step.hidden = Some(number);
        step.cover = None;
        step.key = key_inside(step.key, &step.name);
        step.is_inline = false;
        self.model.hidden.push(Hidden {
            region: step.key,
            path,
            way,
            text: String::new(),
            link_origins: Vec::new(),
            links: Vec::new(),
        });
    }

    /// Keeps a link of a hidden thing with it.
    pub(super) fn note_in_hidden(
        &mut self,
        hidden: Option<usize>,
        kind: UseKind,
        origin: &str,
        url: &str,
    ) {
        let (Some(hidden), UseKind::Link) = (hidden, kind) else {
            return;
        };
        let hidden = &mut self.model.hidden[hidden];
        push_new(&mut hidden.link_origins, origin, LINKS_MAX);
        push_new(&mut hidden.links, url, LINKS_MAX);
    }
}

/// Adds what is not there yet, while there is room.
pub(super) fn push_new(list: &mut Vec<String>, new: &str, most: usize) {
    if list.len() < most && !list.iter().any(|one| one == new) {
        list.push(new.to_owned());
    }
}
