//! An OpenAPI operation → its [`HttpBinding`] and [`Parameter`]s, body excepted.

use bindery_ir::{
    HttpBinding, HttpMethod, List, Location, Parameter, Presence, QueryPair, Server, ServerVariable, SqlName, Style,
    Text, Type, WireName,
};
use indexmap::IndexMap;

use super::document::Cursor;
use super::schema::SchemaReader;

/// An operation with the path item and the key it stands under.
#[derive(Clone, Debug)]
pub(crate) struct Operation<'a> {
    pub(crate) cursor: Cursor<'a>,
    path_item: Cursor<'a>,
    /// The key below `paths`, query and all.
    path_key: String,
    method: HttpMethod,
}

impl<'a> Operation<'a> {
    /// The operation that a method's `operation.$ref` means: `#/paths/~1pets~1{petId}/get`.
    pub(crate) fn find(root: &Cursor<'a>, reference: &str) -> Option<Self> {
        let (item, verb) = reference.strip_prefix("#/paths/")?.rsplit_once('/')?;
        let method = HttpMethod::parse(verb)?;
        let path_key = item.replace("~1", "/").replace("~0", "~");
        let path_item = root.path(&["paths", &path_key])?.resolve().ok()?;
        let cursor = path_item.get(verb)?;
        Some(Self { cursor, path_item, path_key, method })
    }

    /// The path without its query, and the constant query pairs that the key carries, decoded.
    fn path_and_query(&self) -> (Text, List<QueryPair>) {
        let (path, query) = self.path_key.split_once('?').unwrap_or((&self.path_key, ""));
        let decode = |text: &str| {
            Text::Owned(percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            QueryPair { name: decode(name), value: decode(value) }
        });
        (Text::Owned(path.to_owned()), pairs.collect())
    }

    /// How the operation travels, without a body.
    pub(crate) fn binding(&self, method_servers: Option<&Cursor<'a>>, root: &Cursor<'a>) -> HttpBinding {
        let (path, query) = self.path_and_query();
        let stated = [Some(&self.cursor), Some(&self.path_item), method_servers, Some(root)];
        let servers = stated.into_iter().flatten().map(read_servers).find(|servers| !servers.is_empty());
        HttpBinding { method: self.method, servers: servers.unwrap_or_default(), path, query, body: None }
    }

    /// The parameters of path, query and headers, then the variables of the first server.
    ///
    /// A parameter of the operation replaces the one of the same name and place of the path item.
    pub(crate) fn parameters(&self, binding: &HttpBinding, schemas: &mut SchemaReader<'a>) -> Vec<Parameter> {
        let mut parameters: IndexMap<(String, Location), Parameter> = IndexMap::new();
        for list in [&self.path_item, &self.cursor].iter().filter_map(|holder| holder.get("parameters")) {
            for item in list.items() {
                if let Some(parameter) = read_parameter(&item, schemas) {
                    parameters.insert((parameter.wire_name.to_string(), parameter.location), parameter);
                }
            }
        }
        let variables = template_variables(&binding.path);
        parameters.retain(|(name, location), parameter| {
            let used = *location != Location::Path || variables.contains(&name.as_str());
            if !used {
                let message = format!("the path has no variable `{{{name}}}`");
                schemas.report(
                    "openapi/unused-parameter",
                    parameter.origin.clone(),
                    message,
                    "the parameter is left out",
                );
            }
            used
        });
        for variable in variables {
            let declared = parameters.contains_key(&(variable.to_owned(), Location::Path));
            if !declared {
                let message = format!("no parameter declares the path variable `{{{variable}}}`");
                let hint = "taken for a required text";
                schemas.report("openapi/undeclared-variable", self.cursor.origin(), message, hint);
                let mut parameter = Parameter::new(SqlName::from(variable), Location::Path, Type::STRING).required();
                parameter.origin = self.cursor.origin();
                parameters.insert((variable.to_owned(), Location::Path), parameter);
            }
        }
        let server_variables = binding.servers.iter().take(1).flat_map(|server| server.variables.iter());
        parameters.into_values().chain(server_variables.map(server_parameter)).collect()
    }
}

/// The names between braces of a path or URL template, each once.
fn template_variables(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in template.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

fn read_parameter<'a>(item: &Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Option<Parameter> {
    let item = schemas.resolve(item, "the parameter is left out")?;
    let name = item.text_of("name")?;
    let location = match item.text_of("in")? {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        // Cookies are not used by any document of this family.
        _ => return None,
    };
    let schema = item.get("schema");
    let ty = schema.as_ref().map_or(Type::Any, |schema| schemas.type_of(schema, &format!("{name} parameter")));
    let default = schema.as_ref().and_then(|schema| schema.resolve().ok()).and_then(|schema| schema.text_of("default"));
    let required = item.flag("required") && !item.flag("allowEmptyValue");
    let presence = match default {
        _ if required => Presence::Required,
        // A header with a default is sent with it; a query parameter's default is what the provider assumes.
        Some(default) if location == Location::Header => Presence::Default(Text::Owned(default.to_owned())),
        _ => Presence::Optional,
    };
    let exploded = item.get("explode").is_none_or(|explode| explode.is_true());
    let style = match location {
        Location::Path if item.flag("x-multi-segment") => Style::MultiSegment,
        Location::Query if matches!(ty, Type::Array(_)) && exploded => Style::Repeated,
        _ => Style::Plain,
    };
    Some(Parameter {
        name: SqlName::from(name),
        wire_name: WireName::from(name),
        location,
        ty,
        presence,
        style,
        description: item.prose("description"),
        origin: item.origin(),
    })
}

fn read_servers(holder: &Cursor<'_>) -> List<Server> {
    let servers = holder.get("servers");
    let read = |server: Cursor<'_>| {
        let url = server.text_of("url")?.trim_end_matches('/').to_owned();
        let variables = server.get("variables");
        let variables = variables.iter().flat_map(Cursor::entries).map(|(name, variable)| ServerVariable {
            name: Text::Owned(name.to_owned()),
            default: variable.text_of("default").map(|default| Text::Owned(default.to_owned())),
            environment: variable.text_of("x-stackQL-envVar").map(|name| Text::Owned(name.to_owned())),
            values: (variable.get("enum").iter().flat_map(Cursor::items))
                .filter_map(|value| value.text().map(|value| Text::Owned(value.to_owned())))
                .collect(),
            description: variable.prose("description"),
        });
        Some(Server { variables: variables.collect(), url: Text::Owned(url) })
    };
    servers.iter().flat_map(Cursor::items).filter_map(read).collect()
}

/// A server variable is a parameter too: SQL gives `region` like any other.
fn server_parameter(variable: &ServerVariable) -> Parameter {
    Parameter {
        presence: variable.default.clone().map_or(Presence::Required, Presence::Default),
        description: variable.description.clone(),
        ..Parameter::new(SqlName::from(variable.name.as_ref()), Location::Server, Type::STRING)
    }
}
