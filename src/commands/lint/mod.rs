//! `bindery lint`: what is wrong with documents, and where they disagree.

mod baseline;
mod gather;
mod print;

use std::path::{Path, PathBuf};

use bindery_codegen::{Config, Inputs, Severity, Target};

use crate::arguments::{Deny, Lint, LintFormat};
use crate::findings::Counts;
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &Lint, terminal: Terminal) -> Result<Outcome, Failure> {
    let Subjects { paths, providers } = subjects(arguments)?;
    let config = if arguments.config.exists() { Config::read(&arguments.config)? } else { Config::default() };
    let threads = super::threads(arguments.jobs)?;
    let mut findings = gather::paths(&paths, &threads)?;
    for target in &providers {
        let docs = target.inputs.docs.as_slice();
        findings.extend(gather::provider(&target.inputs, docs, target.inputs.openapi.as_deref(), &threads)?);
    }
    if !arguments.docs.is_empty() || arguments.openapi.is_some() {
        let inputs = Inputs { jobs: arguments.jobs, ..Inputs::default() };
        findings.extend(gather::provider(&inputs, &arguments.docs, arguments.openapi.as_deref(), &threads)?);
    }
    let mut findings = config.lint.weigh(findings)?;
    if let Some(path) = baseline::place(arguments, &config) {
        if arguments.write_baseline {
            baseline::write(&path, &findings)?;
            terminal.note(&format!("{} findings are known from now on, by {}", findings.len(), path.display()));
            return Ok(Outcome::Yes);
        }
        let read = roots(arguments, &paths, &providers);
        findings = baseline::subtract(&path, findings, &read)?;
    }
    let mut counts = Counts::default();
    for finding in &findings {
        counts.add(finding);
    }
    match arguments.format {
        LintFormat::Text => print::text(&findings, &counts, arguments.all)?,
        LintFormat::Json => print::json(&findings, &counts)?,
        LintFormat::Github => print::github(&findings)?,
    }
    let denied = match arguments.deny {
        None => Severity::Error,
        Some(Deny::Warning) => Severity::Warning,
        Some(Deny::Note) => Severity::Note,
    };
    Ok(if counts.reach(denied) { Outcome::No } else { Outcome::Yes })
}

/// The files and folders that were read.
fn roots(arguments: &Lint, paths: &[PathBuf], providers: &[Target]) -> Vec<PathBuf> {
    let folders = providers.iter().flat_map(|target| [&target.inputs.docs, &target.inputs.openapi]).flatten();
    paths.iter().chain(folders).chain(&arguments.docs).chain(&arguments.openapi).cloned().collect()
}

/// What is linted.
struct Subjects {
    paths: Vec<PathBuf>,
    providers: Vec<Target>,
}

/// What the words mean. A bare word is a provider where the configuration has one of that name; `./word` never is.
fn subjects(arguments: &Lint) -> Result<Subjects, Failure> {
    if arguments.targets.is_empty() && (!arguments.docs.is_empty() || arguments.openapi.is_some()) {
        return Ok(Subjects { paths: Vec::new(), providers: Vec::new() });
    }
    if arguments.targets.is_empty() {
        return Ok(Subjects { paths: Vec::new(), providers: Config::read(&arguments.config)?.targets(&[])? });
    }
    let is_bare = |word: &&String| !word.contains(['/', '\\', '.']);
    let needs_config = arguments.targets.iter().any(|word| is_bare(&word)) && arguments.config.exists();
    let config = if needs_config { Config::read(&arguments.config)? } else { Config::default() };
    let (providers, paths): (Vec<String>, Vec<String>) =
        arguments.targets.iter().cloned().partition(|word| config.providers.contains_key(word));
    if let Some(word) = paths.iter().find(|word| !Path::new(word).exists()) {
        let known: Vec<&str> = config.providers.keys().map(String::as_str).collect();
        let known = if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) };
        return Err(Failure::Usage(format!(
            "`{word}` is neither a file or folder nor a provider of {}{known}",
            arguments.config.display()
        )));
    }
    let providers = if providers.is_empty() { Vec::new() } else { config.targets(&providers)? };
    Ok(Subjects { paths: paths.into_iter().map(PathBuf::from).collect(), providers })
}
