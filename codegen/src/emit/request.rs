//! A method → its request type: arguments in, a typed result out.

use bindery_ir::{Location, Method, Parameter, Presence, Rows, Type};

use super::code::{Code, literal};
use super::name::{self, Ident};
use super::plan::{Argument, RequestPlan, ServicePlan};
use super::rust_type::{Scope, argument, example, rust_type};
use super::{answer, doc, sql};

/// Where a request type is found by its users.
pub(crate) struct Place<'a> {
    /// The path of the service's module; `None` for code that is included into somebody else's crate, where examples
    /// have no path to write.
    pub(crate) service: Option<&'a ServicePath>,
    /// The module of the resource.
    pub(crate) resource: &'a str,
}

/// The path of a service's module.
pub(crate) struct ServicePath {
    /// The crate: `bindery_azure`.
    pub(crate) crate_name: String,
    /// The module: `bindery_azure::compute`, or the crate itself.
    pub(crate) path: String,
}

/// Emits the request type of a method. `index` is the method's place in its resource.
pub(crate) fn emit(
    request: &RequestPlan<'_>,
    index: usize,
    place: &Place<'_>,
    plan: &ServicePlan<'_>,
    code: &mut Code,
) {
    let (ident, method) = (name::ident(&request.name), request.method);
    let (required, optional): (Vec<&Argument<'_>>, Vec<&Argument<'_>>) =
        request.arguments.iter().partition(|argument| argument.parameter.presence == Presence::Required);
    let scope = Scope { plan, module: place.resource };

    answer::emit(request, scope, code);
    code.docs(&documentation(&request.name, method, &required, &optional, place, plan));
    code.line("#[derive(Clone, Debug)]");
    code.line("#[must_use = \"a request does nothing until it is sent\"]");
    code.block(format_args!("pub struct {ident}"), |code| code.line("call: runtime::Call<'static>,"));
    code.blank();
    code.block(format_args!("impl {ident}"), |code| {
        code.doc("The method, as the SQL statement that calls it.");
        code.line(format_args!("pub const SQL: &'static str = {};", literal(&sql::statement(method))));
        code.blank();
        code.doc("What the method is called, needs and answers with.");
        code.line(format_args!("pub const METHOD: ir::EmbeddedMethod = ir::EmbeddedMethod::new(&RESOURCE, {index});"));
        code.blank();
        emit_new(&required, scope, code);
        for argument in &optional {
            code.blank();
            emit_setter(argument, scope, code);
        }
        for result in results(request, scope) {
            code.blank();
            result.emit(code);
        }
        code.blank();
        code.doc("The call behind the request, for everything that has no typed form.");
        code.line("#[inline]");
        code.block("pub fn into_call(self) -> runtime::Call<'static>", |code| code.line("self.call"));
    });
    if required.is_empty() {
        code.blank();
        code.block(format_args!("impl ::std::default::Default for {ident}"), |code| {
            code.line("#[inline]");
            code.block("fn default() -> Self", |code| code.line("Self::new()"));
        });
    }
}

impl Argument<'_> {
    fn ident(&self) -> Ident<'_> {
        name::ident(&self.identifier)
    }

    /// The call that binds it: text as text, everything else as JSON.
    fn bound(&self) -> String {
        let (name, ident) = (literal(self.parameter.name.as_str()), self.ident());
        match self.parameter.ty {
            Type::String(_) => format!(".text({name}, {ident})"),
            Type::Number(_) => format!(".json::<json::Number>({name}, &{ident}.into())"),
            _ => format!(".json({name}, &{ident})"),
        }
    }

    /// How it stands in the signature of a function.
    fn declared(&self, scope: Scope<'_>) -> String {
        format!("{}: {}", self.ident(), argument(&self.parameter.ty, scope).0)
    }
}

