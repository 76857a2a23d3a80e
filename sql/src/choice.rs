//! Which method answers a table of a statement.
//!
//! What the statement says of the table goes in (never what one join order makes of it), a method comes out. Among the
//! methods whose required parameters are all said, the first of the documents is taken, as StackQL does; but not one
//! that would drop something: every parameter that is said must be sent or be a column of the rows, and every
//! parameter that is read must be known.
//!
//! Where that leaves no join order (`subscription JOIN group ON group.subscriptionId = subscription.subscriptionId`:
//! one subscription could be got, if the group were known), a method is taken that needs less, and whose rows have
//! what it was not sent. That is right as well, because nothing is dropped.

use crate::table::{Candidate, ColumnSet, Table};

/// What a statement says of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The columns that an equality (or `IN`) gives a value, whichever table it comes from.
    pub(crate) equal: ColumnSet,
    /// The columns that are read, as far as SQLite says.
    pub(crate) read: ColumnSet,
    /// The columns of parameters that have a value without being said.
    pub(crate) defaults: ColumnSet,
    /// The only candidate that may be used.
    pub(crate) forced: Option<usize>,
    /// The columns whose values one join order has at hand, where only methods that can do with them are wanted.
    pub(crate) at_hand: Option<ColumnSet>,
}

/// The method that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Its place among the candidates.
    pub(crate) candidate: usize,
    /// The earlier candidate that needs less and would have hidden it.
    pub(crate) instead_of: Option<usize>,
    /// How many candidates fit.
    pub(crate) fitting: usize,
}

/// Chooses.
pub(crate) fn choose(table: &Table, said: &Said) -> Option<Choice> {
    let fits = |candidate: &Candidate| {
        let given = |column: &usize| said.equal.contains(column) || said.defaults.contains(column);
        let is_at_hand = |column: &usize| {
            said.at_hand.as_ref().is_none_or(|columns| columns.contains(column)) || said.defaults.contains(column)
        };
        candidate.required.iter().all(|column| given(column) && is_at_hand(column))
            && said.equal.iter().all(|column| {
                !table.is_parameter(*column)
                    || candidate.parameters.contains_key(column)
                    || candidate.carried.contains(column)
            })
            && said.read.iter().all(|column| {
                !table.is_parameter(*column)
                    || candidate.carried.contains(column)
                    || (candidate.parameters.contains_key(column) && given(column))
            })
    };
    let mut fitting = table
        .candidates
        .iter()
        .enumerate()
        .filter(|(at, candidate)| said.forced.is_none_or(|forced| forced == *at) && fits(candidate));
    let (first, first_candidate) = fitting.next()?;
    let mut choice = (first, first_candidate);
    let mut count = 1;
    for (at, candidate) in fitting {
        count += 1;
        if candidate.required.len() > choice.1.required.len() && candidate.required.is_superset(&choice.1.required) {
            choice = (at, candidate);
        }
    }
    Some(Choice { candidate: choice.0, instead_of: (choice.0 != first).then_some(first), fitting: count })
}

