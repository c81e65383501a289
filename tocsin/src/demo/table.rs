//! The round as it happens, in one table: what the authority's node knows, nothing else.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use domain::{Answer, HostCounters, Language, OrganisationStatus, Overdue};
use node::Picture;
use texts::Texts;

use crate::layout::{columns, cut, pad, terminal_columns};

/// Columns of numbers after the name, by the keys of their headings.
const COLUMNS: [&str; 11] = [
    "demo-column-received",
    "demo-column-acknowledged",
    "demo-column-eligible",
    "demo-column-complete",
    "demo-column-incomplete",
    "demo-column-unreachable",
    "demo-column-refused",
    "demo-column-pending",
    "demo-column-found",
    "demo-column-isolated",
    "demo-column-overdue",
];
/// Columns that are left out first where the terminal is narrow; the pages show everything.
const LEFT_OUT_FIRST: [usize; 7] = [6, 0, 2, 10, 7, 1, 4];
/// Of the terminal, for a number and the space before it.
const CELL_COLUMNS: usize = 10;
/// Of the terminal, for the name.
const NAME_COLUMNS: usize = 34;
/// Of the terminal, for the name where there is little room.
const NAME_COLUMNS_MIN: usize = 20;

/// Draws the table: again and again in place at a terminal, once at the end elsewhere.
pub struct Table {
    language: Language,
    live: bool,
    lines_drawn: usize,
    last: String,
}

impl Table {
    /// Makes the table.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            live: std::io::stdout().is_terminal(),
            lines_drawn: 0,
            last: String::new(),
        }
    }

    /// Shows the pictures, if anything in them has changed.
    pub fn show(&mut self, pictures: &[Picture]) -> anyhow::Result<()> {
        let width = self.width();
        let text = fit(&render(pictures, self.language, width), width);
        if !self.live || text == self.last {
            self.last = text;
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        if self.lines_drawn > 0 {
            write!(out, "\u{1b}[{}A\u{1b}[J", self.lines_drawn)?;
        }
        out.write_all(text.as_bytes())?;
        out.flush()?;
        self.lines_drawn = text.lines().count();
        self.last = text;
        Ok(())
    }

    /// Tells what happens, above the table.
    pub fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.live && self.lines_drawn > 0 {
            write!(out, "\u{1b}[{}A\u{1b}[J", self.lines_drawn)?;
        }
        writeln!(out, "{line}")?;
        if self.live {
            out.write_all(self.last.as_bytes())?;
            self.lines_drawn = self.last.lines().count();
        }
        Ok(out.flush()?)
    }

    /// A line that the terminal breaks would spoil the count of lines to go back.
    fn width(&self) -> usize {
        let columns = self.live.then(|| terminal_columns(std::io::stdout()));
        columns.flatten().unwrap_or(usize::MAX)
    }

    /// Leaves the last state standing.
    pub fn finish(self) -> anyhow::Result<()> {
        if !self.live {
            std::io::stdout().lock().write_all(self.last.as_bytes())?;
        }
        Ok(())
    }
}

fn render(pictures: &[Picture], language: Language, width: usize) -> String {
    let layout = Layout::for_width(width);
    let mut out = String::new();
    for picture in pictures {
        render_one(&mut out, picture, language, &layout)
            .expect("writing to a string does not fail");
    }
    out
}

/// Which columns there is room for.
struct Layout {
    name_columns: usize,
    shown: [bool; COLUMNS.len()],
}

impl Layout {
    fn for_width(width: usize) -> Self {
        let mut shown = [true; COLUMNS.len()];
        let mut name_columns = NAME_COLUMNS;
        let mut left_out = LEFT_OUT_FIRST.iter();
        let cells = |shown: &[bool]| shown.iter().filter(|shown| **shown).count() * CELL_COLUMNS;
        while name_columns + cells(&shown) > width {
            if name_columns > NAME_COLUMNS_MIN {
                name_columns -= 1;
            } else if let Some(index) = left_out.next() {
                shown[*index] = false;
            } else {
                break;
            }
        }
        // What the last column that was left out has made free.
        if width != usize::MAX {
            name_columns = width
                .saturating_sub(cells(&shown))
                .clamp(name_columns, NAME_COLUMNS);
        }
        Self {
            name_columns,
            shown,
        }
    }

    fn row(&self, name: &str, cells: &[String; COLUMNS.len()]) -> String {
        let mut row = pad(name, self.name_columns);
        for (cell, _) in cells.iter().zip(self.shown).filter(|(_, shown)| *shown) {
            let padding = (CELL_COLUMNS - 1).saturating_sub(columns(cell));
            row.push(' ');
            row.extend(std::iter::repeat_n(' ', padding));
            row.push_str(cell);
        }
        row
    }
}

fn render_one(
    out: &mut String,
    picture: &Picture,
    language: Language,
    layout: &Layout,
) -> std::fmt::Result {
    let texts = Texts::of(language);
    let drill = if picture.alert.exercise {
        texts.text("demo-drill")
    } else {
        String::new()
    };
    writeln!(
        out,
        "\n{} {drill}  {}",
        picture.alert.number,
        texts::when(picture.now, language)
    )?;
    let headings = COLUMNS.map(|key| texts.text(key));
    let organisation = texts.text("demo-column-organisation");
    writeln!(out, "{}", layout.row(&organisation, &headings))?;
    for row in &picture.organisations {
        let cells = cells(&row.status, row.overdue == Overdue::OpenOverdue, texts);
        writeln!(out, "{}", layout.row(&row.status.name, &cells))?;
    }
    let totals = &picture.totals;
    let of = |count: u64| format!("{count}/{}", totals.addressed);
    let [
        eligible,
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    ] = host_cells(totals.hosts);
    let cells = [
        of(totals.received),
        of(totals.acknowledged),
        eligible,
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
        totals.hosts_found.to_string(),
        totals.isolated.to_string(),
        totals.overdue.to_string(),
    ];
    writeln!(out, "{}", layout.row(&texts.text("demo-total"), &cells))
}

fn cells(status: &OrganisationStatus, overdue: bool, texts: &Texts) -> [String; COLUMNS.len()] {
    let tick = |yes: bool| if yes { "✓" } else { "·" }.to_owned();
    let hosts = status.hosts.map(host_cells);
    let [
        eligible,
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    ] = hosts.unwrap_or_else(|| std::array::from_fn(|_| "?".to_owned()));
    let isolated = match status.isolate {
        Answer::Refuse => texts.text("demo-isolation-refused"),
        _ => status.isolated.to_string(),
    };
    [
        tick(status.received_at.is_some()),
        tick(status.acknowledged_at.is_some()),
        eligible,
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
        status.hosts_found.to_string(),
        isolated,
        if overdue { "!" } else { "" }.to_owned(),
    ]
}

fn host_cells(hosts: HostCounters) -> [String; 6] {
    let HostCounters {
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    } = hosts;
    [
        hosts.eligible(),
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    ]
    .map(|count| count.to_string())
}

fn fit(text: &str, width: usize) -> String {
    text.lines().map(|line| cut(line, width) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_shows_whole_columns_and_the_findings() {
        for (width, count) in [(usize::MAX, 11), (140, 11), (120, 10), (80, 6), (60, 4)] {
            let layout = Layout::for_width(width);
            let shown = layout.shown.iter().filter(|shown| **shown).count();
            assert_eq!(shown, count, "at {width}");
            assert!(layout.shown[8] && layout.shown[9], "found and isolated");
            let row = layout.row("Bộ Giao thông vận tải", &COLUMNS.map(|_| "7".to_owned()));
            assert!(columns(&row) <= width, "{row}");
        }
    }
}
