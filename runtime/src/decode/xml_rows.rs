//! Rows that are each made of one element of an XML document, as it comes in.

use bindery_ir::{Column, JsonPath};

use super::row_shape::{Repeats, RowShape};
use crate::json::{Error, Slot, fill_from};
use crate::xml::{self, Element, RowPattern};

/// A list of which each item makes a row.
pub(crate) enum XmlRows {
    /// At these names, in this shape.
    At(JsonPath, RowShape),
    /// With these columns, which say what the values are.
    With(Vec<Column>),
}

impl XmlRows {
    /// The elements at this path.
    pub(super) fn at(path: JsonPath, shape: RowShape) -> Option<Self> {
        (!path.keys().is_empty()).then_some(Self::At(path, shape))
    }

    /// The items that have these columns.
    pub(super) fn with(columns: &[Column]) -> Option<Self> {
        (!columns.is_empty()).then(|| Self::With(columns.to_vec()))
    }

    /// What tells them from other elements.
    pub(crate) fn pattern(&self) -> RowPattern<'_> {
        match self {
            Self::At(path, _) => RowPattern::At(path.keys()),
            Self::With(columns) => RowPattern::With(columns),
        }
    }

    /// Whether the first such element is a row for certain. An empty one is none where it is the only one, as an empty text
    /// is no list.
    pub(crate) fn is_certain(&self, element: &Element) -> bool {
        match self {
            Self::At(..) => !element.text.is_empty() || !element.children.is_empty(),
            Self::With(_) => true,
        }
    }

    /// Reads an element as a row; `false` when that does not fit. `text` is for what the element becomes.
    pub(crate) fn fill(&self, row: &mut dyn Slot, element: &Element, text: &mut Vec<u8>) -> Result<bool, Error> {
        text.clear();
        match self {
            Self::With(columns) => text.extend_from_slice(xml::row(element, columns).to_string().as_bytes()),
            Self::At(_, shape) => {
                let value = xml::value(element).to_string();
                if shape.write_first(value.as_bytes(), Repeats::of(row), text).is_none() {
                    text.extend_from_slice(value.as_bytes());
                }
            }
        }
        fill_from(text, row)
    }
}
