//! What new words on a page speak of: the vocabulary of intruders, and writings that the page does not have.

use pages::{Comparison, PageModel, Subject, Writing, find_terms};

use super::Judging;
use crate::verdict::{Reason, Verdict};

/// Weight of words from which they are an alarm by themselves.
const TERMS_ALARM: u32 = 3;
/// Letters of foreign writing in new text from which they speak.
const FOREIGN_LETTERS: u32 = 8;

impl Judging<'_> {
    /// Words of intruders and writings that the page does not have.
    pub(super) fn words(
        &mut self,
        approved: &PageModel,
        page: &PageModel,
        comparison: &Comparison,
    ) {
        let new = comparison.new_text();
        let known = find_terms(&approved_text(approved));
        let found = find_terms(&new);
        let fresh: Vec<_> = found.iter().filter(|term| !known.contains(term)).collect();
        for subject in [Subject::Betting, Subject::Boasting] {
            let of_subject: Vec<_> = fresh
                .iter()
                .filter(|term| term.subject == subject)
                .collect();
            let weight: u32 = of_subject.iter().map(|term| term.weight).sum();
            if weight == 0 {
                continue;
            }
            let words = of_subject.iter().map(|term| term.word.clone()).collect();
            let reason = Reason::Terms { subject, words };
            let alarm = match subject {
                Subject::Betting => Verdict::Injection,
                Subject::Boasting => Verdict::Defacement,
            };
            self.say(
                if weight >= TERMS_ALARM {
                    alarm
                } else {
                    Verdict::Unexplained
                },
                reason,
            );
        }
        let mut writing = Writing::default();
        writing.count(&new);
        let usual = approved.writing.foreign();
        if writing.foreign() >= FOREIGN_LETTERS && page.writing.foreign() > usual.saturating_mul(2)
        {
            let letters = writing.foreign();
            self.say(Verdict::Unexplained, Reason::ForeignWriting { letters });
        }
    }
}

/// Tells whether a text has words of intruders at all.
pub(super) fn says_something(text: &str) -> bool {
    find_terms(text).iter().any(|term| term.weight > 0)
}

fn approved_text(page: &PageModel) -> String {
    let mut text = page.title.clone();
    for line in page
        .lines()
        .chain(page.hidden.iter().map(|one| one.text.as_str()))
    {
        text.push('\n');
        text.push_str(line);
    }
    text
}
