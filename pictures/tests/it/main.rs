//! What pictures are told apart by, and what hostile ones may cost.

mod drawing;
mod hostile;
mod likeness;
