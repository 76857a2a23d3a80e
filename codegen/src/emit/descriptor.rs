//! The model → constants that build the same model.
//!
//! What is emitted here and what is loaded at run time are the same values, places in the source excepted.

use std::fmt::Debug;

use bindery_ir::{
    Auth, AuthScheme, Body, Column, ErrorShape, Fields, HttpBinding, JsonPath, Method, NextPage, PagePointer,
    Pagination, PaginationReason, Parameter, Presence, Resource, Response, Rows, Server, Text, TokenSlot, Type, View,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The descriptor of a resource whose methods stand in the static `METHODS`.
pub(crate) fn resource(resource: &Resource) -> TokenStream {
    let id = resource.id.as_str();
    let title = text(&resource.title);
    let description = text(&resource.description);
    let kind = variant(&resource.kind);
    let fields = match &resource.fields {
        Fields::Unknown => quote!(ir::Fields::Unknown),
        Fields::NotSelectable => quote!(ir::Fields::NotSelectable),
        Fields::Known(columns) => {
            let columns = list(columns.iter().map(column));
            quote!(ir::Fields::Known(#columns))
        }
    };
    let views = list(resource.views.iter().map(view));
    quote! {
        ir::Resource {
            id: ir::ResourceId::new(#id),
            title: #title,
            description: #description,
            kind: ir::ResourceKind::#kind,
            fields: #fields,
            methods: ir::List::Static(&METHODS),
            views: #views,
            origin: ir::Origin::UNKNOWN,
        }
    }
}

/// The descriptor of a method.
pub(crate) fn method(method: &Method) -> TokenStream {
    let resource = method.resource.as_str();
    let name = method.name.as_str();
    let verbs = list(method.verbs.iter().map(|verb| {
        let verb = variant(verb);
        quote!(ir::Verb::#verb)
    }));
    let description = text(&method.description);
    let parameters = list(method.parameters.iter().map(parameter));
    let http = option(method.http.as_ref(), http);
    let response = response(&method.response);
    quote! {
        ir::Method {
            resource: ir::ResourceId::new(#resource),
            name: ir::SqlName::new(#name),
            verbs: #verbs,
            description: #description,
            parameters: #parameters,
            http: #http,
            response: #response,
            origin: ir::Origin::UNKNOWN,
        }
    }
}

/// How a provider authenticates its callers.
pub(crate) fn auth(auth: &Auth) -> TokenStream {
    let scheme = match &auth.scheme {
        AuthScheme::None => quote!(None),
        AuthScheme::Header { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Header { name: #name, prefix: #prefix })
        }
        AuthScheme::Query { name, prefix } => {
            let (name, prefix) = (text(name), text(prefix));
            quote!(Query { name: #name, prefix: #prefix })
        }
        AuthScheme::Other(kind) => {
            let kind = text(kind);
            quote!(Other(#kind))
        }
    };
    let variable = option(auth.variable.as_ref(), |variable| text(variable));
    quote!(ir::Auth { scheme: ir::AuthScheme::#scheme, variable: #variable })
}

fn parameter(parameter: &Parameter) -> TokenStream {
    let name = parameter.name.as_str();
    let location = variant(&parameter.location);
    let ty = type_of(&parameter.ty);
    let on_wire = (parameter.wire_name.as_str() != name).then(|| {
        let wire_name = parameter.wire_name.as_str();
        quote!(.on_wire(#wire_name))
    });
    let presence = match &parameter.presence {
        Presence::Required => quote!(.needed()),
        Presence::Optional => quote!(),
        Presence::Default(value) => quote!(.otherwise(#value)),
    };
    let style = (!parameter.style.is_plain()).then(|| {
        let style = variant(&parameter.style);
        quote!(.styled(ir::Style::#style))
    });
    let about = about(&parameter.description);
    quote!(ir::Parameter::constant(#name, ir::Location::#location, #ty) #on_wire #presence #style #about)
}

fn column(column: &Column) -> TokenStream {
    let name = column.name.as_str();
    let ty = type_of(&column.ty);
    let on_wire = (column.wire_name.as_str() != name).then(|| {
        let wire_name = column.wire_name.as_str();
        quote!(.on_wire(#wire_name))
    });
    let about = about(&column.description);
    quote!(ir::Column::constant(#name, #ty) #on_wire #about)
}

fn about(description: &str) -> TokenStream {
    if description.is_empty() { TokenStream::new() } else { quote!(.about(#description)) }
}

fn type_of(ty: &Type) -> TokenStream {
    let formatted = |word: &str, format: &Option<Text>| match format {
        None => {
            let constant = format_ident!("{}", word.to_uppercase());
            quote!(ir::Type::#constant)
        }
        Some(format) => {
            let variant = format_ident!("{word}");
            let format = text(format);
            quote!(ir::Type::#variant(::std::option::Option::Some(#format)))
        }
    };
    match ty {
        Type::Any => quote!(ir::Type::Any),
        Type::Boolean => quote!(ir::Type::Boolean),
        Type::Integer(format) => formatted("Integer", format),
        Type::Number(format) => formatted("Number", format),
        Type::String(format) => formatted("String", format),
        Type::Array(item) => {
            let item = type_of(item);
            quote!(ir::Type::Array(ir::Boxed::Static(const { &#item })))
        }
        Type::Map(value) if **value == Type::Any => quote!(ir::Type::FREE_OBJECT),
        Type::Map(value) => {
            let value = type_of(value);
            quote!(ir::Type::Map(ir::Boxed::Static(const { &#value })))
        }
        Type::Object(schema) => {
            let schema = schema.as_str();
            quote!(ir::Type::Object(ir::SchemaName::new(#schema)))
        }
        Type::Enum(schema) => {
            let schema = schema.as_str();
            quote!(ir::Type::Enum(ir::SchemaName::new(#schema)))
        }
    }
}

fn http(http: &HttpBinding) -> TokenStream {
    let method = variant(&http.method);
    let servers = list(http.servers.iter().map(server));
    let path = text(&http.path);
    let query = list(http.query.iter().map(|pair| {
        let (name, value) = (pair.name.as_ref(), pair.value.as_ref());
        quote!(ir::QueryPair::constant(#name, #value))
    }));
    let body = option(http.body.as_ref(), body);
    quote! {
        ir::HttpBinding {
            method: ir::HttpMethod::#method,
            servers: #servers,
            path: #path,
            query: #query,
            body: #body,
        }
    }
}

fn server(server: &Server) -> TokenStream {
    let url = server.url.as_ref();
    if server.variables.is_empty() {
        return quote!(ir::Server::constant(#url));
    }
    let variables = list(server.variables.iter().map(|variable| {
        let name = text(&variable.name);
        let default = option(variable.default.as_ref(), |default| text(default));
        let values = list(variable.values.iter().map(|value| text(value)));
        let description = text(&variable.description);
        quote!(ir::ServerVariable { name: #name, default: #default, values: #values, description: #description })
    }));
    let url = text(url);
    quote!(ir::Server { url: #url, variables: #variables })
}

fn body(body: &Body) -> TokenStream {
    let media_type = text(&body.media_type);
    let content = variant(&body.content);
    let required = body.required;
    quote!(ir::Body { media_type: #media_type, content: ir::BodyContent::#content, required: #required })
}

fn response(response: &Response) -> TokenStream {
    if *response == Response::UNKNOWN {
        return quote!(ir::Response::UNKNOWN);
    }
    let status = option(response.status.as_ref(), |status| quote!(#status));
    let media_type = text(&response.media_type);
    let rows = match &response.rows {
        Rows::None => quote!(None),
        Rows::One(path) => {
            let path = json_path(path);
            quote!(One(#path))
        }
        Rows::Many(path) => {
            let path = json_path(path);
            quote!(Many(#path))
        }
    };
    let row = type_of(&response.row);
    let columns = list(response.columns.iter().map(column));
    let pagination = option(response.pagination.as_ref(), pagination);
    let error = option(response.error.as_ref(), error_shape);
    quote! {
        ir::Response {
            status: #status,
            media_type: #media_type,
            rows: ir::Rows::#rows,
            row: #row,
            columns: #columns,
            pagination: #pagination,
            error: #error,
        }
    }
}

fn pagination(pagination: &Pagination) -> TokenStream {
    let next = match &pagination.next {
        NextPage::Url(from) => {
            let from = page_pointer(from);
            quote!(Url(#from))
        }
        NextPage::Token { from, to } => {
            let from = page_pointer(from);
            let to = match to {
                TokenSlot::Query(name) => {
                    let name = name.as_str();
                    quote!(Query(ir::WireName::new(#name)))
                }
                TokenSlot::Body(name) => {
                    let name = name.as_str();
                    quote!(Body(ir::WireName::new(#name)))
                }
            };
            quote!(Token { from: #from, to: ir::TokenSlot::#to })
        }
    };
    let reason = match &pagination.reason {
        PaginationReason::Declared => quote!(Declared),
        PaginationReason::Inferred(reason) => {
            let reason = text(reason);
            quote!(Inferred(#reason))
        }
    };
    quote!(ir::Pagination { next: ir::NextPage::#next, reason: ir::PaginationReason::#reason })
}

fn page_pointer(pointer: &PagePointer) -> TokenStream {
    match pointer {
        PagePointer::Body(path) => {
            let path = json_path(path);
            quote!(ir::PagePointer::Body(#path))
        }
        PagePointer::Header(name) => {
            let name = text(name);
            quote!(ir::PagePointer::Header(#name))
        }
    }
}

fn error_shape(error: &ErrorShape) -> TokenStream {
    let code = option(error.code.as_ref(), json_path);
    let message = option(error.message.as_ref(), json_path);
    quote!(ir::ErrorShape { code: #code, message: #message })
}

fn json_path(path: &JsonPath) -> TokenStream {
    if path.keys().is_empty() {
        return quote!(ir::JsonPath::ROOT);
    }
    let keys = list(path.keys().iter().map(|key| text(key)));
    quote!(ir::JsonPath(#keys))
}

fn view(view: &View) -> TokenStream {
    let dialect = text(&view.dialect);
    let required = list(view.required.iter().map(|name| {
        let name = name.as_str();
        quote!(ir::SqlName::new(#name))
    }));
    let ddl = text(&view.ddl);
    quote!(ir::View { dialect: #dialect, required: #required, ddl: #ddl })
}

/// The name of an enum's variant without fields.
fn variant(value: &impl Debug) -> Ident {
    format_ident!("{}", format!("{value:?}"))
}

fn text(text: &str) -> TokenStream {
    quote!(ir::text(#text))
}

fn list(items: impl Iterator<Item = TokenStream>) -> TokenStream {
    let items: Vec<TokenStream> = items.collect();
    if items.is_empty() { quote!(ir::List::EMPTY) } else { quote!(ir::List::Static(&[#(#items),*])) }
}

fn option<T>(value: Option<&T>, emit: impl Fn(&T) -> TokenStream) -> TokenStream {
    if let Some(value) = value.map(emit) {
        quote!(::std::option::Option::Some(#value))
    } else {
        quote!(::std::option::Option::None)
    }
}
