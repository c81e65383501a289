//! What of CSS hides things: the few properties, the simple selectors, the cascade between them. What it cannot read, it takes
//! for not hiding.

mod declarations;
mod selectors;
mod sheets;

pub(crate) use self::declarations::Look;
pub(crate) use self::selectors::Ancestor;
pub(crate) use self::sheets::Sheets;
