//! Which parts of a region are read, and from where.

use std::fs::File;
use std::sync::Arc;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use crate::memory::Region;
use crate::platform::linux::maps::Origin;
use crate::platform::linux::memory::loading::Abandoned;
use crate::platform::linux::memory::opening::{Source, map_file};
use crate::platform::linux::memory::reserved::{HUGE_BYTES, Reserved};
use crate::platform::linux::open_files::open_regular;
use crate::platform::linux::pages::{Range, Wanted, find, join, page_bytes};
use crate::unread::Cause;

/// Pages looked through in one look: 2,097,152, that is 8 GiB of addresses.
const PAGES_PER_LOOK: u64 = 1 << 21;
/// Pages looked through for one process: 268,435,456, that is 1 TiB of addresses. Programs reserve far more than they use.
const PAGES_PER_PROCESS: u64 = 1 << 28;
/// Parts with content of one file.
const FILE_PARTS_MAX: usize = 100_000;

/// What there is to read of one region.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What is read, in pieces that belong together.
    pub(super) stretches: Vec<Stretch>,
    /// Bytes known to be zero.
    pub(super) untouched_bytes: u64,
    /// Bytes known to be those of a file in its place.
    pub(super) file_bytes: u64,
    /// What is not read.
    pub(super) gaps: Vec<(Range, Cause)>,
}

/// A part of a region that is handed out in windows that overlap.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) range: Range,
    /// What is read of it; the rest is zero.
    pub(super) parts: Arc<[Range]>,
    pub(super) supply: Supply,
}

/// Where content is read from.
#[derive(Clone, Debug)]
pub(super) enum Supply {
    /// A file, at this distance behind the address.
    File(Arc<File>, i128),
    /// The memory.
    Memory,
}

/// Plans one region after the other.
#[derive(Debug)]
pub(super) struct Planner {
    source: Source,
    pages_left: u64,
    /// Bytes of one region that are read; more need not be found.
    region_bytes: u64,
    /// Asked for with the first huge region.
    reserved: Option<Reserved>,
}

impl Planner {
    pub(super) fn new(source: Source, region_bytes: u64) -> Self {
        Self {
            source,
            pages_left: PAGES_PER_PROCESS,
            region_bytes,
            reserved: None,
        }
    }

    /// Plans one region. Where that takes long, `goes_on` is called now and then.
    pub(super) fn plan(
        &mut self,
        region: &Region,
        origin: Origin,
        goes_on: &mut dyn FnMut() -> Result<(), Abandoned>,
    ) -> Result<Result<Plan, Cause>, Abandoned> {
        Ok(match origin {
            Origin::Special => Err(Cause::Special),
            Origin::SharedFile => Ok(Plan {
                file_bytes: region.length(),
                ..Plan::default()
            }),
            Origin::LooseFile => Ok(whole(region)),
            Origin::LooseCode | Origin::Own if self.is_only_reserved(region) => Ok(Plan {
                untouched_bytes: region.length(),
                ..Plan::default()
            }),
            Origin::LooseCode | Origin::Own => Ok(self.written(region, Wanted::Held, goes_on)?),
            Origin::PlacedFile => Ok(self.written(region, Wanted::Written, goes_on)?),
            Origin::Shared => Ok(self.shared(region)),
        })
    }

    fn is_only_reserved(&mut self, region: &Region) -> bool {
        let folder = &self.source.folder;
        region.length() >= HUGE_BYTES
            && self
                .reserved
                .get_or_insert_with(|| Reserved::load(folder))
                .contains(region)
    }

