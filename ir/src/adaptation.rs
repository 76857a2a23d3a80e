//! What a document says about requests and responses that OpenAPI itself has no words for.
//!
//! Most methods have none of it: a plain API is described by its binding and its schemas alone. What is here was
//! read from the `x-stackQL-*` keys of a document, and is data: whoever sends a method decides what to do with it.

use serde::{Deserialize, Serialize};

use crate::{JsonPath, List, SqlName, Text, WireName};

/// What is done to a request before it is sent, and to a response before rows are cut out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adaptation {
    /// How the body is put together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub body: BodyAdaptation,
    /// What is done to the finished request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestRewrite>,
    /// How structured values become query pairs; without one, as their JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryFlattening>,
    /// What the response is turned into before its rows are looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Transform>,
    /// The media type that the response is read as after that; empty for its own.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub media_type: Text,
    /// The query that stands for the whole request, where the operation is one of GraphQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphql: Option<GraphQl>,
    /// Which clauses of a statement the provider can do itself.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub pushdown: List<Pushdown>,
    /// How failures are retried; without one, as the runtime has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The method that undoes this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse: Option<Inverse>,
}

impl Adaptation {
    /// Nothing: requests and responses are as OpenAPI describes them.
    pub const NONE: Self = Self {
        body: BodyAdaptation {
            base: None,
            fallback: None,
            inside: None,
            transform: None,
            xml_root: Text::Borrowed(""),
        },
        request: None,
        query: None,
        response: None,
        media_type: Text::Borrowed(""),
        graphql: None,
        pushdown: List::EMPTY,
        retry: None,
        inverse: None,
    };

    /// Whether there is nothing to do.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_empty<T>(list: &List<T>) -> bool {
    list.is_empty()
}

/// How the body of a request is put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyAdaptation {
    /// The JSON that every body starts from; what the caller gives goes on top (`request.base`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Text>,
    /// The JSON that is sent where the caller gives nothing at all (`request.default`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Text>,
    /// The member of the body that the body parameters are properties of (`naive_<member>`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<WireName>,
    /// What the finished object is turned into (`request.transform`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<Transform>,
    /// The name of the outermost element of an XML body; empty where there is none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub xml_root: Text,
}

/// What is done to a finished request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestRewrite {
    /// The query becomes the body of a `POST`, as a form in UTF-8 (`get_query_to_post_form_utf_8`).
    QueryToForm,
    /// Query pairs whose key begins with `__` are not sent: they only told paths of the document apart.
    DropDoubleUnderscore,
}

/// How structured values become query pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryFlattening {
    /// `Key.1`, `Key.2` for the items of a list, `Key.Member` for members (`AWSCanonical`).
    Numbered,
    /// The JSON text is the value (`AWSCloudControl`).
    Json,
}

/// A text template over a JSON, XML or text value, as the document has it, and what it was recognised to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transform {
    /// What language it is written in: `golang_template_json_v0.3.0`.
    pub kind: Text,
    /// What it is applied to.
    pub input: TransformInput,
    /// The template, verbatim; empty where the kind says it all.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub template: Text,
    /// What it does.
    pub operation: Reshape,
}

/// What a template is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransformInput {
    /// The value of a JSON text.
    Json,
    /// An XML text as a tree: attributes with a `-` before their names, repeated elements as lists.
    Xml,
    /// The text itself.
    Text,
}

/// What a template does, for the shapes that are known. A reader can then do it without a template engine, on the
/// bytes as they come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reshape {
    /// Something else: the template has to be run.
    Template,
    /// Every row takes up the members of one of its members, unless it has members of the same name itself.
    Flatten {
        /// The list of rows, which stays where it is; without one the whole value is the only row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Text>,
        /// The member whose members are taken up; it stays as well.
        member: Text,
        /// A member that is added to every row, with the value `true`.
        mark: Text,
        /// The member beside the list that says how to go on, and is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Text>,
    },
    /// The rows of an XML response, found and typed by the schema of the response.
    XmlBySchema,
    /// A list of values becomes a list of objects with one member each.
    Wrap {
        /// Where the list is.
        from: JsonPath,
        /// The member that the new list goes into; without one it is the whole result.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<Text>,
        /// The member of each row; without one the items stay as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<Text>,
        /// The member beside the list that says how to go on, and is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Text>,
    },
    /// The whole body, which is JSON, becomes a member of an object.
    Enclose {
        /// The member.
        member: Text,
    },
    /// A value becomes the only member of the only row: the text of a file, say.
    Contents {
        /// Where it is.
        from: JsonPath,
        /// The member.
        column: Text,
    },
    /// Each row gets the members that are named, from wherever they are.
    Pick {
        /// Where the rows are, a list or one of them; a key that is a number counts the items of a list from 0.
        from: JsonPath,
        /// The member that the new list goes into.
        into: Text,
        /// The members of a row, and where in it their values come from.
        columns: List<Picked>,
    },
    /// An object is made of the columns that have a value. A text that stands for a structured value is JSON.
    PickTruthy {
        /// The columns.
        columns: List<Text>,
    },
    /// The value of one column is all there is.
    Column {
        /// The column.
        column: Text,
    },
}

