//! The properties that can hide an element, and when together they do.

use cssparser::{ParseError, Parser, Token};

use crate::model::HidingWay;

/// Values below which a person sees nothing.
const SEEN_PX: f32 = 2.0;
/// How far outside of the screen nobody scrolls to.
const FAR_PX: f32 = -500.0;
/// Opacity below which nothing is seen.
const SEEN_OPACITY: f32 = 0.05;
/// Declarations that are read in one block.
const DECLARATIONS_MAX: usize = 500;

/// What an element looks like, as far as it matters here. Later and more important declarations win.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    not_displayed: Set<bool>,
    not_visible: Set<bool>,
    opacity: Set<f32>,
    font_px: Set<f32>,
    width_px: Set<f32>,
    height_px: Set<f32>,
    cuts_off: Set<bool>,
    is_lifted: Set<bool>,
    left_px: Set<f32>,
    top_px: Set<f32>,
    indent_px: Set<f32>,
    is_clipped: Set<bool>,
}

/// How strongly something is said: important beats not, then the specificity, then what comes later.
type Weight = (bool, u32, u32);

/// A specificity above that of every selector.
const INLINE: u32 = u32::MAX;

/// A value and how strongly it was said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Set<T> {
    value: Option<T>,
    weight: Weight,
}

impl<T: Copy> Set<T> {
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

    fn take(&mut self, other: Self) {
        if let Some(value) = other.value {
            self.say(value, other.weight);
        }
    }
}

impl Look {
    /// Reads the attribute `style`.
    pub(crate) fn parse(text: &str) -> Self {
        let mut look = Self::default();
        look.read(&mut Parser::new(text));
        look.weighing(INLINE, 0)
    }

    /// Reads declarations to the end of what `parser` holds.
    pub(super) fn read(&mut self, parser: &mut Parser<'_>) {
        for _ in 0..DECLARATIONS_MAX {
            let Some(declaration) = Declaration::next(parser) else {
                return;
            };
            self.say(&declaration, (declaration.is_important, 0, 0));
        }
    }

    /// Adds what somebody else says of the same element.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.not_displayed.take(other.not_displayed);
        self.not_visible.take(other.not_visible);
        self.opacity.take(other.opacity);
        self.font_px.take(other.font_px);
        self.width_px.take(other.width_px);
        self.height_px.take(other.height_px);
        self.cuts_off.take(other.cuts_off);
        self.is_lifted.take(other.is_lifted);
        self.left_px.take(other.left_px);
        self.top_px.take(other.top_px);
        self.indent_px.take(other.indent_px);
        self.is_clipped.take(other.is_clipped);
    }

    /// Returns the same, said with this strength.
    pub(super) fn weighing(mut self, specificity: u32, order: u32) -> Self {
        self.not_displayed.weigh(specificity, order);
        self.not_visible.weigh(specificity, order);
        self.opacity.weigh(specificity, order);
        self.font_px.weigh(specificity, order);
        self.width_px.weigh(specificity, order);
        self.height_px.weigh(specificity, order);
        self.cuts_off.weigh(specificity, order);
        self.is_lifted.weigh(specificity, order);
        self.left_px.weigh(specificity, order);
        self.top_px.weigh(specificity, order);
        self.indent_px.weigh(specificity, order);
        self.is_clipped.weigh(specificity, order);
        self
    }

    /// Tells whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns how it hides an element, if it does.
    pub(crate) fn hides(&self) -> Option<HidingWay> {
        let below = |set: Set<f32>, limit: f32| set.value.is_some_and(|value| value < limit);
        let is = |set: Set<bool>| set.value == Some(true);
        let lifted = is(self.is_lifted);
        if is(self.not_displayed) {
            Some(HidingWay::NotShown)
        } else if is(self.not_visible) || below(self.opacity, SEEN_OPACITY) {
            Some(HidingWay::Invisible)
        } else if (lifted && (below(self.left_px, FAR_PX) || below(self.top_px, FAR_PX)))
            || below(self.indent_px, FAR_PX)
        {
            Some(HidingWay::OffScreen)
        } else if below(self.font_px, SEEN_PX)
            || (is(self.cuts_off)
                && (below(self.width_px, SEEN_PX) || below(self.height_px, SEEN_PX)))
            || (lifted && is(self.is_clipped))
        {
            Some(HidingWay::Tiny)
        } else {
            None
        }
    }

    fn say(&mut self, declaration: &Declaration, weight: Weight) {
        let word = declaration.word.as_str();
        let length = declaration.length_px;
        match declaration.name.as_str() {
            "display" => self.not_displayed.say(word == "none", weight),
            "visibility" => {
                let hides = matches!(word, "hidden" | "collapse");
                self.not_visible.say(hides, weight);
            }
            "overflow" | "overflow-x" | "overflow-y" => {
                self.cuts_off.say(matches!(word, "hidden" | "clip"), weight);
            }
            "position" => {
                let lifted = matches!(word, "absolute" | "fixed" | "relative");
                self.is_lifted.say(lifted, weight);
            }
            "clip" | "clip-path" => self.is_clipped.say(declaration.cuts_to_nothing, weight),
            name => {
                let set = match name {
                    "opacity" => &mut self.opacity,
                    "font-size" => &mut self.font_px,
                    "width" | "max-width" => &mut self.width_px,
                    "height" | "max-height" => &mut self.height_px,
                    "left" | "margin-left" => &mut self.left_px,
                    "top" | "margin-top" => &mut self.top_px,
                    "text-indent" => &mut self.indent_px,
                    _ => return,
                };
                if let Some(length) = length {
                    set.say(length, weight);
                }
            }
        }
    }
}

