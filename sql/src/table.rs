//! A resource → the table that SQL sees: its columns, and the methods a `SELECT` can call.
//!
//! The columns are those of the rows, and hidden ones for the parameters of the methods under every spelling that is
//! accepted. Hidden columns come first, because SQLite says of the first 63 columns exactly which are read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bindery_ir::{Fields, Method, Presence, Resource, Rows, Type, Verb, snake_case};

use crate::lexer::quote;

/// Columns, by their place in the table.
pub(crate) type ColumnSet = BTreeSet<usize>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ColumnType {
    Any,
    Boolean,
    Integer,
    Number,
    Text,
    Json,
}

impl ColumnType {
    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Any => Self::Any,
            Type::Boolean => Self::Boolean,
            Type::Integer(_) => Self::Integer,
            Type::Number(_) => Self::Number,
            Type::String(_) | Type::Enum(_) => Self::Text,
            Type::Array(_) | Type::Map(_) | Type::Object(_) => Self::Json,
        }
    }

    /// How SQLite declares it. The words decide how it compares: `ANY` would make numbers of texts, so it has none.
    pub(crate) const fn declared(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Boolean => "BOOLEAN",
            Self::Integer => "INTEGER",
            Self::Number => "NUMERIC",
            Self::Text => "TEXT",
            Self::Json => "JSON TEXT",
        }
    }

    /// What a column was declared as.
    pub(crate) fn of_declared(declared: Option<&str>) -> Self {
        match declared {
            Some("BOOLEAN") => Self::Boolean,
            Some("INTEGER") => Self::Integer,
            Some("NUMERIC") => Self::Number,
            Some("TEXT") => Self::Text,
            Some("JSON TEXT") => Self::Json,
            _ => Self::Any,
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableColumn {
    /// Its name in SQL.
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
    /// The property of a row it shows; `None` for what only a parameter has.
    pub(crate) property: Option<String>,
    /// Whether `*` leaves it out.
    pub(crate) hidden: bool,
    /// The column it is another spelling of; itself, if it is none.
    pub(crate) same_as: usize,
}

/// A method that a `SELECT` from the table can call.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its place among the methods of the resource.
    pub(crate) method: usize,
    /// The columns of the parameters it cannot do without.
    pub(crate) required: ColumnSet,
    /// The parameter each column stands for.
    pub(crate) parameters: BTreeMap<usize, usize>,
    /// The columns its rows have.
    pub(crate) carried: ColumnSet,
    /// Whether it answers with at most one row.
    pub(crate) is_single: bool,
}

/// A resource, or one of its methods, as a table.
#[derive(Debug)]
pub(crate) struct Table {
    /// `provider.service.resource`, with `.method` when only that one is meant.
    pub(crate) name: String,
    pub(crate) resource: Arc<Resource>,
    pub(crate) columns: Vec<TableColumn>,
    /// The methods that can be called, in the order of the documents.
    pub(crate) candidates: Vec<Candidate>,
    by_name: HashMap<String, usize>,
}

impl Table {
    /// The table of a resource.
    pub(crate) fn of_resource(resource: Arc<Resource>) -> Self {
        let is_candidate = |method: &Method| method.verbs.contains(&Verb::Select);
        let methods = (0..resource.methods.len()).filter(|&at| resource.methods.get(at).is_some_and(is_candidate));
        let methods: Vec<usize> = methods.collect();
        Self::new(resource.id.to_string(), resource, &methods)
    }

    /// The table of one method: what `EXEC` in a `FROM` reads.
    pub(crate) fn of_method(resource: Arc<Resource>, method: usize) -> Self {
        let name = resource.methods.get(method).map(Method::path).unwrap_or_default();
        Self::new(name, resource, &[method])
    }

    fn new(name: String, resource: Arc<Resource>, methods: &[usize]) -> Self {
        let mut builder = Builder::default();
        let all: Vec<(usize, &Method)> =
            methods.iter().filter_map(|&at| Some((at, resource.methods.get(at)?))).collect();
        for (_, method) in &all {
            for column in &method.response.columns {
                builder.visible(column.name.as_str(), column.wire_name.as_str(), ColumnType::of(&column.ty));
            }
        }
        if let Fields::Known(columns) = &resource.fields
            && name == resource.id.as_str()
        {
            for column in columns {
                builder.visible(column.name.as_str(), column.wire_name.as_str(), ColumnType::of(&column.ty));
            }
        }
        for (_, method) in &all {
            for parameter in &method.parameters {
                builder.parameter(parameter.name.as_str(), parameter.wire_name.as_str(), ColumnType::of(&parameter.ty));
            }
            builder.end_of_method();
        }
        let (columns, by_name) = builder.build();
        let candidates = all.iter().map(|(at, method)| candidate(*at, method, &columns, &by_name)).collect();
        Self { name, resource, columns, candidates, by_name }
    }

    /// The method of a candidate.
    pub(crate) fn method(&self, candidate: &Candidate) -> Option<&Method> {
        self.resource.methods.get(candidate.method)
    }

    /// The name of the method of a candidate.
    pub(crate) fn method_name(&self, candidate: &Candidate) -> &str {
        self.method(candidate).map_or("", |method| method.name.as_str())
    }

    /// The column that a name means, other spellings resolved.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        let at = *self.by_name.get(&name.to_ascii_lowercase())?;
        Some(self.canonical(at))
    }

    /// The column that one is another spelling of.
    pub(crate) fn canonical(&self, column: usize) -> usize {
        self.columns.get(column).map_or(column, |column| column.same_as)
    }

    /// The name of a column.
    pub(crate) fn column_name(&self, column: usize) -> &str {
        self.columns.get(column).map_or("", |column| column.name.as_str())
    }

    /// The property of the rows that a column shows.
    pub(crate) fn property(&self, column: usize) -> Option<&str> {
        self.columns.get(column)?.property.as_deref()
    }

    /// Whether any candidate has a parameter of this column.
    pub(crate) fn is_parameter(&self, column: usize) -> bool {
        self.candidates.iter().any(|candidate| candidate.parameters.contains_key(&column))
    }

    /// The columns that `*` stands for.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &TableColumn> {
        self.columns.iter().filter(|column| !column.hidden)
    }

    /// How SQLite declares it.
    pub(crate) fn declaration(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let hidden = if column.hidden { " HIDDEN" } else { "" };
                format!("{} {}{hidden}", quote(&column.name), column.ty.declared())
            })
            .collect();
        format!("CREATE TABLE t({})", columns.join(", "))
    }
}

