//! Where the parts of a multipart body begin and end: lines of two dashes and a boundary.

/// What a line says about the parts around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiter {
    /// Where the line begins.
    pub(super) start: usize,
    /// Where the next line begins.
    pub(super) end: usize,
    /// Which of the boundaries it is, the outermost first.
    pub(super) level: usize,
    /// Whether it closes the multipart.
    pub(super) is_close: bool,
}

/// Finds the next line at or after `from`, which is the beginning of a line, that is one of these boundaries.
pub(super) fn find_delimiter(
    bytes: &[u8],
    from: usize,
    boundaries: &[Vec<u8>],
) -> Option<Delimiter> {
    let mut lines = DashedLines { bytes, at: from };
    if boundaries.is_empty() {
        return None;
    }
    lines.find_map(|(start, end)| {
        let line = bytes.get(start + 2..end)?.trim_ascii_end();
        // The innermost first: a part is closed by its own multipart before it is closed by an outer one.
        boundaries
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, boundary)| {
                let rest = line.strip_prefix(boundary.as_slice())?;
                let is_close = match rest {
                    b"" => false,
                    b"--" => true,
                    _ => return None,
                };
                Some(Delimiter {
                    start,
                    end,
                    level,
                    is_close,
                })
            })
    })
}

/// Guesses the boundary of a body whose header names none, or one that is nowhere: what mail programs find by the first
/// dashed line that fields follow.
pub(super) fn guess_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = DashedLines { bytes: body, at: 0 };
    lines.find_map(|(start, end)| {
        let line = body.get(start + 2..end)?.trim_ascii_end();
        let next = body.get(end..)?;
        let is_part = next.len() >= 8
            && next
                .get(..8)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"content-"));
        (is_part && !line.is_empty()).then(|| line.to_vec())
    })
}

/// Lines that begin with two dashes, as where they begin and where the next line does.
struct DashedLines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Iterator for DashedLines<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let start = if rest.starts_with(b"--") {
            self.at
        } else {
            self.at + memchr::memmem::find(rest, b"\n--")? + 1
        };
        let line = self.bytes.get(start..)?;
        let end = memchr::memchr(b'\n', line).map_or(self.bytes.len(), |end| start + end + 1);
        self.at = end;
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::{Delimiter, find_delimiter, guess_boundary};

    #[test]
    fn finds_whole_lines_of_the_innermost_boundary() {
        let bytes = b"--a\r\n--ab\n--a--  \nx--a\n--a b";
        let find = |from, boundaries: &[&str]| {
            let boundaries: Vec<Vec<u8>> =
                boundaries.iter().map(|b| b.as_bytes().to_vec()).collect();
            find_delimiter(bytes, from, &boundaries)
        };
        let delimiter = |start, end, level, is_close| {
            Some(Delimiter {
                start,
                end,
                level,
                is_close,
            })
        };
        assert_eq!(find(0, &["a"]), delimiter(0, 5, 0, false));
        assert_eq!(find(5, &["a"]), delimiter(10, 18, 0, true));
        assert_eq!(find(5, &["a", "ab"]), delimiter(5, 10, 1, false));
        assert_eq!(find(0, &["a", "a"]), delimiter(0, 5, 1, false));
        assert_eq!(find(18, &["a"]), None);
        assert_eq!(find(0, &[]), None);
    }

    #[test]
    fn guesses_a_boundary_where_fields_follow() {
        assert_eq!(
            guess_boundary(b"text\n-- \nsignature\n--x y \r\ncontent-Type: a\n"),
            Some(b"x y".to_vec())
        );
        assert_eq!(guess_boundary(b"--\nContent-Type: a\n--x"), None);
    }
}
