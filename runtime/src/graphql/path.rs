//! Where an answer has something, in the little of `JSONPath` that cursors use: `$.a.b[0].c`, `$.a[-1:].b`, `$.a[*].b`,
//! `$['a']`. Of several the last one counts: what comes after it is the next page.

use serde_json::Value;

/// What a path leads to.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut value = value;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']')?;
            value = match index.strip_prefix(['\'', '"']) {
                Some(key) => value.get(key.trim_end_matches(['\'', '"']))?,
                None => item(value.as_array()?, index)?,
            };
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (key, after) = name.split_at_checked(end)?;
            if key.is_empty() {
                return None;
            }
            value = value.get(key)?;
            rest = after;
        }
    }
    Some(value)
}

fn item<'v>(items: &'v [Value], index: &str) -> Option<&'v Value> {
    match index {
        "*" | "-1:" | "-1" => items.last(),
        index => items.get(index.parse::<usize>().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let value = json!({"data": {"zones": [{"groups": [{"at": 1}, {"at": 2}]}], "a.b": true}});
        for (path, expected) in [
            ("$.data.zones[0].groups[-1:].at", Some(json!(2))),
            ("$.data.zones[*].groups[0].at", Some(json!(1))),
            ("$['data']['a.b']", Some(json!(true))),
            ("$.data.zones[1].groups", None),
            ("$.data.none", None),
            ("$.data..zones", None),
            ("$.data.zones[0", None),
        ] {
            assert_eq!(at(&value, path), expected.as_ref(), "{path}");
        }
        assert_eq!(at(&value, "$"), Some(&value));
    }
}
