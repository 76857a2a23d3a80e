//! The rows of a Methods table join the method that OpenAPI described.

use bindery_ir::{Location, Method, Origin, Parameter, Presence, ResourceId, SqlName, Text, Type, Verb, snake_case};

use super::body::{self, BODY_PREFIX};
use crate::Diagnostic;
use crate::docs::{MethodRow, Page};

/// The method that the rows document; `wire` is how it travels, if that is known.
pub(super) fn document(
    resource: &ResourceId,
    page: &Page,
    rows: &[&MethodRow],
    wire: Option<Method>,
    findings: &mut Vec<Diagnostic>,
) -> Method {
    let Some(first) = rows.first() else { return Method::new(resource.clone(), SqlName::new("")) };
    let origin = Origin::line(page.path.clone(), first.line);
    let verbs: Vec<Verb> = rows.iter().map(|row| row.verb).collect();
    let has_wire_form = wire.as_ref().is_some_and(|wire| wire.http.is_some());
    if !has_wire_form {
        let message = format!("no document says how `{resource}.{}` travels", first.name);
        findings.push(
            Diagnostic::warning("merge/no-wire-form", origin.clone(), message)
                .assuming("calling it will be an error")
                .with_hint("give the OpenAPI resource a method of this name, or correct the name on the page"),
        );
    }
    let wire_origin = wire.as_ref().map(|wire| wire.origin.clone()).unwrap_or_default();
    let mut method = wire.unwrap_or_else(|| Method::new(resource.clone(), first.name.clone()));
    if has_wire_form && *method.verbs != *verbs {
        let shown = |verbs: &[Verb]| verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!(
            "`{resource}.{}` is {} on the page and {} on the wire",
            first.name,
            shown(&verbs),
            shown(&method.verbs)
        );
        findings.push(
            Diagnostic::warning("merge/verb-differs", origin.clone(), message)
                .against(wire_origin.clone())
                .assuming("the page's verbs are used")
                .with_hint("make the page's `Accessible by` and the document's `sqlVerbs` agree"),
        );
    }
    method.name = first.name.clone();
    method.verbs = verbs.into();
    method.origin = origin.clone();
    if !first.description.is_empty() {
        method.description = Text::Owned(first.description.clone());
    }
    join_parameters(&mut method, rows, has_wire_form, [&origin, &wire_origin], findings);
    if !has_wire_form {
        body::take_from_examples(&mut method, page, &origin);
    }
    for parameter in method.parameters.to_mut() {
        describe(parameter, page);
    }
    method
}

/// Documented required parameters first, in their order; then the wire's own required ones, which the page forgot;
/// then the documented optional ones, and the rest.
fn join_parameters(
    method: &mut Method,
    rows: &[&MethodRow],
    has_wire_form: bool,
    [origin, wire_origin]: [&Origin; 2],
    findings: &mut Vec<Diagnostic>,
) {
    let mut wire: Vec<Parameter> = method.parameters.to_vec();
    let mut joined: Vec<Parameter> = Vec::new();
    let mut find = |name: &SqlName, findings: &mut Vec<Diagnostic>| match position(&wire, name) {
        Some(index) => wire.remove(index),
        None => {
            if has_wire_form {
                let message = format!("`{}` has no parameter `{name}` on the wire", method.path());
                findings.push(
                    Diagnostic::warning("merge/parameter-unknown", origin.clone(), message)
                        .against(wire_origin.clone())
                        .assuming("it is kept, and giving it will be an error")
                        .with_hint("add it to the operation, or correct its name on the page"),
                );
            }
            Parameter { origin: origin.clone(), ..Parameter::new(name.clone(), Location::Unknown, Type::Any) }
        }
    };

    for name in rows.iter().flat_map(|row| &row.required) {
        if joined.iter().any(|known| known.name == *name) {
            continue;
        }
        let mut parameter = find(name, findings);
        if parameter.location != Location::Unknown && parameter.presence == Presence::Optional {
            let message = format!("`{name}` of `{}` is required by the page and optional on the wire", method.path());
            findings.push(
                Diagnostic::note("merge/parameter-optional", origin.clone(), message)
                    .against(parameter.origin.clone())
                    .assuming("it is required"),
            );
        }
        // A default of the wire still counts as given.
        if !matches!(parameter.presence, Presence::Default(_)) {
            parameter.presence = Presence::Required;
        }
        // A required parameter that nothing can send would make the method unusable.
        if parameter.location == Location::Unknown && has_wire_form {
            parameter.presence = Presence::Optional;
        }
        parameter.name = name.clone();
        joined.push(parameter);
    }
    let mut optional = Vec::new();
    for name in rows.iter().flat_map(|row| &row.optional) {
        if !joined.iter().chain(&optional).any(|known: &Parameter| known.name == *name) {
            let mut parameter = find(name, findings);
            parameter.name = name.clone();
            optional.push(parameter);
        }
    }
    for parameter in wire.iter().filter(|parameter| parameter.presence == Presence::Required) {
        let message =
            format!("`{}` of `{}` is required on the wire and not on the page", parameter.name, method.path());
        findings.push(
            Diagnostic::warning("merge/parameter-undocumented", origin.clone(), message)
                .against(parameter.origin.clone())
                .assuming("it is required, after the documented ones")
                .with_hint("list it on the page"),
        );
    }
    let (required, rest): (Vec<_>, Vec<_>) =
        optional.into_iter().chain(wire).partition(|parameter| parameter.presence == Presence::Required);
    joined.extend(required);
    joined.extend(rest);
    joined.sort_by_key(|parameter| parameter.presence != Presence::Required);
    method.parameters = joined.into();
}

/// The parameter of the wire that a documented name means: exactly, by casing, or as a property of the body.
fn position(wire: &[Parameter], name: &SqlName) -> Option<usize> {
    let bare = name.as_str().strip_prefix(BODY_PREFIX);
    let exact = |p: &Parameter| p.name == *name || p.wire_name == *name.as_str();
    let in_body = |p: &Parameter| p.location == Location::Body && bare.is_some_and(|bare| p.wire_name == *bare);
    let snake = snake_case(name.as_str());
    let by_casing = |p: &Parameter| snake_case(p.name.as_str()) == snake || snake_case(p.wire_name.as_str()) == snake;
    wire.iter().position(exact).or_else(|| wire.iter().position(in_body)).or_else(|| wire.iter().position(by_casing))
}

/// Takes from the page's Parameters table what the wire does not say.
///
/// A parameter that some methods require and others do not can stand there twice: first as the required one.
fn describe(parameter: &mut Parameter, page: &Page) {
    let mut rows = page.parameters.iter().filter(|row| parameter.name == *row.name);
    let (first, last) = (rows.next(), rows.next_back());
    let row = if parameter.presence == Presence::Required { first } else { last.or(first) };
    let Some(row) = row else { return };
    if parameter.ty == Type::Any {
        parameter.ty = Type::from_datatype(&row.datatype);
    }
    if parameter.description.is_empty() {
        parameter.description = Text::Owned(row.description.clone());
    }
}
