//! A request body → the parameters that fill it.

use bindery_ir::{Access, Body, BodyContent, Location, Parameter, Presence, SqlName, Style, Type, WireName};

use super::document::Cursor;
use super::operation::Operation;
use super::schema::SchemaReader;

/// How the properties of a body are called in SQL (`config.requestBodyTranslate.algorithm`).
enum Naming {
    /// `foo` is `data__foo`, so that it never meets a parameter of the same name.
    Prefixed,
    /// `foo` is `foo`.
    Plain,
}

/// Reads what an operation sends. `parameters` are those of path, query and headers; they win over a property of
/// the same name, as they do when a statement is bound.
pub(crate) fn read<'a>(
    operation: &Operation<'a>,
    method: &Cursor<'a>,
    parameters: &[Parameter],
    schemas: &mut SchemaReader<'a>,
) -> Option<(Body, Vec<Parameter>)> {
    let request = operation.cursor.get("requestBody")?;
    let request = schemas.resolve(&request, "nothing is sent")?;
    let content = request.get("content")?;
    let wanted = method.path(&["request", "mediaType"]).and_then(|wanted| wanted.text());
    let stated = wanted.and_then(|wanted| content.get(wanted).map(|media| (wanted, media)));
    let json = || content.entries().find(|(media_type, _)| media_type.contains("json"));
    let (media_type, media) = stated.or_else(json).or_else(|| content.entries().next())?;
    let schema = method.path(&["request", "schema_override"]).or_else(|| media.get("schema"))?;

    let body_name = format!("{} body", operation.cursor.text_of("operationId").unwrap_or_default());
    let ty = schemas.type_of(&schema, &body_name);
    let mut body = Body {
        media_type: media_type.to_owned().into(),
        content: BodyContent::Properties,
        required: request.flag("required"),
    };
    let is_json = media_type.contains("json");
    if !is_json || !matches!(ty, Type::Object(_)) {
        body.content = BodyContent::Whole;
        return Some((body.clone(), vec![whole_body(&request, ty, &body, parameters)]));
    }

    let naming = naming(method, schemas);
    let mut properties = Vec::new();
    for property in schemas.properties(&schema) {
        if property.access == Access::ReadOnly {
            continue;
        }
        let name = match naming {
            Naming::Prefixed => format!("data__{}", property.name),
            Naming::Plain => property.name.clone(),
        };
        if parameters.iter().any(|parameter| parameter.name == *name.as_str()) {
            let message = format!("the body property `{name}` has the name of a parameter");
            schemas.report(
                "openapi/shadowed-property",
                property.schema.origin(),
                message,
                "it cannot be set by itself",
            );
            continue;
        }
        let property_name = match &ty {
            Type::Object(schema) => format!("{schema} {}", property.name),
            _ => property.name.clone(),
        };
        let ty = schemas.type_of(&property.schema, &property_name);
        properties.push(Parameter {
            name: SqlName::from(name),
            wire_name: WireName::from(property.name),
            location: Location::Body,
            ty,
            presence: if property.required { Presence::Required } else { Presence::Optional },
            style: Style::Plain,
            description: property.description,
            origin: property.schema.origin(),
        });
    }
    Some((body, properties))
}

/// The parameter whose value is the whole body. It is called `body`, or `data__body` beside one of that name.
fn whole_body(request: &Cursor<'_>, ty: Type, body: &Body, parameters: &[Parameter]) -> Parameter {
    let taken = parameters.iter().any(|parameter| parameter.name == "body");
    let name = SqlName::from(if taken { "data__body" } else { "body" });
    let mut parameter = Parameter::new(name, Location::Body, ty);
    parameter.presence = if body.required { Presence::Required } else { Presence::Optional };
    parameter.description = request.prose("description");
    parameter.origin = request.origin();
    parameter
}

fn naming(method: &Cursor<'_>, schemas: &mut SchemaReader<'_>) -> Naming {
    let Some(algorithm) = method.path(&["config", "requestBodyTranslate", "algorithm"]) else {
        return Naming::Prefixed;
    };
    match algorithm.text() {
        None | Some("" | "default") => Naming::Prefixed,
        Some("naive") => Naming::Plain,
        Some(other) => {
            let message = format!("`{other}` is no known way of naming body properties");
            schemas.report("openapi/body-translation", algorithm.origin(), message, "they keep their own names");
            Naming::Plain
        }
    }
}
