//! `bindery generate`: writes the generated crates, or pages.

mod watch;

use std::io::Write;
use std::time::Instant;

use bindery_codegen::output::DifferenceKind;
use bindery_codegen::{Generation, Mode, Target};

use crate::arguments::{Emit, Generate};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

/// How many changed files are named.
const NAMED: usize = 20;

pub(crate) fn run(arguments: &Generate, terminal: Terminal) -> Result<Outcome, Failure> {
    if arguments.watch {
        if arguments.targets.emit == Emit::Docs {
            return Err(Failure::Usage(
                "`--watch` follows documents into crates; pages are written without it".to_owned(),
            ));
        }
        return watch::run(arguments, terminal);
    }
    let mut outcome = Outcome::Yes;
    for target in super::targets(&arguments.targets)? {
        let start = Instant::now();
        let trust = super::trust(arguments.no_cache);
        let generation = super::generate(&target, arguments.targets.emit, Mode::Write, trust, terminal)?;
        if generation.has_errors() {
            outcome = Outcome::BadInput;
        }
        print(&target, &generation, arguments.targets.emit, start, terminal)?;
    }
    Ok(outcome)
}

/// Prints what was read and what changed.
fn print(
    target: &Target,
    generation: &Generation,
    emit: Emit,
    start: Instant,
    terminal: Terminal,
) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", read_line(generation))?;
    let out = target.out.display();
    let (foreign, changed): (Vec<_>, Vec<_>) =
        generation.differences.iter().partition(|difference| difference.kind == DifferenceKind::Extra { ours: false });
    for difference in changed.iter().take(NAMED) {
        writeln!(stdout, "  {:>8}  {out}/{}", word(&difference.kind), difference.path)?;
    }
    if let Some(more) = changed.len().checked_sub(NAMED).filter(|more| *more > 0) {
        writeln!(stdout, "  … and {more} more")?;
    }
    let written = changed.iter().filter(|difference| is_written(&difference.kind)).count();
    let files = generation.file_count;
    let up_to_date = files - written;
    writeln!(stdout, "  wrote {written} of {files} files; {up_to_date} were up to date")?;
    match emit {
        Emit::Crate => writeln!(stdout, "  look at {out}/README.md, and at {out}/src")?,
        Emit::Docs => writeln!(stdout, "  look at {out}/index.md")?,
    }
    for difference in foreign {
        terminal.note(&format!("{out}/{} was not written by bindery and is left alone", difference.path));
    }
    let seconds = start.elapsed().as_secs_f64();
    let changed = changed.len();
    writeln!(stdout, "{}: {}, {changed} files changed, {seconds:.2} s", generation.provider, totals(generation))?;
    Ok(stdout.flush()?)
}

/// What was done with a file.
fn word(kind: &DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "new",
        DifferenceKind::Changed(_) => "changed",
        DifferenceKind::Extra { .. } => "removed",
    }
}

fn is_written(kind: &DifferenceKind) -> bool {
    matches!(kind, DifferenceKind::Missing | DifferenceKind::Changed(_))
}

fn read_line(generation: &Generation) -> String {
    let Generation { provider, pages, documents, .. } = generation;
    format!("{provider}: read {pages} pages and {documents} documents: {}", totals(generation))
}

/// How much there is of everything.
fn totals(generation: &Generation) -> String {
    let services = &generation.services;
    let resources: usize = services.iter().map(|service| service.resources).sum();
    let methods: usize = services.iter().map(|service| service.methods).sum();
    let types: usize = services.iter().map(|service| service.types).sum();
    let findings = generation.findings;
    let services = services.len();
    format!("{services} services, {resources} resources, {methods} methods, {types} types, {findings} findings")
}
