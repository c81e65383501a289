//! Reads samples that other programs made, files made as the tests run, and damaged copies of all of them.

mod damage;
mod hives;
mod links;
mod matching;
mod prefetch;
mod samples;
mod tasks;
mod volumes;
