//! A generated provider, served by the fake, and the same rows in ordinary tables of SQLite.
//!
//! There are three resources, each below the one before: `r0`, `r1` below one of `r0`, `r2` below one of `r1`. What
//! varies is which methods there are and in which order, whether rows say where they are, whether a row is got by a
//! column that it has, the size of pages and the rows.

use std::num::NonZeroUsize;

use bindery_ir::{
    Body, BodyContent, Column, HttpBinding, HttpMethod, JsonPath, Location, Method, NextPage, PagePointer, Pagination,
    PaginationReason, Parameter, Provider, Resource, ResourceId, Rows, Service, SqlName, Type, Verb, WireName,
};
use bindery_mock::Mock;
use bindery_runtime::json::Json;
use bindery_runtime::{Argument, Call, Client};
use bindery_sql::Engine;
use rusqlite::Connection;

use crate::random::Random;

/// The columns of the rows, with how the ordinary tables declare them.
pub(crate) const COLUMNS: &[(&str, &str)] = &[
    ("key", "TEXT"),
    ("label", "TEXT"),
    ("n", "INTEGER"),
    ("price", "NUMERIC"),
    ("flag", "BOOLEAN"),
    ("mixed", ""),
    ("doc", "TEXT"),
];

const KEYS: &[&str] = &["a", "B", "1", "2", "c d", "é"];

pub(crate) struct World {
    pub(crate) mock: Mock,
    pub(crate) engine: Engine,
    pub(crate) twin: Connection,
    /// For each resource, whether its rows say the keys of their parents.
    pub(crate) carries: [bool; 3],
    /// For each resource, whether it can be listed without saying anything.
    pub(crate) lists_all: [bool; 3],
    /// For each resource, whether one row is got by the column `key` of the rows, instead of by a parameter.
    pub(crate) by_key: [bool; 3],
}

impl World {
    pub(crate) async fn new(random: &mut Random) -> Self {
        let carries = [false, random.one_in(2), random.one_in(2)];
        let lists_all = [true, random.one_in(3), random.one_in(3)];
        let by_key = [(); 3].map(|()| random.one_in(2));
        let provider = provider(random, &carries, &lists_all, &by_key);
        let page_size = 1 + random.below(4);
        let mock = Mock::builder(provider.clone()).page_size(page_size).start().await.unwrap();
        let client = Client::for_provider(&provider).base_url(mock.url()).build().unwrap();
        let twin = Connection::open_in_memory().unwrap();
        fill(random, &provider, &client, &twin, &carries, &by_key).await;
        let engine = Engine::builder()
            .provider_with(provider, client)
            .missing_is_empty(true)
            .concurrency(NonZeroUsize::new(1 + random.below(8)).unwrap())
            .build();
        Self { mock, engine, twin, carries, lists_all, by_key }
    }
}

/// The parameter by which one row is got.
pub(crate) fn own_parameter(level: usize, by_key: bool) -> String {
    if by_key { "key".to_owned() } else { format!("r{level}Id") }
}

fn columns(level: usize, carries: bool) -> Vec<Column> {
    let column = |name: &str, ty: Type| Column {
        name: SqlName::from(name),
        wire_name: WireName::from(name),
        ty,
        description: "".into(),
    };
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|(name, declared)| {
            let ty = match (*name, *declared) {
                ("doc", _) => Type::FREE_OBJECT,
                (_, "TEXT") => Type::STRING,
                (_, "INTEGER") => Type::INTEGER,
                (_, "NUMERIC") => Type::NUMBER,
                (_, "BOOLEAN") => Type::Boolean,
                _ => Type::Any,
            };
            column(name, ty)
        })
        .collect();
    if carries {
        columns.extend((0..level).map(|parent| column(&format!("r{parent}Id"), Type::STRING)));
    }
    columns
}

fn provider(random: &mut Random, carries: &[bool; 3], lists_all: &[bool; 3], by_key: &[bool; 3]) -> Provider {
    let mut service = Service::new("svc".into());
    for level in 0..3 {
        let id = ResourceId::of("gen", "svc", &format!("r{level}")).unwrap();
        let mut parent = String::new();
        for above in 0..level {
            parent.push_str(&format!("/r{above}/{{r{above}Id}}"));
        }
        let collection = format!("{parent}/r{level}");
        let item = format!("{collection}/{{{}}}", own_parameter(level, by_key[level]));
        let method = |name: &str, http: HttpMethod, path: &str, verb: Verb, is_list: bool| {
            let mut method = Method::new(id.clone(), SqlName::from(name));
            method.verbs = vec![verb].into();
            let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            let parameter = |name: &str| Parameter::new(SqlName::from(name), Location::Path, Type::STRING).required();
            let mut parameters: Vec<Parameter> = named.map(parameter).collect();
            let mut binding = HttpBinding::new(http, path.to_owned());
            if http == HttpMethod::Put {
                binding.body = Some(Body {
                    media_type: "application/json".into(),
                    content: BodyContent::Properties,
                    required: false,
                });
                let properties = columns(level, carries[level]);
                parameters.extend(properties.iter().map(|column| {
                    let name = SqlName::from(format!("data__{}", column.name));
                    let mut parameter = Parameter::new(name, Location::Body, column.ty.clone());
                    parameter.wire_name = column.wire_name.clone();
                    parameter
                }));
            }
            method.parameters = parameters.into();
            method.http = Some(binding);
            method.response.columns = columns(level, carries[level]).into();
            method.response.rows = if is_list { Rows::Many(JsonPath::key("value")) } else { Rows::One(JsonPath::ROOT) };
            if is_list {
                let next = NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")));
                method.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
            }
            method
        };
        let mut reading = vec![
            method("get", HttpMethod::Get, &item, Verb::Select, false),
            method("list", HttpMethod::Get, &collection, Verb::Select, true),
        ];
        if level > 0 && lists_all[level] {
            reading.push(method("list_all", HttpMethod::Get, &format!("/r{level}"), Verb::Select, true));
        }
        random.shuffle(&mut reading);
        reading.push(method("put", HttpMethod::Put, &item, Verb::Insert, false));
        let mut resource = Resource::new(id.clone());
        resource.methods = reading.into();
        service.resources.to_mut().push(resource);
    }
    let mut provider = Provider::new("gen".into());
    provider.services = vec![service].into();
    provider
}

