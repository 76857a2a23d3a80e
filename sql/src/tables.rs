//! The providers of an engine and their tables, loaded when a statement first names them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bindery_ir::{Catalog, Outline, Provider, Resource, Service};
use bindery_runtime::Client;

use crate::error::{Error, nearest};
use crate::table::Table;

/// Where an engine finds what a provider can do. A service is asked for when a statement first names it.
pub trait Definitions: Send + Sync {
    /// The name of the provider, which is known before anything is read.
    fn name(&self) -> &str {
        self.provider().name.as_str()
    }

    /// The provider. Its services need not be in it.
    fn provider(&self) -> &Provider;

    /// The names of its services.
    fn services(&self) -> Vec<String>;

    /// A service; `None` when there is none of that name.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    fn service(&self, name: &str) -> Result<Option<Service>, Unreadable>;

    /// The same service, of which a resource is read when it is named, where that is less work than to read them all.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    fn resources(&self, service: &str) -> Result<Option<Box<dyn Resources>>, Unreadable> {
        Ok(self.service(service)?.map(|service| Box::new(service) as Box<dyn Resources>))
    }
}

/// Why definitions cannot be read.
pub type Unreadable = Box<dyn std::error::Error + Send + Sync>;

/// A service, of which a resource is read when it is named.
pub trait Resources: Send + Sync {
    /// The names of its resources, in the order of the documents.
    fn names(&self) -> Vec<String>;

    /// A resource; `None` when there is none of that name.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    fn resource(&self, name: &str) -> Result<Option<Resource>, Unreadable>;

    /// The service with all its resources.
    ///
    /// # Errors
    /// When it cannot be read.
    fn whole(&self) -> Result<Service, Unreadable>;
}

impl Resources for Service {
    fn names(&self) -> Vec<String> {
        self.resources.iter().map(|resource| resource.id.resource().to_owned()).collect()
    }

    fn resource(&self, name: &str) -> Result<Option<Resource>, Unreadable> {
        Ok(self.resources.iter().find(|resource| resource.id.resource() == name).cloned())
    }

    fn whole(&self) -> Result<Service, Unreadable> {
        Ok(self.clone())
    }
}

impl Definitions for Provider {
    fn provider(&self) -> &Provider {
        self
    }

    fn services(&self) -> Vec<String> {
        self.services.iter().map(|service| service.name.to_string()).collect()
    }

    fn service(&self, name: &str) -> Result<Option<Service>, Unreadable> {
        Ok(Provider::service(self, name).cloned())
    }
}

/// A provider of a catalog.
#[derive(Clone, Debug)]
pub struct OfCatalog {
    catalog: Arc<Catalog>,
    provider: Provider,
}

impl OfCatalog {
    /// The provider of that name; `None` when the catalog has none.
    pub fn new(catalog: &Arc<Catalog>, provider: &str) -> Option<Self> {
        let provider = catalog.providers().find(|known| known.name == *provider)?.clone();
        Some(Self { catalog: Arc::clone(catalog), provider })
    }
}

/// A service of a catalog.
struct ServiceOfCatalog {
    catalog: Arc<Catalog>,
    provider: String,
    name: String,
    outline: Outline,
}

impl Resources for ServiceOfCatalog {
    fn names(&self) -> Vec<String> {
        self.outline.resources().map(str::to_owned).collect()
    }

    fn resource(&self, name: &str) -> Result<Option<Resource>, Unreadable> {
        Ok(self.catalog.resource(&self.outline, name)?)
    }

    fn whole(&self) -> Result<Service, Unreadable> {
        let service = self.catalog.service(&self.provider, &self.name)?;
        service.ok_or_else(|| format!("the catalog has no service `{}.{}`", self.provider, self.name).into())
    }
}

impl Definitions for OfCatalog {
    fn provider(&self) -> &Provider {
        &self.provider
    }

    fn services(&self) -> Vec<String> {
        self.catalog.services(self.provider.name.as_str()).map(ToString::to_string).collect()
    }

    fn service(&self, name: &str) -> Result<Option<Service>, Unreadable> {
        Ok(self.catalog.service(self.provider.name.as_str(), name)?)
    }

    fn resources(&self, service: &str) -> Result<Option<Box<dyn Resources>>, Unreadable> {
        let provider = self.provider.name.as_str();
        let Some(outline) = self.catalog.outline(provider, service)? else { return Ok(None) };
        let (provider, name) = (provider.to_owned(), service.to_owned());
        Ok(Some(Box::new(ServiceOfCatalog { catalog: Arc::clone(&self.catalog), provider, name, outline })))
    }
}

/// A provider of an engine.
pub(crate) struct Member {
    pub(crate) definitions: Box<dyn Definitions>,
    make_client: MakeClient,
    client: OnceLock<Result<Client, Error>>,
}

/// Makes the client of a provider when it is first called.
pub(crate) type MakeClient = Box<dyn Fn(&Provider) -> Result<Client, bindery_runtime::Error> + Send + Sync>;

impl Member {
    pub(crate) fn new(definitions: Box<dyn Definitions>, make_client: MakeClient) -> Self {
        Self { definitions, make_client, client: OnceLock::new() }
    }

    pub(crate) fn name(&self) -> &str {
        self.definitions.name()
    }

    /// Its client, made when it is first asked for.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        let make = || (self.make_client)(self.definitions.provider()).map_err(Error::from);
        self.client.get_or_init(make).clone()
    }

    /// Its client, if it was made.
    pub(crate) fn known_client(&self) -> Option<&Client> {
        self.client.get()?.as_ref().ok()
    }
}

/// The providers of an engine.
#[derive(Default)]
pub(crate) struct Tables {
    members: Vec<Member>,
    services: Mutex<Services>,
}

