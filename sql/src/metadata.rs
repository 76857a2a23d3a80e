//! SHOW and DESCRIBE: what there is, from the definitions alone. Their results are tables, so LIKE and WHERE are
//! SQLite's.

use std::sync::Arc;

use bindery_ir::{Location, Method, Parameter, Presence, Resource, Verb};

use crate::engine::Shared;
use crate::error::Error;
use crate::job::{Bound, TemporaryTable};
use crate::lexer::quote;
use crate::parser::Parser;
use crate::query::RowStream;
use crate::select::{Select, start};
use crate::table::{ColumnType, Table};
use crate::tables::Member;
use crate::value::Value;

/// A table that is shown.
struct Shown {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Shown {
    fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        self.rows.push(values.into_iter().collect());
    }
}

/// `SHOW [EXTENDED] PROVIDERS | SERVICES IN p | RESOURCES IN p.s | METHODS IN p.s.r | INSERT INTO p.s.r | AUTH | VERSION`
pub(crate) fn show(engine: &Arc<Shared>, mut parser: Parser<'_>, bound: Bound) -> Result<RowStream, Error> {
    parser.next();
    let is_extended = parser.eat("extended") || parser.eat("full");
    let place = parser.clone();
    let what = parser.next().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
    let shown = match what.as_str() {
        "providers" => providers(engine, is_extended),
        "services" => services(engine, &of(&mut parser, engine, 1)?, is_extended)?,
        "resources" => resources(engine, &of(&mut parser, engine, 2)?, is_extended)?,
        "methods" => methods(engine, &of(&mut parser, engine, 3)?, is_extended)?,
        "insert" => {
            let required_only = parser.hints().iter().any(|hint| hint == "REQUIRED");
            parser.eat("into");
            let path = parser.chain()?;
            insert_template(
                engine,
                &qualified(engine, path, 3),
                required_only || parser.hints().iter().any(|h| h == "REQUIRED"),
            )?
        }
        "auth" => {
            let provider = if parser.is_over() { None } else { Some(parser.name()?) };
            auth(engine, provider.as_deref())?
        }
        "version" => {
            let mut shown = Shown::new(&["version", "sqlite"]);
            shown.push([Value::from(env!("CARGO_PKG_VERSION")), Value::from(rusqlite::version())]);
            shown
        }
        _ => {
            return Err(place.expected("PROVIDERS, SERVICES, RESOURCES, METHODS, INSERT, AUTH or VERSION"));
        }
    };
    let condition = if parser.eat("like") {
        format!(" WHERE {} LIKE {}", quote(shown.columns.first().unwrap_or(&"")), parser.rest())
    } else if parser.eat("where") {
        format!(" WHERE {}", parser.rest())
    } else {
        parser.expect_end()?;
        String::new()
    };
    finish(engine, shown, &condition, bound)
}

fn finish(engine: &Arc<Shared>, shown: Shown, condition: &str, bound: Bound) -> Result<RowStream, Error> {
    let columns = shown.columns.iter().map(|name| ((*name).to_owned(), ColumnType::Text)).collect();
    let table = TemporaryTable { name: "shown".to_owned(), columns, rows: shown.rows };
    let sql = format!("SELECT * FROM shown{condition}");
    start(engine, Select { sql, bound, temporary: vec![table], ..Select::default() })
}

/// Takes `IN` or `FROM` and a path, to which `USE` may have given its beginning.
fn of(parser: &mut Parser<'_>, engine: &Shared, parts: usize) -> Result<Vec<String>, Error> {
    if !parser.eat("in") && !parser.eat("from") {
        if parts == 1
            && let Some(provider) = engine.session().provider
        {
            return Ok(vec![provider]);
        }
        return Err(parser.expected("IN"));
    }
    let place = parser.clone();
    let path = qualified(engine, parser.chain()?, parts);
    if path.len() < parts {
        let whole = ["provider", "service", "resource"].get(..parts).unwrap_or_default().join(".");
        return Err(place.expected(&format!("`{whole}`")));
    }
    Ok(path)
}

fn qualified(engine: &Shared, mut path: Vec<String>, parts: usize) -> Vec<String> {
    if path.len() + 1 == parts
        && let Some(provider) = engine.session().provider
    {
        path.insert(0, provider);
    }
    path
}

