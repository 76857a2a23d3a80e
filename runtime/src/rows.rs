//! A listing as a stream of typed rows.
//!
//! Pages are fetched when their first row is asked for, and never before. Only the decoding of a row depends on
//! its type.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};

use crate::Error;
use crate::json::{FromJson, from_slice};
use crate::pages::{Page, Pages};

type Fetch = Pin<Box<dyn Future<Output = (Box<Pages>, Result<Option<Page>, Error>)> + Send>>;

/// All rows of a listing, page after page. See [`Client::rows`](crate::Client::rows).
///
/// It is a [`Stream`]; [`next`](Self::next) and [`all`](Self::all) do without that trait in scope. After an error
/// of a page it is over; after a row that does not decode it goes on with the next row.
#[must_use = "nothing is fetched until a row is asked for"]
pub struct Rows<T> {
    source: Source,
    row: PhantomData<fn() -> T>,
}

impl<T: FromJson> Rows<T> {
    pub(crate) fn new(pages: Result<Pages, Error>) -> Self {
        let state = match pages {
            Ok(pages) => State::Idle(Box::new(pages)),
            Err(error) => State::Failed(error),
        };
        Self { source: Source { page: None, state }, row: PhantomData }
    }

    /// The next row; `None` behind the last.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        StreamExt::next(self).await
    }

    /// Every row of every page.
    ///
    /// # Errors
    /// With the first error. Rows that came before it are lost; use [`next`](Self::next) to keep them.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }
}

impl<T: FromJson> Stream for Rows<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let Some(row) = ready!(self.source.poll_row(context)) else { return Poll::Ready(None) };
        Poll::Ready(Some(row.and_then(|row| decode(&row))))
    }
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source.state {
            State::Idle(_) => "Rows(idle)",
            State::Fetching(_) => "Rows(fetching a page)",
            State::Failed(_) | State::Over => "Rows(over)",
        })
    }
}

/// The text of a row, with what a message about it needs.
struct Row {
    text: bytes::Bytes,
    method: String,
    status: http::StatusCode,
}

fn decode<T: FromJson>(row: &Row) -> Result<T, Error> {
    match from_slice(&row.text) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(row.unreadable(None)),
        Err(error) => Err(row.unreadable(Some(error))),
    }
}

impl Row {
    fn unreadable(&self, source: Option<crate::json::Error>) -> Error {
        let reason = match &source {
            Some(error) => format!("a row is broken: {error}"),
            None => "a row does not fit the type it is documented to have".to_owned(),
        };
        Error::Decode { method: self.method.clone(), status: self.status, reason, source }
    }
}

/// The rows as text.
struct Source {
    page: Option<Page>,
    state: State,
}

enum State {
    /// Nothing is under way; the next page may be fetched.
    Idle(Box<Pages>),
    /// A page is on its way.
    Fetching(Fetch),
    /// The call could not even be made.
    Failed(Error),
    /// Nothing comes any more.
    Over,
}

impl Source {
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Row, Error>>> {
        loop {
            if let Some(page) = &mut self.page
                && let Some(text) = page.next_row()
            {
                return Poll::Ready(Some(Ok(Row { text, method: page.method.clone(), status: page.status })));
            }
            self.page = None;
            match std::mem::replace(&mut self.state, State::Over) {
                State::Idle(mut pages) => {
                    self.state = State::Fetching(Box::pin(async move {
                        let page = pages.fetch().await;
                        (pages, page)
                    }));
                }
                State::Fetching(mut fetch) => match fetch.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Fetching(fetch);
                        return Poll::Pending;
                    }
                    Poll::Ready((pages, Ok(Some(page)))) => {
                        self.page = Some(page);
                        self.state = State::Idle(pages);
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                },
                State::Failed(error) => return Poll::Ready(Some(Err(error))),
                State::Over => return Poll::Ready(None),
            }
        }
    }
}
