//! The first looks at a page, before a named person puts it under watch: so many that advertisements and variants that rotate
//! have all been shown.

use crate::checking::{Check, Depth, Means, check};
use crate::memory::SiteMemory;

/// Looks at a page before it is under watch, by default 8: of three houses that take turns, one stays unseen in 12 of 100 cases
/// where the page has one place for them, and in 1 of 200 where it has two.
pub const FIRST_LOOKS: u32 = 8;

/// Looks at a page again and again, the first time as every visitor. Where nothing came at first, or where what came is not wanted,
/// the first look is the only one; of the others, what came without a page is among them.
pub async fn get_to_know(
    means: &Means<'_>,
    url: &str,
    memory: &SiteMemory,
    is_wanted: impl FnOnce(&Check) -> bool,
) -> Vec<Check> {
    let first = check(means, url, memory, None, Depth::Visitors).await;
    let goes_on = first.page.is_some() && is_wanted(&first);
    let mut checks = vec![first];
    while goes_on && checks.len() < FIRST_LOOKS as usize {
        checks.push(check(means, url, memory, None, Depth::Quick).await);
    }
    checks
}
