//! Persistence points of Linux: a table of places, the files in them, and what those files name.

mod places;

mod naming;

mod homes;

mod kernel;

mod survey;

pub(crate) use survey::list_persistence_points;
