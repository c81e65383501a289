//! Persistence points: every place from which this system starts something by itself.
//!
//! They are files, and everything that examines a file applies to them. What they name (commands, libraries) is listed
//! too, with the file that points at it.

use crate::options::LiveOptions;
use crate::platform;
use crate::unread::Unread;

/// Lists the persistence points below the options' root, each path once.
pub fn list_persistence_points(options: &LiveOptions) -> PersistencePoints {
    platform::list_persistence_points(options)
}

/// The persistence points of a system.
#[derive(Clone, Debug, Default)]
pub struct PersistencePoints {
    /// What was listed.
    pub items: Vec<PersistencePoint>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// One file that is started, loaded or obeyed without anybody asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistencePoint {
    /// How.
    pub kind: PersistenceKind,
    /// Its path as it is named, from the system's root.
    pub path: Vec<u8>,
    /// Whether it is there.
    pub presence: Presence,
    /// The file that names it, where it is not in a place of its own.
    pub pointed_at_by: Option<Vec<u8>>,
}

/// Whether a named file is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is named, and is not there.
    Missing,
    /// It is a regular file; its own path, links followed inside the system's root.
    Present(Vec<u8>),
    /// It could not be looked at.
    Unread(crate::unread::Cause),
}

/// How something is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersistenceKind {
    /// A job of `at`.
    AtJob,
    /// Keys that may log in.
    AuthorizedKeys,
    /// Started with a desktop session (XDG).
    Autostart,
    /// A table or script of `cron`, `anacron`, `incron` or `logrotate`.
    Cron,
    /// A service that the message bus starts.
    DbusService,
    /// A server that `inetd` starts, or a rule of `tcpd`.
    Inetd,
    /// A script of `init`, or what one reads first.
    InitScript,
    /// A program that the kernel starts (`core_pattern`, `binfmt_misc`).
    KernelHelper,
    /// A kernel module that is loaded.
    KernelModule,
    /// Configuration of kernel modules.
    KernelModuleConfiguration,
    /// Configuration of the dynamic linker.
    LinkerConfiguration,
    /// A library that is loaded into every program.
    LinkerPreload,
    /// A script of the greeting.
    Motd,
    /// A script that runs when a network comes up or goes down.
    NetworkScript,
    /// A hook of the package manager.
    PackageHook,
    /// Configuration of PAM.
    Pam,
    /// A rule of polkit.
    Polkit,
    /// `rc.local`.
    RcLocal,
    /// A profile of a shell.
    ShellProfile,
    /// Configuration of the SSH server or a user's `rc`.
    Ssh,
    /// Configuration of `sudo`.
    Sudo,
    /// A generator of `systemd`.
    SystemdGenerator,
    /// A timer of `systemd`.
    SystemdTimer,
    /// Any other unit of `systemd`.
    SystemdUnit,
    /// A rule of `udev`.
    Udev,
}
