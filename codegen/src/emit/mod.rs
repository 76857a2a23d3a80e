//! [`Provider`] → the files of a Rust crate.
//!
//! A pure function: the model goes in, names and texts of files come out, and the same model gives the same bytes on
//! every machine and with any number of threads. What comes from documents reaches the code only as literals and lines
//! of documentation; identifiers and file names come from one module, `name`; types are named once, in `plan`.
//!
//! What had a name before keeps it: beside the code of a service lies its surface, which says what was given
//! ([`GivenNames`]).
//!
//! A service is emitted without knowing of the others ([`emit_services`]); the files around the services need no more
//! than their summaries ([`emit_root`]). So one service can be emitted again, and the rest be left as it is.

mod answer;
mod code;
mod crate_files;
mod descriptor;
mod doc;
mod given;
mod manifest;
mod name;
mod options;
pub mod pages;
mod plan;
mod request;
mod resource;
mod root;
mod rust_type;
mod sql;
mod surface;
mod types;

use std::collections::BTreeSet;

use bindery_ir::{Provider, SchemaName, Service};
use serde::{Deserialize, Serialize};

use crate::threads;
use code::Code;
pub use given::GivenNames;
use name::{Case, Namespace, Wish};
use options::header;
pub use options::{CrateOptions, Layout, package_name};
use plan::{ServicePlan, TYPES_MODULE};
use request::{Place, ServicePath};
use root::Root;
pub use surface::SURFACE;

/// A file that was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Its path below the crate, with `/` between its parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What the files around the services say of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// Its module and cargo feature.
    pub module: String,
    /// Its title.
    pub title: String,
    /// How many resources it has.
    pub resources: usize,
    /// How many methods they have.
    pub methods: usize,
    /// How many types it has.
    pub types: usize,
    /// How long its code is.
    pub bytes: usize,
}

impl ServiceSummary {
    /// What a service is, under its module.
    pub fn of(service: &Service, module: String, bytes: usize) -> Self {
        Self {
            name: service.name.to_string(),
            module,
            title: service.title.to_string(),
            resources: service.resources.len(),
            methods: service.resources.iter().map(|resource| resource.methods.len()).sum(),
            types: service.schemas.len(),
            bytes,
        }
    }
}

/// The code of a service: its files below its module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCode {
    /// What it is.
    pub summary: ServiceSummary,
    /// `mod.rs` first, then a file a resource, `types.rs` and the surface.
    files: Vec<GeneratedFile>,
    /// What takes the place of `mod.rs` where the service has a crate of its own.
    lib: String,
}

/// A descriptor that has no JSON form. This is a defect of the reader that made it.
#[derive(Debug, thiserror::Error)]
#[error("`{service}` cannot be described ({error}); please report this with the documents it came from")]
pub struct EmitError {
    service: String,
    #[source]
    error: serde_json::Error,
}

