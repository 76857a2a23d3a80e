//! `bindery inspect openapi`: one object a resource.

use std::path::Path;

use bindery_codegen::openapi::{Mapping, Options};
use bindery_codegen::{Config, Source, openapi as reader};

use crate::arguments::{InspectFormat, InspectOpenapi};
use crate::commands::{DOCUMENTS, is_there};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

use super::{Printer, has_errors};

pub(crate) fn run(arguments: &InspectOpenapi, terminal: Terminal) -> Result<Outcome, Failure> {
    let config = match &arguments.config {
        config if is_there(config) => Config::read(config)?,
        _ => Config::default(),
    };
    let arguments = &arguments.inspect;
    let mut printer = Printer::new(arguments.format)?;
    let mut reporter = terminal.reporter();
    let mut errors = false;
    for path in &arguments.paths {
        let sources = Source::read_all(path, DOCUMENTS)?;
        let mapping = mapping(&config, path);
        let options = Options { mapping: &mapping, ..Options::default() };
        let (provider, diagnostics) = reader::read_provider_with(&sources, &folder_name(path), &options);
        reporter.show(&diagnostics);
        errors |= has_errors(&diagnostics);
        for service in &provider.services {
            for resource in &service.resources {
                let text = match arguments.format {
                    InspectFormat::Text => resource_text(resource),
                    InspectFormat::Json | InspectFormat::Ndjson => {
                        reader::describe_resource(provider.name.as_str(), service, resource).to_string()
                    }
                };
                printer.object(text.as_bytes())?;
            }
        }
    }
    printer.finish()?;
    reporter.finish("`bindery lint --all`");
    Ok(if errors { Outcome::BadInput } else { Outcome::Yes })
}

/// What a configuration states about the documents of a folder.
fn mapping(config: &Config, folder: &Path) -> Mapping {
    let is_same = |configured: &Path| match (configured.canonicalize(), folder.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    let is_of_folder = |openapi: &Path| is_same(&config.locate(openapi));
    let mut providers = config.providers.values();
    let found = providers.find(|provider| provider.openapi.as_deref().is_some_and(is_of_folder));
    found.map(|provider| provider.mapping.clone()).unwrap_or_default()
}

/// What a provider is called where no document says it: the folder or file that was named.
fn folder_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "provider".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn resource_text(resource: &bindery_ir::Resource) -> String {
    let mut text = format!("{}\n", resource.id);
    for method in &resource.methods {
        let verbs: Vec<&str> = method.verbs.iter().map(|verb| verb.as_str()).collect();
        let required: Vec<&str> = method.required().map(|parameter| parameter.name.as_str()).collect();
        let wire = method.http.as_ref().map_or_else(String::new, |http| format!("{} {}", http.method, http.path));
        text += &format!("  {:8} {}({})  {wire}\n", verbs.join(","), method.name, required.join(", "));
    }
    text
}
