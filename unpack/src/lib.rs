//! Opens containers under one budget: bytes in, members out. What it cannot open, or may not, it names.
//!
//! It touches no disk and starts no thread. Every parser here reads hostile bytes; a panic of one costs one container.
