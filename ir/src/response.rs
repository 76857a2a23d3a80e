//! What comes back: rows, their columns, the next page, and what an error looks like.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{List, SqlName, Text, Type, WireName};

/// What a method answers with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status of success that the document names; `None` when it names none or a range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The media type of success; empty when there is no body.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub media_type: Text,
    /// How many rows there are, and where in the body.
    #[serde(default)]
    pub rows: Rows,
    /// The type of a row.
    #[serde(default)]
    pub row: Type,
    /// What other statuses of success answer with, where that is something else than the row.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub others: List<OtherAnswer>,
    /// The columns of a row, in the order of the document. Empty when they are not known.
    #[serde(default)]
    pub columns: List<Column>,
    /// How to get the rows that did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// Where an error body says what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorShape>,
}

impl Response {
    /// Nothing is known of what comes back. What a documented method without a wire form has.
    pub const UNKNOWN: Self = Self {
        status: None,
        media_type: Text::Borrowed(""),
        rows: Rows::None,
        row: Type::Any,
        others: List::EMPTY,
        columns: List::EMPTY,
        pagination: None,
        error: None,
    };

    /// The types that an answer of success may have: the row's, and those of other statuses.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        std::iter::once(&self.row).chain(self.others.iter().map(|other| &other.ty))
    }
}

/// What a method answers with under another status of success: `202` and a job, where `200` has the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAnswer {
    /// The status.
    pub status: u16,
    /// The type of the whole body.
    pub ty: Type,
}

/// How many rows a body holds, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// There is no body.
    #[default]
    None,
    /// The value at the path is the only row.
    One(JsonPath),
    /// Each item of the array at the path is a row.
    Many(JsonPath),
}

/// The keys that lead to a value inside a JSON body; no keys mean the body itself.
///
/// ```
/// use bindery_ir::JsonPath;
/// assert_eq!(JsonPath::parse("$.links.pages.next").to_string(), "$.links.pages.next");
/// assert_eq!(JsonPath::parse("value"), JsonPath::parse("$.value"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JsonPath(pub List<Text>);

impl JsonPath {
    /// The body itself.
    pub const ROOT: Self = Self(List::EMPTY);

    /// Reads `$.a.b`, `$['a']['b']` or a bare key. A trailing `[*]` means the same as none.
    pub fn parse(path: &str) -> Self {
        let path = path.strip_suffix("[*]").unwrap_or(path);
        let rest = path.strip_prefix('$').unwrap_or(path).replace("['", ".").replace("']", "");
        Self(rest.split('.').filter(|key| !key.is_empty()).map(|key| Text::Owned(key.to_owned())).collect())
    }

    /// A path of one key.
    pub fn key(key: impl Into<Text>) -> Self {
        Self(vec![key.into()].into())
    }

    /// The keys, from the outside in.
    pub fn keys(&self) -> &[Text] {
        &self.0
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|key| write!(f, ".{key}"))
    }
}

/// A column of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in SQL.
    pub name: SqlName,
    /// The property of the row it shows.
    pub wire_name: WireName,
    /// What it may be. Every column may be null.
    #[serde(rename = "type", default)]
    pub ty: Type,
    /// What its source says about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Text,
}

/// How a listing goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pagination {
    /// Where the next page is.
    pub next: NextPage,
    /// Why it is believed to be there.
    pub reason: PaginationReason,
}

/// Where the next page of a listing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextPage {
    /// The response holds the whole URL of the next page.
    Url(PagePointer),
    /// The response holds a token, which goes into the same request.
    Token {
        /// Where the response has it.
        from: PagePointer,
        /// Where the request wants it.
        to: TokenSlot,
    },
    /// Pages have numbers, and the response says which one it is and which is the last.
    Number {
        /// Where the response has its own number.
        current: PagePointer,
        /// Where it has the number of the last page.
        last: PagePointer,
        /// Where the request wants the number of the page it asks for.
        to: TokenSlot,
    },
    /// The response holds several tokens that belong together, such as the name and the type of the first row of the
    /// next page. Those that it leaves out are left out of the request.
    Tokens(List<PageToken>),
    /// Pages have numbers, and the response says how many rows there are and how many of them a page has.
    Counted {
        /// Where the response has its own number.
        current: PagePointer,
        /// Where it has how many rows a page has.
        size: PagePointer,
        /// Where it has how many rows all pages have.
        total: PagePointer,
        /// Where the request wants the number of the page it asks for.
        to: TokenSlot,
    },
    /// The request says how many rows to leave out, and the response whether there are more.
    Offset {
        /// Where the response has `true` when there are more rows.
        more: JsonPath,
        /// Where the request wants the number of rows to leave out.
        to: TokenSlot,
    },
    /// It is not looked for: somebody who knows the listing said so.
    Nowhere,
}

/// One of several tokens of a next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    /// Where the response has it.
    pub from: PagePointer,
    /// Where the request wants it.
    pub to: TokenSlot,
}

/// Where a response says how to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagePointer {
    /// A value of the body.
    Body(JsonPath),
    /// The first of these names that has a value at the top of the body, or in an object at most two levels down: XML
    /// whose outer elements no schema describes.
    Nearest {
        /// The names.
        names: List<Text>,
        /// What a truth is called that says, in the same places, whether there is more. Where it says that there is not, no
        /// value counts, for some repeat what was asked; where it says that there is, something has to count.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<Text>,
        /// The property of the last row that counts where there is more and none of the names has a value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<Text>,
    },
    /// A header. A `Link` header is read for its `rel="next"`.
    Header(Text),
    /// What a pattern of the document finds in a header.
    HeaderMatch {
        /// The header.
        header: Text,
        /// The regular expression. Its first group that took part is what is found, or all of it where it has none.
        pattern: Text,
    },
}

/// Where a request wants the token of the page it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenSlot {
    /// A query pair of this name.
    Query(WireName),
    /// A property of the body.
    Body(WireName),
}

/// Why a listing is believed to go on the way it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaginationReason {
    /// The document says so.
    Declared,
    /// The document does not say; this is what gave it away.
    Inferred(Text),
    /// This gave it away, and `bindery.toml` says that it is not so.
    SwitchedOff(Text),
}

/// Where an error body says what went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorShape {
    /// The provider's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<JsonPath>,
    /// The sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<JsonPath>,
}
