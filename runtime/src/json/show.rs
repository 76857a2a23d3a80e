//! How objects are shown to people: as what they are written as, under the name of their type.

use std::any;
use std::fmt;

use super::scan::{Step, array_step, properties, value_end};
use super::{MAX_DEPTH, Object, to_string};

/// Shows an object, as its `Debug` does: what has a value, by its name on the wire.
///
/// # Errors
/// When the formatter does not take it.
///
/// ```
/// use bindery_runtime::json::{self, Extra};
///
/// #[derive(Default)]
/// struct Pet {
///     name: Option<String>,
///     extra: Extra,
/// }
///
/// bindery_runtime::json_objects! {
///     Pet {
///         "name" => name,
///     }
/// }
///
/// let pet: Option<Pet> = json::from_slice(br#"{"name": "Rex", "tags": [1, {"a": null}]}"#)?;
/// assert_eq!(format!("{pet:?}"), r#"Some(Pet { name: "Rex", tags: [1, {"a": null}] })"#);
/// # Ok::<(), json::Error>(())
/// ```
pub fn show<T: Object>(object: &T, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let path = any::type_name::<T>();
    show_written(path.rsplit("::").next().unwrap_or(path), &to_string(object), formatter)
}

fn show_written(name: &str, json: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = formatter.debug_struct(name);
    properties(json.as_bytes(), |key, place| {
        shown.field(&String::from_utf8_lossy(key), &Shown::of(json.get(place), MAX_DEPTH));
        true
    });
    shown.finish()
}

/// A value as it is written, and how deep it is looked into.
struct Shown<'j> {
    json: &'j str,
    depth: u8,
}

impl<'j> Shown<'j> {
    fn of(json: Option<&'j str>, depth: u8) -> Self {
        Self { json: json.unwrap_or_default(), depth }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.json.as_bytes();
        match (text.first(), self.depth.checked_sub(1)) {
            (Some(b'{'), Some(depth)) => {
                let mut shown = formatter.debug_map();
                properties(text, |key, place| {
                    let key = format!("\"{}\"", String::from_utf8_lossy(key));
                    shown.entry(&format_args!("{key}"), &Self::of(self.json.get(place), depth));
                    true
                });
                shown.finish()
            }
            (Some(b'['), Some(depth)) => {
                let mut shown = formatter.debug_list();
                let (mut at, mut is_first) = (0, true);
                while let Some(Step::Item(start)) = array_step(text, at, is_first)
                    && let Some(end) = value_end(text, start)
                {
                    shown.entry(&Self::of(self.json.get(start..end), depth));
                    (at, is_first) = (end, false);
                }
                shown.finish()
            }
            _ => formatter.write_str(self.json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        format!("{:?}", Shown::of(Some(json), MAX_DEPTH))
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        for json in ["null", "-1.50", r#""a \" b""#, "[]", r#"[1, [2, "]"]]"#, "{}", r#"{"a\"": {"b": [true]}}"#] {
            assert_eq!(shown(json), json);
        }
        assert_eq!(shown("[1,2]"), "[1, 2]");
        assert_eq!(format!("{:#?}", Shown::of(Some(r#"{"a":[1]}"#), 9)), "{\n    \"a\": [\n        1,\n    ],\n}");
    }

    #[test]
    fn what_is_nested_without_end_is_shown_flat() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(shown(&deep).len(), deep.len());
    }
}
