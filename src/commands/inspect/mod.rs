//! `bindery inspect`: what was read, before anything is made of it.

pub(crate) mod docs;
pub(crate) mod openapi;

use std::io::{BufWriter, StdoutLock, Write};

use bindery_codegen::{Diagnostic, Severity};

use crate::arguments::InspectFormat;
use crate::outcome::Failure;

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Prints one object after the other, as they come.
struct Printer {
    format: InspectFormat,
    out: BufWriter<StdoutLock<'static>>,
    is_first: bool,
}

impl Printer {
    fn new(format: InspectFormat) -> Result<Self, Failure> {
        let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        if format == InspectFormat::Json {
            out.write_all(b"[\n")?;
        }
        Ok(Self { format, out, is_first: true })
    }

    /// Prints an object that was written in the printer's format.
    fn object(&mut self, object: &[u8]) -> Result<(), Failure> {
        if self.format == InspectFormat::Json && !self.is_first {
            self.out.write_all(b",\n")?;
        }
        self.is_first = false;
        self.out.write_all(object)?;
        if self.format == InspectFormat::Ndjson {
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        if self.format == InspectFormat::Json {
            self.out.write_all(b"\n]\n")?;
        }
        Ok(self.out.flush()?)
    }
}
