//! The Rust files around the resources: `lib.rs`, the module of a service, its types.

use bindery_ir::Provider;

use super::code::Code;
use super::plan::{ServicePlan, TYPES_MODULE};
use super::root::{self, Root};
use super::rust_type::Scope;
use super::{CrateOptions, Layout, ServiceSummary, code, doc, name, types};

/// The lints that names and numbers of parameters of a provider would trip, which are not ours to choose.
const LINTS: [&str; 5] = [
    "clippy::module_inception",
    "clippy::should_implement_trait",
    "clippy::too_many_arguments",
    "clippy::wrong_self_convention",
    "clippy::enum_variant_names",
];

/// Writes what an included module must not be told: it offers all of the provider, of which its crate uses a part, and
/// its lints are those of a crate that did not write it.
pub(crate) fn included_lints(code: &mut Code) {
    let general = ["dead_code", "unreachable_pub", "unused_imports", "clippy::pedantic", "clippy::restriction"];
    let reason = "reason = \"a generated module offers all of the provider, and its names are the provider's\"";
    let names: Vec<&str> = general.into_iter().chain(LINTS).chain([reason]).collect();
    code.list("#[allow(", &names, ")]");
}

/// The attributes of a generated crate.
fn crate_attributes(code: &mut Code) {
    code.line("#![forbid(unsafe_code)]");
    code.line("#![cfg_attr(docsrs, feature(doc_cfg))]");
    let reason = "reason = \"names and numbers of parameters are the provider's\"";
    let names: Vec<&str> = LINTS.into_iter().chain([reason]).collect();
    code.list("#![allow(", &names, ")]");
    code.blank();
}

/// The root module of a provider's crate.
pub(crate) fn lib(provider: &Provider, services: &[ServiceSummary], options: &CrateOptions, layout: Layout) -> Code {
    let mut code = Code::file(&options.header());
    let title = if provider.title.is_empty() { provider.name.as_str() } else { &provider.title };
    let mut lines = vec![format!("{}: typed calls and their SQL.", doc::first_sentence(title).trim_end_matches('.'))];
    let about = doc::paragraphs(&provider.description);
    if !about.is_empty() {
        lines.push(String::new());
        lines.extend(about);
    }
    lines.push(String::new());
    lines.push(
        match layout {
            Layout::Provider => {
                "Every service is a cargo feature of the same name, and none is on by default; `full` is all of them."
            }
            Layout::Service if super::manifest::has_features(services) => {
                "Every service is a crate, shown here by a cargo feature of its name; none is on by default."
            }
            Layout::Service => "Every service is a crate of its own, which the readme lists.",
        }
        .to_owned(),
    );
    lines.extend(client_example(&options.crate_name()));
    code.inner_docs(&lines);
    crate_attributes(&mut code);
    let shown: &[ServiceSummary] =
        if layout == Layout::Provider || super::manifest::has_features(services) { services } else { &[] };
    for service in shown {
        let (module, feature) = (name::ident(&service.module), code::literal(&service.module));
        code.line(format_args!("#[cfg(feature = {feature})]"));
        code.line(format_args!("#[cfg_attr(docsrs, doc(cfg(feature = {feature})))]"));
        match layout {
            Layout::Provider => code.line(format_args!("pub mod {module};")),
            Layout::Service => {
                let service_crate = options.of_service(&service.module).crate_name();
                code.line(format_args!("pub use ::{service_crate} as {module};"));
            }
        }
        code.blank();
    }
    let modules: Vec<&str> = shown.iter().map(|service| service.module.as_str()).collect();
    root::emit(provider, &modules, Root::Features, &mut code);
    code
}

/// The root module of a service's crate.
pub(crate) fn service_lib(provider: &Provider, plan: &ServicePlan<'_>, options: &CrateOptions) -> Code {
    let mut code = Code::file(&options.header());
    let mut lines = service_docs(plan);
    lines.extend(client_example(&options.crate_name()));
    code.inner_docs(&lines);
    crate_attributes(&mut code);
    declare_modules(plan, &mut code);
    code.blank();
    root::emit(provider, &[], Root::Service, &mut code);
    code
}

fn client_example(crate_name: &str) -> [String; 8] {
    [
        String::new(),
        "```".to_owned(),
        "# fn main() -> Result<(), Box<dyn std::error::Error>> {".to_owned(),
        format!("let client = {crate_name}::client().credential({crate_name}::Token::new(\"secret\")).build()?;"),
        "# let _ = client;".to_owned(),
        "# Ok(())".to_owned(),
        "# }".to_owned(),
        "```".to_owned(),
    ]
}

/// The module of a service, without its resources.
pub(crate) fn service(plan: &ServicePlan<'_>, header: &str) -> Code {
    let mut code = Code::file(header);
    code.inner_docs(&service_docs(plan));
    declare_modules(plan, &mut code);
    code
}

fn service_docs(plan: &ServicePlan<'_>) -> Vec<String> {
    let service = plan.service;
    let title = if service.title.is_empty() { service.name.as_str() } else { &service.title };
    let mut lines = vec![doc::first_sentence(title)];
    let about = doc::paragraphs(&service.description);
    if !about.is_empty() {
        lines.push(String::new());
        lines.extend(about);
    }
    lines
}

fn declare_modules(plan: &ServicePlan<'_>, code: &mut Code) {
    for resource in &plan.resources {
        code.line(format_args!("pub mod {};", name::ident(&resource.module)));
    }
    if !plan.types().is_empty() {
        code.line(format_args!("pub mod {TYPES_MODULE};"));
    }
    code.blank();
    descriptors(plan, code);
}

/// Writes the list of the descriptors of a service's resources.
pub(crate) fn descriptors(plan: &ServicePlan<'_>, code: &mut Code) {
    let resources: Vec<String> =
        plan.resources.iter().map(|resource| format!("&{}::RESOURCE", name::ident(&resource.module))).collect();
    let count = resources.len();
    code.doc("The descriptors of the service's resources.");
    let before =
        format_args!("pub static RESOURCES: [&::bindery_runtime::ir::EmbeddedResource; {count}] = [").to_string();
    code.list(before, &resources, "];");
}

/// Writes the module of the types that are no row of a resource.
pub(crate) fn types(plan: &ServicePlan<'_>, code: &mut Code) {
    let scope = Scope { plan, module: TYPES_MODULE };
    let mut items = code.part();
    let homes = plan.types();
    for (index, home) in homes.iter().enumerate() {
        if index > 0 {
            items.blank();
        }
        types::emit(home, scope, &mut items);
    }
    types::emit_tables(&homes, &mut items);
    code.inner_docs(&["The types that the service's resources are made of.".to_owned()]);
    code.imports(&items);
    code.append(&items);
}
