//! What publishers have announced, for single checks: the same notices, on the same board, as the running watch heeds.

use std::collections::HashMap;

use jiff::Timestamp;
use watch::keeping::{KeepError, WatchFolder, host_of};
use watch::rounds::take_notices;
use watch::{
    Approver, Check, Notice, NoticeBoard, PageMemory, SiteMemory, apply_notices, say_unannounced,
};

use super::output::say;
use crate::commands::Context;

/// The board, in the folder of the watch.
const BOARD: &str = "notices.json";

/// The notices in force, and who announces everything.
pub struct Announced {
    board: NoticeBoard,
    is_changed: bool,
}

/// The same of one host, as one check needs it.
pub struct OfHost {
    notices: Vec<Notice>,
    /// How many changes were announced, where all were.
    always: Option<u32>,
}

/// A change that a notice had announced.
pub struct AnnouncedChange {
    /// In whose name it counts as approved.
    pub by: Approver,
    /// What was known of the page before.
    pub before: Option<PageMemory>,
}

impl Announced {
    /// Begins with the board, and takes the notices that were put into the folder. What is refused is said.
    pub fn begin(folder: &mut WatchFolder, context: &Context) -> Result<Self, KeepError> {
        let mut board: NoticeBoard = folder.part(BOARD)?.unwrap_or_default();
        let mut publishers: HashMap<String, Vec<_>> = HashMap::new();
        for target in folder.targets()? {
            let of_host = publishers.entry(host_of(&target.url)).or_default();
            of_host.extend(target.publishers);
        }
        let of_host = |host: &str| publishers.get(host).cloned().unwrap_or_default();
        for problem in take_notices(folder, &mut board, &of_host, context.clock.now()) {
            eprintln!("{}", say(context, "watch-problem", &[("what", &problem)]));
        }
        Ok(Self {
            board,
            is_changed: false,
        })
    }

    /// Notes that a person approved a change that nobody had announced.
    pub fn note_not_announced(folder: &mut WatchFolder, host: &str) -> Result<(), KeepError> {
        let Some(mut board) = folder.part::<NoticeBoard>(BOARD)? else {
            return Ok(());
        };
        board.note_not_announced(host);
        folder.keep_part(BOARD, &board)
    }

    /// Notes that a change was announced.
    pub fn note(&mut self, host: &str) {
        self.board.note_announced(host);
        self.is_changed = true;
    }

    /// Returns what is in force for a host.
    pub fn of_host(&self, host: &str, now: Timestamp) -> OfHost {
        OfHost {
            notices: self.board.of_host(host, now),
            always: self.board.announces_always(host),
        }
    }

    /// Keeps it, where it has changed.
    pub fn keep(&self, folder: &WatchFolder) -> Result<(), KeepError> {
        if self.is_changed {
            folder.keep_part(BOARD, &self.board)?;
        }
        Ok(())
    }
}

impl OfHost {
    /// Says whether a change was announced; one that was counts as approved by the publisher.
    pub fn apply(
        &self,
        check: &mut Check,
        memory: &mut SiteMemory,
        now: Timestamp,
    ) -> Option<AnnouncedChange> {
        let Some(applied) = apply_notices(check, memory, &self.notices, now) else {
            if let Some(announced) = self.always {
                say_unannounced(check, announced);
            }
            return None;
        };
        let before = memory.pages.get(&check.url).cloned();
        if check.page.is_some() {
            memory.approve(check, &applied.approver);
        }
        Some(AnnouncedChange {
            by: applied.approver,
            before,
        })
    }
}
