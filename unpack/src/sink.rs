//! What the parsers give their members to: it charges the budget, shows them to the visitor, and opens what is nested.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::Decompress;

use crate::Flow;
use crate::held::{FRONT_BYTES, Filled, Held, Streamed, why};
use crate::kind::Kind;
use crate::member::{Content, Member, MemberName, NotOpened, Unpacked, WhyNot};
use crate::meter::{Meter, Metered};
use crate::opening::{open_content, open_stream_of};
use crate::recognising::{HEAD_BYTES, recognise};

/// Where a parser's members go. Every method that fails ends the parser: pass the error on with `?`.
pub(crate) struct Sink<'a> {
    meter: &'a Meter<'a>,
    visit: &'a mut dyn FnMut(Unpacked<'_>) -> Flow,
    outer_name: &'a [u8],
    /// The names from the outer file to where the parser is.
    path: Vec<MemberName>,
    /// The kinds of the containers that are being opened, the outer one first.
    kinds: Vec<Kind>,
    member_count: u64,
    /// Bytes of the members that are being opened.
    held_bytes: u64,
    buffers: Vec<Vec<u8>>,
    inflaters: Vec<Decompress>,
    ended: bool,
}

/// What a container says of a member, beside its name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// The size that the container states.
    pub(crate) declared_size: Option<u64>,
}

/// Why a parser ends before its container does. The sink lists it with the container's path.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The bytes are not what the format says.
    #[error("{0}")]
    Damaged(String),
    /// The container as a whole is encrypted.
    #[error("the container is encrypted")]
    Encrypted,
    /// The run is over; the sink has listed why. Never made by a parser.
    #[error("the run is over")]
    Over,
    /// It is larger than what has to be held in memory may be.
    #[error("{0}")]
    TooLarge(String),
    /// This variant of the kind cannot be opened.
    #[error("{0}")]
    Unsupported(String),
}

