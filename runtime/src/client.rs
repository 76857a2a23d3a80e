//! The client: one for each provider, cheap to clone, shared by everything that calls it.
//!
//! A [`Call`] goes in; a value, rows or an error come out.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bindery_ir::{Auth, ErrorShape, JsonPath, Method, Provider, Text};
use tokio::sync::SemaphorePermit;

use crate::binding::{Destination, bind};
use crate::builder::ClientBuilder;
use crate::call::Call;
use crate::counters::{Counters, Counts};
use crate::deadline::{Deadline, Over};
use crate::decode::{Decoder, Repeats};
use crate::error::Error;
use crate::exchange::Exchanger;
use crate::json::{self, FromJson, Reader, Slot, seek};
use crate::page_limits::PageLimits;
use crate::pages::Pages;
use crate::preview::Preview;
use crate::raw_call::RawCall;
use crate::redact;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::rows::{self, Rows};

/// Sends calls to one provider. Clones share connections and credentials.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Text,
    destination: Destination,
    exchanger: Exchanger,
    deadline: Option<Duration>,
    page_limits: PageLimits,
}

/// A call on its way to its answer.
type SentCall<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

impl Client {
    pub(crate) fn new(
        provider: Text,
        destination: Destination,
        exchanger: Exchanger,
        deadline: Option<Duration>,
        page_limits: PageLimits,
    ) -> Self {
        Self { inner: Arc::new(Inner { provider, destination, exchanger, deadline, page_limits }) }
    }

    /// A client for a provider of this name, which authenticates its callers like this.
    pub fn builder(provider: impl Into<Text>, auth: Auth) -> ClientBuilder {
        ClientBuilder::new(provider.into(), auth)
    }

    /// A client for a provider.
    pub fn for_provider(provider: &Provider) -> ClientBuilder {
        let servers = provider.resources().flat_map(|resource| resource.methods.iter()).find_map(|method| {
            method.http.as_ref().map(|binding| binding.servers.clone()).filter(|servers| !servers.is_empty())
        });
        let builder = ClientBuilder::new(Text::Owned(provider.name.as_str().to_owned()), provider.auth.clone());
        let builder = builder.servers(servers.unwrap_or_default());
        match &provider.auth_block {
            Some(block) => builder.documented_auth(block.into()),
            None => builder,
        }
    }

    /// The provider it calls.
    pub fn provider(&self) -> &str {
        &self.inner.provider
    }

    /// Whether it knows a value for a variable of the providers' servers, or sends everything to one address anyway.
    pub fn has_server_variable(&self, name: &str) -> bool {
        let destination = &self.inner.destination;
        destination.base_url.is_some() || destination.variables.contains_key(name)
    }

    /// What a call would send, without its credential. Nothing is sent.
    ///
    /// # Errors
    /// When the call is incomplete, or an argument cannot be sent.
    pub fn prepare(&self, call: &Call<'_>) -> Result<Request, Error> {
        bind(call, &self.inner.destination)
    }

