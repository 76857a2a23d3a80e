//! The fake without a network: a request goes in, an answer comes out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bindery_ir::{ErrorShape, HttpMethod, Method, NextPage, PagePointer, Provider, Rows, Verb};
use http::header;
use serde_json::Value;

use crate::call::{Call, World};
use crate::check;
use crate::failure::{Failure, common_shape};
use crate::fault::{Fault, FaultKind};
use crate::item::Outcome;
use crate::json::place;
use crate::locate::{Located, Target, locate};
use crate::message::{Answer, Reply, Request};
use crate::record::{Journal, Recorded, Ticket};
use crate::route::Node;
use crate::seed::seed;
use crate::store::Store;
use crate::topology::Topology;
use crate::{action, create, graphql, item, listing};

/// How the fake behaves where the provider leaves a choice.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) page_size: usize,
    pub(crate) seed: u32,
    pub(crate) faults: Vec<Fault>,
    pub(crate) strict_parents: bool,
}

/// A provider's fake, with everything it remembers. It may be asked from many threads at once.
///
/// ```
/// use bindery_mock::{Mock, Request};
/// let state = Mock::builder(bindery_ir::Provider::new("demo".into())).state();
/// assert_eq!(state.answer(&Request::new(http::Method::GET, "/pets")).status, 404);
/// assert_eq!(state.requests()[0].status, Some(404));
/// ```
#[derive(Debug)]
pub struct State {
    world: World,
    faults: Vec<Fault>,
    /// The shape of errors where nothing is served.
    common_shape: Option<ErrorShape>,
    store: Mutex<Store>,
    journal: Journal,
}

impl State {
    pub(crate) fn new(provider: Arc<Provider>, options: Options, base_url: String) -> Self {
        let topology = Topology::new(&provider);
        let common_shape = common_shape(&provider);
        let page_size = options.page_size.max(1);
        let Options { seed: samples, strict_parents, .. } = options;
        let world = World { provider, topology, base_url, page_size, samples, strict_parents };
        let mut store = Store::default();
        seed(&world, &mut store, options.seed);
        Self { world, faults: options.faults, common_shape, store: Mutex::new(store), journal: Journal::default() }
    }

    /// Records a request, does what it asks for and answers it. There is no request that it does not answer.
    pub fn answer(&self, request: &Request) -> Answer {
        let ticket = self.arrive(request);
        self.settle(ticket, request)
    }

    /// Everything that arrived, in order (the last [`MAX_RECORDED_REQUESTS`](crate::MAX_RECORDED_REQUESTS)).
    pub fn requests(&self) -> Vec<Recorded> {
        self.journal.all()
    }

    /// Forgets the recorded requests. What is stored stays.
    pub fn clear_requests(&self) {
        self.journal.clear();
    }

    /// Records a request that is answered later.
    pub(crate) fn arrive(&self, request: &Request) -> Ticket {
        self.journal.arrive(request)
    }

    /// Answers a request that was recorded.
    pub(crate) fn settle(&self, ticket: Ticket, request: &Request) -> Answer {
        let struck = self.faults.iter().find(|fault| fault.strikes(ticket.ordinal()));
        let reply = match struck {
            Some(&Fault { kind: FaultKind::Status(status), every }) => {
                Failure::Fault { status, every }.reply(self.shape_for(request).as_ref())
            }
            Some(Fault { kind: kind @ (FaultKind::RepeatedPage | FaultKind::ForeignPage), .. }) => {
                let mut reply = self.decide(request);
                self.mislead(*kind, request, &mut reply);
                reply
            }
            _ => self.decide(request),
        };
        let answer = self.finish(ticket, request, reply);
        Answer { fault: struck.map(|fault| fault.kind), ..answer }
    }

    /// Makes a listing lead to the page that it is, or to another host.
    fn mislead(&self, kind: FaultKind, request: &Request, reply: &mut Reply) {
        let Ok(Target::Method(located)) = locate(&self.world, request, &request.query_pairs()) else { return };
        let next = located.method.response.pagination.as_ref().map(|pagination| &pagination.next);
        let here = format!("{}{}?{}", self.world.base_url, request.path, request.query);
        let (path, said) = match next {
            Some(NextPage::Url(PagePointer::Body(path))) if kind == FaultKind::RepeatedPage => (path, here),
            Some(NextPage::Url(PagePointer::Body(path))) => (path, "https://elsewhere.invalid/page".to_owned()),
            _ => return,
        };
        if let Some(body) = reply.body_mut() {
            place(body, path.keys(), Value::from(said));
        }
    }

    /// Refuses a request that was recorded.
    pub(crate) fn refuse(&self, ticket: Ticket, request: &Request, failure: &Failure) -> Answer {
        self.finish(ticket, request, failure.reply(self.shape_for(request).as_ref()))
    }

    fn finish(&self, ticket: Ticket, request: &Request, reply: Reply) -> Answer {
        let reply = if request.method == http::Method::HEAD { reply.without_body() } else { reply };
        let answer = reply.into_answer();
        self.journal.answered(ticket, answer.status.as_u16());
        answer
    }

