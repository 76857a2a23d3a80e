//! Every method that is given values sends what its OpenAPI operation describes: methods of the corpus of real
//! documents, called over real HTTP, against what the raw document says, read here without the reader.
//!
//! Runs where the corpus is (`BINDERY_CORPUS`, or beside the project); says so where it is not. `BINDERY_METHODS` is
//! how many methods are called, 3,000 unless it says otherwise.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

#[path = "../codegen/tests/corpus/mod.rs"]
mod corpus;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use bindery::codegen::{Source, openapi};
use bindery::ir::{Location, Method, Parameter, Type};
use bindery::runtime::{Argument, Call, Client, NoCredential};
use serde_json::{Value, json};

type Seen = Arc<Mutex<Option<(String, String, String, Vec<String>, Vec<u8>)>>>;

/// Remembers the last request: method, path, query, header names and values, body.
async fn record(State(seen): State<Seen>, request: Request) -> &'static str {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let headers =
        head.headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
    *seen.lock().unwrap() = Some((head.method.to_string(), path, query, headers.collect(), body));
    "{}"
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned()
}

/// What stands at a JSON pointer, references followed.
fn at<'d>(document: &'d Value, mut node: &'d Value) -> Option<&'d Value> {
    for _ in 0..20 {
        let Some(reference) = node.get("$ref").and_then(Value::as_str) else { return Some(node) };
        let pointer = reference.strip_prefix('#')?;
        let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8().ok()?;
        node = document.pointer(pointer).or_else(|| document.pointer(&decoded))?;
    }
    None
}

/// The value that a parameter is given, and the text it has outside a body.
fn value(parameter: &Parameter, number: usize) -> (Value, Option<String>) {
    match &parameter.ty {
        Type::String(_) | Type::Enum(_) => {
            let text = format!("v{number} ä/?&=");
            (json!(text), Some(text))
        }
        Type::Integer(_) => (json!(number), Some(number.to_string())),
        Type::Boolean => (json!(true), Some("true".to_owned())),
        Type::Number(_) => (json!(1.5), Some("1.5".to_owned())),
        Type::Array(_) => (json!(["a", "b"]), None),
        Type::Any | Type::Map(_) | Type::Object(_) => (json!({ "k": number }), None),
    }
}

/// What the document says of an operation.
struct Described {
    verb: String,
    path: String,
    constants: Vec<(String, String)>,
    parameters: BTreeSet<(String, String)>,
    /// Where it goes instead, with all its arguments in a query, if it is one of GraphQL.
    graphql: Option<String>,
}

fn described(document: &Value, entry: &Value) -> Option<Described> {
    let operation = entry["operation"]["$ref"].as_str()?;
    let pointer = operation.strip_prefix("#/paths/")?;
    let (key, verb) = pointer.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let item = document.get("paths")?.get(&key)?;
    let (path, query) = key.split_once('?').unwrap_or((&key, ""));
    // Pairs that only tell operations of one path apart are dropped where the document says so.
    let says_so = |config: &Value| config["requestTranslate"]["algorithm"] == "drop_double_underscore_params";
    let drops = says_so(&entry["config"]) || says_so(&document["x-stackQL-config"]);
    let is_dropped = |pair: &str| drops && pair.starts_with("__");
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !is_dropped(pair));
    let constants = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v)));
    let lists = [item.get("parameters"), item.get(verb)?.get("parameters")];
    let parameters = lists.into_iter().flatten().filter_map(Value::as_array).flatten().filter_map(|node| {
        let node = at(document, node)?;
        Some((node.get("in")?.as_str()?.to_owned(), node.get("name")?.as_str()?.to_owned()))
    });
    let graphql = item[verb]["x-stackQL-graphQL"]["url"].as_str();
    Some(Described {
        graphql: graphql.map(|url| url.parse::<url::Url>().unwrap().path().to_owned()),
        verb: verb.to_uppercase(),
        path: path.to_owned(),
        constants: constants.collect(),
        parameters: parameters.collect(),
    })
}

/// A form of parts as an object: a part of JSON is its value, others are texts, and those of one name a list.
fn fields(body: &[u8], boundary: &str) -> Value {
    let text = String::from_utf8_lossy(body);
    let mut fields: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for part in text.split(&format!("--{boundary}\r\n")).skip(1) {
        let (head, content) = part.split_once("\r\n\r\n").unwrap();
        let content = content.trim_end_matches(&format!("--{boundary}--\r\n")).strip_suffix("\r\n").unwrap();
        let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let is_json = head.contains("application/json");
        let value = if is_json { serde_json::from_str(content).unwrap() } else { json!(content) };
        fields.entry(name.to_owned()).or_default().push(value);
    }
    let one = |mut values: Vec<Value>| if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    Value::Object(fields.into_iter().map(|(name, values)| (name, one(values))).collect())
}

