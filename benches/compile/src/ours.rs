//! Bindery's crates of the documents, and the lines that its own examples call a method with.

use std::error::Error;
use std::fs;
use std::path::Path;

use bindery_codegen::emit::{CrateOptions, Layout, emit_crate, features};
use bindery_codegen::{Inputs, Source, output, read};
use bindery_ir::Provider;

/// Our crates, as they were written.
pub(crate) struct Ours {
    pub(crate) provider: Provider,
    /// The feature of each service that was asked for, which is its module too.
    pub(crate) modules: Vec<String>,
    /// The crate of each; none where all are one crate.
    pub(crate) packages: Vec<String>,
}

/// Generates our crates.
pub(crate) fn write(folder: &Path, services: &[String], layout: Layout, out: &Path) -> Result<Ours, Box<dyn Error>> {
    let inputs = Inputs { openapi: Some(folder.to_owned()), services: services.to_vec(), ..Inputs::default() };
    let provider = read(&inputs)?.provider;
    let mut options = CrateOptions::new("ours", "the documents of the benchmark");
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime").canonicalize()?;
    options.runtime_path = Some(runtime.to_string_lossy().into_owned());
    options.layout = Some(layout);
    let files = emit_crate(&provider, &options)?;
    // Written anew, so that nothing is taken for compiled.
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    output::apply(out, &output::compare(out, &files)?, &files)?;
    let found: Vec<(String, String)> =
        provider.services.iter().map(|service| service.name.to_string()).zip(features(&provider)).collect();
    let module = |name: &String| found.iter().find(|(service, _)| service == name).map(|(_, module)| module.clone());
    let modules = services.iter().map(|name| module(name).ok_or_else(|| format!("there is no service {name}")));
    let modules: Vec<String> = modules.collect::<Result<_, _>>()?;
    let packages = match layout {
        Layout::Service => modules.iter().map(|module| options.of_service(module).package).collect(),
        Layout::Provider => Vec::new(),
    };
    Ok(Ours { provider, modules, packages })
}

/// The lines of the example on the method that gets `path`: its import, and the call.
pub(crate) fn example(ours: &Ours, out: &Path, service: &str, path: &str) -> Result<[String; 2], Box<dyn Error>> {
    let resources = ours.provider.service(service).map(|service| service.resources.as_ref()).unwrap_or_default();
    let is_meant = |method: &bindery_ir::Method| {
        method.http.as_ref().is_some_and(|http| http.path == *path && http.method == bindery_ir::HttpMethod::Get)
    };
    let found = resources.iter().find_map(|resource| Some((resource, resource.methods.iter().position(is_meant)?)));
    let (resource, index) = found.ok_or_else(|| format!("no method gets {path}"))?;
    let from = [" ", "\""].map(|end| format!(" FROM {}{end}", resource.id));
    let number = format!("EmbeddedMethod::new(&RESOURCE, {index})");
    for file in Source::find(&out.join("src"), &["rs"])? {
        let text = fs::read_to_string(&file)?;
        let Some((before, _)) = text.split_once(&number).filter(|_| from.iter().any(|from| text.contains(from))) else {
            continue;
        };
        let line = |wanted: &dyn Fn(&str) -> bool| {
            let lines = before.lines().rev().filter_map(|line| line.trim_start().strip_prefix("/// "));
            lines.map(str::to_owned).find(|line| wanted(line))
        };
        let import = line(&|line| line.starts_with("use "));
        let call = line(&|line| line.contains(".send(&client)") || line.contains(".stream(&client)"));
        if let (Some(import), Some(call)) = (import, call) {
            return Ok([import, call]);
        }
    }
    Err(format!("no example calls {path}").into())
}