    fn decide(&self, request: &Request) -> Reply {
        let query = request.query_pairs();
        let located = locate(&self.world, request, &query);
        if let Err(failure) = check::secret(&self.world.provider.auth.scheme, request, &query) {
            let shape = match &located {
                Ok(Target::Method(located)) => located.method.response.error.as_ref(),
                Ok(Target::Allowed(_)) => None,
                Err((_, shape)) => *shape,
            };
            return failure.reply(shape.or(self.common_shape.as_ref()));
        }
        if let Some(asked) = graphql::asked(&self.world, request) {
            return asked.answer(&self.world);
        }
        match located {
            Ok(Target::Allowed(allow)) => Reply::new(204).with_header(header::ALLOW, allow),
            Ok(Target::Method(located)) => {
                let shape = located.method.response.error.as_ref().or(self.common_shape.as_ref());
                self.perform(located, request, query).unwrap_or_else(|failure| failure.reply(shape))
            }
            Err((failure, shape)) => failure.reply(shape.or(self.common_shape.as_ref())),
        }
    }

    /// Checks what a method asks for and does what it does.
    fn perform(&self, located: Located<'_>, request: &Request, query: Vec<(String, String)>) -> Outcome {
        let Located { endpoint, method, reading } = located;
        let lost = || Failure::NoRoute { path: request.path.clone() };
        let binding = method.http.as_ref().ok_or_else(lost)?;
        let service = endpoint.address.service(&self.world.provider).ok_or_else(lost)?;
        check::parameters(method, request, &query)?;
        let body = check::read_body(method, request)?;
        check::body(method, body.as_ref())?;
        let names = &endpoint.template.variables;
        let node = self.world.topology.stored_at(reading.node);
        let call = Call { request, query, service, method, binding, node, names, values: reading.values, body };
        dispatch(&self.world, &call, &mut self.store())
    }

    /// The shape of the errors of whatever a request means.
    fn shape_for(&self, request: &Request) -> Option<ErrorShape> {
        let shape = match locate(&self.world, request, &request.query_pairs()) {
            Ok(Target::Method(located)) => located.method.response.error.as_ref(),
            Ok(Target::Allowed(_)) => None,
            Err((_, shape)) => shape,
        };
        shape.or(self.common_shape.as_ref()).cloned()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what a method does, by its HTTP method, what it answers with and where it stands.
fn dispatch(world: &World, call: &Call<'_>, store: &mut Store) -> Outcome {
    let topology = &world.topology;
    if call.request.method == http::Method::HEAD {
        return head(world, call, store);
    }
    match call.binding.method {
        HttpMethod::Get => get(world, call, store),
        HttpMethod::Head => head(world, call, store),
        HttpMethod::Put => item::put(world, call, store),
        HttpMethod::Patch => item::patch(call, store),
        HttpMethod::Delete => item::delete(world, call, store),
        HttpMethod::Post if searches(call.method) => listing::list(world, call, call.method, store),
        HttpMethod::Post if topology.creates(&world.provider, call.node, call.method) => {
            create::create(world, call, store)
        }
        HttpMethod::Post => post_to_item(world, call, store),
        HttpMethod::Options | HttpMethod::Trace => action::act(world, call, store),
    }
}

/// Whether a POST only reads a listing.
fn searches(method: &Method) -> bool {
    method.verbs.contains(&Verb::Select) && matches!(method.response.rows, Rows::Many(_))
}

fn get(world: &World, call: &Call<'_>, store: &Store) -> Outcome {
    let topology = &world.topology;
    if store.get(call.node, &call.values).is_some() {
        return item::read(call, store);
    }
    let is_item = topology.is_item(call.node);
    let is_key = topology.routes.node(call.node).is_some_and(Node::ends_in_variable);
    match listing_at(world, call) {
        // What is stored under a path that ends in a key and can be listed is gone when it is not there.
        Some(listing) if !(is_item && is_key) => listing::list(world, call, listing, store),
        None if !is_item && call.method.response.rows == Rows::None => action::act(world, call, store),
        _ => item::read(call, store),
    }
}

/// The listing that a GET means: the method itself, or the one whose raw twin it is.
fn listing_at<'a>(world: &'a World, call: &Call<'a>) -> Option<&'a Method> {
    let lists = |method: &&Method| matches!(method.response.rows, Rows::Many(_));
    if call.method.response.rows == Rows::None {
        return None;
    }
    Some(call.method).filter(lists).or_else(|| {
        let endpoints = &world.topology.routes.node(call.node)?.endpoints;
        let mut served = endpoints.iter().filter(|endpoint| endpoint.http == HttpMethod::Get);
        served.find_map(|endpoint| endpoint.address.method(&world.provider).filter(lists))
    })
}

fn head(world: &World, call: &Call<'_>, store: &Store) -> Outcome {
    let stored = store.get(call.node, &call.values).is_some();
    if !stored && !world.topology.is_item(call.node) && listing_at(world, call).is_some() {
        return Ok(Reply::new(200));
    }
    item::exists(call, store)
}

/// A POST to the path of an item is what its verbs say, else an action.
fn post_to_item(world: &World, call: &Call<'_>, store: &mut Store) -> Outcome {
    let node = world.topology.routes.node(call.node);
    let has_key = node.is_some_and(Node::ends_in_variable) && world.topology.is_item(call.node);
    let verb = call.method.verbs.iter().find(|verb| !matches!(verb, Verb::Select | Verb::Exec));
    match verb {
        Some(Verb::Insert | Verb::Replace) if has_key => item::put(world, call, store),
        Some(Verb::Update) if has_key => item::patch(call, store),
        Some(Verb::Delete) if has_key => item::delete(world, call, store),
        _ => action::act(world, call, store),
    }
}
