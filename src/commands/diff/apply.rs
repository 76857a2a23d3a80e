//! `bindery diff --apply`: the version and the changelog of a generated crate, by what changed for its callers.

use std::fs;
use std::path::{Path, PathBuf};

use bindery_codegen::Config;
use bindery_codegen::diff::{Report, Step};
use semver::Version;
use toml_edit::{DocumentMut, value};

use crate::outcome::Failure;

/// What a changelog begins with.
const HEAD: &str = "# Changelog\n\nWhat changed for those who call this crate, by `bindery diff --apply`.\n";

/// Writes the next version into the configuration and an entry for it into the changelog; the version, and the changelog.
/// `None` when nothing changed, or the newest entry says all of it already.
pub(super) fn apply(
    config_path: &Path,
    config: &Config,
    provider: &str,
    report: &Report,
) -> Result<Option<(Version, PathBuf)>, Failure> {
    let targets = config.targets(&[provider.to_owned()])?;
    let Some(target) = targets.first().filter(|_| report.step() != Step::None) else { return Ok(None) };
    let version = Version::parse(&target.options.version).map_err(|error| {
        Failure::Usage(format!("the version of `{provider}` in {}: {error}", config_path.display()))
    })?;
    let next = next(&version, report.step());
    let changelog = target.out.join("CHANGELOG.md");
    let before = match fs::read_to_string(&changelog) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => HEAD.to_owned(),
        Err(error) => return Err(cannot("read", &changelog, &error)),
    };
    let (head, entries) = before.split_at(before.find("\n## [").map_or(before.len(), |at| at + 1));
    if entries.starts_with(&report.entry(&version.to_string())) {
        return Ok(None);
    }
    let head = head.trim_end();
    let after = format!("{head}\n\n{}\n{entries}", report.entry(&next.to_string()));
    let text = fs::read_to_string(config_path).map_err(|error| cannot("read", config_path, &error))?;
    let config = with_version(&text, provider, &next).map_err(|error| cannot("edit", config_path, &error))?;
    fs::write(&changelog, after.trim_end().to_owned() + "\n").map_err(|error| cannot("write", &changelog, &error))?;
    fs::write(config_path, config).map_err(|error| cannot("write", config_path, &error))?;
    Ok(Some((next, changelog)))
}

/// The version after one, as cargo compares them: before 1.0.0 what breaks is a minor step, and everything else a patch.
fn next(version: &Version, step: Step) -> Version {
    let Version { major, minor, patch, .. } = *version;
    match step {
        Step::None => version.clone(),
        Step::Major if major > 0 => Version::new(major + 1, 0, 0),
        Step::Minor if major > 0 => Version::new(major, minor + 1, 0),
        Step::Major => Version::new(0, minor + 1, 0),
        Step::Minor | Step::Patch => Version::new(major, minor, patch + 1),
    }
}

/// A configuration with another version for a provider, and everything else as it was.
fn with_version(text: &str, provider: &str, version: &Version) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = text.parse()?;
    if let Some(settings) = document.get_mut("providers").and_then(|providers| providers.get_mut(provider)) {
        match settings.as_table_like_mut() {
            Some(table) => table.insert("version", value(version.to_string())),
            None => None,
        };
    }
    Ok(document.to_string())
}

fn cannot(action: &str, path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("cannot {action} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_go_on_as_cargo_compares_them() {
        let next = |version, step| next(&version, step).to_string();
        assert_eq!(next(Version::new(1, 2, 3), Step::Major), "2.0.0");
        assert_eq!(next(Version::new(1, 2, 3), Step::Minor), "1.3.0");
        assert_eq!(next(Version::new(1, 2, 3), Step::Patch), "1.2.4");
        assert_eq!(next(Version::new(0, 2, 3), Step::Major), "0.3.0");
        assert_eq!(next(Version::new(0, 2, 3), Step::Minor), "0.2.4");
        assert_eq!(next(Version::new(0, 2, 3), Step::None), "0.2.3");
    }

    #[test]
    fn a_configuration_keeps_its_comments() {
        let text = "# ours\n[providers.a] # here\nout = 'x'   # there\n\n[providers.b]\nversion = '1.0.0' # now\n";
        let edited = |provider| with_version(text, provider, &Version::new(2, 0, 0)).unwrap_or_default();
        assert_eq!(edited("a"), text.replace("# there\n", "# there\nversion = \"2.0.0\"\n"));
        assert!(edited("b").contains("version = \"2.0.0\""));
    }
}
