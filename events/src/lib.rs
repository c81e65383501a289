//! Windows event logs, and Sigma rules over their records. Bytes in, matches out; it opens no file.
