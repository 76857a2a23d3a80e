//! Findings beside a result: some of every kind on standard error, and how many there were besides.

use anstream::eprintln;
use bindery_codegen::{Diagnostic, Severity};

use super::{Counts, Renderer};

/// How many errors of one code are shown, and how many warnings: a provider can have thousands.
const SHOWN: [(Severity, usize); 2] = [(Severity::Error, 20), (Severity::Warning, 3)];

/// Shows findings as they come: errors always, warnings unless told to be quiet, notes never.
pub(crate) struct Reporter {
    quiet: bool,
    renderer: Renderer,
    counts: Counts,
}

impl Reporter {
    /// A reporter that has said nothing yet.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet, renderer: Renderer::new(), counts: Counts::default() }
    }

    /// Shows what was found, unless enough of its kind was shown.
    pub(crate) fn show(&mut self, findings: &[Diagnostic]) {
        for finding in findings {
            let before = self.counts.add(finding);
            if before < self.limit(finding.severity) {
                eprintln!("{}", self.renderer.draw(finding).trim_end());
            }
        }
    }

    /// Says how many were not shown. `all` is where they can be seen, such as a command.
    pub(crate) fn finish(&self, all: &str) {
        let mut any = false;
        for (severity, code, count) in self.counts.kinds() {
            let limit = self.limit(severity);
            if limit > 0 && count > limit {
                eprintln!("… and {} more {severity}[{code}]", count - limit);
                any = true;
            }
        }
        if any {
            eprintln!("see all of them with {all}");
        }
    }

    fn limit(&self, severity: Severity) -> usize {
        let is_wanted = severity == Severity::Error || !self.quiet;
        SHOWN.iter().find(|(of, _)| is_wanted && *of == severity).map_or(0, |(_, limit)| *limit)
    }
}
