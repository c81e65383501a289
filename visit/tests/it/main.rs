//! Visits to real servers on this machine, honest and hostile ones.

mod visits;
