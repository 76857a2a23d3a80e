//! The files around the resources: `Cargo.toml`, `README.md`, `lib.rs` and the module of a service.

use bindery_ir::Provider;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::plan::{ServicePlan, TYPES_MODULE};
use super::resource::{imports, inner};
use super::rust_type::Scope;
use super::types::{self, doc_attributes};
use super::{CrateOptions, descriptor, doc, name};

/// The lints that names and numbers of parameters of a provider would trip, which are not ours to choose.
pub(crate) const LINTS: [&str; 5] = [
    "clippy::module_inception",
    "clippy::should_implement_trait",
    "clippy::too_many_arguments",
    "clippy::wrong_self_convention",
    "clippy::enum_variant_names",
];

/// What an included module must not be told: it offers all of the provider, of which its crate uses a part, and its
/// lints are those of a crate that did not write it.
pub(crate) fn included_lints() -> TokenStream {
    let names = LINTS.iter().map(|name| name.parse::<TokenStream>().unwrap_or_default());
    quote!(#[allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        clippy::pedantic,
        clippy::restriction,
        #(#names,)*
        reason = "a generated module offers all of the provider, and its names are the provider's"
    )])
}

/// The root module of a generated crate.
pub(crate) fn lib(provider: &Provider, services: &[ServicePlan<'_>], options: &CrateOptions) -> TokenStream {
    let title = if provider.title.is_empty() { provider.name.as_str() } else { &provider.title };
    let mut lines = vec![format!("{}: typed calls and their SQL.", doc::first_sentence(title).trim_end_matches('.'))];
    let about = doc::paragraphs(&provider.description);
    if !about.is_empty() {
        lines.push(String::new());
        lines.extend(about);
    }
    lines.extend([
        String::new(),
        "Every service is a cargo feature of the same name, and none is on by default; `full` is all of them.".into(),
        String::new(),
        "```".into(),
        "# fn main() -> Result<(), Box<dyn std::error::Error>> {".into(),
        format!(
            "let client = {}::client().credential({}::Token::new(\"secret\")).build()?;",
            options.crate_name(),
            options.crate_name()
        ),
        "# let _ = client;".into(),
        "# Ok(())".into(),
        "# }".into(),
        "```".into(),
    ]);
    let docs = inner(&doc_attributes(&lines));
    let allowed = LINTS.iter().map(|name| name.parse::<TokenStream>().unwrap_or_default());
    let modules = services.iter().map(|service| service_module(service, true));
    let body = root(provider, services, true);
    quote! {
        #docs
        #![forbid(unsafe_code)]
        #![cfg_attr(docsrs, feature(doc_cfg))]
        #![allow(#(#allowed),*, reason = "names and numbers of parameters are the provider's")]

        #(#modules)*

        #body
    }
}

/// What stands at the root of a provider's code besides its services.
pub(crate) fn root(provider: &Provider, services: &[ServicePlan<'_>], features: bool) -> TokenStream {
    let auth = descriptor::auth(&provider.auth);
    let lints = (!features).then(included_lints);
    let name = provider.name.as_str();
    let client_doc = format!(" A client for {}; give it a credential and build it.", doc::code(name));
    let chained = services.iter().map(|service| {
        let (module, feature) = (name::ident(&service.module), &service.module);
        let cfg = features.then(|| quote!(#[cfg(feature = #feature)]));
        quote!(#cfg resources.extend(#module::RESOURCES.iter().map(|resource| resource.get()));)
    });
    quote! {
        #lints
        pub use ::bindery_runtime::{
            Client, ClientBuilder, Credential, Environment, Error, NoCredential, Response, Rows, Token, ir, json,
        };

        /// How the provider authenticates its callers.
        #lints
        pub static AUTH: ir::Auth = #auth;

        #[doc = #client_doc]
        #lints
        pub fn client() -> ClientBuilder {
            Client::builder(#name, AUTH.clone())
        }

        /// The descriptors of all resources that are compiled in.
        #lints
        pub fn resources() -> ::std::vec::Vec<&'static ir::Resource> {
            #[allow(unused_mut, reason = "no service may be compiled in")]
            let mut resources: ::std::vec::Vec<&'static ir::Resource> = ::std::vec::Vec::new();
            #(#chained)*
            resources
        }
    }
}

/// The declaration of a service's module.
pub(crate) fn service_module(service: &ServicePlan<'_>, features: bool) -> TokenStream {
    let (module, feature) = (name::ident(&service.module), &service.module);
    let cfg = features.then(|| quote!(#[cfg(feature = #feature)] #[cfg_attr(docsrs, doc(cfg(feature = #feature)))]));
    quote!(#cfg pub mod #module;)
}

/// The module of a service, without its resources.
pub(crate) fn service(plan: &ServicePlan<'_>) -> TokenStream {
    let service = plan.service;
    let title = if service.title.is_empty() { service.name.as_str() } else { &service.title };
    let mut lines = vec![doc::first_sentence(title)];
    let about = doc::paragraphs(&service.description);
    if !about.is_empty() {
        lines.push(String::new());
        lines.extend(about);
    }
    let docs = inner(&doc_attributes(&lines));
    let modules: Vec<_> = plan.resources.iter().map(|resource| name::ident(&resource.module)).collect();
    let has_types = !plan.types().is_empty();
    let types_module = name::ident(TYPES_MODULE);
    let types = has_types.then(|| quote!(pub mod #types_module;));
    let count = Literal::usize_unsuffixed(modules.len());
    quote! {
        #docs

        #(pub mod #modules;)*
        #types

        /// The descriptors of the service's resources.
        pub static RESOURCES: [&::bindery_runtime::ir::EmbeddedResource; #count] = [#(&#modules::RESOURCE),*];
    }
}

/// The module of the types that are no row of a resource.
pub(crate) fn types(plan: &ServicePlan<'_>) -> TokenStream {
    let scope = Scope { plan, module: TYPES_MODULE };
    let emitted: Vec<_> = plan.types().into_iter().map(|(name, schema)| types::emit(name, schema, scope)).collect();
    let items = emitted.iter().map(|tokens| &tokens.item);
    let conversions = emitted.iter().map(|tokens| &tokens.conversions);
    let delegations = types::delegations(plan.types().into_iter());
    let docs = inner(&doc_attributes(&["The types that the service's resources are made of.".to_owned()]));
    let items = quote!(#(#items)* #(#conversions)* #delegations);
    let imports = imports(&items);
    quote!(#docs #imports #items)
}

/// The manifest of a generated crate.
pub(crate) fn manifest(
    provider: &Provider,
    services: &[ServicePlan<'_>],
    options: &CrateOptions,
    header: &str,
) -> String {
    let mut features: Vec<&str> = services.iter().map(|service| service.module.as_str()).collect();
    features.sort_unstable();
    let listed: Vec<String> = features.iter().map(|feature| format!("{feature} = []\n")).collect();
    let listed = listed.concat();
    let full = features.iter().map(|feature| format!("\"{feature}\"")).collect::<Vec<_>>().join(", ");
    let title = if provider.title.is_empty() { provider.name.as_str() } else { &provider.title };
    let description = toml_text(&format!("{title}: typed calls and their SQL, generated by Bindery"));
    let runtime = match &options.runtime_path {
        Some(path) => format!("{{ version = \"{}\", path = {} }}", crate::VERSION, toml_text(path)),
        None => format!("\"{}\"", crate::VERSION),
    };
    format!(
        "# {header}\n\
         [package]\n\
         name = \"{package}\"\n\
         version = \"{version}\"\n\
         edition = \"2024\"\n\
         rust-version = \"1.89\"\n\
         license = \"MIT OR Apache-2.0\"\n\
         description = {description}\n\
         \n\
         [package.metadata.docs.rs]\n\
         all-features = true\n\
         rustdoc-args = [\"--cfg\", \"docsrs\"]\n\
         \n\
         [lints.rust]\n\
         unexpected_cfgs = {{ level = \"warn\", check-cfg = [\"cfg(docsrs)\"] }}\n\
         \n\
         # A feature for every service; none is on by default.\n\
         [features]\n\
         default = []\n\
         full = [{full}]\n\
         {listed}\n\
         [dependencies]\n\
         bindery-runtime = {runtime}\n",
        package = options.package,
        version = options.version,
    )
}

/// Keeps rustfmt, whose taste depends on versions and options, from touching what was formatted already.
pub(crate) fn rustfmt(header: &str) -> String {
    format!("# {header}\ndisable_all_formatting = true\n")
}

/// The readme of a generated crate.
pub(crate) fn readme(
    provider: &Provider,
    services: &[ServicePlan<'_>],
    options: &CrateOptions,
    header: &str,
) -> String {
    let title = if provider.title.is_empty() { provider.name.as_str() } else { &provider.title };
    let rows: Vec<String> = services
        .iter()
        .map(|plan| {
            let methods: usize = plan.resources.iter().map(|resource| resource.resource.methods.len()).sum();
            format!(
                "| `{}` | {} | {} | {methods} |\n",
                plan.module,
                doc::first_sentence(&plan.service.title),
                plan.resources.len()
            )
        })
        .collect();
    let rows = rows.concat();
    format!(
        "<!-- {header} -->\n\
         # {package}\n\
         \n\
         {title}: typed calls and their SQL, generated by Bindery.\n\
         \n\
         | feature | service | resources | methods |\n\
         |---|---|---|---|\n\
         {rows}",
        package = options.package,
        title = doc::first_sentence(title).trim_end_matches('.'),
    )
}

/// Text as a TOML basic string.
fn toml_text(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", clean.replace('\\', "\\\\").replace('"', "\\\""))
}
