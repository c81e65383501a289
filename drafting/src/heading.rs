//! The head of the alert: what the officer states, what the inputs say, and what is taken where nobody says anything.

use domain::alert::SCHEMA;
use domain::{
    Action, Alert, AlertText, Combination, Indicator, Language, Observable, Rule, Severity, Tlp,
    Verb,
};
use jiff::{SignedDuration, Timestamp};

use crate::building::Used;
use crate::material::{At, Flaw, Found, Head, Kind, Place, Reported};
use crate::options::DraftOptions;
use crate::problem::ProblemCode;

/// How long an alert is valid where nobody says so.
const VALID_DAYS: i64 = 180;
/// Characters of a title.
const TITLE_CHARS_MAX: usize = 300;

/// What is sought and with what.
pub(crate) struct Content {
    pub(crate) indicators: Vec<Indicator>,
    pub(crate) combinations: Vec<Combination>,
    pub(crate) rules: Vec<Rule>,
}

/// Takes over what a further input says; what differs is reported.
pub(crate) fn merge(head: &mut Head, other: Head, reported: &mut Vec<Reported>) {
    fn take<T: PartialEq>(
        field: &mut Option<At<T>>,
        other: Option<At<T>>,
        name: &str,
        reported: &mut Vec<Reported>,
    ) {
        match (&field, other) {
            (None, other) => *field = other,
            (Some(known), Some(other)) if known.value != other.value => reported.push(Reported {
                place: Some(other.place),
                value: name.to_owned(),
                flaw: Flaw::refused(ProblemCode::HeaderConflict),
            }),
            _ => {}
        }
    }
    take(&mut head.authority, other.authority, "authority", reported);
    take(&mut head.number, other.number, "number", reported);
    take(&mut head.version, other.version, "version", reported);
    take(&mut head.exercise, other.exercise, "exercise", reported);
    take(&mut head.severity, other.severity, "severity", reported);
    take(&mut head.tlp, other.tlp, "tlp", reported);
    take(&mut head.issued_at, other.issued_at, "issued_at", reported);
    take(
        &mut head.expires_at,
        other.expires_at,
        "expires_at",
        reported,
    );
    take(
        &mut head.deadline_at,
        other.deadline_at,
        "deadline_at",
        reported,
    );
    take(&mut head.audience, other.audience, "audience", reported);
    take(&mut head.texts, other.texts, "texts", reported);
    take(&mut head.actions, other.actions, "actions", reported);
    take(&mut head.questions, other.questions, "questions", reported);
    take(
        &mut head.supersedes,
        other.supersedes,
        "supersedes",
        reported,
    );
    // Titles and texts of several letters: the first is the alert's, the others stay where they are.
    head.title = head.title.take().or(other.title);
    head.body = head.body.take().or(other.body);
    head.language = head.language.or(other.language);
    head.written.extend(other.written);
}

/// Puts the alert together. Nothing where its number is missing or its dates cannot be.
pub(crate) fn assemble(
    head: Head,
    content: Content,
    options: &DraftOptions,
    used: &mut Vec<Used>,
    reported: &mut Vec<Reported>,
) -> Option<Alert> {
    note_taken(&head, options, used, reported);
    let dates = dates(&head, options, reported);
    let number = options.number.clone().or(head.number.map(|at| at.value));
    if number.is_none() {
        reported.push(nowhere(Flaw::warning(ProblemCode::NumberMissing)));
    }
    let number = number?;
    let dates = dates?;
    let texts = texts(
        head.texts,
        head.title,
        head.body,
        head.language,
        &number,
        options,
    );
    let actions = match (&options.verbs, head.actions) {
        (Some(verbs), _) => verbs.iter().map(|verb| action(*verb)).collect(),
        (None, Some(actions)) => actions.value,
        (None, None) => usual_actions(&content),
    };
    let alert = Alert {
        schema: SCHEMA,
        authority: options.authority.clone(),
        number,
        version: options
            .version
            .or(head.version.map(|at| at.value))
            .unwrap_or(1),
        exercise: options
            .exercise
            .or(head.exercise.map(|at| at.value))
            .unwrap_or(false),
        severity: options
            .severity
            .or(head.severity.map(|at| at.value))
            .unwrap_or(Severity::High),
        tlp: options
            .tlp
            .or(head.tlp.map(|at| at.value))
            .unwrap_or(Tlp::Amber),
        issued_at: dates.issue,
        expires_at: dates.expiry,
        deadline_at: dates.deadline,
        audience: if options.audience.is_empty() {
            head.audience.map(|at| at.value).unwrap_or_default()
        } else {
            options.audience.clone()
        },
        texts,
        indicators: content.indicators,
        combinations: content.combinations,
        rules: content.rules,
        actions,
        questions: head.questions.map(|at| at.value).unwrap_or_default(),
        supersedes: head.supersedes.map(|at| at.value),
    };
    match alert.check() {
        Ok(()) => Some(alert),
        Err(error) => {
            let code = match error {
                domain::AlertError::Dates => ProblemCode::DatesOrder,
                _ => ProblemCode::AlertInvalid,
            };
            reported.push(nowhere(Flaw::refused(code).with("reason", error)));
            None
        }
    }
}

fn nowhere(flaw: Flaw) -> Reported {
    Reported {
        place: None,
        value: String::new(),
        flaw,
    }
}

