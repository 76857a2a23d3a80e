//! Operations that go on after their call was answered.

use std::fmt;
use std::time::{Duration, SystemTime};

use bindery_ir::HttpMethod;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::time::Instant;

use crate::body::RequestBody;
use crate::call::Call;
use crate::client::Client;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::json::Json;
use crate::operation_state::{State, Style, begun, state};
use crate::reply::Reply;
use crate::request::Request;
use crate::retry::{Repeatable, retry_after};

/// How long is waited before it is asked again, when the provider does not say; it doubles up to [`SLOWEST`].
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait of our own choice.
const SLOWEST: Duration = Duration::from_secs(10);

/// The header by which an action of a service is named, where it is.
const TARGET: &str = "x-amz-target";

/// The action that tells what became of a token.
const STATUS_ACTION: &str = "GetResourceRequestStatus";

/// The action that gives up what a token stands for.
const CANCEL_ACTION: &str = "CancelResourceRequest";

/// What a call began. [`Client::start`] returns it as soon as the call is answered.
///
/// [`wait`](Self::wait) asks the provider until it is over, as often as the provider wants to be asked. Dropping it,
/// or the future of `wait`, ends the asking and leaves the operation itself alone; [`cancel`](Self::cancel) does not.
///
/// ```no_run
/// # async fn example(client: &bindery_runtime::Client, create: bindery_runtime::Call<'_>) -> Result<(), bindery_runtime::Error> {
/// use std::time::Duration;
/// let operation = client.start(create).await?;
/// println!("{} goes on as {:?}", operation.reply().status(), operation.id());
/// let made = operation.within(Duration::from_secs(600)).wait().await?;
/// println!("{}", String::from_utf8_lossy(made.body()));
/// # Ok(())
/// # }
/// ```
#[must_use = "an operation goes on by itself, and nobody learns how it ends unless it is waited for"]
pub struct Operation {
    client: Client,
    /// The request that began it.
    request: Request,
    style: Option<Style>,
    reply: Reply,
    within: Option<Duration>,
    call_within: Option<Duration>,
    first_wait: Duration,
}

impl Operation {
    /// The answer of the call that began it.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// What the provider calls the operation: its address or its token. `None` when nothing goes on.
    pub fn id(&self) -> Option<&str> {
        Some(match self.style.as_ref()? {
            Style::Status { at, .. } | Style::Location { at } | Style::Operation { at, .. } => at,
            Style::Event { token } => token,
            Style::State { .. } => self.request.url.path(),
        })
    }

    /// The same, to be waited for that long at most. For as long as it takes, if not said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// The same, asked for after this time at first, where the provider does not say how long to wait. A second, if
    /// not said.
    pub fn every(mut self, time: Duration) -> Self {
        self.first_wait = time;
        self
    }

    /// Waits for the end and takes what came of it: the thing that was made or changed, or the last answer when there
    /// is no such thing.
    ///
    /// # Errors
    /// [`Error::OperationFailed`] when the provider says so, [`Error::OperationTimeout`] when it took too long (with the
    /// id, so that it can be asked for later), and whatever can go wrong with a call.
    pub async fn wait(self) -> Result<Reply, Error> {
        let Some(style) = self.style.clone() else {
            if self.reply.status == http::StatusCode::ACCEPTED {
                return Err(Error::Configuration {
                    reason: format!(
                        "{}: the provider goes on with it (202), but does not say where that can be asked for",
                        self.request.called.path
                    ),
                });
            }
            return Ok(self.reply);
        };
        let id = self.id().unwrap_or_default().to_owned();
        let end = self.within.and_then(|within| Instant::now().checked_add(within));
        let mut reply = self.reply.clone();
        let mut wait = self.first_wait;
        let mut is_first = true;
        loop {
            match state(&style, &reply, is_first) {
                State::Done { result } => return self.result(&style, reply, result).await,
                State::Failed { code, message } => {
                    return Err(Error::OperationFailed { method: self.request.called.path.clone(), id, code, message });
                }
                State::Running => {}
            }
            let said = retry_after(&reply.headers, SystemTime::now()).or_else(|| said_in_event(&reply));
            let delay = said.unwrap_or(wait);
            wait = wait.saturating_mul(2).min(SLOWEST.max(self.first_wait));
            if let (Some(end), Some(within)) = (end, self.within)
                && Instant::now().checked_add(delay).is_none_or(|then| then >= end)
            {
                return Err(Error::OperationTimeout { method: self.request.called.path.clone(), id, within });
            }
            tokio::time::sleep(delay).await;
            reply = self.ask(&style).await?;
            is_first = false;
        }
    }

    async fn ask(&self, style: &Style) -> Result<Reply, Error> {
        let mut request = self.request.clone();
        match style {
            Style::Status { at, .. } | Style::Location { at } | Style::Operation { at, .. } => request.read_from(at)?,
            Style::State { .. } => request.read_at(request.url.clone()),
            Style::Event { token } => {
                name_event(&mut request, STATUS_ACTION, token)?;
                request.repeatable = Repeatable::Reads;
            }
        }
        self.send(&request).await
    }

