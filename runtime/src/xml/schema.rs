//! The rows of an XML body, found and typed by what is known of a row.

use bindery_ir::{Column, Type};
use serde_json::{Map, Number, Value};

use super::rows::{is_beside, is_column, is_item, is_item_of, is_result};
use super::{Element, RowPattern, RowReader, plain};

/// The rows in a body, and its outermost element, of whose rows only the last two are there. Columns decide where they are and what their
/// values are: a text that fits its column's type becomes a value of that type, and everything else stays text.
///
/// # Errors
/// A sentence that says why the body cannot be read.
pub(crate) fn rows_by_schema(body: &[u8], columns: &[Column]) -> Result<(Vec<Value>, Element), String> {
    let pattern = RowPattern::With(columns);
    let mut reader = RowReader::default();
    let mut rows = Vec::new();
    while let Some(element) = reader.next(pattern, body, true)? {
        rows.push(row(element, columns));
        reader.pass();
    }
    let rest = reader.rest(pattern, body)?;
    if !reader.has_found() {
        rows = guessed(&rest, columns);
    }
    Ok((rows, rest))
}

/// The rows of a body without an item that has nothing but columns.
///
/// The outermost element, and a `…Result` in it, are wrapping. If what is inside has one of the columns it is the only
/// row; else the rows are the items of the list of which one has most columns. Where no columns of a row are known, as
/// where a schema refers to itself, they are those of the first list.
fn guessed(root: &Element, columns: &[Column]) -> Vec<Value> {
    let inner = unwrapped(root);
    if is_text(inner) {
        return Vec::new();
    }
    if inner.children.iter().any(|child| is_column(child, columns)) {
        return vec![row(inner, columns)];
    }
    let list = if columns.len() > 1 { likely_list(inner, columns) } else { list_in(inner) };
    let items = list.map(items).unwrap_or_default();
    items.into_iter().map(|item| row(item, columns)).collect()
}

/// What is inside the outermost element; of a `…Response` with a `…Result`, the latter.
fn unwrapped(root: &Element) -> &Element {
    root.children.iter().find(|child| is_result(child) && !is_text(child)).unwrap_or(root)
}

fn is_text(element: &Element) -> bool {
    element.children.is_empty()
}

/// The list with the item that has most columns; of several, the first.
fn likely_list<'e>(element: &'e Element, columns: &[Column]) -> Option<List<'e>> {
    let count = |item: &Element| item.children.iter().filter(|child| is_column(child, columns)).count();
    let mut likely: (usize, Option<List<'_>>) = (0, None);
    for child in element.children.iter().filter(|child| is_beside(child, columns)) {
        if count(child) > likely.0 {
            let alike = element.children.iter().filter(|other| other.name == child.name);
            likely = (count(child), Some(List::Repeated(alike.collect())));
        }
        let inner = child.children.iter().filter(|item| is_item_of(child, item, columns)).map(count).max();
        if let Some(count) = inner.filter(|count| *count > likely.0) {
            likely = (count, Some(List::Holder(child)));
        }
    }
    likely.1
}

/// Where items are: a group of elements of one name, or an element that holds such a group.
enum List<'e> {
    /// The elements themselves are the items.
    Repeated(Vec<&'e Element>),
    /// The items are in here.
    Holder(&'e Element),
}

/// The first list, in the order of names: an element that occurs more than once, one with items in it, else one
/// with a single child.
fn list_in(element: &Element) -> Option<List<'_>> {
    let mut names: Vec<&str> = element.children.iter().map(|child| &*child.name).collect();
    names.sort_unstable();
    names.dedup();
    let group = |name: &str| element.children.iter().filter(|child| child.name == name).collect::<Vec<_>>();
    let groups: Vec<Vec<&Element>> = names.into_iter().map(group).collect();
    if let Some(repeated) = groups.iter().find(|group| group.len() > 1) {
        return Some(List::Repeated(repeated.clone()));
    }
    let holds = |test: fn(&Element) -> bool| groups.iter().flatten().copied().find(|child| test(child));
    let holder = holds(has_items).or_else(|| holds(|child| distinct_names(child) == 1));
    // The metadata of a response is no row of it.
    holder.filter(|holder| is_beside(holder, &[])).map(List::Holder)
}

fn has_items(element: &Element) -> bool {
    element.children.iter().any(is_item)
}

fn distinct_names(element: &Element) -> usize {
    let mut names: Vec<&str> = element.children.iter().map(|child| &*child.name).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn items(list: List<'_>) -> Vec<&Element> {
    match list {
        List::Repeated(items) => items,
        List::Holder(holder) if distinct_names(holder) == 1 => holder.children.iter().collect(),
        List::Holder(holder) => holder.children.iter().filter(|child| is_item(child)).collect(),
    }
}

/// A row: the columns it is known to have, typed, and what else is there.
pub(crate) fn row(element: &Element, columns: &[Column]) -> Value {
    if let ([column], true) = (columns, is_text(element)) {
        // A list of texts.
        let mut object = Map::new();
        object.insert(column.wire_name.to_string(), typed(Value::String(element.text.clone()), &column.ty));
        return Value::Object(object);
    }
    let mut wrapped = plain::to_json(element);
    let inner = wrapped.get_mut(&element.name).map(Value::take).unwrap_or_default();
    let Value::Object(mut object) = inner else { return inner };
    for column in columns {
        if let Some(value) = object.get_mut(column.wire_name.as_str()) {
            *value = typed(value.take(), &column.ty);
        }
    }
    Value::Object(object)
}

/// A value as its column has it.
fn typed(value: Value, ty: &Type) -> Value {
    match (ty, value) {
        (Type::Array(item), Value::Object(object)) => Value::Array(members(object, item)),
        (Type::Array(_), Value::String(text)) if text.trim().is_empty() => Value::Array(Vec::new()),
        (Type::Array(item), Value::Array(items)) => items.into_iter().map(|value| typed(value, item)).collect(),
        (Type::Array(item), single) => Value::Array(vec![typed(single, item)]),
        (Type::Integer(_) | Type::Number(_), Value::String(text)) => number(text),
        (Type::Boolean, Value::String(text)) => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" => Value::Null,
            _ => Value::String(text),
        },
        (Type::Map(_) | Type::Object(_), Value::String(text)) if text.trim().is_empty() => Value::Null,
        (_, value) => value,
    }
}

