//! Which files are text logs, by their names and by their first bytes.

/// Tells whether a file is a text log, from its name and its first bytes (some kilobytes, after decompression).
pub fn looks_like_text_log(path: &[u8], head: &[u8]) -> bool {
    may_be_log(path) && !head.is_empty()
}

/// Tells by the name alone whether a file may be a text log.
pub fn may_be_log(path: &[u8]) -> bool {
    path.ends_with(b".log")
}