/// Why no method can be called, and what to do about it.
pub(crate) fn explain(table: &Table, said: &Said) -> String {
    let names = |columns: &mut dyn Iterator<Item = usize>| {
        columns.map(|column| format!("`{}`", table.column_name(column))).collect::<Vec<_>>().join(", ")
    };
    let mut needs: Vec<&Candidate> = table.candidates.iter().collect();
    if needs.is_empty() {
        let methods: Vec<&str> = table.resource.methods.iter().map(|method| method.name.as_str()).collect();
        return format!(
            "`{}` cannot be selected from: no method of it answers SELECT; `EXEC {}.<method>` calls one of {}",
            table.name,
            table.resource.id,
            if methods.is_empty() { "none".to_owned() } else { methods.join(", ") }
        );
    }
    let given = |column: &usize| said.equal.contains(column) || said.defaults.contains(column);
    let lacks = |candidate: &Candidate| candidate.required.iter().filter(|column| !given(column)).count();
    needs.sort_by_key(|candidate| lacks(candidate));
    let signatures: Vec<String> = needs
        .iter()
        .map(|candidate| {
            format!("{}({})", table.method_name(candidate), names(&mut candidate.required.iter().copied()))
        })
        .collect();
    let mut text = format!("`{}` needs {} in WHERE or ON", table.name, signatures.join(" or "));
    let parameters = said.equal.iter().copied().filter(|column| table.is_parameter(*column));
    let said_parameters = names(&mut parameters.clone());
    text.push_str(&if said_parameters.is_empty() {
        "; nothing of it is given".to_owned()
    } else {
        format!("; given is {said_parameters}")
    });
    if let Some(nearest) = needs.first() {
        let missing = names(&mut nearest.required.iter().copied().filter(|column| !given(column)));
        let method = table.method_name(nearest);
        if !missing.is_empty() {
            text.push_str(&format!(", and {method} lacks {missing}"));
        } else if let Some(column) = (said.equal.iter().chain(&said.read)).find(|column| {
            table.is_parameter(**column)
                && !nearest.carried.contains(*column)
                && !(nearest.parameters.contains_key(*column) && given(column))
        }) {
            text.push_str(&format!(
                ", but the rows of {method} do not have `{}`, and no method takes it together with the others",
                table.column_name(*column)
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bindery_ir::{Column, Location, Method, Parameter, Resource, ResourceId, SqlName, Type, Verb, WireName};

    use super::*;

    /// `list(sub)`, `list_in(sub, group)` and `get(sub, group, id)`, in this order. Rows have `group` only if said so.
    fn table(rows_have_group: bool) -> Table {
        let method = |name: &'static str, required: &[&'static str]| {
            let mut method = Method::new(ResourceId::new("demo.pets.pet"), SqlName::new(name));
            method.verbs = vec![Verb::Select].into();
            let parameter = |name: &&'static str| Parameter::new(SqlName::new(name), Location::Path, Type::STRING);
            method.parameters = required.iter().map(|name| parameter(name).required()).collect();
            let columns: &[&'static str] = if rows_have_group { &["name", "group"] } else { &["name"] };
            let column = |name: &&'static str| Column {
                name: SqlName::new(name),
                wire_name: WireName::new(name),
                ty: Type::STRING,
                description: "".into(),
            };
            method.response.columns = columns.iter().map(column).collect();
            method
        };
        let mut resource = Resource::new(ResourceId::new("demo.pets.pet"));
        resource.methods = vec![
            method("list", &["sub"]),
            method("list_in", &["sub", "group"]),
            method("get", &["sub", "group", "id"]),
        ]
        .into();
        Table::of_resource(Arc::new(resource))
    }

    fn chosen(table: &Table, equal: &[&str], read: &[&str]) -> Option<&'static str> {
        let columns = |names: &[&str]| names.iter().map(|name| table.column(name).unwrap()).collect();
        let said = Said { equal: columns(equal), read: columns(read), ..Said::default() };
        choose(table, &said).map(|choice| ["list", "list_in", "get"][choice.candidate])
    }

    #[test]
    fn the_more_specific_method_is_not_hidden_by_an_earlier_one() {
        let table = table(true);
        assert_eq!(chosen(&table, &["sub"], &[]), Some("list"));
        assert_eq!(chosen(&table, &["sub", "group"], &[]), Some("list_in"));
        assert_eq!(chosen(&table, &["sub", "group", "id"], &[]), Some("get"));
        assert_eq!(chosen(&table, &["group"], &[]), None);
    }

    #[test]
    fn a_method_that_needs_less_serves_where_more_comes_too_late() {
        let table = table(true);
        let equal: ColumnSet = ["sub", "group"].iter().map(|name| table.column(name).unwrap()).collect();
        let at_hand = Some(ColumnSet::from([table.column("sub").unwrap()]));
        let said = Said { equal, at_hand, ..Said::default() };
        assert_eq!(choose(&table, &said), Some(Choice { candidate: 0, instead_of: None, fitting: 1 }));
    }

    #[test]
    fn no_parameter_that_is_said_or_read_is_dropped() {
        assert_eq!(chosen(&table(false), &["sub", "id"], &[]), None, "`list` knows nothing of `id`");
        assert_eq!(chosen(&table(false), &["sub"], &["id"]), None, "it would read NULL");
        assert_eq!(chosen(&table(true), &["sub"], &["group"]), Some("list"), "the rows have it");
        let table = table(false);
        let said = Said { equal: ColumnSet::from([table.column("sub").unwrap()]), ..Said::default() };
        let said = Said { read: ColumnSet::from([table.column("id").unwrap()]), ..said };
        let text = explain(&table, &said);
        assert!(text.contains("do not have `id`"), "{text}");
    }
}