fn emit_new(required: &[&Argument<'_>], scope: Scope<'_>, code: &mut Code) {
    let declared: Vec<String> = required.iter().map(|argument| argument.declared(scope)).collect();
    let bound: Vec<String> = required.iter().map(|argument| argument.bound()).collect();
    code.doc("The request with everything it needs.");
    code.line("#[inline]");
    code.list("pub fn new(", &declared, ") -> Self {");
    code.inside(|code| code.chain("Self {", "call: runtime::Call::new(Self::METHOD.get())", &bound, "}"));
    code.line("}");
}

fn emit_setter(argument: &Argument<'_>, scope: Scope<'_>, code: &mut Code) {
    let parameter = argument.parameter;
    let mut lines = doc::paragraphs(&parameter.description);
    let mut note = format!("Optional; {}.", place_of(parameter));
    if let Presence::Default(value) = &parameter.presence {
        note = format!("Optional; {}, {} when it is not set.", place_of(parameter), doc::code(value));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(note);
    code.docs(&lines);
    code.line("#[inline]");
    code.list(
        format_args!("pub fn {}(", argument.ident()),
        &["self".to_owned(), argument.declared(scope)],
        ") -> Self {",
    );
    code.inside(|code| code.chain("Self {", "call: self.call", &[argument.bound()], "}"));
    code.line("}");
}

/// Where an argument goes, in words.
fn place_of(parameter: &Parameter) -> String {
    let name = doc::code(parameter.wire_name.as_str());
    match parameter.location {
        Location::Path => format!("{name} in the path"),
        Location::Query => format!("{name} in the query"),
        Location::Header => format!("the header {name}"),
        Location::Body => format!("{name} in the body"),
        Location::Server => format!("{name} in the server's address"),
        Location::Unknown => format!("{name}, which no document says how to send"),
    }
}

/// A function that sends the request.
struct Sender {
    docs: &'static [&'static str],
    attribute: Option<&'static str>,
    name: &'static str,
    returns: String,
    body: &'static str,
}

impl Sender {
    fn emit(&self, code: &mut Code) {
        self.docs.iter().for_each(|line| code.doc(line));
        self.attribute.iter().for_each(|attribute| code.line(attribute));
        // What reads the answer is compiled for those who call the method, and for nobody else.
        code.line("#[inline]");
        let after = format!(") -> {} {{", self.returns);
        code.list(format_args!("pub fn {}(", self.name), &["self", "client: &runtime::Client"], after);
        code.inside(|code| code.line(self.body));
        code.line("}");
    }
}

/// The functions that send the request.
fn results(request: &RequestPlan<'_>, scope: Scope<'_>) -> Vec<Sender> {
    let response = &request.method.response;
    let row = match &request.answer {
        Some(answer) => name::ident(answer).to_string(),
        None => rust_type(&response.row, scope),
    };
    match response.rows {
        Rows::None => vec![Sender {
            docs: &["Sends the request.", "", "# Errors", "When it cannot be sent, or the provider refuses it."],
            attribute: None,
            name: "send",
            returns: "runtime::Sending<()>".to_owned(),
            body: "runtime::Sending::unit(client, self.call)",
        }],
        Rows::One(_) => vec![
            Sender {
                docs: &[
                    "Sends the request.",
                    "",
                    "# Errors",
                    "When it cannot be sent, the provider refuses it, or the answer cannot be read.",
                ],
                attribute: None,
                name: "send",
                returns: format!("runtime::Sending<{row}>"),
                body: "runtime::Sending::one(client, self.call)",
            },
            Sender {
                docs: &[
                    "Sends the request, and returns the status and headers (such as the `ETag`) with the answer.",
                    "",
                    "# Errors",
                    "When it cannot be sent, the provider refuses it, or the answer cannot be read.",
                ],
                attribute: None,
                name: "response",
                returns: format!("runtime::Sending<runtime::Response<{row}>>"),
                body: "runtime::Sending::response(client, self.call)",
            },
        ],
        Rows::Many(_) => vec![
            Sender {
                docs: &["Every row of every page. A page is asked for when its first row is."],
                attribute: Some("#[must_use = \"a listing does nothing until rows are taken from it\"]"),
                name: "stream",
                returns: format!("runtime::Rows<{row}>"),
                body: "client.rows(self.call)",
            },
            Sender {
                docs: &[
                    "Every row of every page, collected.",
                    "",
                    "# Errors",
                    "When a page cannot be asked for, the provider refuses it, or it cannot be read.",
                ],
                attribute: None,
                name: "all",
                returns: format!("runtime::Sending<::std::vec::Vec<{row}>>"),
                body: "runtime::Sending::all(client, self.call)",
            },
        ],
    }
}

/// The documentation of a request type: what it does, how it is reached, what it needs, and an example.
fn documentation(
    request: &str,
    method: &Method,
    required: &[&Argument<'_>],
    optional: &[&Argument<'_>],
    place: &Place<'_>,
    plan: &ServicePlan<'_>,
) -> Vec<String> {
    let mut lines = doc::paragraphs(&method.description);
    if lines.is_empty() {
        lines.push(format!("The method {}.", doc::code(method.name.as_str())));
    }
    let verbs: Vec<&str> = method.verbs.iter().map(|verb| verb.as_str()).collect();
    lines.push(String::new());
    lines.push(match &method.http {
        Some(http) => {
            let request_line = doc::code(&format!("{} {}", http.method, http.path));
            format!("In SQL: `{}`. On the wire: {request_line}.", verbs.join("`, `"))
        }
        None => format!(
            "In SQL: `{}`. No document says how this method travels: sending it is an error that says so.",
            verbs.join("`, `")
        ),
    });
    for (title, arguments) in [("Required", required), ("Optional", optional)] {
        if arguments.is_empty() {
            continue;
        }
        lines.extend([String::new(), format!("# {title} parameters"), String::new()]);
        for argument in arguments {
            let about = doc::first_sentence(&argument.parameter.description);
            let separator = if about.is_empty() { "" } else { ": " };
            let name = doc::code(argument.parameter.name.as_str());
            lines.push(format!("* {name}, {}{separator}{about}", argument.parameter.ty));
        }
    }
    if let Some(service) = place.service {
        lines.extend(example_lines(request, method, required, place, service, plan));
    }
    lines
}

fn example_lines(
    request: &str,
    method: &Method,
    required: &[&Argument<'_>],
    place: &Place<'_>,
    ServicePath { crate_name, path }: &ServicePath,
    plan: &ServicePlan<'_>,
) -> Vec<String> {
    let module = name::ident(place.resource);
    let values: Vec<String> = required
        .iter()
        .map(|argument| example(argument.parameter.name.as_str(), &argument.parameter.ty, plan))
        .collect();
    let call = format!("{module}::{request}::new({})", values.join(", "));
    let mut lines = vec![
        String::new(),
        "# Example".to_owned(),
        String::new(),
        "```no_run".to_owned(),
        format!("# async fn example(client: {crate_name}::Client) -> Result<(), {crate_name}::Error> {{"),
        format!("use {path}::{module};"),
        String::new(),
    ];
    match method.response.rows {
        Rows::None => lines.push(format!("{call}.send(&client).await?;")),
        Rows::One(_) => {
            lines.push(format!("let answer = {call}.send(&client).await?;"));
            lines.push("println!(\"{answer:?}\");".to_owned());
        }
        Rows::Many(_) => {
            lines.push(format!("let mut rows = {call}.stream(&client);"));
            lines.push("while let Some(row) = rows.next().await {".to_owned());
            lines.push("    println!(\"{:?}\", row?);".to_owned());
            lines.push("}".to_owned());
        }
    }
    lines.extend(["# Ok(())".to_owned(), "# }".to_owned(), "```".to_owned()]);
    lines
}
