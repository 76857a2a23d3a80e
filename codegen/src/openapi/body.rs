//! A request body → the parameters that fill it.

use bindery_ir::{Access, Body, BodyContent, Location, Parameter, Presence, SqlName, Style, Type, WireName};

use super::document::Cursor;
use super::operation::Operation;
use super::resource::Entry;
use super::schema::{Property, SchemaReader};

/// What a body property's name begins with where it has to be told from a parameter.
const PREFIX: &str = "data__";

/// How the properties of a body are called in SQL (`config.requestBodyTranslate.algorithm`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming<'a> {
    /// `foo` is `data__foo`, so that it never meets a parameter of the same name.
    Prefixed,
    /// `foo` is `foo`.
    Plain,
    /// `foo` is `foo`, and a property of this member of the body.
    Inside(&'a str),
}

/// Reads what an operation sends. `parameters` are those of path, query and headers; they win over a property of
/// the same name, as they do when a statement is bound.
pub(super) fn read<'a>(
    operation: &Operation<'a>,
    entry: Entry<'a>,
    parameters: &[Parameter],
    schemas: &mut SchemaReader<'a>,
) -> Option<(Body, Vec<Parameter>)> {
    let stated = operation.cursor.get("requestBody").and_then(|request| schemas.resolve(request, "nothing is sent"));
    let content = stated.and_then(|request| request.get("content"));
    let override_schema = entry.path(&["request", "schema_override"]);
    let wanted = entry.text_at(&["request", "mediaType"]);
    let media = content.and_then(|content| {
        let named = wanted.and_then(|wanted| content.get(wanted).map(|media| (wanted, media)));
        named.or_else(|| content.entries().min_by_key(|(media_type, _)| (rank(media_type), 0)))
    });
    let media_type = wanted.or(media.map(|(media_type, _)| media_type)).unwrap_or("application/json");
    let at = override_schema.or(stated)?;
    let Some(schema) = override_schema.or_else(|| media?.1.get("schema")) else {
        // There is a body, and nothing says what it is.
        media?;
        let body = Body {
            media_type: media_type.to_owned().into(),
            content: BodyContent::Whole,
            required: at.flag("required"),
        };
        return Some((body.clone(), vec![whole_body(at, Type::Any, &body, parameters)]));
    };

    let body_name = operation.cursor.text_of("operationId").unwrap_or_default();
    let ty = schemas.type_of(schema, &[body_name, "body"]);
    let mut body = Body {
        media_type: media_type.to_owned().into(),
        content: BodyContent::Properties,
        required: stated.is_some_and(|request| request.flag("required")),
    };
    if !has_properties(media_type) || !matches!(ty, Type::Object(_)) {
        body.content = BodyContent::Whole;
        return Some((body.clone(), vec![whole_body(at, ty, &body, parameters)]));
    }
    let naming = naming(entry, schemas);
    let mut properties = schemas.properties(schema);
    let mut row = ty;
    if let Naming::Inside(member) = naming {
        match properties.iter().find(|property| property.name == member).map(|property| property.schema) {
            Some(inner) => {
                properties = schemas.properties(inner);
                row = schemas.type_of(inner, &[body_name, member]);
            }
            None => {
                let message = format!("the body has no property `{}`", member.escape_debug());
                schemas.report("openapi/body-translation", schema, message, "its own properties are filled");
            }
        }
    }
    let stated = Stated::of(entry);
    let properties = properties.into_iter().filter(|property| property.access != Access::ReadOnly);
    let read = properties.map(|property| read_property(property, &row, naming, &stated, parameters, schemas)).collect();
    Some((body, read))
}

/// What an entry says about properties besides their schema.
struct Stated<'a> {
    /// Those that every body has already (`request.base`).
    given: Option<serde_json::Value>,
    /// Those that have to be there (`request.required`).
    required: Vec<&'a str>,
}

