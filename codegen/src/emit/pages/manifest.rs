//! The manifest of a page: YAML with everything that its `INSERT` methods take, to be filled in.

use bindery_ir::{Method, Parameter, Resource};
use indexmap::IndexMap;

use super::body::property;
use super::escape;
use super::examples::placeholder;
use super::markup::Tab;
use super::settle::is_required;

/// The tab that shows the manifest. Its value is none of the methods' names, which are the values beside it.
pub(super) fn tab(resource: &Resource, methods: &[&Method]) -> Tab {
    let mut value = "manifest".to_owned();
    while methods.iter().any(|method| method.name == *value) {
        value.push('_');
    }
    let yaml = escape::template_literal(&manifest(resource, methods));
    let content = format!("<CodeBlock language=\"yaml\">{{`{yaml}`}}</CodeBlock>\n");
    Tab { value, label: "Manifest".to_owned(), content }
}

/// The required parameters first, then what the methods can do without.
fn manifest(resource: &Resource, methods: &[&Method]) -> String {
    let mut properties: IndexMap<&str, &Parameter> = IndexMap::new();
    let all = || methods.iter().flat_map(|method| &*method.parameters);
    for parameter in all().filter(|parameter| is_required(parameter)).chain(all()) {
        properties.entry(property(parameter)).or_insert(parameter);
    }
    let mut yaml =
        format!("# Descriptions tell readers what to fill in\n- name: {}\n", escape::yaml(resource.id.resource()));
    yaml.push_str(if properties.is_empty() { "  props: []\n" } else { "  props:\n" });
    for (name, parameter) in properties {
        yaml.push_str(&format!("    - name: {}\n      value: \"{}\"\n", escape::yaml(name), placeholder(parameter)));
        let mark = if is_required(parameter) { "Required. " } else { "" };
        let description = format!("{mark}{} ({})", parameter.description, parameter.ty);
        yaml.push_str(&format!("      description: {}\n", quoted(description.trim())));
    }
    yaml.trim_end().to_owned()
}

/// A text in double quotes, where nothing of it can begin a line of the page.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
