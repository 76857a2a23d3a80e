//! A page on its way: fetched by whoever asks for its rows, and by a task of its own once some of them were given out.
//!
//! The pages of a listing go in; they come back with the page. Who was given a row may take its time with it, or make
//! other calls, and polls nothing meanwhile. While the runtime runs, the page arrives all the same, within its time, and
//! gives its place to others.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::Error;
use crate::early_rows::EarlyRows;
use crate::json::Slot;
use crate::page::Page;
use crate::pages::Pages;

/// What comes of it: the pages, and the next of them.
type Fetched = (Box<Pages>, Result<Option<Page>, Error>);

/// A page on its way. Dropping it takes the call back.
pub(crate) struct Fetching {
    by: By,
    early: Option<EarlyRows>,
}

enum By {
    Caller(Pin<Box<dyn Future<Output = Fetched> + Send>>),
    Task(JoinHandle<Fetched>),
}

impl Fetching {
    pub(crate) fn new(mut pages: Box<Pages>) -> Self {
        let early = pages.early();
        let fetch = async move {
            let page = pages.fetch().await;
            (pages, page)
        };
        Self { by: By::Caller(Box::pin(fetch)), early }
    }

    /// The page, when it is whole.
    ///
    /// # Errors
    /// When the runtime that a task was fetching it on is gone.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Fetched, Error>> {
        match &mut self.by {
            By::Caller(fetch) => fetch.as_mut().poll(context).map(Ok),
            By::Task(task) => Poll::Ready(match ready!(Pin::new(task).poll(context)) {
                Ok(fetched) => Ok(fetched),
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                Err(_) => Err(Error::Configuration {
                    reason: "a page was being fetched when the tokio runtime was shut down".to_owned(),
                }),
            }),
        }
    }

    /// Reads the next row of the page that is not whole, if it is there; if not, the caller is woken when more is.
    pub(crate) fn early_row(&mut self, row: &mut dyn Slot, context: &Context<'_>) -> bool {
        let is_there = self.early.as_ref().is_some_and(|early| early.read(row, context.waker()));
        if is_there
            && let By::Caller(fetch) = &mut self.by
            && let Ok(runtime) = Handle::try_current()
        {
            let fetch = std::mem::replace(fetch, Box::pin(std::future::pending()));
            self.by = By::Task(runtime.spawn(fetch.in_current_span().with_current_subscriber()));
        }
        is_there
    }

    /// What has arrived of a page that does not come.
    pub(crate) fn take_early(&mut self) -> Option<EarlyRows> {
        self.early.take()
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        if let By::Task(task) = &self.by {
            task.abort();
        }
    }
}
