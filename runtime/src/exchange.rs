//! The way of one request to its answer: admitted, attempted, and attempted again where that helps.
//!
//! A bound request goes in; a successful answer or the error of the last attempt comes out.

use std::borrow::Borrow;
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bindery_ir::{ErrorShape, HttpMethod};
use futures_util::future::Either;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;
use tracing::{Instrument, Span};

use crate::admission::{Admission, Visit};
use crate::counters::Counters;
use crate::credentials::{Authenticator, Secrets};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::error_body::{self, Said};
use crate::middleware::{Attempt, Middleware, MiddlewareFuture, Next};
use crate::provider_error::{self, ProviderError};
use crate::redaction::Redaction;
use crate::reply::Reply;
use crate::request::Request;
use crate::retry::{Failure, RetryBudget, RetryPolicy, Trouble, retry_after};
use crate::trace;
use crate::transport::{Label, Transport};

/// What all calls of a client share.
pub(crate) struct Exchanger {
    pub(crate) authenticator: Authenticator,
    pub(crate) transport: Transport,
    pub(crate) admission: Admission,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: RetryBudget,
    pub(crate) counters: Counters,
    pub(crate) middleware: Vec<Arc<dyn Middleware>>,
}

/// A request on its way to an answer that counts.
struct Exchange<'a, R> {
    exchanger: &'a Exchanger,
    request: R,
    deadline: Deadline,
    shape: Option<&'a ErrorShape>,
    /// What its attempts and waits belong to.
    span: Span,
    /// How often it was sent.
    attempts: u32,
    /// What the last attempt that came to an end ended in.
    last: Option<Box<Error>>,
    /// Whether its credential was refused before, and another one was had.
    was_renewed: bool,
}

impl<R: Borrow<Request>> Exchange<'_, R> {
    async fn attempt_all(&mut self) -> Result<Reply, Error> {
        let gate = self.exchanger.admission.host(self.request.borrow().url.authority());
        loop {
            let visit = gate.enter().await;
            let secrets = self.exchanger.authenticator.secrets().await?;
            self.attempts += 1;
            let span = trace::attempt(&self.span, self.request.borrow(), self.attempts);
            let answer = span.in_scope(|| self.exchanger.begin(self.request.borrow(), self.attempts, &secrets));
            let answer = answer.instrument(span.clone()).await;
            let delay = match answer.and_then(|reply| self.accepted(reply, &secrets)) {
                Ok(reply) => {
                    trace::answered(&span, reply.status);
                    visit.went_well();
                    self.exchanger.budget.succeeded();
                    return Ok(reply);
                }
                Err(error) => {
                    trace::failed(&span, &error);
                    let failure = Failure::of(error.after(self.attempts));
                    self.exchanger.note(&visit, &failure);
                    drop(visit);
                    self.delay(&secrets, failure)?
                }
            };
            if !delay.is_zero() {
                // Boxed as it is rare: a call is then smaller.
                Box::pin(tokio::time::sleep(delay)).await;
            }
            self.exchanger.counters.retry();
        }
    }

    /// The answer, if it is one of success.
    fn accepted(&self, reply: Reply, secrets: &Secrets) -> Result<Reply, Error> {
        self.exchanger.counters.received(reply.body.len());
        let is_success = reply.status.is_success();
        match if is_success { error_body::in_success(&reply, self.request.borrow().answer) } else { None } {
            None if is_success => Ok(reply),
            said => Err(self.exchanger.refusal(self.request.borrow(), &reply, said, self.shape, secrets)),
        }
    }

    /// The error that the time is up.
    #[cold]
    fn over(&mut self) -> Error {
        self.deadline.exceeded(self.request.borrow().called.path.clone(), self.attempts, self.last.take())
    }

    /// How long to wait before the request is sent again; the failure, when it is not.
    #[cold]
    fn delay(&mut self, secrets: &Secrets, failure: Failure) -> Result<Duration, Error> {
        let Self { exchanger, request, deadline, .. } = self;
        let request: &Request = (*request).borrow();
        if !self.was_renewed && is_unauthenticated(&failure) && exchanger.authenticator.renew(secrets) {
            // What was not let in was not applied. A token may be revoked, or expire early by the provider's clock.
            self.was_renewed = true;
            self.last = Some(Box::new(failure.error));
            return Ok(Duration::ZERO);
        }
        let policy = request.retry.as_deref().unwrap_or(&exchanger.retry);
        let Some(delay) = policy.delay(self.attempts, &failure, request.repeatable, fastrand::f64()) else {
            return Err(failure.error);
        };
        // Who waits as long as was asked for does no harm; who comes back by guessing does.
        if failure.retry_after.is_none() && !exchanger.budget.take() {
            return Err(failure.error);
        }
        let last = Some(Box::new(failure.error));
        if deadline.comes_within(delay) {
            return Err(deadline.exceeded(request.called.path.clone(), self.attempts, last));
        }
        self.last = last;
        trace::waiting(&self.span, delay, self.attempts);
        Ok(delay)
    }
}