/// Gathers columns.
#[derive(Default)]
struct Builder {
    visible: Vec<(String, Option<String>, ColumnType)>,
    parameters: Vec<ParameterColumn>,
    /// Names of parameters that columns of the rows have as well, as their wire names.
    shared: Vec<(usize, String)>,
    seen: HashMap<String, Seen>,
}

#[derive(Clone, Copy)]
enum Seen {
    Visible(usize),
    Parameter(usize),
}

/// A column that only parameters have.
struct ParameterColumn {
    /// The documented one first.
    spellings: Vec<String>,
    ty: ColumnType,
    /// Whether the method that is being looked at has it.
    is_of_this_method: bool,
}

impl Builder {
    fn visible(&mut self, name: &str, property: &str, ty: ColumnType) {
        // A second method has the same columns; SQLite cannot tell names apart by their case.
        let is_known = |(known, shown, _): &(String, Option<String>, ColumnType)| {
            known == name || shown.as_deref() == Some(property)
        };
        if name.is_empty() || self.visible.iter().any(is_known) {
            return;
        }
        let mut name = name.to_owned();
        while self.seen.contains_key(&name.to_ascii_lowercase()) {
            name.push('_');
        }
        self.seen.insert(name.to_ascii_lowercase(), Seen::Visible(self.visible.len()));
        self.visible.push((name, Some(property.to_owned()), ty));
    }

