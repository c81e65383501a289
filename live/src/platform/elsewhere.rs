//! Systems that are not yet read. Everything says so.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use crate::connections::Connections;
use crate::memory::{MemoryCoverage, Piece, Region};
use crate::names::{HostEntries, ResolvedNames};
use crate::options::LiveOptions;
use crate::persistence::PersistencePoints;
use crate::processes::{OpenFile, OpenFiles, Process, Processes};
use crate::unread::{Cause, Unread};

const NOT_HERE: Cause = Cause::NotAvailable("the running system is not read on this platform");

/// What tells a process: there are none here.
pub(crate) type Identity = Infallible;

/// The memory of a process: there is none here.
#[derive(Debug)]
pub(crate) struct Memory(Infallible);

impl Memory {
    pub(crate) fn regions(&self) -> &[Region] {
        match self.0 {}
    }

    pub(crate) fn read(
        &mut self,
        _: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) -> MemoryCoverage {
        match self.0 {}
    }

    pub(crate) fn open_region_file(&self, _: &Region) -> Result<File, Cause> {
        match self.0 {}
    }
}

/// A file tree: none is read here.
#[derive(Debug)]
pub(crate) struct Tree(Infallible);

/// Content of a file: there is none here.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cut: bool,
}

impl Tree {
    pub(crate) fn open(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn read(&self, _: &[u8], _: usize) -> Result<Content, Cause> {
        match self.0 {}
    }

    pub(crate) fn list(&self, _: &[u8], _: usize) -> io::Result<(Vec<Vec<u8>>, bool)> {
        match self.0 {}
    }

    pub(crate) fn stat(&self, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn is_link(&self, _: &[u8]) -> bool {
        match self.0 {}
    }

    pub(crate) fn same(&self, _: &[u8], _: &[u8]) -> bool {
        match self.0 {}
    }
}

pub(crate) fn list_processes(_: &LiveOptions) -> Processes {
    Processes {
        items: Vec::new(),
        unread: vec![Unread::new("processes", NOT_HERE)],
    }
}

pub(crate) fn open_executable(process: &Process) -> Result<File, Cause> {
    match process.identity {}
}

pub(crate) fn open_files(process: &Process, _: &LiveOptions) -> Result<OpenFiles, Cause> {
    match process.identity {}
}

pub(crate) fn open_file(process: &Process, _: &OpenFile) -> Result<File, Cause> {
    match process.identity {}
}

pub(crate) fn open_memory(process: &Process, _: &LiveOptions) -> Result<Memory, Cause> {
    match process.identity {}
}

pub(crate) fn still_runs(process: &Process) -> bool {
    match process.identity {}
}

pub(crate) fn list_connections(_: &LiveOptions, _: &Processes) -> Connections {
    Connections {
        items: Vec::new(),
        unread: vec![Unread::new("connections", NOT_HERE)],
    }
}

pub(crate) fn list_host_entries(_: &LiveOptions) -> HostEntries {
    HostEntries {
        items: Vec::new(),
        unread: vec![Unread::new("hosts file", NOT_HERE)],
    }
}

pub(crate) fn list_resolved_names(_: &LiveOptions, _: &Processes) -> ResolvedNames {
    ResolvedNames {
        items: Vec::new(),
        unread: vec![Unread::new("resolver caches", NOT_HERE)],
    }
}

pub(crate) fn list_persistence_points(_: &LiveOptions) -> PersistencePoints {
    PersistencePoints {
        items: Vec::new(),
        unread: vec![Unread::new("persistence points", NOT_HERE)],
    }
}

pub(crate) fn vanished(_: &io::Error) -> bool {
    false
}
