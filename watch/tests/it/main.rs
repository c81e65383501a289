//! The watch, from pages before and after to verdicts.

mod evidence;
mod first_look;
mod verdicts;