    /// Asks the provider to give the operation up. That it agrees does not mean that it is over, nor that it was in time:
    /// [`wait`](Self::wait) tells how it ended.
    ///
    /// ```no_run
    /// # async fn example(client: &bindery_runtime::Client, create: bindery_runtime::Call<'_>) -> Result<(), bindery_runtime::Error> {
    /// let operation = client.start(create).await?;
    /// operation.cancel().await?;
    /// let error = operation.wait().await.expect_err("it was in time");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoWireForm`] where the provider has no common way to do that: named operations of Google's and events of
    /// AWS Cloud Control have one. And whatever can go wrong with a call.
    pub async fn cancel(&self) -> Result<(), Error> {
        let mut request = self.request.clone();
        match &self.style {
            Some(Style::Operation { at, can_be_cancelled: true }) => {
                request.read_from(&format!("{at}:cancel"))?;
                request.method = HttpMethod::Post;
                request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                request.body = Some(RequestBody::Object(Vec::new()));
            }
            Some(Style::Event { token }) => name_event(&mut request, CANCEL_ACTION, token)?,
            _ => {
                let reason =
                    "its provider has no common way to give up what it began: see whether a method of its own does";
                return Err(Error::NoWireForm { method: self.request.called.path.clone(), reason: reason.to_owned() });
            }
        }
        // Who asks twice has asked.
        request.repeatable = Repeatable::Idempotent;
        self.send(&request).await.map(drop)
    }

    /// What came of it.
    async fn result(&self, style: &Style, reply: Reply, result: Option<String>) -> Result<Reply, Error> {
        let mut request = self.request.clone();
        match (style, result) {
            (_, Some(at)) => request.read_from(&at)?,
            // What was put or patched can be read where it was.
            (Style::Status { .. }, None) if matches!(request.method, HttpMethod::Put | HttpMethod::Patch) => {
                request.read_at(request.url.clone());
            }
            (Style::Operation { .. }, None) => return Ok(with_response(reply)),
            _ => return Ok(reply),
        }
        self.send(&request).await
    }

    async fn send(&self, request: &Request) -> Result<Reply, Error> {
        // An operation that failed is told by whoever asks for it.
        self.client.exchange(request, Deadline::after(self.call_within), None).await
    }
}

/// Makes the request one for another action with an event, to the same service.
fn name_event(request: &mut Request, action: &str, token: &str) -> Result<(), Error> {
    let unknown = || Error::Configuration {
        reason: format!(
            "{}: the provider goes on with it, but not in a way that can be asked for",
            request.called.path
        ),
    };
    let target =
        request.headers.get(TARGET).and_then(|value| value.to_str().ok()).and_then(|text| text.rsplit_once('.'));
    let has_action = request.url.query_pairs().any(|(name, _)| name == "Action");
    let target = target.map(|(service, _)| format!("{service}.{action}"));
    if target.is_none() && !has_action {
        return Err(unknown());
    }
    if let Some(target) = target {
        request.headers.insert(TARGET, HeaderValue::from_str(&target).map_err(|_| unknown())?);
    }
    if has_action {
        crate::encoding::set_pair(&mut request.url, "Action", action);
    }
    request.body = Some(RequestBody::Object(vec![("RequestToken".to_owned(), Json::of(token))]));
    Ok(())
}

/// When an event wants to be asked for again: a time since 1970 in seconds.
fn said_in_event(reply: &Reply) -> Option<Duration> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let at = Duration::try_from_secs_f64(body.pointer("/ProgressEvent/RetryAfter")?.as_f64()?).ok()?;
    let then = SystemTime::UNIX_EPOCH.checked_add(at)?;
    Some(then.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The answer with what the operation has as its `response`, if it has that.
fn with_response(mut reply: Reply) -> Reply {
    let response =
        serde_json::from_slice::<std::collections::HashMap<String, Box<serde_json::value::RawValue>>>(&reply.body);
    if let Some(response) = response.ok().and_then(|mut members| members.remove("response")) {
        reply.body = Bytes::from(response.get().to_owned());
    }
    reply
}

impl Client {
    /// Sends a call that may begin something that goes on after the answer. See [`Operation`].
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn start(&self, call: Call<'_>) -> Result<Operation, Error> {
        let mut request = self.prepare(&call)?;
        // The answers to come are about the operation, and may hold its error.
        let reply = self.exchange(&request, self.deadline(&call), call.method().response.error.as_ref()).await?;
        request.answer = crate::error_body::AnswerShape::ANY;
        let style = begun(&reply, &request.url);
        let call_within = self.time_for(&call);
        Ok(Operation { client: self.clone(), request, style, reply, within: None, call_within, first_wait: FIRST_WAIT })
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Operation({}, {})",
            self.request.called.path,
            if self.style.is_some() { "may go on" } else { "over" }
        )
    }
}
