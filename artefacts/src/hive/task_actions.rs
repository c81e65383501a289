//! What a scheduled task does, as the registry keeps it beside the task's file.
//!
//! Facts of the format: cyber.wtf, "Windows Registry Analysis – Tracing Every Activity: `TaskCache`".

use std::ops::ControlFlow;

use super::meanings::Context;
use crate::bytes::{End, index_at, push_utf16, slice, u16_at};
use crate::outlet::Outlet;
use crate::trace::{Flow, What};

const PROGRAM: u16 = 0x6666;
const COMPONENT: u16 = 0x7777;
/// Most actions of one task: the task scheduler allows 32.
const ACTIONS_MAX: usize = 32;

/// Hands out each command line of a task's actions. What opens no program (an e-mail, a message) ends the list.
pub(super) fn read(bytes: &[u8], context: Context<'_>, out: &mut Outlet<'_>) -> Flow {
    let mut reader = Reader { bytes, at: 2 };
    let version = u16_at(bytes, 0).unwrap_or(0);
    // Since version 2, the account that the task runs as comes first.
    if version >= 2 && reader.text().is_none() {
        return damaged(context, out);
    }
    for _ in 0..ACTIONS_MAX {
        let Some(kind) = reader.number() else {
            break;
        };
        match kind {
            PROGRAM => {
                let Some(command_line) = reader.program(version) else {
                    return damaged(context, out);
                };
                out.give_text_at(
                    What::CommandLine,
                    command_line.trim(),
                    context.location,
                    context.at,
                )?;
            }
            COMPONENT if reader.component().is_some() => {}
            COMPONENT => return damaged(context, out),
            _ => break,
        }
    }
    ControlFlow::Continue(())
}

fn damaged(context: Context<'_>, out: &mut Outlet<'_>) -> Flow {
    out.damage("actions of a task that are cut short", context.location);
    ControlFlow::Continue(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self) -> Option<u16> {
        let number = u16_at(self.bytes, self.at)?;
        self.at += 2;
        Some(number)
    }

    /// Reads a text: its length in bytes, then UTF-16.
    fn text(&mut self) -> Option<String> {
        let length = index_at(self.bytes, self.at)?;
        let text = slice(self.bytes, self.at + 4, length)?;
        self.at += 4 + length;
        let mut decoded = String::new();
        push_utf16(&mut decoded, text, End::Nul);
        Some(decoded)
    }

    /// Reads an action that starts a program, and returns its command line.
    fn program(&mut self, version: u16) -> Option<String> {
        let _id = self.text()?;
        let program = self.text()?;
        let arguments = self.text()?;
        let _folder = self.text()?;
        if version >= 3 {
            // Flags; older tasks of this version lack them at the end.
            self.at += 2;
        }
        Some(format!("{program} {arguments}"))
    }

    /// Passes over an action that calls a component.
    fn component(&mut self) -> Option<()> {
        let _id = self.text()?;
        slice(self.bytes, self.at, 16)?;
        self.at += 16;
        self.text().map(drop)
    }
}
