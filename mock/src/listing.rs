//! Listings: which items belong, and how they are cut into pages.

use bindery_ir::{JsonPath, Method, NextPage, PagePointer, Rows, Text, TokenSlot};
use http::{HeaderName, header};
use serde_json::Value;

use crate::call::{Call, World};
use crate::failure::Failure;
use crate::item::Outcome;
use crate::json::{place, same_name, wrapped};
use crate::message::Reply;
use crate::route::NodeId;
use crate::store::{Item, Store};

/// The query pair that the URL of a next page carries.
const PAGE_TOKEN: &str = "bindery-page";

/// Answers with a page of the items that `listing` lists; it may be a twin of the method that was called.
pub(crate) fn list(world: &World, call: &Call<'_>, listing: &Method, store: &Store) -> Outcome {
    let rows_path = match &listing.response.rows {
        Rows::Many(path) => path.clone(),
        Rows::One(_) | Rows::None => JsonPath::ROOT,
    };
    let next = listing.response.pagination.as_ref().map(|pagination| &pagination.next);
    let next = next.filter(|next| has_room(next, &rows_path));
    let after = match next {
        Some(next) => asked_page(call, next)?,
        None => 0,
    };
    let limit = if next.is_some() { world.page_size } else { usize::MAX };
    let (rows, last) = page(world, call, listing, store, after, limit);

    let mut reply = Reply::new(listing.response.status.unwrap_or(200));
    let mut body = wrapped(rows_path.keys(), Value::Array(rows));
    if let (Some(next), Some(last)) = (next, last) {
        let token = format!("p{last:x}");
        let (pointer, text) = match next {
            NextPage::Url(pointer) => (pointer, next_url(world, call, &token)),
            NextPage::Token { from, .. } => (from, token),
            // Places in the order have no numbers; `has_room` said so.
            NextPage::Number { .. }
            | NextPage::Counted { .. }
            | NextPage::Tokens(_)
            | NextPage::Offset { .. }
            | NextPage::Nowhere => return Ok(reply.with_body(body)),
        };
        match pointer {
            PagePointer::Body(path) => {
                place(&mut body, path.keys(), Value::from(text));
            }
            PagePointer::Nearest { names, .. } => {
                place(&mut body, nearest(names).keys(), Value::from(text));
            }
            PagePointer::HeaderMatch { .. } => {}
            PagePointer::Header(name) => {
                if let Ok(name) = HeaderName::try_from(name.as_ref()) {
                    let link = name == header::LINK && matches!(next, NextPage::Url(_));
                    reply = reply.with_header(name, if link { format!("<{text}>; rel=\"next\"") } else { text });
                }
            }
        }
    }
    Ok(reply.with_body(body))
}

/// The rows after a place in the order, and the place to go on from when there are more.
fn page(
    world: &World,
    call: &Call<'_>,
    listing: &Method,
    store: &Store,
    after: u64,
    limit: usize,
) -> (Vec<Value>, Option<u64>) {
    let nodes = world.topology.items_of(call.node, &listing.resource);
    let mut found: Vec<(u64, &Item)> = Vec::new();
    for node in nodes {
        let agreement = Agreement::between(world, call, node);
        let items = store.after(node, after).filter(|(_, item)| agreement.holds(call, item));
        found.extend(items.take(limit.saturating_add(1)));
    }
    found.sort_by_key(|(order, _)| *order);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(|(order, _)| *order);
    (found.into_iter().map(|(_, item)| item.body.clone()).collect(), last)
}

/// Whether the pointer to the next page fits beside the rows. Where it does not, all rows come at once: a page
/// without a way on would hide the others.
fn has_room(next: &NextPage, rows: &JsonPath) -> bool {
    let (NextPage::Url(pointer) | NextPage::Token { from: pointer, .. }) = next else { return false };
    let fits = |path: &JsonPath| {
        path != rows && place(&mut wrapped(rows.keys(), Value::Array(Vec::new())), path.keys(), Value::Null)
    };
    match pointer {
        PagePointer::Body(path) => fits(path),
        PagePointer::Nearest { names, .. } => fits(&nearest(names)),
        PagePointer::Header(name) => HeaderName::try_from(name.as_ref()).is_ok(),
        // What a pattern would find cannot be told from it.
        PagePointer::HeaderMatch { .. } => false,
    }
}

