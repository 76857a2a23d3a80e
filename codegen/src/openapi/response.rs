//! What an operation answers with: where the rows are, what they are, and what an error looks like.

use bindery_ir::{ErrorShape, JsonPath, Response, Rows, Text, Type};

use super::document::Cursor;
use super::operation::Operation;
use super::pagination;
use super::schema::SchemaReader;

/// Reads the response of a method. `paging` is the pagination block that applies to it, if any. Columns are not
/// filled in yet: the schemas they come from may still be waiting to be read.
pub(crate) fn read<'a>(
    operation: &Operation<'a>,
    method: &Cursor<'a>,
    paging: Option<&Cursor<'a>>,
    schemas: &mut SchemaReader<'a>,
) -> Response {
    let mut response = Response { error: error_shape(operation, schemas), ..Response::default() };
    let Some((key, success)) = success(operation, method, schemas) else { return response };
    response.status = key.parse().ok();
    let override_schema = method.path(&["response", "schema_override"]);
    let Some((media_type, schema)) = body_schema(&success, method) else { return response };
    response.media_type = Text::Owned(media_type.to_owned());
    let Some(schema) = override_schema.or(schema) else {
        response.rows = Rows::One(JsonPath::ROOT);
        return response;
    };

    let object_key = method.path(&["response", "objectKey"]);
    let path = object_key.as_ref().and_then(Cursor::text).map_or(JsonPath::ROOT, JsonPath::parse);
    let context = operation.cursor.text_of("operationId").map_or_else(|| method.name(), str::to_owned);
    let Some(rows) = walk(&schema, &path, schemas) else {
        let origin = object_key.map_or_else(|| method.origin(), |key| key.origin());
        let message = format!("the response has nothing at `{path}`");
        schemas.report("openapi/object-key", origin, message, "its rows are of any type");
        response.rows = Rows::Many(path);
        return response;
    };
    let ty = schemas.type_of(&rows, &format!("{context} response"));
    (response.rows, response.row) = match ty {
        Type::Array(item) => (Rows::Many(path), (*item).clone()),
        other => (Rows::One(path), other),
    };
    if matches!(response.rows, Rows::Many(_)) {
        response.pagination = match paging {
            Some(block) => pagination::declared(block, &mut schemas.diagnostics),
            None => pagination::inferred(&operation.cursor, &schemas.properties(&schema)),
        };
    }
    response
}

/// The response of success: the one that the method names, or the first 2xx.
fn success<'a>(
    operation: &Operation<'a>,
    method: &Cursor<'a>,
    schemas: &mut SchemaReader<'a>,
) -> Option<(String, Cursor<'a>)> {
    let responses = operation.cursor.get("responses")?;
    let named = method.path(&["response", "openAPIDocKey"]);
    let found = named.as_ref().and_then(Cursor::text).and_then(|key| Some((key, responses.get(key)?)));
    let found = found.or_else(|| responses.entries().find(|(key, _)| key.starts_with('2')));
    if let Some(key) = named
        && found.as_ref().is_none_or(|(found, _)| key.text() != Some(*found))
    {
        let message = format!("the operation has no response `{}`", key.text().unwrap_or_default());
        let hint = match &found {
            Some((other, _)) => format!("`{other}` was used"),
            None => "the method is taken to answer without a body".to_owned(),
        };
        schemas.report("openapi/no-response", key.origin(), message, &hint);
    }
    let (key, response) = found?;
    Some((key.to_owned(), schemas.resolve(&response, "the method is taken to answer without a body")?))
}

/// The media type and schema of a response's body: of the type that the method names, else JSON, else the first.
fn body_schema<'a>(success: &Cursor<'a>, method: &Cursor<'a>) -> Option<(&'a str, Option<Cursor<'a>>)> {
    let content = success.get("content")?;
    let named = method.path(&["response", "mediaType"]).and_then(|name| name.text());
    let stated = named.and_then(|name| content.entries().find(|(media_type, _)| *media_type == name));
    let json = || content.entries().find(|(media_type, _)| media_type.contains("json"));
    let (media_type, media) = stated.or_else(json).or_else(|| content.entries().next())?;
    Some((media_type, media.get("schema")))
}

/// The schema at the end of an object key.
fn walk<'a>(schema: &Cursor<'a>, path: &JsonPath, schemas: &mut SchemaReader<'a>) -> Option<Cursor<'a>> {
    path.keys().iter().try_fold(schema.clone(), |schema, key| {
        schemas.properties(&schema).into_iter().find(|property| property.name == **key).map(|property| property.schema)
    })
}

/// Where an error body has its code and message: found by their names in the schema of the first response that
/// describes an error, at its top or one level down.
fn error_shape<'a>(operation: &Operation<'a>, schemas: &mut SchemaReader<'a>) -> Option<ErrorShape> {
    let responses = operation.cursor.get("responses")?;
    let is_error = |key: &str| key == "default" || key.starts_with(['4', '5']);
    responses.entries().filter(|(key, _)| is_error(key)).find_map(|(_, response)| {
        let response = response.resolve().ok()?;
        let (_, media) = response.get("content")?.entries().find(|(media_type, _)| media_type.contains("json"))?;
        let top = schemas.properties(&media.get("schema")?);
        let name_in = |properties: &[super::schema::Property<'a>], name: &str, prefix: &[&str]| {
            let found = properties.iter().any(|property| property.name == name);
            found.then(|| JsonPath(prefix.iter().chain([&name]).map(|key| Text::Owned((*key).to_owned())).collect()))
        };
        if let Some(message) = name_in(&top, "message", &[]) {
            return Some(ErrorShape { code: name_in(&top, "code", &[]), message: Some(message) });
        }
        top.iter().find_map(|property| {
            let inner = schemas.properties(&property.schema);
            let message = name_in(&inner, "message", &[&property.name])?;
            Some(ErrorShape { code: name_in(&inner, "code", &[&property.name]), message: Some(message) })
        })
    })
}
