//! Spans for whoever collects them, with the names of OpenTelemetry's conventions for HTTP clients.
//!
//! A span `bindery.call` for each exchange, and in it a span `http.client.request` for each attempt. No span holds
//! a secret: URLs are as messages show them. What costs something is only made when somebody listens.

use std::time::Duration;

use http::StatusCode;
use tracing::Span;
use tracing::field::Empty;
use tracing::span::Id;

use crate::Error;
use crate::request::Request;

/// The span of a call with all its attempts. It is the parent of attempts and waits, and of nothing else: to be entered it
/// would take one more future around each call.
pub(crate) fn call(request: &Request) -> Span {
    tracing::info_span!("bindery.call", otel.name = &*request.called.path, otel.kind = "internal", "error.type" = Empty)
}

/// What attempts and waits of a call belong to: its span, or whatever is around it when nobody listens to that.
fn parent(call: &Span) -> Option<Id> {
    call.id().or_else(|| Span::current().id())
}

/// The span of one attempt of a call.
pub(crate) fn attempt(call: &Span, request: &Request, number: u32) -> Span {
    let span = tracing::info_span!(
        parent: parent(call),
        "http.client.request",
        otel.kind = "client",
        http.request.method = request.method.as_str(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        server.address = Empty,
        server.port = Empty,
        url.full = Empty,
        "error.type" = Empty,
    );
    if !span.is_disabled() {
        span.record("url.full", request.shown_url());
        if let Some(host) = request.url.host_str() {
            span.record("server.address", host);
        }
        if let Some(port) = request.url.port_or_known_default() {
            span.record("server.port", port);
        }
        if number > 1 {
            span.record("http.request.resend_count", number - 1);
        }
    }
    span
}

pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
}

pub(crate) fn failed(span: &Span, error: &Error) {
    if span.is_disabled() {
        return;
    }
    if let Some(status) = error.status() {
        span.record("http.response.status_code", status.as_u16());
    }
    span.record("error.type", error.kind());
}

/// Notes that a call waits before it is sent again.
pub(crate) fn waiting(call: &Span, delay: Duration, attempts: u32) {
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(parent: parent(call), attempts, delay_ms, "trying again");
}
