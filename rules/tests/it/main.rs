//! The engine as the rest of Tocsin sees it.

mod compiling;

mod corpus;

mod samples;
mod scanning;

mod filtering;
mod generated;
