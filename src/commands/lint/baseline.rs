//! The file of findings that are known.

use std::fs;
use std::path::{Path, PathBuf};

use bindery_codegen::lint::Baseline;
use bindery_codegen::{Config, Diagnostic};

use crate::arguments::Lint;
use crate::outcome::Failure;

/// What it is called when nobody says.
const NAME: &str = "lint-baseline.toml";

/// Where it lies, if there is to be one: as the command says, or as the configuration does.
pub(super) fn place(arguments: &Lint, config: &Config) -> Option<PathBuf> {
    let configured = || config.lint.baseline.as_ref().map(|path| config.locate(path));
    let stated = arguments.baseline.clone().or_else(configured);
    stated.or_else(|| arguments.write_baseline.then(|| PathBuf::from(NAME)))
}

pub(super) fn write(path: &Path, findings: &[Diagnostic]) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    let text = Baseline::of(findings).to_text().map_err(|error| cannot(&error))?;
    fs::write(path, text).map_err(|error| cannot(&error))
}

/// The findings that it does not know, and what it knows of the files below `roots` that is not found.
pub(super) fn subtract(path: &Path, findings: Vec<Diagnostic>, roots: &[PathBuf]) -> Result<Vec<Diagnostic>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        let hint = "write it with `bindery lint --write-baseline`";
        Failure::Usage(format!("cannot read the baseline {}: {error}; {hint}", path.display()))
    })?;
    let baseline = Baseline::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    let is_read = |file: &str| roots.iter().any(|root| Path::new(file).starts_with(root));
    Ok(baseline.subtract(findings, &path.to_string_lossy().replace('\\', "/"), is_read))
}
