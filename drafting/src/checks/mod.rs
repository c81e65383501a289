//! What is wrong with a value, by itself and in the light of all the others.

mod evidence;
mod known;

mod digest;
mod domain;
mod fusion;
mod labels;
mod network;
mod path;
mod punycode;
mod size;

pub(crate) use digest::{is_hex, likely_algorithm};
pub(crate) use domain::has_known_suffix;
pub(crate) use evidence::{Evidence, edit_distance};
pub(crate) use fusion::interior_drive;
pub(crate) use known::{is_file_ending, is_folder_name, is_ordinary_place, is_system_name};
pub(crate) use punycode::to_ascii;
pub(crate) use size::parse_size;

use crate::material::{Flaw, Found, Kind};
use crate::problem::ProblemCode;

/// Returns what is wrong with a value, worst first. Nothing: it is as good as can be seen.
pub(crate) fn check(found: &Found, evidence: &Evidence) -> Vec<Flaw> {
    if let Some(flaw) = &found.flaw {
        return vec![flaw.clone()];
    }
    let value = found.value.as_str();
    match found.kind {
        Kind::Digest(algorithm) => digest::check(algorithm, value, evidence),
        Kind::Domain => domain::check(value, evidence),
        Kind::FileName => path::check_name(value, evidence),
        Kind::Folder => path::check_folder(value, evidence),
        Kind::Ip => network::check(value, evidence),
        Kind::Path => path::check_path(value, evidence),
        Kind::Size => size::check(value),
        Kind::Url => domain::check_url(value, evidence),
        Kind::Mutex
        | Kind::NamedPipe
        | Kind::RegistryKey
        | Kind::RegistryValue
        | Kind::ScheduledTask
        | Kind::Service => fusion::check_plain(found.kind, value, evidence),
        Kind::Deadline | Kind::Number | Kind::Role | Kind::Rule | Kind::Title => Vec::new(),
        Kind::Unclear => vec![Flaw::refused(ProblemCode::ValueMalformed)],
    }
}
