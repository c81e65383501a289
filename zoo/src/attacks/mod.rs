//! What intruders do to sites, made from seeds of its own: nothing here is known to the code that looks for it, and words are
//! written as intruders write them, not taken from its lists.

mod wording;

mod hiding;

mod scripts;

mod planting;

mod attack;

mod spoiling;

mod schedule;

pub use self::attack::{Attack, Certificate, Class, Deed, Shown};
pub use self::schedule::schedule;
