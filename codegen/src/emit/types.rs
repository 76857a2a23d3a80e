//! Schemas → structs and enums, with the tables that the runtime's JSON reader and writer are made from.

use bindery_ir::{Access, EnumValue, Field, SchemaShape};

use super::code::{Code, literal};
use super::doc;
use super::name;
use super::plan::Home;
use super::rust_type::{Scope, argument, rust_type};

/// Emits a schema where it lives.
pub(crate) fn emit(home: &Home<'_>, scope: Scope<'_>, code: &mut Code) {
    match &home.schema.shape {
        SchemaShape::Struct(fields) => emit_struct(home, fields, scope, code),
        SchemaShape::Enum(values) => emit_enum(home, values, code),
    }
}

/// Emits which key belongs to which field, and which text to which variant: what the conversions follow from.
pub(crate) fn emit_tables(types: &[&Home<'_>], code: &mut Code) {
    let (objects, enums): (Vec<&Home<'_>>, Vec<_>) =
        types.iter().copied().partition(|home| matches!(home.schema.shape, SchemaShape::Struct(_)));
    for (macro_name, types) in [("json_objects", objects), ("json_text_enums", enums)] {
        if types.is_empty() {
            continue;
        }
        code.blank();
        code.block(format_args!("runtime::{macro_name}!"), |code| {
            for home in types {
                let entries = match &home.schema.shape {
                    SchemaShape::Struct(fields) => entries(fields, |field| field.name.as_str(), &home.members),
                    SchemaShape::Enum(values) => entries(values, |value| &*value.value, &home.members),
                };
                emit_table(&home.name, &entries, code);
            }
        });
    }
}

fn entries<T>(items: &[T], key: impl Fn(&T) -> &str, names: &[String]) -> Vec<String> {
    items.iter().zip(names).map(|(item, name)| format!("{} => {},", literal(key(item)), name::ident(name))).collect()
}

fn emit_table(name: &str, entries: &[String], code: &mut Code) {
    let name = name::ident(name);
    if entries.is_empty() {
        code.line(format_args!("{name} {{}}"));
        return;
    }
    code.block(name, |code| entries.iter().for_each(|entry| code.line(entry)));
}

fn emit_struct(home: &Home<'_>, fields: &[Field], scope: Scope<'_>, code: &mut Code) {
    let Home { schema, name, members, .. } = home;
    code.docs(&described(&schema.description, || format!("The schema {}.", doc::code(schema.name.as_str()))));
    code.line("#[derive(Clone, Default)]");
    code.line("#[non_exhaustive]");
    code.block(format_args!("pub struct {}", name::ident(name)), |code| {
        for (index, (field, name)) in fields.iter().zip(members).enumerate() {
            code.docs(&field_doc(field, name));
            let ty = rust_type(&field.ty, scope);
            let ty = if scope.plan.is_boxed(&schema.name, index) { format!("::std::boxed::Box<{ty}>") } else { ty };
            code.line(format_args!("pub {}: ::std::option::Option<{ty}>,", name::ident(name)));
        }
        code.doc("What the provider sent besides: fields that are not declared, and values that do not fit.");
        code.line("pub extra: json::Extra,");
    });
    if scope.plan.is_sent(&schema.name) {
        emit_setters(home, fields, scope, code);
    }
}

/// `Backend::default().url("…")`: a type that cannot be written as a literal outside its crate needs setters.
fn emit_setters(home: &Home<'_>, fields: &[Field], scope: Scope<'_>, code: &mut Code) {
    let Home { schema, name, members, .. } = home;
    let can_be_set = |(_, (field, _)): &(usize, (&Field, &String))| field.access != Access::ReadOnly;
    let mut settable = fields.iter().zip(members).enumerate().filter(can_be_set).peekable();
    if settable.peek().is_none() {
        return;
    }
    code.blank();
    code.block(format_args!("impl {}", name::ident(name)), |code| {
        for (place, (index, (field, setter))) in settable.enumerate() {
            if place > 0 {
                code.blank();
            }
            let (ty, conversion) = argument(&field.ty, scope);
            let value = format!("value{conversion}");
            let is_boxed = scope.plan.is_boxed(&schema.name, index);
            let value = if is_boxed { format!("::std::boxed::Box::new({value})") } else { value };
            let setter = name::ident(setter);
            code.doc(&format!("Sets {}.", doc::code(field.name.as_str())));
            code.line("#[inline]");
            code.line("#[must_use]");
            code.block(format_args!("pub fn {setter}(mut self, value: {ty}) -> Self"), |code| {
                code.line(format_args!("self.{setter} = ::std::option::Option::Some({value});"));
                code.line("self");
            });
        }
    });
}

fn emit_enum(home: &Home<'_>, values: &[EnumValue], code: &mut Code) {
    let Home { schema, name, members, .. } = home;
    code.docs(&described(&schema.description, || format!("The schema {}.", doc::code(schema.name.as_str()))));
    code.line("#[derive(Clone)]");
    code.line("#[non_exhaustive]");
    code.block(format_args!("pub enum {}", name::ident(name)), |code| {
        for (value, name) in values.iter().zip(members) {
            code.docs(&described(&value.description, || doc::code(&value.value)));
            code.line(format_args!("{},", name::ident(name)));
        }
        code.doc("A text that the documents do not list.");
        code.line("Unrecognized(::std::string::String),");
    });
}

/// The description, or a line that at least says what it is.
fn described(description: &str, otherwise: impl FnOnce() -> String) -> Vec<String> {
    let lines = doc::paragraphs(description);
    if lines.is_empty() { vec![otherwise()] } else { lines }
}

fn field_doc(field: &Field, name: &str) -> Vec<String> {
    let mut lines = doc::paragraphs(&field.description);
    let mut notes = Vec::new();
    if !is_camel_case_of(field.name.as_str(), name) {
        notes.push(format!("On the wire: {}.", doc::code(field.name.as_str())));
    }
    match field.access {
        Access::ReadWrite => {}
        Access::ReadOnly => notes.push("Set by the provider.".to_owned()),
        Access::WriteOnly => notes.push("Never returned by the provider.".to_owned()),
    }
    if lines.is_empty() && notes.is_empty() {
        notes.push(format!("The property {}.", doc::code(field.name.as_str())));
    }
    if !notes.is_empty() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(notes.join(" "));
    }
    lines
}

/// Whether a name is what readers expect on the wire for an identifier: the same, or in camel case.
fn is_camel_case_of(name: &str, identifier: &str) -> bool {
    if name == identifier {
        return true;
    }
    let mut camel = String::with_capacity(identifier.len());
    for (index, word) in identifier.split('_').enumerate() {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        camel.push_str(&if index == 0 { first.to_owned() } else { first.to_ascii_uppercase() });
        camel.push_str(rest);
    }
    name == camel
}

#[cfg(test)]
mod tests {
    use super::is_camel_case_of;

    #[test]
    fn only_what_is_not_expected_is_mentioned() {
        for (name, identifier, expected) in [
            ("backendId", "backend_id", true),
            ("name", "name", true),
            ("backend_id", "backend_id", true),
            ("BackendId", "backend_id", false),
            ("vpcID", "vpc_id", false),
            ("type", "type", true),
            ("$filter", "filter", false),
            ("ipV4", "ip_v4", true),
            ("", "empty", false),
        ] {
            assert_eq!(is_camel_case_of(name, identifier), expected, "{name}");
        }
    }
}
