//! What an operation answers with: where the rows are, what they are, and what an error looks like.

use bindery_ir::{ErrorShape, JsonPath, OtherAnswer, Pagination, Response, Rows, Text, Type};

use super::document::Cursor;
use super::operation::Operation;
use super::pagination::{self, Listing};
use super::resource::Entry;
use super::schema::{Property, SchemaReader};

/// The property that holds the rows of a JSON object where nothing says which one does.
const LEGACY_KEY: &str = "items";

/// Reads the response of a method. `derived_key` is where its rows were derived to be, and `paging` the pagination
/// block that applies to it, if any. Columns are not filled in yet: the schemas they come from may still be waiting
/// to be read.
pub(super) fn read<'a>(
    operation: &Operation<'a>,
    entry: Entry<'a>,
    derived_key: Option<&str>,
    paging: Option<Cursor<'a>>,
    schemas: &mut SchemaReader<'a>,
) -> Response {
    let mut response = Response { error: error_shape(operation, schemas), ..Response::default() };
    let override_schema = entry.path(&["response", "schema_override"]);
    let mut method = Answering { operation, entry, derived_key, paging, success: None };
    if let Some((key, success)) = success(operation, entry, schemas) {
        response.status = key.parse().ok();
        method.success = Some(success);
        let (media_type, schema) = body_schema(success, entry).unzip();
        response.media_type = Text::Owned(media_type.unwrap_or_default().to_owned());
        if media_type.is_none() && override_schema.is_none() {
            return response;
        }
        let Some(schema) = override_schema.or(schema.flatten()) else {
            response.rows = Rows::One(JsonPath::ROOT);
            return response;
        };
        method.read_rows(&mut response, schema, schemas);
        if response.rows == Rows::One(JsonPath::ROOT) && override_schema.is_none() {
            response.others = others(key, operation, entry, &response.row, schemas).into();
        }
    } else if let Some(schema) = override_schema {
        method.read_rows(&mut response, schema, schemas);
    }
    response
}

/// A method that is being read.
struct Answering<'r, 'a> {
    operation: &'r Operation<'a>,
    entry: Entry<'a>,
    derived_key: Option<&'r str>,
    paging: Option<Cursor<'a>>,
    success: Option<Cursor<'a>>,
}

impl<'a> Answering<'_, 'a> {
    /// Fills in the rows that a schema describes.
    fn read_rows(&self, response: &mut Response, schema: Cursor<'a>, schemas: &mut SchemaReader<'a>) {
        let Self { operation, entry, .. } = *self;
        let object_key = entry.path(&["response", "objectKey"]);
        let stated = object_key.and_then(Cursor::text).or(self.derived_key);
        let path = match stated {
            Some(key) => object_path(key, object_key, schemas),
            None => legacy_path(entry, schema, schemas),
        };
        let context = operation.cursor.text_of("operationId").or(entry.0.map(Cursor::name)).unwrap_or_default();
        let Some(rows) = walk(schema, &path, schemas) else {
            let at = object_key.or(entry.0).unwrap_or(operation.cursor);
            let message = format!("the response has nothing at `{path}`");
            schemas.report("openapi/object-key", at, message, "its rows are of any type");
            response.rows = Rows::Many(path);
            return;
        };
        let ty = schemas.type_of(rows, &[context, "response"]);
        (response.rows, response.row) = match ty {
            Type::Array(item) => (Rows::Many(path), (*item).clone()),
            other => (Rows::One(path), other),
        };
        response.pagination = match &response.rows {
            Rows::Many(_) => match self.paging {
                Some(block) => pagination::declared(block, &mut schemas.diagnostics),
                None => self.infer_pagination(schema, rows, &response.media_type, schemas),
            },
            // One object that says where the next is. What is declared for a whole service is not meant for it.
            Rows::One(path) if path.keys().is_empty() => match entry.path(&["config", "pagination"]) {
                Some(block) => pagination::declared(block, &mut schemas.diagnostics),
                None => self.listing(schema, schemas).inferred_of_one(schemas),
            },
            Rows::One(_) | Rows::None => None,
        };
    }

    fn infer_pagination(
        &self,
        schema: Cursor<'a>,
        rows: Cursor<'a>,
        media_type: &str,
        schemas: &mut SchemaReader<'a>,
    ) -> Option<Pagination> {
        if self.is_xml(media_type) {
            let row = rows.resolve().ok().and_then(|rows| rows.get("items"));
            let row = row.map(|row| schemas.properties(row)).unwrap_or_default();
            return pagination::inferred_from_xml(self.operation, &row);
        }
        self.listing(schema, schemas).inferred(schemas)
    }

    fn listing(&self, schema: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Listing<'_, 'a> {
        let headers = self.success.and_then(|success| success.get("headers"));
        Listing { operation: self.operation, page: schemas.properties(schema), headers }
    }

    /// Whether answers are XML: as the operation says, or the method, which then knows better.
    fn is_xml(&self, media_type: &str) -> bool {
        let stated = self.entry.text_at(&["response", "mediaType"]);
        [Some(media_type), stated].into_iter().flatten().any(|media_type| media_type.contains("xml"))
    }
}

