//! The fake behind a socket: HTTP in, HTTP out, on a loopback port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract;
use axum::response::Response;
use bindery_ir::Provider;
use bytes::Bytes;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::Builder;
use crate::delivery::deliver;
use crate::failure::Failure;
use crate::message::Request;
use crate::record::Recorded;
use crate::state::State;

/// How many bytes the body of a request may have; more is answered with 413.
pub const MAX_BODY_BYTES: usize = 10 << 20;

/// A fake that is being served. Dropping it ends it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use bindery_mock::Mock;
/// let mock = Mock::builder(bindery_ir::Provider::new("demo".into())).page_size(2).start().await?;
/// assert!(mock.url().starts_with("http://127.0.0.1:"));
/// assert!(mock.requests().is_empty());
/// mock.stop().await;
/// # Ok(()) })
/// # }
/// ```
#[derive(Debug)]
pub struct Mock {
    url: String,
    state: Arc<State>,
    /// Its loss tells the open connections to close.
    open: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<io::Result<()>>>,
}

impl Mock {
    /// Begins a fake of a provider.
    pub fn builder(provider: impl Into<Arc<Provider>>) -> Builder {
        Builder::new(provider.into())
    }

    /// Where it is served: `http://127.0.0.1:PORT`, with no slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that arrived, in order (the last [`MAX_RECORDED_REQUESTS`](crate::MAX_RECORDED_REQUESTS)).
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.requests()
    }

    /// Forgets the recorded requests. What is stored stays.
    pub fn clear_requests(&self) {
        self.state.clear_requests();
    }

    /// Stops listening and returns when the port is free. Requests that are being answered get their answer.
    pub async fn stop(mut self) {
        if let Some(server) = self.close() {
            // It was cancelled, or had ended before: either way it is over.
            let _ = server.await;
        }
    }

    /// Serves until the server ends by itself, which it only does when it fails.
    ///
    /// # Errors
    /// When the server failed.
    pub async fn wait(&mut self) -> io::Result<()> {
        match &mut self.server {
            Some(server) => server.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }

    pub(crate) async fn serve(
        port: u16,
        latency: Duration,
        state: impl FnOnce(String) -> State,
    ) -> Result<Self, StartError> {
        let refused = |source| StartError::Listen { port, source };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let url = format!("http://{}", listener.local_addr().map_err(refused)?);
        let state = Arc::new(state(url.clone()));
        let (open, closed) = oneshot::channel::<()>();
        let router = router(Arc::clone(&state), latency);
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // The sender is never used: only its loss counts.
            let _ = closed.await;
        });
        let server = tokio::spawn(async { serving.await });
        Ok(Self { url, state, open: Some(open), server: Some(server) })
    }

    /// Tells the connections to close and the listener to end at once.
    fn close(&mut self) -> Option<JoinHandle<io::Result<()>>> {
        self.open.take();
        let server = self.server.take();
        if let Some(server) = &server {
            server.abort();
        }
        server
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.close();
    }
}

/// Why a fake did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The port cannot be listened on.
    #[error("cannot listen on port {port} of 127.0.0.1; choose another one, or 0 for a free one")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
}

/// Everything that arrives goes to the one handler: routing is the provider's, not the server's.
fn router(state: Arc<State>, latency: Duration) -> Router {
    Router::new().fallback(move |request: extract::Request| {
        let state = Arc::clone(&state);
        async move { handle(&state, latency, request).await }
    })
}

async fn handle(state: &State, latency: Duration, request: extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let read = to_bytes(body, MAX_BODY_BYTES).await;
    let request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: read.as_ref().map(Bytes::clone).unwrap_or_default(),
    };
    let ticket = state.arrive(&request);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    // A body is unreadable when it is too large, or when the caller is gone and nobody reads the answer.
    let answer = match read {
        Ok(_) => state.settle(ticket, &request),
        Err(_) => state.refuse(ticket, &request, &Failure::BodyTooLarge { limit: MAX_BODY_BYTES }),
    };
    deliver(answer).await
}
