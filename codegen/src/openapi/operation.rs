//! An OpenAPI operation → its [`HttpBinding`] and [`Parameter`]s, body excepted.

use bindery_ir::{
    HttpBinding, HttpMethod, List, Location, Parameter, Presence, QueryPair, Server, ServerVariable, SqlName, Style,
    Text, Type, WireName, snake_case,
};
use indexmap::IndexMap;

use super::document::Cursor;
use super::resource::Entry;
use super::schema::SchemaReader;

/// An operation with the path item and the key it stands under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    pub(super) cursor: Cursor<'a>,
    path_item: Cursor<'a>,
    /// The key below `paths`, query and all.
    pub(super) path_key: &'a str,
    pub(super) method: HttpMethod,
}

impl<'a> Operation<'a> {
    /// The operation that a method's `operation.$ref` means: `#/paths/~1pets~1{petId}/get`.
    pub(super) fn find(root: Cursor<'a>, reference: &str) -> Option<Self> {
        let (item, verb) = reference.rsplit_once('/')?;
        let item = root.target(item).ok()?;
        Self::of(item, item.name(), verb)
    }

    /// The operation of a path item under an HTTP method.
    fn of(item: Cursor<'a>, path_key: &'a str, verb: &str) -> Option<Self> {
        let method = HttpMethod::parse(verb)?;
        let path_item = item.resolve().ok()?;
        let cursor = path_item.get(verb)?;
        Some(Self { cursor, path_item, path_key, method })
    }

    /// All operations of a document, in its order.
    pub(super) fn all(root: Cursor<'a>) -> impl Iterator<Item = Self> {
        let items = root.get("paths").into_iter().flat_map(Cursor::entries).filter(|(key, _)| key.starts_with('/'));
        items.flat_map(|(key, item)| {
            let resolved = item.resolve().ok();
            let verbs = resolved.into_iter().flat_map(Cursor::entries);
            verbs.filter_map(move |(verb, _)| Self::of(item, key, verb))
        })
    }

    /// The path without its query, and the constant query pairs that the key carries, decoded.
    fn path_and_query(&self) -> (Text, List<QueryPair>) {
        let (path, query) = self.path_key.split_once('?').unwrap_or((self.path_key, ""));
        let decode = |text: &str| {
            Text::Owned(percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            QueryPair { name: decode(name), value: decode(value) }
        });
        // A fragment is never sent; some documents use one to tell paths apart.
        (Text::Owned(path.split('#').next().unwrap_or_default().to_owned()), pairs.collect())
    }

    /// The names of the query parameters.
    pub(super) fn query_names(&self) -> Vec<&'a str> {
        let lists = [self.path_item, self.cursor].into_iter().filter_map(|holder| holder.get("parameters"));
        let parameters = lists.flat_map(Cursor::items).filter_map(|item| item.resolve().ok());
        parameters.filter(|item| item.text_of("in") == Some("query")).filter_map(|item| item.text_of("name")).collect()
    }

    /// The names of the properties of its body, where that is JSON.
    pub(super) fn body_names(&self, schemas: &mut SchemaReader<'a>) -> Vec<&'a str> {
        let content = || self.cursor.get("requestBody")?.resolve().ok()?.get("content");
        let json = content().into_iter().flat_map(Cursor::entries).find(|(media_type, _)| media_type.contains("json"));
        let schema = json.and_then(|(_, media)| media.get("schema"));
        schema
            .map(|schema| schemas.properties(schema))
            .unwrap_or_default()
            .iter()
            .map(|property| property.name)
            .collect()
    }

    /// How the operation travels, without a body. The nearest `servers` count: of the operation, of its path, of the
    /// method's entry, of the document.
    pub(super) fn binding(&self, entry: Entry<'a>, root: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> HttpBinding {
        let (path, query) = self.path_and_query();
        let stated = [Some(self.cursor), Some(self.path_item), entry.0, Some(root)];
        let holder = stated.into_iter().flatten().find(|holder| {
            holder.get("servers").is_some_and(|servers| servers.items().any(|server| server.get("url").is_some()))
        });
        let servers = holder.map(|holder| read_servers(holder, schemas)).unwrap_or_default();
        HttpBinding { method: self.method, servers, path, query, body: None }
    }

    /// The parameters of path, query and headers, then the variables of the first server.
    ///
    /// A parameter of the operation replaces the one of the same name and place of the path item.
    pub(super) fn parameters(
        &self,
        entry: Entry<'a>,
        binding: &HttpBinding,
        schemas: &mut SchemaReader<'a>,
    ) -> Vec<Parameter> {
        let mut parameters = Parameters::new();
        let holders = [Some(self.path_item), Some(self.cursor), entry.0];
        for list in holders.into_iter().flatten().filter_map(|holder| holder.get("parameters")) {
            for item in list.items() {
                if let Some(parameter) = read_parameter(item, schemas) {
                    parameters.insert((parameter.wire_name.to_string(), parameter.location), parameter);
                }
            }
        }
        self.fit_to_path(&mut parameters, &binding.path, schemas);
        let server_variables = binding.servers.iter().take(1).flat_map(|server| server.variables.iter());
        parameters.into_values().chain(server_variables.map(server_parameter)).collect()
    }
}

