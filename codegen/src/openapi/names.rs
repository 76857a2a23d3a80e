//! The names of the resources of a service, without reading the rest of its document.
//!
//! A document of two megabytes takes a tenth of a second to read; its resources are listed in some hundred lines of it. In
//! block style, indentation alone tells where these are: whatever belongs to a key stands deeper than it. Anything that
//! is written in another way has no answer here, and is read.

use std::collections::HashSet;

/// The key below which a document lists its resources.
const LISTING: &str = "x-stackQL-resources:";

/// The names of the resources that a service document states, in its order; `None` when they cannot be told without reading
/// it.
///
/// ```
/// let document = "openapi: 3.0.0\ncomponents:\n  x-stackQL-resources:\n    pets:\n      id: shop.animals.pets\n";
/// assert_eq!(bindery_codegen::openapi::resource_names(document), Some(vec!["pets".to_owned()]));
/// ```
pub fn resource_names(document: &str) -> Option<Vec<String>> {
    let mut tops = document.match_indices("components:").filter(|(at, _)| {
        let is_first = *at == 0 || document.as_bytes().get(at - 1) == Some(&b'\n');
        is_first
            && document.get(*at..).is_some_and(|rest| rest.lines().next().map(str::trim_end) == Some("components:"))
    });
    let (start, key) = tops.next().filter(|_| tops.next().is_none())?;
    let mut lines = document.get(start + key.len()..)?.lines().skip(1).filter(|line| !is_empty(line)).peekable();
    let inside = indentation(lines.peek()?);
    let mut found = false;
    while let Some(line) = lines.next_if(|line| indentation(line) >= inside && inside > 0) {
        if indentation(line) == inside && line.trim() == LISTING {
            found = true;
            break;
        }
    }
    let of_names = indentation(lines.peek().filter(|_| found)?);
    let mut names: Vec<String> = Vec::new();
    // How deep the members of a resource stand.
    let mut of_members = None;
    while let Some(line) = lines.next_if(|line| indentation(line) > inside) {
        let depth = indentation(line);
        if depth < of_names {
            return None;
        }
        if depth == of_names {
            names.push(key_of(line.trim())?.to_owned());
            of_members = None;
            continue;
        }
        if depth == *of_members.get_or_insert(depth)
            && let Some(id) = line.trim().strip_prefix("id:")
        {
            // A resource need not be called like its key.
            let mut parts = id.trim().splitn(3, '.');
            let (provider, service, resource) = (parts.next()?, parts.next()?, parts.next()?);
            if ![provider, service, resource].into_iter().all(is_plain) {
                return None;
            }
            resource.clone_into(names.last_mut()?);
        }
    }
    let distinct: HashSet<&String> = names.iter().collect();
    let is_told = !names.is_empty() && distinct.len() == names.len();
    is_told.then_some(names)
}

/// Whether a line says nothing.
fn is_empty(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The key of a line on which nothing but a key stands.
fn key_of(line: &str) -> Option<&str> {
    line.strip_suffix(':').filter(|key| is_plain(key))
}

/// Whether a text is a name in YAML as it stands.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &str) -> Option<Vec<String>> {
        resource_names(&format!(
            "info:\n  description: |\n    components:\npaths: {{}}\ncomponents:\n{listing}\nservers: []\n"
        ))
    }

    #[test]
    fn names_stand_at_the_depth_of_the_first() {
        let listing = "  schemas:\n    x-stackQL-resources:\n      no: {}\n  # the list\n  x-stackQL-resources:\n\n    pets:\n      id: shop.animals.pets\n      \
             methods:\n        list:\n          id: a.b.c\n# aside\n    cats_:\n      name: x\n      id: shop.animals.cats.black\n  parameters:\n    dogs:\n      x: 1";
        assert_eq!(names(listing), Some(vec!["pets".to_owned(), "cats.black".to_owned()]));
    }

    #[test]
    fn what_is_written_in_another_way_is_not_told() {
        for listing in [
            "  schemas: {}",
            "  x-stackQL-resources: {}",
            "  x-stackQL-resources:\n    pets: {}",
            "  x-stackQL-resources:\n    \"pets\":\n      id: a.b.c",
            "  x-stackQL-resources:\n    <<: *all\n",
            "  x-stackQL-resources:\n    ? pets\n    : {}",
            "  x-stackQL-resources:\n    pets:\n      id: \"a.b.c\"",
            "  x-stackQL-resources:\n    pets:\n      id: a.b",
            "  x-stackQL-resources:\n      pets:\n        id: a.b.c\n    cats:\n        id: a.b.d",
            "  x-stackQL-resources:\n    pets:\n      id: a.b.c\n    cats:\n      id: a.b.c",
            "  x-stackQL-resources:\ncomponents:\n  x-stackQL-resources:\n    pets:\n      id: a.b.c",
        ] {
            assert_eq!(names(listing), None, "{listing}");
        }
        for text in ["", "components:", "components:\n", "{\"components\": {}}", "components:\n  x-stackQL-resources:"]
        {
            assert_eq!(resource_names(text), None, "{text:?}");
        }
    }
}
