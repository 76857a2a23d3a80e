//! How a project weighs findings: the section `[lint]` of `bindery.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

use crate::{Diagnostic, Severity, explain};

/// The section `[lint]`: a level for each code that is to have another, and where the baseline lies.
///
/// ```
/// use bindery_codegen::lint::{Level, Settings};
/// let settings: Settings = toml::from_str(r#"
///     baseline = "lint-baseline.toml"
///     "docs/no-example" = "allow"
///     "docs/title-mismatch" = "deny"
/// "#)?;
/// assert_eq!(settings.levels["docs/title-mismatch"], Level::Deny);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// The file of known findings, from the folder of the configuration.
    pub baseline: Option<PathBuf>,
    /// The levels, by code.
    #[serde(flatten)]
    pub levels: BTreeMap<String, Level>,
}

/// How bad a finding of a code is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not said.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

/// A level for a code that there is not.
#[derive(Debug, Error)]
#[error(
    "[lint] in bindery.toml has a level for `{code}`, and there is no such code; codes are listed by `bindery explain`"
)]
pub struct UnknownCode {
    /// What it names.
    pub code: String,
}

impl Settings {
    /// The findings with the severities of this project, without those that it allows.
    ///
    /// # Errors
    /// When it names a code that there is not.
    pub fn weigh(&self, findings: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, UnknownCode> {
        if let Some(code) = self.levels.keys().find(|code| explain::explain(code).is_none()) {
            return Err(UnknownCode { code: code.clone() });
        }
        let weighed = |mut finding: Diagnostic| {
            match self.levels.get(finding.code) {
                None => {}
                Some(Level::Allow) => return None,
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Deny) => finding.severity = Severity::Error,
            }
            Some(finding)
        };
        Ok(findings.into_iter().filter_map(weighed).collect())
    }
}
