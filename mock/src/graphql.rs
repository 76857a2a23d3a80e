//! Queries of GraphQL: a query goes in, a page of made-up rows comes out, with a cursor where there are more.
//!
//! Nothing in a request names the method; it is the one whose query has the most text in common with what was asked. What
//! reshapes its answers is not undone, so methods that do are not served here.

use std::cmp::Reverse;

use bindery_ir::{GraphQl, GraphQlCursor, JsonPath, Method, Service};
use serde_json::{Map, Value, json};
use url::Url;

use crate::call::World;
use crate::json::{place, wrapped};
use crate::message::{Reply, Request};
use crate::sample;

/// How a cursor goes into a query where the document does not say it.
const AFTER: &str = ", after: \"{{ .value }}\"";

/// A query that was understood.
pub(crate) struct Asked<'a> {
    service: &'a Service,
    method: &'a Method,
    graphql: &'a GraphQl,
    query: String,
}

/// The methods that are queries.
fn queries(world: &World) -> impl Iterator<Item = (&Service, &Method, &GraphQl)> {
    world.provider.services.iter().flat_map(|service| {
        let methods = service.resources.iter().flat_map(|resource| resource.methods.iter());
        methods.filter_map(move |method| Some((service, method, method.adaptation.graphql.as_ref()?)))
    })
}

/// The query that a request is, if it is one.
pub(crate) fn asked<'a>(world: &'a World, request: &Request) -> Option<Asked<'a>> {
    if request.method != http::Method::POST {
        return None;
    }
    let is_there = |graphql: &GraphQl| Url::parse(&graphql.url).is_ok_and(|url| url.path() == request.path);
    let mut found = queries(world)
        .filter(|(_, method, graphql)| method.adaptation.response.is_none() && is_there(graphql))
        .peekable();
    found.peek()?;
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let query = body.get("query")?.as_str()?.to_owned();
    let in_common = |graphql: &GraphQl| -> usize {
        pieces(&graphql.query).filter(|piece| query.contains(piece)).map(str::len).sum()
    };
    let (service, method, graphql) = found.min_by_key(|(_, _, graphql)| Reverse(in_common(graphql)))?;
    Some(Asked { service, method, graphql, query })
}

impl Asked<'_> {
    /// A page of the rows, of which there are as many as the fake has samples.
    pub(crate) fn answer(&self, world: &World) -> Reply {
        let cursor = self.cursor();
        let Some(start) = place_of(cursor) else {
            let message = format!("`{cursor}` does not appear to be a valid cursor.");
            return Reply::new(200).with_body(json!({"data": null, "errors": [{"message": message}]}));
        };
        let all = u64::from(world.samples);
        let end = start.saturating_add(u64::try_from(world.page_size).unwrap_or(u64::MAX)).min(all);
        let columns = &self.method.response.columns;
        let mut rows: Vec<Value> = (start.min(end)..end)
            .map(|index| sample::row(Some(self.service), columns, index + 1, Map::new()))
            .collect();
        let next = format!("p{end:x}");
        let (last_of_rows, pointer) = match &self.graphql.cursor {
            Some(GraphQlCursor { path, .. }) => match path.rsplit_once(']') {
                Some((_, inside)) => (Some(JsonPath::parse(inside)), None),
                None => (None, Some(JsonPath::parse(path))),
            },
            None => (None, None),
        };
        if let (Some(path), Some(row)) = (last_of_rows, rows.last_mut()) {
            place(row, path.keys(), Value::from(next.clone()));
        }
        let mut body = wrapped(self.graphql.rows.keys(), Value::Array(rows));
        if let Some(path) = pointer {
            place(&mut body, path.keys(), if end < all { Value::from(next) } else { Value::Null });
        }
        if let Some(cursor) = self.graphql.cursor.as_ref().filter(|cursor| !cursor.more.is_empty()) {
            place(&mut body, JsonPath::parse(&cursor.more).keys(), Value::Bool(end < all));
        }
        Reply::new(200).with_body(body)
    }

    /// The cursor in the query: what stands behind what every cursor begins with. An argument cannot look like that: its
    /// quotes are escaped.
    fn cursor(&self) -> &str {
        let format = self.graphql.cursor.as_ref().map_or("", |cursor| &*cursor.format);
        let begins = pieces(if format.is_empty() { AFTER } else { format }).next();
        let found = begins.and_then(|begins| self.query.rsplit_once(begins));
        found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
    }
}

/// Where a page begins that a cursor leads to; `None` when it leads nowhere.
fn place_of(cursor: &str) -> Option<u64> {
    if cursor.is_empty() { Some(0) } else { u64::from_str_radix(cursor.strip_prefix('p')?, 16).ok() }
}

/// The pieces of a template that are text.
fn pieces(template: &str) -> impl Iterator<Item = &str> {
    let behind_code = template.split("{{").enumerate().map(|(number, part)| match part.split_once("}}") {
        Some((_, text)) if number > 0 => text,
        _ => part,
    });
    behind_code.filter(|text| !text.is_empty())
}
