//! What is printed of a site's files: for people a line in words, for programs an object.

use std::io::Write as _;

use serde::Serialize;
use verdicts::visible_json;
use webroot::{Action, Finding, Notice, PassKind, Process, Program, State, Step, What};

use super::output::say;
use crate::commands::Context;

/// Prints a line at once: it may be waited for.
pub fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more: the watch goes on, because its log may.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Returns an object as one line, below the name of what it is.
pub fn to_line(name: &str, value: &impl Serialize) -> String {
    format!("{{\"{name}\":{}}}", plain_line(value))
}

/// Returns an object as one line.
pub fn plain_line(value: &impl Serialize) -> String {
    let line = serde_json::to_string(value);
    visible_json(&line.expect("strings and numbers can always be written as JSON"))
}

/// Returns a finding in words.
pub fn finding_text(context: &Context, finding: &Finding) -> String {
    let path = finding.path.to_text();
    let (from, to) = (finding.expected.as_ref(), finding.found.as_ref());
    let with_states = |key, part: fn(&State) -> String| {
        let part = |state: Option<&State>| state.map_or_else(|| "-".to_owned(), part);
        say(
            context,
            key,
            &[("path", &path), ("from", &part(from)), ("to", &part(to))],
        )
    };
    match finding.what {
        What::Added => with_states("files-added", digest_of),
        What::Changed => with_states("files-changed", digest_of),
        What::Mode => with_states("files-mode", mode_of),
        What::Owner => with_states("files-owner", owner_of),
        What::Program => say(context, program_key(finding.program), &[("path", &path)]),
        What::Removed => say(context, "files-removed", &[("path", &path)]),
        What::Type => with_states("files-type", |state| {
            format!("{:?}", state.kind).to_lowercase()
        }),
    }
}

/// Returns a step of a restoration in words.
pub fn step_text(context: &Context, step: &Step, problem: Option<&str>) -> String {
    let key = match step.action {
        Action::MoveAway => "files-move-away",
        Action::PutBack => "files-put-back",
        Action::Set => "files-set",
    };
    let path = step.finding.path.to_text();
    let line = say(context, key, &[("path", &path)]);
    match problem {
        Some(problem) => format!("{line}: {problem}"),
        None => line,
    }
}

/// Returns what a watch says in words.
pub fn notice_text(context: &Context, notice: &Notice) -> String {
    match notice {
        Notice::Alarm(alarm) => {
            let finding = finding_text(context, &alarm.finding);
            let at = alarm.at.to_string();
            let line = say(
                context,
                "files-alarm",
                &[("at", &at), ("finding", &finding)],
            );
            match &alarm.process {
                Some(process) => format!("{line}\n{}", process_text(context, process)),
                None => line,
            }
        }
        Notice::Cleared { path, at } => {
            let (path, at) = (path.to_text(), at.to_string());
            say(context, "files-cleared", &[("at", &at), ("path", &path)])
        }
        Notice::EventsLost => say(context, "files-events-lost", &[]),
        Notice::Expired { expired_at } => {
            say(context, "files-expired", &[("at", &expired_at.to_string())])
        }
        Notice::NoEvents { reason } => say(context, "files-no-events", &[("reason", reason)]),
        Notice::Pass { kind, totals } => {
            let key = match kind {
                PassKind::First => "files-pass-first",
                PassKind::Rescan => "files-pass-rescan",
                PassKind::Slow => "files-pass-slow",
                PassKind::Timed => "files-pass-timed",
            };
            say(
                context,
                key,
                &[("files", &texts::count(totals.files, context.language))],
            )
        }
        Notice::RootMissing { reason } => say(context, "files-root-missing", &[("reason", reason)]),
        Notice::Unread(unread) => {
            let path = unread.path.to_text();
            say(
                context,
                "files-unread",
                &[("path", &path), ("reason", &unread.reason)],
            )
        }
        Notice::Version { version } => say(
            context,
            "files-version",
            &[("version", &version.to_string())],
        ),
    }
}

fn process_text(context: &Context, process: &Process) -> String {
    let number = process.user.map(|user| user.to_string());
    let user = process
        .user_name
        .clone()
        .or(number)
        .unwrap_or_else(|| "?".to_owned());
    let executable = process
        .executable
        .as_ref()
        .map_or_else(|| "?".to_owned(), webroot::SitePath::to_text);
    let command = process.command.as_deref().unwrap_or("?");
    let values = [
        ("pid", process.pid.to_string()),
        ("executable", executable),
        ("command", command.to_owned()),
        ("user", user),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    say(context, "files-process", &values)
}

fn program_key(program: Option<Program>) -> &'static str {
    match program {
        Some(Program::Content) | None => "files-program-content",
        Some(Program::Executable) => "files-program-executable",
        Some(Program::Link) => "files-program-link",
        Some(Program::Name) => "files-program-name",
        Some(Program::Special) => "files-program-special",
    }
}

/// The digest where there is one, else the target, else what it is.
fn digest_of(state: &State) -> String {
    if let Some(digest) = &state.sha256 {
        return digest.clone();
    }
    if let Some(target) = &state.target {
        return target.to_text();
    }
    match state.size {
        Some(size) => format!("{size} B"),
        None => format!("{:?}", state.kind).to_lowercase(),
    }
}

fn mode_of(state: &State) -> String {
    state
        .mode
        .map_or_else(|| "-".to_owned(), |mode| format!("{mode:04o}"))
}

fn owner_of(state: &State) -> String {
    let owner = state.owner;
    owner.map_or_else(
        || "-".to_owned(),
        |owner| format!("{}:{}", owner.user, owner.group),
    )
}