/// A member of a row that is picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// What it is called in the new row.
    pub column: Text,
    /// Where it was in the old one.
    pub from: JsonPath,
}

/// An operation that is a query of GraphQL. The parameters of the method are the variables of its template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphQl {
    /// Where it goes.
    pub url: Text,
    /// The HTTP method.
    pub method: Text,
    /// The query: a template over the parameters and `.cursor`.
    pub query: Text,
    /// Where the rows are in the response.
    pub rows: JsonPath,
    /// How the next page is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<GraphQlCursor>,
}

/// How a GraphQL listing goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphQlCursor {
    /// Where the response has the cursor, verbatim: it may name the last of many.
    pub path: Text,
    /// How it goes into the next query: `cursor_after`, `keyset`, `offset`, `page_info`.
    pub strategy: Text,
    /// What is put into the query instead of the strategy's own form; empty for that.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub format: Text,
    /// How many rows a page has; empty where it is not said.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub page_size: Text,
    /// Where the response says whether there is more; empty where only the cursor does.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub more: Text,
}

/// A clause of a statement that a provider can do itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushdown {
    /// Which clause.
    pub clause: Clause,
    /// How it is written: `odata`; empty for the bare value.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub dialect: Text,
    /// The query pair it goes into; empty for the dialect's own.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub parameter: Text,
    /// A form of its own; empty for the dialect's.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub syntax: Text,
    /// What stands between several; empty for the dialect's own.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub delimiter: Text,
    /// The columns it can be about; empty for all of them.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub columns: List<SqlName>,
    /// The operators it knows; empty for all of them.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub operators: List<Text>,
    /// The largest number it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<u64>,
    /// What is sent for a clause without a value; empty for the dialect's own.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub value: Text,
    /// Where the response has the answer, such as a count; empty where it has none.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub answer: Text,
}

/// A clause of a `SELECT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// The columns.
    Select,
    /// `WHERE`
    Filter,
    /// `ORDER BY`
    OrderBy,
    /// `LIMIT`
    Top,
    /// `OFFSET`
    Skip,
    /// `COUNT(*)`
    Count,
}

impl Clause {
    /// The clause for the word that documents have for it: `orderBy`.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "select" => Self::Select,
            "filter" => Self::Filter,
            "orderBy" => Self::OrderBy,
            "top" => Self::Top,
            "skip" => Self::Skip,
            "count" => Self::Count,
            _ => return None,
        })
    }
}

/// How failures are retried: the wait grows from attempt to attempt, up to a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The first wait, in milliseconds.
    pub initial_delay_ms: u64,
    /// The longest wait, in milliseconds.
    pub maximum_delay_ms: u64,
    /// What each wait is multiplied with, in hundredths: 200 doubles it.
    pub multiplier_percent: u32,
    /// How much of a wait is left to chance, in hundredths.
    pub jitter_percent: u32,
    /// The statuses after which it is tried again.
    pub statuses: List<u16>,
    /// The HTTP methods that are tried again.
    pub methods: List<Text>,
}

/// The method that undoes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inverse {
    /// The JSON pointer of the verb or method in the same document.
    pub target: Text,
    /// The parameters of it that the response of the first gives.
    pub tokens: List<InverseToken>,
}

/// A parameter of the undoing method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InverseToken {
    /// The parameter.
    pub parameter: SqlName,
    /// Whether the value is in the `body` or a `header`.
    pub location: Text,
    /// Where in there.
    pub key: Text,
}