/// The parameters of an operation by wire name and place.
type Parameters = IndexMap<(String, Location), Parameter>;

impl<'a> Operation<'a> {
    /// Leaves a path parameter for each variable of the path, and none besides. The query of a GraphQL operation has
    /// variables too, which are declared as those of a path.
    fn fit_to_path(&self, parameters: &mut Parameters, path: &str, schemas: &mut SchemaReader<'a>) {
        let variables = template_variables(path);
        let is_used = |name: &str| variables.contains(&name);
        for variable in &variables {
            if parameters.contains_key(&((*variable).to_owned(), Location::Path)) {
                continue;
            }
            let plain = snake_case(&variable.replace('-', "_"));
            let other = parameters.values().find(|parameter| {
                let name = parameter.wire_name.as_str();
                parameter.location == Location::Path && !is_used(name) && snake_case(&name.replace('-', "_")) == plain
            });
            let mut parameter = match other.cloned() {
                Some(other) => {
                    let message = format!("the path has `{{{variable}}}`, and the parameter is `{}`", other.wire_name);
                    let assumed = format!("it is called `{variable}`");
                    schemas.report_at("openapi/undeclared-variable", other.origin.clone(), message, &assumed);
                    parameters.shift_remove(&(other.wire_name.to_string(), Location::Path));
                    other
                }
                None => {
                    let message = format!("no parameter declares the path variable `{{{variable}}}`");
                    schemas.report("openapi/undeclared-variable", self.cursor, message, "taken for a required text");
                    let parameter = Parameter::new(SqlName::from(*variable), Location::Path, Type::STRING).required();
                    Parameter { origin: self.cursor.origin(), ..parameter }
                }
            };
            parameter.name = SqlName::from(*variable);
            parameter.wire_name = WireName::from(*variable);
            parameters.insert(((*variable).to_owned(), Location::Path), parameter);
        }
        if self.cursor.get("x-stackQL-graphQL").is_some() {
            return;
        }
        parameters.retain(|(name, location), parameter| {
            let keep = *location != Location::Path || is_used(name);
            if !keep {
                let message = format!("the path has no variable `{{{name}}}`");
                let origin = parameter.origin.clone();
                schemas.report_at("openapi/unused-parameter", origin, message, "the parameter is left out");
            }
            keep
        });
    }
}

/// A URL whose variables are no more than names: some say what they may be (`{host:^[a-z]+$}`).
fn without_patterns(url: &str) -> String {
    let (mut plain, mut depth, mut in_pattern) = (String::new(), 0_usize, false);
    for c in url.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                in_pattern &= depth > 0;
            }
            ':' if depth == 1 => in_pattern = true,
            _ => {}
        }
        if !in_pattern {
            plain.push(c);
        }
    }
    plain
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

fn read_parameter<'a>(item: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> Option<Parameter> {
    let item = schemas.resolve(item, "the parameter is left out")?;
    let Some((name, place)) = item.text_of("name").zip(item.text_of("in")) else {
        let message = "a parameter needs `name` and `in`".to_owned();
        schemas.report("openapi/bad-parameter", item, message, "the parameter is left out");
        return None;
    };
    let location = match place {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        other => {
            let message = match other {
                "cookie" => format!("`{name}` is a cookie, and cookies are not sent"),
                other => format!("a parameter cannot be in `{}`", other.escape_debug()),
            };
            schemas.report("openapi/bad-parameter", item, message, "the parameter is left out");
            return None;
        }
    };
    // A parameter has a schema, or content of one media type that has one.
    let content = || item.get("content").and_then(|content| content.entries().next()?.1.get("schema"));
    let schema = item.get("schema").or_else(content);
    let ty = schema.map_or(Type::Any, |schema| schemas.type_of(schema, &[name, "parameter"]));
    let default = schema.and_then(|schema| schema.resolve().ok()).and_then(|schema| schema.text_of("default"));
    let required = location == Location::Path || item.flag("required") && !item.flag("allowEmptyValue");
    let presence = match default {
        _ if required => Presence::Required,
        // A header with a default is sent with it; a query parameter's default is what the provider assumes.
        Some(default) if location == Location::Header => Presence::Default(Text::Owned(default.to_owned())),
        _ => Presence::Optional,
    };
    let style = style(item, name, location, &ty, schemas);
    Some(Parameter {
        name: SqlName::from(item.text_of("x-stackQL-alias").unwrap_or(name)),
        wire_name: WireName::from(name),
        location,
        ty,
        presence,
        style,
        description: item.prose("description"),
        origin: item.origin(),
    })
}

