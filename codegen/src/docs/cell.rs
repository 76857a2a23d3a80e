//! What a table cell says, whatever it is written in.
//!
//! In: the source of a cell of a markdown or HTML table. Out: [`Cell`], with its plain text and what it marks as
//! code. The dialects write the same name as `<CopyableCode code="get" />`, `<code>get</code>`, `` `get` ``,
//! `` [`get`](#get) ``, `<a href="#get">get</a>` or plain; they all read as `get`.

use std::ops::Range;

use smallvec::SmallVec;

use super::entity;
use super::markup::{Extent, Piece, Pieces};
use super::tag::Tag;

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text: tags dropped, `<br />` a blank, entities decoded once, white space folded.
    text: String,
    /// Where in the text its code elements stand, in order. Backticks are left to [`Cell::value`] and
    /// [`Cell::items`]: in a description they are text.
    codes: SmallVec<[Range<usize>; 1]>,
    /// Where it stands on the page.
    pub(super) place: Range<usize>,
}

impl Cell {
    /// Reads a cell of a markdown table.
    pub(super) fn from_markdown(source: &str, offset: usize) -> Self {
        let start = offset + (source.len() - source.trim_start().len());
        let mut builder = CellBuilder::new(start);
        for piece in Pieces::new(source, 0..source.len(), Extent::Text) {
            builder.piece(&piece);
        }
        builder.finish(start.max(offset + source.trim_end().len()))
    }

    /// The plain text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The one thing the cell names: its first code, or else its text.
    pub(super) fn value(&self) -> &str {
        match self.codes().next() {
            Some(code) => code,
            None => code_spans(&self.text).next().unwrap_or_else(|| self.text.trim_matches('`').trim()),
        }
    }

    /// The plain text, to keep.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The one thing the cell names, to keep.
    pub(super) fn into_value(self) -> String {
        if self.value().len() == self.text.len() { self.text } else { self.value().to_owned() }
    }

    /// The things that the cell lists, separated by commas or each marked as code. An item can be empty; a cell
    /// that is empty, or a mere dash, lists none.
    pub(super) fn items(&self) -> Vec<&str> {
        let mut lists: Vec<&str> = self.codes().collect();
        if lists.is_empty() {
            lists.extend(code_spans(&self.text));
        }
        if lists.is_empty() {
            lists.push(self.text.trim_matches('`').trim());
        }
        lists.retain(|list| !matches!(*list, "" | "-"));
        lists.into_iter().flat_map(|list| list.split(',')).map(str::trim).collect()
    }

    /// What stands in its code elements.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(|code| self.text.get(code.clone()).unwrap_or_default())
    }
}

/// Puts a cell together from its pieces.
#[derive(Debug, Default)]
pub(super) struct CellBuilder {
    cell: Cell,
    /// White space was met behind the last word.
    is_spaced: bool,
    code: Code,
}

/// Whether a code element is open.
#[derive(Clone, Copy, Debug, Default)]
enum Code {
    #[default]
    Closed,
    /// It is, and nothing was met in it.
    Empty,
    /// It is, and its first word begins there.
    Begun(usize),
}

impl CellBuilder {
    /// A cell that begins at an offset of its page.
    pub(super) fn new(offset: usize) -> Self {
        Self { cell: Cell { place: offset..offset, ..Cell::default() }, ..Self::default() }
    }

    /// Adds a piece. Tags that mean nothing here are dropped.
    pub(super) fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Text(text) => self.text(&entity::decode(text)),
            Piece::Tag(tag, _) if tag.is("br") => self.is_spaced = true,
            Piece::Tag(tag, _) if tag.is("code") && !tag.self_closing => {
                self.end_code();
                self.code = if tag.closing { Code::Closed } else { Code::Empty };
            }
            Piece::Tag(tag, _) if tag.is("CopyableCode") && !tag.closing => self.copyable_code(tag),
            Piece::Tag(..) => {}
        }
    }

    fn copyable_code(&mut self, tag: &Tag<'_>) {
        self.end_code();
        self.code = Code::Empty;
        self.text(entity::decode(tag.attribute("code").unwrap_or_default()).trim());
        self.end_code();
    }

    /// Adds text: every run of white space becomes one blank; at the ends of the cell it goes.
    fn text(&mut self, text: &str) {
        self.is_spaced |= text.starts_with(char::is_whitespace);
        if is_folded(text) {
            self.word(text.trim_matches(' '));
        } else {
            self.cell.text.reserve(text.len() + 1);
            for word in text.split_whitespace() {
                self.word(word);
                self.is_spaced = true;
            }
        }
        if let Some(last) = text.chars().next_back() {
            self.is_spaced = last.is_whitespace();
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if self.is_spaced && !self.cell.text.is_empty() {
            self.cell.text.push(' ');
        }
        if matches!(self.code, Code::Empty) {
            self.code = Code::Begun(self.cell.text.len());
        }
        if self.cell.text.is_empty() {
            self.cell.text.reserve_exact(word.len());
        }
        self.cell.text.push_str(word);
    }

    fn end_code(&mut self) {
        let end = self.cell.text.len();
        match std::mem::take(&mut self.code) {
            Code::Closed => {}
            Code::Empty => self.cell.codes.push(end..end),
            Code::Begun(start) => self.cell.codes.push(start..end),
        }
    }

    /// The cell, which ends at an offset of its page.
    pub(super) fn finish(mut self, end: usize) -> Cell {
        self.end_code();
        self.cell.place.end = end;
        self.cell
    }
}