    /// What a call would send, for people: as text or as a `curl` command, with all secrets masked. Nothing is sent,
    /// and no credential is asked for.
    ///
    /// ```
    /// use bindery_runtime::{Argument, Call, Client, Token, ir};
    /// # let mut method = ir::Method::new("demo.pets.pet".parse()?, ir::SqlName::new("get"));
    /// # method.http = Some(ir::HttpBinding::new(ir::HttpMethod::Get, "/pets/{petId}"));
    /// # method.parameters = vec![ir::Parameter::new("petId".into(), ir::Location::Path, ir::Type::STRING)].into();
    /// # let scheme = ir::AuthScheme::Header { name: "Authorization".into(), prefix: "Bearer ".into() };
    /// # let auth = ir::Auth { scheme, variable: None };
    /// let client = Client::builder("demo", auth).base_url("https://pets.test").credential(Token::new("s3cret")).build()?;
    /// let preview = client.preview(&Call::new(&method).with("petId", Argument::text("p 1")))?;
    /// assert_eq!(
    ///     preview.curl(),
    ///     "curl --request GET 'https://pets.test/pets/p%201' \\\n  --header 'accept: application/json' \\\n  \
    ///      --header 'authorization: Bearer [hidden]'"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn preview(&self, call: &Call<'_>) -> Result<Preview, Error> {
        let request = self.prepare(call)?;
        Ok(Preview::of(&request, self.inner.exchanger.authenticator.places()))
    }

    /// Sends a call and takes its answer as it is received.
    ///
    /// # Errors
    /// When the call is incomplete, the exchange fails, or the provider does not answer with success (2xx).
    pub async fn send(&self, call: Call<'_>) -> Result<Reply, Error> {
        self.sent(call).await
    }

    /// Sends a request that no document describes, with the credential, the retries and the limits of this client.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn raw(&self, call: &RawCall) -> Result<Reply, Error> {
        let deadline = Deadline::after(self.inner.deadline);
        let request = call.bind(&self.inner.destination)?;
        self.exchange(&request, deadline, None).await
    }

    /// What this client, with all its clones, has done so far.
    pub fn counts(&self) -> Counts {
        self.counters().read()
    }

    /// Sends a call whose answer does not matter beyond its success.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn unit(&self, call: Call<'_>) -> Result<(), Error> {
        self.sent(call).await.map(drop)
    }

    /// Sends a call and reads the value its answer holds.
    ///
    /// # Errors
    /// As [`send`](Self::send), and when the value is not there or does not fit the type at all.
    pub async fn one<T: FromJson>(&self, call: Call<'_>) -> Result<T, Error> {
        let method = call.method();
        let reply = self.sent(call).await?;
        read_one(method, &reply)
    }

    /// The same, with status and headers.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub async fn response<T: FromJson>(&self, call: Call<'_>) -> Result<Response<T>, Error> {
        let method = call.method();
        let reply = self.sent(call).await?;
        let body = read_one(method, &reply)?;
        Ok(Response::new(reply, body))
    }

    /// The rows of a listing, from all its pages. Pages are fetched as their rows are asked for; what is wrong with
    /// the call is the first item.
    #[expect(clippy::needless_pass_by_value, reason = "a call is used up by sending it, here as everywhere")]
    pub fn rows<T: FromJson>(&self, call: Call<'_>) -> Rows<T> {
        Rows::new(self.row_source(&call))
    }

    fn row_source(&self, call: &Call<'_>) -> Box<dyn rows::Source> {
        rows::source(self.prepare(call).map(|first| Pages::new(self.clone(), call, first).with_rows_read()))
    }

    /// [`send`](Self::send) as a type that is the same for all. What a call is made of is then compiled here, once, and
    /// not again in each crate that reads types of its own from answers.
    fn sent<'a>(&'a self, call: Call<'a>) -> SentCall<'a> {
        let deadline = self.deadline(&call);
        match self.inner.exchanger.admission.try_call() {
            Some(turn) => self.sent_in_turn(&call, deadline, Some(turn)),
            // A call that waits for its turn holds no more than its arguments: it is bound when it may go.
            None => Box::pin(async move {
                let turn = self.turn(&deadline, || call.method().path()).await?;
                self.sent_in_turn(&call, deadline, turn).await
            }),
        }
    }

    fn sent_in_turn<'a>(
        &'a self,
        call: &Call<'a>,
        deadline: Deadline,
        turn: Option<SemaphorePermit<'a>>,
    ) -> SentCall<'a> {
        let shape = call.method().response.error.as_ref();
        match self.prepare(call) {
            Ok(request) => Box::pin(self.inner.exchanger.exchange(request, deadline, shape, turn)),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    /// Sends a bound request in its turn; anything but success is an error.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        deadline: Deadline,
        shape: Option<&ErrorShape>,
    ) -> Result<Reply, Error> {
        let turn = self.turn(&deadline, || request.called.path.clone()).await?;
        self.inner.exchanger.exchange(request, deadline, shape, turn).await
    }

    /// Waits until a call may begin.
    async fn turn(
        &self,
        deadline: &Deadline,
        method: impl FnOnce() -> String,
    ) -> Result<Option<SemaphorePermit<'_>>, Error> {
        let turn = deadline.bound(self.inner.exchanger.admission.call());
        turn.await.map_err(|Over| deadline.exceeded(method(), 0, None))
    }

    /// When a call must be over.
    pub(crate) fn deadline(&self, call: &Call<'_>) -> Deadline {
        Deadline::after(self.time_for(call))
    }

    /// How long a call may take.
    pub(crate) fn time_for(&self, call: &Call<'_>) -> Option<Duration> {
        call.settings().within.or(self.inner.deadline)
    }

    /// How much of a listing is read.
    pub(crate) fn page_limits(&self, call: &Call<'_>) -> PageLimits {
        call.settings().pages.or(self.inner.page_limits)
    }

    /// Whether answers pass through others first.
    pub(crate) fn has_middleware(&self) -> bool {
        !self.inner.exchanger.middleware.is_empty()
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.inner.exchanger.counters
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.inner.provider)
            .field("base_url", &self.inner.destination.base_url.as_ref().map(redact::shown))
            .field("authenticator", &self.inner.exchanger.authenticator)
            .finish_non_exhaustive()
    }
}

