//! Pages as attackers and tired web masters make them.

mod comparing;
mod hiding;
mod hostile;
mod reading;
