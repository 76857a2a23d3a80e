//! What the examples of a page say about the body of a method, where no document says how the method travels.
//!
//! Pages list the parameters of a method and, of the properties of its body, at best the required ones. The others
//! stand only in the examples: as columns that an `INSERT` fills, behind `SET`, and in the `@@json` of an `EXEC`.

use std::collections::HashMap;

use bindery_ir::{Location, Method, Origin, Parameter, SqlName, Type, Verb};

use crate::docs::{Page, SqlExample, Statement};
use crate::names::is_parameter_name;

/// What a body property's name begins with where documentation keeps it apart from parameters.
pub(crate) const BODY_PREFIX: &str = "data__";

/// Marks what goes into the body, and adds the properties that only the method's examples name, as optional.
pub(super) fn take_from_examples(method: &mut Method, page: &Page, origin: &Origin) {
    for parameter in method.parameters.to_mut() {
        if parameter.name.as_str().starts_with(BODY_PREFIX) {
            parameter.location = Location::Body;
        }
    }
    let (called, verbs) = (method.name.clone(), method.verbs.clone());
    let shows = |example: &&SqlExample| example.method.as_ref() == Some(&called) && verbs.contains(&example.verb);
    for example in page.sql_examples.iter().filter(shows) {
        let statement = Statement::read(&example.sql);
        let assigned = statement.assignments.iter().filter(|name| !is_stand_in(name, &example.sql));
        for name in assigned {
            let index = index(method, name).or_else(|| index_of_property(method, name));
            put_into_body(method, name, index, origin);
        }
        for name in &statement.body {
            let index = index_of_property(method, name).or_else(|| index(method, name));
            put_into_body(method, name, index, origin);
        }
        // Columns that the page lists may be parameters as well; those that it does not list are none.
        let filled = if example.verb == Verb::Insert { statement.columns.as_slice() } else { &[] };
        for name in filled {
            if index(method, name).or_else(|| index_of_property(method, name)).is_none() {
                put_into_body(method, name, None, origin);
            }
        }
    }
}

/// Gives the parameters that nothing else gives a type the one that a manifest has for them.
pub(super) fn take_types(method: &mut Method, types: &HashMap<&str, Type>) {
    for parameter in method.parameters.to_mut().iter_mut().filter(|parameter| parameter.ty == Type::Any) {
        let name = parameter.name.as_str();
        let bare = name.strip_prefix(BODY_PREFIX).unwrap_or(name);
        if let Some(ty) = types.get(bare).or_else(|| types.get(name)) {
            parameter.ty = ty.clone();
        }
    }
}

/// Marks the parameter at an index as one of the body, or adds it.
fn put_into_body(method: &mut Method, name: &str, index: Option<usize>, origin: &Origin) {
    let parameters = method.parameters.to_mut();
    match index.and_then(|index| parameters.get_mut(index)) {
        Some(parameter) => parameter.location = Location::Body,
        None if is_parameter_name(name) => {
            let parameter = Parameter::new(SqlName::from(name), Location::Body, Type::Any);
            parameters.push(Parameter { origin: origin.clone(), ..parameter });
        }
        None => {}
    }
}

fn index(method: &Method, name: &str) -> Option<usize> {
    method.parameters.iter().position(|parameter| parameter.name == *name)
}

/// The parameter that is the property of that name with the prefix.
fn index_of_property(method: &Method, name: &str) -> Option<usize> {
    let is_it = |parameter: &Parameter| parameter.name.as_str().strip_prefix(BODY_PREFIX) == Some(name);
    method.parameters.iter().position(is_it)
}

/// Whether an assignment only shows where assignments go: `field1 = '{{ value1 }}'`.
fn is_stand_in(name: &str, sql: &str) -> bool {
    let number = name.strip_prefix("field").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    number.is_some_and(|number| sql.contains(&format!("{{ value{number} }}")))
}

#[cfg(test)]
mod tests {
    use bindery_ir::ResourceId;

    use super::*;

    /// What the examples of `a.b.c` add to a method that the page lists with some parameters.
    fn parameters(verb: Verb, listed: &[&str], sql: &str) -> Vec<(String, Location)> {
        let mut method = Method::new(ResourceId::new("a.b.c"), SqlName::new("act"));
        method.verbs = vec![verb].into();
        let parameter = |name: &&str| Parameter::new(SqlName::from(*name), Location::Unknown, Type::Any).required();
        method.parameters = listed.iter().map(parameter).collect();
        let example =
            SqlExample { verb, method: Some(method.name.clone()), tab: "act".into(), sql: sql.into(), line: 1 };
        let page = Page { sql_examples: vec![example], ..Page::default() };
        take_from_examples(&mut method, &page, &Origin::UNKNOWN);
        method.parameters.iter().map(|parameter| (parameter.name.to_string(), parameter.location)).collect()
    }

    fn pair(name: &str, location: Location) -> (String, Location) {
        (name.to_owned(), location)
    }

    #[test]
    fn an_insert_names_the_properties_that_the_page_does_not_list() {
        let sql =
            "INSERT INTO a.b.c (\ndata__x,\nx,\ny,\nid\n)\nSELECT\n'{{ x }}', '{{ x }}', '{{ y }}', '{{ id }}'\n;";
        let expected = [pair("data__x", Location::Body), pair("id", Location::Unknown), pair("y", Location::Body)];
        assert_eq!(parameters(Verb::Insert, &["data__x", "id"], sql), expected);
    }

    #[test]
    fn what_is_set_goes_into_the_body() {
        let sql = "UPDATE a.b.c\nSET\nx = '{{ x }}',\ny = true\nWHERE id = '{{ id }}' --required\n;";
        let expected = [pair("id", Location::Unknown), pair("x", Location::Body), pair("y", Location::Body)];
        assert_eq!(parameters(Verb::Update, &["id", "x"], sql), expected);
        let stand_in = "UPDATE a.b.c\n-- replace field1, etc.\nSET field1 = '{{ value1 }}'\nWHERE id = '{{ id }}';";
        assert_eq!(parameters(Verb::Update, &["id"], stand_in), [pair("id", Location::Unknown)]);
    }

    #[test]
    fn the_object_behind_exec_is_the_body() {
        let sql = "EXEC a.b.c.act @x='{{ x }}' @@json='{ \"x\": \"{{ x }}\", \"y\": {{ y }}, \"a b\": 1 }';";
        let expected = [pair("x", Location::Unknown), pair("data__x", Location::Body), pair("y", Location::Body)];
        assert_eq!(parameters(Verb::Exec, &["x", "data__x"], sql), expected);
    }
}
