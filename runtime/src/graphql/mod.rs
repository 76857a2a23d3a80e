//! Operations that are a GraphQL query: from arguments to the query, from an answer to the query for the next page.
//!
//! A document describes such an operation by a [template](template) over its parameters and a cursor. The arguments go
//! into the query as text, so each is written such that it stays what it stands for: inside of a string it is escaped,
//! elsewhere it must be a number or a name.

mod path;
mod template;

use std::collections::BTreeMap;

use bindery_ir::{GraphQl, GraphQlCursor};
use serde_json::Value;

use crate::Error;
use crate::body::RequestBody;
use crate::json::Json;
use path::at;
use template::{RenderError, Template};

/// The variable of a query that stands for the cursor.
const CURSOR: &str = "cursor";

/// The variable of a cursor's own form that stands for what the answer said.
const VALUE: &str = "value";

/// A query with the arguments of a call.
#[derive(Clone, Debug)]
pub(crate) struct BoundQuery {
    query: Template,
    arguments: BTreeMap<String, String>,
    cursor: Option<Cursor>,
}

/// How the next page of a query is asked for.
#[derive(Clone, Debug)]
struct Cursor {
    /// Where an answer has it.
    path: String,
    /// Where an answer says whether there is more; empty where only the cursor does.
    more: String,
    /// How it goes into the query.
    form: Template,
}

/// A query that cannot be made.
#[derive(Debug)]
pub(crate) enum QueryError {
    /// The document describes it in a way that is not understood.
    Document(String),
    /// An argument would become another thing than a value.
    Argument {
        /// The parameter.
        name: String,
        /// Why.
        reason: &'static str,
    },
}

impl QueryError {
    /// What it is for whoever calls the method.
    pub(crate) fn of(self, method: &str) -> Error {
        match self {
            Self::Document(reason) => Error::NoWireForm { method: method.to_owned(), reason },
            Self::Argument { name, reason } => {
                Error::InvalidArgument { method: method.to_owned(), name, reason: reason.to_owned() }
            }
        }
    }
}

impl BoundQuery {
    /// The query that a document describes, for some arguments.
    pub(crate) fn new(graphql: &GraphQl, arguments: BTreeMap<String, String>) -> Result<Self, QueryError> {
        let query = Template::parse(&graphql.query).map_err(QueryError::Document)?;
        let cursor = graphql.cursor.as_ref().map(Cursor::new).transpose()?;
        Ok(Self { query, arguments, cursor })
    }

    /// The body of the request for the first page, or for the one that a cursor leads to.
    pub(crate) fn body(&self, cursor: Option<&str>) -> Result<RequestBody, QueryError> {
        let raw = match (&self.cursor, cursor) {
            (Some(Cursor { form, .. }), Some(cursor)) => {
                form.render(&|name| (name == VALUE).then_some(cursor), "").map_err(refused)?
            }
            _ => String::new(),
        };
        let query = self.query.render(&|name| self.arguments.get(name).map(String::as_str), &raw).map_err(refused)?;
        Ok(RequestBody::Object(vec![("query".to_owned(), Json::of(&query))]))
    }

    /// The cursor of the next page, as an answer has it; `None` behind the last.
    pub(crate) fn next(&self, answer: &[u8]) -> Option<String> {
        let Cursor { path, more, .. } = self.cursor.as_ref()?;
        let answer: Value = serde_json::from_slice(answer).ok()?;
        if !more.is_empty() && at(&answer, more).and_then(Value::as_bool) != Some(true) {
            return None;
        }
        match at(&answer, path)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl Cursor {
    fn new(cursor: &GraphQlCursor) -> Result<Self, QueryError> {
        let form = match (&*cursor.format, &*cursor.strategy) {
            ("", "cursor_after" | "page_info") => ", after: \"{{ .value }}\"",
            ("", strategy) => {
                let reason = format!("it does not say how a cursor of the kind `{strategy}` goes into the query");
                return Err(QueryError::Document(reason));
            }
            (format, _) => format,
        };
        let form = Template::parse(form).map_err(QueryError::Document)?;
        Ok(Self { path: cursor.path.to_string(), more: cursor.more.to_string(), form })
    }
}

fn refused(error: RenderError) -> QueryError {
    QueryError::Argument { name: error.name, reason: error.reason }
}

#[cfg(test)]
mod tests {
    use bindery_ir::JsonPath;

    use super::*;

    fn query(
        text: &'static str,
        cursor: Option<GraphQlCursor>,
        arguments: &[(&str, &str)],
    ) -> Result<BoundQuery, QueryError> {
        let graphql = GraphQl {
            url: "https://api.test/graphql".into(),
            method: "POST".into(),
            query: text.into(),
            rows: JsonPath::ROOT,
            cursor,
        };
        let arguments = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        BoundQuery::new(&graphql, arguments)
    }

    fn cursor(strategy: &'static str, format: &'static str) -> GraphQlCursor {
        GraphQlCursor {
            path: "$.data.items[-1:].at".into(),
            strategy: strategy.into(),
            format: format.into(),
            page_size: "".into(),
            more: "".into(),
        }
    }

    #[test]
    fn a_cursor_goes_where_the_document_says() {
        let keyset = cursor("keyset", ", AND at_gt: \"{{ .value }}\"");
        let bound = query("{ items(a: 1{{ .cursor }}) { at } }", Some(keyset), &[]).unwrap();
        let text = |cursor| bound.body(cursor).unwrap().get("query").unwrap();
        assert_eq!(text(None), "{ items(a: 1) { at } }");
        let next = bound.next(br#"{"data": {"items": [{"at": "1"}, {"at": "2\""}]}}"#);
        assert_eq!(text(next.as_deref()), r#"{ items(a: 1, AND at_gt: "2\"") { at } }"#);
        assert_eq!(bound.next(br#"{"data": {"items": []}}"#), None);
        assert_eq!(bound.next(b"no JSON"), None);
    }

    #[test]
    fn a_cursor_of_no_known_kind_is_an_error_and_no_first_page() {
        let error = query("{ a }", Some(cursor("offset", "")), &[]).unwrap_err();
        assert!(matches!(&error, QueryError::Document(reason) if reason.contains("`offset`")), "{error:?}");
    }
}
