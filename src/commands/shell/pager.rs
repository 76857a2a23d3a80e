//! Results that are longer than the screen, through a pager.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use terminal_size::{Height, terminal_size};

/// The pager where `PAGER` does not say one: it leaves short texts on the screen and does not fold long lines.
const PAGER: &str = "less -FRSX";

/// Shows a text: in a pager if it is longer than the screen, else as it is.
pub(crate) fn show(text: &[u8]) -> io::Result<()> {
    let height = terminal_size().map(|(_, Height(height))| usize::from(height));
    let lines = text.split(|byte| *byte == b'\n').count();
    if io::stdout().is_terminal() && height.is_some_and(|height| lines >= height) && paged(text).is_ok() {
        return Ok(());
    }
    let mut out = io::stdout();
    out.write_all(text)?;
    out.flush()
}

fn paged(text: &[u8]) -> io::Result<()> {
    let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = pager.unwrap_or_else(|| PAGER.to_owned());
    let mut words = pager.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    let mut process = command.args(words).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = process.stdin.take() {
        // Whoever has seen enough leaves before the end.
        match input.write_all(text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    process.wait().map(drop)
}
