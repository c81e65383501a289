//! Names as they stand in a text: the longest run of labels around a place, read in any notation.

use crate::notation::{
    WordStart, dot_before, is_label, is_label_byte, label_end, next_label, word_start,
};

/// The longest name (RFC 1035 §2.3.4, as text).
const NAME_MAX: usize = 253;
/// How many bytes a name of [`NAME_MAX`] can take up in any notation: 126 dots of five bytes, and some.
const WRITTEN_NAME_MAX: usize = 800;
/// How far its end is looked for. What is longer is no name; looking further than it can reach keeps hostile chains of
/// labels cheap, because what lies well before the place where the search gave up need not be looked at again.
const RUN_MAX: usize = 3_600;

/// A name that stands in a text.
#[derive(Debug, Default)]
pub struct Host {
    /// The name in lower case with plain dots.
    name: Vec<u8>,
    /// Where each of its labels begins in `name`, and where in the text.
    labels: Vec<(usize, usize)>,
    /// Labels from the last to the first, while they are read.
    spans: Vec<(usize, usize)>,
    /// Where the last label ends in the text.
    end: usize,
    /// Where the first label also could begin: a letter further left, which an escape takes.
    other_start: Option<usize>,
}

/// What reading the name around a place came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// There is a name; nothing before its end need be looked at again.
    Name,
    /// There is none that ends before this place.
    NoneBefore(usize),
}

impl Host {
    /// Reads the name around `at`, which must be a place inside a label.
    pub fn read(&mut self, text: &[u8], at: usize) -> Reading {
        let run_end = match find_end(text, at) {
            Ok(end) => end,
            Err(reached) => {
                return Reading::NoneBefore(reached.saturating_sub(WRITTEN_NAME_MAX).max(at + 1));
            }
        };
        self.read_labels(text, run_end);
        if self.spans.is_empty() {
            return Reading::NoneBefore(run_end.max(at + 1));
        }
        self.write_name(text);
        Reading::Name
    }

    /// Returns the name in lower case with plain dots.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Returns where the name begins in the text.
    pub fn start(&self) -> usize {
        self.labels.first().map_or(self.end, |&(_, start)| start)
    }

    /// Returns where the name ends in the text.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Returns the name with one more letter in front, which more likely belongs to an escape, and where that begins.
    pub fn other_name(&self, text: &[u8]) -> Option<(Vec<u8>, usize)> {
        let start = self.other_start?;
        let mut name = vec![text[start].to_ascii_lowercase()];
        name.extend_from_slice(&self.name);
        Some((name, start))
    }

    /// Returns the names above it, the longest first.
    pub fn parents(&self) -> impl Iterator<Item = &[u8]> {
        self.labels.iter().skip(1).map(|&(at, _)| &self.name[at..])
    }

    /// Finds the labels from the last one back to the first.
    fn read_labels(&mut self, text: &[u8], run_end: usize) {
        self.spans.clear();
        self.other_start = None;
        self.end = trim_end(text, run_end);
        let mut end = self.end;
        let mut length = 0;
        while let Some(WordStart { start, other }) = label_start(text, end) {
            length += end - start + 1;
            if length > NAME_MAX + 1 {
                break;
            }
            self.spans.push((start, end));
            self.other_start = other;
            match dot_before(text, start, end) {
                Some(at) => end = at,
                None => break,
            }
        }
        // No name begins with a hyphen; `--playball.ddns.info` is an option or a line drawn by hand.
        if let Some((start, end)) = self.spans.last_mut() {
            let hyphens = text[*start..*end]
                .iter()
                .take_while(|&&b| b == b'-')
                .count();
            *start += hyphens;
            if hyphens > 0 {
                self.other_start = None;
            }
        }
    }

    fn write_name(&mut self, text: &[u8]) {
        self.name.clear();
        self.labels.clear();
        for &(start, end) in self.spans.iter().rev() {
            if !self.name.is_empty() {
                self.name.push(b'.');
            }
            self.labels.push((self.name.len(), start));
            let label = text[start..end].iter().map(u8::to_ascii_lowercase);
            self.name.extend(label);
        }
    }
}

/// Finds where the last label ends; where that is too far, says how far it was looked for.
fn find_end(text: &[u8], at: usize) -> Result<usize, usize> {
    let mut end = label_end(text, at);
    if end - at > crate::notation::LABEL_MAX {
        return Err(end);
    }
    while let Some((_, next_end)) = next_label(text, end) {
        end = next_end;
        if end - at > RUN_MAX {
            return Err(end);
        }
    }
    Ok(end)
}

/// Finds where the label begins that ends at `end`; none where it is no label that a name can have.
fn label_start(text: &[u8], end: usize) -> Option<WordStart> {
    // An escape's digits come on top.
    const LOOKED_AT_MAX: usize = crate::notation::LABEL_MAX + 6;
    let length = text[..end]
        .iter()
        .rev()
        .take(LOOKED_AT_MAX)
        .take_while(|&&byte| is_label_byte(byte))
        .count();
    let found = word_start(text, end - length, end);
    is_label(&text[found.start..end]).then_some(found)
}

/// Takes hyphens off the end of the last label: no label ends with one.
fn trim_end(text: &[u8], end: usize) -> usize {
    let hyphens = text[..end]
        .iter()
        .rev()
        .take(crate::notation::LABEL_MAX)
        .take_while(|&&byte| byte == b'-')
        .count();
    end - hyphens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, inside: &str) -> String {
        let mut host = Host::default();
        let at = text.find(inside).expect("it is there");
        match host.read(text.as_bytes(), at) {
            Reading::Name => String::from_utf8_lossy(host.name()).into_owned(),
            Reading::NoneBefore(place) => format!("none before {place}"),
        }
    }

    #[test]
    fn reads_the_whole_name_from_any_place_in_it() {
        let text = "x (3)WWW(8)playball(4)ddns(4)info(0) y";
        for inside in ["WWW", "playball", "yball", "ddns", "info"] {
            assert_eq!(read(text, inside), "www.playball.ddns.info");
        }
    }

    #[test]
    fn what_surrounds_a_name_is_not_in_it() {
        for text in [
            "http://playball.ddns.info/x",
            "a@playball.ddns.info.",
            "u=http%3A%2F%2Fplayball.ddns.info%2Fa",
            "\\u003eplayball.ddns.info\\u003c",
            "--playball.ddns.info--",
            ".playball.ddns.info..",
            "\u{201c}playball.ddns.info\u{201d}",
            "hxxp://playball[.]ddns(dot)info:8080",
        ] {
            assert_eq!(read(text, "playball"), "playball.ddns.info", "{text}");
        }
    }

    #[test]
    fn a_label_that_is_too_long_is_not_of_the_name() {
        let long = "a".repeat(64);
        let text = format!("{long}.playball.ddns.info.{long}");
        assert_eq!(read(&text, "playball"), "playball.ddns.info");
    }

    #[test]
    fn an_endless_chain_of_labels_is_given_up_and_mostly_skipped() {
        let text = "playball.".repeat(1_000);
        let mut host = Host::default();
        let Reading::NoneBefore(place) = host.read(text.as_bytes(), 9) else {
            panic!("a name of 9,000 bytes");
        };
        assert!((2_500..=3_600).contains(&place), "{place}");
    }
}
