//! A crate that was generated from documentation pages alone: what pages say is typed, and what they do not say is an
//! error that tells so.

use bindery::ir::{Fields, Location, ResourceKind, Type};
use bindery_pages_only::counter::{bread, cheese, oven, vw_cheese, wine};
use bindery_pages_only::json;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn read<T: json::FromJson>(bytes: &[u8]) -> Result<T, Box<dyn std::error::Error>> {
    Ok(json::from_slice(bytes)?.ok_or("null")?)
}

#[test]
fn rows_have_the_fields_and_types_of_their_page() -> Outcome {
    let row: cheese::Cheese = read(br#"{"id": "c1", "weight": 9007199254740993, "holes": [1], "new": 1}"#)?;
    assert_eq!((row.id.as_deref(), row.weight), (Some("c1"), Some(9_007_199_254_740_993)));
    assert_eq!(row.holes.map(|holes| holes.len()), Some(1));
    let row: wine::Wine = read(br#"{"price": 12.50, "type": "red"}"#)?;
    assert_eq!(row.r#type.as_deref(), Some("red"));
    assert!(row.price.is_some() && row.label.is_none());
    let row: bread::Bread = read(br#"{"baked_at": "today"}"#)?;
    assert_eq!(row.baked_at.as_deref(), Some("today"));
    let row: oven::Oven = read(br#"{"heat": 230}"#)?;
    assert_eq!(row.heat, Some(230));
    Ok(())
}

#[test]
fn every_method_reads_the_fields_of_its_own_tab() {
    let names = |columns: &[bindery::ir::Column]| -> Vec<String> {
        columns.iter().map(|column| column.name.to_string()).collect()
    };
    assert_eq!(names(&cheese::Get::METHOD.response.columns), ["id", "weight", "holes"]);
    assert_eq!(names(&cheese::List::METHOD.response.columns), ["id"]);
    assert_eq!(names(&wine::List::METHOD.response.columns), ["label", "price", "type"]);
}

#[test]
fn parameters_have_the_types_and_descriptions_of_their_page() -> Outcome {
    let top = cheese::List::METHOD.parameter("$top").ok_or("$top")?;
    assert_eq!((&top.ty, &*top.description), (&Type::Integer(Some("int32".into())), "How many at most."));
    let described = |method: &bindery::ir::Method| method.parameter("If-Match").map(|p| p.description.clone());
    assert_eq!(described(&cheese::Discard::METHOD).as_deref(), Some("The version that may go."));
    assert_eq!(described(&cheese::Order::METHOD).as_deref(), Some("The version that is replaced."));
    Ok(())
}

#[test]
fn bodies_have_the_properties_that_only_examples_and_manifests_name() -> Outcome {
    let weight = cheese::Order::METHOD.parameter("data__weight").ok_or("data__weight")?;
    assert_eq!((weight.location, &weight.ty), (Location::Body, &Type::INTEGER));
    assert_eq!(
        cheese::Order::SQL,
        "INSERT INTO pages_only.counter.cheese (data__name, data__weight) VALUES (:data_name, :data_weight)"
    );
    assert!(cheese::Slice::METHOD.parameter("thickness").is_some());
    assert!(wine::Shelve::SQL.contains("(data__label, shop, price)"), "{}", wine::Shelve::SQL);
    assert!(wine::Reprice::SQL.contains("SET price = :price WHERE bottle"), "{}", wine::Reprice::SQL);
    Ok(())
}

#[test]
fn a_view_knows_its_columns_and_what_it_needs_from_its_definition() -> Outcome {
    let view = &vw_cheese::RESOURCE;
    let Fields::Known(columns) = &view.fields else { return Err("no columns".into()) };
    let names: Vec<String> = columns.iter().map(|column| column.name.to_string()).collect();
    assert_eq!((view.kind, names), (ResourceKind::View, vec!["id".into(), "origin".into(), "$filter".into()]));
    let dialects: Vec<&str> = view.views.iter().map(|view| &*view.dialect).collect();
    assert_eq!(dialects, ["sqlite3", "postgres"]);
    let required: Vec<String> = view.views.iter().flat_map(|view| &*view.required).map(ToString::to_string).collect();
    assert_eq!(required, ["shop", "shop"]);
    Ok(())
}

#[tokio::test]
async fn sending_what_has_no_wire_form_is_an_error_that_says_so() -> Outcome {
    let client = bindery_pages_only::client().build()?;
    let Err(refused) = cheese::Get::new("c1").all(&client).await else { return Err("it was sent".into()) };
    let said = refused.to_string();
    assert!(said.contains("pages_only.counter.cheese.get"), "{said}");
    assert!(cheese::Get::METHOD.http.is_none());
    Ok(())
}
