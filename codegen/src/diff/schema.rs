//! The schemas of a service, and whether two types are the same for callers.

use std::collections::{HashMap, HashSet};

use bindery_ir::{EnumValue, Field, List, Schema, SchemaShape, Service, Type};

use super::Rule;
use super::change::{Change, Changes};

/// Compares the schemas of two generations of a service. Those of rows are compared as columns already.
pub(super) fn diff_all(changes: &mut Changes<'_>, old: &Service, new: &Service) {
    let rows: HashSet<&str> = row_schemas(old).chain(row_schemas(new)).collect();
    let (known, there) = (by_name(old), by_name(new));
    for schema in new.schemas.iter().filter(|schema| !rows.contains(schema.name.as_str())) {
        match known.get(schema.name.as_str()) {
            Some(before) => diff(changes, before, schema),
            None => changes.add(Change::new(Rule::SchemaAdded).of(&schema.name).at(&schema.origin)),
        }
    }
    let is_gone = |schema: &&Schema| {
        let name = schema.name.as_str();
        !rows.contains(name) && !there.contains_key(name)
    };
    for schema in old.schemas.iter().filter(is_gone) {
        changes.add(Change::new(Rule::SchemaRemoved).of(&schema.name).at(&schema.origin));
    }
}

fn by_name(service: &Service) -> HashMap<&str, &Schema> {
    service.schemas.iter().map(|schema| (schema.name.as_str(), schema)).collect()
}

fn row_schemas(service: &Service) -> impl Iterator<Item = &str> {
    let methods = service.resources.iter().flat_map(|resource| &resource.methods);
    methods.filter_map(|method| match &method.response.row {
        Type::Object(schema) => Some(schema.as_str()),
        _ => None,
    })
}

fn diff(changes: &mut Changes<'_>, old: &Schema, new: &Schema) {
    match (&old.shape, &new.shape) {
        (SchemaShape::Struct(before), SchemaShape::Struct(after)) => diff_fields(changes, new, before, after),
        (SchemaShape::Enum(before), SchemaShape::Enum(after)) => diff_values(changes, new, before, after),
        (before, after) => {
            let change = Change::new(Rule::SchemaReshaped).of(&new.name).from(shape(before)).to(shape(after));
            changes.add(change.at(&new.origin));
        }
    }
    if old.description != new.description {
        changes.add(Change::new(Rule::DescriptionChanged).of(format!("the type `{}`", new.name)).at(&new.origin));
    }
}

fn shape(shape: &SchemaShape) -> &'static str {
    match shape {
        SchemaShape::Struct(_) => "an object",
        SchemaShape::Enum(_) => "a list of values",
    }
}

fn diff_fields(changes: &mut Changes<'_>, schema: &Schema, old: &List<Field>, new: &List<Field>) {
    let (was, is) = (fields_by_name(old), fields_by_name(new));
    let change =
        |rule, field: &Field| Change::new(rule).of(format!("{}.{}", schema.name, field.name)).at(&schema.origin);
    for field in new {
        match was.get(field.name.as_str()) {
            None => changes.add(change(Rule::FieldAdded, field)),
            Some(before) if !is_same_type(&before.ty, &field.ty) => {
                let rule = if before.ty == Type::Any { Rule::FieldTyped } else { Rule::FieldRetyped };
                let change = change(rule, field).from(type_name(&before.ty)).to(type_name(&field.ty));
                changes.add(change);
            }
            Some(_) => {}
        }
    }
    for field in old.iter().filter(|field| !is.contains_key(field.name.as_str())) {
        changes.add(change(Rule::FieldRemoved, field));
    }
}

fn fields_by_name(fields: &List<Field>) -> HashMap<&str, &Field> {
    fields.iter().map(|field| (field.name.as_str(), field)).collect()
}

fn diff_values(changes: &mut Changes<'_>, schema: &Schema, old: &List<EnumValue>, new: &List<EnumValue>) {
    let set = |values: &List<EnumValue>| values.iter().map(|value| value.value.to_string()).collect::<HashSet<_>>();
    let (was, is) = (set(old), set(new));
    let change = |rule| Change::new(rule).of(&schema.name).at(&schema.origin);
    for value in new.iter().filter(|value| !was.contains(&*value.value)) {
        changes.add(change(Rule::ValueAdded).to(&value.value));
    }
    for value in old.iter().filter(|value| !is.contains(&*value.value)) {
        changes.add(change(Rule::ValueRemoved).from(&value.value));
    }
}

/// Whether callers see the same type: formats make no difference to them.
pub(super) fn is_same_type(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Integer(_), Type::Integer(_))
        | (Type::Number(_), Type::Number(_))
        | (Type::String(_), Type::String(_)) => true,
        (Type::Array(old), Type::Array(new)) | (Type::Map(old), Type::Map(new)) => is_same_type(old, new),
        (old, new) => old == new,
    }
}

/// A type as documentation says it, with the schema or the items it is made of.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Array(item) if **item != Type::Any => format!("array of {}", type_name(item)),
        Type::Map(value) if **value != Type::Any => format!("object of {}", type_name(value)),
        Type::Object(schema) | Type::Enum(schema) => schema.to_string(),
        other => other.to_string(),
    }
}
