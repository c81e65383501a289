//! One request at a time and one a second, for each host and for each address: hundreds of small sites may share one server.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

/// Turns that are remembered before those nobody needs any more are forgotten.
const TURNS_KEPT: usize = 4_096;

/// How a server is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// The time from the beginning of one request to that of the next, by default 1 s.
    pub pause: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
        }
    }
}

/// Hands out turns.
#[derive(Debug, Default)]
pub struct Turns {
    turns: Mutex<HashMap<Server, Arc<Mutex<Instant>>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Server {
    Address(IpAddr),
    Host(String),
}

/// The right to ask one host at one address, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _host: OwnedMutexGuard<Instant>,
    _address: OwnedMutexGuard<Instant>,
}

impl Turns {
    /// Waits until this host and this address may be asked again. Everybody takes the host before the address, so that
    /// nobody waits for each other.
    pub async fn wait(&self, host: &str, address: IpAddr, manners: Manners) -> Turn {
        let host = self.turn(Server::Host(host.to_owned()), manners).await;
        let address = self.turn(Server::Address(address), manners).await;
        Turn {
            _host: host,
            _address: address,
        }
    }

    async fn turn(&self, server: Server, manners: Manners) -> OwnedMutexGuard<Instant> {
        let last = {
            let mut turns = self.turns.lock().await;
            if turns.len() >= TURNS_KEPT {
                let now = Instant::now();
                turns.retain(|_, last| {
                    // In use by somebody, or so lately that the pause is not over.
                    Arc::strong_count(last) > 1 || last.try_lock().is_ok_and(|last| *last > now)
                });
            }
            let turn = turns
                .entry(server)
                .or_insert_with(|| Arc::new(Mutex::new(Instant::now())));
            Arc::clone(turn)
        };
        let mut next = last.lock_owned().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + manners.pause;
        next
    }
}
