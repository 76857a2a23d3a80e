//! A resolver that shares nothing with the reader: a document as a JSON value, references followed by hand, and the
//! parameters of a method collected in the plainest way.
#![allow(clippy::indexing_slicing, reason = "a missing member of a JSON value is null")]

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Map, Value};

/// A service document.
pub(crate) struct Document {
    pub(crate) path: String,
    root: Value,
}

/// A parameter of a method.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// `path`, `query`, `header`, `body` or `server`.
    pub(crate) place: String,
    /// Its name on the wire; empty for a body that is no object.
    pub(crate) name: String,
    pub(crate) required: bool,
}

/// What a method without an entry for a verb is taken to be by its name.
const VERBS_BY_NAME: [(&str, &[&str]); 3] = [
    ("select", &["select", "list", "aggregatedList", "get"]),
    ("insert", &["insert", "create"]),
    ("delete", &["delete"]),
];

static NOTHING: Value = Value::Null;

impl Document {
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Box<dyn Error>> {
        let options = serde_yaml::options! { strict_booleans: true, budget: None };
        let root = serde_yaml::from_str_with_options(text, options).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self { path: path.to_owned(), root })
    }

    fn resource_map(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.root["components"]["x-stackQL-resources"].as_object().into_iter().flatten()
    }

    pub(crate) fn resources(&self) -> usize {
        self.resource_map().count()
    }

    pub(crate) fn methods(&self) -> usize {
        self.resource_map().filter_map(|(_, resource)| resource["methods"].as_object()).map(Map::len).sum()
    }

    /// How many statements reach methods: entries of `sqlVerbs`, and names where it does not speak of a verb.
    pub(crate) fn verbs(&self) -> usize {
        let of = |resource: &Value| {
            let stated = resource["sqlVerbs"].as_object();
            let listed = stated.into_iter().flatten().filter_map(|(_, list)| list.as_array()).map(Vec::len);
            let by_name =
                VERBS_BY_NAME.iter().filter(|(verb, _)| stated.is_none_or(|verbs| !verbs.contains_key(*verb)));
            let named =
                by_name.flat_map(|(_, names)| names.iter()).filter(|name| resource["methods"].get(name).is_some());
            listed.sum::<usize>() + named.count()
        };
        self.resource_map().map(|(_, resource)| of(resource)).sum()
    }

    /// Follows references of this document.
    fn resolved<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        for _ in 0..20 {
            let Some(reference) = value["$ref"].as_str() else { return value };
            value = reference.strip_prefix('#').and_then(|pointer| self.at(pointer)).unwrap_or(&NOTHING);
        }
        value
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer).or_else(|| {
            let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy().into_owned();
            self.root.pointer(&decoded)
        })
    }

    /// The parameters of a method: of its path and operation, of its body and of its server.
    pub(crate) fn facts(&self, resource: &str, method: &str) -> Vec<Fact> {
        let resource = self.resource_map().find(|(key, value)| {
            let id = value["id"].as_str().and_then(|id| id.splitn(3, '.').nth(2));
            id.unwrap_or(key) == resource && value["methods"].get(method).is_some()
        });
        let entry = resource.map_or(&NOTHING, |(_, resource)| &resource["methods"][method]);
        let reference = entry["operation"]["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
        let Some((item, operation)) = reference
            .rsplit_once('/')
            .and_then(|(item, _)| Some((self.resolved(self.at(item)?), self.resolved(self.at(reference)?))))
        else {
            return Vec::new();
        };
        let key = reference.split('/').nth(2).unwrap_or_default().replace("~1", "/").replace("~0", "~");
        let path = key.split(['?', '#']).next().unwrap_or_default().to_owned();
        let mut facts: BTreeMap<(String, String), Fact> = BTreeMap::new();
        for parameter in [item, operation].iter().filter_map(|holder| holder["parameters"].as_array()).flatten() {
            let parameter = self.resolved(parameter);
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            let (name, place) = (text("name"), text("in"));
            let is_sent = match place.as_str() {
                // The query of a GraphQL operation has variables too.
                "path" => path.contains(&format!("{{{name}}}")) || operation.get("x-stackQL-graphQL").is_some(),
                "query" | "header" => true,
                _ => false,
            };
            let required = place == "path"
                || parameter["required"] == Value::Bool(true) && parameter["allowEmptyValue"] != Value::Bool(true);
            if is_sent {
                facts.insert((place.clone(), name.clone()), Fact { place, name, required });
            }
        }
        for name in variables(&path) {
            let fact = Fact { place: "path".into(), name: name.clone(), required: true };
            facts.insert((fact.place.clone(), name), fact);
        }
        let mut facts: Vec<Fact> = facts.into_values().collect();
        let algorithm = entry["config"]["requestBodyTranslate"]["algorithm"].as_str().unwrap_or_default();
        let is_naive = algorithm.starts_with("naive");
        let server = self.server(item, operation);
        let body = self.body(entry, operation).into_iter().map(|fact| {
            // Without a prefix, a property that is called like a parameter is not asked for again.
            let is_shadowed = is_naive && facts.iter().chain(&server).any(|other| other.name == fact.name);
            Fact { required: fact.required && !is_shadowed, ..fact }
        });
        let body: Vec<Fact> = body.collect();
        facts.extend(body);
        facts.extend(server);
        facts
    }

    fn body(&self, entry: &Value, operation: &Value) -> Vec<Fact> {
        let request = self.resolved(&operation["requestBody"]);
        let given = &entry["request"];
        let content = &request["content"];
        let names: Vec<&String> = content.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        let first = |word: &str| names.iter().find(|name| name.contains(word)).map(|name| name.as_str());
        let wanted = given["mediaType"].as_str();
        let usual = || {
            first("json").or_else(|| first("x-www-form-urlencoded")).or_else(|| names.first().map(|name| name.as_str()))
        };
        let used = wanted.filter(|wanted| content.get(wanted).is_some()).or_else(usual);
        let override_schema = given.get("schema_override");
        let Some(schema) = override_schema.or_else(|| content.get(used?)?.get("schema")) else {
            return if used.is_some() { vec![whole(request)] } else { Vec::new() };
        };
        let media_type = wanted.or(used).unwrap_or("application/json");
        let has_properties = ["json", "xml", "x-www-form-urlencoded", "multipart/form-data"]
            .iter()
            .any(|word| media_type.contains(word));
        let mut properties = self.properties(schema, true, 0);
        if !has_properties || properties.is_empty() || !self.is_object(schema) {
            return vec![whole(request)];
        }
        let algorithm = entry["config"]["requestBodyTranslate"]["algorithm"].as_str().unwrap_or_default();
        if let Some(inner) = algorithm.strip_prefix("naive_").and_then(|member| properties.get(member)) {
            properties = self.properties(inner.0, true, 0);
        }
        let base: Value = given["base"].as_str().and_then(|base| serde_json::from_str(base).ok()).unwrap_or_default();
        let demanded =
            |name: &str| given["required"].as_array().is_some_and(|list| list.iter().any(|item| item == name));
        let sent = properties.into_iter().filter(|(_, (schema, _))| {
            schema["readOnly"] != Value::Bool(true) && self.resolved(schema)["readOnly"] != Value::Bool(true)
        });
        sent.map(|(name, (_, required))| Fact {
            place: "body".into(),
            required: (required || demanded(&name)) && base.get(&name).is_none(),
            name,
        })
        .collect()
    }

    /// Whether a schema is an object: by what it says, or what its only member or all of its members say.
    fn is_object(&self, schema: &Value) -> bool {
        let schema = self.resolved(schema);
        matches!(schema["type"].as_str(), None | Some("object"))
    }

    /// The properties of a schema with those of everything it is composed of, and whether they are required.
    fn properties<'a>(&'a self, schema: &'a Value, binding: bool, depth: usize) -> BTreeMap<String, (&'a Value, bool)> {
        let schema = self.resolved(schema);
        let mut properties: BTreeMap<String, (&Value, bool)> = BTreeMap::new();
        if depth > 20 {
            return properties;
        }
        for union in ["allOf", "anyOf", "oneOf"] {
            for member in schema[union].as_array().into_iter().flatten() {
                for (name, (schema, required)) in self.properties(member, binding && union == "allOf", depth + 1) {
                    let known = properties.get(&name).is_some_and(|(_, required)| *required);
                    properties.insert(name, (schema, required || known));
                }
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let known = properties.get(name).is_some_and(|(_, required)| *required);
            properties.insert(name.clone(), (property, known));
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).filter(|_| binding) {
            if let Some((_, required)) = properties.get_mut(name) {
                *required = true;
            }
        }
        properties
    }

    fn server(&self, item: &Value, operation: &Value) -> Vec<Fact> {
        let levels = [&operation["servers"], &item["servers"], &self.root["servers"]];
        let Some(server) = levels.into_iter().find_map(|servers| servers.as_array()?.first()) else {
            return Vec::new();
        };
        let stated = server["variables"].as_object();
        let mut facts: Vec<Fact> = (stated.into_iter().flatten())
            .map(|(name, variable)| Fact {
                place: "server".into(),
                name: name.clone(),
                required: variable.get("default").is_none_or(Value::is_null),
            })
            .collect();
        for name in variables(server["url"].as_str().unwrap_or_default()) {
            // `{host:^[a-z]+$}` is called `host`.
            let name = name.split(':').next().unwrap_or_default().to_owned();
            if stated.is_none_or(|stated| !stated.contains_key(&name)) {
                facts.push(Fact { place: "server".into(), name, required: true });
            }
        }
        facts
    }
}

/// The body that is one value.
fn whole(request: &Value) -> Fact {
    Fact { place: "body".into(), name: "body".into(), required: request["required"] == Value::Bool(true) }
}

/// The names between braces.
fn variables(template: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in template.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}
