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
use crate::early_rows::EarlyRows;
use crate::fetching::Fetching;
use crate::json::{FromJson, Slot};
use crate::page::Page;
use crate::page_limits::{PageLimit, PageLimits};
use crate::pages::Pages;

/// All rows of a listing, page after page. See [`Client::rows`](crate::Client::rows).
///
/// It is a [`Stream`]; [`next`](Self::next) and [`all`](Self::all) do without that trait in scope. After an error
/// of a page it is over; after a row that does not decode it goes on with the next row.
///
/// Rows come out while their page is still arriving. From then on a task of the tokio runtime fetches it, so that no other
/// call waits for whoever has the row; dropping the listing ends it. A page that breaks off is asked for again as any call
/// is, and goes on behind its rows; if it does not begin with them any more, it ends in [`Error::PageChanged`].
#[must_use = "nothing is fetched until a row is asked for"]
pub struct Rows<T> {
    source: Box<dyn Source>,
    row: PhantomData<fn() -> T>,
}

impl<T: FromJson> Rows<T> {
    pub(crate) fn new(source: Box<dyn Source>) -> Self {
        Self { source, row: PhantomData }
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

impl<T: FromJson> Rows<T> {
    /// The rows up to the limits of the call (`max_pages`, `max_rows`), and the limit that left others out, if one did.
    ///
    /// ```no_run
    /// # use bindery_runtime::{Call, Client, Error, json::Json};
    /// # async fn example(client: &Client, call: Call<'_>) -> Result<(), Error> {
    /// let (rows, limit) = client.rows::<Json>(call.max_rows(100)).up_to_limits().await?;
    /// if let Some(limit) = limit {
    ///     eprintln!("there is more than these {}: stopped at {limit}", rows.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// With the first error that is not such a limit.
    pub async fn up_to_limits(mut self) -> Result<(Vec<T>, Option<PageLimit>), Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            match row {
                Ok(row) => rows.push(row),
                Err(Error::LimitReached { limit, .. }) => return Ok((rows, Some(limit))),
                Err(error) => return Err(error),
            }
        }
        Ok((rows, None))
    }
}

impl<T: FromJson> Stream for Rows<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let mut row = None;
        let polled = ready!(self.source.poll_row(&mut row, context));
        Poll::Ready(match polled {
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(())) => row.map(Ok),
            None => None,
        })
    }
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({})", self.source.stage())
    }
}

/// Where rows come from. Nothing of it depends on their type, so it is compiled here, once, and not again in each crate
/// that has types of its own.
pub(crate) trait Source: Send {
    /// Reads the next row; `None` when there are no more.
    fn poll_row(&mut self, row: &mut dyn Slot, context: &mut Context<'_>) -> Poll<Option<Result<(), Error>>>;

    /// What it is doing, in a word or two.
    fn stage(&self) -> &'static str;
}

/// The rows of a listing.
pub(crate) fn source(pages: Result<Pages, Error>) -> Box<dyn Source> {
    let (limits, state) = match pages {
        Ok(pages) => (pages.limits, State::Idle(Box::new(pages))),
        Err(error) => (PageLimits::default(), State::Failed { error, early: None }),
    };
    Box::new(PagedRows { page: None, state, limits, given: 0 })
}

impl Source for PagedRows {
    fn poll_row(&mut self, row: &mut dyn Slot, context: &mut Context<'_>) -> Poll<Option<Result<(), Error>>> {
        // What is there comes before what went wrong behind it.
        if self.early_row(row, context) {
            return Poll::Ready(Some(Ok(())));
        }
        loop {
            if let Err(error) = self.end_page() {
                self.page = None;
                self.state = State::Over;
                return Poll::Ready(Some(Err(error)));
            }
            if self.page.as_mut().is_some_and(Page::has_row) {
                return Poll::Ready(self.next_row(row));
            }
            self.page = None;
            match std::mem::replace(&mut self.state, State::Over) {
                State::Idle(pages) => self.state = State::Fetching(Fetching::new(pages)),
                State::Fetching(mut fetching) => match fetching.poll(context) {
                    Poll::Pending => {
                        self.state = State::Fetching(fetching);
                        let is_there = self.early_row(row, context);
                        return if is_there { Poll::Ready(Some(Ok(()))) } else { Poll::Pending };
                    }
                    Poll::Ready(Ok((pages, Ok(Some(page))))) => {
                        self.page = Some(page);
                        self.state = State::Idle(pages);
                    }
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((_, Err(error))) | Err(error)) => {
                        self.state = State::Failed { error, early: fetching.take_early() };
                        if self.early_row(row, context) {
                            return Poll::Ready(Some(Ok(())));
                        }
                    }
                },
                State::Failed { error, .. } => return Poll::Ready(Some(Err(error))),
                State::Over => return Poll::Ready(None),
            }
        }
    }

    fn stage(&self) -> &'static str {
        match self.state {
            State::Idle(_) => "idle",
            State::Fetching(_) => "fetching a page",
            State::Failed { .. } | State::Over => "over",
        }
    }
}

/// The rows, page by page.
struct PagedRows {
    page: Option<Page>,
    state: State,
    limits: PageLimits,
    /// How many rows were given out.
    given: u64,
}

enum State {
    /// Nothing is under way; the next page may be fetched.
    Idle(Box<Pages>),
    /// A page is on its way, and some of its rows may be there.
    Fetching(Fetching),
    /// The call could not even be made, or broke off behind rows that are there.
    Failed { error: Error, early: Option<EarlyRows> },
    /// Nothing comes any more.
    Over,
}

impl PagedRows {
    /// Learns from a page of which every row was read how the listing goes on, and whether it may.
    fn end_page(&mut self) -> Result<(), Error> {
        if let (Some(page), State::Idle(pages)) = (&mut self.page, &mut self.state)
            && !page.has_row()
        {
            pages.close(page)?;
        }
        self.limit_reached().map_or(Ok(()), Err)
    }

    /// The error that ends a listing of which as many rows were given out as were asked for, if there are others.
    fn limit_reached(&mut self) -> Option<Error> {
        let State::Idle(pages) = &self.state else { return None };
        let limit = self.limits.row_after(self.given)?;
        let page = self.page.as_mut()?;
        let is_more = page.has_row() || pages.has_next();
        is_more.then(|| pages.limit_reached(&page.called.path, limit, self.given))
    }

    /// Reads the next row of the page that is there.
    fn next_row(&mut self, row: &mut dyn Slot) -> Option<Result<(), Error>> {
        let read = self.page.as_mut()?.next_row(row)?;
        self.given += 1;
        Some(read)
    }

    /// Reads the next row of the page that is on its way, if it is there.
    fn early_row(&mut self, row: &mut dyn Slot, context: &Context<'_>) -> bool {
        // Whether there are others is known when all of them are there.
        if self.limits.row_after(self.given).is_some() {
            return false;
        }
        let is_there = match &mut self.state {
            State::Fetching(fetching) => fetching.early_row(row, context),
            State::Failed { early: Some(early), .. } => early.read(row, context.waker()),
            _ => false,
        };
        self.given += u64::from(is_there);
        is_there
    }
}