fn body(random: &mut Random, key: &str, parents: &[String], carries: bool) -> Vec<(String, String)> {
    let mut body = vec![("key".to_owned(), format!("{key:?}"))];
    let values: [(&str, &[&str]); 6] = [
        ("label", &["\"x\"", "\"X\"", "\"10\"", "\"9\"", "\"\"", "null", "\"a\\\"\\u00e9\"", "\"x \""]),
        ("n", &["0", "1", "2", "10", "-3", "9007199254740993", "null", "\"7\""]),
        ("price", &["0.1", "1", "2.5", "1e2", "-0.0", "null", "2.50"]),
        ("flag", &["true", "false", "null"]),
        ("mixed", &["1", "\"1\"", "1.5", "\"a\"", "true", "null", "\"10\"", "10"]),
        ("doc", &["{\"t\":[1,2],\"k\":\"a\"}", "{\"t\":[],\"k\":1}", "[\"a\",\"1\"]", "null", "{\"k\":null}"]),
    ];
    for (name, choices) in values {
        if !random.one_in(6) {
            body.push((name.to_owned(), random.pick(choices).to_owned()));
        }
    }
    if carries {
        body.extend(parents.iter().enumerate().map(|(level, parent)| (format!("r{level}Id"), format!("{parent:?}"))));
    }
    body
}

/// Creates rows through the API, reads them back as it lists them, and puts them into the ordinary tables.
async fn fill(
    random: &mut Random,
    provider: &Provider,
    client: &Client,
    twin: &Connection,
    carries: &[bool; 3],
    by_key: &[bool; 3],
) {
    let mut parents: Vec<Vec<String>> = vec![Vec::new()];
    for level in 0..3 {
        let resource = &provider.services[0].resources[level];
        let ids: Vec<String> = (0..=level).map(|level| format!("r{level}Id")).collect();
        let declared: Vec<String> = ids
            .iter()
            .map(|id| format!("{id} TEXT"))
            .chain(COLUMNS.iter().map(|(name, declared)| format!("{name} {declared}")))
            .collect();
        twin.execute_batch(&format!("CREATE TABLE r{level}({})", declared.join(", "))).unwrap();
        let mut children = Vec::new();
        for path in &parents {
            let mut keys = KEYS.to_vec();
            random.shuffle(&mut keys);
            keys.truncate(if random.one_in(6) { 0 } else { 2 + random.below(3) });
            for key in keys {
                let put = resource.method("put").unwrap();
                let mut call = Call::new(put).with(own_parameter(level, by_key[level]), Argument::text(key));
                for (above, parent) in path.iter().enumerate() {
                    call = call.with(format!("r{above}Id"), Argument::text(parent.as_str()));
                }
                for (name, json) in body(random, key, path, carries[level]) {
                    call = call.with(format!("data__{name}"), Argument::Json(json.parse().unwrap()));
                }
                client.send(call).await.unwrap();
                children.push([path.as_slice(), &[key.to_owned()]].concat());
            }
            let mut call = Call::new(resource.method("list").unwrap());
            for (above, parent) in path.iter().enumerate() {
                call = call.with(format!("r{above}Id"), Argument::text(parent.as_str()));
            }
            for row in client.rows::<Json>(call).all().await.unwrap() {
                insert(twin, level, path, &row.parse().unwrap());
            }
        }
        parents = children;
    }
}

fn insert(twin: &Connection, level: usize, path: &[String], row: &serde_json::Value) {
    use rusqlite::types::Value;
    let mut values: Vec<Value> = path.iter().map(|parent| Value::Text(parent.clone())).collect();
    values.push(Value::Text(row["key"].as_str().unwrap().to_owned()));
    for (name, _) in COLUMNS {
        values.push(match &row[*name] {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(truth) => Value::Integer((*truth).into()),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Value::Real(number.as_f64().unwrap()), Value::Integer)
            }
            serde_json::Value::String(text) => Value::Text(text.clone()),
            other => Value::Text(other.to_string()),
        });
    }
    let places = vec!["?"; values.len()].join(", ");
    let sql = format!("INSERT INTO r{level} VALUES ({places})");
    twin.execute(&sql, rusqlite::params_from_iter(values)).unwrap();
}
