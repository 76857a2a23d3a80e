//! How much of a listing is read.

use std::fmt;

/// Bounds for one listing; `None` means all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageLimits {
    pub(crate) max_pages: Option<u64>,
    pub(crate) max_rows: Option<u64>,
}

impl PageLimits {
    /// These bounds, and the others where these say nothing.
    pub(crate) fn or(self, others: Self) -> Self {
        Self { max_pages: self.max_pages.or(others.max_pages), max_rows: self.max_rows.or(others.max_rows) }
    }

    /// Whether a page is one too many, after so many.
    pub(crate) fn page_after(self, pages: u64) -> Option<PageLimit> {
        self.max_pages.filter(|most| pages >= *most).map(PageLimit::Pages)
    }

    /// Whether a row is one too many, after so many.
    pub(crate) fn row_after(self, rows: u64) -> Option<PageLimit> {
        self.max_rows.filter(|most| rows >= *most).map(PageLimit::Rows)
    }
}

/// The bound that ended a listing before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageLimit {
    /// So many pages.
    Pages(u64),
    /// So many rows.
    Rows(u64),
}

impl fmt::Display for PageLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pages(1) => f.write_str("1 page (`max_pages`)"),
            Self::Pages(pages) => write!(f, "{pages} pages (`max_pages`)"),
            Self::Rows(rows) => write!(f, "{rows} rows (`max_rows`)"),
        }
    }
}
