//! The page of a resource or a view, section by section.

use bindery_ir::{Fields, Resource, ResourceKind, Verb};

use super::markup::{Tab, copyable, fence, tabs};
use super::{escape, examples, front_matter, tables};
use crate::merge::view;

/// Writes the page. The resource is expected settled.
pub(super) fn page(resource: &Resource, mark: &str) -> String {
    let id = &resource.id;
    let (provider, name) = (id.provider(), id.resource());
    let front = front_matter(mark, name, &[name, id.service(), provider]);
    let mut page = front.write(provider, &format!("The {name} of {provider} {} in SQL", id.service()));
    page.push_str(concat!(
        "import CopyableCode from '@site/src/components/CopyableCode/CopyableCode';\n",
        "import CodeBlock from '@theme/CodeBlock';\n",
        "import Tabs from '@theme/Tabs';\n",
        "import TabItem from '@theme/TabItem';\n\n",
    ));
    if !resource.description.is_empty() {
        page.push_str(&format!("{}\n\n", escape::paragraph(&resource.description)));
    }
    page.push_str(&overview(resource));
    page.push_str(&format!("## Fields\n\n{}\n", fields(resource)));
    if !resource.methods.is_empty() || resource.kind == ResourceKind::Resource {
        page.push_str(&format!("## Methods\n\n{}\n", tables::methods(resource)));
    }
    if resource.methods.iter().any(|method| !method.parameters.is_empty()) {
        page.push_str(&format!("## Parameters\n\n{}\n", tables::parameters(resource)));
    }
    if !resource.views.is_empty() {
        page.push_str(&format!("## SQL Definition\n\n{}\n", definitions(resource)));
    }
    for verb in Verb::ALL {
        if let Some(section) = examples::section(resource, verb) {
            page.push_str(&section);
            page.push('\n');
        }
    }
    let length = page.trim_end().len();
    page.truncate(length);
    page.push('\n');
    page
}

fn overview(resource: &Resource) -> String {
    let kind = match resource.kind {
        ResourceKind::Resource => "Resource",
        ResourceKind::View => "View",
    };
    let rows =
        [("Name", copyable(resource.id.resource())), ("Type", kind.to_owned()), ("Id", copyable(resource.id.as_str()))];
    let rows: Vec<String> =
        rows.iter().map(|(name, value)| format!("<tr><td><b>{name}</b></td><td>{value}</td></tr>\n")).collect();
    format!("## Overview\n<table><tbody>\n{}</tbody></table>\n\n", rows.concat())
}

/// A tab for each method that reads; one table where nothing does; a sentence where there are no fields to show.
fn fields(resource: &Resource) -> String {
    let columns = match &resource.fields {
        Fields::NotSelectable => {
            return "`SELECT` not supported for this resource, see [Methods](#methods) for what is.\n".to_owned();
        }
        Fields::Unknown => return String::new(),
        Fields::Known(columns) => columns,
    };
    let reading: Vec<Tab> = (resource.methods.iter())
        .filter(|method| method.verbs.contains(&Verb::Select))
        .map(|method| Tab::named(method.name.as_str(), tables::columns(&method.response.columns)))
        .collect();
    if !reading.is_empty() {
        return format!("What a row holds, by the method that reads it:\n\n{}", tabs(&reading));
    }
    let defined = resource.views.first().and_then(|view| view::columns(&view.ddl));
    if defined.is_some_and(|defined| defined == *columns) {
        "The columns are those of the [definition](#sql-definition).\n".to_owned()
    } else {
        tables::columns(columns)
    }
}

/// The definitions of a view, by SQL dialect.
fn definitions(resource: &Resource) -> String {
    let shown: Vec<Tab> = (resource.views.iter())
        .map(|view| {
            let mut letters = view.dialect.chars();
            let name = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
            Tab { value: name, label: view.dialect.to_string(), content: fence("sql", &view.ddl) }
        })
        .map(|tab| Tab { label: tab.value.clone(), ..tab })
        .collect();
    match shown.as_slice() {
        // A definition for every SQL dialect is no choice.
        [only] if only.value.is_empty() => only.content.clone(),
        several => tabs(several),
    }
}
