//! What the rest asks of the operating system, behind one interface. No other module has a `cfg`.

mod elsewhere;
pub(crate) use elsewhere::*;