    fn parameter(&mut self, name: &str, wire_name: &str, ty: ColumnType) {
        if name.is_empty() {
            return;
        }
        match self.seen.get(&name.to_ascii_lowercase()) {
            Some(Seen::Visible(_)) => return,
            Some(Seen::Parameter(at)) => {
                if let Some(known) = self.parameters.get_mut(*at) {
                    known.is_of_this_method = true;
                }
                return;
            }
            None => {}
        }
        // A column of the rows under its wire name is the same thing.
        if let Some(&Seen::Visible(at)) = self.seen.get(&wire_name.to_ascii_lowercase()) {
            self.shared.push((at, name.to_owned()));
            return;
        }
        // Pages of two methods may spell one parameter in two ways; of one method, two names are two parameters.
        let spellings = [name.to_owned(), wire_name.to_owned()];
        let is_same = |known: &ParameterColumn| {
            let is_spelling = |one: &String| known.spellings.iter().any(|other| snake_case(one) == snake_case(other));
            !known.is_of_this_method && spellings.iter().any(is_spelling)
        };
        let at = match self.parameters.iter().position(is_same) {
            Some(at) => at,
            None => {
                self.parameters.push(ParameterColumn { spellings: Vec::new(), ty, is_of_this_method: true });
                self.parameters.len() - 1
            }
        };
        self.seen.insert(name.to_ascii_lowercase(), Seen::Parameter(at));
        if let Some(known) = self.parameters.get_mut(at) {
            known.spellings.extend(spellings);
            known.is_of_this_method = true;
        }
    }

    fn end_of_method(&mut self) {
        for parameter in &mut self.parameters {
            parameter.is_of_this_method = false;
        }
    }

    fn build(mut self) -> (Vec<TableColumn>, HashMap<String, usize>) {
        if self.visible.is_empty() {
            // Nothing is known of the rows: each is shown whole.
            self.visible.push(("row".to_owned(), None, ColumnType::Any));
            self.seen.insert("row".to_owned(), Seen::Visible(0));
        }
        let mut columns: Vec<TableColumn> = Vec::new();
        let mut by_name = HashMap::new();
        for (at, ParameterColumn { spellings, ty, .. }) in self.parameters.iter().enumerate() {
            let name = spellings.first().cloned().unwrap_or_default();
            by_name.insert(name.to_ascii_lowercase(), at);
            columns.push(TableColumn { name, ty: *ty, property: None, hidden: true, same_as: at });
        }
        let start = columns.len();
        for (at, (name, property, ty)) in self.visible.iter().enumerate() {
            by_name.insert(name.to_ascii_lowercase(), start + at);
            let property = property.clone();
            columns.push(TableColumn { name: name.clone(), ty: *ty, property, hidden: false, same_as: start + at });
        }
        // Other spellings, where they are nobody's name. They come last: which columns SQLite reads matters less.
        let spellings: Vec<(usize, String)> = self
            .parameters
            .iter()
            .enumerate()
            .flat_map(|(at, column)| column.spellings.iter().map(move |spelling| (at, spelling.clone())))
            .chain(self.visible.iter().enumerate().flat_map(|(at, (name, property, _))| {
                [Some(name.clone()), property.clone()].into_iter().flatten().map(move |name| (start + at, name))
            }))
            .chain(self.shared.iter().map(|(at, name)| (start + at, name.clone())))
            .collect();
        for (same_as, spelling) in spellings {
            for name in [spelling.clone(), snake_case(&spelling)] {
                let key = name.to_ascii_lowercase();
                if name.is_empty() || by_name.contains_key(&key) {
                    continue;
                }
                let ty = columns.get(same_as).map_or(ColumnType::Any, |column| column.ty);
                by_name.insert(key, columns.len());
                columns.push(TableColumn { name, ty, property: None, hidden: true, same_as });
            }
        }
        (columns, by_name)
    }
}

