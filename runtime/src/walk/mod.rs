//! The list of an answer, read row by row, also while the answer is still arriving.
//!
//! A list and a body go in; rows come out, one after the other, and whoever has read them all knows what else the body says.

mod json;
mod xml;

use std::sync::Arc;

pub(crate) use self::json::JsonWalk;
pub(crate) use self::xml::XmlWalk;
use crate::decode::ListIn;
use crate::json::{Error, Slot};

/// A list in a body, on the way through it. Each call is given that body.
pub(crate) enum Walk {
    Json(JsonWalk),
    Xml(Box<XmlWalk>),
}

impl Walk {
    /// The start of a list in a body that is whole; `None` if there is none, or the body has to be read to find it.
    pub(crate) fn to(body: &[u8], list: &ListIn) -> Option<Self> {
        Self::begin(body, list)?.in_whole(body)
    }

    /// The way to a list in a body of which this has arrived; `None` if nothing is learnt from that.
    pub(crate) fn begin(body: &[u8], list: &ListIn) -> Option<Self> {
        match list {
            ListIn::Json(list) => JsonWalk::to(body, list).map(Self::Json),
            ListIn::Xml(list) => Some(Self::Xml(Box::new(XmlWalk::new(Arc::clone(list))))),
        }
    }

    /// The same way, once the body is whole; `None` if there is no list in it, or it has to be read to find it.
    pub(crate) fn in_whole(self, body: &[u8]) -> Option<Self> {
        match self {
            Self::Json(walk) => Some(Self::Json(walk)),
            Self::Xml(walk) => walk.in_whole(body).map(|walk| Self::Xml(Box::new(walk))),
        }
    }

    /// The same way as far as another one, if the list in its body begins as this one does.
    pub(crate) fn up_to(self, other: &Self, body: &[u8], other_body: &[u8]) -> Option<Self> {
        match (self, other) {
            (Self::Json(walk), Self::Json(other)) => walk.up_to(other, body, other_body).map(Self::Json),
            (Self::Xml(walk), Self::Xml(other)) => {
                walk.up_to(other, body, other_body).map(|walk| Self::Xml(Box::new(walk)))
            }
            _ => None,
        }
    }

    /// How many rows were read.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Json(walk) => walk.rows,
            Self::Xml(walk) => walk.rows,
        }
    }

    /// Up to where the body was looked at.
    pub(crate) fn position(&self) -> usize {
        match self {
            Self::Json(walk) => walk.position(),
            Self::Xml(walk) => walk.position(),
        }
    }

    /// Whether another row follows.
    pub(crate) fn has_row(&mut self, body: &[u8]) -> bool {
        match self {
            Self::Json(walk) => walk.has_row(body),
            Self::Xml(walk) => walk.has_row(body),
        }
    }

    /// Reads the next row, and whether it fits; `None` behind the last. A row that does not fit is passed over.
    pub(crate) fn read(&mut self, body: &[u8], row: &mut dyn Slot) -> Option<Result<bool, Error>> {
        match self {
            Self::Json(walk) => walk.read(body, row),
            Self::Xml(walk) => walk.read(body, row),
        }
    }

    /// Reads the next row of a body that is still arriving; `false` if it is not there yet, or does not fit.
    pub(crate) fn read_arrived(&mut self, body: &[u8], row: &mut dyn Slot) -> bool {
        match self {
            Self::Json(walk) => walk.read_arrived(body, row),
            Self::Xml(walk) => walk.read_arrived(body, row),
        }
    }
}
