//! Letters behind which words are hidden: those of other alphabets that look the same, digits for letters, letters one by one,
//! and what nobody sees. What looks the same is taken from Unicode's list (UTS #39, "confusables").

use std::collections::HashMap;

use unicode_security::confusable_detection::skeleton;

use super::folding::Folded;

/// Letters one by one that make a word rather than an abbreviation.
const SPREAD_MIN: usize = 4;
/// Characters between letters that stand one by one.
const BETWEEN_MAX: usize = 3;
/// Bytes of one word that are looked at: longer ones are no words.
const WORD_BYTES_MAX: usize = 200;

/// Tells whether a character is not seen at all.
pub(super) fn is_ignorable(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Tells whether a character is a mark on the letter before it.
pub(super) fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{64b}'..='\u{65f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Returns the letter that stands for several which look alike: i for l and 1.
pub(super) fn stand_in(letter: char) -> char {
    match letter {
        'l' => 'i',
        letter => letter,
    }
}

/// Returns the text as it looks rather than as it is written, where that is another one.
pub(super) fn unmasked(text: &str) -> Option<Folded> {
    let mut alike = Alike::default();
    let mut folded = Folded::default();
    let mut is_other = false;
    for word in text.split_inclusive(char::is_whitespace) {
        if word.len() <= WORD_BYTES_MAX && is_masked(word, &mut alike) {
            is_other = true;
            for letter in word.chars() {
                let shown = alike.shown(letter);
                folded.push(stand_in(shown.to_ascii_lowercase()), shown != letter);
            }
        } else {
            for letter in word.chars() {
                folded.push(stand_in(letter.to_ascii_lowercase()), false);
            }
        }
    }
    is_other.then_some(folded)
}

/// Tells whether a word has letters, and between them what only looks like letters, and nothing else.
fn is_masked(word: &str, alike: &mut Alike) -> bool {
    let (mut letters, mut masks, mut foreign) = (0_u32, 0_u32, 0_u32);
    for letter in word.chars() {
        if letter.is_ascii_alphabetic() {
            letters += 1;
        } else if alike.shown(letter) != letter {
            masks += 1;
            foreign += u32::from(letter.is_alphabetic());
        } else if letter.is_alphabetic() && !is_latin(letter) {
            return false;
        }
    }
    let is_mixed = letters > 0 && foreign > 0;
    masks > 0 && (letters > 1 || foreign > 2 || is_mixed) && !word.contains("://") && !is_mail(word)
}

fn is_mail(word: &str) -> bool {
    let after = word.split_once('@').map(|(_, after)| after);
    after.is_some_and(|after| after.trim_end_matches(['.', ',']).contains('.'))
}

fn is_latin(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}')
        || matches!(letter, '\u{1d400}'..='\u{1d7ff}')
}

/// Which letters look like which: asked of Unicode's list once for each letter.
#[derive(Default)]
struct Alike {
    known: HashMap<char, char>,
}

impl Alike {
    /// Returns the letter of A to Z that a character is read as, or the character.
    fn shown(&mut self, letter: char) -> char {
        if letter.is_ascii() {
            return of_digit(letter);
        }
        if is_latin(letter) || !letter.is_alphabetic() {
            return if letter == '€' { 'e' } else { letter };
        }
        *self
            .known
            .entry(letter)
            .or_insert_with(|| of_other_alphabet(letter).unwrap_or(letter))
    }
}

fn of_digit(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        letter => letter,
    }
}

/// Returns what a letter of another alphabet looks like; where the small one looks like nothing, what its capital does.
fn of_other_alphabet(letter: char) -> Option<char> {
    let like = |letter: char| -> Option<char> {
        let mut buffer = [0; 4];
        let mut shown = skeleton(letter.encode_utf8(&mut buffer));
        let first = shown.next()?;
        (first.is_ascii_alphabetic() && shown.next().is_none()).then(|| first.to_ascii_lowercase())
    };
    like(letter).or_else(|| {
        let mut capital = letter.to_uppercase();
        let first = capital.next()?;
        if capital.next().is_some() {
            return None;
        }
        like(first)
    })
}

/// Returns the words whose letters stand one by one, each on a line of its own: `h.a.c.k.e.d`, `H A C K E D`.
pub(super) fn spread(text: &str) -> String {
    let mut alike = Alike::default();
    let mut found = String::new();
    let mut run = String::new();
    let mut between = String::new();
    let mut separator = String::new();
    let mut length = 0;
    let mut was_alone = false;
    let mut letters = text.chars().filter(|one| !is_ignorable(*one)).peekable();
    let mut is_start = true;
    while let Some(letter) = letters.next() {
        if !letter.is_alphanumeric() && !matches!(letter, '@' | '$') {
            if !is_mark(letter) && between.chars().count() <= BETWEEN_MAX {
                between.push(letter);
            }
            is_start |= !is_mark(letter);
            continue;
        }
        let is_alone = is_start && {
            while letters.next_if(|next| is_mark(*next)).is_some() {}
            letters.peek().is_none_or(|next| !next.is_alphanumeric())
        };
        let goes_on = is_alone
            && was_alone
            && (1..=BETWEEN_MAX).contains(&between.chars().count())
            && (length < 2 || between == separator || between == " ");
        if !goes_on {
            end_run(&mut run, &mut length, &mut found);
        }
        if is_alone {
            if length == 1 {
                separator.clone_from(&between);
            }
            run.push(alike.shown(letter));
            length += 1;
        }
        (was_alone, is_start) = (is_alone, false);
        between.clear();
    }
    end_run(&mut run, &mut length, &mut found);
    found
}

fn end_run(run: &mut String, length: &mut usize, found: &mut String) {
    if *length >= SPREAD_MIN {
        found.push_str(run);
        found.push('\n');
    }
    run.clear();
    *length = 0;
}
