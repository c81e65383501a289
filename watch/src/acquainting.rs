//! The first looks at a page, before a named person puts it under watch: so many that advertisements and variants that rotate
//! have all been shown.

use crate::checking::{Check, Depth, Means, check};
use crate::memory::SiteMemory;

/// Looks at a page before it is under watch, by default 8: of three houses that take turns, one stays unseen in 12 of 100 cases
/// where the page has one place for them, and in 1 of 200 where it has two.
pub const FIRST_LOOKS: u32 = 8;

/// Looks at a page again and again, the first time as every visitor. What came without a page is among it; the first may be.
pub async fn get_to_know(means: &Means<'_>, url: &str, memory: &SiteMemory) -> Vec<Check> {
    let mut checks = vec![check(means, url, memory, None, Depth::Visitors).await];
    while checks[0].page.is_some() && checks.len() < FIRST_LOOKS as usize {
        checks.push(check(means, url, memory, None, Depth::Quick).await);
    }
    checks
}
