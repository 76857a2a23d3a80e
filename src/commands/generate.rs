//! `bindery generate`: writes the generated crates, or pages.

use std::io::Write;

use bindery_codegen::merge::has_errors;
use bindery_codegen::output::{self, DifferenceKind};
use bindery_codegen::{Reading, Severity};

use crate::arguments::{Emit, Generate};
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

/// How many changed files are named.
const NAMED: usize = 20;

pub(crate) fn run(arguments: &Generate, terminal: Terminal) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Yes;
    let mut stdout = std::io::stdout().lock();
    for target in super::targets(&arguments.targets)? {
        let (reading, files) = super::generate(&target, arguments.targets.emit, terminal)?;
        let differences = output::compare(&target.out, &files)?;
        output::apply(&target.out, &differences, &files)?;
        if has_errors(&reading.diagnostics) {
            outcome = Outcome::BadInput;
        }

        writeln!(stdout, "{}", read_line(&reading))?;
        let out = target.out.display();
        let (foreign, changed): (Vec<_>, Vec<_>) =
            differences.iter().partition(|difference| difference.kind == DifferenceKind::Extra { ours: false });
        for difference in changed.iter().take(NAMED) {
            let word = match difference.kind {
                DifferenceKind::Missing => "new",
                DifferenceKind::Changed(_) => "changed",
                DifferenceKind::Extra { .. } => "removed",
            };
            writeln!(stdout, "  {word:>8}  {out}/{}", difference.path)?;
        }
        if let Some(more) = changed.len().checked_sub(NAMED).filter(|more| *more > 0) {
            writeln!(stdout, "  … and {more} more")?;
        }
        let up_to_date = files.len() - changed.iter().filter(|difference| is_written(&difference.kind)).count();
        writeln!(
            stdout,
            "  wrote {} of {} files; {up_to_date} were up to date",
            files.len() - up_to_date,
            files.len()
        )?;
        match arguments.targets.emit {
            Emit::Crate => writeln!(stdout, "  look at {out}/README.md, and at {out}/src")?,
            Emit::Docs => writeln!(stdout, "  look at {out}/index.md")?,
        }
        for difference in foreign {
            terminal.note(&format!("{out}/{} was not written by bindery and is left alone", difference.path));
        }
    }
    Ok(outcome)
}

fn is_written(kind: &DifferenceKind) -> bool {
    matches!(kind, DifferenceKind::Missing | DifferenceKind::Changed(_))
}

fn read_line(reading: &Reading) -> String {
    let provider = &reading.provider;
    let methods: usize = provider.resources().map(|resource| resource.methods.len()).sum();
    let types: usize = provider.services.iter().map(|service| service.schemas.len()).sum();
    let findings = reading.diagnostics.iter().filter(|diagnostic| diagnostic.severity > Severity::Note).count();
    format!(
        "{}: read {} pages and {} documents: {} services, {} resources, {methods} methods, {types} types, {findings} findings",
        provider.name,
        reading.pages,
        reading.documents,
        provider.services.len(),
        provider.resources().count(),
    )
}
