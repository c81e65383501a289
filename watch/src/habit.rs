//! How a page usually varies. Contents may; origins, forms, frames, hidden things and vocabulary are never learned from a page:
//! a person approves them.

use std::collections::BTreeMap;

use pages::{Comparison, PageModel, RegionKey};
use serde::{Deserialize, Serialize};

/// Regions of one page whose habits are kept.
const REGIONS_MAX: usize = 5_000;
/// Pieces of a region from which on it is a list, whose pieces come and go.
const LIST_MIN: u32 = 3;
/// Changes from which on a region varies: what was changed once stays as it is now.
const CHANGES_MIN: u32 = 2;
/// Of the looks, one in so many has to have shown a change.
const CHANGES_SHARE: u32 = 20;

/// How a page usually varies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    /// How often the page was looked at and found in order.
    pub looks: u32,
    regions: BTreeMap<RegionKey, RegionHabit>,
    titles: u32,
}

/// How one region varies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RegionHabit {
    /// In how many looks it was there.
    seen: u32,
    /// In how many it was another than in the look before.
    changed: u32,
    /// The most pieces that it had.
    items_max: u32,
}

impl Habit {
    /// Learns from a look that was found in order, and from how it differs from the one before.
    pub fn learn(&mut self, page: &PageModel, from_last: Option<&Comparison>) {
        self.looks = self.looks.saturating_add(1);
        for region in &page.regions {
            if self.regions.len() >= REGIONS_MAX && !self.regions.contains_key(&region.key) {
                continue;
            }
            let habit = self.regions.entry(region.key).or_default();
            habit.seen = habit.seen.saturating_add(1);
            let count = u32::try_from(region.items.len()).unwrap_or(u32::MAX);
            habit.items_max = habit.items_max.max(count);
        }
        if let Some(comparison) = from_last {
            for change in &comparison.regions {
                if let Some(habit) = self.regions.get_mut(&change.key) {
                    habit.changed = habit.changed.saturating_add(1);
                }
            }
            self.titles = self
                .titles
                .saturating_add(u32::from(comparison.title.is_some()));
        }
    }

    /// Tells whether other texts are usual in a region: because that was seen, or because it is a list.
    pub fn varies(&self, region: RegionKey) -> bool {
        let habit = self.regions.get(&region);
        habit
            .is_some_and(|habit| habit.items_max >= LIST_MIN || is_often(habit.changed, habit.seen))
    }

    /// Tells whether the title changes often, as that of a page with the newest headline does.
    pub fn title_varies(&self) -> bool {
        is_often(self.titles, self.looks)
    }
}

fn is_often(changed: u32, looks: u32) -> bool {
    changed >= CHANGES_MIN && changed.saturating_mul(CHANGES_SHARE) >= looks
}