/// One property and the first of its values.
struct Declaration {
    name: String,
    word: String,
    length_px: Option<f32>,
    cuts_to_nothing: bool,
    is_important: bool,
}

impl Declaration {
    fn next(parser: &mut Parser<'_>) -> Option<Self> {
        let mut declaration = loop {
            let name = match parser.next() {
                Ok(Token::Ident(name)) => name.to_ascii_lowercase(),
                Ok(_) => {
                    Self::skip(parser);
                    continue;
                }
                Err(_) => return None,
            };
            if parser.expect_colon().is_ok() {
                break Self {
                    name,
                    word: String::new(),
                    length_px: None,
                    cuts_to_nothing: false,
                    is_important: false,
                };
            }
            Self::skip(parser);
        };
        while let Ok(token) = parser.next() {
            let token = token.clone();
            match token {
                Token::Semicolon => break,
                Token::Delim('!') => {
                    declaration.is_important = parser.expect_ident_matching("important").is_ok();
                }
                Token::Function(name) => {
                    let name = name.to_ascii_lowercase();
                    let nothing = parser.parse_nested_block(|inner| {
                        Ok::<_, ParseError<()>>(is_nothing(&name, inner))
                    });
                    declaration.cuts_to_nothing |= nothing.unwrap_or(false);
                }
                token => declaration.take(&token),
            }
        }
        Some(declaration)
    }

    fn skip(parser: &mut Parser<'_>) {
        while let Ok(token) = parser.next() {
            if matches!(token, Token::Semicolon) {
                return;
            }
        }
    }

    fn take(&mut self, token: &Token<'_>) {
        if self.word.is_empty()
            && let Token::Ident(word) = token
        {
            self.word = word.to_ascii_lowercase();
        }
        if self.length_px.is_none() {
            self.length_px = length_px(token);
        }
    }
}

/// Returns a length in pixels of a screen of common size.
fn length_px(token: &Token<'_>) -> Option<f32> {
    match token {
        Token::Number { value, .. } => Some(*value),
        // Of a width of about a thousand pixels.
        Token::Percentage { unit_value, .. } => Some(*unit_value * 1_000.0),
        Token::Dimension { value, unit, .. } => {
            let of_one = match unit.to_ascii_lowercase().as_str() {
                "em" | "rem" | "ch" | "ex" => 16.0,
                "vw" | "vh" | "vmin" | "vmax" => 10.0,
                "pt" => 1.33,
                "cm" => 38.0,
                "mm" => 3.8,
                "in" => 96.0,
                _ => 1.0,
            };
            Some(value * of_one)
        }
        _ => None,
    }
}

/// Tells whether `rect(…)`, `inset(…)` or `circle(…)` leaves nothing.
fn is_nothing(name: &str, inner: &mut Parser<'_>) -> bool {
    let mut values = Vec::new();
    while let Ok(token) = inner.next() {
        values.extend(length_px(token));
        if values.len() > 8 {
            return false;
        }
    }
    match name {
        "rect" => values.len() == 4 && values.iter().all(|value| (0.0..=1.0).contains(value)),
        "inset" => values.first().is_some_and(|value| *value >= 500.0),
        "circle" => values.first().is_some_and(|value| *value < 1.0),
        _ => false,
    }
}
