//! The rows of a page that is still on its way, given out while its bytes come in.
//!
//! The transport leaves here what has arrived of an answer; the listing takes rows from it as soon as they are whole. An
//! answer that breaks off is asked for again as ever, and its list has to begin with the rows that were given out, byte for
//! byte: so no row is lost, and none comes twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;

use crate::decode::RowList;
use crate::json::Slot;
use crate::received::Received;
use crate::walk::Walk;

/// Up to how many bytes without a whole row are looked at again with every piece that arrives; if there are more, when they
/// have become twice as many. So looking takes time in proportion to what arrives, whatever the pieces.
const SHORT: usize = 4096;

/// A page on its way, shared by the transport and the listing.
#[derive(Clone)]
pub(crate) struct EarlyRows(Arc<Shared>);

struct Shared {
    list: Arc<RowList>,
    arrived: Mutex<Arrived>,
}

#[derive(Default)]
struct Arrived {
    /// What has arrived of the current attempt.
    body: Received,
    /// Whether rows can be read from it.
    may_be_read: bool,
    /// The way through its rows, once their list has begun.
    walk: Option<Walk>,
    /// How much has to be there before it is looked at again.
    wanted: usize,
    /// The text of an attempt that broke off, or was refused, behind rows that were given out, and the way through them.
    given: Option<(Bytes, Walk)>,
    /// Who waits for more.
    waiting: Option<Waker>,
}

/// The page that came was another one than that of which rows were given out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// How many rows were given out.
    pub(crate) rows: u64,
}

