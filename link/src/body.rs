//! Reading what a peer sends, at a bounded cost: in length, in time, and in memory that all peers share.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;
use crate::memory::{Loan, Memory};

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than it may be.
    TooLong,
    /// It came too slowly.
    TooSlow,
    /// The peer hung up.
    Broken,
    /// Others are using all the memory there is for this.
    Busy,
}

/// A body, and the memory it holds until it is dropped.
pub(crate) struct ReadBody {
    pub(crate) bytes: Vec<u8>,
    _loan: Option<Loan>,
}

/// Reads at most `bytes_max` bytes. Memory is taken as bytes arrive, not as they are announced: announcing costs the
/// peer nothing. Where there is none left the peer is sent away, so that no two can wait for each other.
pub(crate) async fn read_body(
    body: Body,
    bytes_max: usize,
    memory: &Memory,
    limits: &Limits,
) -> Result<ReadBody, BodyError> {
    let started_at = Instant::now();
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut loan = None;
    loop {
        let in_all = started_at + limits.time_for(limits.body_timeout, bytes.len());
        let deadline = in_all.min(Instant::now() + limits.body_timeout);
        let frame = match timeout_at(deadline, stream.next()).await {
            Err(_) => return Err(BodyError::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(BodyError::Broken),
            Ok(Some(Ok(frame))) => frame,
        };
        let length = bytes.len().saturating_add(frame.len());
        if length > bytes_max {
            return Err(BodyError::TooLong);
        }
        loan = Some(memory.extend(loan, length).ok_or(BodyError::Busy)?);
        bytes.extend_from_slice(&frame);
    }
    Ok(ReadBody { bytes, _loan: loan })
}

impl Limits {
    /// Returns how long `bytes` bytes may take, either way: `first`, and what the slowest line needs.
    pub(crate) fn time_for(&self, first: Duration, bytes: usize) -> Duration {
        let seconds = bytes / self.bytes_per_second_min.max(1);
        first.saturating_add(Duration::from_secs(
            u64::try_from(seconds).unwrap_or(u64::MAX),
        ))
    }
}
