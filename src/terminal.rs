//! Where words go: results to standard output, everything else to standard error.

use std::fmt::Display;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use bindery_codegen::{Diagnostic, Severity};

use crate::arguments::Color;

/// The two streams of a command, and how much is said on the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    quiet: bool,
}

impl Terminal {
    /// `NO_COLOR` and pipes are respected unless the command line says otherwise.
    pub(crate) fn new(quiet: bool, color: Color) -> Self {
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        Self { quiet }
    }

    /// Why a command failed. Said even when it is told to be quiet.
    pub(crate) fn error(error: &dyn Display) {
        let style = style(Severity::Error);
        eprintln!("{style}error{style:#}: {error}");
    }

    /// Something worth knowing.
    pub(crate) fn note(self, note: &dyn Display) {
        if !self.quiet {
            eprintln!("{note}");
        }
    }

    /// What was wrong with the input: errors always, warnings unless quiet, and how many notes there were besides.
    pub(crate) fn diagnostics(self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let shown = match diagnostic.severity {
                Severity::Error => true,
                Severity::Warning => !self.quiet,
                Severity::Note => false,
            };
            if shown {
                let style = style(diagnostic.severity);
                let text = diagnostic.to_string();
                let (head, rest) = text.split_once(':').unwrap_or((&text, ""));
                eprintln!("{style}{head}{style:#}:{rest}");
            }
        }
    }
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}
