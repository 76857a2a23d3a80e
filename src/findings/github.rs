//! Annotations: what a workflow prints so that GitHub shows it beside the line it is about.

use std::fmt;

use bindery_codegen::{Diagnostic, Severity};

/// A workflow command that annotates a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotation<'a> {
    /// `error`, `warning` or `notice`.
    level: &'static str,
    /// Where it is, and what it is called: names and values, in the order in which they are written.
    properties: Vec<(&'static str, String)>,
    /// What it says; the parts are lines.
    message: Vec<&'a str>,
}

impl<'a> Annotation<'a> {
    /// An error about a whole file.
    pub(crate) fn error(file: String, message: &'a str) -> Self {
        Self { level: "error", properties: vec![("file", file)], message: vec![message] }
    }

    /// The annotation for a finding.
    pub(crate) fn of(finding: &'a Diagnostic) -> Self {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        let (origin, column) = (&finding.origin, finding.column);
        if !origin.is_unknown() {
            properties.push(("file", origin.file.to_string()));
            let numbers = [("line", origin.line), ("col", column)];
            properties.extend(
                numbers.iter().filter(|(_, number)| *number > 0).map(|(name, number)| (*name, number.to_string())),
            );
            if column > 0 && finding.length > 0 {
                properties.push(("endColumn", column.saturating_add(finding.length).to_string()));
            }
        }
        properties.push(("title", finding.code.to_owned()));
        let message = [finding.message.as_str(), &finding.assumed, &finding.hint];
        Self { level, properties, message: message.into_iter().filter(|part| !part.is_empty()).collect() }
    }
}

impl fmt::Display for Annotation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::{}", self.level)?;
        for (index, (name, value)) in self.properties.iter().enumerate() {
            let separator = if index == 0 { ' ' } else { ',' };
            write!(f, "{separator}{name}={}", data(value).replace(':', "%3A").replace(',', "%2C"))?;
        }
        write!(f, "::{}", data(&self.message.join("\n")))
    }
}

/// Text of a workflow command, which ends with its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use bindery_ir::Origin;

    use super::*;

    #[test]
    fn a_finding_becomes_one_line_with_its_place_and_everything_it_says() {
        let finding =
            Diagnostic::warning("docs/unknown-verb", Origin::line("docs/a,b.md", 12), "`FETCH`: 100 %\r\nno verb")
                .pointing_at("| get | FETCH |", 9, 5)
                .assuming("read as EXEC")
                .with_hint("write a verb");
        assert_eq!(
            Annotation::of(&finding).to_string(),
            "::warning file=docs/a%2Cb.md,line=12,col=9,endColumn=14,title=docs/unknown-verb\
             ::`FETCH`: 100 %25%0D%0Ano verb%0Aread as EXEC%0Awrite a verb"
        );
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let whole_file = Diagnostic::note("docs/x", Origin::line("C:/a.md", 0), "odd");
        assert_eq!(Annotation::of(&whole_file).to_string(), "::notice file=C%3A/a.md,title=docs/x::odd");
        let nowhere = Diagnostic::error("openapi/x", Origin::UNKNOWN, "odd");
        assert_eq!(Annotation::of(&nowhere).to_string(), "::error title=openapi/x::odd");
    }
}
