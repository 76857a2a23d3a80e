//! Decompresses a body as it arrives, within bounds: a few bytes can be made to become very many.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

/// How many times as large as what arrived an answer may be. Listings become twenty times as small, and those that say the
/// same in every row a hundred times.
pub(crate) const MOST: usize = 250;

/// How large an answer may be whatever arrived of it.
const FREE: usize = 1 << 20;

/// A body that is on its way.
pub(crate) struct Inflater {
    /// Boxed: most answers have none.
    decoder: Box<MultiGzDecoder<Room>>,
    limit: usize,
    received: usize,
    given: usize,
}

/// Why a body is not taken in.
#[derive(Debug)]
pub(crate) enum Excess {
    /// It is larger than the client accepts.
    TooLarge,
    /// It is too many times as large as what arrived.
    Inflated,
    /// It is not what it says.
    Broken(io::Error),
}

/// Memory that is not exceeded.
struct Room {
    content: Vec<u8>,
    left: usize,
    is_exceeded: bool,
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left {
            self.is_exceeded = true;
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.left -= bytes.len();
        self.content.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inflater {
    /// For an answer with these headers, if it is compressed, of at most so many bytes. What the headers say of its form on the
    /// way is taken out.
    pub(crate) fn of(headers: &mut HeaderMap, limit: usize) -> Option<Self> {
        let encoding = headers.get(CONTENT_ENCODING)?.as_bytes().trim_ascii();
        if ![b"gzip".as_slice(), b"x-gzip"].iter().any(|known| encoding.eq_ignore_ascii_case(known)) {
            return None;
        }
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        let room = Room { content: Vec::new(), left: 0, is_exceeded: false };
        Some(Self { decoder: Box::new(MultiGzDecoder::new(room)), limit, received: 0, given: 0 })
    }

    /// The same for a body of any length, of which no more than a piece is held.
    pub(crate) fn of_any_length(self) -> Self {
        Self { limit: usize::MAX, ..self }
    }

    /// What a piece of the body becomes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Bytes, Excess> {
        self.received = self.received.saturating_add(piece.len());
        let honest = self.received.saturating_mul(MOST).max(FREE);
        self.decoder.get_mut().left = honest.min(self.limit).saturating_sub(self.given);
        let written = self.decoder.write_all(piece).and_then(|()| self.decoder.flush());
        self.taken(written, honest)
    }

    /// The rest of a body that has arrived whole.
    pub(crate) fn finish(mut self) -> Result<Bytes, Excess> {
        if self.received == 0 {
            // There is no body, as in the answer to `HEAD`.
            return Ok(Bytes::new());
        }
        let honest = self.received.saturating_mul(MOST).max(FREE);
        let written = self.decoder.try_finish();
        self.taken(written, honest)
    }

    fn taken(&mut self, written: io::Result<()>, honest: usize) -> Result<Bytes, Excess> {
        let room = self.decoder.get_mut();
        match written {
            Ok(()) => {
                let content = std::mem::take(&mut room.content);
                self.given = self.given.saturating_add(content.len());
                Ok(content.into())
            }
            Err(_) if room.is_exceeded && honest < self.limit => Err(Excess::Inflated),
            Err(_) if room.is_exceeded => Err(Excess::TooLarge),
            Err(error) => Err(Excess::Broken(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    /// What a body becomes that arrives in pieces of a size.
    fn inflated(body: &[u8], piece: usize, limit: usize) -> Result<Vec<u8>, Excess> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("GZip"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
        let Some(mut inflater) = Inflater::of(&mut headers, limit) else { return Ok(Vec::new()) };
        assert!(headers.is_empty());
        let mut content = Vec::new();
        for piece in body.chunks(piece) {
            content.extend_from_slice(&inflater.push(piece)?);
        }
        content.extend_from_slice(&inflater.finish()?);
        Ok(content)
    }

    #[test]
    fn a_body_is_what_it_was_however_it_arrives() {
        let content: Vec<u8> = (0..200_000_u32).flat_map(|number| (number * 7919).to_le_bytes()).collect();
        let two = [packed(&content), packed(b"and more")].concat();
        for piece in [1 << 20, 4096, 7] {
            let all = inflated(&two, piece, 1 << 22).unwrap_or_default();
            assert!(all == [&content, b"and more".as_slice()].concat(), "{piece}");
        }
        assert_eq!(inflated(b"", 1, 10).unwrap_or_default(), b"");
        assert!(matches!(inflated(&two[..two.len() / 2], 4096, 1 << 22), Err(Excess::Broken(_))));
        assert!(matches!(inflated(b"no gzip at all", 4096, 1 << 22), Err(Excess::Broken(_))));
    }

    #[test]
    fn what_becomes_too_much_is_refused_before_it_is_there() {
        let bomb = packed(&vec![b' '; 16 << 20]);
        for piece in [1 << 20, 1000, 1] {
            assert!(matches!(inflated(&bomb, piece, 64 << 20), Err(Excess::Inflated)), "{piece}");
            assert!(matches!(inflated(&bomb, piece, 1 << 20), Err(Excess::TooLarge)), "{piece}");
        }
        // A little may be compressed as well as it can be.
        assert_eq!(inflated(&packed(&vec![b' '; 1 << 20]), 100, 64 << 20).map_or(0, |content| content.len()), 1 << 20);
    }
}
