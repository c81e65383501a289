//! What the form sends: an officer's answer with counts, or reports of the sweep kit as files. Hostile until parsed.

use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{AlertId, Answer, HostCounters, SweepReport};
use node::HostedAnswer;
use serde::Deserialize;

use super::pages::thanks;
use crate::app::App;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::pieces::{brief, plain};
use crate::request::{CheckedForm, Visitor};

/// Bytes of one upload, all files together.
pub(super) const REPORT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Hosts that an organisation without a server can have. A slip of the finger must not become a nation's number.
const HOSTS_MAX: u64 = 100_000;

/// The form's fields as they come.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AnswerForm {
    alert: String,
    officer: String,
    post: String,
    sweep: Option<Answer>,
    complete: String,
    incomplete: String,
    unreachable: String,
    refused: String,
    pending: String,
    found: String,
}

pub(super) async fn answer(
    State(app): State<App>,
    Path(secret): Path<String>,
    CheckedForm(form): CheckedForm<AnswerForm>,
) -> Result<Response, WebError> {
    let answer = HostedAnswer {
        alert: crate::alerts::parse_alert(&form.alert)?,
        officer: signature(&form.officer, &form.post),
        sweep: form.sweep.filter(|answer| *answer != Answer::Pending),
        hosts: form.hosts()?,
        hosts_found: number(&form.found)?,
        reports: Vec::new(),
    };
    send(&app, &secret, answer).await?;
    Ok(thanks(&secret))
}

impl AnswerForm {
    /// Returns the counts, or nothing where no field was filled in.
    fn hosts(&self) -> Result<Option<HostCounters>, WebError> {
        let fields = [
            &self.complete,
            &self.incomplete,
            &self.unreachable,
            &self.refused,
            &self.pending,
        ];
        if fields.iter().all(|field| field.trim().is_empty()) {
            return Ok(None);
        }
        Ok(Some(HostCounters {
            complete: number(&self.complete)?,
            incomplete: number(&self.incomplete)?,
            unreachable: number(&self.unreachable)?,
            refused: number(&self.refused)?,
            pending: number(&self.pending)?,
        }))
    }
}

fn number(text: &str) -> Result<u64, WebError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse()
        .ok()
        .filter(|number| *number <= HOSTS_MAX)
        .ok_or_else(|| WebError::Unreadable(format!("a count is at most {HOSTS_MAX}")))
}

/// Name and post on one line, as a letter is signed.
fn signature(officer: &str, post: &str) -> String {
    match (officer.trim(), post.trim()) {
        // Without a name there is no signature, whatever the post.
        ("", _) => String::new(),
        (officer, "") => officer.to_owned(),
        (officer, post) => format!("{officer}, {post}"),
    }
}

async fn send(
    app: &App,
    secret: &str,
    answer: HostedAnswer,
) -> Result<node::HostedReceipt, WebError> {
    let secret = secret.to_owned();
    app.ask(move |board| board.answer_for_hosted(&secret, &answer))
        .await
}

/// What `tocsin sweep --format json` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    schema: u32,
    reports: Vec<SweepReport>,
}

#[derive(askama::Template)]
#[template(path = "hosted_form/refused.html")]
struct RefusedReportsPage {
    frame: Frame,
    secret: String,
    accepted: u64,
    refused: Vec<(String, String)>,
}

/// Takes the reports of the kit. A file that is no report costs itself only.
pub(super) async fn upload(
    State(app): State<App>,
    Path(secret): Path<String>,
    visitor: Visitor,
    form: Multipart,
) -> Result<Response, WebError> {
    let Upload {
        alert,
        officer,
        post,
        files,
    } = {
        // Before a byte of the upload is read: a made-up address costs nothing.
        super::pages::find(&app, &secret).await?;
        let _place = app.uploads.acquire().await;
        read(form, &visitor).await?
    };
    let alert = crate::alerts::parse_alert(&alert)?;
    let mut refused = Vec::new();
    let mut reports = Vec::new();
    for (name, bytes) in files {
        match parse(&bytes, alert) {
            Ok(found) => reports.extend(found),
            Err(reason) => refused.push((brief(&name), plain(&reason))),
        }
    }
    let mut accepted = reports.len() as u64;
    if accepted > 0 {
        let answer = HostedAnswer {
            alert,
            officer: signature(&officer, &post),
            sweep: None,
            hosts: None,
            hosts_found: 0,
            reports,
        };
        let receipt = send(&app, &secret, answer).await?;
        accepted = accepted.saturating_sub(receipt.refused_reports.len() as u64);
        let refusals = receipt.refused_reports.iter();
        refused.extend(refusals.map(|(host, reason)| (brief(host), plain(reason))));
    }
    if refused.is_empty() && accepted > 0 {
        return Ok(thanks(&secret));
    }
    let page = render(&RefusedReportsPage {
        frame: Frame::new(&app, &visitor, Area::None),
        secret,
        accepted,
        refused,
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Reads a file of reports; only those about `alert` count.
fn parse(bytes: &[u8], alert: AlertId) -> Result<Vec<SweepReport>, String> {
    let file: ReportFile = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.schema != domain::report::SCHEMA {
        return Err(format!("format {} is not known", file.schema));
    }
    let reports: Vec<SweepReport> = file
        .reports
        .into_iter()
        .filter(|report| report.alert.id == Some(alert))
        .collect();
    if reports.is_empty() {
        return Err("it holds no report about this alert".to_owned());
    }
    Ok(reports)
}

#[derive(Default)]
struct Upload {
    alert: String,
    officer: String,
    post: String,
    files: Vec<(String, Vec<u8>)>,
}

/// Reads the parts in their order: the token is the first, and nothing is kept before it was right.
async fn read(mut form: Multipart, visitor: &Visitor) -> Result<Upload, WebError> {
    let mut upload = Upload::default();
    let mut is_ours = false;
    while let Some(field) = form.next_field().await.map_err(|error| refuse(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "token" {
            let token = field.text().await.map_err(|error| refuse(&error))?;
            visitor.check_form(&token)?;
            is_ours = true;
            continue;
        }
        if !is_ours {
            return Err(WebError::ForeignForm);
        }
        if name == "reports" {
            let file = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| refuse(&error))?;
            if !bytes.is_empty() {
                upload.files.push((file, bytes.to_vec()));
            }
            continue;
        }
        let text = field.text().await.map_err(|error| refuse(&error))?;
        match name.as_str() {
            "alert" => upload.alert = text,
            "officer" => upload.officer = text,
            "post" => upload.post = text,
            _ => return Err(WebError::Unreadable("an unknown field".to_owned())),
        }
    }
    if is_ours {
        Ok(upload)
    } else {
        Err(WebError::ForeignForm)
    }
}

fn refuse(error: &MultipartError) -> WebError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        WebError::TooLarge
    } else {
        WebError::Unreadable(error.body_text())
    }
}