/// The items that the members of a list stand for: those of its only name, or itself.
fn members(object: Map<String, Value>, item: &Type) -> Vec<Value> {
    if object.len() != 1 {
        return vec![Value::Object(object)];
    }
    let only = object.into_iter().next().map(|(_, value)| value);
    match only {
        Some(Value::Array(items)) => items.into_iter().map(|value| typed(value, item)).collect(),
        Some(single) => vec![typed(single, item)],
        None => Vec::new(),
    }
}

/// The number a text is, with every digit; another text stays one.
fn number(text: String) -> Value {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Value::Null;
    }
    match trimmed.parse::<Number>() {
        Ok(number) if number.to_string() == trimmed => Value::Number(number),
        _ => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{Boxed, SqlName, Text, WireName};
    use serde_json::json;

    use super::*;

    fn columns(pairs: &[(&'static str, Type)]) -> Vec<Column> {
        let column = |(name, ty): &(&'static str, Type)| Column {
            name: SqlName::new(name),
            wire_name: WireName::new(name),
            ty: ty.clone(),
            description: Text::Borrowed(""),
        };
        pairs.iter().map(column).collect()
    }

    fn rows(xml: &str, pairs: &[(&'static str, Type)]) -> Value {
        Value::Array(rows_by_schema(xml.as_bytes(), &columns(pairs)).unwrap().0)
    }

    #[test]
    fn rows_of_a_query_response_are_its_members() {
        let xml = "<ListUsersResponse><ListUsersResult><IsTruncated>true</IsTruncated><Users>\
                   <member><UserName>a</UserName><Size>9007199254740993</Size></member>\
                   <member><UserName>b</UserName><Size/></member></Users><Marker>m</Marker></ListUsersResult>\
                   <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListUsersResponse>";
        let got = rows(xml, &[("UserName", Type::STRING), ("Size", Type::INTEGER)]);
        assert_eq!(got, json!([{"UserName": "a", "Size": 9_007_199_254_740_993_u64}, {"UserName": "b", "Size": null}]));
    }

    #[test]
    fn one_user_is_a_list_of_one_and_none_is_empty() {
        let one = "<R><LResult><Users><member><UserName>a</UserName></member></Users></LResult></R>";
        assert_eq!(rows(one, &[("UserName", Type::STRING)]), json!([{"UserName": "a"}]));
        let none = "<R><LResult><Users/></LResult></R>";
        assert_eq!(rows(none, &[("UserName", Type::STRING)]), json!([]));
    }

    #[test]
    fn the_only_row_may_be_the_result_itself_and_lists_in_it_are_lists() {
        let xml = "<R><GetResult><Arn>x</Arn><Enabled>true</Enabled><Tags><member>1</member></Tags></GetResult></R>";
        let tags = Type::Array(Boxed::new(Type::STRING));
        let got = rows(xml, &[("Arn", Type::STRING), ("Enabled", Type::Boolean), ("Tags", tags)]);
        assert_eq!(got, json!([{"Arn": "x", "Enabled": true, "Tags": ["1"]}]));
    }

    #[test]
    fn what_has_more_than_its_columns_is_found_at_the_end() {
        let columns = [("Id", Type::STRING), ("Name", Type::STRING), ("Size", Type::INTEGER)];
        let xml = "<R><LResult><Of><Id>1</Id><X/></Of><Rows><member><Id>2</Id><Name>b</Name><New/></member>\
                   <member><Y/></member></Rows><Others><Other><Name>c</Name><Z/></Other></Others></LResult></R>";
        assert_eq!(rows(xml, &columns), json!([{"Id": "2", "Name": "b", "New": ""}, {"Y": ""}]));
        let beside = "<R><Row><Id>1</Id><Name/><New/></Row><Of><Id>2</Id><X/></Of><Row><Id>3</Id></Row></R>";
        assert_eq!(rows(beside, &columns), json!([{"Id": "1", "Name": "", "New": ""}, {"Id": "3"}]));
        assert_eq!(rows("<R><Size>1</Size><Of><X/></Of></R>", &columns), json!([{"Size": 1, "Of": {"X": ""}}]));
        // Prefixes are no objects.
        assert_eq!(rows("<R><P><Prefix>a</Prefix></P><P><Prefix>b</Prefix></P></R>", &columns), json!([]));
    }

    #[test]
    fn repeated_elements_without_a_holder_are_rows() {
        let xml =
            "<ListBucketResult><Contents><Key>a</Key></Contents><Contents><Key>b</Key></Contents></ListBucketResult>";
        assert_eq!(rows(xml, &[("Key", Type::STRING)]), json!([{"Key": "a"}, {"Key": "b"}]));
        let ec2 = "<DescribeResponse><requestId>r</requestId><volumeSet><item><volumeId>v</volumeId></item></volumeSet></DescribeResponse>";
        assert_eq!(rows(ec2, &[("volumeId", Type::STRING)]), json!([{"volumeId": "v"}]));
    }
}
