//! Where in a response the rows are.

use super::super::operation::Operation;
use super::super::schema::{Property, SchemaReader};
use super::words::{plural, snake};

/// Members of a response that are about the answer and not the answer.
const ABOUT: [&str; 28] = [
    "count",
    "cursor",
    "error",
    "errors",
    "etag",
    "first_id",
    "has_more",
    "has_next_page",
    "kind",
    "last_id",
    "limit",
    "links",
    "messages",
    "meta",
    "metadata",
    "next",
    "next_cursor",
    "next_page",
    "nextlink",
    "nextpagetoken",
    "nexttoken",
    "object",
    "page",
    "pages",
    "pagination",
    "result_info",
    "results",
    "success",
];

/// Members that hold the rows where several lists could.
const USUAL: [&str; 6] = ["value", "items", "data", "results", "result", "entries"];

/// The object key of an operation's rows; `None` where they are at the top.
pub(super) fn object_key<'a>(
    operation: &Operation<'a>,
    is_listing: bool,
    resource: &str,
    schemas: &mut SchemaReader<'a>,
) -> Option<String> {
    let responses = operation.cursor.get("responses")?;
    let (_, response) = responses.entries().find(|(key, _)| key.starts_with('2'))?;
    let content = response.resolve().ok()?.get("content")?;
    let (_, media) = content.entries().find(|(media_type, _)| media_type.contains("json"))?;
    let schema = media.get("schema")?;
    if kind(schema, schemas) != Kind::Object {
        return None;
    }
    let members = schemas.properties(schema);
    let is_about = |member: &Property<'_>| {
        let name = member.name.trim_start_matches("@odata.").to_lowercase();
        ABOUT.contains(&name.as_str()) && !(USUAL.contains(&name.as_str()) && is_listing)
    };
    let others: Vec<&Property<'a>> = members.iter().filter(|member| !is_about(member)).collect();
    let key = |member: &Property<'_>| format!("$.{}", member.name);
    if let [only] = others.as_slice() {
        match kind(only.schema, schemas) {
            Kind::List if is_listing => return Some(key(only)),
            Kind::List | Kind::Object if members.len() > 1 || is_listing => return Some(key(only)),
            // One member is no envelope if it is all there is to an item that has few.
            Kind::Object => return Some(key(only)),
            _ => {}
        }
    }
    if !is_listing {
        return None;
    }
    let lists: Vec<&Property<'a>> =
        others.into_iter().filter(|member| kind(member.schema, schemas) == Kind::List).collect();
    if let Some(named) = lists.iter().find(|list| plural(&snake(list.name)) == plural(resource)) {
        return Some(key(named));
    }
    match lists.as_slice() {
        [only] if members.len() <= lists.len() + ENVELOPE => Some(key(only)),
        several => USUAL.iter().find_map(|name| several.iter().find(|list| list.name == *name)).map(|list| key(list)),
    }
}

/// How many members besides the list a page has at most. An object with more is an item that has a list.
const ENVELOPE: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Object,
    Other,
}

fn kind<'a>(schema: super::Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Kind {
    let Ok(resolved) = schema.resolve() else { return Kind::Other };
    match resolved.text_of("type") {
        Some("array") => Kind::List,
        Some("object") | None if !schemas.properties(schema).is_empty() => Kind::Object,
        _ => Kind::Other,
    }
}