impl<'a> Stated<'a> {
    fn of(entry: Entry<'a>) -> Self {
        let required = entry.path(&["request", "required"]).into_iter().flat_map(Cursor::items);
        Self {
            given: entry.text_at(&["request", "base"]).and_then(|base| serde_json::from_str(base).ok()),
            required: required.filter_map(Cursor::text).collect(),
        }
    }

    fn presence(&self, property: &Property<'_>) -> Presence {
        let is_given = self.given.as_ref().is_some_and(|given| given.get(property.name).is_some());
        let is_required =
            property.required || self.required.contains(&property.name) || property.schema.flag("x-alwaysRequired");
        if is_required && !is_given { Presence::Required } else { Presence::Optional }
    }
}

fn read_property<'a>(
    property: Property<'a>,
    row: &Type,
    naming: Naming<'_>,
    stated: &Stated<'_>,
    parameters: &[Parameter],
    schemas: &mut SchemaReader<'a>,
) -> Parameter {
    let plain = property.alias.unwrap_or(property.name);
    let is_shadowed = naming != Naming::Prefixed && parameters.iter().any(|parameter| parameter.name == plain);
    let name = match naming {
        Naming::Plain | Naming::Inside(_) if !is_shadowed => plain.to_owned(),
        _ => format!("{PREFIX}{plain}"),
    };
    if is_shadowed {
        let message = format!("the body property `{plain}` has the name of a parameter");
        let finding = property.schema.finding(crate::Severity::Note, "openapi/shadowed-property", message);
        schemas.add(finding.assuming(format!("it is called `{name}`, and a call can do without it")));
    }
    let ty = match row {
        Type::Object(schema) => schemas.type_of(property.schema, &[schema.as_str(), property.name]),
        _ => schemas.type_of(property.schema, &[property.name]),
    };
    let is_text = property.schema.flag("x-stackQL-stringOnly");
    Parameter {
        name: SqlName::from(name),
        wire_name: WireName::from(property.name),
        location: Location::Body,
        ty,
        // Statements give the name once, and reach the method with it.
        presence: if is_shadowed { Presence::Optional } else { stated.presence(&property) },
        style: if is_text { Style::Text } else { Style::Plain },
        description: property.description,
        origin: property.schema.origin(),
    }
}

/// Which media type is taken where none is named: JSON, then forms, then the first.
fn rank(media_type: &str) -> u8 {
    match media_type {
        json if json.contains("json") => 0,
        form if form.contains("x-www-form-urlencoded") => 1,
        _ => 2,
    }
}

/// Whether a body of this type is an object with properties on the wire.
fn has_properties(media_type: &str) -> bool {
    ["json", "x-www-form-urlencoded", "multipart/form-data", "xml"].iter().any(|word| media_type.contains(word))
}

/// The parameter whose value is the whole body. It is called `body`, or `data__body` beside one of that name.
fn whole_body(at: Cursor<'_>, ty: Type, body: &Body, parameters: &[Parameter]) -> Parameter {
    let taken = parameters.iter().any(|parameter| parameter.name == "body");
    let name = SqlName::from(if taken { "data__body" } else { "body" });
    let mut parameter = Parameter::new(name, Location::Body, ty);
    parameter.presence = if body.required { Presence::Required } else { Presence::Optional };
    parameter.description = at.prose("description");
    parameter.origin = at.origin();
    parameter
}

/// How properties are called. What was derived has no prefix: it never had other names.
fn naming<'a>(entry: Entry<'a>, schemas: &mut SchemaReader<'a>) -> Naming<'a> {
    if entry.0.is_none() {
        return Naming::Plain;
    }
    let Some(algorithm) = entry.path(&["config", "requestBodyTranslate", "algorithm"]) else {
        return Naming::Prefixed;
    };
    match algorithm.text() {
        None | Some("" | "default") => Naming::Prefixed,
        Some("naive") => Naming::Plain,
        Some(other) => match other.strip_prefix("naive_") {
            Some(member) => Naming::Inside(member),
            None => {
                let message = format!("`{}` is no known way of naming body properties", other.escape_debug());
                schemas.report("openapi/body-translation", algorithm, message, "they keep their own names");
                Naming::Plain
            }
        },
    }
}
