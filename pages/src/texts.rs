//! Text of pages: spaces made one, digests, letters by writing.

use crate::model::Writing;

/// A digest that is the same on every machine and for ever, of FNV-1a's construction (Fowler, Noll, Vo, 1991) with 64 bits. It
/// tells contents apart; it protects nothing.
pub(crate) struct Digest(u64);

impl Digest {
    /// Begins.
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Goes on.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Ends.
    pub(crate) fn value(&self) -> u64 {
        self.0
    }

    /// Returns the digest of a text.
    pub(crate) fn of(text: &str) -> u64 {
        let mut digest = Self::new();
        digest.take(text.as_bytes());
        digest.value()
    }
}

/// Appends a text with each run of spaces made one space, none at either end of the whole.
pub(crate) fn push_tidied(out: &mut String, text: &str, bytes_max: usize) {
    let mut is_after_space = out.is_empty() || out.ends_with(' ');
    for letter in text.chars() {
        if out.len() >= bytes_max {
            return;
        }
        if letter.is_whitespace() || letter.is_control() {
            if !is_after_space {
                out.push(' ');
                is_after_space = true;
            }
        } else {
            out.push(letter);
            is_after_space = false;
        }
    }
}

/// Returns a text in the order in which its letters are seen where an override (U+202E) turns them round; other writing from the
/// right stays as it is.
pub(crate) fn as_seen(text: &str) -> String {
    const OVERRIDE: char = '\u{202e}';
    const ENDS: [char; 3] = ['\u{202c}', '\u{2069}', '\u{202d}'];
    let Some((before, turned)) = text.split_once(OVERRIDE) else {
        return text.to_owned();
    };
    let (turned, after) = turned.split_once(ENDS).unwrap_or((turned, ""));
    let mut seen = before.to_owned();
    // The mark itself stays: it speaks for itself.
    seen.push(OVERRIDE);
    seen.extend(turned.chars().rev());
    // One text is turned round once; whoever does it again writes what nobody can read either.
    seen.push_str(after);
    seen
}

/// Returns the first so many characters.
pub(crate) fn cut_chars(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

impl Writing {
    /// Counts the letters of a text.
    pub fn count(&mut self, text: &str) {
        for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
            let counter = match letter {
                'à'..='ÿ'
                | 'À'..='ß'
                | 'ă'
                | 'Ă'
                | 'đ'
                | 'Đ'
                | 'ĩ'
                | 'Ĩ'
                | 'ũ'
                | 'Ũ'
                | 'ơ'
                | 'Ơ'
                | 'ư'
                | 'Ư'
                | '\u{1ea0}'..='\u{1ef9}' => &mut self.vietnamese,
                'a'..='z' | 'A'..='Z' | '\u{100}'..='\u{24f}' => &mut self.latin,
                '\u{400}'..='\u{52f}' => &mut self.cyrillic,
                '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
                    &mut self.arabic
                }
                '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => {
                    &mut self.south_east_asian
                }
                '\u{1100}'..='\u{11ff}'
                | '\u{3040}'..='\u{9fff}'
                | '\u{ac00}'..='\u{d7af}'
                | '\u{f900}'..='\u{faff}'
                | '\u{20000}'..='\u{3ffff}' => &mut self.east_asian,
                _ => &mut self.other,
            };
            *counter = counter.saturating_add(1);
        }
    }
}