fn providers(engine: &Shared, is_extended: bool) -> Shown {
    let mut shown =
        Shown::new(if is_extended { &["name", "title", "version", "description"] } else { &["name", "title"] });
    for provider in engine.tables.members().iter().map(|member| member.definitions.provider()) {
        let mut row = vec![Value::from(provider.name.as_str()), Value::from(&*provider.title)];
        if is_extended {
            row.extend([Value::from(&*provider.version), Value::from(&*provider.description)]);
        }
        shown.push(row);
    }
    shown
}

fn services(engine: &Shared, path: &[String], is_extended: bool) -> Result<Shown, Error> {
    let provider = path.first().map_or("", String::as_str);
    let member = engine.tables.known_member(provider)?;
    let mut shown = Shown::new(if is_extended { &["name", "title", "version", "resources"] } else { &["name"] });
    for name in member.definitions.services() {
        if is_extended {
            let service = engine.tables.service(provider, &name)?.whole()?;
            let count = i64::try_from(service.resources.len()).unwrap_or(i64::MAX);
            shown.push([
                Value::from(name),
                Value::from(&*service.title),
                Value::from(&*service.version),
                Value::from(count),
            ]);
        } else {
            shown.push([Value::from(name)]);
        }
    }
    Ok(shown)
}

fn resources(engine: &Shared, path: &[String], is_extended: bool) -> Result<Shown, Error> {
    let [provider, service, ..] = path else { return Ok(Shown::new(&["name"])) };
    let loaded = engine.tables.service(provider, service)?;
    if !is_extended {
        let mut shown = Shown::new(&["name", "id"]);
        for name in loaded.names() {
            let id = format!("{provider}.{service}.{name}");
            shown.push([Value::from(name), Value::from(id)]);
        }
        return Ok(shown);
    }
    let mut shown = Shown::new(&["name", "id", "methods", "description"]);
    for resource in &loaded.whole()?.resources {
        let count = i64::try_from(resource.methods.len()).unwrap_or(i64::MAX);
        let (name, id) = (resource.id.resource(), resource.id.as_str());
        shown.push([Value::from(name), Value::from(id), Value::from(count), Value::from(&*resource.description)]);
    }
    Ok(shown)
}

fn resource(engine: &Shared, path: &[String]) -> Result<Arc<Resource>, Error> {
    match path {
        [provider, service, rest @ ..] => engine.tables.resource(provider, service, &rest.join(".")),
        _ => Err(Error::unknown("resource", &path.join("."), [])),
    }
}

fn names<'p>(parameters: impl Iterator<Item = &'p Parameter>) -> String {
    parameters.map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn verbs(method: &Method) -> String {
    method.verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", ")
}

fn methods(engine: &Shared, path: &[String], is_extended: bool) -> Result<Shown, Error> {
    let resource = resource(engine, path)?;
    let mut shown = Shown::new(if is_extended {
        &["MethodName", "RequiredParams", "SQLVerb", "OptionalParams", "request", "description"]
    } else {
        &["MethodName", "RequiredParams", "SQLVerb"]
    });
    for method in &resource.methods {
        let verb = if method.verbs.is_empty() { "EXEC".to_owned() } else { verbs(method) };
        let mut row = vec![Value::from(method.name.as_str()), Value::from(names(method.required())), Value::from(verb)];
        if is_extended {
            let request = method.http.as_ref().map(|http| format!("{} {}", http.method, http.path));
            row.extend([
                Value::from(names(method.optional())),
                Value::from(request),
                Value::from(&*method.description),
            ]);
        }
        shown.push(row);
    }
    Ok(shown)
}

/// A statement that inserts, to be filled in.
fn insert_template(engine: &Shared, path: &[String], required_only: bool) -> Result<Shown, Error> {
    let resource = resource(engine, path)?;
    let method = resource.methods.iter().find(|method| method.verbs.contains(&Verb::Insert));
    let method = method.ok_or_else(|| Error::no_method("INSERT", resource.id.as_str()))?;
    let wanted = |parameter: &&Parameter| {
        parameter.presence == Presence::Required || (!required_only && parameter.location == Location::Body)
    };
    let parameters: Vec<&Parameter> = method.parameters.iter().filter(wanted).collect();
    let list: Vec<String> =
        parameters.iter().map(|parameter| format!("  {}", bare_or_quoted(parameter.name.as_str()))).collect();
    let values: Vec<String> = parameters.iter().map(|parameter| format!("  '{{{{ {} }}}}'", parameter.name)).collect();
    let text = format!("INSERT INTO {} (\n{}\n)\nSELECT\n{}\n;", resource.id, list.join(",\n"), values.join(",\n"));
    let mut shown = Shown::new(&["template"]);
    shown.push([Value::from(text)]);
    Ok(shown)
}

