//! A call on its way: the future that typed calls return.
//!
//! It is one type for all methods. An `async fn` for each would make a type of its own for each, which is the largest
//! part of what compiling a generated crate costs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::json::FromJson;
use crate::{Call, Client, Error, Response};

/// A call on its way. Nothing is sent before it is awaited, and dropping it takes the call back.
#[must_use = "nothing is sent until it is awaited"]
pub struct Sending<T> {
    future: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>,
}

impl<T> Sending<T> {
    fn new(future: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self { future: Box::pin(future) }
    }
}

impl Sending<()> {
    /// A call whose answer does not matter beyond its success; see [`Client::unit`].
    pub fn unit(client: &Client, call: Call<'static>) -> Self {
        let client = client.clone();
        Self::new(async move { client.unit(call).await })
    }
}

impl<T: FromJson + Send + 'static> Sending<T> {
    /// A call whose answer holds one value; see [`Client::one`].
    pub fn one(client: &Client, call: Call<'static>) -> Self {
        let client = client.clone();
        Self::new(async move { client.one(call).await })
    }
}

impl<T: FromJson + Send + 'static> Sending<Response<T>> {
    /// The same with status and headers; see [`Client::response`].
    pub fn response(client: &Client, call: Call<'static>) -> Self {
        let client = client.clone();
        Self::new(async move { client.response(call).await })
    }
}

impl<T: FromJson + Send + 'static> Sending<Vec<T>> {
    /// A listing with all its pages; see [`Rows::all`](crate::Rows::all).
    pub fn all(client: &Client, call: Call<'static>) -> Self {
        Self::new(client.rows(call).all())
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        self.future.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}
