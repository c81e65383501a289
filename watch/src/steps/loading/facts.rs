//! What is kept of a file that pages load: of a script what it does, of a style sheet its text, of a picture what it looks like.

use pages::{ScriptSigns, read_script};
use pictures::{Picture, PictureError};
use serde::{Deserialize, Serialize};
use visit::{Page, Wanted};

use super::pieces::Pieces;
use super::sheets::SHEET_BYTES_MAX;

/// Bytes at the beginning of a file in which a page gives itself away.
const PAGE_WITHIN: usize = 512;
/// Characters of a type that are kept.
const TYPE_CHARS: usize = 100;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFacts {
    /// SVG: only whether it is the same is known.
    Drawing,
    /// The site says that there is none.
    Gone {
        /// How it says so.
        status: u16,
    },
    /// Something else than it should be: mostly a page.
    OtherType {
        /// What it says it is.
        content_type: String,
    },
    /// A picture.
    Picture(Picture),
    /// A script.
    Script(ScriptFacts),
    /// A style sheet.
    Style {
        /// Its text, as far as one page may have style sheets.
        text: String,
        /// Bytes of it that are not there.
        #[serde(default, skip_serializing_if = "is_zero")]
        bytes_cut: usize,
    },
    /// A picture that cannot be looked at.
    Unread {
        /// Why: readable after "could not".
        problem: String,
    },
}

/// What is known of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptFacts {
    /// How many bytes it has.
    pub length: usize,
    /// Of its words, without numbers and without what stands in quotes.
    pub shape: u64,
    /// What it does that intruders' scripts do.
    pub signs: ScriptSigns,
    /// Origins that it names outside of comments.
    pub origins: Vec<String>,
    /// Its pieces, so that what is added to it later can be told from it.
    pub pieces: Pieces,
}

impl FileFacts {
    /// Reads what came for `wanted`. Of a fault of the server nothing is known.
    pub(super) fn read(wanted: Wanted, page: &Page) -> Option<Self> {
        match page.status {
            404 | 410 => {
                return Some(Self::Gone {
                    status: page.status,
                });
            }
            200..300 => {}
            _ => return None,
        }
        if is_page(page) {
            let stated = page.content_type.as_deref().unwrap_or("text/html");
            return Some(Self::OtherType {
                content_type: stated.chars().take(TYPE_CHARS).collect(),
            });
        }
        Some(match wanted {
            Wanted::Script => Self::Script(ScriptFacts::read(&page.body)),
            Wanted::Style => {
                let kept = page.body.len().min(SHEET_BYTES_MAX);
                Self::Style {
                    text: String::from_utf8_lossy(&page.body[..kept]).into_owned(),
                    bytes_cut: page.body.len() - kept,
                }
            }
            Wanted::Page | Wanted::Picture => {
                match pictures::look_at(&page.body, &pictures::Limits::default()) {
                    Ok(picture) => Self::Picture(picture),
                    Err(PictureError::Drawing) => Self::Drawing,
                    Err(error) => Self::Unread {
                        problem: error.to_string(),
                    },
                }
            }
        })
    }

    /// Returns how many bytes of text are kept.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Style { text, .. } => text.len(),
            _ => 0,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl ScriptFacts {
    /// Reads a script or a part of one.
    pub(super) fn read(code: &[u8]) -> Self {
        let text = String::from_utf8_lossy(code);
        let read = read_script(&text);
        Self {
            length: code.len(),
            shape: read.shape,
            signs: read.signs,
            origins: read_script(&without_comments(&text)).origins,
            pieces: Pieces::of(code),
        }
    }
}

/// Tells whether a page came where a file was asked for, whatever it is called.
fn is_page(page: &Page) -> bool {
    let head = &page.body[..page.body.len().min(PAGE_WITHIN)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<head")
}

/// Returns a script without its comments: libraries name their makers there, others in each version. What looks like a comment
/// and is none loses origins only; what a script does is read with everything.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut quote = None;
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        match (quote, letter, next) {
            (Some(mark), letter, _) if letter == mark && before != '\\' => quote = None,
            // A string ends with its line; only templates go on.
            (Some('"' | '\''), '\n', _) => quote = None,
            (None, '"' | '\'' | '`', _) => quote = Some(letter),
            (None, '/', Some('/')) if before != '\\' && before != ':' => {
                letters.by_ref().find(|letter| *letter == '\n');
                before = '\n';
                code.push('\n');
                continue;
            }
            (None, '/', Some('*')) if before != '\\' => {
                letters.next();
                let mut last = ' ';
                for inner in letters.by_ref() {
                    if last == '*' && inner == '/' {
                        break;
                    }
                    last = inner;
                }
                before = ' ';
                code.push(' ');
                continue;
            }
            _ => {}
        }
        code.push(letter);
        // Of two backslashes the second takes nothing away from what follows.
        before = if before == '\\' && letter == '\\' {
            ' '
        } else {
            letter
        };
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_in_comments_do_not_count_and_those_in_code_do() {
        let text = "/*! https://maker.example/licence */\n// see https://bugs.example.org/1\nvar a = 'https://cdn.example.net/x.js'; var r = /a\\/\\/b/; // https://c.example\nload(\"//late.example.com/y\");";
        assert_eq!(
            ScriptFacts::read(text.as_bytes()).origins,
            ["https://cdn.example.net", "https://late.example.com"]
        );
    }

    #[test]
    fn a_page_in_the_place_of_a_script_is_no_script() {
        let page = Page {
            status: 200,
            content_type: Some("text/javascript".to_owned()),
            body: b"\n<!DOCTYPE html><title>no</title>".to_vec(),
            ..Page::default()
        };
        let facts = FileFacts::read(Wanted::Script, &page);
        assert!(matches!(facts, Some(FileFacts::OtherType { .. })));
    }
}
