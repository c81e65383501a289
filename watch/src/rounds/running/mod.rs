//! The loop of the running watch: takes jobs from the schedule, makes them, says what they came to, and keeps house.

mod house;

mod looking;

mod surveying;

mod taking;

mod telling;

mod watch_loop;

pub use self::house::saved_members;
pub use self::telling::Told;
pub use self::watch_loop::{Running, RunningSettings};
