//! Finds sought domains, addresses, URLs and digests in text at the speed of memory, with line and time.
//!
//! Chunks in, matches out; it opens no file.