    fn written(
        &mut self,
        region: &Region,
        wanted: Wanted,
        goes_on: &mut dyn FnMut() -> Result<(), Abandoned>,
    ) -> Result<Plan, Abandoned> {
        let Some(pagemap) = self.source.pagemap.clone() else {
            return Ok(whole(region));
        };
        let all = Range {
            start: region.start,
            end: region.end,
        };
        let mut parts = Vec::new();
        let mut reached = all.start;
        while reached < all.end && self.pages_left > 0 && total(&parts) <= self.region_bytes {
            if reached > all.start {
                goes_on()?;
            }
            let rest = Range {
                start: reached,
                end: all.end,
            };
            let pages = PAGES_PER_LOOK.min(self.pages_left);
            let Ok((found, stop)) = find(&pagemap, rest, wanted, pages) else {
                // The memory itself says whether the process has ended.
                return Ok(whole(region));
            };
            self.pages_left -= pages.min((stop - reached).div_ceil(page_bytes()));
            parts.extend(found);
            reached = stop;
        }
        let mut plan = Plan::default();
        let looked_through = reached - all.start;
        if reached < all.end {
            let rest = Range {
                start: reached,
                end: all.end,
            };
            let limit = if self.pages_left == 0 {
                "addresses of one process"
            } else {
                "bytes of one region"
            };
            plan.gaps.push((rest, Cause::TooLarge(limit)));
        }
        match wanted {
            Wanted::Held => {
                plan.stretches = stretches(&parts, &Supply::Memory);
                plan.untouched_bytes = looked_through.saturating_sub(total(&parts));
            }
            Wanted::Written => {
                // What lies between two written pages is the file's, and is read with them.
                plan.stretches = join(&parts).into_iter().filter_map(filled).collect();
                let read = plan.stretches.iter().map(|stretch| stretch.range.length());
                plan.file_bytes = looked_through.saturating_sub(read.sum());
            }
        }
        Ok(plan)
    }

    /// Shared memory is read as the file that it is: reading it through the process would make holes take up memory.
    fn shared(&self, region: &Region) -> Plan {
        let offset = region.file.as_ref().map_or(0, |file| file.offset);
        let length = region.length();
        let opened = open_regular(&self.source.folder, &map_file(region), None);
        let opened = opened.and_then(|file| {
            let parts = parts_with_content(&file, offset, offset.saturating_add(length))?;
            Ok((file, parts))
        });
        // Without the rights for that, through the process after all.
        let Ok((file, parts)) = opened else {
            return whole(region);
        };
        let distance = i128::from(offset) - i128::from(region.start);
        let in_memory = |part: &Range| Range {
            start: region.start.saturating_add(part.start - offset),
            end: region
                .start
                .saturating_add(part.end - offset)
                .min(region.end),
        };
        let parts: Vec<Range> = parts.iter().map(in_memory).collect();
        Plan {
            untouched_bytes: length.saturating_sub(total(&parts)),
            stretches: stretches(&parts, &Supply::File(Arc::new(file), distance)),
            ..Plan::default()
        }
    }
}

/// Returns the parts of a file between two offsets that are no holes.
fn parts_with_content(file: &File, start: u64, end: u64) -> Result<Vec<Range>, Cause> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let data = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(data) => data,
            // Nothing but a hole follows.
            Err(Errno::NXIO) => break,
            Err(error) => return Err(std::io::Error::from(error).into()),
        };
        if data >= end {
            break;
        }
        let hole = rustix::fs::seek(file, SeekFrom::Hole(data)).map_err(std::io::Error::from)?;
        if hole <= data || parts.len() == FILE_PARTS_MAX {
            return Err(Cause::TooLarge("parts of one file"));
        }
        parts.push(Range {
            start: data,
            end: hole.min(end),
        });
        at = hole;
    }
    Ok(parts)
}

fn whole(region: &Region) -> Plan {
    let range = Range {
        start: region.start,
        end: region.end,
    };
    Plan {
        stretches: stretches(&[range], &Supply::Memory),
        ..Plan::default()
    }
}

fn stretches(parts: &[Range], supply: &Supply) -> Vec<Stretch> {
    let stretch = |parts: &[Range]| {
        Some(Stretch {
            range: Range {
                start: parts.first()?.start,
                end: parts.last()?.end,
            },
            parts: parts.into(),
            supply: supply.clone(),
        })
    };
    join(parts).into_iter().filter_map(stretch).collect()
}

/// A stretch of memory of which everything is read.
fn filled(parts: &[Range]) -> Option<Stretch> {
    let range = Range {
        start: parts.first()?.start,
        end: parts.last()?.end,
    };
    stretches(&[range], &Supply::Memory).pop()
}

fn total(parts: &[Range]) -> u64 {
    parts.iter().map(|part| part.length()).sum()
}
