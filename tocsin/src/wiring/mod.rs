//! Introduces the heavy libraries and the outside world to the crates that only know traits.

pub mod clock;
pub mod interrupt;
pub mod progress;
pub mod supervisor;

pub mod engines;

mod containers;
mod event_logs;
mod fingerprint;
mod record_search;
mod running;
mod text_logs;
mod traces;

pub mod rules;

pub mod websites;