/// The path of the only row, or of the list of rows.
fn row_path(method: &Method) -> &JsonPath {
    match &method.response.rows {
        bindery_ir::Rows::None => &JsonPath::ROOT,
        bindery_ir::Rows::One(path) | bindery_ir::Rows::Many(path) => path,
    }
}

fn read_one<T: FromJson>(method: &Method, reply: &Reply) -> Result<T, Error> {
    let mut value = None;
    read_into(method, reply, &mut value)?;
    value.ok_or_else(|| misfit(method, reply))
}

/// Reads the value that an answer holds, which may be of any type.
fn read_into(method: &Method, reply: &Reply, value: &mut dyn Slot) -> Result<(), Error> {
    let path = row_path(method);
    let broken = |error: json::Error| unreadable(method, reply, error.to_string(), Some(error));
    let document = Decoder::of(method)
        .document(reply, Repeats::of(value))
        .map_err(|reason| unreadable(method, reply, reason, None))?;
    let mut reader = Reader::on(&document.json);
    let is_there = seek(&mut reader, path).map_err(broken)?;
    if is_there && value.fill(Some(reply.status.as_u16()), &mut reader).map_err(broken)? {
        return Ok(());
    }
    Err(if &*document.json == b"null" {
        unreadable(method, reply, "there is no body".to_owned(), None)
    } else if is_there {
        misfit(method, reply)
    } else {
        unreadable(method, reply, format!("there is nothing at `{path}`"), None)
    })
}

#[cold]
fn misfit(method: &Method, reply: &Reply) -> Error {
    let path = row_path(method);
    let reason = format!("the value at `{path}` does not fit the type it is documented to have");
    unreadable(method, reply, reason, None)
}

#[cold]
fn unreadable(method: &Method, reply: &Reply, reason: String, source: Option<json::Error>) -> Error {
    Error::Decode { method: method.path(), status: reply.status, reason, source }
}

#[cfg(test)]
mod tests {
    use bindery_ir::{HttpBinding, SqlName};

    use super::*;

    /// Up to this size glibc's allocator keeps what a thread gave back for its next call. With 160 bytes more than it has,
    /// `cargo bench` measured calls to be slower by 0.2 to 0.8 %. What is rare goes into boxes.
    #[test]
    fn a_call_on_its_way_fits_into_what_is_allocated_fast() {
        let client = Client::builder("demo", Auth::NONE).base_url("http://localhost").build().unwrap();
        let mut method = Method::new("demo.shop.thing".parse().unwrap(), SqlName::new("get"));
        method.http = Some(HttpBinding::new(bindery_ir::HttpMethod::Get, "/things"));
        let request = client.prepare(&Call::new(&method)).unwrap();
        let sent = client.inner.exchanger.exchange(request, Deadline::after(None), None, None);
        assert!(size_of_val(&sent) <= 1032, "{} bytes", size_of_val(&sent));
    }
}
