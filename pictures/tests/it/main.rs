//! What pictures are told apart by, and what hostile ones may cost.

mod hostile;
mod likeness;
