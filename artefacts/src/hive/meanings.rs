//! Says what a key or a value in a known place means, as traces of their own beside the plain ones.

use std::ops::ControlFlow;

use super::places::Meaning;
use super::{compatibility_cache, task_actions};
use crate::bytes::{seconds, u64_at};
use crate::outlet::Outlet;
use crate::trace::{Data, Flow, Trace, What};

/// Known folders as `UserAssist` writes them. Source: Microsoft, `KNOWNFOLDERID`.
const FOLDERS: [(&str, &str); 6] = [
    (
        "{0139D44E-6AFE-49F2-8690-3DAFCAE6FFB8}",
        r"%ProgramData%\Microsoft\Windows\Start Menu\Programs",
    ),
    (
        "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}",
        r"%SystemRoot%\System32",
    ),
    ("{6D809377-6AF0-444B-8957-A3773F02200E}", r"%ProgramW6432%"),
    (
        "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}",
        r"%ProgramFiles(x86)%",
    ),
    (
        "{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}",
        r"%SystemRoot%\SysWOW64",
    ),
    ("{F38BF404-1D43-42F2-9305-67DE0B28FC23}", r"%SystemRoot%"),
];
/// What `MUICache` appends to the path of a program.
const MUI_ENDINGS: [&str; 2] = [".FriendlyAppName", ".ApplicationCompany"];

/// Where a meaning was found.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The path of the key or value.
    pub(super) location: &'a str,
    /// When its key was written last.
    pub(super) at: Option<i64>,
}

/// Hands out what a key means; `text_of` returns the text of one of its values.
pub(super) fn of_key(
    meaning: Meaning,
    name: &str,
    text_of: &dyn Fn(&str) -> Option<String>,
    context: Context<'_>,
    out: &mut Outlet<'_>,
) -> Flow {
    match meaning {
        Meaning::Service => {
            let program = text_of("ImagePath");
            let data = program.as_deref().map_or(Data::None, Data::Text);
            let mut give = |text: &str| {
                out.give(&Trace {
                    what: What::Service,
                    text,
                    data,
                    location: context.location,
                    at: context.at,
                })
            };
            give(name)?;
            // A name that begins with @ stands in a library of its own and cannot be known from here.
            match text_of("DisplayName")
                .filter(|shown| !shown.is_empty() && !shown.starts_with('@'))
            {
                Some(shown) if !shown.eq_ignore_ascii_case(name) => give(&shown),
                _ => ControlFlow::Continue(()),
            }
        }
        Meaning::KeyIsPath => give(out, What::FilePath, &name.replace('/', "\\"), context),
        _ => ControlFlow::Continue(()),
    }
}

/// Hands out what a value means.
pub(super) fn of_value(
    meaning: Meaning,
    name: &str,
    data: Data<'_>,
    bytes: &[u8],
    context: Context<'_>,
    out: &mut Outlet<'_>,
) -> Flow {
    let text = match data {
        Data::Text(text) => text,
        _ => "",
    };
    match meaning {
        Meaning::Command => text
            .lines()
            .try_for_each(|line| give(out, What::CommandLine, line.trim(), context)),
        Meaning::Path => give(out, What::FilePath, text, context),
        Meaning::FileName => give(out, What::FileName, text, context),
        Meaning::Url => give(out, What::Url, text, context),
        Meaning::Sha1 => give(out, What::Sha1, &sha1(text), context),
        Meaning::NameIsPath => {
            let at = seconds(u64_at(bytes, 0).filter(|_| bytes.len() >= 24).unwrap_or(0));
            path_in_name(name, Context { at, ..context }, out)
        }
        Meaning::NameIsTurnedPath => {
            let at = seconds(last_run(bytes).unwrap_or(0));
            path_in_name(&turned(name), Context { at, ..context }, out)
        }
        Meaning::RunDialogue if name.chars().count() == 1 => give(
            out,
            What::CommandLine,
            text.trim_end_matches("\\1"),
            context,
        ),
        Meaning::CompatibilityCache => compatibility_cache::read(bytes, context.location, out),
        Meaning::TaskPath => give(out, What::ScheduledTask, text, context),
        Meaning::TaskActions => task_actions::read(bytes, context, out),
        Meaning::KeyIsPath | Meaning::RunDialogue | Meaning::Service => ControlFlow::Continue(()),
    }
}

fn give(out: &mut Outlet<'_>, what: What, text: &str, context: Context<'_>) -> Flow {
    out.give_text_at(what, text, context.location, context.at)
}

/// Four zeros stand before the digest.
fn sha1(text: &str) -> String {
    let digest = text.strip_prefix("0000").unwrap_or_default();
    if digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        digest.to_ascii_lowercase()
    } else {
        String::new()
    }
}

fn path_in_name(name: &str, context: Context<'_>, out: &mut Outlet<'_>) -> Flow {
    let name = MUI_ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    // Windows XP writes how the program was started before its path.
    let name = match name.split_once(':') {
        Some((how, path)) if how.starts_with("UEME_") => path,
        _ => name,
    };
    if !name.contains('\\') {
        return ControlFlow::Continue(());
    }
    let known = FOLDERS.iter().find_map(|(id, folder)| {
        let head = name.get(..id.len())?;
        head.eq_ignore_ascii_case(id)
            .then(|| format!("{folder}{}", &name[id.len()..]))
    });
    give(
        out,
        What::FilePath,
        known.as_deref().unwrap_or(name),
        context,
    )
}

/// Turns letters by 13 places, as `UserAssist` does.
fn turned(name: &str) -> String {
    let turn = |c: char, first: u8| {
        let place = u8::try_from(c).map_or(0, |c| c - first);
        char::from(first + (place + 13) % 26)
    };
    name.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            _ => c,
        })
        .collect()
}

/// Returns when a program of `UserAssist` was run last: 16 bytes until Windows Vista, 72 since.
fn last_run(bytes: &[u8]) -> Option<u64> {
    match bytes.len() {
        16 => u64_at(bytes, 8),
        72 => u64_at(bytes, 60),
        _ => None,
    }
}