/// How many properties of bodies arrived as they were given, by media type.
type Arrived = BTreeMap<String, usize>;

/// Calls a method with a value for every parameter, and says how what was sent differs from what is described.
async fn difference(
    client: &Client,
    seen: &Seen,
    method: &Method,
    described: &Described,
    arrived: &mut Arrived,
) -> Vec<String> {
    let mut call = Call::new(method);
    let mut given: BTreeMap<(Location, &str), (Value, Option<String>)> = BTreeMap::new();
    for (number, parameter) in method.parameters.iter().enumerate() {
        if matches!(parameter.location, Location::Unknown | Location::Server) {
            continue;
        }
        let (json, text) = value(parameter, number);
        call = match (&json, &text) {
            (Value::String(text), _) => call.with(parameter.name.to_string(), Argument::text(text.clone())),
            _ => call.with(
                parameter.name.to_string(),
                Argument::json(&json.to_string().parse::<bindery::runtime::json::Json>().unwrap()),
            ),
        };
        given.insert((parameter.location, parameter.wire_name.as_str()), (json, text));
    }
    seen.lock().unwrap().take();
    let outcome = client.send(call).await;
    let Some((verb, path, query, headers, body)) = seen.lock().unwrap().take() else {
        return vec![format!("nothing was sent: {}", outcome.err().map(|error| error.to_string()).unwrap_or_default())];
    };
    let mut wrong = Vec::new();
    if verb != described.verb {
        wrong.push(format!("{verb} instead of {}", described.verb));
    }
    if let Some(described) = &described.graphql {
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let asked = body["query"].as_str().unwrap_or_default();
        // The values hold nothing that a string of GraphQL would escape.
        let lacking = given.values().filter_map(|(_, text)| text.as_ref()).filter(|text| !asked.contains(*text));
        wrong.extend(lacking.map(|text| format!("`{text}` is not in the query: {asked}")));
        if path != *described || !query.is_empty() {
            wrong.push(format!("{path}?{query} instead of {described}"));
        }
        return wrong;
    }
    let mut filled = described.path.clone();
    for ((location, name), (_, text)) in &given {
        if let (Location::Path, Some(text)) = (location, text) {
            let segment = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
            filled = filled.replace(&format!("{{{name}}}"), &segment);
        }
    }
    // A slash that stays a slash has many ways of being right; everything else is compared as it is meant.
    let path_is_same = filled.contains('{') || decode(&path.replace('+', "%2B")) == decode(&filled.replace('+', "%2B"));
    if !path_is_same {
        wrong.push(format!("path {path} instead of {filled}"));
    }
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    wrong.extend(
        described
            .constants
            .iter()
            .filter(|pair| {
                // A parameter of that name takes its place.
                !pairs.contains(pair) && !given.contains_key(&(Location::Query, pair.0.as_str()))
            })
            .map(|(name, value)| format!("query lacks {name}={value}")),
    );
    let content_type = headers.iter().find_map(|header| header.strip_prefix("content-type: ")).unwrap_or_default();
    let (media_type, boundary) = content_type.split_once("; boundary=").unwrap_or((content_type, ""));
    let is_form = !boundary.is_empty();
    let body = if is_form { fields(&body, boundary) } else { serde_json::from_slice(&body).unwrap_or(Value::Null) };
    let declared = method.http.as_ref().and_then(|http| http.body.as_ref()).map(|body| body.media_type.to_string());
    let declared = declared.filter(|media_type| !media_type.is_empty()).unwrap_or_default();
    // Some documents have the header as a parameter, which was given a value like any other.
    let is_given =
        given.keys().any(|(place, name)| *place == Location::Header && name.eq_ignore_ascii_case("content-type"));
    if !is_given && !body.is_null() && media_type != declared {
        wrong.push(format!("a body of `{media_type}` instead of `{declared}`"));
    }
    for ((location, name), (json, text)) in &given {
        let is_sent = match location {
            Location::Query => pairs.iter().any(|(key, value)| {
                (key == name && text.as_ref().is_none_or(|text| text == value)) || key.starts_with(&format!("{name}["))
            }),
            Location::Header => {
                let name = name.to_lowercase();
                headers.iter().any(|header| header.split_once(": ").is_some_and(|(key, _)| key == name))
            }
            Location::Body => body.get(name).is_none_or(|sent| {
                *arrived.entry(declared.clone()).or_default() += 1;
                let as_field = || text.as_ref().map_or(json == sent, |text| sent == text);
                if is_form { as_field() } else { sent == json }
            }),
            _ => true,
        };
        if !is_sent {
            wrong.push(format!("{location:?} {name} is not sent as {json}: {query} {body}"));
        }
    }
    let ignored = ["accept", "content-type", "authorization"];
    for (place, name) in &described.parameters {
        let location = match place.as_str() {
            "query" => Location::Query,
            "header" if !ignored.contains(&name.to_lowercase().as_str()) => Location::Header,
            "path" if described.path.contains(&format!("{{{name}}}")) => Location::Path,
            _ => continue,
        };
        if !given.contains_key(&(location, name.as_str())) && !described.constants.iter().any(|(key, _)| key == name) {
            wrong.push(format!("{place} {name} cannot be given"));
        }
    }
    wrong
}

