//! Schemas → structs and enums, with the conversions that the runtime's JSON reader and writer call.

use bindery_ir::{Access, EnumValue, Field, Schema, SchemaShape};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::doc;
use super::name::{self, Case, Reserved, Wish};
use super::rust_type::{Scope, argument, rust_type};

/// The struct or enum of a schema and everything that belongs to it.
pub(crate) struct TypeTokens {
    /// The type as a reader wants to see it.
    pub(crate) item: TokenStream,
    /// Its conversions.
    pub(crate) conversions: TokenStream,
}

/// Emits a schema under a name.
pub(crate) fn emit(name: &str, schema: &Schema, scope: Scope<'_>) -> TypeTokens {
    match &schema.shape {
        SchemaShape::Struct(fields) => emit_struct(name, schema, fields, scope),
        SchemaShape::Enum(values) => emit_enum(name, schema, values),
    }
}

/// The impls that follow from the conversions of several types.
pub(crate) fn delegations<'s>(types: impl Iterator<Item = (&'s str, &'s Schema)>) -> TokenStream {
    let (mut objects, mut text_enums) = (Vec::new(), Vec::new());
    for (name, schema) in types {
        match schema.shape {
            SchemaShape::Struct(_) => objects.push(name::ident(name)),
            SchemaShape::Enum(_) => text_enums.push(name::ident(name)),
        }
    }
    let objects = (!objects.is_empty()).then(|| quote!(runtime::json_objects! { #(#objects),* }));
    let text_enums = (!text_enums.is_empty()).then(|| quote!(runtime::json_text_enums! { #(#text_enums),* }));
    quote!(#objects #text_enums)
}

/// Documentation lines as attributes.
pub(crate) fn doc_attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// The description, or a line that at least says what it is.
fn described(description: &str, otherwise: &str) -> TokenStream {
    let mut lines = doc::paragraphs(description);
    if lines.is_empty() {
        lines.push(otherwise.to_owned());
    }
    doc_attributes(&lines)
}

fn emit_struct(name: &str, schema: &Schema, fields: &[Field], scope: Scope<'_>) -> TypeTokens {
    let ident = name::ident(name);
    let wishes: Vec<Wish<'_>> = fields.iter().map(|field| Wish::plain(field.name.as_str())).collect();
    let names = name::assign(&wishes, Case::Snake, Reserved { identifiers: &["extra"], suffix: "_" });
    let idents: Vec<_> = names.iter().map(|name| name::ident(name)).collect();

    let types = fields.iter().enumerate().map(|(index, field)| {
        let ty = rust_type(&field.ty, scope);
        if scope.plan.is_boxed(&schema.name, index) { quote!(::std::boxed::Box<#ty>) } else { ty }
    });
    let docs = fields.iter().zip(&names).map(|(field, name)| field_doc(field, name));
    let struct_doc = described(&schema.description, &format!("The schema {}.", doc::code(schema.name.as_str())));
    let item = quote! {
        #struct_doc
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct #ident {
            #(#docs pub #idents: ::std::option::Option<#types>,)*
            /// What the provider sent besides: fields that are not declared, and values that do not fit.
            pub extra: json::Extra,
        }
    };

    let setters = scope.plan.is_sent(&schema.name).then(|| setters(&ident, schema, fields, &idents, scope));
    let keys: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    // A type without fields reads and writes nothing by itself.
    let (key, reader, object) = if fields.is_empty() {
        (format_ident!("_key"), format_ident!("_reader"), format_ident!("_object"))
    } else {
        (format_ident!("key"), format_ident!("reader"), format_ident!("object"))
    };
    let read = if fields.is_empty() {
        quote!(::std::result::Result::Ok(false))
    } else {
        quote! {
            match #key {
                #(#keys => #reader.field(&mut self.#idents),)*
                _ => ::std::result::Result::Ok(false),
            }
        }
    };
    let conversions = quote! {
        #setters

        impl json::Object for #ident {
            #[inline]
            fn read_field(
                &mut self,
                #key: &str,
                #reader: &mut json::Reader<'_>,
            ) -> ::std::result::Result<bool, json::Error> {
                #read
            }

            #[inline]
            fn write_fields(&self, #object: &mut json::ObjectWriter<'_>) {
                #(#object.field(#keys, &self.#idents);)*
            }

            #[inline]
            fn extra(&self) -> &json::Extra {
                &self.extra
            }

            #[inline]
            fn extra_mut(&mut self) -> &mut json::Extra {
                &mut self.extra
            }
        }
    };
    TypeTokens { item, conversions }
}

fn field_doc(field: &Field, name: &str) -> TokenStream {
    let mut lines = doc::paragraphs(&field.description);
    let mut notes = Vec::new();
    if field.name.as_str() != name {
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
    doc_attributes(&lines)
}

/// `Backend::default().url("…")`: a type that cannot be written as a literal outside its crate needs setters.
fn setters(
    ident: &proc_macro2::Ident,
    schema: &Schema,
    fields: &[Field],
    idents: &[proc_macro2::Ident],
    scope: Scope<'_>,
) -> TokenStream {
    let setters = fields.iter().zip(idents).enumerate().filter(|(_, (field, _))| field.access != Access::ReadOnly).map(
        |(index, (field, setter))| {
            let (ty, conversion) = argument(&field.ty, scope);
            let value = if scope.plan.is_boxed(&schema.name, index) {
                quote!(::std::boxed::Box::new(value #conversion))
            } else {
                quote!(value #conversion)
            };
            let about = format!(" Sets {}.", doc::code(field.name.as_str()));
            quote! {
                #[doc = #about]
                #[inline]
                #[must_use]
                pub fn #setter(mut self, value: #ty) -> Self {
                    self.#setter = ::std::option::Option::Some(#value);
                    self
                }
            }
        },
    );
    let setters: Vec<TokenStream> = setters.collect();
    if setters.is_empty() { TokenStream::new() } else { quote!(impl #ident { #(#setters)* }) }
}

fn emit_enum(name: &str, schema: &Schema, values: &[EnumValue]) -> TypeTokens {
    let ident = name::ident(name);
    let wishes: Vec<Wish<'_>> = values.iter().map(|value| Wish::plain(&value.value)).collect();
    let reserved = Reserved { identifiers: &["Unrecognized"], suffix: "Value" };
    let variants: Vec<_> =
        name::assign(&wishes, Case::Pascal, reserved).iter().map(|variant| name::ident(variant)).collect();
    let texts: Vec<&str> = values.iter().map(|value| value.value.as_ref()).collect();
    let docs = values.iter().map(|value| described(&value.description, &doc::code(&value.value)));
    let enum_doc = described(&schema.description, &format!("The schema {}.", doc::code(schema.name.as_str())));
    let item = quote! {
        #enum_doc
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #ident {
            #(#docs #variants,)*
            /// A text that the documents do not list.
            Unrecognized(::std::string::String),
        }
    };
    let conversions = quote! {
        impl json::TextEnum for #ident {
            fn from_text(text: ::std::string::String) -> Self {
                match text.as_str() {
                    #(#texts => Self::#variants,)*
                    _ => Self::Unrecognized(text),
                }
            }

            fn as_text(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::Unrecognized(text) => text,
                }
            }
        }
    };
    TypeTokens { item, conversions }
}
