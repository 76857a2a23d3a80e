//! What has arrived of a body. Most come in one chunk, which is then not copied.

use bytes::{Bytes, BytesMut};

/// How much memory is set aside for a body because its sender says that it will be that long.
const MOST_RESERVED: u64 = 4 << 20;

/// A body that arrives in chunks.
pub(crate) enum Received {
    /// Nothing has arrived; it is said to be that long.
    Nothing(usize),
    One(Bytes),
    Many(BytesMut),
}

impl Default for Received {
    fn default() -> Self {
        Self::Nothing(0)
    }
}

impl Received {
    pub(crate) fn of_length(said: Option<u64>) -> Self {
        Self::Nothing(usize::try_from(said.unwrap_or(0).min(MOST_RESERVED)).unwrap_or(0))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Nothing(_) => &[],
            Self::One(chunk) => chunk,
            Self::Many(chunks) => chunks,
        }
    }

    pub(crate) fn push(&mut self, chunk: Bytes) {
        match self {
            // What is all there is needs not be copied.
            Self::Nothing(said) if *said <= chunk.len() => *self = Self::One(chunk),
            Self::Nothing(said) => {
                let mut chunks = BytesMut::with_capacity(*said);
                chunks.extend_from_slice(&chunk);
                *self = Self::Many(chunks);
            }
            Self::One(first) => {
                let mut chunks = BytesMut::from(&**first);
                chunks.extend_from_slice(&chunk);
                *self = Self::Many(chunks);
            }
            Self::Many(chunks) => chunks.extend_from_slice(&chunk),
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing(_) => Bytes::new(),
            Self::One(chunk) => chunk,
            Self::Many(chunks) => chunks.freeze(),
        }
    }
}
