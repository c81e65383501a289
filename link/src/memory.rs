//! Memory that all connections share, so that many large documents at once cost time and not the process.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit.
const PERMIT_BYTES: usize = 1024;

/// An amount of memory to borrow from.
pub(crate) struct Memory {
    free: Arc<Semaphore>,
    permits: u32,
}

/// Borrowed memory, given back when dropped.
#[derive(Debug)]
pub(crate) struct Loan(OwnedSemaphorePermit);

impl Memory {
    /// Makes room for `bytes_max` bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let permits = permits(bytes_max).min(u32::MAX >> 3);
        Self {
            free: Arc::new(Semaphore::new(
                usize::try_from(permits).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            permits,
        }
    }

    /// Borrows `bytes` bytes as soon as they are free, in the order of asking. Whoever needs more than there is borrows
    /// all: it is served alone, and it is served.
    pub(crate) async fn borrow(&self, bytes: usize) -> Option<Loan> {
        let count = permits(bytes).min(self.permits);
        let permit = Arc::clone(&self.free).acquire_many_owned(count).await;
        permit.ok().map(Loan)
    }

    /// Adds to `loan` what it lacks of `bytes` bytes, or nothing where that is not free now.
    pub(crate) fn extend(&self, loan: Option<Loan>, bytes: usize) -> Option<Loan> {
        let held = loan.as_ref().map_or(0, |loan| loan.0.num_permits());
        let missing = permits(bytes).saturating_sub(u32::try_from(held).ok()?);
        let more = Arc::clone(&self.free)
            .try_acquire_many_owned(missing)
            .ok()?;
        match loan {
            Some(mut loan) => {
                loan.0.merge(more);
                Some(loan)
            }
            None => Some(Loan(more)),
        }
    }
}

impl Loan {
    /// Gives back what is not needed for `bytes` bytes.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let needed = usize::try_from(permits(bytes)).unwrap_or(usize::MAX);
        let too_many = self.0.num_permits().saturating_sub(needed);
        drop(self.0.split(too_many));
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_borrowed_is_missing_until_it_is_given_back() {
        let memory = Memory::new(10 * PERMIT_BYTES);
        let mut first = memory.extend(None, 4 * PERMIT_BYTES).expect("free");
        first = memory.extend(Some(first), 6 * PERMIT_BYTES).expect("free");
        assert_eq!(memory.free.available_permits(), 4);
        assert!(memory.extend(None, 5 * PERMIT_BYTES).is_none());
        first.shrink(PERMIT_BYTES);
        assert_eq!(memory.free.available_permits(), 9);
        drop(first);
        assert_eq!(memory.free.available_permits(), 10);
    }

    #[tokio::test]
    async fn whoever_needs_more_than_there_is_gets_all() {
        let memory = Memory::new(10 * PERMIT_BYTES);
        let all = memory.borrow(usize::MAX).await.expect("free");
        assert!(memory.extend(None, 1).is_none());
        drop(all);
        assert!(memory.extend(None, 1).is_some());
    }
}
