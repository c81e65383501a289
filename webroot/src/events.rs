//! Events as the kernel writes them into a buffer (`linux/fanotify.h`): any bytes give events or an end.

use crate::platform::linux::HANDLE_BYTES_MAX;

/// Bytes of `struct fanotify_event_metadata`.
const METADATA_BYTES: usize = 24;
/// `FANOTIFY_METADATA_VERSION`
const VERSION: u8 = 3;

const FAN_MODIFY: u64 = 0x2;
const FAN_ATTRIB: u64 = 0x4;
const FAN_CLOSE_WRITE: u64 = 0x8;
const FAN_MOVED_FROM: u64 = 0x40;
const FAN_MOVED_TO: u64 = 0x80;
const FAN_Q_OVERFLOW: u64 = 0x4000;
const FAN_ONDIR: u64 = 0x4000_0000;

/// `FAN_EVENT_INFO_TYPE_FID`: what the event is about.
const INFO_FID: u8 = 1;
/// `FAN_EVENT_INFO_TYPE_DFID_NAME`: the folder and the name.
const INFO_DFID_NAME: u8 = 2;
/// `FAN_EVENT_INFO_TYPE_DFID`: the folder.
const INFO_DFID: u8 = 3;

/// A handle with the file system on which it means something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Handle {
    pub(crate) file_system: [u8; 8],
    pub(crate) kind: i32,
    pub(crate) bytes: Vec<u8>,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event<'b> {
    pub(crate) mask: u64,
    pub(crate) process: i32,
    /// The folder, and the name in it; `.` for the folder itself.
    pub(crate) place: Option<(Handle, &'b [u8])>,
    /// What the event is about.
    pub(crate) object: Option<Handle>,
}

impl Event<'_> {
    /// Tells that events were lost.
    pub(crate) fn is_overflow(&self) -> bool {
        self.mask & FAN_Q_OVERFLOW != 0
    }

    /// Tells that a folder was moved: paths that were known may lead elsewhere.
    pub(crate) fn moves_folder(&self) -> bool {
        self.mask & FAN_ONDIR != 0 && self.mask & (FAN_MOVED_FROM | FAN_MOVED_TO) != 0
    }

    /// Tells that a folder came, with what is in it.
    pub(crate) fn brings_folder(&self) -> bool {
        self.mask & FAN_ONDIR != 0 && self.mask & FAN_MOVED_TO != 0
    }

    /// Tells that something is written and whoever writes has not ended yet.
    pub(crate) fn is_being_written(&self) -> bool {
        self.mask & !(FAN_ATTRIB | FAN_ONDIR) == FAN_MODIFY && self.mask & FAN_CLOSE_WRITE == 0
    }
}

/// Calls `each` with every event of a buffer, and tells whether all of it was understood.
pub(crate) fn read_events<'b>(mut buffer: &'b [u8], each: &mut dyn FnMut(Event<'b>)) -> bool {
    while !buffer.is_empty() {
        let Some(length) = u32_at(buffer, 0).map(|length| length as usize) else {
            return false;
        };
        let is_sound = length >= METADATA_BYTES && buffer.get(4) == Some(&VERSION);
        let Some(event) = buffer.get(..length).filter(|_| is_sound) else {
            return false;
        };
        buffer = &buffer[length..];
        let Some(event) = read_event(event) else {
            return false;
        };
        each(event);
    }
    true
}

fn read_event(bytes: &[u8]) -> Option<Event<'_>> {
    let mut event = Event {
        mask: u64::from_ne_bytes(bytes.get(8..16)?.try_into().ok()?),
        process: i32::from_ne_bytes(bytes.get(20..24)?.try_into().ok()?),
        ..Event::default()
    };
    let metadata = u16::from_ne_bytes(bytes.get(6..8)?.try_into().ok()?);
    let mut records = bytes.get(usize::from(metadata)..)?;
    while !records.is_empty() {
        let length = usize::from(u16::from_ne_bytes(records.get(2..4)?.try_into().ok()?));
        let record = records.get(..length).filter(|_| length >= 4)?;
        records = &records[length..];
        match record[0] {
            INFO_FID => event.object = Some(read_handle(record)?.0),
            INFO_DFID_NAME => {
                let (handle, rest) = read_handle(record)?;
                let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
                event.place = Some((handle, if name.is_empty() { b"." } else { name }));
            }
            INFO_DFID => event.place = Some((read_handle(record)?.0, b".")),
            _ => {}
        }
    }
    Some(event)
}

/// Reads the handle of a record, and returns what follows it.
fn read_handle(record: &[u8]) -> Option<(Handle, &[u8])> {
    let length = u32_at(record, 12)? as usize;
    if length > HANDLE_BYTES_MAX {
        return None;
    }
    let handle = Handle {
        file_system: record.get(4..12)?.try_into().ok()?,
        kind: i32::from_ne_bytes(record.get(16..20)?.try_into().ok()?),
        bytes: record.get(20..20 + length)?.to_vec(),
    };
    Some((handle, &record[20 + length..]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `mkdir` of `new` in the folder of handle 1, as the structures of `linux/fanotify.h` write it.
    fn example() -> Vec<u8> {
        let mut record = vec![INFO_DFID_NAME, 0, 0, 0];
        record.extend([7; 8]);
        record.extend(8_u32.to_ne_bytes());
        record.extend(1_i32.to_ne_bytes());
        record.extend([1; 8]);
        record.extend(b"new\0");
        let length = u16::try_from(record.len()).unwrap();
        record[2..4].copy_from_slice(&length.to_ne_bytes());
        let mut bytes = (24 + u32::from(length)).to_ne_bytes().to_vec();
        bytes.extend([VERSION, 0]);
        bytes.extend(24_u16.to_ne_bytes());
        bytes.extend((0x100 | FAN_ONDIR).to_ne_bytes());
        bytes.extend((-1_i32).to_ne_bytes());
        bytes.extend(42_i32.to_ne_bytes());
        bytes.extend(record);
        bytes
    }

    #[test]
    fn reads_the_folder_the_name_and_the_process() {
        let bytes = [example(), example()].concat();
        let mut count = 0;
        assert!(read_events(&bytes, &mut |event| {
            let (handle, name) = event.place.unwrap();
            assert_eq!((name, event.process, handle.kind), (&b"new"[..], 42, 1));
            count += 1;
        }));
        assert_eq!(count, 2);
    }

    proptest! {
        #[test]
        fn any_bytes_give_events_or_an_end(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            read_events(&noise, &mut |_| {});
        }

        #[test]
        fn a_changed_event_gives_events_or_an_end(at in 0_usize..60, byte in any::<u8>()) {
            let mut bytes = example();
            let at = at % bytes.len();
            bytes[at] = byte;
            read_events(&bytes, &mut |_| {});
        }
    }
}
