//! What a process has open, and how its content is read although its path is gone.

use std::fs::File;
use std::sync::Arc;

use rustix::fs::{FileType, OFlags};

use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::platform::linux::file_state::Surroundings;
use crate::platform::linux::folder::ProcessFolder;
use crate::platform::linux::tree::{Stat, list_folder, open_place, read_link, stat_link, stat_of};
use crate::processes::{OpenFile, OpenFiles, OpenKind, Process};
use crate::unread::{Cause, Unread};

/// Descriptors that one look covers, and that are given up together.
const DESCRIPTORS_PER_LOOK: usize = 64;

type Listed = Result<OpenFile, (u32, Cause)>;

/// Opens the content of the running program.
pub(crate) fn open_executable(process: &Process) -> Result<File, Cause> {
    let expected = process
        .executable
        .as_ref()
        .map(|executable| (executable.device, executable.inode));
    patient_open(process, "exe".to_owned(), expected)
}

/// Opens the content of a regular file that the process has open.
pub(crate) fn open_file(process: &Process, file: &OpenFile) -> Result<File, Cause> {
    if !matches!(file.kind, OpenKind::File(_)) {
        return Err(Cause::Special);
    }
    let expected = (file.device, file.inode);
    patient_open(process, format!("fd/{}", file.descriptor), Some(expected))
}

/// Lists what the process has open.
pub(crate) fn open_files(process: &Process, options: &LiveOptions) -> Result<OpenFiles, Cause> {
    let folder = Arc::new(ProcessFolder::open_again(process)?);
    let descriptors = folder.open_entry("fd", OFlags::RDONLY | OFlags::DIRECTORY)?;
    let (names, cut) = list_folder(&descriptors, options.open_file_count_max)?;
    let number = |name: Vec<u8>| std::str::from_utf8(&name).ok()?.parse().ok();
    let mut numbers: Vec<u32> = names.into_iter().filter_map(number).collect();
    numbers.sort_unstable();
    let mut found = OpenFiles::default();
    let label = process.label();
    if cut {
        let cause = Cause::TooLarge("open files of one process");
        found
            .unread
            .push(Unread::new(format!("{label}: more open files"), cause));
    }
    let mut patience = Patience::new(options.patience);
    for some in numbers.chunks(DESCRIPTORS_PER_LOOK) {
        let (looker, wanted) = (Arc::clone(&folder), some.to_vec());
        let listed = patience
            .look(move || state_descriptors(&looker, &wanted))
            .unwrap_or_else(|cause| {
                some.iter()
                    .map(|&number| Err((number, cause.clone())))
                    .collect()
            });
        for entry in listed {
            match entry {
                Ok(file) => found.items.push(file),
                Err((number, cause)) => found
                    .unread
                    .push(Unread::new(format!("{label}: descriptor {number}"), cause)),
            }
        }
    }
    Ok(found)
}

fn state_descriptors(folder: &ProcessFolder, numbers: &[u32]) -> Vec<Listed> {
    let surroundings = Surroundings::of(folder);
    let state = |number: u32| {
        state_descriptor(folder, &surroundings, number).map_err(|cause| (number, cause))
    };
    numbers.iter().map(|&number| state(number)).collect()
}

fn state_descriptor(
    folder: &ProcessFolder,
    surroundings: &Surroundings,
    descriptor: u32,
) -> Result<OpenFile, Cause> {
    let name = format!("fd/{descriptor}");
    let link = read_link(folder, &name)?;
    let own = stat_link(folder, &name)?;
    let (path, kind) = match own.kind {
        FileType::RegularFile => {
            let same = |found: &Stat| (found.device, found.inode) == (own.device, own.inode);
            let (path, state) = surroundings.judge(&link, &same);
            (path, OpenKind::File(state))
        }
        FileType::Directory => (link, OpenKind::Folder),
        FileType::Socket => (link, OpenKind::Socket(own.inode)),
        _ => (link, OpenKind::Other),
    };
    Ok(OpenFile {
        descriptor,
        path,
        kind,
        device: own.device,
        inode: own.inode,
    })
}

fn patient_open(
    process: &Process,
    name: String,
    expected: Option<(u64, u64)>,
) -> Result<File, Cause> {
    let folder = ProcessFolder::open_again(process)?;
    Patience::new(process.identity.patience)
        .look(move || open_regular(&folder, &name, expected))
        .flatten()
}

/// Opens what a link of `/proc` leads to, if it is the regular file that was expected. Nothing else is opened even to
/// see what it is.
pub(super) fn open_regular(
    folder: &ProcessFolder,
    name: &str,
    expected: Option<(u64, u64)>,
) -> Result<File, Cause> {
    let place = folder.open_entry(name, OFlags::PATH)?;
    let stat = stat_of(&place)?;
    if stat.kind != FileType::RegularFile {
        return Err(Cause::Special);
    }
    if expected.is_some_and(|expected| expected != (stat.device, stat.inode)) {
        return Err(Cause::Vanished);
    }
    open_place(&place)
}
