//! Which methods of a provider are wanted: patterns → the same provider with less in it, and with everything that
//! the rest needs.
//!
//! A pattern names a service, a resource or a method: `compute`, `compute/virtual_machines`, `*/operations/list`. `*`
//! stands for any letters of one name; what lies below a match matches too.
//!
//! | code | what it says | what is done |
//! |---|---|---|
//! | `selection/no-match` | a pattern of `bindery.toml` matches nothing | it selects nothing |

use std::collections::BTreeSet;
use std::fmt;

use bindery_ir::{
    List, Method, Origin, Provider, Resource, ResourceId, Schema, SchemaName, SchemaShape, Service, Type,
};
use glob::{Pattern, PatternError};
use serde::Deserialize;

use crate::Diagnostic;

/// What is wanted of a provider. By default everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    include: Vec<PathPattern>,
    exclude: Vec<PathPattern>,
}

/// A pattern for `service/resource/method`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PathPattern {
    text: String,
    parts: Vec<Pattern>,
}

impl PathPattern {
    fn new(text: &str) -> Result<Self, PatternError> {
        let parts = text.split('/').map(Pattern::new).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }

    fn matches(&self, path: [&str; 3]) -> bool {
        self.parts.len() <= path.len() && self.parts.iter().zip(path).all(|(part, name)| part.matches(name))
    }

    /// Whether it stands for a method of a resource.
    pub(crate) fn matches_method(&self, resource: &ResourceId, method: &Method) -> bool {
        self.matches([resource.service(), resource.resource(), method.name.as_str()])
    }
}

impl TryFrom<String> for PathPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        Self::new(&text)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selection {
    /// What one of the patterns of `include` matches, or everything when there are none, but for what one of
    /// `exclude` matches.
    ///
    /// # Errors
    /// When one of them is no pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, PatternError> {
        let patterns = |texts: &[String]| -> Result<Vec<PathPattern>, PatternError> {
            texts.iter().map(|text| PathPattern::new(text)).collect()
        };
        Ok(Self { include: patterns(include)?, exclude: patterns(exclude)? })
    }

    /// Whether everything is wanted.
    pub fn is_everything(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Leaves in a provider what is wanted, with the types and the resources that it needs.
    pub fn apply(&self, provider: &mut Provider) -> Vec<Diagnostic> {
        if self.is_everything() {
            return Vec::new();
        }
        let findings = self.patterns_without_match(provider);
        let needed = self.resources_of_views(provider);
        for service in provider.services.to_mut() {
            self.cut(service, &needed);
        }
        provider.services.to_mut().retain(|service| !service.resources.is_empty());
        findings
    }

    fn wants(&self, path: [&str; 3]) -> bool {
        let any = |patterns: &[PathPattern]| patterns.iter().any(|pattern| pattern.matches(path));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }

    fn cut(&self, service: &mut Service, needed: &BTreeSet<String>) {
        let before: usize = methods_of(service).count();
        let mut resources = std::mem::take(&mut service.resources);
        for resource in resources.to_mut() {
            if needed.contains(resource.id.as_str()) {
                continue;
            }
            let id = resource.id.clone();
            let wants = |method: &Method| self.wants([id.service(), id.resource(), method.name.as_str()]);
            if resource.methods.iter().any(|method| !wants(method)) {
                resource.methods.to_mut().retain(wants);
            }
        }
        resources.to_mut().retain(|resource| {
            let is_wanted = || self.wants([resource.id.service(), resource.id.resource(), ""]);
            !resource.methods.is_empty() || needed.contains(resource.id.as_str()) || is_wanted() && has_views(resource)
        });
        service.resources = resources;
        if methods_of(service).count() < before {
            service.schemas = reachable_schemas(service);
        }
    }

    /// The resources that wanted views select from.
    fn resources_of_views(&self, provider: &Provider) -> BTreeSet<String> {
        let is_wanted = |resource: &&Resource| self.wants([resource.id.service(), resource.id.resource(), ""]);
        let views: Vec<&Resource> =
            provider.resources().filter(|resource| has_views(resource)).filter(is_wanted).collect();
        let selects_from = |view: &Resource, id: &str| view.views.iter().any(|view| view.ddl.contains(id));
        let needed = provider.resources().filter(|resource| {
            views.iter().any(|view| view.id != resource.id && selects_from(view, resource.id.as_str()))
        });
        needed.map(|resource| resource.id.to_string()).collect()
    }

    fn patterns_without_match(&self, provider: &Provider) -> Vec<Diagnostic> {
        let patterns = self.include.iter().chain(&self.exclude);
        let lost = patterns.filter(|pattern| {
            !provider.resources().any(|resource| {
                let (service, name) = (resource.id.service(), resource.id.resource());
                let of_method = |method: &Method| pattern.matches([service, name, method.name.as_str()]);
                pattern.matches([service, name, ""]) || resource.methods.iter().any(of_method)
            })
        });
        let finding = |pattern: &PathPattern| {
            let message = format!("the pattern `{}` matches nothing in `{}`", pattern.text, provider.name);
            Diagnostic::error("selection/no-match", Origin::line("bindery.toml", 0), message)
                .with_hint("correct it, or take it out")
        };
        lost.map(finding).collect()
    }
}

