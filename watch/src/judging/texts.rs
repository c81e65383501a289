//! Other texts and places than usual, and how much of the page is left.

use pages::Comparison;

use super::Judging;
use crate::verdict::{Reason, Verdict};

/// What must be left of places and texts for a page to be the same one.
const LEFT_MIN: f64 = 0.15;

impl Judging<'_> {
    /// Other texts and places than usual.
    pub(super) fn texts(&mut self, comparison: &Comparison) {
        if comparison.structure_kept < LEFT_MIN && comparison.text_kept < LEFT_MIN {
            let reason = Reason::LittleLeft {
                structure_percent: percent(comparison.structure_kept),
                text_percent: percent(comparison.text_kept),
            };
            self.say(Verdict::Defacement, reason);
        }
        if let Some((from, to)) = &comparison.title
            && !self.memory.habit.title_varies()
        {
            let reason = Reason::Title {
                from: from.clone(),
                to: to.clone(),
            };
            self.say(Verdict::Unexplained, reason);
        }
        for change in &comparison.regions {
            if self.memory.habit.varies(change.key)
                || differ_in_numbers_only(&change.gone, &change.come)
            {
                continue;
            }
            let text = |lines: &[String]| lines.join(" ").chars().take(300).collect::<String>();
            if change.was_there {
                let reason = Reason::StaticText {
                    path: change.path.clone(),
                    from: text(&change.gone),
                    to: text(&change.come),
                };
                self.say(Verdict::Unexplained, reason);
            } else {
                let reason = Reason::NewPlace {
                    path: change.path.clone(),
                    text: text(&change.come),
                };
                self.say(Verdict::Unexplained, reason);
            }
        }
    }
}

/// Tells whether texts are the same but for their digits: clocks, counters, dates.
fn differ_in_numbers_only(gone: &[String], come: &[String]) -> bool {
    let shape = |text: &String| -> String {
        let mut shape = String::new();
        for letter in text.chars() {
            if !letter.is_ascii_digit() {
                shape.push(letter);
            } else if !shape.ends_with('0') {
                shape.push('0');
            }
        }
        shape
    };
    !come.is_empty()
        && gone.len() == come.len()
        && gone
            .iter()
            .zip(come)
            .all(|(one, other)| shape(one) == shape(other))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1"
)]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}
