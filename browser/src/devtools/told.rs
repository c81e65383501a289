//! What a page does while it is open: what it asks for, the questions that it puts to visitors, whether it is complete.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use super::messages::Message;

/// Characters of an address that are kept.
const URL_CHARS: usize = 2_048;
/// Characters of what a page asks its visitor.
const QUESTION_CHARS: usize = 500;
/// Questions that are kept; whoever asks more often has their scripts ended.
const QUESTIONS_MAX: usize = 10;
/// Requests that may be on their way when a page counts as complete: some wait for news as long as the page is open.
const WAITING_MAX: usize = 2;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// The page itself, also where it sends visitors on.
    Document,
    /// A page inside the page.
    Frame,
    /// A picture.
    Image,
    /// Fonts, sounds and everything else.
    Other,
    /// Code that runs.
    Script,
    /// What a script asks for or sends.
    ScriptRequest,
    /// What it looks like.
    Style,
}

/// Something that the browser asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its address, cut at 2,048 characters.
    pub url: String,
    /// What for.
    pub kind: RequestKind,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub failure: Option<String>,
    /// The origin of the page or script that wanted it.
    pub from_origin: Option<String>,
}

/// What has to be done about something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    AnswerDialog,
    EndScripts,
}

/// What was told of a page.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) requests: Vec<Request>,
    pub(crate) questions: Vec<String>,
    /// The page's process has gone.
    pub(crate) is_crashed: bool,
    requests_max: usize,
    /// The frame of the page itself.
    main_frame: String,
    /// Where in `requests` those are that have no answer yet.
    waiting: HashMap<String, usize>,
    loaded_at: Option<Instant>,
    last_at: Instant,
    questions_count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    request_id: String,
    request: SentRequest,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    frame_id: String,
    #[serde(default)]
    initiator: Initiator,
    #[serde(rename = "documentURL", default)]
    document: String,
    redirect_response: Option<Response>,
}

#[derive(Deserialize)]
struct SentRequest {
    url: String,
}

#[derive(Default, Deserialize)]
struct Initiator {
    url: Option<String>,
    stack: Option<Stack>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    call_frames: Vec<CallFrame>,
}

#[derive(Deserialize)]
struct CallFrame {
    url: String,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    request_id: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    request_id: String,
    #[serde(default)]
    error_text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WebSocket {
    url: String,
    initiator: Option<Initiator>,
}

#[derive(Deserialize)]
struct Question {
    message: String,
}

#[derive(Deserialize)]
struct Navigated {
    frame: Frame,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    parent_id: Option<String>,
}

impl Told {
    /// Begins to listen; tells at most so many requests.
    pub(crate) fn new(requests_max: usize) -> Self {
        Self {
            requests: Vec::new(),
            questions: Vec::new(),
            is_crashed: false,
            requests_max,
            main_frame: String::new(),
            waiting: HashMap::new(),
            loaded_at: None,
            last_at: Instant::now(),
            questions_count: 0,
        }
    }

    /// From now on knows which frame is the page.
    pub(crate) fn know_main_frame(&mut self, frame: String) {
        self.main_frame = frame;
    }

    /// Returns when the page will be complete if nothing more happens; nothing while it is being loaded.
    pub(crate) fn complete_at(&self, linger: Duration, quiet: Duration) -> Option<Instant> {
        let loaded_at = self.loaded_at?;
        (self.waiting.len() <= WAITING_MAX).then(|| (loaded_at + linger).max(self.last_at + quiet))
    }

