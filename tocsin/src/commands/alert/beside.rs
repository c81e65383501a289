//! A draft beside its sources at the terminal: the line on the left, what the draft has of it on the right. Every mark
//! can be read without colour.

use std::fmt::{Result, Write};

use domain::Language;
use drafting::{Beside, BesideLine, BesideState, BesideValue};
use texts::Texts;

use crate::layout::{pad, printable, wrap, wrap_hard};

/// Columns where the output is not a terminal.
const COLUMNS_ELSEWHERE: usize = 120;
/// Wider than this, the eye loses the line on its way to the other side.
const COLUMNS_MAX: usize = 180;
/// A SHA-1 digest stays on one line where there is room.
const DIGEST_COLUMNS: usize = 42;
/// The number of the line, and the space after it.
const NUMBER_COLUMNS: usize = 6;
/// The mark between the two sides, with its spaces.
const MARK_COLUMNS: usize = 4;

/// Renders the two sides for a terminal of so many columns, with colours; without a terminal, plain.
pub fn render(beside: &Beside, language: Language, terminal: Option<usize>) -> String {
    let columns = terminal.unwrap_or(COLUMNS_ELSEWHERE).min(COLUMNS_MAX);
    let sides = columns.saturating_sub(NUMBER_COLUMNS + MARK_COLUMNS);
    let right = (sides * 2 / 5).max(DIGEST_COLUMNS.min(sides / 2));
    let mut page = Page {
        texts: Texts::of(language),
        left: sides - right,
        right,
        coloured: terminal.is_some(),
        out: String::new(),
    };
    page.write(beside)
        .expect("writing to a string does not fail");
    page.out
}

struct Page {
    texts: &'static Texts,
    left: usize,
    right: usize,
    coloured: bool,
    out: String,
}

/// One row of the right side: the mark stands in a value's first row only.
struct Row {
    mark: &'static str,
    colour: &'static str,
    text: String,
}

impl Page {
    fn write(&mut self, beside: &Beside) -> Result {
        self.legend()?;
        let mut file = "";
        for line in &beside.lines {
            if line.file != file {
                file = &line.file;
                self.header(file)?;
            }
            self.line(line)?;
        }
        self.unshown(beside)?;
        self.totals(beside)
    }

    fn legend(&mut self) -> Result {
        writeln!(self.out)?;
        for (mark, key) in [
            ("=", "beside-taken"),
            ("?", "beside-not-taken"),
            ("≠", "beside-differs"),
            ("!", "beside-unshown"),
        ] {
            let width = self.left + self.right;
            for (index, piece) in wrap(&self.texts.text(key), width).iter().enumerate() {
                let mark = if index == 0 { mark } else { " " };
                writeln!(self.out, "  {mark}  {piece}")?;
            }
        }
        Ok(())
    }

    fn header(&mut self, file: &str) -> Result {
        let source = self
            .texts
            .text_with("beside-source", &[("file", printable(file).into())]);
        let source = pad(&source, self.left);
        let draft = self.texts.text("beside-draft");
        writeln!(self.out, "\n{:NUMBER_COLUMNS$}{source}    {draft}", "")?;
        let (left, right) = (self.left, self.right);
        writeln!(
            self.out,
            "{:NUMBER_COLUMNS$}{:─<left$}    {:─<right$}",
            "", "", ""
        )
    }

    fn line(&mut self, line: &BesideLine) -> Result {
        let mut left = wrap_hard(printable(&line.text).trim_end(), self.left).into_iter();
        let mut right = line
            .values
            .iter()
            .flat_map(|value| self.rows(value))
            .collect::<Vec<_>>()
            .into_iter();
        let mut number = line.line.to_string();
        loop {
            let (piece, row) = (left.next(), right.next());
            if piece.is_none() && row.is_none() {
                return Ok(());
            }
            let piece = piece.unwrap_or_default();
            match row {
                None => {
                    let text = format!("{number:>4}  {piece}");
                    writeln!(self.out, "{}", text.trim_end())?;
                }
                Some(row) => {
                    let piece = pad(&piece, self.left);
                    let marked = format!("{} {}", row.mark, row.text);
                    let marked = self.paint(row.colour, &marked);
                    writeln!(self.out, "{number:>4}  {piece}  {marked}")?;
                }
            }
            number.clear();
        }
    }

