//! A resource as `bindery inspect openapi` prints it.

use bindery_ir::{Resource, Rows, Service};
use serde_json::{Value, json};

/// The object that stands for a resource: its identity, methods with their wire form, and views.
pub fn describe_resource(provider: &str, service: &Service, resource: &Resource) -> Value {
    let methods: Vec<Value> = resource.methods.iter().map(describe_method).collect();
    let views: Vec<Value> = (resource.views.iter())
        .map(|view| json!({ "dialect": view.dialect, "required": view.required, "ddl": view.ddl }))
        .collect();
    json!({
        "provider": provider,
        "service": service.name,
        "resource": resource.id.resource(),
        "id": resource.id,
        "methods": methods,
        "views": views,
    })
}

fn describe_method(method: &bindery_ir::Method) -> Value {
    let http = method.http.as_ref().map(|http| {
        let servers: Vec<&str> = http.servers.iter().map(|server| server.url.as_ref()).collect();
        let query: Vec<String> = http.query.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
        json!({ "method": http.method, "path": http.path, "query": query, "servers": servers })
    });
    let parameters: Vec<Value> = (method.parameters.iter())
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "wire_name": parameter.wire_name,
                "in": parameter.location.as_str(),
                "required": parameter.presence == bindery_ir::Presence::Required,
                "type": parameter.ty.to_string(),
            })
        })
        .collect();
    let columns: Vec<Value> = (method.response.columns.iter())
        .map(|column| json!({ "name": column.name, "type": column.ty.to_string() }))
        .collect();
    let object_key = match &method.response.rows {
        Rows::None => None,
        Rows::One(path) | Rows::Many(path) => Some(path).filter(|path| !path.keys().is_empty()),
    };
    json!({
        "name": method.name,
        "verbs": method.verbs,
        "http": http,
        "params": parameters,
        "response": { "object_key": object_key.map(ToString::to_string), "columns": columns },
        "pagination": method.response.pagination,
        "transform": method.adaptation.response,
        "adaptation": Some(&method.adaptation).filter(|adaptation| !adaptation.is_none()),
    })
}
