//! A resource → its module: the descriptor, the row type, a request type per method; below them the conversions of
//! the row and the descriptor of the resource, which nobody reads for pleasure.

use bindery_ir::Fields;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::plan::{ResourcePlan, Row, ServicePlan};
use super::request::Place;
use super::rust_type::Scope;
use super::types::{self, doc_attributes};
use super::{descriptor, doc, name, request};

/// Emits the module of a resource, without header.
pub(crate) fn emit(resource: &ResourcePlan<'_>, place: &Place<'_>, plan: &ServicePlan<'_>) -> TokenStream {
    let docs = module_doc(resource);
    let (row, conversions) = match &resource.row {
        Some(Row::Own(schema)) => {
            let name = plan.home(&schema.name).map_or("Row", |home| &home.name);
            let tokens = types::emit(name, schema, Scope { plan, module: &resource.module });
            let delegations = types::delegations(std::iter::once((name, *schema)));
            let conversions = tokens.conversions;
            (tokens.item, quote!(#conversions #delegations))
        }
        Some(Row::Shown(schema, shown)) => (show_row(schema, shown, plan), TokenStream::new()),
        None => (TokenStream::new(), TokenStream::new()),
    };
    let methods = &resource.resource.methods;
    let requests = methods.iter().zip(&resource.requests).enumerate();
    let requests = requests.map(|(index, (method, name))| request::emit(name, method, index, place, plan));
    let static_doc = format!(" What {} is and can do.", doc::code(resource.resource.id.as_str()));
    let descriptor = descriptor::resource(resource.resource);
    let items = quote! {
        #[doc = #static_doc]
        pub static RESOURCE: ir::EmbeddedResource = ir::EmbeddedResource::new(DESCRIPTOR);

        #row

        #(#requests)*

        #conversions

        const DESCRIPTOR: &str = #descriptor;
    };
    let imports = imports(&items);
    quote!(#docs #imports #items)
}

/// The import of what the items use of the runtime.
pub(crate) fn imports(items: &TokenStream) -> TokenStream {
    let uses = |name: &str| mentions(items, name);
    let runtime = uses("runtime").then(|| quote!(self as runtime,));
    let ir = uses("ir").then(|| quote!(ir,));
    let json = uses("json").then(|| quote!(json,));
    quote!(use ::bindery_runtime::{#runtime #ir #json};)
}

/// Whether a path in the tokens starts with a name: `json::Json`, and not `runtime::Argument::json`.
fn mentions(tokens: &TokenStream, name: &str) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    // One colon stands before a type, two stand inside a path.
    let is_path = |index: usize| {
        let before = |places: usize| index.checked_sub(places).and_then(|before| tokens.get(before));
        is_colon(before(1)) && is_colon(before(2))
    };
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Ident(ident) => ident == name && is_colon(tokens.get(index + 1)) && !is_path(index),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The row of this resource lives in another module; here it has the resource's name.
fn show_row(schema: &bindery_ir::SchemaName, shown: &str, plan: &ServicePlan<'_>) -> TokenStream {
    let Some(home) = plan.home(schema) else { return TokenStream::new() };
    let (module, original, shown) = (name::ident(&home.module), name::ident(&home.name), name::ident(shown));
    if original == shown {
        quote!(
            pub use super::#module::#original;
        )
    } else {
        quote!(
            pub use super::#module::#original as #shown;
        )
    }
}

fn module_doc(resource: &ResourcePlan<'_>) -> TokenStream {
    let resource = resource.resource;
    let mut lines = vec![format!("The resource {}.", doc::code(resource.id.as_str()))];
    let description = doc::paragraphs(&resource.description);
    if !description.is_empty() {
        lines.push(String::new());
        lines.extend(description);
    }
    match &resource.fields {
        Fields::NotSelectable => {
            lines.extend([String::new(), "Its documentation says that it cannot be selected from.".to_owned()]);
        }
        Fields::Unknown | Fields::Known(_) => {}
    }
    inner(&doc_attributes(&lines))
}

/// Turns outer documentation into the documentation of the enclosing module.
pub(crate) fn inner(docs: &TokenStream) -> TokenStream {
    docs.clone()
        .into_iter()
        .flat_map(|token| match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let bang = proc_macro2::Punct::new('!', proc_macro2::Spacing::Alone);
                vec![token, bang.into()]
            }
            _ => vec![token],
        })
        .collect()
}
