//! What looks alike and what does not.
