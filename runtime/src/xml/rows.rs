//! The rows of XML, read one by one while it arrives.
//!
//! What is known of the rows and a body go in, as much of it as has come; the elements that are rows come out, each when it
//! ends. The rest is kept, for what else the document says.
//!
//! Where nothing says where rows are, their columns tell: the first list with an item that has one of them is the
//! list of the rows. What has such a member itself is the only row. No later part of a document changes that.

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
pub(crate) enum RowsAre<'a> {
    /// Those to which these names lead, from the outermost element on.
    At(&'a [Text]),
    /// The items of a list that have one of these columns.
    With(&'a [Column]),
}

/// The rows of a document on the way through it. Each call is given its body.
#[derive(Debug, Default)]
pub(crate) struct RowReader {
    open: OpenElements,
    /// Up to where the body was read.
    at: usize,
    place: Place,
    /// Where the rows, or what they are in, start.
    start: usize,
    /// Rows that have ended and were not passed yet.
    ready: VecDeque<Element>,
    /// The row that was passed last, and where it ends.
    last: Option<Element>,
    passed: usize,
}

/// Where rows are.
#[derive(Debug, Default)]
enum Place {
    /// Not known yet.
    #[default]
    Unknown,
    /// They have this name, and so many elements are around each.
    Here { name: String, around: usize },
    /// In a list that has ended.
    Passed,
    /// Not in a list.
    Nowhere,
}

impl RowReader {
    /// Up to where the body was read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Where the rows that were passed are, or what they are in begins, to the end of the last of them.
    pub(crate) fn passed(&self) -> Range<usize> {
        self.start..self.passed
    }

    /// Whether it is known where the rows are, or were.
    pub(crate) fn has_found(&self) -> bool {
        matches!(self.place, Place::Here { .. } | Place::Passed)
    }

    /// The next row, once all of it is there. It stays the next one until it is passed.
    ///
    /// # Errors
    /// What is wrong with a body that is whole. Of another one it is not known yet.
    pub(crate) fn next(&mut self, are: RowsAre<'_>, body: &[u8], is_whole: bool) -> Result<Option<&Element>, String> {
        if self.ready.is_empty() {
            self.read_on(are, body, is_whole)?;
        }
        Ok(self.ready.front())
    }

    /// Passes over the next row.
    pub(crate) fn pass(&mut self) {
        if let Some(row) = self.ready.pop_front() {
            self.last = Some(row);
            self.passed = self.at;
        }
    }

    /// The outermost element of a body that is whole, without its rows but the last, which may say where the next ones
    /// are. Nothing is left behind it.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub(crate) fn rest(&mut self, are: RowsAre<'_>, body: &[u8]) -> Result<Element, String> {
        while self.next(are, body, true)?.is_some() {
            self.pass();
        }
        std::mem::take(&mut self.open).into_root()
    }

    /// Reads until a row has ended, or to the end of what is there.
    fn read_on(&mut self, are: RowsAre<'_>, body: &[u8], is_whole: bool) -> Result<(), String> {
        let mut events = Events::from(body, self.at, is_whole);
        loop {
            let at = self.at;
            let broken = |reason: String| format!("the XML is broken at byte {at}: {reason}");
            let Some(event) = events.next().map_err(broken)? else { return Ok(()) };
            let happened = match self.open.read(&event, at) {
                Err(reason) if is_whole => return Err(broken(reason)),
                Err(_) => return Ok(()),
                Ok(happened) => happened,
            };
            self.at = events.position();
            match happened {
                Happened::Nothing => {}
                // An element without contents has an end of which nothing is written, so this is no place to stop.
                Happened::Opened => self.opened(are),
                Happened::Closed(element) => {
                    self.closed(are, element);
                    if !self.ready.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Learns from an element that has begun where the rows are.
    fn opened(&mut self, are: RowsAre<'_>) {
        if !matches!(self.place, Place::Unknown) {
            return;
        }
        match are {
            RowsAre::At(names) => self.opened_in_path(names),
            RowsAre::With(columns) => self.opened_in_rows(columns),
        }
    }

    fn opened_in_path(&mut self, names: &[Text]) {
        let open = self.open.all();
        if open.iter().map(|open| &*open.element.name).eq(names.iter().map(|name| &**name)) {
            self.found(open.len() - 1);
        }
    }

    fn opened_in_rows(&mut self, columns: &[Column]) {
        let around = self.around();
        let Some((innermost, holders)) = self.open.all().get(around..).and_then(<[_]>::split_last) else { return };
        if !columns.iter().any(|column| column.wire_name.as_str() == innermost.element.name) {
            return;
        }
        match holders {
            [] => self.place = Place::Nowhere,
            [first, ..] if first.element.name == METADATA => {}
            // The items of a list stand beside everything else.
            [_] if !is_item(&innermost.element) => self.found(around),
            // They are in an element of their own.
            [holder, item] if is_item(&item.element) || holder.element.children.is_empty() => self.found(around + 1),
            _ => {}
        }
    }

    /// How many elements are around everything: the outermost, and a `…Result` in it.
    fn around(&self) -> usize {
        match self.open.all() {
            [_, result, ..] if result.element.name.ends_with("Result") => 2,
            _ => 1,
        }
    }

    /// Notes that the open element with so many around it is a row.
    fn found(&mut self, around: usize) {
        if let Some(row) = self.open.all().get(around) {
            let (name, start) = (row.element.name.clone(), row.start);
            self.found_at(around, name, start);
        }
    }

    /// Notes that rows have this name and so many elements around them, and that one starts there.
    fn found_at(&mut self, around: usize, name: String, start: usize) {
        self.start = start;
        // Those before it that had none of the columns are rows as well.
        if let Some(holder) = around.checked_sub(1) {
            self.ready.extend(self.open.take_children(holder, &name));
            if let (false, Some(holder)) = (self.ready.is_empty(), self.open.all().get(holder)) {
                self.start = holder.start;
            }
        }
        self.place = Place::Here { name, around };
    }

    /// Takes an element that has ended as a row, or gives it back.
    fn closed(&mut self, are: RowsAre<'_>, mut element: Element) {
        let depth = self.open.all().len();
        if matches!(self.place, Place::Unknown) && depth == self.around() + 1 && is_text_row(are, &element) {
            let holder = self.open.all().last().map_or(0, |holder| holder.start);
            self.found_at(depth, element.name.clone(), holder);
        }
        match &self.place {
            Place::Here { name, around } if depth == *around && element.name == *name => {
                self.ready.push_back(element);
                return;
            }
            Place::Here { around, .. } if depth < *around => {
                element.children.extend(self.last.take());
                self.place = Place::Passed;
            }
            _ => {}
        }
        self.open.give_back(element);
    }
}

/// Whether an element is called what items of lists are called.
fn is_item(element: &Element) -> bool {
    matches!(&*element.name, "item" | "member")
}

/// Whether an element in a list is a text that is all of a row.
fn is_text_row(are: RowsAre<'_>, element: &Element) -> bool {
    matches!(are, RowsAre::With([_])) && is_item(element) && element.children.is_empty()
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
    fn read(are: RowsAre<'_>, body: &str) -> (Vec<String>, bool) {
        let mut reader = RowReader::default();
        let mut rows = Vec::new();
        while let Some(row) = reader.next(are, body.as_bytes(), true).unwrap() {
            let texts: Vec<&str> = std::iter::once(row).chain(&row.children).map(|element| &*element.text).collect();
            rows.push(texts.concat());
            reader.pass();
        }
        let has_found = reader.has_found();
        reader.rest(are, body.as_bytes()).unwrap();
        (rows, has_found)
    }

    #[test]
    fn rows_are_in_the_first_list_with_a_column_of_theirs() {
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
            // An item need not have it, and it may be empty.
            ("<R><Keys><item><N>n</N></item><item/><item><Key/></item></Keys></R>", &["n", "", ""]),
            ("<R><Row><N>n</N></Row><Row><Size/></Row></R>", &["n", ""]),
            ("<R><Keys><Count>2</Count><item><Key>a</Key></item></Keys></R>", &["a"]),
            // Deeper inside it tells nothing.
            ("<R><Owner><In><Of><Key>o</Key></Of></In></Owner><Row><Key>a</Key></Row></R>", &["a"]),
            ("<R><ResponseMetadata><Key>m</Key></ResponseMetadata><Row><Key>a</Key></Row></R>", &["a"]),
        ] {
            let (rows, has_found) = read(RowsAre::With(&key), body);
            assert_eq!(rows, expected, "{body}");
            assert!(has_found, "{body}");
        }
        for body in ["<R><Size>1</Size><Row><Key>a</Key></Row></R>", "<R><Rows/></R>", "<R/>", "<Key/>"] {
            assert_eq!(read(RowsAre::With(&key), body), (vec![], false), "{body}");
        }
    }

    #[test]
    fn texts_are_rows_of_one_column() {
        let body = "<R><Names><member>a</member><member/></Names></R>";
        assert_eq!(read(RowsAre::With(&columns(&["Name"])), body), (vec!["a".to_owned(), String::new()], true));
        assert_eq!(read(RowsAre::With(&columns(&["Name", "Size"])), body), (vec![], false));
    }

    #[test]
    fn rows_are_where_they_are_said_to_be() {
        let path = JsonPath::parse("$.R.LResult.Names.member");
        let body = "<R><LResult><N>n</N><Names><member>a</member><M/><member>b</member></Names></LResult></R>";
        assert_eq!(read(RowsAre::At(path.keys()), body).0, ["a", "b"]);
        for elsewhere in ["<R><Names><member>a</member></Names></R>", "<R><LResult><Names/></LResult></R>"] {
            assert_eq!(read(RowsAre::At(path.keys()), elsewhere), (vec![], false));
        }
    }

    #[test]
    fn the_rest_has_the_last_row_and_what_is_wrong_is_told() {
        let columns = columns(&["Key"]);
        let are = RowsAre::With(&columns);
        let body = b"<R><Keys><item><Key>a</Key></item><item><Key>b</Key></item></Keys><N>n</N></R>";
        let mut reader = RowReader::default();
        let rest = reader.rest(are, body).unwrap();
        assert_eq!(rest.child("Keys").unwrap().children.len(), 1);
        assert_eq!(rest.child("N").unwrap().text, "n");
        assert_eq!(reader.next(are, body, true), Ok(None));
        for broken in
            ["<R><Row><Key>a</Key></Row>", "<R><Row><Key>a</Key></Row></S>", "<R><Row><Key>a</Key></Row></R><R/>"]
        {
            let mut reader = RowReader::default();
            assert!(reader.next(are, broken.as_bytes(), true).unwrap().is_some());
            assert!(reader.rest(are, broken.as_bytes()).is_err(), "{broken}");
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
            let are = RowsAre::With(&columns);
            let read = |reader: &mut RowReader, body: &[u8], is_whole| {
                let mut rows = Vec::new();
                while let Ok(Some(row)) = reader.next(are, body, is_whole) {
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
            prop_assert_eq!(growing.rest(are, body.as_bytes()), whole.rest(are, body.as_bytes()));
        }
    }
}