/// Services by provider and name, as far as they were asked for; those that do not exist among them.
type Services = HashMap<(String, String), Option<Arc<LoadedService>>>;

/// A service whose resources are read when a statement first names them.
pub(crate) struct LoadedService {
    source: Box<dyn Resources>,
    /// Resources as far as they were asked for; those that do not exist among them.
    resources: Mutex<HashMap<String, Option<Arc<Resource>>>>,
    tables: Mutex<HashMap<String, Arc<Table>>>,
}

impl LoadedService {
    fn new(source: Box<dyn Resources>) -> Self {
        Self { source, resources: Mutex::default(), tables: Mutex::default() }
    }

    /// The names of its resources.
    pub(crate) fn names(&self) -> Vec<String> {
        self.source.names()
    }

    /// The service with all its resources.
    pub(crate) fn whole(&self) -> Result<Service, Error> {
        self.source.whole().map_err(|error| unreadable("a service", &error))
    }

    /// A resource; `None` when there is none of that name.
    pub(crate) fn resource(&self, name: &str) -> Result<Option<Arc<Resource>>, Error> {
        let mut resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = resources.get(name) {
            return Ok(known.clone());
        }
        let found =
            self.source.resource(name).map_err(|error| unreadable(&format!("the resource `{name}`"), &error))?;
        let found = found.map(Arc::new);
        resources.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// The table of a resource, or of one of its methods.
    fn table(&self, resource: &Arc<Resource>, method: Option<usize>) -> Arc<Table> {
        let key = format!("{} {method:?}", resource.id);
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let table = tables.entry(key).or_insert_with(|| {
            Arc::new(match method {
                Some(method) => Table::of_method(Arc::clone(resource), method),
                None => Table::of_resource(Arc::clone(resource)),
            })
        });
        Arc::clone(table)
    }
}

/// What a chain of names means.
pub(crate) struct Found {
    pub(crate) table: Arc<Table>,
    /// How many of the names it took.
    pub(crate) parts: usize,
}

impl Tables {
    pub(crate) fn add(&mut self, member: Member) {
        self.members.retain(|known| known.name() != member.name());
        self.members.push(member);
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(crate) fn member(&self, provider: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name() == provider)
    }

    /// The provider of that name, or an error that names close ones.
    pub(crate) fn known_member(&self, provider: &str) -> Result<&Member, Error> {
        let known = || self.members.iter().map(Member::name);
        self.member(provider).ok_or_else(|| Error::unknown("provider", provider, known()))
    }

    /// A service, loaded; or an error that names close ones.
    pub(crate) fn service(&self, provider: &str, service: &str) -> Result<Arc<LoadedService>, Error> {
        let member = self.known_member(provider)?;
        let key = (provider.to_owned(), service.to_owned());
        let known = self.services.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let loaded = match known {
            Some(loaded) => loaded,
            None => {
                let found = member.definitions.resources(service);
                let found =
                    found.map_err(|error| unreadable(&format!("the service `{provider}.{service}`"), &error))?;
                let loaded = found.map(|service| Arc::new(LoadedService::new(service)));
                self.services.lock().unwrap_or_else(PoisonError::into_inner).insert(key, loaded.clone());
                loaded
            }
        };
        loaded.ok_or_else(|| {
            let known = member.definitions.services();
            unknown_below("service", provider, service, known.iter().map(String::as_str))
        })
    }

    /// A resource, or an error that names close ones.
    pub(crate) fn resource(&self, provider: &str, service: &str, resource: &str) -> Result<Arc<Resource>, Error> {
        let loaded = self.service(provider, service)?;
        loaded.resource(resource)?.ok_or_else(|| unknown_resource(&loaded, provider, service, resource))
    }

    /// The table that a chain of at least three names begins with. A fourth name is a method where `or_method` says
    /// that a table is meant, else whatever follows is not looked at.
    pub(crate) fn find(&self, chain: &[String], or_method: bool) -> Result<Found, Error> {
        let [provider, service, rest @ ..] = chain else {
            return Err(Error::unknown("resource", &chain.join("."), []));
        };
        let loaded = self.service(provider, service)?;
        for parts in (1..=rest.len()).rev() {
            let (name, after) = rest.split_at(parts);
            let Some(resource) = loaded.resource(&name.join("."))? else { continue };
            let method = after.first().filter(|_| or_method);
            let Some(method) = method else {
                return Ok(Found { table: loaded.table(&resource, None), parts: parts + 2 });
            };
            let position = resource.methods.iter().position(|known| known.name == **method);
            let Some(position) = position else {
                let known = resource.methods.iter().map(|method| method.name.as_str());
                let nearest = nearest(method, known);
                return Err(Error::Unknown { what: "method", name: format!("{}.{method}", resource.id), nearest });
            };
            return Ok(Found { table: loaded.table(&resource, Some(position)), parts: parts + 3 });
        }
        let name = rest.first().map_or("", String::as_str);
        Err(unknown_resource(&loaded, provider, service, name))
    }
}

fn unreadable(what: &str, error: &Unreadable) -> Error {
    Error::Definitions { reason: format!("{what} cannot be read: {error}") }
}

fn unknown_resource(loaded: &LoadedService, provider: &str, service: &str, resource: &str) -> Error {
    let known = loaded.names();
    unknown_below("resource", &format!("{provider}.{service}"), resource, known.iter().map(String::as_str))
}

/// There is nothing of that name below another one; what is close to it is named in full.
fn unknown_below<'n>(what: &'static str, above: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    let nearest = nearest(name, known).iter().map(|name| format!("{above}.{name}")).collect();
    Error::Unknown { what, name: format!("{above}.{name}"), nearest }
}
