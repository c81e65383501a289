//! The engine as the rest of Tocsin sees it.

mod compiling;

mod corpus;

mod scanning;

mod filtering;
mod generated;
