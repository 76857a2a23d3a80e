//! Fills the variables of a path template.
//!
//! The template and the arguments go in; the encoded path comes out, of which the server will see exactly the
//! segments that were meant, or an error.

use std::borrow::Cow;

use bindery_ir::{HttpBinding, Style};

use crate::encoding::{encode, encode_literal, is_dots};

/// What a path variable stands for.
pub(crate) struct PathValue<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) style: Style,
}

/// Why a path cannot be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PathError {
    /// No parameter fills this variable.
    Unfilled(String),
    /// The value of this variable cannot stand in a path.
    Refused { variable: String, reason: &'static str },
    /// The template itself is broken.
    Template(&'static str),
}

const DOTS: &str = "a path segment of `.` or `..` would lead to another resource";

/// Appends the encoded path, with a slash before each segment; `value` says what a variable stands for.
pub(crate) fn fill<'a>(
    binding: &HttpBinding,
    value: impl Fn(&str) -> Option<PathValue<'a>>,
    path: &mut String,
) -> Result<(), PathError> {
    let template = binding.path.strip_prefix('/').unwrap_or(&binding.path);
    if template.is_empty() {
        return Ok(());
    }
    path.reserve(template.len() + 1);
    for segment in template.split('/') {
        path.push('/');
        if is_plain(segment) {
            path.push_str(segment);
        } else {
            fill_segment(segment, &value, path)?;
        }
    }
    Ok(())
}

/// Whether a segment of a template stands for itself, as most do.
fn is_plain(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn fill_segment<'a>(
    template: &str,
    value: &impl Fn(&str) -> Option<PathValue<'a>>,
    path: &mut String,
) -> Result<(), PathError> {
    let start = path.len();
    let mut rest = template;
    let mut last_variable = None;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(PathError::Template("a `{` of the path is never closed"))?;
        path.push_str(&encode_literal(literal));
        let value = value(name).ok_or_else(|| PathError::Unfilled(name.to_owned()))?;
        if value.text.is_empty() || (value.style == Style::MultiSegment && value.text == "/") {
            return Err(refused(name, "a path segment cannot be empty"));
        }
        match value.style {
            Style::MultiSegment => {
                // What spans segments is often written with the slash that the template has already.
                let text = if path.ends_with('/') { value.text.strip_prefix('/') } else { None }.unwrap_or(&value.text);
                for (index, part) in text.split('/').enumerate() {
                    if index > 0 {
                        path.push('/');
                    }
                    path.push_str(&encode(part));
                }
            }
            _ => path.push_str(&encode(&value.text)),
        }
        last_variable = Some(name);
        rest = after;
    }
    path.push_str(&encode_literal(rest));
    // Looked at when the segment is complete: `{a}{b}` may be two single dots.
    if path.get(start..).unwrap_or_default().split('/').any(is_dots) {
        return Err(last_variable.map_or(PathError::Template(DOTS), |name| refused(name, DOTS)));
    }
    Ok(())
}

fn refused(variable: &str, reason: &'static str) -> PathError {
    PathError::Refused { variable: variable.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use bindery_ir::HttpMethod;

    use super::*;

    fn filled(template: &str, text: &str, style: Style) -> Result<String, PathError> {
        let binding = HttpBinding::new(HttpMethod::Get, template.to_owned());
        let mut path = String::new();
        let value = |name: &str| (name == "v").then_some(PathValue { text: text.into(), style });
        fill(&binding, value, &mut path).map(|()| path)
    }

    #[test]
    fn variables_are_encoded_as_one_segment() {
        for (template, text, expected) in [
            ("/a/{v}/b", "x y", "/a/x%20y/b"),
            ("/a/{v}", "x/../y", "/a/x%2F..%2Fy"),
            ("a/{v}.json", "..", "/a/...json"),
            ("/a:{v}", "50%2f", "/a:50%252f"),
            ("/{v}", "\\?#;", "/%5C%3F%23%3B"),
            ("/a b/{v}/(c)", "ü", "/a%20b/%C3%BC/(c)"),
            ("/{v}/", "x", "/x/"),
            ("/", "x", "/"),
            ("", "x", ""),
        ] {
            let path = if template == "/" { Ok("/".to_owned()) } else { filled(template, text, Style::Plain) };
            assert_eq!(path.as_deref(), Ok(expected), "{template} {text}");
        }
    }

    #[test]
    fn slashes_stay_where_the_variable_spans_segments() {
        assert_eq!(filled("/a/{v}/b", "x/y z", Style::MultiSegment).as_deref(), Ok("/a/x/y%20z/b"));
        assert_eq!(filled("/{v}/b", "/x/y", Style::MultiSegment).as_deref(), Ok("/x/y/b"));
        for text in ["../x", "x/..", "x/./y", "."] {
            assert!(filled("/a/{v}", text, Style::MultiSegment).is_err(), "{text}");
        }
    }

    #[test]
    fn segments_that_would_lead_elsewhere_are_refused() {
        for (template, text) in [("/a/{v}", "."), ("/a/{v}", ".."), ("/a/{v}{v}", "."), ("/a/.{v}", "."), ("/{v}", "")]
        {
            assert!(
                matches!(filled(template, text, Style::Plain), Err(PathError::Refused { .. })),
                "{template} {text}"
            );
        }
        assert!(matches!(filled("/a/../{v}", "x", Style::Plain), Err(PathError::Template(_))));
        assert!(matches!(filled("/a/{v", "x", Style::Plain), Err(PathError::Template(_))));
        assert_eq!(filled("/a/{w}", "x", Style::Plain), Err(PathError::Unfilled("w".to_owned())));
    }
}
