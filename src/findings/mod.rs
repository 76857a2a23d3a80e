//! How findings are shown: to people, to scripts, and on pull requests.
//!
//! Every command that reads documents shows what was wrong with them in the same way: `lint` as its result, the
//! others beside theirs, through a [`Reporter`]. Nothing here reads a document again.

pub(crate) mod github;
mod reporter;
mod text;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bindery_codegen::{Diagnostic, Severity};

pub(crate) use reporter::Reporter;
pub(crate) use text::Renderer;

/// How many findings of each kind there were: the worst first, then by code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    kinds: BTreeMap<(Reverse<Severity>, &'static str), usize>,
}

impl Counts {
    /// Counts a finding; how many there were of its kind before.
    pub(crate) fn add(&mut self, finding: &Diagnostic) -> usize {
        let count = self.kinds.entry((Reverse(finding.severity), finding.code)).or_default();
        *count += 1;
        *count - 1
    }

    /// The kinds: severity, code and number.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (Severity, &'static str, usize)> {
        self.kinds.iter().map(|((severity, code), count)| (severity.0, *code, *count))
    }

    /// How many there are of a severity.
    pub(crate) fn of(&self, severity: Severity) -> usize {
        self.kinds().filter(|(found, ..)| *found == severity).map(|(.., count)| count).sum()
    }

    /// Whether there is one as bad as this, or worse.
    pub(crate) fn reach(&self, severity: Severity) -> bool {
        self.kinds().any(|(found, ..)| found >= severity)
    }
}
