//! A method → its request type: arguments in, a typed result out.

use bindery_ir::{Location, Method, Parameter, Presence, Rows, Type};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::name::{self, Case, Reserved, Wish};
use super::plan::ServicePlan;
use super::rust_type::{Scope, argument, example, rust_type};
use super::types::doc_attributes;
use super::{doc, sql};

/// What a request type has besides its setters.
const OWN_FUNCTIONS: [&str; 6] = ["new", "send", "response", "stream", "all", "into_call"];

/// Where a request type is found by its users.
pub(crate) struct Place<'a> {
    /// The crate; `None` for code that is included into somebody else's crate, where examples have no path to
    /// write.
    pub(crate) crate_name: Option<&'a str>,
    /// The modules of service and resource.
    pub(crate) service: &'a str,
    pub(crate) resource: &'a str,
}

/// Emits the request type of a method. `index` is the method's place in its resource.
pub(crate) fn emit(
    request: &str,
    method: &Method,
    index: usize,
    place: &Place<'_>,
    plan: &ServicePlan<'_>,
) -> TokenStream {
    let ident = name::ident(request);
    let arguments = arguments(method);
    let (required, optional): (Vec<&Argument<'_>>, Vec<&Argument<'_>>) =
        arguments.iter().partition(|argument| argument.parameter.presence == Presence::Required);

    let scope = Scope { plan, module: place.resource };
    let docs = doc_attributes(&documentation(request, method, &required, &optional, place, plan));
    let statement = sql::statement(method);
    let index = Literal::usize_unsuffixed(index);

    let names = required.iter().map(|argument| &argument.ident);
    let types = required.iter().map(|argument| self::argument(&argument.parameter.ty, scope).0);
    let bound = required.iter().map(|argument| with(argument));
    let setters = optional.iter().map(|argument| setter(argument, scope));
    let results = results(method, scope);
    let default = required.is_empty().then(|| {
        quote! {
            impl ::std::default::Default for #ident {
                #[inline]
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });

    quote! {
        #docs
        #[derive(Clone, Debug)]
        #[must_use = "a request does nothing until it is sent"]
        pub struct #ident {
            call: runtime::Call<'static>,
        }

        impl #ident {
            /// The method, as the SQL statement that calls it.
            pub const SQL: &'static str = #statement;
            /// What the method is called, needs and answers with.
            pub const METHOD: ir::EmbeddedMethod = ir::EmbeddedMethod::new(&RESOURCE, #index);

            /// The request with everything it needs.
            #[inline]
            pub fn new(#(#names: #types),*) -> Self {
                Self { call: runtime::Call::new(Self::METHOD.get()) #(#bound)* }
            }

            #(#setters)*

            #results

            /// The call behind the request, for everything that has no typed form.
            #[inline]
            pub fn into_call(self) -> runtime::Call<'static> {
                self.call
            }
        }

        #default
    }
}

/// A parameter with the identifier of its argument and setter.
struct Argument<'a> {
    parameter: &'a Parameter,
    ident: Ident,
}

/// The parameters that a typed call can give: all but those that nothing can send.
fn arguments(method: &Method) -> Vec<Argument<'_>> {
    let sendable: Vec<&Parameter> = (method.parameters.iter())
        .filter(|parameter| method.http.is_none() || parameter.location != Location::Unknown)
        .collect();
    // Documentation marks a property of the body; Rust need not, unless a parameter has the same name.
    let wishes: Vec<Wish<'_>> = (sendable.iter())
        .map(|parameter| {
            let name = parameter.name.as_str();
            let bare = name.strip_prefix("data__").filter(|_| parameter.location == Location::Body);
            Wish { name, preferred: bare.unwrap_or(name) }
        })
        .collect();
    let reserved = Reserved { identifiers: &OWN_FUNCTIONS, suffix: "_" };
    let identifiers = name::assign(&wishes, Case::Snake, reserved);
    let arguments = sendable.into_iter().zip(identifiers);
    arguments.map(|(parameter, identifier)| Argument { parameter, ident: name::ident(&identifier) }).collect()
}

/// Binds an argument: text as text, everything else as JSON.
fn with(argument: &Argument<'_>) -> TokenStream {
    let name = argument.parameter.name.as_str();
    let ident = &argument.ident;
    match argument.parameter.ty {
        Type::String(_) => quote!(.text(#name, #ident)),
        Type::Number(_) => quote!(.json::<json::Number>(#name, &#ident.into())),
        _ => quote!(.json(#name, &#ident)),
    }
}

fn setter(argument: &Argument<'_>, scope: Scope<'_>) -> TokenStream {
    let Argument { parameter, ident } = argument;
    let mut lines = doc::paragraphs(&parameter.description);
    let mut note = format!("Optional; {}.", place_of(parameter));
    if let Presence::Default(value) = &parameter.presence {
        note = format!("Optional; {}, {} when it is not set.", place_of(parameter), doc::code(value));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(note);
    let docs = doc_attributes(&lines);
    let ty = self::argument(&parameter.ty, scope).0;
    let bound = with(argument);
    quote! {
        #docs
        #[inline]
        pub fn #ident(self, #ident: #ty) -> Self {
            Self { call: self.call #bound }
        }
    }
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

/// The functions that send the request.
fn results(method: &Method, scope: Scope<'_>) -> TokenStream {
    let row = rust_type(&method.response.row, scope);
    match method.response.rows {
        Rows::None => quote! {
            /// Sends the request.
            ///
            /// # Errors
            /// When it cannot be sent, or the provider refuses it.
            pub fn send(self, client: &runtime::Client) -> runtime::Sending<()> {
                runtime::Sending::unit(client, self.call)
            }
        },
        Rows::One(_) => quote! {
            /// Sends the request.
            ///
            /// # Errors
            /// When it cannot be sent, the provider refuses it, or the answer cannot be read.
            pub fn send(self, client: &runtime::Client) -> runtime::Sending<#row> {
                runtime::Sending::one(client, self.call)
            }

            /// Sends the request, and returns the status and headers (such as the `ETag`) with the answer.
            ///
            /// # Errors
            /// When it cannot be sent, the provider refuses it, or the answer cannot be read.
            pub fn response(self, client: &runtime::Client) -> runtime::Sending<runtime::Response<#row>> {
                runtime::Sending::response(client, self.call)
            }
        },
        Rows::Many(_) => quote! {
            /// Every row of every page. A page is asked for when its first row is.
            #[must_use = "a listing does nothing until rows are taken from it"]
            pub fn stream(self, client: &runtime::Client) -> runtime::Rows<#row> {
                client.rows(self.call)
            }

            /// Every row of every page, collected.
            ///
            /// # Errors
            /// When a page cannot be asked for, the provider refuses it, or it cannot be read.
            pub fn all(self, client: &runtime::Client) -> runtime::Sending<::std::vec::Vec<#row>> {
                runtime::Sending::all(client, self.call)
            }
        },
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
    if let Some(crate_name) = place.crate_name {
        lines.extend(example_lines(request, method, required, place, crate_name, plan));
    }
    lines
}

fn example_lines(
    request: &str,
    method: &Method,
    required: &[&Argument<'_>],
    place: &Place<'_>,
    crate_name: &str,
    plan: &ServicePlan<'_>,
) -> Vec<String> {
    let module = name::ident(place.resource).to_string();
    let service = name::ident(place.service).to_string();
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
        format!("use {crate_name}::{service}::{module};"),
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
