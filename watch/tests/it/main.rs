//! The watch, from pages before and after to verdicts.

mod evidence;
mod rendering;
mod verdicts;
