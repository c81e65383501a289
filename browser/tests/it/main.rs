//! Pages in a real browser on this machine, and programs that pretend to be one.

mod browsers;
mod openings;
mod pretenders;
