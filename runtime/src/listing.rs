//! A listing page by page, each page as the texts of its rows: for callers that read rows themselves, as SQL does.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::pages::Pages;

/// The pages of a listing, fetched one at a time. See [`Client::listing`].
#[must_use = "nothing is fetched until a page is asked for"]
pub struct Listing {
    pages: Box<Pages>,
    fetched: usize,
    status: Option<StatusCode>,
}

impl Listing {
    /// The same listing, of whose rows only the properties of these names are kept, in this order. Rows that are no
    /// objects stay as they are. What is left out is not checked to be JSON, and takes no memory.
    pub fn keeping(mut self, properties: impl IntoIterator<Item = String>) -> Self {
        self.pages.keep(properties.into_iter().collect());
        self
    }

    /// The rows of the next page, each as the text it was received as; `None` behind the last page. The rows share
    /// the memory of their page.
    ///
    /// # Errors
    /// When the page cannot be fetched or read.
    pub async fn next(&mut self) -> Result<Option<Vec<Bytes>>, Error> {
        let Some(mut page) = self.pages.fetch().await? else { return Ok(None) };
        self.fetched += 1;
        self.status = Some(page.status);
        Ok(Some(std::iter::from_fn(|| page.next_text()).collect()))
    }

    /// Whether the last page has been fetched.
    pub fn is_over(&self) -> bool {
        !self.pages.has_next()
    }

    /// The status of the last answer, once there is one.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// How many pages have been fetched.
    pub fn fetched(&self) -> usize {
        self.fetched
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing({} pages, {})", self.fetched, if self.is_over() { "over" } else { "more to come" })
    }
}

impl Client {
    /// The rows of a method as the texts they are received as, page by page. A method that answers with one row is a
    /// listing of one page, and one that answers with nothing of a page without rows.
    ///
    /// # Errors
    /// When the call is incomplete, or an argument cannot be sent.
    #[expect(clippy::needless_pass_by_value, reason = "a call is used up by sending it, here as everywhere")]
    pub fn listing(&self, call: Call<'_>) -> Result<Listing, Error> {
        let first = self.prepare(&call)?;
        Ok(Listing { pages: Box::new(Pages::new(self.clone(), &call, first)), fetched: 0, status: None })
    }
}
