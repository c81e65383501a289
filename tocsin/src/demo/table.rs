//! The round as it happens, in one table: what the authority's node knows, nothing else.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use domain::{Answer, HostCounters, Language, OrganisationStatus, Overdue};
use node::Picture;
use texts::Texts;

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
const NAME_WIDTH: usize = 34;

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
        let text = fit(&render(pictures, self.language), self.width());
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
        let size = self
            .live
            .then(|| rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok())
            .flatten();
        size.map_or(usize::MAX, |size| usize::from(size.ws_col))
            .max(40)
    }

    /// Leaves the last state standing.
    pub fn finish(self) -> anyhow::Result<()> {
        if !self.live {
            std::io::stdout().lock().write_all(self.last.as_bytes())?;
        }
        Ok(())
    }
}

fn render(pictures: &[Picture], language: Language) -> String {
    let mut out = String::new();
    for picture in pictures {
        render_one(&mut out, picture, language).expect("writing to a string does not fail");
    }
    out
}

fn render_one(out: &mut String, picture: &Picture, language: Language) -> std::fmt::Result {
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
    write!(
        out,
        "{}",
        pad(&texts.text("demo-column-organisation"), NAME_WIDTH)
    )?;
    for key in COLUMNS {
        write!(out, " {:>8}", texts.text(key))?;
    }
    writeln!(out)?;
    for row in &picture.organisations {
        let overdue = row.overdue == Overdue::OpenOverdue;
        writeln!(
            out,
            "{}{}",
            pad(&row.status.name, NAME_WIDTH),
            cells(&row.status, overdue, texts)
        )?;
    }
    let totals = &picture.totals;
    let hosts = host_cells(totals.hosts);
    let of = |count: u64| format!("{count}/{}", totals.addressed);
    writeln!(
        out,
        "{} {:>8} {:>8}{hosts} {:>8} {:>8} {:>8}",
        pad(&texts.text("demo-total"), NAME_WIDTH),
        of(totals.received),
        of(totals.acknowledged),
        totals.hosts_found,
        totals.isolated,
        totals.overdue,
    )
}

fn cells(status: &OrganisationStatus, overdue: bool, texts: &Texts) -> String {
    let tick = |yes: bool| if yes { "✓" } else { "·" };
    let hosts = status
        .hosts
        .map_or_else(|| format!(" {:>8}", "?").repeat(6), host_cells);
    let isolated = match status.isolate {
        Answer::Refuse => texts.text("demo-isolation-refused"),
        _ => status.isolated.to_string(),
    };
    format!(
        " {:>8} {:>8}{hosts} {:>8} {isolated:>8} {:>8}",
        tick(status.received_at.is_some()),
        tick(status.acknowledged_at.is_some()),
        status.hosts_found,
        if overdue { "!" } else { "" },
    )
}

fn host_cells(hosts: HostCounters) -> String {
    let HostCounters {
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    } = hosts;
    let mut out = String::new();
    for count in [
        hosts.eligible(),
        complete,
        incomplete,
        unreachable,
        refused,
        pending,
    ] {
        write!(out, " {count:>8}").expect("writing to a string does not fail");
    }
    out
}

fn fit(text: &str, width: usize) -> String {
    text.lines()
        .map(|line| line.chars().take(width).collect::<String>() + "\n")
        .collect()
}

fn pad(text: &str, width: usize) -> String {
    let shown: String = text.chars().take(width).collect();
    let padding = width.saturating_sub(shown.chars().count());
    shown + &" ".repeat(padding)
}