fn candidate(at: usize, method: &Method, columns: &[TableColumn], by_name: &HashMap<String, usize>) -> Candidate {
    let column_of = |name: &str| {
        let at = *by_name.get(&name.to_ascii_lowercase())?;
        columns.get(at).map(|column| column.same_as)
    };
    let mut parameters = BTreeMap::new();
    let mut required = ColumnSet::new();
    for (at, parameter) in method.parameters.iter().enumerate() {
        let column = column_of(parameter.name.as_str()).or_else(|| column_of(parameter.wire_name.as_str()));
        let Some(column) = column else { continue };
        parameters.entry(column).or_insert(at);
        if parameter.presence == Presence::Required {
            required.insert(column);
        }
    }
    let shows = |property: &str| columns.iter().position(|column| column.property.as_deref() == Some(property));
    let carried = method.response.columns.iter().filter_map(|column| shows(column.wire_name.as_str())).collect();
    let is_single = matches!(method.response.rows, Rows::One(_));
    Candidate { method: at, required, parameters, carried, is_single }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{Column, Location, Parameter, SqlName, WireName};

    use super::*;

    fn column(name: &'static str, ty: Type) -> Column {
        Column { name: SqlName::new(name), wire_name: WireName::new(name), ty, description: "".into() }
    }

    fn table() -> Table {
        let id = bindery_ir::ResourceId::new("demo.pets.pet");
        let mut get = Method::new(id.clone(), SqlName::new("get"));
        get.verbs = vec![Verb::Select].into();
        get.parameters = vec![
            Parameter::new(SqlName::new("petId"), Location::Path, Type::STRING).required(),
            Parameter::new(SqlName::new("owner"), Location::Query, Type::STRING),
            Parameter::new(SqlName::new("If-Match"), Location::Header, Type::STRING),
        ]
        .into();
        get.response.columns =
            vec![column("name", Type::STRING), column("Name", Type::Any), column("owner", Type::STRING)].into();
        let mut resource = Resource::new(id);
        resource.methods = vec![get].into();
        Table::of_resource(Arc::new(resource))
    }

    #[test]
    fn parameters_are_hidden_columns_under_every_spelling() {
        let table = table();
        assert_eq!(
            table.declaration(),
            "CREATE TABLE t(\"petId\" TEXT HIDDEN, \"If-Match\" TEXT HIDDEN, \"name\" TEXT, \"Name_\" , \"owner\" TEXT, \
             \"pet_id\" TEXT HIDDEN, \"if_match\" TEXT HIDDEN)"
        );
        assert_eq!(table.column("PET_ID"), table.column("petId"));
        assert_eq!(table.visible().count(), 3);
    }

    #[test]
    fn methods_that_spell_a_parameter_in_two_ways_share_a_column() {
        let id = bindery_ir::ResourceId::new("demo.pets.pet");
        let method = |name: &'static str, parameters: &[&'static str]| {
            let mut method = Method::new(id.clone(), SqlName::new(name));
            method.verbs = vec![Verb::Select].into();
            let parameter = |name: &&'static str| Parameter::new(SqlName::new(name), Location::Query, Type::STRING);
            method.parameters = parameters.iter().map(|name| parameter(name).required()).collect();
            method
        };
        let mut resource = Resource::new(id.clone());
        resource.methods =
            vec![method("get", &["petId", "$filter", "filter"]), method("list", &["pet_id", "filter"])].into();
        let table = Table::of_resource(Arc::new(resource));
        assert_eq!(table.column("pet_id"), table.column("petId"));
        assert_ne!(table.column("$filter"), table.column("filter"));
        assert!(table.candidates[1].required.is_subset(&table.candidates[0].required));
    }

    #[test]
    fn a_parameter_that_rows_have_is_their_column() {
        let table = table();
        let owner = table.column("owner").unwrap();
        let candidate = &table.candidates[0];
        assert!(candidate.parameters.contains_key(&owner) && candidate.carried.contains(&owner));
        assert_eq!(candidate.required, ColumnSet::from([table.column("petId").unwrap()]));
    }
}
