//! What is done with a browser that runs: a page is opened, waited for, and taken as it is then.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use crate::browser::BrowserError;
use crate::devtools::{Conversation, Fault};
use crate::limits::Limits;

/// Characters of a title that are kept.
const TITLE_CHARS: usize = 1_000;
/// Where a browser is when it has nothing to show.
const ERROR_PAGE: &str = "chrome-error:";

/// What a page showed.
pub(crate) struct Sight {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) markup: String,
    pub(crate) picture: Vec<u8>,
    /// Whether everything had come.
    pub(crate) is_complete: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    target_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tree {
    frame_tree: Branch,
}

#[derive(Deserialize)]
struct Branch {
    frame: Frame,
}

#[derive(Deserialize)]
struct Frame {
    id: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Navigated {
    error_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct World {
    execution_context_id: i64,
}

#[derive(Deserialize)]
struct Evaluated {
    result: Evaluation,
}

#[derive(Deserialize)]
struct Evaluation {
    value: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Shot {
    data: String,
}

#[derive(Deserialize)]
struct Nothing {}

/// Opens an address and waits until its page is complete or there is no more time; then takes it as it is.
pub(crate) async fn look<R, W>(
    conversation: &mut Conversation<R, W>,
    url: &str,
    limits: &Limits,
) -> Result<Sight, BrowserError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let deadline = Instant::now() + limits.start_time;
    let opened = timeout_at(deadline, open(conversation, url, limits)).await;
    let frame = opened.map_err(|_| BrowserError::Time("begin"))??;
    let deadline = Instant::now() + limits.time;
    // A browser that no longer reads what it is told holds up whoever tells it.
    let waited = timeout_at(
        deadline + limits.quiet,
        wait(conversation, deadline, limits),
    )
    .await;
    let is_complete = waited.map_err(|_| BrowserError::Time("come to rest"))??;
    let deadline = Instant::now() + limits.taking_time;
    let taken = timeout_at(deadline, take(conversation, frame, is_complete, limits)).await;
    taken.map_err(|_| BrowserError::Time("be shown"))?
}

/// Opens a page in a new window that asks nothing and loads nothing down, and returns its frame.
async fn open<R, W>(
    conversation: &mut Conversation<R, W>,
    url: &str,
    limits: &Limits,
) -> Result<String, BrowserError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let deny = json!({ "behavior": "deny", "eventsEnabled": false });
    let _: Nothing = conversation
        .ask("Browser.setDownloadBehavior", deny)
        .await?;
    let blank = json!({ "url": "about:blank" });
    let target: Target = conversation.ask("Target.createTarget", blank).await?;
    let attach = json!({ "targetId": target.target_id, "flatten": true });
    let session: Session = conversation.ask("Target.attachToTarget", attach).await?;
    conversation.turn_to(session.session_id);
    let (width, height) = limits.window;
    let screen =
        json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    // Bodies of answers are kept for nobody.
    let network = json!({ "maxTotalBufferSize": 0, "maxResourceBufferSize": 0 });
    let steps: [(&str, Value); 5] = [
        ("Page.enable", json!({})),
        ("Inspector.enable", json!({})),
        ("Network.enable", network),
        ("Network.setBypassServiceWorker", json!({ "bypass": true })),
        ("Emulation.setDeviceMetricsOverride", screen),
    ];
    for (method, params) in steps {
        let _: Nothing = conversation.ask(method, params).await?;
    }
    let tree: Tree = conversation.ask("Page.getFrameTree", json!({})).await?;
    let frame = tree.frame_tree.frame.id;
    conversation.told.know_main_frame(frame.clone());
    let navigated: Navigated = conversation
        .ask("Page.navigate", json!({ "url": url }))
        .await?;
    match navigated.error_text {
        // A page that sends the visitor on at once ends the way to itself.
        Some(error) if error != "net::ERR_ABORTED" => {
            Err(BrowserError::Load(error.chars().take(200).collect()))
        }
        _ => Ok(frame),
    }
}

/// Waits until the page is complete; tells whether it is.
async fn wait<R, W>(
    conversation: &mut Conversation<R, W>,
    deadline: Instant,
    limits: &Limits,
) -> Result<bool, BrowserError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        let now = Instant::now();
        let complete_at = conversation.told.complete_at(limits.linger, limits.quiet);
        if complete_at.is_some_and(|moment| moment <= now) {
            return Ok(true);
        }
        if now >= deadline {
            return Ok(false);
        }
        // Never longer than until something else may be true.
        let moment = complete_at.unwrap_or(now + limits.quiet).min(deadline);
        conversation.hear_until(moment).await?;
        if conversation.told.is_crashed {
            return Err(BrowserError::Crashed);
        }
    }
}

/// Takes the page as it is: where it has come to, its markup, its picture.
async fn take<R, W>(
    conversation: &mut Conversation<R, W>,
    frame: String,
    is_complete: bool,
    limits: &Limits,
) -> Result<Sight, BrowserError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    if !is_complete {
        conversation.end_scripts().await?;
    }
    let shot = json!({ "format": "png", "captureBeyondViewport": false });
    let shot: Shot = conversation.ask("Page.captureScreenshot", shot).await?;
    let picture = STANDARD
        .decode(shot.data.as_bytes())
        .map_err(|_| BrowserError::Strange("a picture".to_owned()))?;
    if picture.len() > limits.picture_bytes {
        return Err(BrowserError::Strange("a picture of that size".to_owned()));
    }
    let tree: Tree = conversation.ask("Page.getFrameTree", json!({})).await?;
    let url = tree.frame_tree.frame.url;
    if url.starts_with(ERROR_PAGE) {
        return Err(BrowserError::Load("an error page".to_owned()));
    }
    let (title, markup) = read(conversation, &frame, limits).await?;
    Ok(Sight {
        url: url.chars().take(2_048).collect(),
        title: title.chars().take(TITLE_CHARS).collect(),
        markup: markup.chars().take(limits.markup_chars).collect(),
        picture,
        is_complete,
    })
}

/// Reads title and markup in a world of our own, in which the page's scripts have changed nothing.
async fn read<R, W>(
    conversation: &mut Conversation<R, W>,
    frame: &str,
    limits: &Limits,
) -> Result<(String, String), BrowserError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let world = json!({ "frameId": frame, "worldName": "watch" });
    let world: World = conversation.ask("Page.createIsolatedWorld", world).await?;
    let expression = format!(
        "[document.title.slice(0, {TITLE_CHARS}), document.documentElement.outerHTML.slice(0, {})]",
        limits.markup_chars
    );
    let question = json!({
        "contextId": world.execution_context_id,
        "expression": expression,
        "returnByValue": true,
        "timeout": 3_000,
    });
    let evaluated: Result<Evaluated, Fault> = conversation.ask("Runtime.evaluate", question).await;
    match evaluated {
        // A page without a root has no text.
        Ok(evaluated) => Ok(evaluated.result.value.unwrap_or_default()),
        Err(Fault::Refused { .. }) => Ok(Default::default()),
        Err(fault) => Err(fault.into()),
    }
}
