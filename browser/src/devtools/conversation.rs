//! Asks the browser one thing after the other, and hears meanwhile what happens on the page.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::messages::{Message, MessageError, Messages};
use super::told::{Reply, Told};

/// Characters of what the browser says of a mistake.
const MISTAKE_CHARS: usize = 300;

/// Why an answer did not come.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    #[error("hear from the browser: {0}")]
    Lost(#[from] MessageError),
    #[error("let the browser do '{method}': {message}")]
    Refused { method: String, message: String },
    #[error("understand what the browser answers to '{method}'")]
    Strange { method: String },
}

/// A conversation with one browser about one page.
pub(crate) struct Conversation<R, W> {
    messages: Messages<R>,
    writer: W,
    next_id: u64,
    /// The page; the browser as a whole before there is one.
    session: Option<String>,
    /// What was heard of the page.
    pub(crate) told: Told,
}

#[derive(Deserialize)]
struct Mistake {
    message: String,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Conversation<R, W> {
    /// Begins.
    pub(crate) fn new(reader: R, writer: W, told: Told) -> Self {
        Self {
            messages: Messages::of(reader),
            writer,
            next_id: 1,
            session: None,
            told,
        }
    }

    /// From now on speaks of this page.
    pub(crate) fn turn_to(&mut self, session: String) {
        self.session = Some(session);
    }

    /// Asks for something and waits for the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<T, Fault> {
        let id = self.say(method, &params).await?;
        loop {
            let bytes = self.messages.next().await?;
            let Some(message) = Message::parse(&bytes) else {
                continue;
            };
            if message.id != Some(id) {
                if let Some(reply) = self.told.note(&message) {
                    self.reply(reply).await?;
                }
                continue;
            }
            let method = method.to_owned();
            if let Some(error) = message.error {
                let mistake = serde_json::from_str::<Mistake>(error.get());
                let message = mistake.map_or_else(|_| String::new(), |one| one.message);
                let message = message.chars().take(MISTAKE_CHARS).collect();
                return Err(Fault::Refused { method, message });
            }
            let result = message.result.map_or("{}", |result| result.get());
            return serde_json::from_str(result).map_err(|_| Fault::Strange { method });
        }
    }

    /// Does something of which no answer is awaited.
    pub(crate) async fn tell(&mut self, method: &str, params: Value) -> Result<(), Fault> {
        self.say(method, &params).await.map(|_| ())
    }

    /// Hears what happens until a moment.
    pub(crate) async fn hear_until(&mut self, moment: Instant) -> Result<(), Fault> {
        loop {
            let Ok(bytes) = timeout_at(moment, self.messages.next()).await else {
                return Ok(());
            };
            let bytes = bytes?;
            let reply = Message::parse(&bytes).and_then(|message| self.told.note(&message));
            if let Some(reply) = reply {
                self.reply(reply).await?;
            }
            if Instant::now() >= moment {
                return Ok(());
            }
        }
    }

    async fn reply(&mut self, reply: Reply) -> Result<(), Fault> {
        match reply {
            Reply::AnswerDialog => {
                let params = json!({ "accept": false });
                self.tell("Page.handleJavaScriptDialog", params).await
            }
            Reply::EndScripts => {
                let params = json!({ "accept": false });
                self.tell("Page.handleJavaScriptDialog", params).await?;
                self.end_scripts().await
            }
        }
    }

    /// Ends scripts that run, and lets no other begin.
    pub(crate) async fn end_scripts(&mut self) -> Result<(), Fault> {
        let params = json!({ "value": true });
        self.tell("Emulation.setScriptExecutionDisabled", params)
            .await?;
        self.tell("Runtime.terminateExecution", json!({})).await
    }

    async fn say(&mut self, method: &str, params: &Value) -> Result<u64, Fault> {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let written = self.writer.write_all(&bytes).await;
        written.map_err(|error| Fault::Lost(MessageError::Pipe(error)))?;
        Ok(id)
    }
}
