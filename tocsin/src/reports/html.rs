//! The report as one self-contained page that opens anywhere, prints well and loads nothing.

use std::fmt::Write;

use domain::{Finding, Judgement, Language, Reason, SweepReport};
use texts::Texts;

use super::{Standing, duration_text, isolation_line, outcome_line, standing_note, summary_lines};

const STYLE: &str = include_str!("report.css");

/// Renders one report for each alert as one page.
pub fn render_html(reports: &[(SweepReport, Standing)], language: Language) -> String {
    let texts = Texts::of(language);
    let tag = if language == Language::Vi { "vi" } else { "en" };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escape(&texts.text("report-title"))
    );
    for (report, standing) in reports {
        section(&mut out, report, *standing, language).expect("writing to a string does not fail");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn section(
    out: &mut String,
    report: &SweepReport,
    standing: Standing,
    language: Language,
) -> std::fmt::Result {
    let texts = Texts::of(language);
    let state = match (report.outcome.is_found(), report.outcome.is_complete()) {
        (true, _) => "found",
        (false, true) => "clean",
        (false, false) => "incomplete",
    };
    writeln!(out, "<main class=\"{state}\">")?;
    if report.alert.exercise {
        writeln!(
            out,
            "<p class=\"drill\">{}</p>",
            escape(&texts.text("report-exercise"))
        )?;
    }
    if let Some(note) = standing_note(standing, texts) {
        writeln!(out, "<p class=\"note\">{}</p>", escape(&note))?;
    }
    let version = texts.text_with(
        "report-version",
        &[("version", report.alert.version.into())],
    );
    writeln!(
        out,
        "<h1>{} <small>{}</small></h1>",
        escape(&report.alert.number),
        escape(&version)
    )?;
    let duration = duration_text(report.started_at, report.finished_at);
    let started = texts::when(report.started_at, language);
    let when = texts.text_with(
        "report-when",
        &[("started", started.into()), ("duration", duration.into())],
    );
    writeln!(
        out,
        "<p class=\"host\">{} <strong>{}</strong> · {}</p>",
        escape(&texts.text("report-host")),
        escape(&report.host),
        escape(&when)
    )?;
    writeln!(
        out,
        "<p class=\"outcome\">{}</p>\n<dl>",
        escape(&outcome_line(report, texts))
    )?;
    for (label, value) in summary_lines(report, language) {
        writeln!(
            out,
            "<dt>{}</dt><dd>{}</dd>",
            escape(&label),
            escape(&value)
        )?;
    }
    let roots: Vec<String> = report.roots.iter().map(ToString::to_string).collect();
    writeln!(
        out,
        "<dt>{}</dt><dd><code>{}</code></dd>\n</dl>",
        escape(&texts.text("report-roots")),
        escape(&roots.join(", "))
    )?;
    findings(out, report, language)?;
    not_examined(out, report, language)?;
    checks(out, report, language)?;
    writeln!(out, "</main>")
}

fn findings(out: &mut String, report: &SweepReport, language: Language) -> std::fmt::Result {
    let texts = Texts::of(language);
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>{}</h2>", escape(&texts.text("heading-findings")))?;
    for finding in &report.findings {
        article(out, finding, language)?;
    }
    if report.findings_left_out > 0 {
        let text = texts.text_with(
            "findings-left-out",
            &[("count", report.findings_left_out.into())],
        );
        writeln!(out, "<p>{}</p>", escape(&text))?;
    }
    Ok(())
}

fn article(out: &mut String, finding: &Finding, language: Language) -> std::fmt::Result {
    let texts = Texts::of(language);
    let class = match finding.judgement {
        Judgement::Confirmed => "confirmed",
        Judgement::Suspicious => "suspicious",
        Judgement::Context => "context",
    };
    writeln!(
        out,
        "<article class=\"{class}\"><h3><span>{}</span> <code>{}</code></h3>",
        escape(&texts.judgement(finding.judgement)),
        escape(&finding.item.to_string())
    )?;
    writeln!(out, "<p>{}</p><ul>", escape(&texts.why(finding.why)))?;
    for hit in &finding.hits {
        writeln!(
            out,
            "<li>{} · {}: <code>{}</code></li>",
            escape(&hit.indicator),
            escape(&texts.observable_kind(&hit.kind)),
            escape(&hit.value)
        )?;
    }
    for combination in &finding.combinations {
        writeln!(
            out,
            "<li>{}</li>",
            escape(&texts.text_with("finding-together", &[("combination", combination.into())]))
        )?;
    }
    let size = texts::byte_size(finding.size_bytes, language);
    let changed = finding
        .modified_at
        .map_or_else(|| "?".to_owned(), |at| texts::when(at, language));
    writeln!(
        out,
        "</ul><p class=\"facts\">{}",
        escape(&texts.text_with(
            "finding-file",
            &[("size", size.into()), ("when", changed.into())]
        ))
    )?;
    if let Some(sha256) = &finding.sha256 {
        writeln!(out, "<br>SHA-256 <code>{}</code>", escape(sha256))?;
    }
    writeln!(out, "</p>")?;
    if let Some(line) = isolation_line(finding, texts) {
        writeln!(out, "<p class=\"isolation\">{}</p>", escape(&line))?;
    }
    writeln!(out, "</article>")
}

fn not_examined(out: &mut String, report: &SweepReport, language: Language) -> std::fmt::Result {
    let texts = Texts::of(language);
    let mut gaps = report
        .coverage
        .not_examined
        .iter()
        .filter(|line| line.count > 0 && line.reason != Reason::ExcludedByPlan)
        .peekable();
    if gaps.peek().is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>{}</h2>",
        escape(&texts.text("heading-not-examined"))
    )?;
    for line in gaps {
        let count = texts::count(line.count, language);
        writeln!(
            out,
            "<h3>{count} {}</h3><p>{}</p><ul>",
            escape(&texts.reason(line.reason)),
            escape(&texts.reason_meaning(line.reason))
        )?;
        for example in &line.examples {
            writeln!(
                out,
                "<li><code>{}</code></li>",
                escape(&example.to_string())
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

fn checks(out: &mut String, report: &SweepReport, language: Language) -> std::fmt::Result {
    let texts = Texts::of(language);
    writeln!(
        out,
        "<h2>{}</h2><table>",
        escape(&texts.text("heading-checks"))
    )?;
    for check in &report.coverage.checks {
        let value = texts.text_with(
            "check-line",
            &[
                ("hits", check.hits.into()),
                (
                    "absent",
                    (check.absent_by_metadata + check.absent_by_content).into(),
                ),
                ("content", check.absent_by_content.into()),
                ("plan", check.outside_plan.into()),
                ("gaps", check.not_examined.into()),
            ],
        );
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&check.indicator),
            escape(&texts.check_kind(check.kind)),
            escape(&value)
        )?;
    }
    writeln!(out, "</table>")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
