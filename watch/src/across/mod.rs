//! What sites have in common.

mod prevalence;

pub use self::prevalence::Common;
