//! Small operations on JSON values: placing at a path, looking up a path, merging a patch (RFC 7396), and
//! comparing names across casings.

use bindery_ir::Text;
use serde_json::{Map, Value};

/// Puts a value at a path, making the objects on the way. Returns whether there was room: a path that leads
/// through anything but an object, or no path at all where something stands already, changes nothing.
pub(crate) fn place(target: &mut Value, path: &[Text], value: Value) -> bool {
    let Some((last, way)) = path.split_last() else {
        let free = target.is_null();
        if free {
            *target = value;
        }
        return free;
    };
    let mut current = target;
    for key in way {
        let Some(object) = as_object(current) else { return false };
        current = object.entry(key.as_ref()).or_insert(Value::Null);
    }
    let Some(object) = as_object(current) else { return false };
    object.insert(last.as_ref().to_owned(), value);
    true
}

/// A value at a path, wrapped in the objects that lead there.
pub(crate) fn wrapped(path: &[Text], value: Value) -> Value {
    let mut whole = Value::Null;
    place(&mut whole, path, value);
    whole
}

/// The value at a path.
pub(crate) fn lookup<'a>(value: &'a Value, path: &[Text]) -> Option<&'a Value> {
    path.iter().try_fold(value, |current, key| current.get(key.as_ref()))
}

/// The object that stands there; nothing standing there becomes an empty one.
fn as_object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

/// Merges a patch into a value as RFC 7396 says: `null` removes, objects merge, all else replaces.
///
/// Its depth is bounded by that of the patch, which the JSON reader bounds.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(object) = target.as_object_mut() else { return };
    for (key, change) in changes {
        if change.is_null() {
            object.remove(&key);
        } else {
            merge(object.entry(key).or_insert(Value::Null), change);
        }
    }
}

/// Whether two names are the same but for casing and separators: `backendId`, `backend_id`, `Backend-Id`.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other)) && letters(one).next().is_some()
}

/// The last word of a name, in small letters: `number` of `issue_number`, `id` of `backendId`.
pub(crate) fn last_word(name: &str) -> String {
    let snake = bindery_ir::snake_case(name).to_lowercase();
    snake.rsplit('_').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(keys: &[&'static str]) -> Vec<Text> {
        keys.iter().map(|&key| Text::Borrowed(key)).collect()
    }

    #[test]
    fn values_are_placed_where_there_is_room() {
        let mut body = wrapped(&path(&["links", "items"]), json!([1]));
        assert!(place(&mut body, &path(&["links", "next"]), json!("url")));
        assert_eq!(body, json!({"links": {"items": [1], "next": "url"}}));
        assert!(!place(&mut body, &path(&["links", "items", "next"]), json!("url")));
        assert!(!place(&mut body, &[], json!("url")));
        assert_eq!(lookup(&body, &path(&["links", "items"])), Some(&json!([1])));
        assert_eq!(lookup(&body, &path(&["links", "absent"])), None);
    }

    #[test]
    fn a_patch_merges_as_rfc_7396_says() {
        // The cases of the RFC's appendix that differ from each other.
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in cases {
            merge(&mut target, patch);
            assert_eq!(target, expected);
        }
    }

    #[test]
    fn names_are_compared_across_casings() {
        assert!(same_name("backendId", "backend_id"));
        assert!(same_name("If-Match", "if_match"));
        assert!(!same_name("backend", "backendId"));
        assert!(!same_name("-", "_"));
        assert_eq!(last_word("issue_number"), "number");
        assert_eq!(last_word("backendId"), "id");
        assert_eq!(last_word(""), "");
    }
}
