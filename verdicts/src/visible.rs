//! Text from sites made fit to be shown: cut, in one direction, with everything in it that is not seen written out.

use std::fmt::Write as _;

/// Marks in a row that stand on one letter: Vietnamese needs two.
const MARKS_MAX: usize = 3;

/// Returns at most `chars_max` characters of `text`, with white space made one, and what is not seen written as `‹U+200B›`.
pub fn visible(text: &str, chars_max: usize) -> String {
    let mut shown = String::new();
    let mut marks = 0;
    let mut chars = text.chars();
    for c in chars.by_ref().take(chars_max) {
        if is_mark(c) {
            marks += 1;
            if marks > MARKS_MAX {
                continue;
            }
        } else {
            write_left_out(&mut shown, &mut marks);
        }
        if c.is_whitespace() && !is_unseen(c) {
            if !shown.ends_with(' ') {
                shown.push(' ');
            }
        } else if is_unseen(c) {
            write_code(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    write_left_out(&mut shown, &mut marks);
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns an origin or an address as it is written, and beside it what a browser would show of a name in other letters.
pub fn visible_origin(origin: &str, chars_max: usize) -> String {
    let shown = visible(origin, chars_max);
    let host = origin.split("://").last().unwrap_or_default();
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let is_coded = host.split('.').any(|label| {
        label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    });
    if !is_coded || host.len() > 253 {
        return shown;
    }
    match idna::domain_to_unicode(host) {
        (name, Ok(())) => format!("{shown} ‹{}›", visible(&name, 120)),
        (_, Err(_)) => shown,
    }
}

/// Returns JSON that says the same with everything that is not seen written as `\u200b`: terminals and logs do what some of it
/// says.
pub fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unseen(c) {
            // Outside of texts JSON has nothing of the kind.
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns a text of our own that may quote others, with its lines as they are and what is not seen written as `‹U+200B›`.
pub fn visible_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // The end of a line that goes back to its beginning would write over it.
        if is_unseen(c) || c == '\r' {
            write_code(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    shown
}

fn write_code(shown: &mut String, c: char) {
    let code = format!("‹U+{:04X}›", u32::from(c));
    shown.push_str(&code);
}

fn write_left_out(shown: &mut String, marks: &mut usize) {
    if *marks > MARKS_MAX {
        shown.push_str("‹+");
        shown.push_str(&(*marks - MARKS_MAX).to_string());
        shown.push('›');
    }
    *marks = 0;
}

/// Marks that stand on the letter before them, of the writings in which they are piled up.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{6d6}'..='\u{6ed}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that take no room, change the direction, or look like nothing (Unicode's Cc, Cf, Zl, Zp, and blank letters).
fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Steps of a place in a page that people are shown.
const STEPS: usize = 3;

/// Returns a place in a page, `html > body > main#a > p`, by its last steps: those before say little, and fill the line.
pub fn visible_place(place: &str) -> String {
    let beginnings = place.rmatch_indices(" > ").map(|(at, _)| at);
    let cut = beginnings.take(STEPS).nth(STEPS - 1);
    match cut {
        Some(at) => format!("… {}", visible(&place[at + 1..], 160)),
        None => visible(place, 160),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        assert_eq!(
            visible("a\u{202e}b\u{200b}c\u{1b}[2J", 50),
            "a‹U+202E›b‹U+200B›c‹U+001B›[2J"
        );
        assert_eq!(visible("one\r\n\t two", 50), "one two");
        assert_eq!(visible("\u{e0041}\u{3164}", 50), "‹U+E0041›‹U+3164›");
    }

    #[test]
    fn a_text_that_quotes_others_keeps_its_lines_and_does_nothing_to_a_terminal() {
        let text = "could not read:\n    unknown field `\u{1b}]0;x\u{7}\u{9b}2J\rfine`";
        assert_eq!(
            visible_text(text),
            "could not read:\n    unknown field `‹U+001B›]0;x‹U+0007›‹U+009B›2J‹U+000D›fine`"
        );
    }

    #[test]
    fn json_says_the_same_and_does_nothing_to_a_terminal() {
        let json = "{\"a\": \"\u{9b}2J\u{7f}\u{202e}\u{e0041} Sở\"}\n";
        let shown = visible_json(json);
        assert_eq!(
            shown,
            "{\"a\": \"\\u009b2J\\u007f\\u202e\\udb40\\udc41 Sở\"}\n"
        );
    }

    #[test]
    fn vietnamese_stays_as_it_is_however_it_was_typed() {
        let composed = "Sở Y tế thông báo, Đường Nguyễn Huệ";
        assert_eq!(visible(composed, 100), composed);
        let decomposed = "te\u{302}\u{301}";
        assert_eq!(visible(decomposed, 100), decomposed);
    }

    #[test]
    fn a_place_is_shown_by_its_last_steps() {
        assert_eq!(visible_place("title"), "title");
        assert_eq!(visible_place("body > div > p"), "body > div > p");
        assert_eq!(
            visible_place("html > body.a > main#b > div > p (hidden)"),
            "… > main#b > div > p (hidden)"
        );
        let endless = " > x".repeat(100_000);
        assert!(visible_place(&endless).chars().count() < 200);
    }

    #[test]
    fn piled_up_marks_and_long_texts_are_cut() {
        let tower = format!("H{}", "\u{30d}".repeat(500));
        assert_eq!(visible(&tower, 1_000), "H\u{30d}\u{30d}\u{30d}‹+497›");
        assert_eq!(visible(&"x".repeat(100_000), 10), "xxxxxxxxxx…");
    }

    #[test]
    fn a_name_in_other_letters_is_shown_both_ways() {
        assert_eq!(
            visible_origin("https://xn--80ak6aa92e.com", 100),
            "https://xn--80ak6aa92e.com ‹аррӏе.com›"
        );
        assert_eq!(
            visible_origin("https://a.example", 100),
            "https://a.example"
        );
        let long = format!("https://xn--{}", "a".repeat(100_000));
        assert!(visible_origin(&long, 100).chars().count() <= 101);
    }
}