/// Whether a text names a media type of bodies that few documents have.
fn has_rare_bodies(text: &str) -> bool {
    ["x-amz-json-1.", "multipart/form-data"].iter().any(|media_type| text.contains(media_type))
}

#[tokio::test]
async fn what_is_sent_is_what_the_operation_describes() {
    let Some(corpus) = corpus::corpus() else { return };
    let wanted: usize = std::env::var("BINDERY_METHODS").ok().and_then(|text| text.parse().ok()).unwrap_or(3000);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let app = Router::new().fallback(record).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });

    // Documents of all providers, spread evenly; the largest take longer to read than all others together.
    let mut paths = Source::find(&corpus.join("registry"), &["yaml"]).unwrap();
    paths.retain(|path| !path.ends_with("provider.yaml"));
    let is_smaller = |path: &PathBuf, size| std::fs::metadata(path).is_ok_and(|data| data.len() < size);
    // Bodies that few documents have: of these, only the methods that send such a one.
    let mut rare = paths.clone();
    rare.retain(|path| is_smaller(path, 1_500_000) && has_rare_bodies(&std::fs::read_to_string(path).unwrap()));
    paths.retain(|path| is_smaller(path, 300_000));
    paths.sort_by_key(|path| path.file_name().map(|name| name.to_string_lossy().bytes().rev().collect::<Vec<_>>()));

    let (mut called, mut refused, mut wrong) = (0, 0, Vec::new());
    let mut arrived = Arrived::new();
    let of_all = paths.iter().map(|path| (path, false));
    for (path, only_rare) in rare.iter().map(|path| (path, true)).chain(of_all) {
        if called >= wanted {
            break;
        }
        let source = Source::read(path).unwrap();
        let options = serde_yaml::options! { budget: None };
        let document: Value = serde_yaml::from_str_with_options(&source.text, options).unwrap();
        let (provider, _) = openapi::read_provider(std::slice::from_ref(&source), "corpus");
        let client = Client::for_provider(&provider).credential(NoCredential).base_url(&url).build().unwrap();
        let resources = &document["components"]["x-stackQL-resources"];
        for resource in provider.resources() {
            for method in resource.methods.iter().filter(|method| method.http.is_some()) {
                let entry = document.pointer(&method.origin.pointer);
                let media_type = method.http.as_ref().and_then(|http| http.body.as_ref()).map(|body| &body.media_type);
                if only_rare && !media_type.is_some_and(|media_type| has_rare_bodies(media_type)) {
                    continue;
                }
                let Some(described) = entry.and_then(|entry| described(&document, entry)) else { continue };
                called += 1;
                let mut found = difference(&client, &seen, method, &described, &mut arrived).await;
                // A call that is refused for a reason which is said sends nothing wrong; there may be few.
                let all = found.len();
                let reasons = ["is not supported", "the argument `Content-Length` cannot be"];
                found.retain(|found| !reasons.iter().any(|reason| found.contains(reason)));
                refused += usize::from(found.len() < all);
                wrong.extend(found.into_iter().map(|found| format!("{}: {}: {found}", source.path, method.path())));
            }
        }
        assert!(resources.is_object(), "{}", source.path);
    }
    println!("{called} methods were called, {refused} of them refused; properties of bodies that arrived: {arrived:?}");
    for media_type in
        ["application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1", "multipart/form-data"]
    {
        assert!(arrived.contains_key(media_type), "{media_type}: {arrived:?}");
    }
    assert!(refused * 20 < called, "{refused} of {called} were refused");
    assert!(called >= wanted.min(1000), "{called}");
    assert!(wrong.is_empty(), "{} of {called}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
