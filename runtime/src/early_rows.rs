//! The rows of a page that is still on its way, given out while its bytes come in.
//!
//! The transport leaves here what has arrived of an answer; the listing takes rows from it as soon as they are whole. An
//! answer that breaks off is asked for again as ever, and its list has to begin with the rows that were given out, byte for
//! byte: so no row is lost, and none comes twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::decode::{ListIn, RowList};
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
    /// The list in it, if rows can be read from it.
    list: Option<ListIn>,
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

    /// An attempt gets an answer with this status and these headers; what was given out of the one before is kept to be
    /// compared.
    pub(crate) fn begin(&self, body: Received, status: StatusCode, headers: &HeaderMap) {
        let list = if status.is_success() { self.0.list.in_answer(headers) } else { None };
        let mut arrived = self.arrived();
        let before = std::mem::replace(&mut *arrived, Arrived { body, list, ..Arrived::default() });
        let read = before.walk.filter(|walk| walk.rows() > 0);
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
        let is_there = arrived.read(row);
        if !is_there {
            arrived.waiting = Some(waker.clone());
        }
        is_there
    }

    /// The way through the rows of the page that has come, behind those that were given out while it came; `None` if there is
    /// no such way. `list` is what they are in, by the headers of the page.
    pub(crate) fn go_on(&self, list: Option<&ListIn>, page: &[u8]) -> Result<Option<Walk>, Changed> {
        let Arrived { walk: same, given, .. } = std::mem::take(&mut *self.arrived());
        let to_list = || Walk::to(page, list?);
        match (given, same) {
            (Some((body, given)), _) => {
                let rows = given.rows();
                let begins_alike = |walk: Walk| walk.up_to(&given, page, &body);
                to_list().and_then(begins_alike).map(Some).ok_or(Changed { rows })
            }
            (None, Some(same)) if same.rows() > 0 => Ok(Some(same)),
            (None, Some(same)) => Ok(same.in_whole(page)),
            (None, None) => Ok(to_list()),
        }
    }
}

