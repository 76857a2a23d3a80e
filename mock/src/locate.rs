//! Finds the method that a request means: path, HTTP method, constant query.

use bindery_ir::{ErrorShape, HttpMethod, Location, Method, Parameter, Presence, QueryPair, Rows};
use http::Method as Verb;
use serde_json::Value;

use crate::call::World;
use crate::failure::Failure;
use crate::message::Request;
use crate::route::{Endpoint, Match};

/// A method that a request means, and how its path reads.
#[derive(Debug)]
pub(crate) struct Located<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) method: &'a Method,
    pub(crate) reading: Match,
}

/// What a request means.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    /// A method.
    Method(Located<'a>),
    /// Only what may be asked there, which is this.
    Allowed(String),
}

/// A failure to find the method, with the error shape of what stands there.
pub(crate) type Lost<'a> = (Failure, Option<&'a ErrorShape>);

/// Finds the method that a request means.
pub(crate) fn locate<'a>(
    world: &'a World,
    request: &Request,
    query: &[(String, String)],
) -> Result<Target<'a>, Lost<'a>> {
    let readings = world.topology.routes.find(&request.path);
    if readings.is_empty() {
        return Err((Failure::NoRoute { path: request.path.clone() }, None));
    }
    let wanted = HttpMethod::parse(request.method.as_str());
    let mut mismatch = None;
    for reading in &readings {
        let candidates = candidates(world, reading, wanted);
        let fits = |candidate: &&Candidate<'_>| constants(candidate).iter().all(|pair| has(query, pair));
        let several = candidates.iter().filter(fits).nth(1).is_some();
        let body = if several { serde_json::from_slice(&request.body).unwrap_or_default() } else { Value::Null };
        let fitting = candidates.iter().filter(fits);
        if let Some(best) = fitting.min_by_key(|candidate| preference(candidate, request, query, &body)) {
            let reading = reading.clone();
            return Ok(Target::Method(Located { endpoint: best.endpoint, method: best.method, reading }));
        }
        if mismatch.is_none() {
            mismatch = wrong_constant(&candidates, query);
        }
    }
    if let Some(mismatch) = mismatch {
        return Err(mismatch);
    }
    let allow = allowed(world, &readings);
    if request.method == Verb::OPTIONS {
        return Ok(Target::Allowed(allow));
    }
    let (method, path) = (request.method.to_string(), request.path.clone());
    Err((Failure::MethodNotAllowed { method, path, allow }, shape_at(world, &readings)))
}

/// An endpoint that serves the HTTP method, with the method behind it.
struct Candidate<'a> {
    endpoint: &'a Endpoint,
    method: &'a Method,
}

/// The endpoints that serve an HTTP method; where none serves HEAD, those that serve GET.
fn candidates<'a>(world: &'a World, reading: &Match, wanted: Option<HttpMethod>) -> Vec<Candidate<'a>> {
    let serving = |http: HttpMethod| -> Vec<Candidate<'a>> {
        endpoints(world, reading)
            .filter(|endpoint| endpoint.http == http)
            .filter_map(|endpoint| Some(Candidate { endpoint, method: endpoint.address.method(&world.provider)? }))
            .collect()
    };
    match wanted.map(serving) {
        Some(found) if found.is_empty() && wanted == Some(HttpMethod::Head) => serving(HttpMethod::Get),
        found => found.unwrap_or_default(),
    }
}

fn endpoints<'a>(world: &'a World, reading: &Match) -> impl Iterator<Item = &'a Endpoint> {
    world.topology.routes.node(reading.node).into_iter().flat_map(|node| &node.endpoints)
}

/// The smaller, the better: listings before their raw twins, then the spelling that was asked for, then the
/// method that misses the fewest parameters. Document order decides among equals.
fn preference(
    candidate: &Candidate<'_>,
    request: &Request,
    query: &[(String, String)],
    body: &Value,
) -> (bool, bool, usize) {
    let reads = candidate.endpoint.http == HttpMethod::Get;
    let raw = reads && !matches!(candidate.method.response.rows, Rows::Many(_));
    let is_missing = |parameter: &&Parameter| {
        let name = parameter.wire_name.as_str();
        parameter.presence == Presence::Required
            && match parameter.location {
                Location::Query => !query.iter().any(|(key, _)| key == name),
                Location::Body => body.get(name).is_none(),
                _ => false,
            }
    };
    let missing = candidate.method.parameters.iter().filter(is_missing).count();
    (raw, !spelled_alike(candidate.endpoint, &request.path), missing)
}

/// Whether the literals of the template stand in the path exactly as spelled, counted from its end.
fn spelled_alike(endpoint: &Endpoint, path: &str) -> bool {
    use crate::template::Pattern;
    let literals = endpoint.template.patterns.iter().filter_map(|pattern| match pattern {
        Pattern::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    let mut segments = path.split('/');
    literals.into_iter().all(|literal| segments.any(|segment| segment == literal))
}

fn constants<'a>(candidate: &Candidate<'a>) -> &'a [QueryPair] {
    candidate.method.http.as_ref().map(|binding| &*binding.query).unwrap_or_default()
}

fn has(query: &[(String, String)], pair: &QueryPair) -> bool {
    query.iter().any(|(name, value)| *name == *pair.name && *value == *pair.value)
}

/// The first constant pair that the query lacks, with every value that would have done.
fn wrong_constant<'a>(candidates: &[Candidate<'a>], query: &[(String, String)]) -> Option<Lost<'a>> {
    let first = candidates.first()?;
    let pair = constants(first).iter().find(|pair| !has(query, pair))?;
    let mut expected: Vec<String> = Vec::new();
    for pair in candidates.iter().flat_map(constants).filter(|other| other.name == pair.name) {
        let value = format!("`{}`", pair.value);
        if !expected.contains(&value) {
            expected.push(value);
        }
    }
    let failure = Failure::WrongConstant {
        name: pair.name.clone().into_owned(),
        expected: expected.join(" or "),
        given: query.iter().find(|(name, _)| *name == *pair.name).map(|(_, value)| value.clone()),
    };
    Some((failure, first.method.response.error.as_ref()))
}

/// The methods that are served at any reading of a path, as an `Allow` header says it.
fn allowed(world: &World, readings: &[Match]) -> String {
    let served = |http: HttpMethod| {
        readings.iter().any(|reading| endpoints(world, reading).any(|endpoint| endpoint.http == http))
    };
    let answered = |http: &HttpMethod| match http {
        HttpMethod::Head => served(HttpMethod::Head) || served(HttpMethod::Get),
        HttpMethod::Options => true,
        other => served(*other),
    };
    HttpMethod::ALL.iter().filter(|http| answered(http)).map(HttpMethod::to_string).collect::<Vec<_>>().join(", ")
}

fn shape_at<'a>(world: &'a World, readings: &[Match]) -> Option<&'a ErrorShape> {
    let mut served = readings.iter().flat_map(|reading| endpoints(world, reading));
    served.find_map(|endpoint| endpoint.address.method(&world.provider)?.response.error.as_ref())
}
