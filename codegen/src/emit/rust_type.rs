//! Types of the model → Rust types, and arguments of that type.

use bindery_ir::{SchemaShape, Type};

use super::code::literal;
use super::name;
use super::plan::ServicePlan;

/// Where a type is written: the names of the service, and the module.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) plan: &'a ServicePlan<'a>,
    pub(crate) module: &'a str,
}

/// The Rust type of a value. Paths to other things than schemas are absolute or start at `json`, so that no schema
/// can shadow them.
pub(crate) fn rust_type(ty: &Type, scope: Scope<'_>) -> String {
    match ty {
        Type::Any => "json::Json".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer(_) => "i64".to_owned(),
        Type::Number(_) => "json::Number".to_owned(),
        Type::String(_) => "::std::string::String".to_owned(),
        Type::Array(item) => format!("::std::vec::Vec<{}>", rust_type(item, scope)),
        Type::Map(value) => {
            format!("::std::collections::BTreeMap<::std::string::String, {}>", rust_type(value, scope))
        }
        Type::Object(schema) | Type::Enum(schema) => match scope.plan.home(schema) {
            Some(home) => {
                let (module, name) = (name::ident(&home.module), name::ident(&home.name));
                if home.module == scope.module { name.to_string() } else { format!("super::{module}::{name}") }
            }
            None => "json::Json".to_owned(),
        },
    }
}

/// The Rust type of a value as people say it: without the paths of the standard library, and schemas below the module of
/// their service.
pub(crate) fn shown_type(ty: &Type, plan: &ServicePlan<'_>) -> String {
    match ty {
        Type::Any => "Json".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer(_) => "i64".to_owned(),
        Type::Number(_) => "Number".to_owned(),
        Type::String(_) => "String".to_owned(),
        Type::Array(item) => format!("Vec<{}>", shown_type(item, plan)),
        Type::Map(value) => format!("BTreeMap<String, {}>", shown_type(value, plan)),
        Type::Object(schema) | Type::Enum(schema) => match plan.home(schema) {
            Some(home) => format!("{}::{}", home.module, home.name),
            None => "Json".to_owned(),
        },
    }
}

/// The type of an argument that is given for a value, and what is appended to the argument to make the value.
pub(crate) fn argument(ty: &Type, scope: Scope<'_>) -> (String, &'static str) {
    match ty {
        Type::String(_) => ("impl ::std::convert::Into<::std::string::String>".to_owned(), ".into()"),
        Type::Number(_) => ("impl ::std::convert::Into<json::Number>".to_owned(), ".into()"),
        other => (rust_type(other, scope), ""),
    }
}

/// An expression for an example value, as a reader of the documentation would write it.
pub(crate) fn example(name: &str, ty: &Type, plan: &ServicePlan<'_>) -> String {
    match ty {
        Type::String(_) => literal(name),
        Type::Boolean => "true".to_owned(),
        Type::Integer(_) => "1".to_owned(),
        Type::Number(_) => "1_i64".to_owned(),
        Type::Array(_) => "vec![]".to_owned(),
        Type::Enum(schema) if plan.home(schema).is_some() => {
            let value = plan.schema(schema).and_then(|schema| match &schema.shape {
                SchemaShape::Enum(values) => values.first(),
                SchemaShape::Struct(_) => None,
            });
            format!("{}.into()", literal(value.map_or(name, |value| &value.value)))
        }
        Type::Any | Type::Map(_) | Type::Object(_) | Type::Enum(_) => "Default::default()".to_owned(),
    }
}