fn methods_of(service: &Service) -> impl Iterator<Item = &Method> {
    service.resources.iter().flat_map(|resource| resource.methods.iter())
}

fn has_views(resource: &Resource) -> bool {
    !resource.views.is_empty()
}

/// The schemas that the methods of a service are made of, in their order.
fn reachable_schemas(service: &Service) -> List<Schema> {
    let types = methods_of(service).flat_map(|method| {
        let parameters = method.parameters.iter().map(|parameter| &parameter.ty);
        let columns = method.response.columns.iter().map(|column| &column.ty);
        parameters.chain(columns).chain(method.response.types())
    });
    let mut open: Vec<SchemaName> = types.filter_map(Type::schema).cloned().collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(SchemaShape::Struct(fields)) = service.schema(&name).map(|schema| &schema.shape)
            && !reached.contains(&name)
        {
            open.extend(fields.iter().filter_map(|field| field.ty.schema().cloned()));
        }
        reached.insert(name);
    }
    service.schemas.iter().filter(|schema| reached.contains(&schema.name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use bindery_ir::{Access, Boxed, Field, JsonPath, Rows, SqlName, WireName};

    use super::*;

    fn patterns(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// Two services of two resources of two methods; each answers with a struct of its own that holds another.
    fn shop() -> Result<Provider, Box<dyn std::error::Error>> {
        let mut services = Vec::new();
        for name in ["counter", "cellar"] {
            let mut service = Service::new(name.into());
            let (mut resources, mut schemas) = (Vec::new(), Vec::new());
            for resource in ["cheese", "wine"] {
                let mut read = Resource::new(format!("shop.{name}.{resource}").parse()?);
                for method in ["get", "list"] {
                    let (row, part) = (format!("{resource}_{method}"), format!("{resource}_{method}_part"));
                    let mut method = Method::new(read.id.clone(), SqlName::from(method));
                    method.response.rows = Rows::One(JsonPath::ROOT);
                    method.response.row = Type::Object(SchemaName::from(row.clone()));
                    read.methods.to_mut().push(method);
                    let field = Field {
                        name: WireName::new("parts"),
                        ty: Type::Array(Boxed::new(Type::Object(SchemaName::from(part.clone())))),
                        access: Access::ReadWrite,
                        description: "".into(),
                    };
                    schemas.extend([schema(row, vec![field]), schema(part, Vec::new())]);
                }
                resources.push(read);
            }
            (service.resources, service.schemas) = (resources.into(), schemas.into());
            services.push(service);
        }
        let mut shop = Provider::new("shop".into());
        shop.services = services.into();
        Ok(shop)
    }

    fn schema(name: String, fields: Vec<Field>) -> Schema {
        let shape = SchemaShape::Struct(fields.into());
        Schema { name: SchemaName::from(name), description: "".into(), shape, origin: Origin::UNKNOWN }
    }

    fn left(include: &[&str], exclude: &[&str]) -> (Vec<String>, usize, Vec<String>) {
        let (Ok(mut shop), Ok(selection)) = (shop(), Selection::new(&patterns(include), &patterns(exclude))) else {
            return Default::default();
        };
        let findings = selection.apply(&mut shop);
        let methods = shop.resources().flat_map(|resource| resource.methods.iter()).map(Method::path).collect();
        let schemas = shop.services.iter().map(|service| service.schemas.len()).sum();
        (methods, schemas, findings.into_iter().map(|finding| finding.message).collect())
    }

    #[test]
    fn what_is_wanted_stays_with_the_types_it_needs() {
        let everything = left(&[], &[]);
        assert_eq!((everything.0.len(), everything.1), (8, 16));
        let (methods, schemas, _) = left(&["counter/cheese"], &[]);
        assert_eq!(
            (methods.as_slice(), schemas),
            (["shop.counter.cheese.get", "shop.counter.cheese.list"].map(str::to_owned).as_slice(), 4)
        );
        let (methods, schemas, _) = left(&["*/w*"], &["*/*/list"]);
        assert_eq!(
            (methods.as_slice(), schemas),
            (["shop.counter.wine.get", "shop.cellar.wine.get"].map(str::to_owned).as_slice(), 4)
        );
        assert_eq!(left(&[], &["cellar"]).1, 8);
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error() {
        assert_eq!(
            left(&["counter", "celler"], &["*/*/del*"]).2,
            ["the pattern `celler` matches nothing in `shop`", "the pattern `*/*/del*` matches nothing in `shop`"]
        );
        assert!(Selection::new(&patterns(&["a[/b"]), &[]).is_err());
    }
}
