//! The watch, from pages before and after to verdicts.

mod evidence;
mod loading;
mod serving;
mod verdicts;
