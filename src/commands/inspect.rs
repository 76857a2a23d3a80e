//! `bindery inspect`: what was read, before anything is made of it.

use std::io::Write;
use std::path::Path;

use bindery_codegen::docs::{Page, read_page};
use bindery_codegen::{Diagnostic, Severity, Source, openapi as reader};
use serde_json::Value;

use crate::arguments::{InspectFormat, InspectPaths};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

/// `bindery inspect docs`.
pub(crate) fn docs(arguments: &InspectPaths, terminal: Terminal) -> Result<Outcome, Failure> {
    let mut printer = Printer::new(arguments.format);
    let mut errors = false;
    for path in &arguments.paths {
        for source in Source::read_all(path, &["md", "mdx"])? {
            let page = read_page(&source.path, &source.text);
            errors |= report(&page.diagnostics, terminal);
            match arguments.format {
                InspectFormat::Text => print(&page_text(&page))?,
                InspectFormat::Json | InspectFormat::Ndjson => printer.object(page.to_json())?,
            }
        }
    }
    printer.finish()?;
    Ok(if errors { Outcome::BadInput } else { Outcome::Yes })
}

/// `bindery inspect openapi`.
pub(crate) fn openapi(arguments: &InspectPaths, terminal: Terminal) -> Result<Outcome, Failure> {
    let mut printer = Printer::new(arguments.format);
    let mut errors = false;
    for path in &arguments.paths {
        let sources = Source::read_all(path, &["yaml", "yml", "json"])?;
        let (provider, diagnostics) = reader::read_provider(&sources, &folder_name(path));
        errors |= report(&diagnostics, terminal);
        for service in &provider.services {
            for resource in &service.resources {
                let object = reader::describe_resource(provider.name.as_str(), service, resource);
                match arguments.format {
                    InspectFormat::Text => print(&resource_text(resource))?,
                    InspectFormat::Json | InspectFormat::Ndjson => printer.object(object)?,
                }
            }
        }
    }
    printer.finish()?;
    Ok(if errors { Outcome::BadInput } else { Outcome::Yes })
}

/// Shows diagnostics; whether there was an error among them.
fn report(diagnostics: &[Diagnostic], terminal: Terminal) -> bool {
    terminal.diagnostics(diagnostics);
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// What a provider is called where no document says it: the folder or file that was named.
fn folder_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "provider".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn page_text(page: &Page) -> String {
    let id = page.id.as_ref().map_or_else(|| page.title.clone(), ToString::to_string);
    let mut text = format!("{id}  ({})\n", page.path);
    for method in &page.methods {
        let required: Vec<&str> = method.required.iter().map(bindery_ir::SqlName::as_str).collect();
        text += &format!("  {:8} {}({})\n", method.verb.as_str(), method.name, required.join(", "));
    }
    text
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

fn print(text: &str) -> Result<(), Failure> {
    Ok(write!(std::io::stdout().lock(), "{text}")?)
}

/// Prints objects in the format that was asked for.
struct Printer {
    format: InspectFormat,
    objects: Vec<Value>,
}

impl Printer {
    fn new(format: InspectFormat) -> Self {
        Self { format, objects: Vec::new() }
    }

    fn object(&mut self, object: Value) -> Result<(), Failure> {
        if self.format == InspectFormat::Ndjson {
            writeln!(std::io::stdout().lock(), "{object}")?;
        } else {
            self.objects.push(object);
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        if self.format == InspectFormat::Json {
            writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&self.objects)?)?;
        }
        Ok(())
    }
}