/// How a value is written, where it is not written plainly.
fn style<'a>(item: Cursor<'a>, name: &str, location: Location, ty: &Type, schemas: &mut SchemaReader<'a>) -> Style {
    let usual = if location == Location::Query { "form" } else { "simple" };
    let stated = item.text_of("style").unwrap_or(usual);
    let is_list = matches!(ty, Type::Array(_));
    let is_object = matches!(ty, Type::Map(_) | Type::Object(_));
    // Only what is joined by other marks is so without being told.
    let exploded = item.get("explode").map_or(stated == "form", Cursor::is_true);
    match (location, stated) {
        (Location::Path, "simple") if item.flag("x-multi-segment") => Style::MultiSegment,
        (Location::Query, "form" | "pipeDelimited" | "spaceDelimited") if is_list && exploded => Style::Repeated,
        (Location::Query, "form") if is_object && exploded => Style::Members,
        (Location::Query, "pipeDelimited") if is_list => Style::Pipes,
        (Location::Query, "spaceDelimited") if is_list => Style::Spaces,
        (Location::Query, "deepObject") if is_object => Style::Deep,
        (_, stated) if stated == usual || !(is_list || is_object || location == Location::Path) => Style::Plain,
        (_, stated) => {
            let message = format!("`{name}` has the style `{}`", stated.escape_debug());
            let at = item.get("style").unwrap_or(item);
            schemas.report("openapi/parameter-style", at, message, "its values are written as plain text");
            Style::Plain
        }
    }
}

fn read_servers<'a>(holder: Cursor<'a>, schemas: &mut SchemaReader<'a>) -> List<Server> {
    let mut servers = Vec::new();
    for server in holder.get("servers").into_iter().flat_map(Cursor::items) {
        let Some(url) = server.text_of("url") else { continue };
        let url = without_patterns(url.trim_end_matches('/'));
        let mut variables: Vec<ServerVariable> = server
            .get("variables")
            .into_iter()
            .flat_map(Cursor::entries)
            .map(|(name, at)| read_variable(name, at))
            .collect();
        for name in template_variables(&url) {
            if !variables.iter().any(|variable| variable.name == name) {
                let message = format!("the server does not declare its variable `{{{name}}}`");
                schemas.report("openapi/undeclared-variable", server, message, "taken for a required text");
                variables.push(ServerVariable {
                    name: Text::Owned(name.to_owned()),
                    default: None,
                    environment: None,
                    values: List::EMPTY,
                    description: Text::Borrowed(""),
                });
            }
        }
        if !url.contains("://") && !url.starts_with('{') {
            let message = format!("the server `{}` is relative to where the document lies", url.escape_debug());
            schemas.report("openapi/no-server", server, message, "its methods can only be sent to a given base URL");
        }
        servers.push(Server { url: Text::Owned(url), variables: variables.into() });
    }
    servers.into()
}

fn read_variable(name: &str, variable: Cursor<'_>) -> ServerVariable {
    let text = |key| variable.text_of(key).map(|text| Text::Owned(text.to_owned()));
    ServerVariable {
        name: Text::Owned(name.to_owned()),
        default: text("default"),
        environment: text("x-stackQL-envVar"),
        values: (variable.get("enum").into_iter().flat_map(Cursor::items))
            .filter_map(|value| value.text().map(|value| Text::Owned(value.to_owned())))
            .collect(),
        description: variable.prose("description"),
    }
}

/// A server variable is a parameter too: SQL gives `region` like any other.
fn server_parameter(variable: &ServerVariable) -> Parameter {
    Parameter {
        presence: variable.default.clone().map_or(Presence::Required, Presence::Default),
        description: variable.description.clone(),
        ..Parameter::new(SqlName::from(variable.name.as_ref()), Location::Server, Type::STRING)
    }
}
