//! Visits to real servers on this machine, honest and hostile ones.

mod hostile;
mod hostile_names;
mod visits;
