//! The names of a service → `surface.txt`: what users of the generated code can name, a line each, sorted.
//!
//! A review sees in it what a change does to callers, and the generator what names it [gave before](super::given). A line
//! is `PATH WHAT … = NAME`: what Rust code writes, what that is, and what the documents call it.
//!
//! ```text
//! api_management service = api_management
//! backend resource = backend
//! backend::Backend struct = BackendContract
//! backend::Backend.url String = url
//! backend::Get method new(backend_id) -> backend::Backend = get
//! backend::Get(backend_id) String = backendId
//! types::Kind enum = Kind
//! types::Kind::Http value = http
//! ```

use std::borrow::Cow;

use bindery_ir::{Presence, Rows, SchemaShape};

use super::code::literal;
use super::plan::{Argument, Home, RequestPlan, ResourcePlan, Row, ServicePlan};
use super::rust_type::shown_type;

/// The file, beside the code of its service.
pub const SURFACE: &str = "surface.txt";

/// A line of a surface.
pub(crate) struct Entry<'t> {
    /// What Rust code writes, below the module of the service.
    pub(crate) path: &'t str,
    /// The word that says what it is.
    pub(crate) what: &'t str,
    /// What the documents call it.
    pub(crate) name: Cow<'t, str>,
}

/// Reads a line; `None` for a comment and for what is no line of a surface.
pub(crate) fn read_line(line: &str) -> Option<Entry<'_>> {
    let (symbol, name) = line.split_once(" = ")?;
    let (path, what) = symbol.split_once(' ')?;
    let what = what.split(' ').next()?;
    Some(Entry { path, what, name: read_name(name)? })
}

/// The surface of a service.
pub(crate) fn surface(plan: &ServicePlan<'_>, header: &str) -> String {
    let mut lines = Lines(vec![line(&plan.module, "service", plan.service.name.as_str())]);
    for resource in &plan.resources {
        lines.resource(resource, plan);
    }
    for home in plan.homes() {
        lines.schema(home, plan);
    }
    lines.0.sort_unstable();
    let mut text = format!("# {header}\n");
    for line in lines.0 {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

struct Lines(Vec<String>);

impl Lines {
    fn resource(&mut self, resource: &ResourcePlan<'_>, plan: &ServicePlan<'_>) {
        let module = &resource.module;
        self.0.push(line(module, "resource", &resource.name));
        if let Some(Row::Shown(schema, shown)) = &resource.row
            && let Some(home) = plan.home(schema)
        {
            let what = format!("shows {}::{}", home.module, home.name);
            self.0.push(line(&format!("{module}::{shown}"), &what, schema.as_str()));
        }
        for request in &resource.requests {
            self.request(request, &format!("{module}::{}", request.name), plan);
        }
    }

    fn request(&mut self, request: &RequestPlan<'_>, path: &str, plan: &ServicePlan<'_>) {
        let required = |argument: &&Argument<'_>| argument.parameter.presence == Presence::Required;
        let needed: Vec<&str> = request.arguments.iter().filter(required).map(|a| a.identifier.as_str()).collect();
        let response = &request.method.response;
        let answer = match response.rows {
            Rows::None => "()".to_owned(),
            Rows::One(_) => shown_type(&response.row, plan),
            Rows::Many(_) => format!("rows of {}", shown_type(&response.row, plan)),
        };
        let what = format!("method new({}) -> {answer}", needed.join(", "));
        self.0.push(line(path, &what, &request.source));
        for argument in &request.arguments {
            let path = format!("{path}({})", argument.identifier);
            let ty = shown_type(&argument.parameter.ty, plan);
            self.0.push(line(&path, &ty, argument.parameter.name.as_str()));
        }
    }

    fn schema(&mut self, home: &Home<'_>, plan: &ServicePlan<'_>) {
        let path = format!("{}::{}", home.module, home.name);
        let name = home.schema.name.as_str();
        match &home.schema.shape {
            SchemaShape::Struct(fields) => {
                self.0.push(line(&path, "struct", name));
                for (index, (field, member)) in fields.iter().zip(&home.members).enumerate() {
                    let ty = shown_type(&field.ty, plan);
                    let ty = if plan.is_boxed(&home.schema.name, index) { format!("Box<{ty}>") } else { ty };
                    self.0.push(line(&format!("{path}.{member}"), &ty, field.name.as_str()));
                }
            }
            SchemaShape::Enum(values) => {
                self.0.push(line(&path, "enum", name));
                for (value, member) in values.iter().zip(&home.members) {
                    self.0.push(line(&format!("{path}::{member}"), "value", &value.value));
                }
            }
        }
    }
}

fn line(path: &str, what: &str, name: &str) -> String {
    format!("{path} {what} = {}", written_name(name))
}

/// A name as it is, unless a line could not hold it: then as a literal.
fn written_name(name: &str) -> Cow<'_, str> {
    let is_plain = !name.is_empty() && !name.starts_with('"') && !name.chars().any(char::is_control);
    if is_plain && name.trim() == name { Cow::Borrowed(name) } else { Cow::Owned(literal(name)) }
}

fn read_name(written: &str) -> Option<Cow<'_, str>> {
    if !written.starts_with('"') {
        return Some(Cow::Borrowed(written));
    }
    syn::parse_str::<syn::LitStr>(written).ok().map(|literal| Cow::Owned(literal.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_name_is_read_back(name in r#"(.|\r|\n|"| = |\x{2028}){0,12}"#) {
            let line = line("a::B.c", "map of string", &name);
            proptest::prop_assert!(!line.contains('\n'));
            let entry = read_line(&line).ok_or_else(|| proptest::test_runner::TestCaseError::fail(line.clone()))?;
            proptest::prop_assert_eq!((entry.path, entry.what, &*entry.name), ("a::B.c", "map", name.as_str()));
        }
    }
}