/// Says where the text gave number, title and deadline.
fn note_taken(
    head: &Head,
    options: &DraftOptions,
    used: &mut Vec<Used>,
    reported: &mut Vec<Reported>,
) {
    let mut note = |place: Place, kind: Kind, code: ProblemCode, value: &str| {
        reported.push(Reported {
            place: Some(place),
            value: value.to_owned(),
            flaw: Flaw::note(code),
        });
        let written = head.written.iter().find(|(at, _)| *at == place);
        used.push(Used {
            found: Found {
                place,
                kind,
                written: written.map_or(value, |(_, written)| written).to_owned(),
                value: value.to_owned(),
                flaw: None,
            },
            normalised: value.to_owned(),
            indicator: None,
        });
    };
    // A native document states them; nothing was understood there that could be misunderstood.
    if head.texts.is_some() {
        return;
    }
    if let Some(number) = head.number.as_ref().filter(|_| options.number.is_none()) {
        note(
            number.place,
            Kind::Number,
            ProblemCode::NumberTaken,
            &number.value,
        );
    }
    if let Some(title) = head.title.as_ref().filter(|_| options.title.is_none()) {
        note(
            title.place,
            Kind::Title,
            ProblemCode::TitleTaken,
            &title.value,
        );
    }
    if let Some(deadline) = head
        .deadline_at
        .as_ref()
        .filter(|_| options.deadline_at.is_none())
    {
        let shown = deadline.value.to_string();
        note(
            deadline.place,
            Kind::Deadline,
            ProblemCode::DeadlineTaken,
            &shown,
        );
    }
}

struct Dates {
    issue: Timestamp,
    expiry: Timestamp,
    deadline: Option<Timestamp>,
}

fn dates(head: &Head, options: &DraftOptions, reported: &mut Vec<Reported>) -> Option<Dates> {
    let issued_at = options
        .issued_at
        .or(head.issued_at.as_ref().map(|at| at.value))
        .unwrap_or(options.now);
    let stated = options
        .deadline_at
        .or(head.deadline_at.as_ref().map(|at| at.value));
    let deadline_at = stated.filter(|deadline| *deadline >= issued_at);
    match (stated, deadline_at) {
        (Some(past), None) => {
            let from_input = head
                .deadline_at
                .as_ref()
                .filter(|_| options.deadline_at.is_none());
            reported.push(Reported {
                place: from_input.map(|at| at.place),
                value: past.to_string(),
                flaw: Flaw::warning(ProblemCode::DeadlinePast).with("issued", issued_at),
            });
        }
        (None, _) => reported.push(nowhere(Flaw::warning(ProblemCode::NoDeadline))),
        _ => {}
    }
    let usual = || {
        let last = deadline_at.unwrap_or(issued_at).max(issued_at);
        last.checked_add(SignedDuration::from_hours(VALID_DAYS * 24))
            .ok()
    };
    let expires_at = options
        .expires_at
        .or(head.expires_at.as_ref().map(|at| at.value))
        .or_else(usual)?;
    let in_order =
        issued_at < expires_at && deadline_at.is_none_or(|deadline| deadline <= expires_at);
    if !in_order {
        let at = head
            .expires_at
            .as_ref()
            .filter(|_| options.expires_at.is_none());
        reported.push(Reported {
            place: at.map(|at| at.place),
            value: expires_at.to_string(),
            flaw: Flaw::refused(ProblemCode::DatesOrder),
        });
        return None;
    }
    Some(Dates {
        issue: issued_at,
        expiry: expires_at,
        deadline: deadline_at,
    })
}

fn texts(
    stated: Option<At<Vec<AlertText>>>,
    title: Option<At<String>>,
    body: Option<At<String>>,
    language: Option<Language>,
    number: &str,
    options: &DraftOptions,
) -> Vec<AlertText> {
    let language = options.language.or(language).unwrap_or(Language::En);
    let mut texts = stated.map(|at| at.value).unwrap_or_default();
    if texts.is_empty() {
        let title = title.map_or_else(|| number.to_owned(), |at| at.value);
        texts.push(AlertText {
            language,
            title: title.chars().take(TITLE_CHARS_MAX).collect(),
            body: body.map(|at| at.value).unwrap_or_default(),
        });
    }
    let index = texts
        .iter()
        .position(|text| text.language == language)
        .unwrap_or(0);
    if let Some(title) = &options.title {
        texts[index].title.clone_from(title);
    }
    if let Some(body) = &options.body {
        texts[index].body.clone_from(body);
    }
    texts
}

fn usual_actions(content: &Content) -> Vec<Action> {
    let is_for_the_network = |observable: &Observable| {
        matches!(
            observable,
            Observable::Domain(_) | Observable::Network(_) | Observable::Url(_)
        )
    };
    let observables = || {
        content
            .indicators
            .iter()
            .flat_map(|indicator| &indicator.observables)
    };
    let mut verbs = vec![Verb::Inform];
    if observables().any(|observable| !is_for_the_network(observable)) || !content.rules.is_empty()
    {
        verbs.push(Verb::Sweep);
    }
    if observables().any(is_for_the_network) {
        verbs.push(Verb::Block);
    }
    verbs.into_iter().map(action).collect()
}

fn action(verb: Verb) -> Action {
    Action {
        verb,
        deadline_at: None,
    }
}