impl Arrived {
    fn read(&mut self, row: &mut dyn Slot) -> bool {
        let Self { body, list: Some(list), walk, wanted, given, .. } = self else { return false };
        let body = body.as_slice();
        // Whether a second answer begins as the first did is only looked at when it is whole.
        if given.is_some() || body.len() < *wanted {
            return false;
        }
        if walk.is_none() {
            *walk = Walk::begin(body, list);
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
    use bindery_ir::{Column, JsonPath, SqlName, Type, WireName};
    use proptest::prelude::*;

    use super::*;
    use crate::json::{FromJson, Json};

    fn early(list: JsonPath) -> EarlyRows {
        EarlyRows::new(Arc::new(RowList::at(list)))
    }

    fn begin(rows: &EarlyRows, status: StatusCode) {
        rows.begin(Received::default(), status, &HeaderMap::new());
    }

    /// The way through the page that has come.
    fn go_on(rows: &EarlyRows, page: &[u8]) -> Result<Option<Walk>, Changed> {
        rows.go_on(rows.0.list.in_answer(&HeaderMap::new()).as_ref(), page)
    }

    fn column(name: &'static str) -> Column {
        Column { name: SqlName::new(name), wire_name: WireName::new(name), ty: Type::STRING, description: "".into() }
    }

    fn next<T: FromJson>(rows: &EarlyRows) -> Option<T> {
        let mut row = None;
        if rows.read(&mut row, Waker::noop()) { row } else { None }
    }

    /// What comes out of a body that arrives in pieces of this length: early, and in all.
    fn taken(rows: &EarlyRows, body: &str, piece: usize) -> Result<(usize, Vec<String>), Changed> {
        begin(rows, StatusCode::OK);
        let mut texts = Vec::new();
        for piece in body.as_bytes().chunks(piece) {
            rows.push(Bytes::copy_from_slice(piece));
            texts.extend(std::iter::from_fn(|| next::<Json>(rows)).map(|row| row.get().to_owned()));
        }
        let early = texts.len();
        let page = rows.whole();
        let mut walk = go_on(rows, &page)?.unwrap();
        let mut row: Option<Json> = None;
        while walk.read(&page, &mut row).is_some() {
            texts.push(row.as_ref().unwrap().get().to_owned());
        }
        assert!(match walk {
            Walk::Json(mut walk) => walk.finish(&page).is_some(),
            Walk::Xml(mut walk) => walk.finish(&page).is_ok(),
        });
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

        #[test]
        fn every_row_of_xml_comes_once_however_a_page_arrives(
            names in proptest::collection::vec("[^\\p{Cc}]{1,20}", 1..12),
            kind in 0_usize..4,
            piece in 1_usize..60,
        ) {
            let names: Vec<String> = names.iter().map(|name| quick_xml::escape::escape(name).into_owned()).collect();
            let items = |tag: &str| {
                let item = |name: &String| format!("<{tag} n=\">\"><Other/><Name>{name}</Name> <!-- x --></{tag}>\n");
                names.iter().map(item).collect::<Vec<_>>().concat()
            };
            let body = match kind {
                0 => format!("<R><LResult><M/><Users>{}</Users></LResult><Id>1</Id></R>", items("member")),
                1 => format!("\u{feff}<?xml version=\"1.0\"?><x:R>{}<End/></x:R> ", items("x:Row")),
                2 => format!("<R><Owner><Id>1</Id></Owner><Rows>{}</Rows><End/></R>\n", items("Row")),
                _ => {
                    format!("<R><Names><item>{}</item></Names></R>", names.join("</item><item>"))
                }
            };
            // A text is a row of one column.
            let columns = [column("Name"), column("Other")];
            let columns = columns.get(..if kind == 3 { 1 } else { 2 }).unwrap();
            let whole = crate::xml::rows_by_schema(body.as_bytes(), columns).unwrap().0;
            let whole: Vec<String> = whole.iter().map(ToString::to_string).collect();
            let rows = EarlyRows::new(Arc::new(RowList::with(columns)));
            let (count, texts) = taken(&rows, &body, piece).unwrap();
            prop_assert_eq!(whole.len(), names.len());
            prop_assert_eq!(&texts, &whole);
            prop_assert_eq!(count, whole.len());
            prop_assert_eq!(taken(&rows, &body, piece).unwrap().1, whole);
        }
    }

    #[test]
    fn xml_that_breaks_off_goes_on_behind_its_rows_whatever_stands_before_them() {
        let rows = EarlyRows::new(Arc::new(RowList::with(&[column("Name")])));
        let page = |id: u32, names: &[&str]| {
            let items: Vec<_> = names.iter().map(|name| format!("<item><Name>{name}</Name></item>")).collect();
            format!("<R><RequestId>{id}</RequestId><Rows>{}</Rows></R>", items.concat())
        };
        let mut first = page(1, &["a", "b"]);
        first.truncate(first.find("</Rows>").unwrap());
        let begun = || {
            begin(&rows, StatusCode::OK);
            rows.push(Bytes::from(first.clone()));
            assert_eq!(next::<Json>(&rows).unwrap().get(), r#"{"Name":"a"}"#);
            begin(&rows, StatusCode::OK);
        };
        begun();
        let again = page(2002, &["a", "c"]);
        let mut walk = go_on(&rows, again.as_bytes()).unwrap().unwrap();
        let mut row: Option<Json> = None;
        assert_eq!(walk.read(again.as_bytes(), &mut row), Some(Ok(true)));
        assert_eq!(row.unwrap().get(), r#"{"Name":"c"}"#);
        // What was not given out may be another thing, also where a later row shows where they are.
        let late = EarlyRows::new(Arc::new(RowList::with(&[column("Name"), column("Size")])));
        for end in 0..9 {
            let start = "<R><Id>1</Id><Row><N>n</N></Row><Row><Size>5</Size></Row>";
            begin(&late, StatusCode::OK);
            late.push(Bytes::from(start.get(..start.len() - end).unwrap()));
            let given = next::<Json>(&late).is_some();
            assert_eq!(given, end == 0);
            begin(&late, StatusCode::OK);
            let again = "<R><Id>22</Id><Row><N>n</N></Row><Row><Size>6</Size></Row></R>";
            let walk = go_on(&late, again.as_bytes()).unwrap().unwrap();
            assert_eq!(walk.rows(), u64::from(given));
        }
        for changed in [page(2, &["b", "a"]), page(2, &[]), "<R>".to_owned(), "[]".to_owned()] {
            begun();
            let outcome = go_on(&rows, changed.as_bytes());
            assert!(matches!(outcome, Err(Changed { rows: 1 })), "{changed}");
        }
    }

    #[test]
    fn what_breaks_off_goes_on_behind_the_rows_that_were_given_out() {
        let rows = early(JsonPath::ROOT);
        let begin = |text: &'static str| {
            begin(&rows, StatusCode::OK);
            rows.push(Bytes::from_static(text.as_bytes()));
        };
        let outcome = |page: &[u8]| {
            let walk = go_on(&rows, page)?.unwrap();
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
        begin(&rows, StatusCode::OK);
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
    fn a_long_row_of_xml_that_does_not_fit_is_not_made_again_with_each_piece() {
        let rows = EarlyRows::new(Arc::new(RowList::with(&[column("Name")])));
        begin(&rows, StatusCode::OK);
        rows.push(Bytes::from(format!("<R><Row><Name>{}</Name></Row>", "x".repeat(1 << 20))));
        let mut looks = 0;
        for _ in 0..10_000 {
            rows.push(Bytes::from_static(b" "));
            let wanted = rows.arrived().wanted;
            assert_eq!(next::<i64>(&rows), None);
            looks += usize::from(rows.arrived().wanted != wanted);
        }
        assert_eq!(looks, 1);
    }

    #[test]
    fn nothing_comes_of_what_may_not_be_read_or_does_not_fit() {
        let rows = early(JsonPath::ROOT);
        begin(&rows, StatusCode::SERVICE_UNAVAILABLE);
        rows.push(Bytes::from_static(b"[1, 2]"));
        assert_eq!(next::<i64>(&rows), None);
        begin(&rows, StatusCode::OK);
        rows.push(Bytes::from_static(b"[\"x\", 2]"));
        assert_eq!(next::<i64>(&rows), None);
    }
}
