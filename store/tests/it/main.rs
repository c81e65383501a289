//! The contract of the store. Each part takes a way to open an empty one, so that another database can join.

mod contract;
mod sqlite;