    /// Takes an event. One that cannot be understood is none.
    pub(crate) fn note(&mut self, message: &Message<'_>) -> Option<Reply> {
        let params = message.params.map_or("{}", |params| params.get());
        match message.method.as_deref()? {
            "Inspector.targetCrashed" => self.is_crashed = true,
            "Network.loadingFailed" => self.ended(&serde_json::from_str(params).ok()?, true),
            "Network.loadingFinished" => self.ended(&serde_json::from_str(params).ok()?, false),
            "Network.requestWillBeSent" => self.sent(serde_json::from_str(params).ok()?),
            "Network.responseReceived" => self.answered(&serde_json::from_str(params).ok()?),
            "Network.webSocketCreated" => self.opened(&serde_json::from_str(params).ok()?),
            "Page.frameNavigated" => {
                let navigated: Navigated = serde_json::from_str(params).ok()?;
                if navigated.frame.parent_id.is_none() {
                    // Another page than before: what the last one still waited for never comes.
                    self.loaded_at = None;
                    self.waiting.clear();
                }
                self.last_at = Instant::now();
            }
            "Page.javascriptDialogOpening" => return self.asked(serde_json::from_str(params).ok()),
            "Page.loadEventFired" => self.loaded_at = Some(Instant::now()),
            _ => {}
        }
        None
    }

    fn sent(&mut self, sent: Sent) {
        self.last_at = Instant::now();
        if let Some(response) = &sent.redirect_response
            && let Some(request) = self.request(&sent.request_id)
        {
            request.status = Some(response.status);
        }
        let is_main = self.main_frame.is_empty() || sent.frame_id == self.main_frame;
        let kind = match sent.kind.as_str() {
            "Document" if is_main => RequestKind::Document,
            "Document" => RequestKind::Frame,
            "EventSource" | "Fetch" | "Ping" | "XHR" => RequestKind::ScriptRequest,
            "Image" => RequestKind::Image,
            "Script" => RequestKind::Script,
            "Stylesheet" => RequestKind::Style,
            _ => RequestKind::Other,
        };
        let from_origin = sent
            .initiator
            .source()
            .or_else(|| Some(sent.document).filter(|url| !url.is_empty()))
            .and_then(|url| origin_of(&url));
        self.keep(Some(sent.request_id), &sent.request.url, kind, from_origin);
    }

    fn opened(&mut self, socket: &WebSocket) {
        let source = socket.initiator.as_ref().and_then(Initiator::source);
        let from_origin = source.and_then(|url| origin_of(&url));
        self.keep(None, &socket.url, RequestKind::ScriptRequest, from_origin);
    }

    fn keep(
        &mut self,
        id: Option<String>,
        url: &str,
        kind: RequestKind,
        from_origin: Option<String>,
    ) {
        // What stands in the page itself, or was made by its scripts, is asked of nobody.
        let is_asked = !(url.starts_with("data:") || url.starts_with("blob:"));
        if self.requests.len() >= self.requests_max || !is_asked {
            return;
        }
        if let Some(id) = id {
            self.waiting.insert(id, self.requests.len());
        }
        self.requests.push(Request {
            url: url.chars().take(URL_CHARS).collect(),
            kind,
            status: None,
            failure: None,
            from_origin,
        });
    }

    fn answered(&mut self, answered: &Answered) {
        if let Some(request) = self.request(&answered.request_id) {
            request.status = Some(answered.response.status);
        }
    }

    fn ended(&mut self, ended: &Ended, has_failed: bool) {
        if has_failed && let Some(request) = self.request(&ended.request_id) {
            request.failure = Some(ended.error_text.chars().take(QUESTION_CHARS).collect());
        }
        if self.waiting.remove(&ended.request_id).is_some() {
            self.last_at = Instant::now();
        }
    }

    fn asked(&mut self, question: Option<Question>) -> Option<Reply> {
        let message = question?.message;
        self.questions_count += 1;
        if self.questions_count > QUESTIONS_MAX {
            return Some(Reply::EndScripts);
        }
        let message: String = message.chars().take(QUESTION_CHARS).collect();
        if !self.questions.contains(&message) {
            self.questions.push(message);
        }
        Some(Reply::AnswerDialog)
    }

    fn request(&mut self, id: &str) -> Option<&mut Request> {
        let at = *self.waiting.get(id)?;
        self.requests.get_mut(at)
    }
}

impl Initiator {
    /// Returns the address of the script or page that wanted something.
    fn source(&self) -> Option<String> {
        let frames = self.stack.iter().flat_map(|stack| &stack.call_frames);
        let mut urls = frames.map(|frame| &frame.url).chain(&self.url);
        urls.find(|url| !url.is_empty()).cloned()
    }
}

/// Returns scheme, host and port of an address of the web.
fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}
