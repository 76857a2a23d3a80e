//! What the definition of a view says about the view: which parameters it needs and which columns it has.
//!
//! Pages of views have no table of either; the definition is the only place that names them.

use bindery_ir::{Column, List, SqlName, Text, Type, View, WireName};

use crate::docs::Statement;
use crate::names::is_field_name;

/// A view by its definition. Its required parameters are those that the definition compares with a placeholder.
pub(crate) fn read(dialect: &str, ddl: &str) -> View {
    let mut required: Vec<SqlName> = Vec::new();
    for condition in Statement::read(ddl).conditions {
        if is_placeholder(condition.value) && !required.iter().any(|known| known == condition.name) {
            required.push(SqlName::from(condition.name));
        }
    }
    View { dialect: Text::Owned(dialect.to_lowercase()), required: required.into(), ddl: Text::Owned(ddl.to_owned()) }
}

/// The columns that a definition selects, of which nothing but the name is known; `None` when it does not name them.
pub(crate) fn columns(ddl: &str) -> Option<List<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    for name in Statement::read(ddl).columns {
        // An expression without a name has signs that no name of a field has.
        if name.is_empty() || !is_field_name(name) || name.contains(['*', '(', ')', '\'', ' ', '\n']) {
            return None;
        }
        if !columns.iter().any(|known| known.name == *name) {
            columns.push(Column {
                name: SqlName::from(name),
                wire_name: WireName::from(name),
                ty: Type::Any,
                description: Text::default(),
            });
        }
    }
    (!columns.is_empty()).then(|| columns.into())
}

/// Whether a value only stands for one: `replace-me`, `{{ name }}`, `<name>`.
fn is_placeholder(value: &str) -> bool {
    let is_between = |opening, closing| value.starts_with(opening) && value.ends_with(closing);
    value == "replace-me" || is_between("{{", "}}") || is_between("<", ">")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DDL: &str = "SELECT\nid,\nJSON_EXTRACT(properties, '$.name') as \"name\",\n$filter\nFROM a.b.c\n\
                       WHERE kind = 'cheese' AND shop = 'replace-me' AND $filter = '{{ $filter }}';";

    #[test]
    fn a_definition_names_its_columns_and_what_it_needs() {
        let view = read("Sqlite3", DDL);
        assert_eq!(view.dialect, "sqlite3");
        assert_eq!(*view.required, [SqlName::new("shop"), SqlName::new("$filter")]);
        let names: Vec<String> = columns(DDL).unwrap().iter().map(|column| column.name.to_string()).collect();
        assert_eq!(names, ["id", "name", "$filter"]);
    }

    #[test]
    fn columns_without_a_name_leave_all_of_them_unknown() {
        for ddl in ["SELECT * FROM a.b.c", "SELECT id, count(*) FROM a.b.c", "", "SELECT 'x' FROM a.b.c"] {
            assert_eq!(columns(ddl), None, "{ddl}");
        }
    }
}