fn bare_or_quoted(name: &str) -> String {
    let is_bare =
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_bare { name.to_owned() } else { quote(name) }
}

fn auth(engine: &Shared, provider: Option<&str>) -> Result<Shown, Error> {
    if let Some(provider) = provider {
        engine.tables.known_member(provider)?;
    }
    let mut shown = Shown::new(&["provider", "scheme", "variable"]);
    for member in engine.tables.members().iter().filter(|member| provider.is_none_or(|name| member.name() == name)) {
        shown.push(auth_of(member));
    }
    Ok(shown)
}

fn auth_of(member: &Member) -> [Value; 3] {
    let auth = &member.definitions.provider().auth;
    let scheme = match &auth.scheme {
        bindery_ir::AuthScheme::None => "none".to_owned(),
        bindery_ir::AuthScheme::Header { name, prefix } => format!("header {name}: {prefix}…"),
        bindery_ir::AuthScheme::Query { name, .. } => format!("query {name}"),
        bindery_ir::AuthScheme::Other(name) => name.to_string(),
    };
    [Value::from(member.name()), Value::from(scheme), Value::from(auth.variable.as_deref())]
}

/// `DESCRIBE [EXTENDED] p.s.r`, `DESCRIBE METHOD [EXTENDED] p.s.r.m`
pub(crate) fn describe(engine: &Arc<Shared>, mut parser: Parser<'_>) -> Result<RowStream, Error> {
    parser.next();
    describe_rest(engine, parser)
}

/// The same behind the first word.
pub(crate) fn describe_rest(engine: &Arc<Shared>, mut parser: Parser<'_>) -> Result<RowStream, Error> {
    let mut is_extended = parser.eat("extended") || parser.eat("full");
    let is_method = parser.eat("method");
    is_extended |= parser.eat("extended");
    let path = parser.chain()?;
    parser.expect_end()?;
    let path = qualified(engine, path, if is_method { 4 } else { 3 });
    let shown =
        if is_method { described_method(engine, &path, is_extended)? } else { described(engine, &path, is_extended)? };
    finish(engine, shown, "", Bound::default())
}

fn described(engine: &Shared, path: &[String], is_extended: bool) -> Result<Shown, Error> {
    let resource = resource(engine, path)?;
    let table = Table::of_resource(Arc::clone(&resource));
    let mut shown = Shown::new(if is_extended { &["name", "type", "description"] } else { &["name", "type"] });
    let documented = |name: &str| {
        let columns = resource.methods.iter().flat_map(|method| &method.response.columns);
        let found = columns.filter(|column| column.name == *name).find(|column| !column.description.is_empty());
        found.map(|column| column.description.to_string())
    };
    for column in table.visible() {
        let mut row = vec![Value::from(&column.name), Value::from(word(column.ty))];
        if is_extended {
            row.push(Value::from(documented(&column.name)));
        }
        shown.push(row);
    }
    Ok(shown)
}

fn word(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Any => "any",
        ColumnType::Boolean => "boolean",
        ColumnType::Integer => "integer",
        ColumnType::Number => "number",
        ColumnType::Text => "string",
        ColumnType::Json => "json",
    }
}

fn described_method(engine: &Shared, path: &[String], is_extended: bool) -> Result<Shown, Error> {
    let found = engine.tables.find(path, true)?;
    let method = found.table.candidates.first().and_then(|candidate| found.table.method(candidate));
    let method =
        method.filter(|_| found.parts == path.len()).ok_or_else(|| Error::unknown("method", &path.join("."), []))?;
    let mut shown = Shown::new(if is_extended {
        &["name", "type", "required", "in", "description"]
    } else {
        &["name", "type", "required"]
    });
    for parameter in &method.parameters {
        let required = if parameter.presence == Presence::Required { "yes" } else { "no" };
        let mut row =
            vec![Value::from(parameter.name.as_str()), Value::from(parameter.ty.to_string()), Value::from(required)];
        if is_extended {
            row.extend([Value::from(parameter.location.as_str()), Value::from(&*parameter.description)]);
        }
        shown.push(row);
    }
    Ok(shown)
}
