//! Files that stand in text between `begin` and `end`, as programs sent them before there was MIME, and as spam does.

use memchr::memmem;

/// A file in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Uuencoded {
    /// Its name as the text states it.
    pub(super) name: Vec<u8>,
    /// The file.
    pub(super) content: Vec<u8>,
    /// Whether the closing line was found.
    pub(super) is_whole: bool,
}

/// Finds the next file at or after `at`, and returns where to go on looking.
pub(super) fn find_next(text: &[u8], at: usize) -> Option<(Uuencoded, usize)> {
    let mut searched = at;
    loop {
        let found = searched + memmem::find(text.get(searched..)?, b"begin ")?;
        searched = found + 6;
        let is_line_start = found == 0 || text.get(found - 1) == Some(&b'\n');
        let Some((name, body)) = is_line_start.then(|| parse_begin(text, searched)).flatten()
        else {
            continue;
        };
        return Some(decode(text, name, body));
    }
}

/// Reads the mode and the name, and returns where the lines begin.
fn parse_begin(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = text.get(at..)?;
    let end = memchr::memchr(b'\n', rest)?;
    let line = rest.get(..end)?.trim_ascii();
    let mut parts = line.splitn(2, |byte| *byte == b' ');
    let (mode, name) = (parts.next()?, parts.next()?);
    let is_mode =
        (3..=6).contains(&mode.len()) && mode.iter().all(|digit| (b'0'..b'8').contains(digit));
    is_mode.then_some((name.trim_ascii(), at + end + 1))
}

fn decode(text: &[u8], name: &[u8], start: usize) -> (Uuencoded, usize) {
    let mut file = Uuencoded {
        name: name.to_vec(),
        content: Vec::new(),
        is_whole: false,
    };
    let mut at = start;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..end).unwrap_or(rest);
        let line = super::headers::without_line_end(line);
        if line.trim_ascii() == b"end" {
            file.is_whole = true;
            at += end;
            break;
        }
        // A line that cannot be one of the file ends it; an empty one is what a gateway made of a zero.
        if !line.is_empty() && !decode_line(line, &mut file.content) {
            break;
        }
        at += end;
    }
    (file, at)
}

/// Appends one line's bytes; `false` when it is no line of a file.
fn decode_line(line: &[u8], content: &mut Vec<u8>) -> bool {
    let Some((length, letters)) = line.split_first() else {
        return true;
    };
    if !(b' '..=b'`').contains(length) {
        return false;
    }
    let length = usize::from((length - b' ') & 0x3f);
    // Trailing blanks are lost on the way, a check letter may be added.
    if letters.len() > length.div_ceil(3) * 4 + 4 {
        return false;
    }
    let value = |index: usize| {
        let letter = letters.get(index).copied().unwrap_or(b' ');
        letter.wrapping_sub(b' ') & 0x3f
    };
    let mut line_bytes = Vec::with_capacity(48);
    for group in 0..length.div_ceil(3) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| value(group * 4 + index));
        line_bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    line_bytes.truncate(length);
    content.extend_from_slice(&line_bytes);
    true
}

#[cfg(test)]
mod tests {
    use super::find_next;

    #[test]
    fn finds_files_in_text_and_goes_on_behind_them() {
        let text = b"Hi\nbegin here\nbegin 644 a b.exe\r\n#0V%T\r\n`\r\nend\r\ntext\nbegin 755 c\n#0V%T\nno line of it, much too long\n";
        let (first, at) = find_next(text, 0).unwrap();
        assert_eq!(
            (first.name.as_slice(), first.content.as_slice()),
            (&b"a b.exe"[..], &b"Cat"[..])
        );
        assert!(first.is_whole);
        let (second, at) = find_next(text, at).unwrap();
        assert_eq!(second.content, b"Cat");
        assert!(!second.is_whole);
        assert_eq!(find_next(text, at), None);
    }

    #[test]
    fn puts_back_the_blanks_that_were_lost_at_the_end_of_a_line() {
        let (file, _) = find_next(b"begin 644 x\n#0P  \n#0P\nend", 0).unwrap();
        assert_eq!(file.content, b"C\0\0C\0\0");
    }
}