/// Emits the crate of a provider, sorted by path; several crates where the layout says so. No name was given before.
///
/// # Errors
/// When a descriptor has no JSON form.
pub fn emit_crate(provider: &Provider, options: &CrateOptions) -> Result<Vec<GeneratedFile>, EmitError> {
    let (services, layout) = emit_all(provider, options, &GivenNames::default(), &|| ())?;
    let summaries: Vec<ServiceSummary> = services.iter().map(|service| service.summary.clone()).collect();
    let mut files = emit_root(provider, &summaries, options, layout);
    files.extend(services.into_iter().flat_map(|service| service.into_files(provider, options, layout)));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Emits all services of a provider, in the layout of the options or the one that their size asks for. `emitted` is
/// called after each.
///
/// # Errors
/// When a descriptor has no JSON form.
pub fn emit_all(
    provider: &Provider,
    options: &CrateOptions,
    given: &GivenNames<'_>,
    emitted: &(dyn Fn() + Sync),
) -> Result<(Vec<ServiceCode>, Layout), EmitError> {
    let modules = features_as_given(provider, given);
    let services: Vec<(&Service, &str)> = provider.services.iter().zip(modules.iter().map(String::as_str)).collect();
    let wanted = options.layout.unwrap_or(Layout::Provider);
    let code = emit_services(provider, &services, options, wanted, given, emitted)?;
    let summaries: Vec<ServiceSummary> = code.iter().map(|service| service.summary.clone()).collect();
    let layout = options.layout.unwrap_or_else(|| Layout::for_services(&summaries));
    // How large it is shows only now, and examples name the crate that they are in.
    let code =
        if layout == wanted { code } else { emit_services(provider, &services, options, layout, given, &|| ())? };
    Ok((code, layout))
}

/// Emits services of a provider under the modules that [`features`] gave them, on as many threads as the options say.
/// `emitted` is called after each.
///
/// # Errors
/// When a descriptor has no JSON form.
pub fn emit_services(
    provider: &Provider,
    services: &[(&Service, &str)],
    options: &CrateOptions,
    layout: Layout,
    given: &GivenNames<'_>,
    emitted: &(dyn Fn() + Sync),
) -> Result<Vec<ServiceCode>, EmitError> {
    let mut order: Vec<(usize, &Service, &str)> =
        services.iter().enumerate().map(|(index, (service, module))| (index, *service, *module)).collect();
    // The largest first, so that no thread is left alone with one of them.
    order.sort_by_key(|(_, service, _)| std::cmp::Reverse(service.schemas.len()));
    let mut results = threads::map(&order, options.jobs, |(index, service, module)| {
        let plan = ServicePlan::new(service, (*module).to_owned(), given.in_service(service.name.as_str()));
        let result = emit_service(provider, &plan, options, layout, Part::Whole);
        emitted();
        (*index, result)
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// How much of a service is emitted.
#[derive(Clone, Copy)]
enum Part<'p> {
    Whole,
    /// What holds the code of this, and the surface.
    Only(&'p Changed),
}

/// What of a service changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    /// Resources, by their places.
    pub(crate) resources: BTreeSet<usize>,
    /// Schemas that were objects and are.
    pub(crate) schemas: BTreeSet<SchemaName>,
}

impl Changed {
    /// Whether that is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.schemas.is_empty()
    }
}

impl Part<'_> {
    fn has(self, place: usize, module: &str, plan: &ServicePlan<'_>) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(changed) => changed.resources.contains(&place) || self.has_home_in(module, plan),
        }
    }

    /// Whether a module is the home of something that is emitted.
    fn has_home_in(self, module: &str, plan: &ServicePlan<'_>) -> bool {
        let is_home = |schema: &SchemaName| plan.home(schema).is_some_and(|home| home.module == module);
        match self {
            Self::Whole => true,
            Self::Only(changed) => changed.schemas.iter().any(is_home),
        }
    }
}

/// A number for what the code of each resource of a service takes from the others.
pub(crate) fn common(service: &Service, module: &str, given: &GivenNames<'_>) -> u64 {
    ServicePlan::new(service, module.to_owned(), given.in_service(service.name.as_str())).common()
}

/// Emits a service again of which something changed and nothing else; what other files take from that being what it was. `None` when it is not. Of the code, only the files are there that may have changed, and its
/// length is theirs.
///
/// # Errors
/// When a descriptor has no JSON form.
pub(crate) fn emit_again(
    provider: &Provider,
    (service, module): (&Service, &str),
    options: &CrateOptions,
    layout: Layout,
    given: &GivenNames<'_>,
    (common, changed): (u64, &Changed),
) -> Result<Option<ServiceCode>, EmitError> {
    let plan = ServicePlan::new(service, module.to_owned(), given.in_service(service.name.as_str()));
    if plan.common() != common {
        return Ok(None);
    }
    emit_service(provider, &plan, options, layout, Part::Only(changed)).map(Some)
}

fn emit_service(
    provider: &Provider,
    plan: &ServicePlan<'_>,
    options: &CrateOptions,
    layout: Layout,
    part: Part<'_>,
) -> Result<ServiceCode, EmitError> {
    let header = options.header();
    let path = match layout {
        Layout::Service => {
            let crate_name = options.of_service(&plan.module).crate_name();
            ServicePath { path: crate_name.clone(), crate_name }
        }
        Layout::Provider => {
            let crate_name = options.crate_name();
            ServicePath { path: format!("{crate_name}::{}", name::ident(&plan.module)), crate_name }
        }
    };
    let mut files = Vec::with_capacity(plan.resources.len() + 3);
    let is_whole = matches!(part, Part::Whole);
    if is_whole {
        files.push(file("mod.rs".to_owned(), crate_files::service(plan, &header)));
    }
    let resources = plan.resources.iter().enumerate();
    for (_, resource) in resources.filter(|(place, resource)| part.has(*place, &resource.module, plan)) {
        let place = Place { service: Some(&path), resource: &resource.module };
        let mut code = Code::file(&header);
        resource::emit(resource, &place, plan, &mut code)
            .map_err(|error| EmitError { service: plan.service.name.to_string(), error })?;
        files.push(file(format!("{}.rs", resource.module), code));
    }
    if part.has_home_in(TYPES_MODULE, plan) && !plan.types().is_empty() {
        let mut code = Code::file(&header);
        crate_files::types(plan, &mut code);
        files.push(file(format!("{TYPES_MODULE}.rs"), code));
    }
    let lib = crate_files::service_lib(provider, plan, &options.of_service(&plan.module)).into_text();
    let bytes = files.iter().map(|file| file.text.len()).sum();
    files.push(GeneratedFile { path: SURFACE.to_owned(), text: surface::surface(plan, &header) });
    let summary = ServiceSummary::of(plan.service, plan.module.clone(), bytes);
    Ok(ServiceCode { summary, files, lib })
}

