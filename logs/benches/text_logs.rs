//! Measures the search of generated logs.
fn main() {}
