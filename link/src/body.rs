//! Reading what a peer sends, at a bounded cost: in length, in time, and in memory that all peers share.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;

/// One permit of the shared memory.
const PERMIT_BYTES: usize = 1024;

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

/// Memory for all bodies together.
pub(crate) struct BodyMemory(Semaphore);

/// A body, and the memory it holds until it is dropped.
pub(crate) struct ReadBody<'a> {
    pub(crate) bytes: Vec<u8>,
    _memory: Option<SemaphorePermit<'a>>,
}

impl BodyMemory {
    /// Makes room for `bytes_max` bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self(Semaphore::new(bytes_max / PERMIT_BYTES))
    }

    /// Reads at most `bytes_max` bytes. Memory is taken as bytes arrive, not as they are announced: announcing costs
    /// the peer nothing. Where there is none left the peer is sent away, so that no two can wait for each other.
    pub(crate) async fn read(
        &self,
        body: Body,
        bytes_max: usize,
        limits: &Limits,
    ) -> Result<ReadBody<'_>, BodyError> {
        let started_at = Instant::now();
        let mut stream = body.into_data_stream();
        let mut bytes = Vec::new();
        let mut memory: Option<SemaphorePermit<'_>> = None;
        loop {
            let in_all = started_at + allowed(bytes.len(), limits);
            let deadline = in_all.min(Instant::now() + limits.body_timeout);
            let frame = match timeout_at(deadline, stream.next()).await {
                Err(_) => return Err(BodyError::TooSlow),
                Ok(None) => break,
                Ok(Some(Err(_))) => return Err(BodyError::Broken),
                Ok(Some(Ok(frame))) => frame,
            };
            let length = bytes.len() + frame.len();
            if length > bytes_max {
                return Err(BodyError::TooLong);
            }
            let held = memory.as_ref().map_or(0, SemaphorePermit::num_permits);
            let missing = length.div_ceil(PERMIT_BYTES).saturating_sub(held);
            let more = u32::try_from(missing)
                .ok()
                .and_then(|count| self.0.try_acquire_many(count).ok())
                .ok_or(BodyError::Busy)?;
            match &mut memory {
                Some(memory) => memory.merge(more),
                None => memory = Some(more),
            }
            bytes.extend_from_slice(&frame);
        }
        Ok(ReadBody {
            bytes,
            _memory: memory,
        })
    }
}

fn allowed(received_bytes: usize, limits: &Limits) -> Duration {
    let seconds = received_bytes / limits.body_bytes_per_second_min.max(1);
    limits.body_timeout.saturating_add(Duration::from_secs(
        u64::try_from(seconds).unwrap_or(u64::MAX),
    ))
}
