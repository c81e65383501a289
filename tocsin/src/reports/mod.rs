//! A sweep's report for people and programs: one file for each form. The JSON form is `domain::SweepReport` itself.

mod csv;
mod html;
mod sarif;
mod stix;
mod summary;
mod text;

#[cfg(test)]
mod exports_tests;
#[cfg(test)]
mod tests;

pub use csv::render_csv;
pub use html::render_html;
pub use sarif::render_sarif;
pub use stix::render_stix;
pub use text::{TextStyle, render_text};

use domain::SweepReport;
use serde::Serialize;

/// What `--format json` writes: one report for each alert. Described in `docs/formats/report.md`.
#[derive(Serialize)]
struct ReportFile<'a> {
    schema: u32,
    reports: &'a [SweepReport],
}

/// How far an alert's signatures were checked before the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Verified against the authority's root.
    Verified,
    /// Signed, but no root was given to check it against.
    Unchecked,
    /// A draft that nobody has signed.
    Unsigned,
}

/// Renders the reports as JSON, with a line break at the end.
pub fn render_json(reports: &[SweepReport]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(&ReportFile {
        schema: domain::report::SCHEMA,
        reports,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
