//! Where words go: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::IsTerminal;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

use crate::arguments::Color;
use crate::findings::Reporter;
use crate::progress::Progress;

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
        let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        eprintln!("{style}error{style:#}: {error}");
    }

    /// Something worth knowing.
    pub(crate) fn note(self, note: &dyn Display) {
        if !self.quiet {
            eprintln!("{note}");
        }
    }

    /// Whether notes are said at all.
    pub(crate) fn shows_notes(self) -> bool {
        !self.quiet
    }

    /// How far long work has come is shown by this.
    pub(crate) fn progress(self, title: &str) -> Progress {
        Progress::new(title, !self.quiet && std::io::stderr().is_terminal())
    }

    /// What was wrong with the input is said through this.
    pub(crate) fn reporter(self) -> Reporter {
        Reporter::new(self.quiet)
    }
}
