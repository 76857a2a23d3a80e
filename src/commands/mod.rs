//! One module a command; what they share is here.

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod mock;
pub(crate) mod registry;
pub(crate) mod shell;
pub(crate) mod sql;

use std::num::NonZeroUsize;
use std::path::Path;

use bindery_codegen::emit::CrateOptions;
use bindery_codegen::emit::pages::emit_pages;
use bindery_codegen::{Config, Generation, Inputs, Mode, Target, Trust, common_folder, output, read};

use crate::arguments::{Emit, Targets};
use crate::outcome::Failure;
use crate::terminal::Terminal;

/// How pages are called.
const PAGES: &[&str] = &["md", "mdx"];

/// How OpenAPI documents are called.
const DOCUMENTS: &[&str] = &["yaml", "yml", "json"];

/// Whether there is a configuration to be read, or somebody said that there is: without one, a folder is as good as any.
fn is_there(config: &Path) -> bool {
    config != Path::new("bindery.toml") || config.is_file()
}

/// What the words of `generate` and `check` mean: the same for both, or they would not agree.
fn targets(arguments: &Targets) -> Result<Vec<Target>, Failure> {
    if arguments.emit == Emit::Docs && arguments.out.is_none() {
        return Err(Failure::Usage("`--emit docs` needs --out, the folder for the pages".to_owned()));
    }
    let mut targets = match &arguments.provider {
        Some(provider) => vec![target_from_folders(provider, arguments)?],
        None => {
            let mut targets = Config::read(&arguments.config)?.targets(&arguments.providers)?;
            for target in &mut targets {
                if let Some(out) = &arguments.out {
                    target.out = out.join(&target.inputs.provider);
                    target.lock = None;
                }
                if !arguments.services.is_empty() {
                    target.inputs.services.clone_from(&arguments.services);
                    target.lock = None;
                }
            }
            targets
        }
    };
    for target in &mut targets {
        target.options.jobs = jobs(arguments.jobs);
        target.inputs.jobs = arguments.jobs;
        if arguments.layout.is_some() {
            target.options.layout = arguments.layout.map(Into::into);
            target.lock = None;
        }
    }
    Ok(targets)
}

/// How many threads work at once: as many as was asked for, or as there are processors.
fn jobs(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// That many threads.
fn threads(asked: Option<NonZeroUsize>) -> Result<rayon::ThreadPool, Failure> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(jobs(asked).get()).build()?)
}

fn target_from_folders(provider: &str, arguments: &Targets) -> Result<Target, Failure> {
    if arguments.docs.is_none() && arguments.openapi.is_none() {
        return Err(Failure::Usage(format!("`--provider {provider}` needs --docs, --openapi or both")));
    }
    let Some(out) = arguments.out.clone() else {
        return Err(Failure::Usage(format!("`--provider {provider}` needs --out")));
    };
    let inputs = Inputs {
        provider: provider.to_owned(),
        docs: arguments.docs.clone(),
        openapi: arguments.openapi.clone(),
        services: arguments.services.clone(),
        ..Inputs::default()
    };
    let options = CrateOptions::new(provider, common_folder(&inputs));
    Ok(Target { inputs, options, out, lock: None })
}

/// Whether one of two folders lies in the other.
fn overlap(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize()) else { return false };
    one.starts_with(&other) || other.starts_with(&one)
}

/// Whether what was generated before is believed.
fn trust(no_cache: bool) -> Trust {
    if no_cache { Trust::Nothing } else { Trust::Cache }
}

/// Brings a target up to date, or compares it, saying what was wrong with its documents.
fn generate(target: &Target, emit: Emit, mode: Mode, trust: Trust, terminal: Terminal) -> Result<Generation, Failure> {
    let generation = match emit {
        Emit::Crate => {
            let progress = terminal.progress(&target.inputs.provider);
            let generation = target.generate(mode, trust, &|step| progress.show(step));
            progress.finish();
            generation?
        }
        Emit::Docs => generate_pages(target, mode)?,
    };
    report(target, &generation, terminal)?;
    Ok(generation)
}

/// Says what was wrong with the documents of a target.
fn report(target: &Target, generation: &Generation, terminal: Terminal) -> Result<(), Failure> {
    let mut reporter = terminal.reporter();
    reporter.show(&generation.diagnostics);
    reporter.finish(&format!("`bindery lint {}`", target.inputs.provider));
    if !generation.unknown_services.is_empty() {
        let unknown = generation.unknown_services.join("`, `");
        return Err(Failure::Usage(format!("`{}` has no service `{unknown}`", target.inputs.provider)));
    }
    Ok(())
}

fn generate_pages(target: &Target, mode: Mode) -> Result<Generation, Failure> {
    if let Some(docs) = target.inputs.docs.as_deref().filter(|docs| overlap(docs, &target.out)) {
        let message = format!("{} holds the pages that are read; write to another folder", docs.display());
        return Err(Failure::Usage(message));
    }
    let mut reading = read(&target.inputs)?;
    let pages = emit_pages(&reading.provider, &target.options.source);
    reading.diagnostics.extend(pages.findings);
    let differences = output::compare(&target.out, &pages.files)?;
    if mode == Mode::Write {
        output::apply(&target.out, &differences, &pages.files)?;
    }
    Ok(Generation::of_pages(reading, &target.inputs, pages.files, differences))
}
