//! Messages as they come out of the pipe: JSON that ends with a zero byte.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of one message, 64 MiB: the largest picture in base64, and room.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of all messages of one conversation, 256 MiB.
const ALL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Messages of one conversation, half a million: a page with a thousand requests needs some ten thousand.
const ALL_MAX: usize = 500_000;
/// Bytes that are read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Why no further message can be read.
#[derive(Debug, Error)]
pub(crate) enum MessageError {
    #[error("it has ended")]
    Ended,
    #[error("the pipe: {0}")]
    Pipe(#[from] std::io::Error),
    #[error("it says too much")]
    TooMuch,
}

/// Cuts what comes into messages.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    /// Where the next message begins.
    start: usize,
    /// Up to where there is no zero.
    searched: usize,
    bytes: usize,
    count: usize,
}

impl Splitter {
    /// Takes what has come.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), MessageError> {
        // What was handed out makes room, once for many messages.
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes = self.bytes.saturating_add(piece.len());
        if self.buffer.len() + piece.len() > MESSAGE_BYTES_MAX || self.bytes > ALL_BYTES_MAX {
            return Err(MessageError::TooMuch);
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    /// Returns the next message that is complete.
    pub(crate) fn pop(&mut self) -> Result<Option<Vec<u8>>, MessageError> {
        let Some(at) = memchr::memchr(0, &self.buffer[self.searched..]) else {
            self.searched = self.buffer.len();
            return Ok(None);
        };
        self.count += 1;
        if self.count > ALL_MAX {
            return Err(MessageError::TooMuch);
        }
        let end = self.searched + at;
        let message = self.buffer[self.start..end].to_vec();
        self.start = end + 1;
        self.searched = self.start;
        Ok(Some(message))
    }
}

/// Reads messages. A read that is given up loses nothing.
pub(crate) struct Messages<R> {
    source: R,
    splitter: Splitter,
    piece: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Messages<R> {
    /// Reads from here.
    pub(crate) fn of(source: R) -> Self {
        Self {
            source,
            splitter: Splitter::default(),
            piece: vec![0; PIECE_BYTES],
        }
    }

    /// Waits for the next message.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, MessageError> {
        loop {
            if let Some(message) = self.splitter.pop()? {
                return Ok(message);
            }
            let count = self.source.read(&mut self.piece).await?;
            if count == 0 {
                return Err(MessageError::Ended);
            }
            self.splitter.push(&self.piece[..count])?;
        }
    }
}

/// A message: an answer, which has an id, or an event, which has a method. What it carries stays as it came until somebody knows
/// what it should be; reading over it needs neither memory nor depth.
#[derive(Debug, Deserialize)]
pub(crate) struct Message<'m> {
    pub(crate) id: Option<u64>,
    #[serde(borrow)]
    pub(crate) method: Option<Cow<'m, str>>,
    #[serde(borrow)]
    pub(crate) params: Option<&'m RawValue>,
    #[serde(borrow)]
    pub(crate) result: Option<&'m RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<&'m RawValue>,
}

impl<'m> Message<'m> {
    /// Reads a message; nothing where it is none.
    pub(crate) fn parse(bytes: &'m [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_are_those_between_zeros_however_they_are_cut(
            bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(0)], 0..2_000),
            cut in 1_usize..300,
        ) {
            let mut splitter = Splitter::default();
            let mut messages = Vec::new();
            for piece in bytes.chunks(cut) {
                splitter.push(piece).unwrap();
                while let Some(message) = splitter.pop().unwrap() {
                    messages.push(message);
                }
            }
            let mut expected: Vec<Vec<u8>> = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
            // What comes after the last zero is not complete.
            expected.pop();
            prop_assert_eq!(messages, expected);
        }

        #[test]
        fn whatever_the_bytes_are_they_are_a_message_or_none(
            start in prop_oneof![Just("{\"id\":1,\"result\":"), Just("{\"method\":\"a\",\"params\":"), Just("")],
            body in proptest::collection::vec(prop_oneof![
                Just("["), Just("{"), Just("\"a\":"), Just("]"), Just("}"), Just("\""), Just("\\u0000"), Just("1e999"), Just(","),
                Just("\u{fffd}"), Just("null"), Just("\"id\":-1"), Just("\"method\":5"),
            ], 0..60),
        ) {
            let text = format!("{start}{}", body.concat());
            if let Some(message) = Message::parse(text.as_bytes()) {
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(text.as_bytes()).is_ok());
                prop_assert!(message.params.is_none_or(|params| text.contains(params.get())));
            }
        }
    }

    #[test]
    fn a_message_deeper_than_any_stack_is_read_over() {
        let depth = 2_000_000;
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let text = format!("{{\"method\":\"a\",\"params\":{nested}}}");
        if let Some(message) = Message::parse(text.as_bytes()) {
            let params = message.params.unwrap();
            assert!(serde_json::from_str::<serde_json::Value>(params.get()).is_err());
        }
    }

    #[test]
    fn whoever_never_ends_a_message_is_not_listened_to_for_ever() {
        let mut splitter = Splitter::default();
        let piece = vec![b'x'; 1024 * 1024];
        let count = (0..1_000)
            .take_while(|_| splitter.push(&piece).is_ok())
            .count();
        assert_eq!(count, MESSAGE_BYTES_MAX / piece.len());
    }
}
