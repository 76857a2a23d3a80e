//! How much of what the documents describe is emitted: which operations in full, which as less, and why.
//!
//! A finding says where it is, not whom it concerns. Here each is traced to the operations that it takes something
//! from: by its place inside the operation or the method, or inside a schema that the operation is made of.

use std::collections::{BTreeMap, BTreeSet};

use bindery_ir::{Method, Provider, SchemaName, SchemaShape, Service, Type};
use serde::{Deserialize, Serialize};

use crate::{Diagnostic, Severity};

/// Findings after which an operation can still do all it is described to do.
const HARMLESS: [&str; 3] = ["openapi/undeclared-variable", "openapi/unused-parameter", "openapi/duplicate-key"];

/// What is emitted of the operations of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// How many methods there are.
    pub operations: usize,
    /// How many of them are emitted in full.
    pub full: usize,
    /// How many are emitted as less, by the code of the finding that says why. A method may be counted under several.
    pub degraded: BTreeMap<String, usize>,
}

/// What is emitted of each service, in the order of the provider.
pub fn coverage(provider: &Provider, diagnostics: &[Diagnostic]) -> Vec<Coverage> {
    provider.services.iter().map(|service| of_service(service, diagnostics)).collect()
}

fn of_service(service: &Service, diagnostics: &[Diagnostic]) -> Coverage {
    let methods: Vec<&Method> = service.resources.iter().flat_map(|resource| resource.methods.iter()).collect();
    let places = Places::of(service, &methods);
    let mut reasons: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, method) in methods.iter().enumerate() {
        if method.http.is_none() {
            reasons.entry("emit/no-wire-form").or_default().insert(index);
        }
    }
    let counts = |diagnostic: &&Diagnostic| {
        diagnostic.severity > Severity::Note
            && diagnostic.origin.file == service.origin.file
            && !HARMLESS.contains(&diagnostic.code)
    };
    for diagnostic in diagnostics.iter().filter(counts) {
        reasons.entry(diagnostic.code).or_default().extend(places.concerned(&diagnostic.origin.pointer));
    }
    let degraded: BTreeSet<usize> = reasons.values().flatten().copied().collect();
    Coverage {
        operations: methods.len(),
        full: methods.len() - degraded.len(),
        degraded: (reasons.into_iter())
            .filter(|(_, methods)| !methods.is_empty())
            .map(|(code, methods)| (code.to_owned(), methods.len()))
            .collect(),
    }
}

/// Where in the document of a service its methods and schemas stand.
struct Places<'a> {
    /// The methods by the path and verb of their operation.
    operations: BTreeMap<(&'a str, String), Vec<usize>>,
    /// The methods by the JSON pointer of their own entry.
    entries: BTreeMap<&'a str, usize>,
    /// The schemas by their JSON pointer.
    schemas: BTreeMap<&'a str, &'a SchemaName>,
    /// Which schemas hold a schema.
    holders: BTreeMap<&'a SchemaName, Vec<&'a SchemaName>>,
    /// Which methods send a schema or answer with it.
    users: BTreeMap<&'a SchemaName, Vec<usize>>,
}

impl<'a> Places<'a> {
    fn of(service: &'a Service, methods: &[&'a Method]) -> Self {
        let mut places = Self {
            operations: BTreeMap::new(),
            entries: BTreeMap::new(),
            schemas: service.schemas.iter().map(|schema| (&*schema.origin.pointer, &schema.name)).collect(),
            holders: BTreeMap::new(),
            users: BTreeMap::new(),
        };
        for (index, method) in methods.iter().enumerate() {
            if let Some(http) = &method.http {
                let verb = http.method.to_string().to_lowercase();
                places.operations.entry((&*http.path, verb)).or_default().push(index);
            }
            places.entries.insert(&method.origin.pointer, index);
            let types = method.parameters.iter().map(|parameter| &parameter.ty).chain(method.response.types());
            for schema in types.filter_map(Type::schema) {
                places.users.entry(schema).or_default().push(index);
            }
        }
        for schema in &service.schemas {
            if let SchemaShape::Struct(fields) = &schema.shape {
                for held in fields.iter().filter_map(|field| field.ty.schema()) {
                    places.holders.entry(held).or_default().push(&schema.name);
                }
            }
        }
        places
    }

    /// The methods that a place belongs to.
    fn concerned(&self, pointer: &str) -> BTreeSet<usize> {
        if let Some(rest) = pointer.strip_prefix("/paths/") {
            let (key, rest) = rest.split_once('/').unwrap_or((rest, ""));
            let key = key.replace("~1", "/").replace("~0", "~");
            let path = key.split('?').next().unwrap_or_default();
            let verb = rest.split('/').next().unwrap_or_default();
            let found = self.operations.get(&(path, verb.to_owned()));
            if let Some(found) = found {
                return found.iter().copied().collect();
            }
        }
        let mut place = pointer;
        loop {
            if let Some(index) = self.entries.get(place) {
                return BTreeSet::from([*index]);
            }
            if let Some(schema) = self.schemas.get(place) {
                return self.users_of(schema);
            }
            match place.rfind('/') {
                Some(end) => place = place.get(..end).unwrap_or_default(),
                None => return BTreeSet::new(),
            }
        }
    }

    /// The methods that are made of a schema, directly or through others.
    fn users_of(&self, schema: &'a SchemaName) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::from([schema]), vec![schema]);
        let mut users = BTreeSet::new();
        while let Some(schema) = open.pop() {
            users.extend(self.users.get(schema).into_iter().flatten().copied());
            open.extend(self.holders.get(schema).into_iter().flatten().copied().filter(|holder| seen.insert(holder)));
        }
        users
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, openapi};

    const DOCUMENT: &str = r"
openapi: 3.0.0
info: {title: Pets, version: '1'}
servers: [{url: https://pets.example.com}]
paths:
  /pets/{petId}?api-version=1:
    get:
      operationId: getPet
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /owners:
    get:
      operationId: getOwner
      parameters: [{name: q, in: query, schema: {$ref: '#/components/schemas/Gone'}}]
      responses: {'204': {description: ok}}
  /toys:
    get: {operationId: getToys, responses: {'204': {description: ok}}}
components:
  schemas:
    Pet: {type: object, properties: {home: {$ref: '#/components/schemas/Home'}}}
    Home: {type: object, properties: {size: {$ref: '#/components/schemas/Lost'}}}
  x-stackQL-resources:
    pets:
      id: shop.pets.pets
      methods:
        get: {operation: {$ref: '#/paths/~1pets~1{petId}?api-version=1/get'}, response: {openAPIDocKey: '200', mediaType: application/json}}
    owners:
      id: shop.pets.owners
      methods:
        get: {operation: {$ref: '#/paths/~1owners/get'}, response: {openAPIDocKey: '204'}}
    toys:
      id: shop.pets.toys
      methods:
        get: {operation: {$ref: '#/paths/~1toys/get'}, response: {openAPIDocKey: '204'}}
";

    #[test]
    fn a_finding_is_counted_for_the_operations_it_takes_something_from() {
        let source = Source { path: "pets.yaml".into(), text: DOCUMENT.into() };
        let (provider, diagnostics) = openapi::read_provider(&[source], "shop");
        let [coverage] = coverage(&provider, &diagnostics).try_into().unwrap_or_default();
        // The undeclared `petId` is harmless; the schema deep inside the pet's home and the type of `q` are lost.
        assert_eq!((coverage.operations, coverage.full), (3, 1), "{diagnostics:#?}");
        assert_eq!(coverage.degraded, BTreeMap::from([("openapi/unresolved-reference".to_owned(), 2)]));
    }
}
