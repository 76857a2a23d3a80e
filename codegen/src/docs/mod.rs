//! Documentation pages → [`Page`].

mod page;

pub use page::{Dialect, FieldRow, FieldsSection, FieldsTab, MethodRow, Page, PageKind, SqlExample};
