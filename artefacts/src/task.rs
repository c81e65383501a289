//! Scheduled tasks: XML files of Windows Vista and later, and the `.job` files of Windows 2000 to 2003.
//!
//! Facts of the formats: Microsoft, [MS-TSCH] §2.4 and §2.5.

use std::borrow::Cow;
use std::ops::ControlFlow;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::bytes::{End, push_utf16, slice, u16_at};
use crate::outlet::Outlet;
use crate::trace::{Damaged, Data, Flow, Limits, Trace, What};

/// Deepest element that is read: a task has five levels.
const DEPTH_MAX: usize = 64;
/// Longest text of an element, in bytes: longer than any command line that Windows runs.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// What a task says.
#[derive(Default)]
struct Task {
    uri: String,
    commands: Vec<Command>,
}

/// A program that a task starts.
#[derive(Default)]
struct Command {
    program: String,
    arguments: String,
}

/// Reads a task.
pub(crate) fn read(
    path: &[u8],
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    let mut out = Outlet::new(each, limits.items);
    let mut task = Task::default();
    let whole = if is_job(content) {
        task.parse_job(content)
    } else {
        task.parse_xml(&text_of(content))
    };
    if whole.is_none() {
        if task.uri.is_empty() && task.commands.is_empty() {
            return Err(Damaged::Another {
                kind: "scheduled task",
            });
        }
        out.damage("the end of the task", "its XML");
    }
    let _ = task.give(&name_of(path, &task.uri), &mut out);
    out.finish()
}

/// Tells whether a content is a task of the older kind: a version of Windows, and version 1 of the format.
pub(crate) fn is_job(content: &[u8]) -> bool {
    let known = u16_at(content, 0)
        .is_some_and(|windows| matches!(windows >> 8, 4..=10) && windows & 0xff <= 3);
    known && u16_at(content, 2) == Some(1) && u16_at(content, 20) == Some(70)
}

/// Returns the task's path in the library: what follows `Tasks` in the path of its file, or what the task says itself.
fn name_of(path: &[u8], uri: &str) -> String {
    let path = String::from_utf8_lossy(path).replace('\\', "/");
    let parts: Vec<&str> = path.split('/').collect();
    let library = parts.iter().rposition(|part| {
        part.eq_ignore_ascii_case("Tasks") || part.eq_ignore_ascii_case("Tasks_Migrated")
    });
    match library {
        Some(library) if library + 1 < parts.len() => {
            format!("\\{}", parts[library + 1..].join("\\"))
        }
        _ if !uri.is_empty() => uri.to_owned(),
        _ => format!("\\{}", parts.last().unwrap_or(&"?")),
    }
}

/// Returns the content as text: UTF-16 with or without its mark, or UTF-8.
pub(crate) fn text_of(content: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8]| {
        let mut text = String::with_capacity(bytes.len() / 2);
        push_utf16(&mut text, bytes, End::Length);
        Cow::Owned(text)
    };
    match content {
        [0xff, 0xfe, rest @ ..] => wide(rest),
        [b'<', 0, ..] => wide(content),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(content),
    }
}

impl Task {
    /// Reads the XML; nothing where it is damaged, and then what stood before that is kept.
    fn parse_xml(&mut self, xml: &str) -> Option<()> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = false;
        let mut open: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut is_task = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = start.local_name();
                    open.push(name.as_ref().to_owned());
                    is_task |= open.len() == 1 && open[0] == "Task";
                    if !is_task || open.len() > DEPTH_MAX {
                        return None;
                    }
                    text.clear();
                    self.begin(&open);
                }
                Event::Text(part) => push_limited(&mut text, &part),
                Event::CData(part) => push_limited(&mut text, &part),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(c)) => text.push(c),
                    _ => text.push_str(resolve_xml_entity(&reference).unwrap_or_default()),
                },
                Event::End(_) => {
                    self.end(&open, &text);
                    open.pop();
                    text.clear();
                }
                Event::Eof => return (is_task && open.is_empty()).then_some(()),
                _ => {}
            }
        }
    }

    fn begin(&mut self, open: &[String]) {
        if is_at(open, &["Task", "Actions", "Exec"]) {
            self.commands.push(Command::default());
        }
    }

    fn end(&mut self, open: &[String], text: &str) {
        let text = text.trim();
        if is_at(open, &["Task", "RegistrationInfo", "URI"]) {
            text.clone_into(&mut self.uri);
        } else if let Some(command) = self.commands.last_mut() {
            if is_at(open, &["Task", "Actions", "Exec", "Command"]) {
                text.clone_into(&mut command.program);
            } else if is_at(open, &["Task", "Actions", "Exec", "Arguments"]) {
                text.clone_into(&mut command.arguments);
            }
        }
    }

    /// Reads the older kind: a fixed part, then the program and its arguments.
    fn parse_job(&mut self, job: &[u8]) -> Option<()> {
        let mut at = usize::from(u16_at(job, 20)?);
        let mut text = || {
            let bytes = usize::from(u16_at(job, at)?) * 2;
            let found = slice(job, at + 2, bytes)?;
            at += 2 + bytes;
            Some(crate::bytes::utf16(found))
        };
        self.commands.push(Command {
            program: text()?,
            arguments: text()?,
        });
        Some(())
    }

    fn give(&self, name: &str, out: &mut Outlet<'_>) -> Flow {
        let lines: Vec<String> = self
            .commands
            .iter()
            .map(|command| {
                format!("{} {}", command.program, command.arguments)
                    .trim()
                    .to_owned()
            })
            .collect();
        let data = lines.join("\n");
        out.give(&Trace {
            what: What::ScheduledTask,
            text: name,
            data: if data.is_empty() {
                Data::None
            } else {
                Data::Text(&data)
            },
            location: "name",
            at: None,
        })?;
        // The file can lie elsewhere than the task says of itself.
        if !self.uri.is_empty() && !self.uri.eq_ignore_ascii_case(name) {
            out.give_text(What::ScheduledTask, &self.uri, "URI")?;
        }
        for (index, line) in lines.iter().enumerate() {
            out.give_text(What::CommandLine, line, &format!("action {}", index + 1))?;
        }
        ControlFlow::Continue(())
    }
}

fn push_limited(text: &mut String, part: &str) {
    if text.len() + part.len() <= TEXT_BYTES_MAX {
        text.push_str(part);
    }
}

fn is_at(open: &[String], place: &[&str]) -> bool {
    open.len() == place.len() && open.iter().zip(place).all(|(open, wanted)| open == wanted)
}
