//! Which old thing a new one is, when it has another name: what travels in the same way is the same.

use std::collections::HashMap;

use bindery_ir::{HttpBinding, HttpMethod, Method, PathSegment, Resource};

/// What a request says whatever its arguments: its method, its path with holes for variables, and its constant query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WireForm {
    method: HttpMethod,
    path: String,
    query: Vec<(String, String)>,
}

impl WireForm {
    /// The wire form of a method that has one.
    pub(super) fn of(method: &Method) -> Option<Self> {
        method.http.as_ref().map(Self::of_binding)
    }

    fn of_binding(http: &HttpBinding) -> Self {
        let path: Vec<&str> = http
            .segments()
            .map(|segment| match segment {
                PathSegment::Literal(text) | PathSegment::Mixed(text) => text,
                PathSegment::Variable(_) => "{}",
            })
            .collect();
        let mut query: Vec<_> = http.query.iter().map(|pair| (pair.name.to_string(), pair.value.to_string())).collect();
        query.sort();
        Self { method: http.method, path: path.join("/"), query }
    }

    /// The same without constants of the query: versions of an API are written there.
    fn without_query(mut self) -> Self {
        self.query.clear();
        self
    }
}

/// Pairs of methods, old and new: those with the same name, then those with the same request of which only one is old.
pub(super) fn pair_methods<'m>(old: &'m [Method], new: &'m [Method]) -> Vec<(Option<&'m Method>, Option<&'m Method>)> {
    let by_name: HashMap<&str, &Method> = old.iter().rev().map(|method| (method.name.as_str(), method)).collect();
    let known: HashMap<&str, &Method> = new.iter().map(|method| (method.name.as_str(), method)).collect();
    let gone = old.iter().filter(|method| !known.contains_key(method.name.as_str()));
    let mut by_form: HashMap<WireForm, Vec<&Method>> = HashMap::new();
    for method in gone.clone() {
        if let Some(form) = WireForm::of(method) {
            by_form.entry(form.without_query()).or_default().push(method);
        }
    }
    let mut pairs = Vec::new();
    let mut renamed: Vec<&str> = Vec::new();
    for method in new {
        let same_name = by_name.get(method.name.as_str()).copied();
        let before = same_name.or_else(|| {
            let twins = by_form.get_mut(&WireForm::of(method)?.without_query())?;
            // Of several with the same request, such as a listing and its raw twin, the one for the same statements.
            let position = twins.iter().position(|twin| twin.verbs == method.verbs)?;
            let before = twins.remove(position);
            renamed.push(before.name.as_str());
            Some(before)
        });
        pairs.push((before, Some(method)));
    }
    pairs.extend(gone.filter(|method| !renamed.contains(&method.name.as_str())).map(|method| (Some(method), None)));
    pairs
}

/// Of resources that are gone, those that are among the new ones under another name: all requests are the same.
pub(super) fn renamed_resources<'r>(gone: &[&'r Resource], added: &[&Resource]) -> HashMap<String, &'r Resource> {
    let forms = |resource: &Resource| -> Option<Vec<WireForm>> {
        let mut forms = resource.methods.iter().map(WireForm::of).collect::<Option<Vec<_>>>()?;
        forms.sort_by(|a, b| (a.method, &a.path, &a.query).cmp(&(b.method, &b.path, &b.query)));
        Some(forms).filter(|forms| !forms.is_empty())
    };
    let mut by_forms: HashMap<Vec<WireForm>, Vec<&'r Resource>> = HashMap::new();
    for resource in gone {
        if let Some(forms) = forms(resource) {
            by_forms.entry(forms).or_default().push(resource);
        }
    }
    let mut renamed = HashMap::new();
    for resource in added {
        let twins = forms(resource).and_then(|forms| by_forms.get_mut(&forms));
        if let Some(before) = twins.and_then(Vec::pop) {
            renamed.insert(resource.id.resource().to_owned(), before);
        }
    }
    renamed
}
