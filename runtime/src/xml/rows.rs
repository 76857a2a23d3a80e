//! The rows of XML, read one by one while it arrives.
//!
//! What is known of the rows and a body go in, as much of it as has come; the elements that are rows come out, each when it
//! ends. The rest is kept, for what else the document says.
//!
//! Where nothing says where rows are, their columns tell: the first list with an item that has nothing but columns of a row
//! is the list of the rows, whatever comes later. Where no item is like that, it is known at the end what is most like one.

use std::collections::VecDeque;
use std::ops::Range;

use bindery_ir::{Column, Text};

use super::Element;
use super::events::Events;
use super::open::{Happened, OpenElements};

/// What holds nothing but remarks about the response.
const METADATA: &str = "ResponseMetadata";

/// What tells rows from other elements.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowPattern<'a> {
    /// Those to which these names lead, from the outermost element on.
    At(&'a [Text]),
    /// The items of a list that have these columns.
    With(&'a [Column]),
}

/// The rows of a document on the way through it. Each call is given its body, and the pattern of its rows.
#[derive(Debug, Default)]
pub(crate) struct RowReader {
    open: OpenElements,
    /// Up to where the body was read.
    at: usize,
    list: List,
    /// Rows that have ended and were not passed yet, and where they are.
    ready: VecDeque<(Element, Range<usize>)>,
    /// The rows that were passed last: as many as show that there was a list.
    last: VecDeque<Element>,
    /// From where the first of the rows that were passed starts, to where the last ends.
    passed: Option<Range<usize>>,
}

/// Where the rows are.
#[derive(Debug, Default)]
enum List {
    /// Not known yet.
    #[default]
    Unknown,
    /// They have this name, and so many elements are around each.
    Here { name: String, around: usize },
    /// Their list has ended.
    Ended,
}

impl RowReader {
    /// Up to where the body was used up: what is behind that is looked at again.
    pub(crate) fn position(&self) -> usize {
        self.ready.front().map_or(self.at, |(_, place)| place.start)
    }

    /// Where the rows that were passed are, from the first to the last.
    pub(crate) fn passed(&self) -> Option<Range<usize>> {
        self.passed.clone()
    }

    /// Whether it is known where the rows are, or were.
    pub(crate) fn has_found(&self) -> bool {
        !matches!(self.list, List::Unknown)
    }

    /// The next row, once all of it is there. It stays the next one until it is passed.
    ///
    /// # Errors
    /// What is wrong with a body that is whole. Of another one it is not known yet.
    pub(crate) fn next(
        &mut self,
        pattern: RowPattern<'_>,
        body: &[u8],
        is_whole: bool,
    ) -> Result<Option<&Element>, String> {
        if self.ready.is_empty() {
            self.read_on(pattern, body, is_whole)?;
        }
        Ok(self.ready.front().map(|(row, _)| row))
    }

    /// Passes over the next row.
    pub(crate) fn pass(&mut self) {
        let Some((row, place)) = self.ready.pop_front() else { return };
        let start = self.passed.take().map_or(place.start, |passed| passed.start);
        self.passed = Some(start..place.end);
        self.last.truncate(1);
        self.last.push_front(row);
    }

    /// The outermost element of a body that is whole, of whose rows only the last two are there: they may say where the next
    /// ones are. Nothing is left behind it.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub(crate) fn rest(&mut self, pattern: RowPattern<'_>, body: &[u8]) -> Result<Element, String> {
        while self.next(pattern, body, true)?.is_some() {
            self.pass();
        }
        std::mem::take(&mut self.open).into_root()
    }

    /// Reads until a row has ended, or to the end of what is there.
    fn read_on(&mut self, pattern: RowPattern<'_>, body: &[u8], is_whole: bool) -> Result<(), String> {
        let mut events = Events::from(body, self.at, is_whole);
        loop {
            let at = self.at;
            let broken = |reason: String| format!("the XML is broken at byte {at}: {reason}");
            let Some(event) = events.next().map_err(broken)? else { return Ok(()) };
            let happened = match self.open.read(&event, at..events.position()) {
                Err(reason) if is_whole => return Err(broken(reason)),
                Err(_) => return Ok(()),
                Ok(happened) => happened,
            };
            self.at = events.position();
            match happened {
                Happened::Nothing => {}
                // An element without contents has an end of which nothing is written, so this is no place to stop.
                Happened::Opened => self.opened(pattern),
                Happened::Closed(element, place) => {
                    self.closed(pattern, element, place);
                    if !self.ready.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Learns from the names of what is open where the rows are.
    fn opened(&mut self, pattern: RowPattern<'_>) {
        let (RowPattern::At(names), List::Unknown, Some((row, holders))) =
            (pattern, &self.list, self.open.all().split_last())
        else {
            return;
        };
        if self.open.all().iter().map(|open| &*open.element.name).eq(names.iter().map(|name| &**name)) {
            self.list = List::Here { name: row.element.name.clone(), around: holders.len() };
        }
    }

    /// Takes an element that has ended as a row, or gives it back.
    fn closed(&mut self, pattern: RowPattern<'_>, mut element: Element, place: Range<usize>) {
        let depth = self.open.all().len();
        if let (RowPattern::With(columns), List::Unknown) = (pattern, &self.list)
            && self.is_row(&element, columns)
        {
            self.list = List::Here { name: element.name.clone(), around: depth };
            // Those before it that had something else are rows as well.
            self.ready.extend(self.open.take_children(&element.name));
        }
        match &self.list {
            List::Here { name, around } if depth == *around && element.name == *name => {
                self.ready.push_back((element, place));
                return;
            }
            List::Here { around, .. } if depth < *around => {
                element.children.extend(self.last.drain(..).rev());
                self.list = List::Ended;
            }
            _ => {}
        }
        self.open.give_back(element, place);
    }

    /// Whether an element that has ended is certainly an item of the list of rows.
    fn is_row(&self, element: &Element, columns: &[Column]) -> bool {
        let open = self.open.all();
        let around = around(open.get(1).map(|open| &open.element));
        match open.get(around..) {
            // The items of a list stand beside everything else.
            Some([]) => is_beside(element, columns) && has_only(element, columns),
            // They are in an element of their own.
            Some([holder]) => {
                is_beside(&holder.element, columns)
                    && is_item_of(&holder.element, element, columns)
                    && (has_only(element, columns) || is_text_of(element, columns))
            }
            _ => false,
        }
    }
}

/// How many elements are around everything else, if that is the first in the outermost one: that, and a `…Result` in it.
fn around(inner: Option<&Element>) -> usize {
    if inner.is_some_and(is_result) { 2 } else { 1 }
}

/// Whether an element is what a response is wrapped in.
pub(super) fn is_result(element: &Element) -> bool {
    element.name.ends_with("Result")
}

/// Whether an element is called what items of lists are called.
pub(super) fn is_item(element: &Element) -> bool {
    matches!(&*element.name, "item" | "member")
}

/// Whether an element of a response may be or hold a list of rows: a column belongs to a row that is not in a list.
pub(super) fn is_beside(element: &Element, columns: &[Column]) -> bool {
    element.name != METADATA && !is_column(element, columns)
}

/// Whether an element may be an item of the list that another one would be, of which these children come before it.
pub(super) fn is_item_of(holder: &Element, element: &Element, columns: &[Column]) -> bool {
    let is_alike = || holder.children.iter().all(|child| child.name == element.name);
    is_item(element) || (!is_column(element, columns) && is_alike())
}

pub(super) fn is_column(element: &Element, columns: &[Column]) -> bool {
    columns.iter().any(|column| column.wire_name.as_str() == element.name)
}

/// Whether an element has children, all of which are columns.
fn has_only(element: &Element, columns: &[Column]) -> bool {
    !element.children.is_empty() && element.children.iter().all(|child| is_column(child, columns))
}

/// Whether an item is a text that is all of a row.
fn is_text_of(element: &Element, columns: &[Column]) -> bool {
    is_item(element) && element.children.is_empty() && columns.len() == 1
}

#[cfg(test)]
mod tests {
    use bindery_ir::{JsonPath, SqlName, Type, WireName};
    use proptest::prelude::*;

    use super::*;

    fn columns(names: &[&'static str]) -> Vec<Column> {
        let column = |name: &&'static str| Column {
            name: SqlName::new(name),
            wire_name: WireName::new(name),
            ty: Type::STRING,
            description: "".into(),
        };
        names.iter().map(column).collect()
    }

    /// What the rows have in them, and whether their place was found.
    fn read(pattern: RowPattern<'_>, body: &str) -> (Vec<String>, bool) {
        let mut reader = RowReader::default();
        let mut rows = Vec::new();
        while let Some(row) = reader.next(pattern, body.as_bytes(), true).unwrap() {
            let texts: Vec<&str> = std::iter::once(row).chain(&row.children).map(|element| &*element.text).collect();
            rows.push(texts.concat());
            reader.pass();
        }
        let has_found = reader.has_found();
        reader.rest(pattern, body.as_bytes()).unwrap();
        (rows, has_found)
    }

    #[test]
    fn rows_are_in_the_first_list_of_which_an_item_has_only_their_columns() {
        let key = columns(&["Key", "Size"]);
        for (body, expected) in [
            // In an element of their own, by any name, or beside everything else.
            ("<R><LResult><N>n</N><Keys><member><Key>a</Key></member></Keys></LResult></R>", &["a"][..]),
            ("<R><Keys><Entry><Key>a</Key></Entry><Entry><Key>b</Key></Entry></Keys><N>n</N></R>", &["a", "b"]),
            ("<R><Row><Key>a</Key></Row><N>n</N><Row><Key>b</Key></Row></R>", &["a", "b"]),
            // Another list may stand before it, or have the same items.
            ("<R><Prefix><P>p</P></Prefix><Prefix><P>q</P></Prefix><Row><Key>a</Key></Row></R>", &["a"]),
            ("<R><Row><Key>a</Key></Row><Others><item><Key>b</Key></item></Others></R>", &["a"]),
            ("<R><Row><Key>a</Key></Row><Marker><Key>b</Key></Marker></R>", &["a"]),
            ("<R><Of><Key>o</Key><N>n</N></Of><Keys><member><Key>a</Key></member></Keys></R>", &["a"]),
            ("<R><K><E><N>n</N></E><E><Key>a</Key></E></K><Others><item><Key>b</Key></item></Others></R>", &["n", "a"]),
            // The response has what a row has as well.
            ("<R><Size>1</Size><Row><Key>a</Key></Row></R>", &["a"]),
            ("<R><LResult><Size>1</Size><Key>a</Key></LResult><Id>2</Id></R>", &["1a"]),
            // An item need not have it, and it may be empty.
            ("<R><Keys><item><N>n</N></item><item/><item><Key/></item></Keys></R>", &["n", "", ""]),
            ("<R><Row><N>n</N></Row><Row><Size/></Row></R>", &["n", ""]),
            ("<R><Keys><Count>2</Count><item><Key>a</Key></item></Keys></R>", &["a"]),
            // Deeper inside it tells nothing.
            ("<R><Owner><In><Of><Key>o</Key></Of></In></Owner><Row><Key>a</Key></Row></R>", &["a"]),
            ("<R><ResponseMetadata><Key>m</Key></ResponseMetadata><Row><Key>a</Key></Row></R>", &["a"]),
        ] {
            let (rows, has_found) = read(RowPattern::With(&key), body);
            assert_eq!(rows, expected, "{body}");
            assert!(has_found, "{body}");
        }
        for body in
            ["<R><Key><member><Key>a</Key></member></Key></R>", "<R><A><Key>a</Key><B/></A></R>", "<R/>", "<Key/>"]
        {
            assert_eq!(read(RowPattern::With(&key), body), (vec![], false), "{body}");
        }
    }

    #[test]
    fn texts_are_rows_of_one_column() {
        let body = "<R><Names><member>a</member><member/></Names></R>";
        assert_eq!(read(RowPattern::With(&columns(&["Name"])), body), (vec!["a".to_owned(), String::new()], true));
        assert_eq!(read(RowPattern::With(&columns(&["Name", "Size"])), body), (vec![], false));
    }

    #[test]
    fn rows_are_where_they_are_said_to_be() {
        let path = JsonPath::parse("$.R.LResult.Names.member");
        let body = "<R><LResult><N>n</N><Names><member>a</member><M/><member>b</member></Names></LResult></R>";
        assert_eq!(read(RowPattern::At(path.keys()), body).0, ["a", "b"]);
        for elsewhere in ["<R><Names><member>a</member></Names></R>", "<R><LResult><Names/></LResult></R>"] {
            assert_eq!(read(RowPattern::At(path.keys()), elsewhere), (vec![], false));
        }
    }

    #[test]
    fn the_rest_has_the_last_rows_and_what_is_wrong_is_told() {
        let columns = columns(&["Key"]);
        let pattern = RowPattern::With(&columns);
        let body = b"<R><K><item/><item><Key>a</Key></item><item><Key>b</Key></item></K><N>n</N></R>";
        let mut reader = RowReader::default();
        let rest = reader.rest(pattern, body).unwrap();
        let left: Vec<_> = rest.child("K").unwrap().children.iter().map(|row| &*row.children[0].text).collect();
        assert_eq!(left, ["a", "b"]);
        assert_eq!(rest.child("N").unwrap().text, "n");
        assert_eq!(reader.next(pattern, body, true), Ok(None));
        for broken in
            ["<R><Row><Key>a</Key></Row>", "<R><Row><Key>a</Key></Row></S>", "<R><Row><Key>a</Key></Row></R><R/>"]
        {
            let mut reader = RowReader::default();
            assert!(reader.next(pattern, broken.as_bytes(), true).unwrap().is_some());
            assert!(reader.rest(pattern, broken.as_bytes()).is_err(), "{broken}");
        }
    }

    /// What may be in a document, or is none of it.
    const PARTS: [&str; 24] = [
        "<R>",
        "</R>",
        "<Row>",
        "</Row>",
        "<Key>",
        "</Key>",
        "<Key/>",
        "<item>",
        "</item>",
        "<member/>",
        "<LResult>",
        "</LResult>",
        "<x:Row a='>'>",
        "</x:Row>",
        "a",
        "é",
        " ",
        "\u{feff}",
        "&lt;",
        "&#65;",
        "<![CDATA[<]]>",
        "<!-- -->",
        "&",
        "<",
    ];

    proptest! {
        #[test]
        fn what_arrives_in_pieces_is_read_as_what_is_whole(
            parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..40),
            is_likely: bool,
            piece in 1_usize..9,
        ) {
            let mut body = parts.concat();
            if is_likely {
                body = format!("<R><Row><Key>a</Key>{body}</Row>{body}<Row>b</Row></R>");
            }
            let columns = columns(&["Key"]);
            let pattern = RowPattern::With(&columns);
            let read = |reader: &mut RowReader, body: &[u8], is_whole| {
                let mut rows = Vec::new();
                while let Ok(Some(row)) = reader.next(pattern, body, is_whole) {
                    rows.push(row.clone());
                    reader.pass();
                }
                rows
            };
            let (mut whole, mut growing) = (RowReader::default(), RowReader::default());
            let expected = read(&mut whole, body.as_bytes(), true);
            let mut rows = Vec::new();
            for end in (0..body.len()).step_by(piece) {
                rows.extend(read(&mut growing, body.as_bytes().get(..end).unwrap(), false));
            }
            rows.extend(read(&mut growing, body.as_bytes(), true));
            prop_assert_eq!(rows, expected);
            prop_assert_eq!(growing.rest(pattern, body.as_bytes()), whole.rest(pattern, body.as_bytes()));
        }
    }
}
