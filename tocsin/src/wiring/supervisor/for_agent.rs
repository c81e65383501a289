//! Sweeps for the agent: each in a process of its own, so that no item ends the agent, and what engines took is given back.

use std::ffi::OsString;

use agent::{BudgetPlace, SweepOrder, Sweeper};
use domain::SweepReport;
use sweep::{Surroundings, SweepError};

use super::order::{Order, OrderPath, OrderedAlert};
use super::supervise;

/// Has this program, started again, sweep for an agent.
pub struct SupervisedSweeper {
    /// The global options for that process.
    pub global: Vec<OsString>,
}

impl Sweeper for SupervisedSweeper {
    fn sweep(&self, order: &SweepOrder<'_>) -> Result<Vec<SweepReport>, SweepError> {
        let surroundings = Surroundings::new(order.clock, order.cancel);
        supervise(for_worker(order), &surroundings, &self.global)
    }
}

fn for_worker(order: &SweepOrder<'_>) -> Order {
    let alerts = order.alerts.iter().map(|alert| OrderedAlert {
        alert: alert.value().clone(),
        id: Some(alert.alert_id()),
        name: None,
    });
    let lists = order.not_examined_lists();
    let settings = order.paths.settings();
    // Without the file there is nothing to follow; the defaults hold.
    let is_there = fs_err::metadata(&settings).is_ok();
    Order {
        looks_at_running: order.covers_the_system(),
        lists: lists
            .iter()
            .map(|list| OrderPath::from(list.as_path()))
            .collect(),
        may_lose_lists: true,
        usual_budget: order.settings.usual_budget(),
        budget_file: is_there.then(|| (OrderPath::from(settings.as_path()), BudgetPlace::Section)),
        gives_way: order.settings.gives_way,
        ..Order::new(alerts.collect(), &order.options())
    }
}
