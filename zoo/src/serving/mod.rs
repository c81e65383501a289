//! The zoo's own little internet on loopback addresses: names, certificates, web servers. Real protocols, simulated time.

mod world;

mod certificates;

mod names;

mod answers;

mod listening;

mod proxy;

pub use self::listening::{Served, serve};
pub use self::proxy::serve_proxy;
pub use self::world::World;
