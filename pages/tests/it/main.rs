//! Pages as attackers and tired web masters make them.

mod comparing;
mod covering;
mod hiding;
mod hostile;
mod reading;
mod scripting;
mod wording;