/// What other statuses of success than the one of `key` answer with, where it is not what that one has.
fn others<'a>(
    key: &str,
    operation: &Operation<'a>,
    entry: Entry<'a>,
    row: &Type,
    schemas: &mut SchemaReader<'a>,
) -> Vec<OtherAnswer> {
    let context = operation.cursor.text_of("operationId").or(entry.0.map(Cursor::name)).unwrap_or_default();
    let responses = operation.cursor.get("responses").into_iter().flat_map(Cursor::entries);
    let mut others = Vec::new();
    for (other, response) in responses.filter(|(other, _)| *other != key) {
        let Some(status) = other.parse().ok().filter(|status| (200..300).contains(status)) else { continue };
        let response = schemas.resolve(response, "the status is taken to have no body of its own");
        let schema = response.and_then(|response| body_schema(response, entry)?.1);
        let Some(schema) = schema else { continue };
        let ty = schemas.type_of(schema, &[context, "response", other]);
        if ty != *row {
            others.push(OtherAnswer { status, ty });
        }
    }
    others
}

/// The path of an object key. XML has paths of its own, whose last part names the rows.
fn object_path<'a>(key: &str, at: Option<Cursor<'a>>, schemas: &mut SchemaReader<'a>) -> JsonPath {
    if key.starts_with('/') {
        if key.contains(['*', '[', '@']) || key.contains("//") {
            let message = format!("`{}` is more than a path of names", key.escape_debug());
            if let Some(at) = at {
                schemas.report("openapi/object-key", at, message, "only its names count");
            }
        }
        let names = key.split('/').filter(|name| !name.is_empty() && !name.contains(['*', '[', '@']));
        return JsonPath(names.map(|name| Text::Owned(name.to_owned())).collect());
    }
    JsonPath::parse(key)
}

/// Where the rows are that no object key names: in the list `items`, if the object has one, or at the top.
fn legacy_path<'a>(entry: Entry<'a>, schema: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> JsonPath {
    let is_list = |property: &Property<'_>| {
        property.name == LEGACY_KEY
            && property.schema.resolve().is_ok_and(|schema| schema.text_of("type") == Some("array"))
    };
    match entry.0 {
        Some(_) if schemas.properties(schema).iter().any(is_list) => JsonPath::key(LEGACY_KEY),
        _ => JsonPath::ROOT,
    }
}

/// The response of success: the one that the method names, or the first 2xx; a range (`2XX`) or `default` where there
/// is no other.
fn success<'a>(
    operation: &Operation<'a>,
    entry: Entry<'a>,
    schemas: &mut SchemaReader<'a>,
) -> Option<(&'a str, Cursor<'a>)> {
    let responses = operation.cursor.get("responses")?;
    let named = entry.path(&["response", "openAPIDocKey"]);
    let found = named.and_then(Cursor::text).and_then(|key| Some((key, responses.get(key)?)));
    let first = |test: &dyn Fn(&str) -> bool| responses.entries().find(|(key, _)| test(key));
    let found = found.or_else(|| first(&|key| key.starts_with('2'))).or_else(|| match named {
        Some(_) => None,
        None => first(&|key| key == "default"),
    });
    if let Some(key) = named
        && found.as_ref().is_none_or(|(found, _)| key.text() != Some(*found))
    {
        let message = format!("the operation has no response `{}`", key.text().unwrap_or_default());
        let assumed = match &found {
            Some((other, _)) => format!("`{other}` is used"),
            None => "the method is taken to answer without a body".to_owned(),
        };
        schemas.report("openapi/no-response", key, message, &assumed);
    }
    let (key, response) = found?;
    Some((key, schemas.resolve(response, "the method is taken to answer without a body")?))
}

/// The media type and schema of a response's body: of the type that the method names, else JSON, else the first.
fn body_schema<'a>(success: Cursor<'a>, entry: Entry<'a>) -> Option<(&'a str, Option<Cursor<'a>>)> {
    let content = success.get("content")?;
    let named = entry.text_at(&["response", "mediaType"]);
    let stated = named.and_then(|name| content.entries().find(|(media_type, _)| *media_type == name));
    let json = || content.entries().find(|(media_type, _)| media_type.contains("json"));
    let (media_type, media) = stated.or_else(json).or_else(|| content.entries().next())?;
    Some((media_type, media.get("schema")))
}

/// The schema at the end of an object key: through properties, and `*` through the items of a list.
fn walk<'a>(schema: Cursor<'a>, path: &JsonPath, schemas: &mut SchemaReader<'a>) -> Option<Cursor<'a>> {
    path.keys().iter().try_fold(schema, |schema, key| {
        let inner = schema.resolve().ok()?;
        let is_list = inner.text_of("type") == Some("array");
        let inner = if is_list { inner.get("items")? } else { schema };
        schemas.properties(inner).into_iter().find(|property| *property.name == **key).map(|property| property.schema)
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
        schemas.error_shape_of(media.get("schema")?)
    })
}

/// The same for a schema.
pub(super) fn shape_of_error<'a>(schema: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Option<ErrorShape> {
    let top = schemas.properties(schema);
    let name_in = |properties: &[Property<'a>], name: &str, prefix: &[&str]| {
        let found = properties.iter().any(|property| property.name == name);
        found.then(|| JsonPath(prefix.iter().chain([&name]).map(|key| Text::Owned((*key).to_owned())).collect()))
    };
    if let Some(message) = name_in(&top, "message", &[]) {
        return Some(ErrorShape { code: name_in(&top, "code", &[]), message: Some(message) });
    }
    top.iter().find_map(|property| {
        let inner = schemas.properties(property.schema);
        let message = name_in(&inner, "message", &[property.name])?;
        Some(ErrorShape { code: name_in(&inner, "code", &[property.name]), message: Some(message) })
    })
}
