//! The zoo's own little internet on loopback addresses: names, certificates, web servers. Real protocols, simulated time.

mod world;

mod certificates;

mod names;

mod answers;

mod listening;

pub use self::listening::{Served, serve};
pub use self::world::World;
