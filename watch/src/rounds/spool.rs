//! What others wish of a running watch: it alone writes to its folder, so wishes are put into `wishes/` and taken from there.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use documents::PublicKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::keeping::{KeepError, Target, WatchFolder};
use crate::notices::NoticeBoard;

/// Bytes of one wish.
const WISH_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of a file with a notice.
const NOTICE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Files that are taken at one time.
const TAKEN_MAX: usize = 1_000;

/// What somebody wishes of a running watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "wish")]
pub enum Wish {
    /// Put a page under watch: what it shows is approved.
    Add {
        /// Which.
        target: Target,
        /// Who says that it is in order.
        by: String,
    },
    /// Approve what a page shows.
    Approve {
        /// Which.
        url: String,
        /// Who says that it is in order.
        by: String,
        /// Why it has changed.
        #[serde(default)]
        note: String,
    },
    /// Approve what a survey of a page's site finds.
    ApproveSurvey {
        /// Which page.
        url: String,
        /// Who says that it is in order.
        by: String,
        /// Why.
        #[serde(default)]
        note: String,
    },
}

/// Puts a wish where the running watch finds it, whole or not at all.
pub fn wish(folder: &Path, wish: &Wish) -> Result<(), KeepError> {
    let folder = folder.join("wishes");
    fs_err::create_dir_all(&folder)?;
    let mut file = tempfile::Builder::new()
        .prefix("wish-")
        .suffix(".part")
        .tempfile_in(&folder)?;
    serde_json::to_writer(&mut file, wish).map_err(std::io::Error::other)?;
    file.flush()?;
    file.as_file().sync_data()?;
    let path = file.path().with_extension("json");
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Returns every wish that is there and not known yet, each with its file: that stays until the wish is fulfilled, or a watch that is
/// killed would forget it. What cannot be read as a wish is told as an error.
pub(super) fn new_wishes(
    folder: &Path,
    is_known: impl Fn(&Path) -> bool,
) -> Vec<(PathBuf, Result<Wish, String>)> {
    let mut wishes = Vec::new();
    for path in list_those(&folder.join("wishes"), WISH_BYTES_MAX, |path| {
        !is_known(path)
    }) {
        let wish = fs_err::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                serde_json::from_slice(&bytes)
                    .map_err(|error| format!("read '{}': {error}", path.display()))
            });
        wishes.push((path, wish));
    }
    wishes
}

/// Takes the notices that were put into `notices/` of a watch: they stand on the board and in the evidence then. What is refused is
/// put aside. Returns what could not be done, readable after "could not".
pub fn take_notices(
    folder: &mut WatchFolder,
    board: &mut NoticeBoard,
    publishers: &dyn Fn(&str) -> Vec<PublicKey>,
    now: Timestamp,
) -> Vec<String> {
    let mut problems = Vec::new();
    for path in list_those(&folder.path().join("notices"), NOTICE_BYTES_MAX, |_| true) {
        let Ok(bytes) = fs_err::read(&path) else {
            continue;
        };
        let taken = board.take(&bytes, publishers, now).cloned();
        let (place, body) = match &taken {
            Ok(notice) => ("taken", json!({ "notice": notice })),
            Err(error) => ("refused", json!({ "refused": domain::chain(error) })),
        };
        let host = taken
            .as_ref()
            .map_or("", |notice| notice.says.host.as_str());
        let kept = folder
            .write_down(now, host, "notice", &body)
            .and_then(|_| folder.keep_part("notices.json", board))
            .and_then(|()| set_aside(&path, place).map_err(KeepError::File));
        if let Err(error) = taken {
            let (path, error) = (path.display(), domain::chain(&error));
            problems.push(format!("take the notice '{path}': could not {error}"));
        }
        if let Err(error) = kept {
            problems.push(domain::chain(&error));
        }
    }
    problems
}

fn list_those(folder: &Path, bytes_max: u64, is_meant: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else {
        return Vec::new();
    };
    let is_one = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "json")
            && fs_err::symlink_metadata(path)
                .is_ok_and(|about| about.is_file() && about.len() <= bytes_max)
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_meant(path) && is_one(path))
        .take(TAKEN_MAX)
        .collect();
    paths.sort_unstable();
    paths
}

/// Moves a file of a spool folder into a folder inside it.
pub(super) fn set_aside(path: &Path, place: &str) -> std::io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(std::io::Error::other("no file of a folder"));
    };
    let aside = folder.join(place);
    fs_err::create_dir_all(&aside)?;
    fs_err::rename(path, aside.join(name))
}
