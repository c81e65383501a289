//! The properties that can hide an element, or lay it over everything, and when together they do.

use std::rc::Rc;

use cssparser::Parser;

use super::values::{Colour, Declaration};
use crate::model::HidingWay;

/// Values below which a person sees nothing.
const SEEN_PX: f32 = 2.0;
/// How far outside of the screen nobody scrolls to.
const FAR_PX: f32 = -500.0;
/// How far to the other side.
const BEYOND_PX: f32 = 5_000.0;
/// Opacity below which nothing is seen.
const SEEN_OPACITY: f32 = 0.05;
/// What is as large as this fills a screen of common size.
const SCREEN_PX: f32 = 900.0;
/// What begins as near as this to an edge of the screen begins there.
const EDGE_PX: f32 = 20.0;
/// Declarations that are read in one block.
const DECLARATIONS_MAX: usize = 500;

/// What is or is not.
#[derive(Clone, Copy)]
enum Flag {
    NotDisplayed,
    NotVisible,
    CutsOff,
    /// Moved from where it would lie.
    Lifted,
    /// Taken out of the page: it lies over or under it.
    Overlaid,
    /// The same, and stays where it is while the page scrolls.
    Fixed,
    Clipped,
    /// Made nothing or moved away by `transform` or `filter`.
    Transformed,
}

/// What is so long.
#[derive(Clone, Copy)]
enum Length {
    Opacity,
    Font,
    Width,
    Height,
    WidthMost,
    HeightMost,
    HeightLeast,
    Left,
    Top,
    Right,
    Bottom,
    MarginLeft,
    MarginTop,
    Indent,
    Layer,
}

const FLAGS: usize = Flag::Transformed as usize + 1;
const LENGTHS: usize = Length::Layer as usize + 1;

/// What stands behind the letters of an element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ground {
    /// A colour.
    Colour(Colour),
    /// A picture of this address, or a gradient.
    Picture(Option<Rc<str>>),
}

/// What an element looks like, as far as it matters here. Later and more important declarations win.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Look {
    flags: [Set<bool>; FLAGS],
    lengths: [Set<f32>; LENGTHS],
    colour: Set<Colour>,
    ground: Set<Ground>,
}

/// How strongly something is said: important beats not, then the specificity, then what comes later.
type Weight = (bool, u32, u32);

/// A specificity above that of every selector.
const INLINE: u32 = u32::MAX;

/// A value and how strongly it was said.
#[derive(Clone, Debug, PartialEq)]
struct Set<T> {
    value: Option<T>,
    weight: Weight,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            value: None,
            weight: (false, 0, 0),
        }
    }
}

impl<T: Clone> Set<T> {
    fn say(&mut self, value: T, weight: Weight) {
        if self.value.is_none() || weight >= self.weight {
            *self = Self {
                value: Some(value),
                weight,
            };
        }
    }

    fn weigh(&mut self, specificity: u32, order: u32) {
        self.weight = (self.weight.0, specificity, order);
    }

    fn take(&mut self, other: &Self) {
        if let Some(value) = &other.value {
            self.say(value.clone(), other.weight);
        }
    }
}

impl Look {
    /// Reads the attribute `style`.
    pub(crate) fn parse(text: &str) -> Self {
        let mut look = Self::default();
        look.read(&mut Parser::new(text), &mut |_| {});
        look.weighing(INLINE, 0)
    }

    /// Reads declarations to the end of what `parser` holds; `written` is handed what `content` writes.
    pub(super) fn read(&mut self, parser: &mut Parser<'_>, written: &mut dyn FnMut(&str)) {
        for _ in 0..DECLARATIONS_MAX {
            let Some(declaration) = Declaration::next(parser) else {
                return;
            };
            if declaration.name == "content" && !declaration.text.is_empty() {
                written(&declaration.text);
            }
            self.say(&declaration, (declaration.is_important, 0, 0));
        }
    }

    /// Adds what somebody else says of the same element.
    pub(crate) fn absorb(&mut self, other: &Self) {
        for (mine, theirs) in self.flags.iter_mut().zip(&other.flags) {
            mine.take(theirs);
        }
        for (mine, theirs) in self.lengths.iter_mut().zip(&other.lengths) {
            mine.take(theirs);
        }
        self.colour.take(&other.colour);
        self.ground.take(&other.ground);
    }

