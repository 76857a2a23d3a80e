//! The index pages: the resources of a service, the services of a provider.

use bindery_ir::{AuthScheme, Location, Provider, Service};
use indexmap::IndexMap;

use super::markup::copyable;
use super::{escape, front_matter};

/// Writes the page of a service.
pub(super) fn of_service(service: &Service, provider: &str, mark: &str) -> String {
    let name = service.name.as_str();
    let mut page = front_matter(mark, name, &[name, provider]).write(provider, &format!("{provider} {name} in SQL"));
    page.push_str(&introduction(&service.description));
    page.push_str(&summary("Service", &[("resources", service.resources.len())]));
    let links: Vec<(String, &str)> = (service.resources.iter())
        .map(|resource| (format!("/services/{name}/{}/", resource.id.resource()), resource.id.resource()))
        .collect();
    page.push_str(&format!("## Resources\n{}", columns(&links)));
    page
}

/// Writes the page of a provider.
pub(super) fn of_provider(provider: &Provider, mark: &str) -> String {
    let name = provider.name.as_str();
    let mut front = front_matter(mark, name, &[name]);
    front.id = Some("provider-intro");
    let mut page = front.write(name, &format!("{name} in SQL"));
    page.push_str("import CopyableCode from '@site/src/components/CopyableCode/CopyableCode';\n\n");
    page.push_str(&introduction(&provider.description));
    let totals = [("services", provider.services.len()), ("resources", provider.resources().count())];
    page.push_str(&summary("Provider", &totals));
    page.push_str(&authentication(provider));
    page.push_str(&server_parameters(provider));
    let links: Vec<(String, &str)> = (provider.services.iter())
        .map(|service| (format!("/services/{}/", service.name), service.name.as_str()))
        .collect();
    page.push_str(&format!("## Services\n{}", columns(&links)));
    page
}

fn introduction(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!("{}\n\n", escape::paragraph(description)) }
}

fn summary(what: &str, totals: &[(&str, usize)]) -> String {
    let totals: Vec<String> = totals.iter().map(|(what, count)| format!("total {what}: __{count}__  \n")).collect();
    format!(":::info[{what} Summary]\n\n{}\n:::\n\n", totals.concat())
}

/// The links, in two columns of which the first has the odd one.
fn columns(links: &[(String, &str)]) -> String {
    let half = links.len().div_ceil(2);
    let mut text = "<div class=\"row\">\n".to_owned();
    for column in [links.get(..half), links.get(half..)].into_iter().flatten() {
        text.push_str("<div class=\"providerDocColumn\">\n");
        for (href, name) in column {
            text.push_str(&format!("<a href=\"{}\">{}</a><br />\n", escape::attribute(href), escape::code(name)));
        }
        text.push_str("</div>\n");
    }
    text.push_str("</div>\n");
    text
}

fn authentication(provider: &Provider) -> String {
    let Some(variable) = &provider.auth.variable else { return String::new() };
    let place = match &provider.auth.scheme {
        AuthScheme::None => String::new(),
        AuthScheme::Header { name, .. } => format!(" - sent in the header {}", escape::inline(name)),
        AuthScheme::Query { name, .. } => format!(" - sent in the query as {}", escape::inline(name)),
        AuthScheme::Other(scheme) => format!(" - used by the scheme {}", escape::inline(scheme)),
    };
    let variable = copyable(variable);
    format!("## Authentication\n\nThe secret is taken from an environment variable:\n\n- {variable}{place}\n\n")
}

/// The variables of the servers' addresses, which every statement has to give.
fn server_parameters(provider: &Provider) -> String {
    let mut parameters: IndexMap<&str, &str> = IndexMap::new();
    let methods = provider.resources().flat_map(|resource| &*resource.methods);
    for parameter in methods.flat_map(|method| &*method.parameters) {
        if parameter.location == Location::Server {
            parameters.entry(parameter.name.as_str()).or_insert(&parameter.description);
        }
    }
    if parameters.is_empty() {
        return String::new();
    }
    let items: Vec<String> = (parameters.iter())
        .map(|(name, description)| {
            let about =
                if description.is_empty() { String::new() } else { format!(" - {}", escape::inline(description)) };
            format!("- {}{about}\n", copyable(name))
        })
        .collect();
    format!("## Server Parameters\n\nThe address of the server depends on:\n\n{}\n", items.concat())
}
