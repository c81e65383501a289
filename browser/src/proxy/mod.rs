//! The only way from the browser to the network: a proxy on a loopback address that finds names itself, connects only where visits
//! may go, counts bytes and connections, and writes down everything that was asked of it. The browser never learns an address.

mod heads;

mod passing;

mod rules;

pub(crate) use self::passing::Proxy;
pub(crate) use self::rules::Rules;
pub use self::rules::{Reached, Refused};
