//! The text of a Rust file in the making: indentation, line ends, documentation and literals, in one place.
//!
//! Code is written as the text that it is, line by line; no tokens are made, parsed and printed again, which took nine
//! tenths of the time of a whole provider. What comes from documents enters in three forms only: an identifier of
//! `name`, a [`literal`], or lines of documentation that `doc` made harmless.

use std::fmt::{Display, Write};

/// How wide a line may become before its list is broken into one item a line.
const WIDTH: usize = 100;

/// The text of a file, or of a part of one.
#[derive(Debug, Default)]
pub(crate) struct Code {
    text: String,
    depth: usize,
    uses: Uses,
}

/// Which modules of the runtime the code names.
#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    runtime: bool,
    ir: bool,
    json: bool,
}

impl Code {
    /// A file that begins with a comment.
    pub(crate) fn file(header: &str) -> Self {
        Self { text: format!("// {header}\n\n"), ..Self::default() }
    }

    /// A part that will be appended to this, at the same depth.
    pub(crate) fn part(&self) -> Self {
        Self { depth: self.depth, ..Self::default() }
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// A line of code.
    pub(crate) fn line(&mut self, line: impl Display) {
        let start = self.indent();
        self.push(start, line);
        self.text.push('\n');
    }

    /// A line of code with a literal of several lines, which are not indented.
    pub(crate) fn raw(&mut self, before: &str, literal: &str, after: &str) {
        self.indent();
        for part in [before, literal, after, "\n"] {
            self.text.push_str(part);
        }
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line of documentation of what follows.
    pub(crate) fn doc(&mut self, line: &str) {
        self.comment("///", line);
    }

    /// Documentation of what follows.
    pub(crate) fn docs(&mut self, lines: &[String]) {
        for line in lines {
            self.doc(line);
        }
    }

    /// Documentation of the module around, with an empty line after it.
    pub(crate) fn inner_docs(&mut self, lines: &[String]) {
        for line in lines {
            self.comment("//!", line);
        }
        self.blank();
    }

    /// A head, then braces around what is written inside.
    pub(crate) fn block(&mut self, head: impl Display, inside: impl FnOnce(&mut Self)) {
        self.line(format_args!("{head} {{"));
        self.inside(inside);
        self.line("}");
    }

    /// What stands one level deeper.
    pub(crate) fn inside(&mut self, inside: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }

    /// A list between two texts: on one line if that is not too wide, else an item a line.
    pub(crate) fn list(&mut self, before: impl Display, items: &[impl AsRef<str>], after: impl Display) {
        let start = self.indent();
        self.push(start, &before);
        let line = self.text.len();
        for (index, item) in items.iter().enumerate() {
            self.text.push_str(if index == 0 { "" } else { ", " });
            self.text.push_str(item.as_ref());
        }
        self.push(line, &after);
        if self.text.len() - start <= WIDTH || items.is_empty() {
            self.text.push('\n');
            return;
        }
        self.text.truncate(line);
        self.text.push('\n');
        self.inside(|code| items.iter().for_each(|item| code.line(format_args!("{},", item.as_ref()))));
        self.line(after);
    }

    /// An expression and the calls that are chained to it, around which two texts stand: on one line if that is not
    /// too wide, else a call a line, a level deeper.
    pub(crate) fn chain(&mut self, open: &str, receiver: &str, calls: &[String], close: &str) {
        let width = self.depth * 4 + open.len() + receiver.len() + close.len() + 2;
        let width = calls.iter().fold(width, |width, call| width + call.len());
        if width <= WIDTH {
            self.line(format_args!("{open} {receiver}{} {close}", calls.concat()));
            return;
        }
        self.line(open);
        self.inside(|code| {
            let comma = |last: bool| if last { "," } else { "" };
            code.line(format_args!("{receiver}{}", comma(calls.is_empty())));
            code.inside(|code| {
                for (index, call) in calls.iter().enumerate() {
                    code.line(format_args!("{call}{}", comma(index + 1 == calls.len())));
                }
            });
        });
        self.line(close);
    }

    /// Appends what was written apart.
    pub(crate) fn append(&mut self, part: &Self) {
        self.text.push_str(&part.text);
        self.uses = self.uses.and(part.uses);
    }

    /// The import of what the code names of the runtime, with an empty line after it; nothing when it names nothing.
    pub(crate) fn imports(&mut self, of: &Self) {
        let names: Vec<&str> = [(of.uses.runtime, "self as runtime"), (of.uses.ir, "ir"), (of.uses.json, "json")]
            .into_iter()
            .filter_map(|(is_used, name)| is_used.then_some(name))
            .collect();
        match names.as_slice() {
            [] => return,
            ["self as runtime"] => self.line("use ::bindery_runtime as runtime;"),
            [only] => self.line(format_args!("use ::bindery_runtime::{only};")),
            several => self.line(format_args!("use ::bindery_runtime::{{{}}};", several.join(", "))),
        }
        self.blank();
    }

    /// Indents, and returns where the line starts.
    fn indent(&mut self) -> usize {
        let start = self.text.len();
        (0..self.depth).for_each(|_| self.text.push_str("    "));
        start
    }

    /// Appends code to a line, noting what it names. `from` is where that code starts at the latest.
    fn push(&mut self, from: usize, code: impl Display) {
        // Writing to a text cannot fail.
        let _ = write!(self.text, "{code}");
        self.uses = self.uses.and(Uses::of(self.text.get(from..).unwrap_or_default()));
    }

    fn comment(&mut self, mark: &str, line: &str) {
        self.indent();
        self.text.push_str(mark);
        if !line.is_empty() {
            self.text.push(' ');
            self.text.push_str(line);
        }
        self.text.push('\n');
    }
}

impl Uses {
    fn of(code: &str) -> Self {
        // A literal may hold anything; where there is one, what is named stands before it.
        let code = code.split('"').next().unwrap_or_default();
        if !code.contains("::") {
            return Self::default();
        }
        Self { runtime: names(code, "runtime::"), ir: names(code, "ir::"), json: names(code, "json::") }
    }

    fn and(self, other: Self) -> Self {
        Self { runtime: self.runtime | other.runtime, ir: self.ir | other.ir, json: self.json | other.json }
    }
}

/// Whether a path in the code starts with a name: `json::Json`, and neither `.json::<…>` nor `runtime::json::Json`.
fn names(code: &str, path: &str) -> bool {
    let starts = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || "_.:".contains(c));
    code.match_indices(path).any(|(at, _)| code.get(..at).is_some_and(starts))
}

/// Any text as a literal of Rust. Everything that is not seen, or that turns the reading direction, is escaped.
pub(crate) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A text as a raw literal with as many `#` as it needs, so that it reads as it is; as an escaped one where no raw one
/// can hold it.
pub(crate) fn raw_literal(text: &str) -> String {
    /// rustc takes no more.
    const MOST: usize = 255;
    let longest = text.split('"').skip(1).map(|rest| rest.len() - rest.trim_start_matches('#').len()).max();
    let count = longest.unwrap_or_default() + 1;
    // What is not seen, or turns the reading direction, is refused by rustc or changes what a reader believes.
    let is_seen = |c: char| matches!(c, '"' | '\'' | '\\' | '\n' | '\t') || c.escape_debug().len() == 1;
    if count > MOST || !text.chars().all(is_seen) {
        return literal(text);
    }
    let hashes = "#".repeat(count);
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_chains_are_broken_when_they_are_too_wide() {
        let mut code = Code::default();
        let (short, long) = (["a: u8"].as_slice(), ["a_long_name: ::std::string::String"; 3].as_slice());
        code.block("impl X", |code| {
            code.list("pub fn short(", short, ") {}");
            code.list("pub fn long(", long, ") {}");
            code.chain("Self {", "call: self", &[".text(\"a\", a)".to_owned()], "}");
            code.chain("Self {", "call: self", &vec![".text(\"a_long_name\", a_long_name)".to_owned(); 3], "}");
        });
        assert_eq!(
            code.into_text(),
            "impl X {
    pub fn short(a: u8) {}
    pub fn long(
        a_long_name: ::std::string::String,
        a_long_name: ::std::string::String,
        a_long_name: ::std::string::String,
    ) {}
    Self { call: self.text(\"a\", a) }
    Self {
        call: self
            .text(\"a_long_name\", a_long_name)
            .text(\"a_long_name\", a_long_name)
            .text(\"a_long_name\", a_long_name),
    }
}
"
        );
    }

    #[test]
    fn only_what_is_named_is_imported() {
        let imports = |line: &str| {
            let (mut body, mut code) = (Code::default(), Code::default());
            body.line(line);
            code.imports(&body);
            code.into_text()
        };
        assert_eq!(imports("let a: json::Json = b.json::<u8>();"), "use ::bindery_runtime::json;\n\n");
        assert_eq!(imports("a.json::<u8>(\"x\", runtime::json::Json)"), "");
        assert_eq!(imports("runtime::x(\"json::Json\")"), "use ::bindery_runtime as runtime;\n\n");
        assert_eq!(imports("f(ir::A, json::B)"), "use ::bindery_runtime::{ir, json};\n\n");
    }

    proptest::proptest! {
        #[test]
        fn a_literal_holds_any_text(
            text in r###"(.|\r|\n|\x00|"#|"##|\\|\x{202e}|\x{2066}|\x{e0001}|\x{301}){0,24}"###,
        ) {
            for written in [literal(&text), raw_literal(&text)] {
                let read: syn::LitStr = syn::parse_str(&written)?;
                proptest::prop_assert_eq!(read.value(), text.as_str());
                let hides = ['\u{202e}', '\u{2066}', '\u{e0001}', '\r', '\0'];
                proptest::prop_assert!(!written.contains(hides), "{}", written);
            }
            proptest::prop_assert!(!literal(&text).contains('\n'));
        }
    }
}
