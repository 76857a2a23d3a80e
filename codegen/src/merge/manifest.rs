//! The types that a page's manifests give to what an `INSERT` takes.
//!
//! Manifests are YAML by their looks and often not by its rules, so they are read line by line: `- name: x` at the
//! level of the list behind `props:`, and the `value:` of it where that is a word for a type.

use std::collections::HashMap;

use bindery_ir::Type;

use crate::docs::Page;

/// The types by name, the first that a manifest says.
pub(super) fn types(page: &Page) -> HashMap<&str, Type> {
    let mut types = HashMap::new();
    for manifest in &page.manifests {
        let mut level = None;
        let mut name = None;
        let lines = manifest.yaml.lines().skip_while(|line| line.trim() != "props:").skip(1);
        for line in lines {
            let indent = line.len() - line.trim_start().len();
            let line = line.trim();
            if let Some(found) = line.strip_prefix("- name:").filter(|_| indent <= *level.get_or_insert(indent)) {
                name = Some(found.trim());
            } else if let (Some(word), Some(at)) = (line.strip_prefix("value:"), level)
                && indent == at + "- ".len()
                && let Some(name) = name.take()
            {
                let ty = Type::from_datatype(word);
                if ty != Type::Any {
                    types.entry(name).or_insert(ty);
                }
            }
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::Manifest;

    #[test]
    fn types_are_those_of_the_outermost_properties() {
        let yaml = "# names: and what they hold\n- name: cheese\n  props:\n    - name: shop\n      value: string\n      description: a: b\n    \
                    - name: label\n      value:\n        - name: weight\n          value: integer\n    - name: weight\n      value: number\n    \
                    - name: id\n      value: \"{{ id }}\"\n";
        let manifest = Manifest { tab: "manifest".into(), yaml: yaml.into(), line: 1 };
        let page = Page { manifests: vec![manifest], ..Page::default() };
        let types = types(&page);
        assert_eq!(types.len(), 2, "{types:?}");
        assert_eq!((&types["shop"], &types["weight"]), (&Type::STRING, &Type::NUMBER));
    }
}
