//! Goes through the file records twice: for the folders, and then for everything with its path.

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::file::{File, Stream};
use super::folders::{Folders, ROOT};
use super::item::{ItemKind, ReadSeek, Times, VolumeItem};
use super::partitions::{self, Section};
use super::record::{Name, NoRecord, Record, types};
use super::table::Table;
use crate::outlet::Damage;
use crate::reading::contained;
use crate::trace::{Damaged, Flow, Limits};

/// Records below this one are the file system's own.
const FIRST_OF_USERS: u64 = 16;

/// Reads a whole NTFS volume, or each of them on a whole disk, and hands out each file, folder and alternate stream with its
/// content, deleted ones too; ends early when told. The file system's own files (`$MFT`, `$LogFile`, …) are no items. Where a disk has
/// several volumes, paths begin with `volume 1/`, `volume 2/`, ….
pub fn read_volume(
    source: &mut dyn ReadSeek,
    limits: &Limits,
    each: &mut dyn FnMut(&mut VolumeItem<'_>) -> Flow,
) -> Result<(), Damaged> {
    contained(|| {
        let starts = partitions::starts(source)?;
        if starts.is_empty() {
            return Err(Damaged::Another {
                kind: "NTFS volume",
            });
        }
        let ended = Cell::new(false);
        let mut each = |item: &mut VolumeItem<'_>| {
            let flow = each(item);
            ended.set(ended.get() || flow.is_break());
            flow
        };
        let mut all = Ok(());
        for (index, start) in starts.iter().enumerate() {
            let mut section = Section::new(source, *start);
            let read = Table::of_volume(&mut section).and_then(|table| {
                let mut walk = Walk::new(table, limits, &mut each);
                if starts.len() > 1 {
                    walk.prefix = format!("volume {}/", index + 1);
                }
                walk.run()
            });
            all = all.and(read);
            if ended.get() {
                break;
            }
        }
        all
    })
}

/// Reads a master file table that was copied to a file; only contents that lie inside their records can be read.
pub fn read_master_file_table(
    source: &mut dyn ReadSeek,
    limits: &Limits,
    each: &mut dyn FnMut(&mut VolumeItem<'_>) -> Flow,
) -> Result<(), Damaged> {
    contained(|| Walk::new(Table::alone(source)?, limits, each).run())
}

struct Walk<'a, 'b> {
    table: Table<'a>,
    limits: &'b Limits,
    each: &'b mut dyn FnMut(&mut VolumeItem<'_>) -> Flow,
    folders: Folders,
    /// What stands before every path.
    prefix: String,
    damage: Damage,
    /// The first record that the source did not give: it may be whole.
    unread: Option<io::Error>,
    limit: Option<&'static str>,
    items_left: u64,
    extensions_left: u64,
}

