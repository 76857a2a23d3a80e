//! Templates as tokens, and the shapes that they are compared with.

use std::collections::HashMap;

/// The parts of a template, without white space, and without the dashes that only remove it.
pub(super) fn tokens(template: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = template.trim_start();
    let mut inside = false;
    while let Some(first) = rest.chars().next() {
        let length = if !inside && rest.starts_with("{{{") && !rest.starts_with("{{{{") {
            // A brace of the output right before an action.
            1
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            2
        } else {
            match first {
                '"' => string_length(rest),
                c if inside && is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            }
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        match token {
            "{{" => {
                inside = true;
                rest = rest.strip_prefix('-').unwrap_or(rest);
            }
            "}}" => {
                inside = false;
                if tokens.last().is_some_and(|last| last == "-") {
                    tokens.pop();
                }
            }
            _ => {}
        }
        tokens.push(token.to_owned());
        rest = rest.trim_start();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '‹' | '›')
}

/// How long the quoted text is that begins here.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What templates are compared with.
#[derive(Debug)]
pub(super) struct Shape(Vec<Part>);

#[derive(Debug)]
enum Part {
    Token(String),
    /// May stand any number of times, each time in one of these forms.
    Repeated(Vec<Shape>),
}

/// The names that were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    names: HashMap<String, String>,
    /// The variables of the template by those of the shape.
    variables: HashMap<String, String>,
    /// The names of each repetition.
    pub(super) rounds: Vec<HashMap<String, String>>,
}

impl Found {
    /// The name that stands where the shape has `‹name›`.
    pub(super) fn text(&self, name: &str) -> Option<bindery_ir::Text> {
        self.names.get(name).cloned().map(bindery_ir::Text::Owned)
    }
}

impl Shape {
    /// Reads a shape as it is written in the table.
    pub(super) fn parse(text: &str) -> Self {
        let tokens = tokens(text);
        let mut at = 0;
        Self(Self::parts(&tokens, &mut at))
    }

    fn parts(tokens: &[String], at: &mut usize) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some(token) = tokens.get(*at) {
            match token.as_str() {
                "⟪" => {
                    let mut forms = Vec::new();
                    while tokens.get(*at).is_some_and(|token| token != "⟫") {
                        *at += 1;
                        forms.push(Self(Self::parts(tokens, at)));
                    }
                    *at += 1;
                    parts.push(Part::Repeated(forms));
                }
                "¦" | "⟫" => return parts,
                token => {
                    parts.push(Part::Token(token.to_owned()));
                    *at += 1;
                }
            }
        }
        parts
    }

    /// The names in a template of this shape; `None` when it has another.
    pub(super) fn matches(&self, template: &[String]) -> Option<Found> {
        let mut found = Found::default();
        let end = self.follow(template, 0, &mut found)?;
        (end == template.len()).then_some(found)
    }

    /// Follows a template from a token on, to the token after.
    fn follow(&self, template: &[String], mut at: usize, found: &mut Found) -> Option<usize> {
        for part in &self.0 {
            match part {
                Part::Token(token) => {
                    is_same(token, template.get(at)?, found)?;
                    at += 1;
                }
                Part::Repeated(forms) => {
                    while let Some(next) = forms.iter().find_map(|form| form.round(template, at, found)) {
                        at = next;
                    }
                }
            }
        }
        Some(at)
    }

    /// One repetition, whose names are its own.
    fn round(&self, template: &[String], at: usize, found: &mut Found) -> Option<usize> {
        let mut own = Found { variables: found.variables.clone(), ..Found::default() };
        let next = self.follow(template, at, &mut own).filter(|next| *next > at)?;
        if !own.names.is_empty() {
            found.rounds.push(own.names);
        }
        Some(next)
    }
}

/// Whether a token of a template is what the shape wants there.
fn is_same(wanted: &str, token: &str, found: &mut Found) -> Option<()> {
    let known = |names: &mut HashMap<String, String>, name: &str, value: &str| {
        let known = names.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        (known == value).then_some(())
    };
    if wanted.starts_with('$') {
        return token.starts_with('$').then(|| known(&mut found.variables, wanted, token))?;
    }
    match wanted.split_once('‹').and_then(|(before, rest)| Some((before, rest.split_once('›')?))) {
        Some((before, (name, after))) => {
            let value = token.strip_prefix(before)?.strip_suffix(after)?;
            let is_name = !value.is_empty() && !value.contains(['"', '{', '}', ' ']);
            is_name.then(|| known(&mut found.names, name, value))?
        }
        None => (wanted == token).then_some(()),
    }
}
