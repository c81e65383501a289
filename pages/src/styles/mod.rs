//! What of CSS hides things or lays them over everything: the few properties, the simple selectors, the cascade between them. What
//! it cannot read, it takes for doing neither.

mod addresses;
mod declarations;
mod selectors;
mod sheets;
mod values;

pub(crate) use self::addresses::{SheetUse, addresses_in};
pub(crate) use self::declarations::{Ground, Look};
pub(crate) use self::selectors::Ancestor;
pub(crate) use self::sheets::Sheets;
pub(crate) use self::values::Colour;
