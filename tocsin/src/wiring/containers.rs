//! Opens containers for a sweep: archives, documents and mail through `unpack`, disk images through `artefacts`.

use std::ops::ControlFlow;

use artefacts::VolumeItem;
use domain::Reason;
use sweep::{Fingerprint, MemberContent, MemberStream, ReadSeek, Unpacked, Unpacker};
use unpack::{Budget, Flow, WhyNot};

use super::fingerprint;
use super::traces::reason_of as reason_of_trace;

/// Changes when more kinds are opened, or when something is opened better: what an older version could not open is then
/// opened again.
const VERSION: &str = "containers 2";
/// What members of a volume are said to lie in.
const VOLUME: &str = "ntfs";

/// Opens containers, each under the same budget.
#[derive(Debug, Default)]
pub struct Containers {
    budget: Budget,
}

impl Unpacker for Containers {
    fn fingerprint(&self) -> Fingerprint {
        fingerprint::of(VERSION, std::iter::once(format!("{:?}", self.budget)))
    }

    fn recognises(&self, name: &[u8], head: &[u8]) -> bool {
        unpack::recognise(name, head).is_some() || volume_kind(name, head).is_some()
    }

    fn unpack(
        &self,
        name: &[u8],
        head: &[u8],
        size_bytes: u64,
        content: &mut dyn ReadSeek,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) {
        if volume_kind(name, head).is_some() {
            return self.open_volume(content, stop, each);
        }
        let Some(kind) = unpack::recognise(name, head) else {
            return;
        };
        let mut source = content;
        unpack::unpack(
            kind,
            name,
            &mut source,
            size_bytes,
            &self.budget,
            stop,
            &mut |unpacked| match hand_on(unpacked, None, each) {
                ControlFlow::Continue(()) => Flow::GoOn,
                ControlFlow::Break(()) => Flow::Stop,
            },
        );
    }
}

impl Containers {
    /// Hands out the files and streams of a volume. What is in those that are containers is opened like any other.
    fn open_volume(
        &self,
        content: &mut dyn ReadSeek,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) {
        let mut source = content;
        let mut one = |item: &mut VolumeItem<'_>| {
            if stop() {
                return ControlFlow::Break(());
            }
            self.hand_on_file(item, stop, each)
        };
        let limits = artefacts::Limits::default();
        let outcome = artefacts::read_volume(&mut source, &limits, &mut one);
        if let Err(damaged) = outcome {
            let _ = each(Unpacked::NotOpened {
                path: &[],
                reason: reason_of_trace(&damaged),
                detail: &damaged.to_string(),
            });
        }
    }

    fn hand_on_file(
        &self,
        item: &mut VolumeItem<'_>,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // A deleted file's clusters may hold another's content by now; that it was there is a trace of its own.
        if item.kind == artefacts::ItemKind::Folder || item.deleted {
            return ControlFlow::Continue(());
        }
        let path = [item.path.as_bytes().to_vec()];
        let Some(reader) = item.content.as_mut() else {
            let why = item.unreadable.unwrap_or_default();
            let reason = match why {
                "encrypted" => Reason::Encrypted,
                why if why.starts_with("packed") => Reason::UnsupportedContainer,
                _ => Reason::Damaged,
            };
            return each(Unpacked::NotOpened {
                path: &path,
                reason,
                detail: why,
            });
        };
        let mut broken = ControlFlow::Continue(());
        unpack::unpack_file(
            unpack::MemberName::from(item.path),
            reader,
            item.size_bytes,
            &self.budget,
            stop,
            &mut |unpacked| {
                broken = hand_on(unpacked, Some(VOLUME), each);
                match broken {
                    ControlFlow::Continue(()) => Flow::GoOn,
                    ControlFlow::Break(()) => Flow::Stop,
                }
            },
        );
        broken
    }
}

fn volume_kind(name: &[u8], head: &[u8]) -> Option<artefacts::Kind> {
    artefacts::recognise(name, head).filter(|kind| *kind == artefacts::Kind::NtfsVolume)
}

/// Hands on what was unpacked; `holder` is the kind that the members of the first level lie in, where `unpack` cannot know
/// that.
fn hand_on(
    unpacked: unpack::Unpacked<'_>,
    holder: Option<&str>,
    each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let names =
        |path: &[unpack::MemberName]| -> Vec<Vec<u8>> { path.iter().map(text_of).collect() };
    match unpacked {
        unpack::Unpacked::Member(member) => {
            let mut stream;
            let content = match member.content {
                unpack::Content::Whole(bytes) => MemberContent::Whole(bytes),
                unpack::Content::Stream(inner) => {
                    stream = Stream {
                        inner,
                        stated_bytes: member.declared_size,
                    };
                    MemberContent::Stream(&mut stream)
                }
            };
            let holder = holder.filter(|_| member.path.len() == 1);
            each(Unpacked::Member {
                path: &names(member.path),
                container: holder.unwrap_or_else(|| member.container.name()),
                content,
            })
        }
        unpack::Unpacked::NotOpened(not_opened) => each(Unpacked::NotOpened {
            path: &names(not_opened.path),
            reason: reason_of(not_opened.why),
            detail: &detail_of(&not_opened),
        }),
    }
}

/// A large member on its way from `unpack` to the sweep.
struct Stream<'s> {
    inner: &'s mut dyn unpack::MemberStream,
    stated_bytes: Option<u64>,
}

impl MemberStream for Stream<'_> {
    fn front(&self) -> &[u8] {
        self.inner.front()
    }

    fn stated_bytes(&self) -> Option<u64> {
        self.stated_bytes
    }

    fn hold(&mut self, bytes_max: u64) -> Option<&[u8]> {
        self.inner.hold(bytes_max)
    }

    fn pieces(&mut self, each: &mut dyn FnMut(&[u8])) {
        self.inner.pieces(each);
    }
}

/// Names are compared as the container means them: a zip's may be in a code page of its own.
fn text_of(name: &unpack::MemberName) -> Vec<u8> {
    match name.to_string_lossy() {
        std::borrow::Cow::Borrowed(text) => text.as_bytes().to_vec(),
        std::borrow::Cow::Owned(_) => name.as_bytes().to_vec(),
    }
}

fn detail_of(not_opened: &unpack::NotOpened<'_>) -> String {
    match not_opened.container {
        Some(kind) if not_opened.detail.is_empty() => kind.name().to_owned(),
        Some(kind) => format!("{}: {}", kind.name(), not_opened.detail),
        None => not_opened.detail.clone(),
    }
}

const fn reason_of(why: WhyNot) -> Reason {
    match why {
        WhyNot::Bytes | WhyNot::Depth | WhyNot::MemberCount | WhyNot::Ratio => Reason::Budget,
        WhyNot::Damaged | WhyNot::ParserFailed => Reason::Damaged,
        WhyNot::Encrypted => Reason::Encrypted,
        WhyNot::MemberTooLarge => Reason::TooLarge,
        WhyNot::Time => Reason::ItemTime,
        WhyNot::Unsupported => Reason::UnsupportedContainer,
    }
}
