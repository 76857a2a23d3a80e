//! Reads a `Link` header (RFC 8288) for the link to the next page.

/// The target of the first link whose relation is `next`, as it is written.
pub(crate) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let end = end_of_link(after);
        let (parameters, remaining) = after.split_at_checked(end)?;
        if is_next(parameters) {
            return Some(target.trim());
        }
        rest = remaining;
    }
    None
}

/// Where the parameters of a link end: at a comma outside quotes.
fn end_of_link(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => return index,
            _ => {}
        }
    }
    text.len()
}

/// Whether one of the relations is `next`. Only the first `rel` counts.
fn is_next(parameters: &str) -> bool {
    let relation = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
    });
    relation.is_some_and(|value| value.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, expected) in [
            (r#"<https://h/?p=2>; rel="next", <https://h/?p=9>; rel="last""#, Some("https://h/?p=2")),
            (r#"<https://h/?p=1>; rel="prev", </x?a=1,2>; title="a, <b>"; rel=next"#, Some("/x?a=1,2")),
            (r#"<a>;REL="last NEXT""#, Some("a")),
            (r#"<a>; rel="nextish""#, None),
            (r#"<a>; title="rel=next""#, None),
            ("<a", None),
            ("", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }
}
