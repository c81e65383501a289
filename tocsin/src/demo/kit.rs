//! The office without a server: a sweep kit is carried to its host, and a clerk hands the reports in by web form.

use anyhow::{Context as _, bail};
use domain::AlertId;
use fs_err as fs;

use super::disks;
use super::issuing;
use super::processes::words;
use super::stage::Stage;
use super::story::{OFFICE, OFFICE_HOST, OFFICE_PLANTED, organisation};
use super::tree::Tree;

/// Separates the parts of the form. No report contains it: it is not hexadecimal and reports are JSON.
const BOUNDARY: &str = "tocsin-demo-form-boundary";

/// Sweeps the office's host by hand and answers for the office.
pub fn answer(stage: &Stage, tree: &Tree, alerts: &[AlertId]) -> anyhow::Result<()> {
    let disk = stage.disk(OFFICE_HOST);
    disks::lay_out(&disk, 77, OFFICE_PLANTED)?;
    let root = stage.document("root.json");
    for (alert, file) in alerts.iter().zip(issuing::signed_alerts(stage)) {
        let report = stage.document(&format!("{OFFICE_HOST}.{}.json", alert.short()));
        let sweep = words![
            "sweep",
            &disk,
            "--alert",
            &file,
            "--root",
            &root,
            "--host",
            &OFFICE_HOST,
            "--format",
            "json",
            "--report",
            &report,
        ];
        stage.program.run(&sweep, &[0, 1, 2])?;
        hand_in(&tree.form_address(), *alert, &fs::read(&report)?)?;
    }
    Ok(())
}

/// Does what a browser does: opens the form, fills it in, sends it with its cookie and token.
fn hand_in(form: &str, alert: AlertId, report: &[u8]) -> anyhow::Result<()> {
    let browser: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into();
    let mut page = browser
        .get(form)
        .call()
        .context("could not open the form")?;
    let cookies: Vec<String> = page
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| Some(cookie.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    let text = page.body_mut().read_to_string()?;
    let token = text
        .split("name=\"token\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let token = token.context("the form has no token")?;
    let answer = browser
        .post(format!("{form}/reports"))
        .header("cookie", cookies.join("; "))
        .content_type(format!("multipart/form-data; boundary={BOUNDARY}"))
        .send(&body(token, alert, report)[..])?;
    if !answer.status().is_redirection() {
        bail!("the form answered {}", answer.status());
    }
    Ok(())
}

fn body(token: &str, alert: AlertId, report: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let alert = alert.to_string();
    for (name, value) in [
        ("token", token),
        ("alert", &alert),
        ("officer", organisation(OFFICE).officer),
    ] {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"reports\"; filename=\"report.json\"\r\n\
         Content-Type: application/json\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(report);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
