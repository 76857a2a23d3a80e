//! What stands at the root of a provider's code besides its services: the client, the credentials' kind, the
//! descriptors.
//!
//! It is the same Rust for every provider but for a few names, and so it is written as Rust, with `quote`, and printed
//! by prettyplease. The code of services, of which there is a thousand times more, is written as text (see `code`).

use bindery_ir::{Auth, AuthScheme, Provider};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::code::Code;
use super::{crate_files, doc, name};

/// Which root it is: what is compiled in differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// That of a crate with a feature for each service.
    Features,
    /// That of a service's own crate.
    Service,
    /// That of a module which is included into another crate.
    Included,
}

/// Writes the root of a provider's code. `modules` are those of its services.
pub(crate) fn emit(provider: &Provider, modules: &[&str], root: Root, code: &mut Code) {
    let provider_name = provider.name.as_str();
    let auth = auth(&provider.auth);
    let client_doc = format!(" A client for {}; give it a credential and build it.", doc::code(provider_name));
    let descriptors = descriptors(modules, root);
    let items = [
        quote! {
            pub use ::bindery_runtime::{
                Client, ClientBuilder, Credential, Environment, Error, NoCredential, Response, Rows, Token, ir, json,
            };
        },
        quote! {
            /// How the provider authenticates its callers.
            pub static AUTH: ir::Auth = #auth;
        },
        quote! {
            #[doc = #client_doc]
            pub fn client() -> ClientBuilder {
                Client::builder(#provider_name, AUTH.clone())
            }
        },
        quote! {
            /// The descriptors of all resources that are compiled in.
            pub fn resources() -> ::std::vec::Vec<&'static ir::Resource> {
                #descriptors
            }
        },
    ];
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            code.blank();
        }
        if root == Root::Included {
            crate_files::included_lints(code);
        }
        printed(item).lines().for_each(|line| code.line(line));
    }
}

/// Tokens as a person would have written them.
fn printed(item: &TokenStream) -> String {
    match syn::parse2(item.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // Tokens that are no items are still Rust; whoever compiles them says what is wrong.
        Err(_) => item.to_string(),
    }
}

fn descriptors(modules: &[&str], root: Root) -> TokenStream {
    if root == Root::Service {
        return quote!(RESOURCES.iter().map(|resource| resource.get()).collect());
    }
    let extend = modules.iter().map(|module| {
        let ident = ident(module);
        let feature = (root == Root::Features).then(|| quote!(#[cfg(feature = #module)]));
        quote! {
            #feature
            resources.extend(#ident::RESOURCES.iter().map(|resource| resource.get()));
        }
    });
    quote! {
        #[allow(unused_mut, reason = "no service may be compiled in")]
        let mut resources: ::std::vec::Vec<&'static ir::Resource> = ::std::vec::Vec::new();
        #(#extend)*
        resources
    }
}

/// The token of an identifier that `name` made.
fn ident(identifier: &str) -> Ident {
    let written = name::ident(identifier).to_string();
    match written.strip_prefix("r#") {
        Some(keyword) => Ident::new_raw(keyword, Span::call_site()),
        None => Ident::new(&written, Span::call_site()),
    }
}

fn auth(auth: &Auth) -> TokenStream {
    let text = |text: &str| quote!(ir::text(#text));
    let scheme = match &auth.scheme {
        AuthScheme::None => quote!(None),
        AuthScheme::Header { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Header { name: #name, prefix: #prefix })
        }
        AuthScheme::Query { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Query { name: #name, prefix: #prefix })
        }
        AuthScheme::Other(kind) => {
            let kind = text(kind);
            quote!(Other(#kind))
        }
    };
    let variable = match auth.variable.as_deref() {
        Some(variable) => {
            let variable = text(variable);
            quote!(::std::option::Option::Some(#variable))
        }
        None => quote!(::std::option::Option::None),
    };
    quote!(ir::Auth { scheme: ir::AuthScheme::#scheme, variable: #variable })
}
