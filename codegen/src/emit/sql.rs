//! A method → the SQL statement that calls it, with a named placeholder for every argument.
//!
//! Required parameters are always there. A statement that writes also names the optional properties of the body; a
//! placeholder that is bound to NULL sends nothing.

use bindery_ir::{Location, Method, Parameter, Presence, Verb};

use super::name::{self, Case, Namespace, Wish};

/// The statement of a method's first verb.
pub(crate) fn statement(method: &Method) -> String {
    let table = &method.resource;
    let placeholders = placeholders(method);
    // What no document places cannot be sent, and giving it is an error.
    let can_be_sent = |parameter: &Parameter| method.http.is_none() || parameter.location != Location::Unknown;
    let all: Vec<(&Parameter, &String)> =
        method.parameters.iter().zip(&placeholders).filter(|(parameter, _)| can_be_sent(parameter)).collect();
    let is_required = |parameter: &Parameter| parameter.presence == Presence::Required;
    let given: Vec<_> = all.iter().copied().filter(|(parameter, _)| is_required(parameter)).collect();
    let sent: Vec<_> = (all.iter().copied())
        .filter(|(parameter, _)| is_required(parameter) || parameter.location == Location::Body)
        .collect();
    let (body, others): (Vec<_>, Vec<_>) =
        sent.iter().copied().partition(|(parameter, _)| parameter.location == Location::Body);
    let equal = |pairs: &[(&Parameter, &String)], separator: &str| {
        let pairs: Vec<String> =
            pairs.iter().map(|(p, placeholder)| format!("{} = :{placeholder}", column(p))).collect();
        pairs.join(separator)
    };
    let condition = |pairs: &[(&Parameter, &String)]| match pairs {
        [] => String::new(),
        pairs => format!(" WHERE {}", equal(pairs, " AND ")),
    };
    match method.verbs.first().copied().unwrap_or(Verb::Exec) {
        Verb::Select => format!("SELECT * FROM {table}{}", condition(&given)),
        Verb::Delete => format!("DELETE FROM {table}{}", condition(&given)),
        Verb::Insert => {
            let columns: Vec<String> = sent.iter().map(|(parameter, _)| column(parameter)).collect();
            let values: Vec<String> = sent.iter().map(|(_, placeholder)| format!(":{placeholder}")).collect();
            format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "))
        }
        verb @ (Verb::Update | Verb::Replace) if !body.is_empty() => {
            format!("{verb} {table} SET {}{}", equal(&body, ", "), condition(&others))
        }
        Verb::Update | Verb::Replace | Verb::Exec => {
            let arguments: Vec<String> = sent
                .iter()
                .map(|(parameter, placeholder)| format!("@{} = :{placeholder}", column(parameter)))
                .collect();
            let path = format!("EXEC {table}.{}", quoted(method.name.as_str()));
            if arguments.is_empty() { path } else { format!("{path} {}", arguments.join(", ")) }
        }
    }
}

/// The names of the placeholders, one for each parameter: letters, digits and underscores only.
pub(crate) fn placeholders(method: &Method) -> Vec<String> {
    let names: Vec<Wish<'_>> = method.parameters.iter().map(|p| Wish::plain(p.name.as_str())).collect();
    name::assign(&names, Namespace::new(Case::Snake))
}

fn column(parameter: &Parameter) -> String {
    quoted(parameter.name.as_str())
}

/// A name as SQL takes it: bare when it is made of letters, digits and underscores, else in quotes.
fn quoted(name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if bare { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{ResourceId, SqlName, Type};

    use super::*;

    fn method(verb: Verb) -> Method {
        let mut method = Method::new(ResourceId::new("shop.pets.pet"), SqlName::new("act"));
        method.verbs = vec![verb].into();
        let parameter = |name, location| Parameter::new(SqlName::new(name), location, Type::STRING);
        method.parameters = vec![
            parameter("If-Match", Location::Header).required(),
            parameter("petId", Location::Path).required(),
            parameter("data__name", Location::Body),
            parameter("$filter", Location::Query),
        ]
        .into();
        method
    }

    #[test]
    fn every_verb_has_its_statement() {
        let table = [
            (Verb::Select, r#"SELECT * FROM shop.pets.pet WHERE "If-Match" = :if_match AND petId = :pet_id"#),
            (
                Verb::Insert,
                r#"INSERT INTO shop.pets.pet ("If-Match", petId, data__name) VALUES (:if_match, :pet_id, :data_name)"#,
            ),
            (
                Verb::Update,
                r#"UPDATE shop.pets.pet SET data__name = :data_name WHERE "If-Match" = :if_match AND petId = :pet_id"#,
            ),
            (Verb::Delete, r#"DELETE FROM shop.pets.pet WHERE "If-Match" = :if_match AND petId = :pet_id"#),
            (
                Verb::Exec,
                r#"EXEC shop.pets.pet.act @"If-Match" = :if_match, @petId = :pet_id, @data__name = :data_name"#,
            ),
        ];
        for (verb, sql) in table {
            assert_eq!(statement(&method(verb)), sql);
        }
    }
}
