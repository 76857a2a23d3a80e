//! Generated types take what a provider may send and give it back: whatever its declared fields hold, and more.

use bindery_names::json;
use bindery_names::match_::ref_::Ref;
use bindery_names::match_::types::String as Odd;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Declared names of the type, and one that is not.
const NAMES: [&str; 12] =
    ["type", "self", "name", "Name", "+1", "", "2020-11-01", "result", "string", "children", "counts", "unheard of"];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop::sample::select(NAMES.to_vec());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// `null` is the same as nothing.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_given_back(
        members in prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), any_json(), 0..8)
    ) {
        let sent: Value = members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let read: Option<Ref> = json::from_slice(sent.to_string().as_bytes())?;
        let read = read.ok_or_else(|| TestCaseError::fail("an object is an object"))?;
        let written: Value = serde_json::from_str(&json::to_string(&read)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(without_nulls(written.clone()), without_nulls(sent));
        // Through serde it is the same.
        let through: Ref = serde_json::from_value(written.clone()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::to_value(&through).map_err(|error| TestCaseError::fail(error.to_string()))?, written);
        prop_assert_eq!(through, read);
    }
}

#[test]
fn digits_enum_values_and_dates_are_kept_as_they_are() -> Result<(), Box<dyn std::error::Error>> {
    let text =
        r#"{"+1":9007199254740993,"string":"2031-01-01","2020-11-01":0.10000000000000000001,"id":"","created":""}"#;
    let read: Ref = json::from_slice(text.as_bytes())?.ok_or("an object")?;
    assert_eq!(read.plus_1, Some(9_007_199_254_740_993));
    assert_eq!(read.string, Some(Odd::Unrecognized("2031-01-01".to_owned())));
    assert_eq!(read.id.as_deref(), Some(""));
    let written: Value = serde_json::from_str(&json::to_string(&read))?;
    assert_eq!(written, serde_json::from_str::<Value>(text)?);
    assert!(json::to_string(&read).contains("0.10000000000000000001"));

    let unfit: Ref = json::from_slice(br#"{"+1":"many","children":{"a":1},"name":null}"#)?.ok_or("an object")?;
    assert_eq!((unfit.plus_1, unfit.children.is_some(), unfit.name.is_some()), (None, false, false));
    assert_eq!(serde_json::to_value(&unfit)?, json!({ "+1": "many", "children": { "a": 1 } }));
    Ok(())
}
