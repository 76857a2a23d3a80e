//! Templates of queries: text with `{{ .name }}` and `{{ if .name }} … {{ else }} … {{ end }}`, where a condition may
//! also be `or`, `and` or `not` of names.

use std::fmt::Write;

/// How deep conditions may be nested.
const DEEPEST: usize = 16;

/// The name of the variable whose text is part of the query, and no value in it.
const RAW: &str = super::CURSOR;

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
    Choice { condition: Condition, then: Vec<Part>, otherwise: Vec<Part> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Any(Vec<String>),
    All(Vec<String>),
    Not(String),
}

/// An argument that cannot stand where the query has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RenderError {
    pub(super) name: String,
    pub(super) reason: &'static str,
}

/// A piece of a template: text, or what stands between `{{` and `}}`.
enum Piece<'t> {
    Text(&'t str),
    Action(&'t str),
}

/// Why a list of parts ended.
#[derive(PartialEq, Eq)]
enum Stop {
    Template,
    Else,
    End,
}

impl Template {
    /// Reads a template. The error says what is not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let pieces = pieces(text)?;
        let mut pieces = pieces.into_iter();
        match parts(&mut pieces, 0)? {
            (parts, Stop::Template) => Ok(Self(parts)),
            (_, Stop::Else | Stop::End) => Err("its query has an `end` or `else` without an `if`".to_owned()),
        }
    }

    /// Fills in values. `cursor` goes in as it is.
    pub(super) fn render<'v>(
        &self,
        value: &dyn Fn(&str) -> Option<&'v str>,
        cursor: &str,
    ) -> Result<String, RenderError> {
        let mut query = Query::default();
        query.parts(&self.0, value, cursor)?;
        Ok(query.text)
    }
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, after)) = after.split_once("}}") else {
            return Err("its query has a `{{` that does not end".to_owned());
        };
        let (trims_before, trims_after) = (action.starts_with('-'), action.ends_with('-'));
        pieces.push(Piece::Text(if trims_before { before.trim_end() } else { before }));
        pieces.push(Piece::Action(action.trim_matches('-').trim()));
        rest = if trims_after { after.trim_start() } else { after };
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn parts(pieces: &mut std::vec::IntoIter<Piece<'_>>, depth: usize) -> Result<(Vec<Part>, Stop), String> {
    let mut parts = Vec::new();
    while let Some(piece) = pieces.next() {
        let action = match piece {
            Piece::Text(text) => {
                parts.push(Part::Text(text.to_owned()));
                continue;
            }
            Piece::Action(action) => action,
        };
        let words: Vec<&str> = action.split_whitespace().collect();
        match words.as_slice() {
            ["end"] => return Ok((parts, Stop::End)),
            ["else"] => return Ok((parts, Stop::Else)),
            ["if", condition @ ..] if depth < DEEPEST => parts.push(choice(condition, pieces, depth)?),
            [name] if name.len() > 1 && name.starts_with('.') => parts.push(Part::Variable(variable(name)?)),
            _ => return Err(format!("its query has `{{{{ {action} }}}}`, which is not understood")),
        }
    }
    Ok((parts, Stop::Template))
}

fn choice(condition: &[&str], pieces: &mut std::vec::IntoIter<Piece<'_>>, depth: usize) -> Result<Part, String> {
    let names = |names: &[&str]| names.iter().map(|name| variable(name)).collect::<Result<Vec<_>, _>>();
    let condition = match condition {
        ["or", of @ ..] => Condition::Any(names(of)?),
        ["and", of @ ..] => Condition::All(names(of)?),
        ["not", name] => Condition::Not(variable(name)?),
        [name] => Condition::All(vec![variable(name)?]),
        other => return Err(format!("its query asks `if {}`, which is not understood", other.join(" "))),
    };
    let (then, end) = parts(pieces, depth + 1)?;
    let (otherwise, end) = if end == Stop::Else { parts(pieces, depth + 1)? } else { (Vec::new(), end) };
    if end == Stop::End {
        Ok(Part::Choice { condition, then, otherwise })
    } else {
        Err("its query has an `if` that does not end".to_owned())
    }
}

fn variable(word: &str) -> Result<String, String> {
    let name = word.strip_prefix('.').filter(|name| !name.is_empty() && !name.contains(['.', '(', ')', '|', '"']));
    name.map(str::to_owned).ok_or_else(|| format!("its query has `{word}` where a name is expected"))
}

