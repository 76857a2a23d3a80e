//! Types of the model → Rust types, and arguments of that type.

use bindery_ir::Type;
use proc_macro2::TokenStream;
use quote::quote;

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
pub(crate) fn rust_type(ty: &Type, scope: Scope<'_>) -> TokenStream {
    match ty {
        Type::Any => quote!(json::Json),
        Type::Boolean => quote!(bool),
        Type::Integer(_) => quote!(i64),
        Type::Number(_) => quote!(json::Number),
        Type::String(_) => quote!(::std::string::String),
        Type::Array(item) => {
            let item = rust_type(item, scope);
            quote!(::std::vec::Vec<#item>)
        }
        Type::Map(value) => {
            let value = rust_type(value, scope);
            quote!(::std::collections::BTreeMap<::std::string::String, #value>)
        }
        Type::Object(schema) | Type::Enum(schema) => match scope.plan.home(schema) {
            Some(home) => {
                let (module, name) = (name::ident(&home.module), name::ident(&home.name));
                if home.module == scope.module { quote!(#name) } else { quote!(super::#module::#name) }
            }
            None => quote!(json::Json),
        },
    }
}

/// The type of an argument that is given for a value, and how the value is made from the argument `value`.
pub(crate) fn argument(ty: &Type, scope: Scope<'_>) -> (TokenStream, TokenStream) {
    match ty {
        Type::String(_) => (quote!(impl ::std::convert::Into<::std::string::String>), quote!(.into())),
        Type::Number(_) => (quote!(impl ::std::convert::Into<json::Number>), quote!(.into())),
        other => (rust_type(other, scope), quote!()),
    }
}

/// An expression for an example value, as a reader of the documentation would write it.
pub(crate) fn example(name: &str, ty: &Type, plan: &ServicePlan<'_>) -> String {
    match ty {
        Type::String(_) => proc_macro2::Literal::string(name).to_string(),
        Type::Boolean => "true".to_owned(),
        Type::Integer(_) => "1".to_owned(),
        Type::Number(_) => "1_i64".to_owned(),
        Type::Array(_) => "vec![]".to_owned(),
        Type::Enum(schema) if plan.home(schema).is_some() => {
            let value = plan.schema(schema).and_then(|schema| match &schema.shape {
                bindery_ir::SchemaShape::Enum(values) => values.first(),
                bindery_ir::SchemaShape::Struct(_) => None,
            });
            let text = value.map_or(name, |value| &value.value);
            format!("{}.into()", proc_macro2::Literal::string(text))
        }
        Type::Any | Type::Map(_) | Type::Object(_) | Type::Enum(_) => "Default::default()".to_owned(),
    }
}