/// The top of the body is nearest.
fn nearest(names: &[Text]) -> JsonPath {
    JsonPath(names.iter().take(1).cloned().collect())
}

/// The place in the order that the asked page follows; 0 for the first page.
fn asked_page(call: &Call<'_>, next: &NextPage) -> Result<u64, Failure> {
    let token = match next {
        NextPage::Url(_) => call.query_value(PAGE_TOKEN),
        NextPage::Number { .. }
        | NextPage::Counted { .. }
        | NextPage::Tokens(_)
        | NextPage::Offset { .. }
        | NextPage::Nowhere => None,
        NextPage::Token { to: TokenSlot::Query(name), .. } => call.query_value(name.as_str()),
        NextPage::Token { to: TokenSlot::Body(name), .. } => {
            call.body.as_ref().and_then(|body| body.get(name.as_str())).and_then(Value::as_str)
        }
    };
    match token {
        None | Some("") => Ok(0),
        Some(token) => token
            .strip_prefix('p')
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Failure::InvalidToken { token: token.to_owned() }),
    }
}

/// The URL of the next page: this one's, with another token, at the host the caller knows the fake by.
fn next_url(world: &World, call: &Call<'_>, token: &str) -> String {
    let host = call.request.header_text(header::HOST.as_str()).filter(|host| is_authority(host));
    let origin = host.map_or_else(|| world.base_url.clone(), |host| format!("http://{host}"));
    let kept = call.query.iter().filter(|(name, _)| name != PAGE_TOKEN);
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(PAGE_TOKEN, token).finish();
    format!("{origin}{}?{query}", call.request.path)
}

fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
}

/// Which values of a listing's path an item must share.
struct Agreement<'a> {
    /// Positions in the listing's and in the item's path that mean the same.
    pairs: Vec<(usize, usize)>,
    /// Variables of the listing that the item's path lacks, by position.
    others: Vec<(usize, &'a str)>,
    /// The position in the item's path that the only one of the others means, when it does not remember it.
    stand_in: Option<usize>,
}

impl<'a> Agreement<'a> {
    fn between(world: &World, call: &Call<'a>, node: NodeId) -> Self {
        let topology = &world.topology;
        let common = topology.routes.common_arity(node, call.node);
        // The last variable is the item's own key: that a parent's has the same name means nothing.
        let keyless = topology.routes.node(node).map_or(0, |node| node.arity.saturating_sub(1));
        let mut pairs: Vec<(usize, usize)> = (0..common).map(|position| (position, position)).collect();
        let mut free: Vec<usize> = (common..keyless).collect();
        let mut others = Vec::new();
        for (position, name) in call.names.iter().enumerate().skip(common) {
            match free.iter().position(|&own| topology.variable_is(node, own, name)) {
                Some(found) => pairs.push((position, free.remove(found))),
                None => others.push((position, name.as_str())),
            }
        }
        let stand_in = match (others.as_slice(), free.as_slice()) {
            ([_], [only]) => Some(*only),
            _ => None,
        };
        Self { pairs, others, stand_in }
    }

    fn holds(&self, call: &Call<'_>, item: &Item) -> bool {
        let asked = |position: usize| call.values.get(position);
        self.pairs.iter().all(|&(listing, own)| asked(listing) == item.values.get(own))
            && self.others.iter().all(|&(position, name)| {
                let remembered = item.remembered.iter().find(|(known, _)| same_name(known, name));
                let own = remembered.map(|(_, value)| value).or_else(|| item.values.get(self.stand_in?));
                own.is_none_or(|own| asked(position) == Some(own))
            })
    }
}