/// A query that is being written.
#[derive(Default)]
struct Query {
    text: String,
    /// Whether its end is inside of a string.
    in_string: bool,
    /// Whether its end is a backslash inside of a string.
    is_escaped: bool,
}

impl Query {
    fn parts<'v>(
        &mut self,
        parts: &[Part],
        value: &dyn Fn(&str) -> Option<&'v str>,
        cursor: &str,
    ) -> Result<(), RenderError> {
        for part in parts {
            match part {
                Part::Text(text) => self.raw(text),
                Part::Variable(name) if name == RAW => self.raw(cursor),
                Part::Variable(name) => self.value(name, value(name).unwrap_or_default())?,
                Part::Choice { condition, then, otherwise } => {
                    let is_so = |name: &String| match value(name) {
                        Some(value) => !matches!(value, "" | "0" | "false"),
                        None => name == RAW && !cursor.is_empty(),
                    };
                    let holds = match condition {
                        Condition::Any(names) => names.iter().any(is_so),
                        Condition::All(names) => names.iter().all(is_so),
                        Condition::Not(name) => !is_so(name),
                    };
                    self.parts(if holds { then } else { otherwise }, value, cursor)?;
                }
            }
        }
        Ok(())
    }

    /// Adds what is part of the query.
    fn raw(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                _ if self.is_escaped => self.is_escaped = false,
                '\\' if self.in_string => self.is_escaped = true,
                '"' => self.in_string = !self.in_string,
                _ => {}
            }
        }
        self.text.push_str(text);
    }

    /// Adds a value.
    fn value(&mut self, name: &str, value: &str) -> Result<(), RenderError> {
        let refused = |reason| Err(RenderError { name: name.to_owned(), reason });
        if self.is_escaped {
            return refused("the document has it after a backslash");
        }
        if !self.in_string {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
            if value.is_empty() || !value.chars().all(is_plain) {
                return refused("it stands outside of a string there, and so has to be a number or a name");
            }
            self.text.push_str(value);
            return Ok(());
        }
        for letter in value.chars() {
            match letter {
                '"' | '\\' => self.text.extend(['\\', letter]),
                c if c.is_control() => {
                    // Writing to a text does not fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str, values: &[(&str, &str)], cursor: &str) -> Result<String, RenderError> {
        let template = Template::parse(template).unwrap();
        template.render(&|name| values.iter().find(|(other, _)| *other == name).map(|(_, value)| *value), cursor)
    }

    #[test]
    fn values_stay_what_they_stand_for() {
        let query = r#"{ a(login: "{{ .org }}", first: {{ .n }}{{ .cursor }}) }"#;
        assert_eq!(
            render(query, &[("org", "x\") { b } #\\\n"), ("n", "10")], ", after: \"c\"").unwrap(),
            r#"{ a(login: "x\") { b } #\\\u000a", first: 10, after: "c") }"#
        );
        let error = render(query, &[("org", "x"), ("n", "1) { secrets }")], "").unwrap_err();
        assert_eq!(error.name, "n");
    }

    #[test]
    fn conditions_choose() {
        let query = "{{ if or .from .to }}({{ if .from }}from: \"{{ .from }}\" {{ end }}{{ if .to }}to: \"{{ .to }}\"{{ end }}){{ end }}";
        assert_eq!(render(query, &[], "").unwrap(), "");
        assert_eq!(render(query, &[("to", "b")], "").unwrap(), "(to: \"b\")");
        assert_eq!(render(query, &[("from", "a"), ("to", "b")], "").unwrap(), "(from: \"a\" to: \"b\")");
        let query = "limit: {{ if .limit }}{{ .limit }}{{ else }}100{{ end }}";
        assert_eq!(render(query, &[], "").unwrap(), "limit: 100");
        assert_eq!(render(query, &[("limit", "5")], "").unwrap(), "limit: 5");
        assert_eq!(render("a {{- if not .b -}} c {{- end -}} d", &[], "").unwrap(), "acd");
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (template, reason) in [
            ("{{ .a", "does not end"),
            ("{{ if .a }}", "does not end"),
            ("{{ end }}", "without an `if`"),
            ("{{ else }}", "without an `if`"),
            ("{{ range .a }}", "range .a"),
            ("{{ .a | printf }}", "not understood"),
            ("{{ if eq .a 1 }}{{ end }}", "eq .a 1"),
            (&"{{ if .a }}".repeat(1_000), "not understood"),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert!(error.contains(reason), "{template}: {error}");
        }
    }
}
