//! What can be chosen about a fake before it starts.

use std::sync::Arc;
use std::time::Duration;

use bindery_ir::Provider;

use crate::fault::Fault;
use crate::server::{Mock, StartError};
use crate::state::{Options, State};

/// How many rows a page holds unless [`Builder::page_size`] says otherwise.
const DEFAULT_PAGE_SIZE: usize = 50;

/// A fake that is not started yet.
#[derive(Clone, Debug)]
pub struct Builder {
    provider: Arc<Provider>,
    options: Options,
    latency: Duration,
    port: u16,
}

impl Builder {
    pub(crate) fn new(provider: Arc<Provider>) -> Self {
        let options = Options { page_size: DEFAULT_PAGE_SIZE, seed: 0, faults: Vec::new(), strict_parents: false };
        Self { provider, options, latency: Duration::ZERO, port: 0 }
    }

    /// How many rows a page of a listing holds, when the listing has pages; 50 by default, at least 1.
    #[must_use]
    pub fn page_size(mut self, rows: usize) -> Self {
        self.options.page_size = rows;
        self
    }

    /// How long each answer takes; nothing by default. The request is recorded first and takes effect after.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Begins with so many made-up items in every listing whose items have a path of their own; none by
    /// default. They stand below made-up parents: variable `group` of a path has the value `sample-group-1`,
    /// or `1` where it is a number.
    #[must_use]
    pub fn seed(mut self, items: u32) -> Self {
        self.options.seed = items;
        self
    }

    /// Adds failures on purpose. Where several strike the same request, the first one given counts.
    #[must_use]
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.options.faults.extend(faults);
        self
    }

    /// Whether a child can only be created below a parent that is there, where the provider has a way to
    /// create such parents; off by default.
    #[must_use]
    pub fn strict_parents(mut self, strict: bool) -> Self {
        self.options.strict_parents = strict;
        self
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The fake without a network. Latency has no meaning there.
    pub fn state(self) -> State {
        State::new(self.provider, self.options, "http://127.0.0.1".to_owned())
    }

    /// Starts serving on the loopback interface, inside the tokio runtime of the caller. With a latency, that
    /// runtime needs its timer enabled.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub async fn start(self) -> Result<Mock, StartError> {
        let Self { provider, options, latency, port } = self;
        Mock::serve(port, latency, |base_url| State::new(provider, options, base_url)).await
    }
}
