//! What a sweep asks of the operating system, behind one interface. No other module has a `cfg`.
//!
//! The interface is that of [`linux`]: [`FolderHandle`] opens, lists and states without ever following a link,
//! [`Stat`] is what is known of an entry, [`open_root`] is the only call that takes a path and resolves it. What the
//! vault changes is in `changing`.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub(crate) use linux::burden::{give_way, is_on_battery, pressure, processor_time};
#[cfg(target_os = "linux")]
pub(crate) use linux::changing::{FileAttributes, lock, open_parent, try_lock_folder};
#[cfg(target_os = "linux")]
pub(crate) use linux::processes::{is_killed, this_process};
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    EntryKind, FileSystem, FolderHandle, ListBuffer, Stat, Time, file_system_of, is_a_link,
    keeps_times, open_real_folder, open_root, path_bytes, path_from_bytes, stat_of, user_id,
};
