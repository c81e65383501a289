//! fanotify: events of a whole file system with the folder and the name they are about, and the process that caused them.
//!
//! The one `unsafe` call is `open_by_handle_at`, for which no crate has a safe face.
#![expect(
    unsafe_code,
    reason = "events name folders by handles, and only this call opens them"
)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use nix::libc;
use nix::sys::fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Bytes of a handle; `MAX_HANDLE_SZ` of the kernel.
pub(crate) const HANDLE_BYTES_MAX: usize = 128;
/// Bytes of events read at once: some thousand events.
pub(crate) const EVENTS_BYTES: usize = 256 * 1024;

/// A queue of events.
#[derive(Debug)]
pub(crate) struct Events(Fanotify);

impl Events {
    /// Begins a queue. Its length stays what the system allows: whoever makes events faster than they are read must not take all
    /// memory of the machine; an overflow is told, and everything is looked at again.
    pub(crate) fn begin() -> io::Result<Self> {
        let report = libc::FAN_REPORT_FID | libc::FAN_REPORT_DIR_FID | libc::FAN_REPORT_NAME;
        let flags = InitFlags::FAN_CLOEXEC
            | InitFlags::FAN_NONBLOCK
            | InitFlags::FAN_CLASS_NOTIF
            | InitFlags::from_bits_retain(report);
        Ok(Self(Fanotify::init(flags, EventFFlags::O_RDONLY)?))
    }

    /// Asks for the events of the whole file system that an open folder is on, however and wherever it is mounted.
    pub(crate) fn mark(&self, folder: impl AsFd) -> io::Result<()> {
        let mask = MaskFlags::FAN_MODIFY
            | MaskFlags::FAN_CLOSE_WRITE
            | MaskFlags::FAN_ATTRIB
            | MaskFlags::FAN_CREATE
            | MaskFlags::FAN_DELETE
            | MaskFlags::FAN_MOVED_FROM
            | MaskFlags::FAN_MOVED_TO
            | MaskFlags::FAN_ONDIR;
        let flags = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        Ok(self.0.mark(flags, mask, folder, Some("."))?)
    }

    /// Waits for events, and tells whether there are any.
    pub(crate) fn wait(&self, time: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
        let time = Timespec::try_from(time).map_err(io::Error::other)?;
        match poll(&mut fds, Some(&time)) {
            Ok(count) => Ok(count > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads events, as many as there is room for; none where there are none.
    pub(crate) fn read<'b>(&self, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        match rustix::io::read(&self.0, &mut *buffer) {
            Ok(count) => Ok(&buffer[..count]),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(&[]),
            Err(error) => Err(error.into()),
        }
    }
}

/// What `open_by_handle_at` takes, `struct file_handle` with all the room that it may need.
#[repr(C, align(8))]
struct RawHandle {
    handle_bytes: u32,
    handle_type: i32,
    handle: [u8; HANDLE_BYTES_MAX],
}

/// Opens what a handle names as a place, neither for reading nor for writing. `mounted` is open on the same file system.
pub(crate) fn open_handle(
    mounted: impl AsFd,
    handle_type: i32,
    handle: &[u8],
) -> io::Result<OwnedFd> {
    let mut raw = RawHandle {
        handle_bytes: 0,
        handle_type,
        handle: [0; HANDLE_BYTES_MAX],
    };
    let room = raw
        .handle
        .get_mut(..handle.len())
        .ok_or(io::ErrorKind::InvalidInput)?;
    room.copy_from_slice(handle);
    raw.handle_bytes = u32::try_from(handle.len()).map_err(io::Error::other)?;
    let flags = libc::O_PATH | libc::O_CLOEXEC | libc::O_NOFOLLOW;
    // SAFETY: the kernel reads `handle_bytes` bytes of the handle, and so many are there: the length was checked above. It writes
    // nothing. The descriptor that it returns is ours and owned by nobody else.
    let opened = unsafe {
        let fd = libc::open_by_handle_at(
            mounted.as_fd().as_raw_fd(),
            std::ptr::from_mut(&mut raw).cast(),
            flags,
        );
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(fd)
    };
    Ok(opened)
}
