//! Writing to a peer that may not read: what is being sent holds memory, and a peer that takes it too slowly is left.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::limits::Limits;

/// A stream whose writes fail once the peer takes them more slowly than the limits allow.
pub(crate) struct Patient<S> {
    stream: S,
    limits: Limits,
    waiting: Option<Waiting>,
}

/// From the first write that had to wait until everything is flushed.
struct Waiting {
    since: Instant,
    written_bytes: usize,
    alarm: Pin<Box<Sleep>>,
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    /// Guards `stream`.
    pub(crate) const fn new(stream: S, limits: Limits) -> Self {
        Self {
            stream,
            limits,
            waiting: None,
        }
    }

    fn note_written(&mut self, result: &Poll<io::Result<usize>>) {
        if let (Poll::Ready(Ok(count)), Some(waiting)) = (result, &mut self.waiting) {
            waiting.written_bytes = waiting.written_bytes.saturating_add(*count);
        }
    }

    /// Passes a result on, unless it is `Pending` and the peer has had its time.
    fn guard<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            return result;
        }
        let Limits { write_timeout, .. } = self.limits;
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            since: Instant::now(),
            written_bytes: 0,
            alarm: Box::pin(sleep_until(Instant::now() + write_timeout)),
        });
        let allowed = self.limits.time_for(write_timeout, waiting.written_bytes);
        waiting.alarm.as_mut().reset(waiting.since + allowed);
        match waiting.alarm.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_written(&result);
        self.guard(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.note_written(&result);
        self.guard(cx, result)
    }

    /// Without this, what is sent would be copied first, and its memory given back before it is sent.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        if result.is_ready() {
            self.waiting = None;
        }
        self.guard(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.guard(cx, result)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}
