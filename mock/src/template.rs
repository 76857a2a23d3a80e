//! Path templates, taken apart: what one segment matches and which values it yields.

use bindery_ir::{HttpBinding, Location, Method, PathSegment, Style};

/// A template with more segments than this is not served.
const MAX_SEGMENTS: usize = 128;

/// What one segment of a template matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// This text, in any casing; kept as spelled.
    Literal(String),
    /// Text with variables inside.
    Mixed(Vec<Piece>),
    /// Any text that is not empty.
    Variable,
    /// One segment or more, slashes included.
    Rest,
}

/// A part of a [`Pattern::Mixed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// This text.
    Literal(String),
    /// Any text that is not empty.
    Variable,
}

/// The patterns of a template and the names of its variables, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) variables: Vec<String>,
}

impl Template {
    /// Takes the path of a method apart; `None` when it is longer than any real one.
    pub(crate) fn of(method: &Method, binding: &HttpBinding) -> Option<Self> {
        let spans = |variable: &str| {
            method.parameters.iter().any(|parameter| {
                parameter.location == Location::Path
                    && parameter.style == Style::MultiSegment
                    && parameter.wire_name == *variable
            })
        };
        let mut template = Self::default();
        for segment in binding.segments() {
            match segment {
                PathSegment::Literal(text) => template.patterns.push(Pattern::Literal(text.to_owned())),
                PathSegment::Variable(name) => {
                    template.patterns.push(if spans(name) { Pattern::Rest } else { Pattern::Variable });
                    template.variables.push(name.to_owned());
                }
                PathSegment::Mixed(text) => template.push_mixed(text),
            }
        }
        (template.patterns.len() <= MAX_SEGMENTS).then_some(template)
    }

    /// The path of a server's URL, whose variables match anything; empty when the URL has none.
    pub(crate) fn of_server(url: &str) -> Vec<Pattern> {
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = if url.contains("://") {
            after_scheme.split_once('/').map_or("", |(_, path)| path)
        } else {
            after_scheme.trim_start_matches('/')
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        if path.is_empty() {
            return Vec::new();
        }
        let one = |segment: &str| {
            if segment.contains('{') { Pattern::Variable } else { Pattern::Literal(segment.to_owned()) }
        };
        path.split('/').take(MAX_SEGMENTS).map(one).collect()
    }

    fn push_mixed(&mut self, text: &str) {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else { break };
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(Piece::Variable);
            self.variables.push(name.to_owned());
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        self.patterns.push(match pieces.as_slice() {
            [Piece::Literal(text)] => Pattern::Literal(text.clone()),
            _ => Pattern::Mixed(pieces),
        });
    }
}

impl Pattern {
    /// How many variables it has.
    pub(crate) fn arity(&self) -> usize {
        match self {
            Self::Literal(_) => 0,
            Self::Mixed(pieces) => pieces.iter().filter(|piece| **piece == Piece::Variable).count(),
            Self::Variable | Self::Rest => 1,
        }
    }

    /// Its place in the order of preference: a literal beats text with variables, which beats a variable.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Mixed(_) => 1,
            Self::Variable => 2,
            Self::Rest => 3,
        }
    }
}

/// The values of the variables of a mixed segment; `None` when the text does not match. A variable reaches to
/// the first occurrence of the literal after it; the last literal stands at the end.
pub(crate) fn match_mixed(pieces: &[Piece], text: &str) -> Option<Vec<String>> {
    let (pieces, mut rest) = match pieces.split_last() {
        Some((Piece::Literal(end), before)) => (before, text.strip_suffix(end.as_str())?),
        _ => (pieces, text),
    };
    let mut values = Vec::new();
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            Piece::Variable => {
                let end = match pieces.peek() {
                    Some(Piece::Literal(next)) => rest.find(next.as_str())?,
                    // Two variables with nothing between: the first takes one letter, for want of a rule.
                    Some(Piece::Variable) => rest.chars().next()?.len_utf8(),
                    None => rest.len(),
                };
                let (value, after) = rest.split_at_checked(end)?;
                if value.is_empty() {
                    return None;
                }
                values.push(value.to_owned());
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpMethod, Parameter, SqlName, Type};

    use super::*;

    fn template(path: &'static str) -> Template {
        let mut method = Method::new("a.b.c".parse().unwrap(), SqlName::new("m"));
        let mut scope = Parameter::new(SqlName::new("scope"), Location::Path, Type::STRING);
        scope.style = Style::MultiSegment;
        method.parameters = vec![scope].into();
        Template::of(&method, &HttpBinding::new(HttpMethod::Get, path)).unwrap()
    }

    #[test]
    fn a_template_is_taken_apart() {
        let parsed = template("/{scope}/pets/{petId}/{name}.{format}");
        assert_eq!(parsed.variables, ["scope", "petId", "name", "format"]);
        assert_eq!(parsed.patterns.iter().map(Pattern::rank).collect::<Vec<_>>(), [3, 0, 2, 1]);
        assert_eq!(parsed.patterns.iter().map(Pattern::arity).collect::<Vec<_>>(), [1, 0, 1, 2]);
        assert_eq!(template("/a{b").patterns, [Pattern::Literal("a{b".to_owned())]);
    }

    #[test]
    fn mixed_segments_yield_their_values() {
        let Some(Pattern::Mixed(pieces)) = template("/{name}.tar.{format}").patterns.pop() else { panic!() };
        assert_eq!(match_mixed(&pieces, "a.tar.gz"), Some(vec!["a".into(), "gz".into()]));
        assert_eq!(match_mixed(&pieces, ".tar.gz"), None);
        let Some(Pattern::Mixed(pieces)) = template("/{name}.json").patterns.pop() else { panic!() };
        assert_eq!(match_mixed(&pieces, "a.json.json"), Some(vec!["a.json".into()]));
        assert_eq!(match_mixed(&pieces, ".json"), None);
        let Some(Pattern::Mixed(pieces)) = template("/{a}{b}:go").patterns.pop() else { panic!() };
        assert_eq!(match_mixed(&pieces, "äbc:go"), Some(vec!["ä".into(), "bc".into()]));
        assert_eq!(match_mixed(&pieces, "ä:go"), None);
    }

    #[test]
    fn the_path_of_a_server_is_a_prefix() {
        assert_eq!(Template::of_server("https://api.example.com"), []);
        assert_eq!(Template::of_server("https://api.example.com/"), []);
        let versioned = [Pattern::Literal("v1".to_owned()), Pattern::Variable];
        assert_eq!(Template::of_server("https://{host}/v1/{region}"), versioned);
        assert_eq!(Template::of_server("/v1/{region}/"), versioned);
    }
}