    /// Returns the same, said with this strength.
    pub(super) fn weighing(mut self, specificity: u32, order: u32) -> Self {
        for flag in &mut self.flags {
            flag.weigh(specificity, order);
        }
        for length in &mut self.lengths {
            length.weigh(specificity, order);
        }
        self.colour.weigh(specificity, order);
        self.ground.weigh(specificity, order);
        self
    }

    /// Tells whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.flags.iter().all(|one| one.value.is_none())
            && self.lengths.iter().all(|one| one.value.is_none())
            && self.colour.value.is_none()
            && self.ground.value.is_none()
    }

    /// Returns how it hides an element, if it does. What its colour hides, only the ground that it stands on tells.
    pub(crate) fn hides(&self) -> Option<HidingWay> {
        let lifted = self.is(Flag::Lifted);
        let is_far = |length| {
            let value = self.lengths[length as usize].value;
            value.is_some_and(|value| !(FAR_PX..=BEYOND_PX).contains(&value))
        };
        let is_narrow = |length| self.below(length, SEEN_PX);
        if self.is(Flag::NotDisplayed) {
            Some(HidingWay::NotShown)
        } else if self.is(Flag::NotVisible) || self.below(Length::Opacity, SEEN_OPACITY) {
            Some(HidingWay::Invisible)
        } else if (lifted
            && [Length::Left, Length::Top, Length::Right, Length::Bottom]
                .into_iter()
                .any(is_far))
            || self.below(Length::MarginLeft, FAR_PX)
            || self.below(Length::MarginTop, FAR_PX)
            || self.below(Length::Indent, FAR_PX)
        {
            Some(HidingWay::OffScreen)
        } else if self.below(Length::Font, SEEN_PX)
            || (self.is(Flag::CutsOff)
                && [
                    Length::Width,
                    Length::Height,
                    Length::WidthMost,
                    Length::HeightMost,
                ]
                .into_iter()
                .any(is_narrow))
            || self.is(Flag::Clipped)
            || self.is(Flag::Transformed)
        {
            Some(HidingWay::Tiny)
        } else if self.is(Flag::Overlaid) && self.below(Length::Layer, 0.0) {
            Some(HidingWay::Behind)
        } else if self.colour.value.is_some_and(|colour| colour.is_clear)
            && !matches!(self.ground.value, Some(Ground::Picture(_)))
        {
            Some(HidingWay::Invisible)
        } else {
            None
        }
    }

    /// Tells whether it lifts an element out of the flow, so that what is laid into its corners is as large as it is.
    pub(crate) fn is_lifted(&self) -> bool {
        self.is(Flag::Lifted)
    }

    /// Tells whether it lays an element over others.
    pub(crate) fn is_laid_over(&self) -> bool {
        self.is(Flag::Overlaid) || self.is(Flag::Fixed)
    }

    /// Tells whether it makes an element narrower or lower than that.
    pub(crate) fn is_smaller_than(&self, pixels: f32) -> bool {
        let sides = [
            Length::Width,
            Length::Height,
            Length::WidthMost,
            Length::HeightMost,
        ];
        sides.into_iter().any(|side| self.below(side, pixels))
    }

    /// Tells whether an element lies over the whole screen; `is_held` says that something around it is lifted, whose size it then
    /// has.
    pub(crate) fn covers(&self, is_held: bool) -> bool {
        let over = self.is(Flag::Fixed) || (self.is(Flag::Overlaid) && !is_held);
        over && !self.below(Length::Layer, 0.0) && self.fills_screen()
    }

    /// Tells whether it makes an element as large as the screen.
    pub(crate) fn fills_screen(&self) -> bool {
        let is_large = |length| self.above(length, SCREEN_PX);
        let at_edge = |length| {
            let value = self.lengths[length as usize].value;
            value.is_some_and(|value| value.abs() < EDGE_PX)
        };
        let is_wide = is_large(Length::Width) || (at_edge(Length::Left) && at_edge(Length::Right));
        let is_high = is_large(Length::Height)
            || is_large(Length::HeightLeast)
            || (at_edge(Length::Top) && at_edge(Length::Bottom));
        is_wide && is_high
    }

    /// Tells whether it makes an element as high as the screen.
    pub(crate) fn is_as_high_as_the_screen(&self) -> bool {
        self.above(Length::Height, SCREEN_PX) || self.above(Length::HeightLeast, SCREEN_PX)
    }

    /// Returns the colour of its letters.
    pub(crate) fn colour(&self) -> Option<Colour> {
        self.colour.value
    }

    /// Returns what stands behind them.
    pub(crate) fn ground(&self) -> Option<&Ground> {
        self.ground.value.as_ref()
    }

    fn is(&self, flag: Flag) -> bool {
        self.flags[flag as usize].value == Some(true)
    }

    fn below(&self, length: Length, limit: f32) -> bool {
        let value = self.lengths[length as usize].value;
        value.is_some_and(|value| value < limit)
    }

    fn above(&self, length: Length, limit: f32) -> bool {
        let value = self.lengths[length as usize].value;
        value.is_some_and(|value| value >= limit)
    }

    fn say(&mut self, declaration: &Declaration, weight: Weight) {
        let word = declaration.word.as_str();
        let mut flag = |flag: Flag, value: bool| self.flags[flag as usize].say(value, weight);
        match declaration.name.as_str() {
            "display" => flag(Flag::NotDisplayed, word == "none"),
            "visibility" => flag(Flag::NotVisible, matches!(word, "hidden" | "collapse")),
            "content-visibility" => flag(Flag::NotVisible, word == "hidden"),
            "overflow" | "overflow-x" | "overflow-y" => {
                flag(Flag::CutsOff, matches!(word, "hidden" | "clip"));
            }
            "position" => {
                flag(
                    Flag::Lifted,
                    matches!(word, "absolute" | "fixed" | "relative" | "sticky"),
                );
                flag(Flag::Overlaid, matches!(word, "absolute" | "fixed"));
                flag(Flag::Fixed, word == "fixed");
            }
            "clip" | "clip-path" => flag(Flag::Clipped, declaration.cuts_to_nothing),
            "transform" | "filter" => {
                flag(
                    Flag::Transformed,
                    declaration.cuts_to_nothing || declaration.moves_away,
                );
            }
            "color" | "-webkit-text-fill-color" => {
                if let Some(colour) = declaration.colour {
                    self.colour.say(colour, weight);
                }
            }
            "background" | "background-image" | "background-color" => {
                self.say_ground(declaration, weight);
            }
            _ => self.say_lengths(declaration, weight),
        }
    }

    fn say_ground(&mut self, declaration: &Declaration, weight: Weight) {
        let ground = if declaration.has_picture {
            Ground::Picture(declaration.address.as_deref().map(Rc::from))
        } else if let Some(colour) = declaration.colour {
            // A colour behind a picture is not what people see.
            if declaration.name == "background-color"
                && matches!(self.ground.value, Some(Ground::Picture(_)))
            {
                return;
            }
            Ground::Colour(colour)
        } else {
            return;
        };
        self.ground.say(ground, weight);
    }

    fn say_lengths(&mut self, declaration: &Declaration, weight: Weight) {
        let lengths = declaration.lengths.as_slice();
        let mut say = |length: Length, value: Option<&f32>| {
            if let Some(value) = value {
                self.lengths[length as usize].say(*value, weight);
            }
        };
        let single = match declaration.name.as_str() {
            "inset" => {
                let sides = [Length::Top, Length::Right, Length::Bottom, Length::Left];
                for (side, at) in sides.into_iter().zip(sides_of(lengths.len())) {
                    say(side, lengths.get(at));
                }
                return;
            }
            "margin" => {
                let [top, _, _, left] = sides_of(lengths.len());
                say(Length::MarginTop, lengths.get(top));
                say(Length::MarginLeft, lengths.get(left));
                return;
            }
            "opacity" => Length::Opacity,
            "font-size" => Length::Font,
            "width" => Length::Width,
            "height" => Length::Height,
            "max-width" => Length::WidthMost,
            "max-height" => Length::HeightMost,
            "min-height" => Length::HeightLeast,
            "left" | "inset-inline-start" => Length::Left,
            "top" => Length::Top,
            "right" => Length::Right,
            "bottom" => Length::Bottom,
            "margin-left" => Length::MarginLeft,
            "margin-top" => Length::MarginTop,
            "text-indent" => Length::Indent,
            "z-index" => Length::Layer,
            _ => return,
        };
        say(single, declaration.length().as_ref());
    }
}

/// Returns which of so many values holds for top, right, bottom and left.
fn sides_of(count: usize) -> [usize; 4] {
    match count {
        0 | 1 => [0; 4],
        2 => [0, 1, 0, 1],
        3 => [0, 1, 2, 1],
        _ => [0, 1, 2, 3],
    }
}
