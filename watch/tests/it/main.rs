//! The watch, from pages before and after to verdicts.

mod evidence;
mod surveys;
mod verdicts;
