//! Values of CSS as far as they matter here: lengths, colours, shapes that leave nothing, addresses.

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

/// Values of one declaration that are read.
const VALUES_MAX: usize = 32;

/// A colour: red, green, blue, and whether it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    /// Red, green and blue.
    pub(crate) parts: [u8; 3],
    /// Whether it is so thin that nothing of it is seen.
    pub(crate) is_clear: bool,
}

impl Colour {
    /// White: the ground of a page that says nothing.
    pub(crate) const WHITE: Self = Self::of(255, 255, 255);

    const fn of(red: u8, green: u8, blue: u8) -> Self {
        Self {
            parts: [red, green, blue],
            is_clear: false,
        }
    }

    /// Reads the value of an attribute: `white`, `#fff`, `ffffff`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let hash = text.strip_prefix('#').unwrap_or(text);
        if let Ok((red, green, blue)) = parse_named_color(text) {
            return Some(Self::of(red, green, blue));
        }
        let (red, green, blue, _) = parse_hash_color(hash.as_bytes()).ok()?;
        Some(Self::of(red, green, blue))
    }

    /// Tells whether letters of this colour are not seen on that ground.
    pub(crate) fn is_lost_on(self, ground: Self) -> bool {
        let apart = self.parts.iter().zip(ground.parts);
        let apart = apart.map(|(one, other)| u32::from(one.abs_diff(other)));
        apart.sum::<u32>() <= 24
    }

    fn of_token(token: &Token<'_>) -> Option<Self> {
        match token {
            Token::Ident(word) if word.eq_ignore_ascii_case("transparent") => Some(Self {
                parts: [0; 3],
                is_clear: true,
            }),
            Token::Ident(word) => {
                let (red, green, blue) = parse_named_color(word).ok()?;
                Some(Self::of(red, green, blue))
            }
            Token::Hash(digits) | Token::IDHash(digits) => {
                let (red, green, blue, alpha) = parse_hash_color(digits.as_bytes()).ok()?;
                Some(Self {
                    parts: [red, green, blue],
                    is_clear: alpha < 0.05,
                })
            }
            _ => None,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a byte"
    )]
    fn of_numbers(numbers: &[f32]) -> Option<Self> {
        let part = |at: usize| numbers.get(at).map(|value| value.clamp(0.0, 255.0) as u8);
        Some(Self {
            parts: [part(0)?, part(1)?, part(2)?],
            is_clear: numbers.get(3).is_some_and(|alpha| *alpha < 0.05),
        })
    }
}

/// One property and what of its values matters.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent observations of one declaration"
)]
#[derive(Default)]
pub(super) struct Declaration {
    pub(super) name: String,
    /// Its first word.
    pub(super) word: String,
    /// Its first lengths, in pixels of a screen of common size.
    pub(super) lengths: Vec<f32>,
    /// Its first colour.
    pub(super) colour: Option<Colour>,
    /// Its first address.
    pub(super) address: Option<String>,
    /// Whether a function of it leaves nothing to be seen.
    pub(super) cuts_to_nothing: bool,
    /// Whether a function of it moves things far away.
    pub(super) moves_away: bool,
    /// Whether there is a picture or a gradient.
    pub(super) has_picture: bool,
    /// What stands in quotes.
    pub(super) text: String,
    pub(super) is_important: bool,
}

impl Declaration {
    pub(super) fn next(parser: &mut Parser<'_>) -> Option<Self> {
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
                    ..Self::default()
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
                    let read = parser.parse_nested_block(|inner| {
                        declaration.function(&name, inner);
                        Ok::<_, ParseError<()>>(())
                    });
                    // What is left of a function that was not read to its end is skipped by the parser.
                    drop(read);
                }
                token => declaration.take(&token),
            }
        }
        Some(declaration)
    }

    /// Returns the first length.
    pub(super) fn length(&self) -> Option<f32> {
        self.lengths.first().copied()
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
        if self.lengths.len() < 4 {
            self.lengths.extend(length_px(token));
        }
        if self.colour.is_none() {
            self.colour = Colour::of_token(token);
        }
        match token {
            Token::UnquotedUrl(address) => self.picture(address),
            Token::QuotedString(text) if self.text.len() < 1_000 => self.text.push_str(text),
            _ => {}
        }
    }

    fn picture(&mut self, address: &str) {
        self.has_picture = true;
        if self.address.is_none() {
            self.address = Some(address.to_owned());
        }
    }

    fn function(&mut self, name: &str, inner: &mut Parser<'_>) {
        let mut values = Vec::new();
        let mut count = 0;
        while let Ok(token) = inner.next() {
            count += 1;
            if count > VALUES_MAX {
                break;
            }
            match token {
                Token::QuotedString(address) if matches!(name, "url" | "image-set" | "src") => {
                    let address = address.to_string();
                    self.picture(&address);
                }
                Token::UnquotedUrl(address) => {
                    let address = address.to_string();
                    self.picture(&address);
                }
                token => values.extend(length_px(token)),
            }
        }
        self.has_picture |= name.ends_with("gradient");
        match name {
            "rgb" | "rgba" if self.colour.is_none() => self.colour = Colour::of_numbers(&values),
            "translate" | "translatex" | "translatey" | "translate3d" => {
                self.moves_away |= values.iter().any(|value| value.abs() > 1_500.0);
            }
            _ => self.cuts_to_nothing |= count <= VALUES_MAX && is_nothing(name, &values),
        }
    }
}

/// Returns a length in pixels of a screen of common size.
pub(super) fn length_px(token: &Token<'_>) -> Option<f32> {
    match token {
        Token::Number { value, .. } => Some(*value),
        // Of a width of about a thousand pixels.
        Token::Percentage { unit_value, .. } => Some(*unit_value * 1_000.0),
        Token::Dimension { value, unit, .. } => {
            let of_one = match unit.to_ascii_lowercase().as_str() {
                "em" | "rem" | "ch" | "ex" => 16.0,
                "vw" | "vh" | "vmin" | "vmax" | "dvh" | "svh" | "lvh" | "dvw" => 10.0,
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

/// Tells whether `rect(…)`, `inset(…)`, `circle(…)`, `polygon(…)`, `scale(…)` or `opacity(…)` leaves nothing.
fn is_nothing(name: &str, values: &[f32]) -> bool {
    let first_below = |limit: f32| values.first().is_some_and(|value| value.abs() < limit);
    match name {
        "rect" => values.len() == 4 && values.iter().all(|value| (0.0..=1.0).contains(value)),
        "inset" => values.first().is_some_and(|value| *value >= 500.0),
        "circle" => first_below(1.0),
        "polygon" => values.len() > 3 && values.iter().all(|value| value.abs() < 1.0),
        "scale" | "scale3d" | "scalex" | "scaley" | "opacity" => first_below(0.05),
        _ => false,
    }
}