impl Problem {
    /// Says what is damaged.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// Says what cannot be opened.
    pub(crate) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }

    /// Returns the reason that is listed.
    pub(crate) const fn why(&self) -> WhyNot {
        match self {
            Self::Damaged(_) | Self::Over => WhyNot::Damaged,
            Self::Encrypted => WhyNot::Encrypted,
            Self::TooLarge(_) => WhyNot::MemberTooLarge,
            Self::Unsupported(_) => WhyNot::Unsupported,
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match why(&error) {
            WhyNot::Unsupported => Self::Unsupported(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
}

impl<'a> Sink<'a> {
    /// Starts a run for the outer file of that name.
    pub(crate) fn new(
        meter: &'a Meter<'a>,
        outer_name: &'a [u8],
        visit: &'a mut dyn FnMut(Unpacked<'_>) -> Flow,
    ) -> Self {
        Self {
            meter,
            visit,
            outer_name,
            path: Vec::new(),
            kinds: Vec::new(),
            member_count: 0,
            held_bytes: 0,
            buffers: Vec::new(),
            inflaters: Vec::new(),
            ended: false,
        }
    }

    /// Takes a member whose content is decoded while it is read. The content's error is the member's damage, which the
    /// sink lists; the parser goes on with the next member. All of it is read, however long it is.
    pub(crate) fn member(
        &mut self,
        name: MemberName,
        facts: Facts,
        content: &mut dyn Read,
    ) -> Result<(), Problem> {
        self.enter(name)?;
        let memory = self.buffers.pop().unwrap_or_default();
        let mut held = Held::new(self.meter, memory);
        let result = self.take(facts, &mut held, content);
        self.buffers.push(held.into_memory());
        self.path.pop();
        result
    }

    /// Takes a member whose content is in memory.
    pub(crate) fn member_bytes(
        &mut self,
        name: MemberName,
        facts: Facts,
        content: &[u8],
    ) -> Result<(), Problem> {
        self.enter(name)?;
        let result = if self.meter.charge(content.len() as u64).is_err() {
            Err(self.end())
        } else {
            self.show(facts, content)
        };
        self.path.pop();
        result
    }

    /// Lists a member that is not opened.
    pub(crate) fn not_opened(
        &mut self,
        name: MemberName,
        why: WhyNot,
        detail: impl Into<String>,
    ) -> Result<(), Problem> {
        self.enter(name)?;
        let result = self.list(why, detail);
        self.path.pop();
        result
    }

    /// Counts an entry without content, such as a folder: it costs an attacker as little as a member does.
    pub(crate) fn empty_entry(&mut self) -> Result<(), Problem> {
        self.go_on()?;
        self.count()
    }

    /// Lists a part of the container that is being opened, while the parser goes on.
    pub(crate) fn list(&mut self, why: WhyNot, detail: impl Into<String>) -> Result<(), Problem> {
        self.tell_not_opened(self.kinds.last().copied(), why, detail.into())
    }

    /// Reads all of `content`, which is of `size_bytes`, into memory for the parser of a format that points around in
    /// itself.
    pub(crate) fn hold(
        &self,
        content: &mut dyn Read,
        size_bytes: u64,
    ) -> Result<Held<'a>, Problem> {
        let mut held = Held::new(self.meter, Vec::new());
        held.fill_uncharged(content, size_bytes)?;
        Ok(held)
    }

    /// Fails when the run is over. To be asked in every loop that can turn long without giving a member.
    pub(crate) fn go_on(&mut self) -> Result<(), Problem> {
        match self.meter.work(0) {
            Ok(()) if !self.ended => Ok(()),
            _ => Err(self.end()),
        }
    }

    /// Charges bytes that were decoded without becoming a member, before or while they are produced.
    pub(crate) fn charge(&mut self, bytes: u64) -> Result<(), Problem> {
        self.meter.charge(bytes).map_err(|_| self.end())
    }

    /// Reads the rest of `content` for nothing, which a solid archive needs to get to its next member.
    pub(crate) fn pass_over(&mut self, content: &mut dyn Read) -> Result<(), Problem> {
        let copied = io::copy(&mut Metered::new(content, self.meter), &mut io::sink());
        if self.meter.over().is_some() {
            return Err(self.end());
        }
        copied?;
        Ok(())
    }

    /// Opens `content` as a container of another kind in the same place, not as a member of its own.
    pub(crate) fn open_as(&mut self, kind: Kind, content: &[u8]) -> Result<(), Problem> {
        self.container(kind, |sink| open_content(kind, content, sink))
    }

    /// Runs a parser for a container at the current path, and lists it if it fails. Errors end the run.
    pub(crate) fn container(
        &mut self,
        kind: Kind,
        parse: impl FnOnce(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if !kind.is_opened() {
            let detail = format!("{kind} containers are not opened");
            return self.tell_not_opened(Some(kind), WhyNot::Unsupported, detail);
        }
        let depth = self.kinds.len();
        if depth > self.meter.budget().depth_max as usize {
            let detail = format!("nested {depth} levels deep");
            return self.tell_not_opened(Some(kind), WhyNot::Depth, detail);
        }
        let (path_length, held_bytes) = (self.path.len(), self.held_bytes);
        self.kinds.push(kind);
        let parsed = catch_unwind(AssertUnwindSafe(|| parse(self)));
        self.kinds.truncate(depth);
        if self.ended || self.meter.over().is_some() {
            let problem = self.end();
            self.path.truncate(path_length);
            return Err(problem);
        }
        self.path.truncate(path_length);
        self.held_bytes = held_bytes;
        match parsed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => {
                self.tell_not_opened(Some(kind), problem.why(), problem.to_string())
            }
            Err(panic) => {
                let said = panic.downcast_ref::<String>().cloned();
                let said = said.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
                let detail = format!("the parser failed: {}", said.unwrap_or_default());
                self.tell_not_opened(Some(kind), WhyNot::ParserFailed, detail)
            }
        }
    }

    /// Returns a state for deflate, which may have been used.
    pub(crate) fn take_inflater(&mut self) -> Decompress {
        let kept = self.inflaters.pop();
        kept.unwrap_or_else(|| Decompress::new(false))
    }

    /// Takes back a state for deflate, for the next member.
    pub(crate) fn keep_inflater(&mut self, inflater: Decompress) {
        self.inflaters.push(inflater);
    }

    /// Returns the meter, for readers that live beside the sink.
    pub(crate) const fn meter(&self) -> &'a Meter<'a> {
        self.meter
    }

    /// Returns the most bytes that a member can still have here: a decoder into memory stops there.
    pub(crate) fn member_bytes_left(&self) -> u64 {
        let budget = self.meter.budget();
        (budget.member_bytes_max)
            .min(budget.held_bytes_max.saturating_sub(self.held_bytes))
            .min(self.meter.bytes_left())
    }

    /// Returns the name of the container that is being opened, for members that are named after it.
    pub(crate) fn container_name(&self) -> &[u8] {
        (self.path.last()).map_or(self.outer_name, MemberName::as_bytes)
    }

    fn enter(&mut self, name: MemberName) -> Result<(), Problem> {
        self.go_on()?;
        self.count()?;
        self.path.push(name);
        Ok(())
    }

    fn count(&mut self) -> Result<(), Problem> {
        if self.member_count >= self.meter.budget().member_count_max {
            self.meter.end(WhyNot::MemberCount);
            return Err(self.end());
        }
        self.member_count = self.member_count.saturating_add(1);
        Ok(())
    }

    fn take(
        &mut self,
        facts: Facts,
        held: &mut Held<'_>,
        content: &mut dyn Read,
    ) -> Result<(), Problem> {
        let budget = self.meter.budget();
        let held_left = budget.held_bytes_max.saturating_sub(self.held_bytes);
        let most = budget.member_bytes_max.min(held_left);
        // What it is, is seen whatever may be held.
        let front = FRONT_BYTES.min(most.saturating_add(1));
        let mut filled = held.fill(content, front.max(HEAD_BYTES as u64 + 1));
        let kind = self.kind_of(held.bytes());
        if matches!(filled, Filled::Partly) && kind.is_some() {
            // Whoever opens it points around in it.
            filled = held.fill(content, most.saturating_add(1));
        }
        if self.meter.over().is_some() {
            return Err(self.end());
        }
        match filled {
            Filled::Whole => self.show(facts, held.bytes()),
            Filled::Failed(why, detail) => {
                if !held.bytes().is_empty() {
                    self.show(facts, held.bytes())?;
                }
                self.list(why, detail)
            }
            Filled::Partly => match kind {
                Some(kind) if kind.is_streamed() => {
                    self.list(WhyNot::MemberTooLarge, format!("larger than {most} bytes"))?;
                    self.open_stream(kind, held.bytes(), content)
                }
                Some(_) => {
                    self.show_stream(facts, held, content, most)?;
                    let detail = format!("larger than the {most} bytes that can be held");
                    self.tell_not_opened(kind, WhyNot::MemberTooLarge, detail)
                }
                None => self.show_stream(facts, held, content, most),
            },
        }
    }

    /// Shows a member while it is decoded, and lists it where it is not whole.
    fn show_stream(
        &mut self,
        facts: Facts,
        held: &mut Held<'_>,
        rest: &mut dyn Read,
        bytes_max: u64,
    ) -> Result<(), Problem> {
        let mut stream = Streamed::new(held, rest, bytes_max);
        let flow = (self.visit)(Unpacked::Member(Member {
            path: &self.path,
            container: self.kinds.last().copied().unwrap_or(Kind::Zip),
            content: Content::Stream(&mut stream),
            modified: facts.modified,
            declared_size: facts.declared_size,
        }));
        self.heed(flow)?;
        let filled = stream.finish();
        if self.meter.over().is_some() {
            return Err(self.end());
        }
        match filled {
            Filled::Failed(why, detail) => self.list(why, detail),
            Filled::Partly | Filled::Whole => Ok(()),
        }
    }

    /// Shows a member, then opens it if it is a container.
    fn show(&mut self, facts: Facts, content: &[u8]) -> Result<(), Problem> {
        let container = self.kinds.last().copied().unwrap_or(Kind::Zip);
        let flow = (self.visit)(Unpacked::Member(Member {
            path: &self.path,
            container,
            content: Content::Whole(content),
            modified: facts.modified,
            declared_size: facts.declared_size,
        }));
        self.heed(flow)?;
        let Some(kind) = self.kind_of(content) else {
            return Ok(());
        };
        let held_bytes = self.held_bytes;
        self.held_bytes = held_bytes.saturating_add(content.len() as u64);
        let result = self.container(kind, |sink| open_content(kind, content, sink));
        self.held_bytes = held_bytes;
        result
    }

    /// Opens a member that is too large to be held, and whose kind can be read from the front to the end.
    fn open_stream(
        &mut self,
        kind: Kind,
        front: &[u8],
        rest: &mut dyn Read,
    ) -> Result<(), Problem> {
        let held_bytes = self.held_bytes;
        self.held_bytes = held_bytes.saturating_add(front.len() as u64);
        let mut whole = front.chain(rest);
        let result = self.container(kind, |sink| open_stream_of(kind, &mut whole, sink));
        self.held_bytes = held_bytes;
        result
    }

    fn kind_of(&self, content: &[u8]) -> Option<Kind> {
        let head = content.get(..HEAD_BYTES).unwrap_or(content);
        recognise(self.container_name(), head)
    }

    fn tell_not_opened(
        &mut self,
        container: Option<Kind>,
        why: WhyNot,
        detail: String,
    ) -> Result<(), Problem> {
        let flow = (self.visit)(Unpacked::NotOpened(NotOpened {
            path: &self.path,
            container,
            why,
            detail,
        }));
        self.heed(flow)
    }

    fn heed(&mut self, flow: Flow) -> Result<(), Problem> {
        if flow == Flow::Stop {
            self.ended = true;
            return Err(Problem::Over);
        }
        Ok(())
    }

    /// Ends the run, and lists at the current path which limit ended it, once.
    fn end(&mut self) -> Problem {
        if !self.ended {
            self.ended = true;
            let why = self.meter.over().unwrap_or(WhyNot::Time);
            let detail = "the budget is used up; nothing after this was opened".to_owned();
            // The run ends whatever the visitor answers.
            let _ = self.tell_not_opened(self.kinds.last().copied(), why, detail);
        }
        Problem::Over
    }
}
