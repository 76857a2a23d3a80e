//! How an answer goes over the wire, when that is to go wrong.

use std::convert::Infallible;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, Stream, StreamExt};
use http::{HeaderValue, header};

use crate::fault::FaultKind;
use crate::message::Answer;

/// How late slow headers are.
const LATE: Duration = Duration::from_secs(2);

/// The pause between the pieces of a slow body.
const PAUSE: Duration = Duration::from_millis(30);

/// How many blanks a bomb has.
const BOMB: usize = 16 << 20;

/// The answer as it is sent.
pub(crate) async fn deliver(answer: Answer) -> Response {
    let Answer { status, mut headers, body, fault } = answer;
    let half = body.slice(..body.len() / 2);
    let length = body.len();
    let body = match fault {
        Some(FaultKind::SlowHeaders) => {
            tokio::time::sleep(LATE).await;
            Body::from(body)
        }
        Some(FaultKind::SlowBody) => Body::from_stream(slowly(body)),
        Some(FaultKind::StalledBody) => {
            Body::from_stream(stream::iter([Ok::<_, Infallible>(half)]).chain(stream::pending()))
        }
        Some(FaultKind::Truncated) => Body::from_stream(stream::iter([Ok(half), Err(broken())])),
        Some(FaultKind::Reset) => Body::from_stream(stream::iter([Err::<Bytes, _>(broken())])),
        Some(FaultKind::WrongLength) => {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length + 100));
            Body::from_stream(stream::iter([Ok::<_, Infallible>(body)]))
        }
        Some(FaultKind::WrongType) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            Body::from("<!DOCTYPE html><html><body>Please log in</body></html>")
        }
        Some(FaultKind::Malformed) => Body::from(half),
        Some(FaultKind::GzipBomb) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            // It takes a while to make.
            Body::from(tokio::task::spawn_blocking(bomb).await.unwrap_or_default())
        }
        Some(FaultKind::Status(_) | FaultKind::RepeatedPage | FaultKind::ForeignPage) | None => Body::from(body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "broken on purpose")
}

fn slowly(body: Bytes) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let piece = body.len().div_ceil(10).max(1);
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok(next), rest))
    })
}

/// A little that becomes a lot.
fn bomb() -> Bytes {
    use std::io::Write as _;
    static MADE: OnceLock<Bytes> = OnceLock::new();
    let make = || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let blanks = vec![b' '; 1 << 16];
        // Writing to memory does not fail.
        let written = (0..BOMB >> 16).try_for_each(|_| encoder.write_all(&blanks));
        written.and_then(|()| encoder.finish()).unwrap_or_default().into()
    };
    MADE.get_or_init(make).clone()
}
