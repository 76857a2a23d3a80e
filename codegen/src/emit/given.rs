//! The surfaces of code that was generated before → the names that it gave out.
//!
//! A name that somebody uses must not change because another thing appeared beside it. Documents alone do not say what
//! was there first; the [surface](super::surface) that lies beside the code does.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::surface::{Entry, read_line};

/// The names that services were given before: none where there is no surface.
///
/// ```
/// use bindery_codegen::emit::GivenNames;
///
/// let surface = "pets service = pets\npet resource = pet\npet::Get method new() -> () = get\n";
/// let given = GivenNames::from_surfaces([surface]);
/// assert_ne!(given, GivenNames::default());
/// assert_eq!(given, GivenNames::from_surfaces([surface, "what is no surface gives nothing"]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenNames<'t> {
    services: BTreeMap<Cow<'t, str>, GivenInService<'t>>,
}

/// The names that were given in a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GivenInService<'t> {
    module: &'t str,
    /// The module and the name of each type, by its schema.
    types: HashMap<Cow<'t, str>, (&'t str, &'t str)>,
    /// Everything else by the path of what it is in, up to the identifier, and by its name.
    scopes: HashMap<&'t str, HashMap<Cow<'t, str>, &'t str>>,
}

impl<'t> GivenNames<'t> {
    /// The names that the texts of some `surface.txt` list. A line that makes no sense gives nothing.
    pub fn from_surfaces(surfaces: impl IntoIterator<Item = &'t str>) -> Self {
        Self { services: surfaces.into_iter().filter_map(GivenInService::read).collect() }
    }

    /// What was given in a service.
    pub(crate) fn in_service(&self, name: &str) -> Option<&GivenInService<'t>> {
        self.services.get(name)
    }

    /// The module that a service was given.
    pub(crate) fn module(&self, service: &str) -> Option<&'t str> {
        self.in_service(service).map(|given| given.module)
    }
}

impl<'t> GivenInService<'t> {
    /// The name of a service, and what was given in it.
    fn read(surface: &'t str) -> Option<(Cow<'t, str>, Self)> {
        let mut given = Self::default();
        let mut service = None;
        for Entry { path, what, name } in surface.lines().filter_map(read_line) {
            match what {
                "service" => {
                    given.module = path;
                    service = Some(name);
                }
                "struct" | "enum" => {
                    if let Some(home) = path.split_once("::") {
                        given.types.insert(name, home);
                    }
                }
                "shows" => {}
                _ => {
                    let path = path.strip_suffix(')').unwrap_or(path);
                    let identifier = path.rsplit([':', '.', '(']).next().unwrap_or_default();
                    let scope = path.strip_suffix(identifier).unwrap_or_default();
                    given.scopes.entry(scope).or_default().insert(name, identifier);
                }
            }
        }
        Some((service?, given))
    }

    /// The module and the name that the type of a schema was given.
    pub(crate) fn home(&self, schema: &str) -> Option<(&'t str, &'t str)> {
        self.types.get(schema).copied()
    }

    /// What a name was given in a scope: in `""` a resource, in `backend::` a method, in `backend::Get(` a parameter, in
    /// `backend::Backend.` a field, in `types::Kind::` a value.
    pub(crate) fn identifier(&self, scope: &str, name: &str) -> Option<&'t str> {
        self.scopes.get(scope)?.get(name).copied()
    }
}