impl ServiceCode {
    /// The files of the service, where the layout puts them.
    pub fn into_files(self, provider: &Provider, options: &CrateOptions, layout: Layout) -> Vec<GeneratedFile> {
        let module = &self.summary.module;
        let folder = match layout {
            Layout::Provider => format!("src/{module}"),
            Layout::Service => format!("services/{module}/src"),
        };
        let mut files: Vec<GeneratedFile> = Vec::with_capacity(self.files.len() + 3);
        if layout == Layout::Service {
            let options = options.of_service(module);
            let around = [
                ("Cargo.toml", manifest::of_service(provider, &self.summary, &options)),
                ("README.md", manifest::service_readme(&self.summary, &options)),
                ("rustfmt.toml", manifest::rustfmt(&options.header())),
                ("src/lib.rs", self.lib),
            ];
            let at = |name: &str| format!("services/{module}/{name}");
            files.extend(around.map(|(name, text)| GeneratedFile { path: at(name), text }));
        }
        let own = self.files.into_iter().filter(|file| layout == Layout::Provider || file.path != "mod.rs");
        files.extend(own.map(|file| GeneratedFile { path: format!("{folder}/{}", file.path), text: file.text }));
        files
    }
}

/// Emits the files around the services.
pub fn emit_root(
    provider: &Provider,
    services: &[ServiceSummary],
    options: &CrateOptions,
    layout: Layout,
) -> Vec<GeneratedFile> {
    let header = options.header();
    let texts = [
        (".gitattributes", manifest::gitattributes(&header)),
        ("Cargo.toml", manifest::of_provider(provider, services, options, layout)),
        ("README.md", manifest::readme(provider, services, options, layout)),
        ("rustfmt.toml", manifest::rustfmt(&header)),
        ("src/lib.rs", crate_files::lib(provider, services, options, layout).into_text()),
    ];
    texts.map(|(path, text)| GeneratedFile { path: path.to_owned(), text }).into()
}

fn file(path: String, code: Code) -> GeneratedFile {
    GeneratedFile { path, text: code.into_text() }
}

/// Emits a provider as one file of nested modules, to be included into somebody else's crate.
///
/// # Errors
/// When a descriptor has no JSON form.
pub fn emit_module(provider: &Provider, source: &str) -> Result<String, EmitError> {
    let mut code = Code::file(&header(source));
    let mut modules = Vec::new();
    for (service, module_name) in provider.services.iter().zip(features(provider)) {
        let plan = ServicePlan::new(service, module_name, None);
        code.doc(&format!("The service {}.", doc::code(service.name.as_str())));
        crate_files::included_lints(&mut code);
        module(&plan.module, &mut code, |code| {
            for resource in &plan.resources {
                let place = Place { service: None, resource: &resource.module };
                module(&resource.module, code, |code| resource::emit(resource, &place, &plan, code))?;
            }
            if !plan.types().is_empty() {
                module(TYPES_MODULE, code, |code| {
                    crate_files::types(&plan, code);
                    Ok(())
                })?;
            }
            crate_files::descriptors(&plan, code);
            Ok(())
        })
        .map_err(|error| EmitError { service: service.name.to_string(), error })?;
        modules.push(plan.module);
    }
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    root::emit(provider, &modules, Root::Included, &mut code);
    Ok(code.into_text())
}

/// Writes a module around what is written inside, with an empty line after it.
fn module<E>(name: &str, code: &mut Code, inside: impl FnOnce(&mut Code) -> Result<(), E>) -> Result<(), E> {
    let mut written = Ok(());
    code.block(format_args!("pub mod {}", name::ident(name)), |code| written = inside(code));
    code.blank();
    written
}

/// The cargo features of a provider's crate, which are also its modules: one for each service, in their order.
pub fn features(provider: &Provider) -> Vec<String> {
    features_as_given(provider, &GivenNames::default())
}

/// The same where some had names before.
fn features_as_given(provider: &Provider, given: &GivenNames<'_>) -> Vec<String> {
    let wishes: Vec<Wish<'_>> = provider.services.iter().map(|service| Wish::plain(service.name.as_str())).collect();
    // These are the features that are not services.
    let reserved = &["default", "full"];
    let given = |service: &str| given.module(service);
    let space = Namespace { reserved, suffix: "_", given: &given, case: Case::Snake };
    name::assign(&wishes, space).iter().map(|module| name::module(module)).collect()
}
