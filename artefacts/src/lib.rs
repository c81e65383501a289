//! What Windows leaves behind, read on any system: registry hives, tasks, prefetch, links, file-system records.
//!
//! Bytes in, traces out; it opens no file. Every parser here reads hostile bytes.
