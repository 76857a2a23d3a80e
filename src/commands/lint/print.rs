//! The three formats of `bindery lint`.

use std::io::{BufWriter, Write};

use bindery_codegen::{Diagnostic, Severity};
use serde_json::{Map, Value, json};

use crate::findings::github::Annotation;
use crate::findings::{Counts, Renderer};
use crate::outcome::Failure;

/// How many findings of each code are shown as text, unless all are asked for.
const SHOWN: usize = 5;

/// Findings as drawings, then how many there are of each code, the worst last, where it is seen first.
pub(super) fn text(findings: &[Diagnostic], counts: &Counts, all: bool) -> Result<(), Failure> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    let renderer = Renderer::new();
    let limit = if all { usize::MAX } else { SHOWN };
    let mut shown = Counts::default();
    for finding in findings {
        if shown.add(finding) < limit {
            writeln!(out, "{}", renderer.draw(finding))?;
        }
    }
    let mut kinds: Vec<_> = counts.kinds().collect();
    kinds.reverse();
    let code_width = kinds.iter().map(|(_, code, _)| code.len()).max().unwrap_or(0);
    let count_width = kinds.iter().map(|(.., count)| count.to_string().len()).max().unwrap_or(0);
    for (severity, code, count) in &kinds {
        let hidden = count.saturating_sub(limit);
        let rest = if hidden > 0 { format!("  {hidden} not shown") } else { String::new() };
        writeln!(out, "{:7}  {code:code_width$}  {count:>count_width$}{rest}", severity.to_string())?;
    }
    if kinds.iter().any(|(.., count)| *count > limit) {
        writeln!(out, "show all of them with --all, or read them with --format json")?;
    }
    if !kinds.is_empty() {
        writeln!(out, "`bindery explain CODE` tells the cause and the cure")?;
    }
    writeln!(out, "{}", total(counts))?;
    Ok(out.flush()?)
}

/// `2 errors, 1 warning, 0 notes`.
fn total(counts: &Counts) -> String {
    let part = |severity: Severity| {
        let count = counts.of(severity);
        format!("{count} {severity}{}", if count == 1 { "" } else { "s" })
    };
    [Severity::Error, Severity::Warning, Severity::Note].map(part).join(", ")
}

/// One object: `{"findings": […], "counts": {"errors", "warnings", "notes", "codes": {CODE: N}}}`, a finding a line.
pub(super) fn json(findings: &[Diagnostic], counts: &Counts) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    out.write_all(b"{\"findings\":[")?;
    for (index, finding) in findings.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, finding)?;
    }
    // A code can be of two severities.
    let mut codes = Map::new();
    for (_, code, count) in counts.kinds() {
        let before = codes.get(code).and_then(Value::as_u64).unwrap_or(0);
        codes.insert(code.to_owned(), json!(before + u64::try_from(count).unwrap_or(u64::MAX)));
    }
    let counts = json!({
        "errors": counts.of(Severity::Error),
        "warnings": counts.of(Severity::Warning),
        "notes": counts.of(Severity::Note),
        "codes": codes,
    });
    writeln!(out, "],\n\"counts\":{counts}}}")?;
    Ok(out.flush()?)
}

/// An annotation a line.
pub(super) fn github(findings: &[Diagnostic]) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for finding in findings {
        writeln!(out, "{}", Annotation::of(finding))?;
    }
    Ok(out.flush()?)
}