    fn rows(&self, value: &BesideValue) -> Vec<Row> {
        let (mark, colour) = match value.state {
            BesideState::Taken => ("=", "32"),
            BesideState::NotTaken => ("?", "33"),
            BesideState::Differs => ("≠", "1;31"),
            BesideState::Plain => (" ", ""),
        };
        let text = match (&value.in_draft, &value.indicator) {
            (Some(in_draft), Some(indicator)) => {
                format!("{} ({})", printable(in_draft), printable(indicator))
            }
            (Some(in_draft), None) => printable(in_draft),
            (None, _) => {
                let values = [("written", printable(&value.written).into())];
                self.texts.text_with("beside-none", &values)
            }
        };
        let pieces = wrap_hard(&text, self.right).into_iter().enumerate();
        pieces
            .map(|(index, text)| Row {
                mark: if index == 0 { mark } else { " " },
                colour,
                text,
            })
            .collect()
    }

    fn unshown(&mut self, beside: &Beside) -> Result {
        if !beside.unshown.is_empty() {
            writeln!(self.out)?;
        }
        for unshown in &beside.unshown {
            let values = [
                ("indicator", printable(&unshown.indicator).into()),
                ("kind", unshown.kind.into()),
                ("value", printable(&unshown.value).into()),
            ];
            let text = self.texts.text_with("show-unshown", &values);
            let text = self.paint("1;31", &format!("!  {text}"));
            writeln!(self.out, "  {text}")?;
        }
        Ok(())
    }

    fn totals(&mut self, beside: &Beside) -> Result {
        let count = |state| {
            let values = beside.lines.iter().flat_map(|line| &line.values);
            values.filter(|value| value.state == state).count()
        };
        let values = [
            ("taken", count(BesideState::Taken).into()),
            ("left", count(BesideState::NotTaken).into()),
            ("differs", count(BesideState::Differs).into()),
            ("unshown", beside.unshown.len().into()),
        ];
        let text = self.texts.text_with("beside-totals", &values);
        writeln!(self.out, "\n{text}")
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.coloured && !colour.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::columns;

    fn line(text: &str, state: BesideState) -> BesideLine {
        BesideLine {
            file: "letter.txt".to_owned(),
            line: 1,
            text: text.to_owned(),
            values: vec![BesideValue {
                column: 1,
                written: text.to_owned(),
                indicator: Some("one".to_owned()),
                in_draft: (state != BesideState::NotTaken).then(|| "x".repeat(90)),
                state,
            }],
            state,
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_mark_is_colour_alone() {
        let beside = Beside {
            lines: vec![
                line(&"a".repeat(300), BesideState::Taken),
                line("b\u{1b}[2J", BesideState::Differs),
                line("c", BesideState::NotTaken),
            ],
            unshown: Vec::new(),
        };
        for width in [72, 100, 160] {
            let shown = render(&beside, Language::En, Some(width));
            let plain = render(&beside, Language::En, None);
            assert!(!plain.contains('\u{1b}'), "{plain}");
            for colour in ["32", "33", "1;31"] {
                assert!(shown.contains(&format!("\u{1b}[{colour}m")), "{shown}");
            }
            let uncoloured = ["32", "33", "1;31", "0"].iter().fold(shown, |text, code| {
                text.replace(&format!("\u{1b}[{code}m"), "")
            });
            assert!(!uncoloured.contains('\u{1b}'), "a source moves no cursor");
            for row in uncoloured.lines() {
                assert!(columns(row) <= width, "{} > {width}: {row}", columns(row));
            }
            for mark in ["= x", "≠ x", "? "] {
                assert!(uncoloured.contains(mark), "{mark} in:\n{uncoloured}");
            }
        }
    }
}
