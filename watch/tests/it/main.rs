//! The watch from outside.

mod cases;
mod evidence;
mod schedule;
mod verdicts;
