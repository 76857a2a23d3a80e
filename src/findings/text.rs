//! A finding for people, drawn by miette: what is wrong, what is made of it, the place underlined, and the way out.

use std::error::Error;
use std::fmt;

use bindery_codegen::{Diagnostic as Finding, Severity, printable};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

/// After how many columns sentences are wrapped.
const WIDTH: usize = 110;

/// Draws findings.
pub(crate) struct Renderer {
    handler: GraphicalReportHandler,
}

impl Renderer {
    /// Draws with colors; the stream it is written to takes them out where nobody would see them.
    pub(crate) fn new() -> Self {
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(WIDTH).with_links(false);
        Self { handler }
    }

    /// A finding as some lines of text, the last of which is ended.
    pub(crate) fn draw(&self, finding: &Finding) -> String {
        let mut text = String::new();
        match self.handler.render_report(&mut text, &Drawing::of(finding)) {
            Ok(()) => text,
            // It only fails where an excerpt cannot be read, and ours always can.
            Err(fmt::Error) => format!("{finding}\n"),
        }
    }
}

/// A finding in the terms of miette. It owns its texts, as miette wants causes to live on.
#[derive(Debug)]
struct Drawing {
    severity: Severity,
    head: String,
    message: String,
    assumed: Option<Assumed>,
    hint: String,
    line: Option<Line>,
}

/// The place it disagrees with and what was made of it, which miette draws as arrows leading on from the message.
#[derive(Debug)]
struct Assumed {
    said: String,
    next: Option<Box<Assumed>>,
}

/// The one line that is shown.
#[derive(Debug)]
struct Line {
    text: String,
    number: usize,
    /// File and column, where the column is known.
    place: Option<(String, usize)>,
    marked: SourceSpan,
}

impl Drawing {
    fn of(finding: &Finding) -> Self {
        let line = Line::of(finding);
        let mut head = format!("{}[{}]", finding.severity, finding.code);
        if line.as_ref().is_none_or(|line| line.place.is_none()) && !finding.origin.is_unknown() {
            head += &format!(": {}", place(finding));
        }
        let text = |text: &str| printable(text).collect::<String>();
        let against = Some(&finding.other).filter(|other| !other.is_unknown()).map(|other| format!("against {other}"));
        let assumed = [against.unwrap_or_default(), finding.assumed.clone()];
        let assumed = assumed
            .iter()
            .rev()
            .filter(|said| !said.is_empty())
            .fold(None, |next, said| Some(Assumed { said: text(said), next: next.map(Box::new) }));
        let (head, message, hint) = (text(&head), text(&finding.message), text(&finding.hint));
        Self { severity: finding.severity, head, message, assumed, hint, line }
    }
}

/// The place in words, for a finding without a line to show.
fn place(finding: &Finding) -> String {
    let origin = &finding.origin;
    let mut place = origin.file.to_string();
    for number in [origin.line, finding.column].into_iter().take_while(|number| *number > 0) {
        place += &format!(":{number}");
    }
    if !origin.pointer.is_empty() {
        place += &format!(" ({})", origin.pointer);
    }
    place
}

impl Line {
    /// The excerpt; with a mark below what it is about, or below all of it where that is not known.
    fn of(finding: &Finding) -> Option<Self> {
        let text = &finding.excerpt;
        let number = usize::try_from(finding.origin.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(finding.column).ok()?.checked_sub(1);
        let (place, marked) = match (finding.marked(), column) {
            (Some(marked), Some(column)) => (Some((printable(&finding.origin.file).collect(), column)), marked),
            _ => (None, text.len() - text.trim_start().len()..text.trim_end().len()),
        };
        (!text.is_empty()).then(|| Self { text: text.clone(), number, place, marked: marked.into() })
    }
}

impl SourceCode for Line {
    /// The same whatever is asked for: there is nothing around the line.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (text, whole) = (self.text.as_bytes(), (0..self.text.len()).into());
        Ok(Box::new(match &self.place {
            Some((file, column)) => MietteSpanContents::new_named(file.clone(), text, whole, self.number, *column, 1),
            None => MietteSpanContents::new(text, whole, self.number, 0, 1),
        }))
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl Error for Assumed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.next.as_ref().map(|next| next.as_ref() as _)
    }
}

impl Error for Drawing {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.assumed.as_ref().map(|assumed| assumed as _)
    }
}

impl Diagnostic for Drawing {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.head))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.hint.is_empty()).then(|| Box::new(&self.hint) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.line.as_ref().map(|line| line as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let line = self.line.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(line.marked))))
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::Origin;

    use super::*;

    fn drawn(finding: &Finding) -> String {
        anstream::adapter::strip_str(&Renderer::new().draw(finding)).to_string()
    }

    fn warning(line: u32) -> Finding {
        Finding::warning("docs/unknown-verb", Origin::line("a/b.md", line), "`FETCH` is no SQL verb")
    }

    #[test]
    fn everything_known_is_shown_with_the_place_underlined() {
        let finding = warning(12)
            .pointing_at("| get | FETCH | text |", 9, 5)
            .assuming("it is read as EXEC")
            .with_hint("write SELECT, INSERT, UPDATE, REPLACE, DELETE or EXEC");
        insta::assert_snapshot!(drawn(&finding));
    }

    #[test]
    fn a_place_far_into_a_long_line_keeps_its_true_column() {
        let line = format!("{}FETCH{}", "ä".repeat(5000), "z".repeat(5000));
        let text = drawn(&warning(123_456).pointing_at(&line, 5001, 5));
        assert!(text.contains("[a/b.md:123456:5001]"), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines.iter().find(|line| line.contains("FETCH") && line.contains('│')).unwrap();
        let mark = lines.iter().find(|line| line.contains("─────")).unwrap();
        assert_eq!(shown.chars().position(|c| c == 'F'), mark.chars().position(|c| c == '─'));
    }

    #[test]
    fn what_is_not_known_is_not_drawn() {
        insta::assert_snapshot!(
            [
                warning(12).with_excerpt("  | get | FETCH |").at_column(3),
                warning(12).at_column(3).with_hint("write one"),
                warning(0),
                Finding::error("openapi/x", Origin::pointer("a.yaml", 7, "/paths/~1a"), "no operation")
                    .assuming("left out"),
                Finding::note("openapi/y", Origin::UNKNOWN, "nowhere"),
                warning(3).pointing_at("the end", 8, 1),
            ]
            .each_ref()
            .map(drawn)
            .join("----\n")
        );
    }

    #[test]
    fn escape_sequences_of_documents_reach_no_terminal() {
        let finding =
            Finding::error("x", Origin::line("a\u{1b}]0;b", 1), "m\u{1b}[2Je").pointing_at("\u{1b}[31mx", 1, 1);
        let finding = finding.assuming("\u{202e}a").with_hint("\u{1b}h");
        let text = drawn(&finding);
        assert!(text.contains("m\u{fffd}[2Je") && text.contains("a\u{fffd}]0;b"), "{text:?}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
