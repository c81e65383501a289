//! A sweep in a process of its own, watched from here: should an item kill it or never come back, it is killed, started
//! again, and leaves out that item, which is named and counted. What was judged before is in the inventory.

mod attempt;
mod for_agent;
mod order;
mod suspicion;

pub mod worker;

use std::path::Path;
use std::time::{Duration, Instant};

use domain::SweepReport;
use sweep::in_hand::Skip;
use sweep::{Surroundings, SweepError};

use self::attempt::{Attempt, End};
pub use self::for_agent::SupervisedSweeper;
pub use self::order::{Order, OrderPath, OrderedAlert};
use self::suspicion::{Suspicion, Verdict};

/// How long an item may be in hand without anything happening, by default 5 minutes: no rule needs as long for a content
/// of the largest size.
pub const ITEM_TIME_MAX: Duration = Duration::from_mins(5);

/// Runs the sweep that `order` describes. Of `surroundings`, the progress is told and the wish to stop is heeded.
pub fn supervise(
    mut order: Order,
    surroundings: &Surroundings<'_>,
    global: &[std::ffi::OsString],
) -> Result<Vec<SweepReport>, SweepError> {
    let deadline = order.time_limit.map(|limit| Instant::now() + limit);
    let mut suspicion = Suspicion::default();
    // Only a sweep that was ended once needs to remember what it did.
    let mut memory: Option<tempfile::TempDir> = None;
    loop {
        order.time_limit = deadline.map(|end| end.saturating_duration_since(Instant::now()));
        let attempt = Attempt::start(&order, global)?;
        let verdict = match attempt.watch(surroundings, &mut order) {
            End::Reports(reports) => return Ok(reports),
            End::Failed(message) => return Err(SweepError::Worker { message }),
            End::Ended(death, in_hand) => {
                tracing::warn!(
                    death = death.words,
                    "the sweep was ended from outside or by an item"
                );
                suspicion.judge(&mut order.skips, &in_hand, &death)
            }
            End::Stuck(entry) => {
                tracing::warn!(item = %entry.path, "took longer than one item may");
                let detail = "nothing happened for as long as one item may take".to_owned();
                let reason = domain::Reason::ItemTime;
                order.skips.items.insert(entry.key, Skip { reason, detail });
                suspicion.count_restart(&mut order.skips)
            }
        };
        if let Verdict::GiveUp(message) = verdict {
            return Err(SweepError::Worker { message });
        }
        if order.inventory.is_none() && memory.is_none() {
            memory = tempfile::Builder::new().prefix("tocsin-").tempdir().ok();
            if let Some(folder) = &memory {
                remember_in(&mut order, folder.path());
            }
        }
    }
}

/// Has the next attempts keep what they learn, in a folder that they do not look into.
fn remember_in(order: &mut Order, folder: &Path) {
    order.inventory = Some(OrderPath::from(folder.join("inventory").as_path()));
    order.exclude.push(OrderPath::from(folder));
}