impl<'a, 'b> Walk<'a, 'b> {
    fn new(
        table: Table<'a>,
        limits: &'b Limits,
        each: &'b mut dyn FnMut(&mut VolumeItem<'_>) -> Flow,
    ) -> Self {
        Self {
            limits,
            each,
            folders: Folders::default(),
            prefix: String::new(),
            damage: Damage::default(),
            unread: None,
            limit: (table.count > limits.records).then_some("records"),
            items_left: limits.items,
            // Each further record belongs to one file.
            extensions_left: table.count.min(limits.records) + 1000,
            table,
        }
    }

    fn run(mut self) -> Result<(), Damaged> {
        let count = self.table.count.min(self.limits.records);
        for number in 0..count {
            self.keep_folder(number);
        }
        self.table.forget();
        let mut record = Vec::new();
        for number in 0..count {
            if self.hand_out(number, &mut record).is_break() {
                break;
            }
        }
        match (self.limit, self.unread) {
            (Some(limit), _) => Err(Damaged::Limit { limit }),
            (None, Some(error)) => Err(Damaged::Io(error)),
            (None, None) => self.damage.into_result(),
        }
    }

    /// Keeps the record's name if it is a folder's. What cannot be read is told in the second pass.
    fn keep_folder(&mut self, number: u64) {
        if self.folders.bytes() > self.limits.folder_bytes {
            self.limit = Some("folders");
            return;
        }
        let Ok(record) = self.table.next(number).map(Record::new) else {
            return;
        };
        let Ok(record) = record else {
            return;
        };
        let base = record.base();
        if !record.is_folder() && base.is_none() {
            return;
        }
        let (owner, sequence) = base.map_or((number, record.sequence()), |base| {
            (base.number, base.sequence)
        });
        let names = record
            .attributes()
            .filter(|attribute| attribute.kind == types::FILE_NAME)
            .filter_map(|attribute| Name::new(attribute.resident()?));
        for name in names {
            // A name in a further record says itself whether it is a folder's; a short name gives way to the long one.
            let is_better = !name.is_short || !self.folders.has(owner);
            if is_better && (base.is_none() || name.is_folder) {
                self.folders
                    .add(owner, sequence, record.in_use() || base.is_some(), &name);
            }
        }
    }

    fn hand_out(&mut self, number: u64, bytes: &mut Vec<u8>) -> Flow {
        match self.table.next(number) {
            Ok(record) => {
                bytes.clear();
                bytes.extend_from_slice(record);
            }
            Err(error) if is_of_the_source(&error) => {
                self.unread.get_or_insert(error);
                return ControlFlow::Continue(());
            }
            Err(error) => {
                self.damage
                    .add(&error.to_string(), &format!("record {number}"));
                return ControlFlow::Continue(());
            }
        }
        let record = match Record::new(bytes) {
            Ok(record) => record,
            Err(NoRecord::Empty) => return ControlFlow::Continue(()),
            Err(NoRecord::Damaged) => {
                self.damage.add(
                    "a file record that is not whole",
                    &format!("record {number}"),
                );
                return ControlFlow::Continue(());
            }
        };
        if record.base().is_some() {
            return ControlFlow::Continue(());
        }
        let file = File::new(number, &record, &mut self.table, &mut self.extensions_left);
        if file.damaged && record.in_use() {
            self.damage
                .add("a file with pieces missing", &format!("record {number}"));
        }
        self.items(number, &record, &file)
    }

    fn items(&mut self, number: u64, record: &Record<'_>, file: &File) -> Flow {
        let paths = self.paths(number, file);
        let Some((path, other_paths)) = paths.split_first() else {
            return ControlFlow::Continue(());
        };
        let name = file
            .names
            .iter()
            .find(|name| !name.is_short)
            .or(file.names.first());
        let facts = Facts {
            kind: ItemKind::Folder,
            path,
            other_paths,
            record: number,
            deleted: !record.in_use(),
            standard_times: file.standard_times,
            name_times: name.map(|name| name.times).unwrap_or_default(),
        };
        // The file system's own contents are no files; only a stream that it does not make itself is told.
        let is_own = number < FIRST_OF_USERS && number != ROOT;
        if record.is_folder() {
            if !is_own && number != ROOT {
                self.give(&mut facts.item())?;
            }
        } else if !is_own {
            let main = file.streams.iter().find(|stream| stream.name.is_empty());
            let kind = ItemKind::File;
            self.give_content(Facts { kind, ..facts }, file, main)?;
        }
        let named = file.streams.iter().filter(|stream| !stream.name.is_empty());
        let told = named.filter(|stream| !file.is_packed_form(stream));
        for stream in told.filter(|stream| !is_own || !stream.name.starts_with('$')) {
            let with_name = |path: &String| format!("{path}:{}", stream.name);
            let other_paths: Vec<String> = other_paths.iter().map(with_name).collect();
            let facts = Facts {
                kind: ItemKind::AlternateStream,
                path: &with_name(path),
                other_paths: &other_paths,
                ..facts
            };
            self.give_content(facts, file, Some(stream))?;
        }
        ControlFlow::Continue(())
    }

    /// Returns the paths of a file; its short names only where it has no other.
    fn paths(&self, number: u64, file: &File) -> Vec<String> {
        if number == ROOT {
            return vec![self.prefix.clone()];
        }
        let all_short = file.names.iter().all(|name| name.is_short);
        let names = file.names.iter().filter(|name| all_short || !name.is_short);
        let mut paths: Vec<String> = names
            .map(|name| self.prefix.clone() + &self.folders.path(name))
            .collect();
        if paths.is_empty() && file.streams.iter().any(|stream| stream.bytes() > 0) {
            paths.push(format!("{}?/record {number}", self.prefix));
        }
        paths
    }

    fn give_content(&mut self, facts: Facts<'_>, file: &File, stream: Option<&Stream>) -> Flow {
        let mut item = facts.item();
        let Some(stream) = stream else {
            if file.damaged {
                item.unreadable = Some("its content is gone");
                return self.give(&mut item);
            }
            // Some of the file system's own files have no content at all.
            let content: &mut dyn Read = &mut io::empty();
            return self.give(&mut VolumeItem {
                content: Some(content),
                ..item
            });
        };
        item.size_bytes = stream.bytes();
        self.count_item()?;
        let cluster_bytes = self.table.cluster_bytes;
        match file.reader(stream, self.table.source, cluster_bytes) {
            Ok(mut content) => (self.each)(&mut VolumeItem {
                content: Some(&mut *content),
                size_bytes: stream.bytes(),
                ..facts.item()
            }),
            Err(why) => {
                item.unreadable = Some(why);
                (self.each)(&mut item)
            }
        }
    }

    fn give(&mut self, item: &mut VolumeItem<'_>) -> Flow {
        self.count_item()?;
        (self.each)(item)
    }

    fn count_item(&mut self) -> Flow {
        if self.items_left == 0 {
            self.limit = Some("items");
            return ControlFlow::Break(());
        }
        self.items_left -= 1;
        ControlFlow::Continue(())
    }
}

/// Tells whether the source could not be read, rather than that what it says makes no sense.
fn is_of_the_source(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// What is known of an item before its content.
#[derive(Clone, Copy)]
struct Facts<'a> {
    kind: ItemKind,
    path: &'a str,
    other_paths: &'a [String],
    record: u64,
    deleted: bool,
    standard_times: Times,
    name_times: Times,
}

impl<'a> Facts<'a> {
    fn item(self) -> VolumeItem<'a> {
        VolumeItem {
            kind: self.kind,
            path: self.path,
            other_paths: self.other_paths,
            record: self.record,
            deleted: self.deleted,
            size_bytes: 0,
            standard_times: self.standard_times,
            name_times: self.name_times,
            content: None,
            unreadable: None,
        }
    }
}