impl EarlyRows {
    pub(crate) fn new(list: Arc<RowList>) -> Self {
        Self(Arc::new(Shared { list, arrived: Mutex::default() }))
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.0.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The list that rows are read from.
    pub(crate) fn list(&self) -> &Arc<RowList> {
        &self.0.list
    }

    /// An attempt gets an answer; what was given out of the one before is kept to be compared. Whether rows may be read
    /// from this one has to do with its status and its form.
    pub(crate) fn begin(&self, body: Received, may_be_read: bool) {
        let mut arrived = self.arrived();
        let before = std::mem::replace(&mut *arrived, Arrived { body, may_be_read, ..Arrived::default() });
        let read = before.walk.filter(|walk| walk.rows > 0);
        arrived.given = before.given.or_else(|| read.map(|walk| (before.body.into_bytes(), walk)));
        arrived.waiting = before.waiting;
    }

    pub(crate) fn push(&self, chunk: Bytes) {
        let mut arrived = self.arrived();
        arrived.body.push(chunk);
        if let Some(waker) = arrived.waiting.take() {
            drop(arrived);
            waker.wake();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.arrived().body.as_slice().len()
    }

    /// The answer, all of which has arrived. It stays here as well: it may be a refusal, after which there is another attempt.
    pub(crate) fn whole(&self) -> Bytes {
        let mut arrived = self.arrived();
        let whole = std::mem::take(&mut arrived.body).into_bytes();
        arrived.body = Received::One(whole.clone());
        whole
    }

    /// Reads the next row, if all of it has arrived and it fits its type; if not, the waker is woken when more is there.
    /// What does not fit is told of when the page is whole.
    pub(crate) fn read(&self, row: &mut dyn Slot, waker: &Waker) -> bool {
        let mut arrived = self.arrived();
        let is_there = arrived.read(&self.0.list, row);
        if !is_there {
            arrived.waiting = Some(waker.clone());
        }
        is_there
    }

    /// The way through the rows of the page that has come, behind those that were given out while it came. `walk` is at its
    /// beginning; `None` if there is no such way.
    pub(crate) fn go_on(&self, walk: Option<Walk>, page: &[u8]) -> Result<Option<Walk>, Changed> {
        let mut arrived = self.arrived();
        let Arrived { walk: same, given, .. } = std::mem::take(&mut *arrived);
        match (given, same.filter(|same| same.rows > 0)) {
            (Some((body, given)), _) => {
                let rows = given.rows;
                let begins_alike = |walk: Walk| walk.up_to(&given, page, &body);
                walk.and_then(begins_alike).map(Some).ok_or(Changed { rows })
            }
            (None, Some(same)) => Ok(Some(same)),
            (None, None) => Ok(walk),
        }
    }
}

impl Arrived {
    fn read(&mut self, list: &Arc<RowList>, row: &mut dyn Slot) -> bool {
        let Self { body, may_be_read, walk, wanted, given, .. } = self;
        let body = body.as_slice();
        // Whether a second answer begins as the first did is only looked at when it is whole.
        if !*may_be_read || given.is_some() || body.len() < *wanted {
            return false;
        }
        if walk.is_none() {
            *walk = Walk::to(body, list);
        }
        let is_there = walk.as_mut().is_some_and(|walk| walk.read_arrived(body, row));
        if !is_there {
            let unread = body.len() - walk.as_ref().map_or(0, Walk::position);
            *wanted = body.len() + if unread < SHORT { 1 } else { unread };
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::JsonPath;
    use proptest::prelude::*;

    use super::*;
    use crate::json::{FromJson, Json};

    fn early(list: JsonPath) -> EarlyRows {
        EarlyRows::new(Arc::new(RowList::at(list)))
    }

    fn next<T: FromJson>(rows: &EarlyRows) -> Option<T> {
        let mut row = None;
        if rows.read(&mut row, Waker::noop()) { row } else { None }
    }

    /// What comes out of a body that arrives in pieces of this length: early, and in all.
    fn taken(rows: &EarlyRows, body: &str, piece: usize) -> Result<(usize, Vec<String>), Changed> {
        rows.begin(Received::default(), true);
        let mut texts = Vec::new();
        for piece in body.as_bytes().chunks(piece) {
            rows.push(Bytes::copy_from_slice(piece));
            texts.extend(std::iter::from_fn(|| next::<Json>(rows)).map(|row| row.get().to_owned()));
        }
        let early = texts.len();
        let page = rows.whole();
        let mut walk = rows.go_on(Walk::to(&page, rows.list()), &page)?.unwrap();
        let mut row: Option<Json> = None;
        while walk.read(&page, &mut row).is_some() {
            texts.push(row.as_ref().unwrap().get().to_owned());
        }
        assert!(walk.finish(&page).is_some());
        Ok((early, texts))
    }

    proptest! {
        #[test]
        fn every_row_comes_once_however_a_page_arrives(
            rows in proptest::collection::vec("\\PC{0,30}", 1..20),
            piece in 1_usize..60,
            at_root: bool,
        ) {
            let written: Vec<String> = rows.iter().map(|row| serde_json::to_string(&[row]).unwrap()).collect();
            let list = format!("[{}]", written.join(" , "));
            let body = if at_root { list } else { format!("{{\"n\":[{{}}],\"rows\":{list},\"m\":0}}") };
            let rows = early(if at_root { JsonPath::ROOT } else { JsonPath::key("rows") });
            let (count, texts) = taken(&rows, &body, piece).unwrap();
            prop_assert_eq!(&texts, &written);
            // Something stands behind each, so all are there before the page is.
            prop_assert_eq!(count, written.len());
            // The next page has nothing to do with this one.
            prop_assert_eq!(taken(&rows, &body, piece).unwrap().1, written);
        }
    }

    #[test]
    fn what_breaks_off_goes_on_behind_the_rows_that_were_given_out() {
        let rows = early(JsonPath::ROOT);
        let begin = |text: &'static str| {
            rows.begin(Received::default(), true);
            rows.push(Bytes::from_static(text.as_bytes()));
        };
        let outcome = |page: &[u8]| {
            let walk = rows.go_on(Walk::to(page, rows.list()), page)?.unwrap();
            Ok(walk.position())
        };
        begin("[10, 2");
        assert_eq!(next::<i64>(&rows), Some(10));
        // It broke off twice; nothing is read of the second until it is whole.
        begin("[10, 20, ");
        assert_eq!(next::<i64>(&rows), None);
        assert_eq!(outcome(b" [10, 20]"), Ok(4));
        for page in ["[100]", "[11]", "[]", "[10", "null"] {
            begin("[10, 2");
            assert_eq!(next::<i64>(&rows), Some(10));
            begin("");
            assert_eq!(outcome(page.as_bytes()), Err(Changed { rows: 1 }), "{page}");
        }
    }

    #[test]
    fn a_long_row_in_small_pieces_is_not_looked_at_with_each() {
        let rows = early(JsonPath::ROOT);
        rows.begin(Received::default(), true);
        rows.push(Bytes::from_static(b"[["));
        let mut looks = 0;
        for _ in 0..100_000 {
            rows.push(Bytes::from_static(b"\"some text\", "));
            let wanted = rows.arrived().wanted;
            assert_eq!(next::<Json>(&rows), None);
            looks += usize::from(rows.arrived().wanted != wanted);
        }
        assert!(looks < 400, "{looks}");
    }

    #[test]
    fn nothing_comes_of_what_may_not_be_read_or_does_not_fit() {
        let rows = early(JsonPath::ROOT);
        rows.begin(Received::default(), false);
        rows.push(Bytes::from_static(b"[1, 2]"));
        assert_eq!(next::<i64>(&rows), None);
        rows.begin(Received::default(), true);
        rows.push(Bytes::from_static(b"[\"x\", 2]"));
        assert_eq!(next::<i64>(&rows), None);
    }
}