impl Exchanger {
    /// Sends a request until an answer counts, and gives its turn back then. Anything but success is an error.
    ///
    /// It holds the request, or what the request can be borrowed from.
    pub(crate) fn exchange<'a>(
        &'a self,
        request: impl Borrow<Request> + 'a,
        deadline: Deadline,
        shape: Option<&'a ErrorShape>,
        turn: Option<SemaphorePermit<'a>>,
    ) -> impl Future<Output = Result<Reply, Error>> + 'a {
        let span = trace::call(request.borrow());
        let mut exchange =
            Exchange { exchanger: self, request, deadline, shape, span, attempts: 0, last: None, was_renewed: false };
        async move {
            self.counters.call();
            // Only what has a deadline is wrapped, and boxed for it: a call is moved and polled through each layer it has.
            let outcome = match exchange.deadline.at() {
                None => exchange.attempt_all().await,
                Some(at) => {
                    let outcome = Box::pin(timeout_at(at, exchange.attempt_all())).await;
                    outcome.unwrap_or_else(|_| Err(exchange.over()))
                }
            };
            drop(turn);
            if let Err(error) = &outcome {
                self.counters.failed();
                trace::failed(&exchange.span, error);
            }
            outcome
        }
    }

    #[cold]
    fn note(&self, visit: &Visit<'_>, failure: &Failure) {
        match failure.trouble {
            Trouble::Throttled => {
                self.counters.throttled();
                visit.was_throttled();
            }
            // It is there, and has time to say no.
            Trouble::Status(status) if status < 500 => visit.went_well(),
            _ => {}
        }
    }

    fn begin<'a>(
        &'a self,
        request: &'a Request,
        number: u32,
        secrets: &'a Secrets,
    ) -> impl Future<Output = Result<Reply, Error>> + 'a {
        let attempt = Attempt {
            method: request.method,
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body(),
            called: Arc::clone(&request.called),
            number,
        };
        self.counters.attempt(attempt.body.as_ref().map_or(0, bytes::Bytes::len));
        if !self.middleware.is_empty() {
            return Either::Right(Next { others: &self.middleware, exchanger: self, request, secrets }.run(attempt));
        }
        match self.outgoing(request, attempt, secrets) {
            Ok(outgoing) if request.lines.is_none() => {
                Either::Left(self.transport.exchange(Label { request, secrets }, outgoing))
            }
            outgoing => Either::Right(self.boxed(request, outgoing, secrets)),
        }
    }

    /// Sends an attempt that has passed all middleware.
    pub(crate) fn send<'a>(
        &'a self,
        request: &'a Request,
        attempt: Attempt,
        secrets: &'a Secrets,
    ) -> MiddlewareFuture<'a> {
        self.boxed(request, self.outgoing(request, attempt, secrets), secrets)
    }

    fn boxed<'a>(
        &'a self,
        request: &'a Request,
        outgoing: Result<reqwest::Request, Error>,
        secrets: &'a Secrets,
    ) -> MiddlewareFuture<'a> {
        let label = Label { request, secrets };
        match outgoing {
            Ok(outgoing) if request.lines.is_none() => Box::pin(self.transport.exchange(label, outgoing)),
            Ok(outgoing) => Box::pin(self.transport.endless(label, outgoing)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    /// The request as it leaves, with its credential.
    fn outgoing(&self, request: &Request, mut attempt: Attempt, secrets: &Secrets) -> Result<reqwest::Request, Error> {
        self.authenticator.authenticate(secrets, &mut attempt, request)?;
        let mut outgoing = reqwest::Request::new(http_method(attempt.method), attempt.url);
        *outgoing.headers_mut() = attempt.headers;
        if attempt.body.is_none() && usually_has_a_body(attempt.method) {
            // Servers insist on knowing the length, even of nothing.
            outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        *outgoing.body_mut() = attempt.body.map(reqwest::Body::from);
        Ok(outgoing)
    }

    /// What a provider says of a request that it refuses, without the secrets in it: it may repeat what it was sent.
    #[cold]
    fn refusal(
        &self,
        request: &Request,
        reply: &Reply,
        said: Option<Said>,
        shape: Option<&ErrorShape>,
        secrets: &Secrets,
    ) -> Error {
        let redaction = Redaction::of(request, secrets);
        let hide = |text: String| redaction.hide(&text);
        let body = hide(String::from_utf8_lossy(&reply.body).into_owned());
        let said = said.unwrap_or_else(|| error_body::read(&reply.headers, &body, shape));
        let how_to_set = if secrets.is_none() { self.authenticator.how_to_set() } else { None };
        let wait = retry_after(&reply.headers, SystemTime::now());
        let refusal = ProviderError {
            request: Label { request, secrets }.line(),
            arguments: request.called.arguments.iter().map(|argument| argument.without(&redaction)).collect(),
            code: said.code.map(hide),
            message: said.message.map(hide),
            details: said.details.map(hide),
            request_id: said.request_id.or_else(|| provider_error::request_id(&reply.headers)).map(hide),
            body: provider_error::kept(&body),
            hint: provider_error::hint(reply.status, &reply.headers, how_to_set),
            retry_after: wait,
            ..ProviderError::new(request.called.path.clone(), reply.status)
        };
        #[cfg(feature = "aws")]
        if error_body::is_unauthenticated(&refusal) {
            self.authenticator.heed_clock(&reply.headers);
        }
        Error::Provider(Box::new(refusal))
    }
}

fn is_unauthenticated(failure: &Failure) -> bool {
    matches!(&failure.error, Error::Provider(refusal) if error_body::is_unauthenticated(refusal))
}

fn http_method(method: HttpMethod) -> http::Method {
    match method {
        HttpMethod::Get => http::Method::GET,
        HttpMethod::Head => http::Method::HEAD,
        HttpMethod::Post => http::Method::POST,
        HttpMethod::Put => http::Method::PUT,
        HttpMethod::Patch => http::Method::PATCH,
        HttpMethod::Delete => http::Method::DELETE,
        HttpMethod::Options => http::Method::OPTIONS,
        HttpMethod::Trace => http::Method::TRACE,
    }
}

fn usually_has_a_body(method: HttpMethod) -> bool {
    matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch)
}