/// Whether all white space of a text is single blanks, as in nearly all of them. Without branches, so that it is
/// done many bytes at a time.
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
fn is_folded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_odd = |byte: u8| byte < b' ' || !byte.is_ascii();
    let has_odd = bytes.iter().fold(false, |odd, byte| odd | is_odd(*byte));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let has_double = pairs.fold(false, |double, (byte, next)| double | (*byte == b' ' && *next == b' '));
    !(has_odd || has_double)
}

/// The plain text of a paragraph.
pub(super) fn plain_text(source: &str) -> String {
    Cell::from_markdown(source, 0).text
}

/// The contents of the code spans of a text.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let mut spans = super::tag::CodeSpans::default();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.find('`')?;
            match spans.at(text, at, text.len()) {
                Ok(Range { start, end }) => {
                    at = end + (start - at);
                    return text.get(start..end).map(str::trim);
                }
                Err(run) => at += run,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(source: &str) -> Cell {
        Cell::from_markdown(source, 0)
    }

    #[test]
    fn a_name_reads_the_same_in_every_form() {
        for source in [
            "get",
            "`get`",
            " ``get`` ",
            "<code>get</code>",
            "<CopyableCode code=\"get\" />",
            "<CopyableCode code='get'></CopyableCode>",
            "<a href=\"#get\"><CopyableCode code=\"get\" /></a>",
            "<a href=\"#get\">get</a>",
            "[`get`](#get)",
            "<b>get</b>",
        ] {
            assert_eq!(cell(source).value(), "get", "{source}");
        }
    }

    #[test]
    fn a_list_reads_the_same_in_every_form() {
        for source in [
            "$filter, If-Match",
            "`$filter, If-Match`",
            "`$filter`, `If-Match`",
            "<CopyableCode code=\"$filter, If-Match\" />",
            "<CopyableCode code=\"$filter\" />, <CopyableCode code=\"If-Match\" />",
            "<a href=\"#parameter-$filter\"><code>$filter</code></a>, <a href=\"#parameter-If-Match\"><code>If-Match</code></a>",
            "<a href=\"#parameter-$filter\">$filter</a>, <a href=\"#parameter-If-Match\">If-Match</a>",
            "[`$filter`](#f), [`If-Match`](#i)",
        ] {
            assert_eq!(cell(source).items(), ["$filter", "If-Match"], "{source}");
        }
    }

    #[test]
    fn an_empty_list_is_empty_and_an_empty_item_is_an_item() {
        for source in ["", "  ", "``", "-", "<CopyableCode code=\"\" />", "<code></code>"] {
            assert_eq!(cell(source).items(), [""; 0], "{source}");
        }
        assert_eq!(cell("<CopyableCode code=\", region\" />").items(), ["", "region"]);
    }

    #[test]
    fn a_description_is_plain_text_and_keeps_its_markdown() {
        let read = |source| cell(source).text().to_owned();
        assert_eq!(read("a<br/>b<br />\n  c"), "a b c");
        assert_eq!(read("**x** `y` [z](#z)"), "**x** `y` [z](#z)");
        assert_eq!(read("&lt;b&gt; &amp;lt; ?a=1&region=2"), "<b> &lt; ?a=1&region=2");
        assert_eq!(read("<i>a</i> <see href=\"x\" /> b <Key, Value> < > % {x}"), "a b <Key, Value> < > % {x}");
        assert_eq!(read("`<name>` and <code>code</code>"), "`<name>` and code");
        assert_eq!(read("```sh<br />a <b><br />```<b>"), "```sh a <b> ```");
        assert_eq!(read("<script>x</script><!-- y -->z"), "x<!-- y -->z");
    }
}
