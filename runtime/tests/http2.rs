//! Servers of HTTP/2, which can say that they did not look at a request.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bindery_runtime::ir::{Auth, HttpMethod};
use bindery_runtime::{Call, Client, Error, RetryPolicy};
use h2::Reason;
use support::method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// What a server does with the first request.
#[derive(Clone, Copy)]
enum First {
    /// It breaks it off.
    Reset(Reason),
    /// It goes away without having looked at it.
    LeftBehind,
}

/// A server that does not answer the first request, and all others with 7; a client of it; and how many requests came.
async fn breaking_off(first: First) -> (Client, Arc<AtomicUsize>) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let mut config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let requests: Arc<AtomicUsize> = Arc::default();
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            if let First::LeftBehind = first
                && count.load(Ordering::Relaxed) == 0
            {
                tokio::spawn(leave_behind(stream, Arc::clone(&count)));
                continue;
            }
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut answer))) = connection.accept().await {
                if let (0, First::Reset(reason)) = (count.fetch_add(1, Ordering::Relaxed), first) {
                    answer.send_reset(reason);
                    continue;
                }
                let head = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
                answer.send_response(head, false).unwrap().send_data("7".into(), true).unwrap();
            }
        }
    });
    let mut policy = RetryPolicy::default();
    policy.initial_delay = Duration::from_millis(1);
    let client = Client::builder("demo", Auth::NONE).base_url(&url).retry(policy);
    (client.trust(cert.pem()).build().unwrap(), requests)
}

/// Reads a request and goes away in peace, by a frame that says that no stream was looked at (RFC 9113, 6.8). No library
/// says so of what it has read.
async fn leave_behind(mut stream: TlsStream<TcpStream>, count: Arc<AtomicUsize>) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const GO_AWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.unwrap();
    stream.write_all(&SETTINGS).await.unwrap();
    let mut head = [0; 9];
    while stream.read_exact(&mut head).await.is_ok() {
        let [high, middle, low, kind, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
        stream.read_exact(&mut payload).await.unwrap();
        let is_request = kind == 1;
        if is_request {
            count.fetch_add(1, Ordering::Relaxed);
            stream.write_all(&GO_AWAY).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_change_that_was_turned_away_unread_is_sent_again() {
    for first in [First::Reset(Reason::REFUSED_STREAM), First::LeftBehind] {
        let (client, requests) = breaking_off(first).await;
        let got: i64 = client.one(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap();
        assert_eq!((got, requests.load(Ordering::Relaxed), client.counts().retries), (7, 2, 1));
    }
}

#[tokio::test]
async fn a_change_that_may_have_been_applied_is_not_sent_again() {
    let (client, requests) = breaking_off(First::Reset(Reason::INTERNAL_ERROR)).await;
    let error = client.unit(Call::new(&method(HttpMethod::Post, "/n"))).await.unwrap_err();
    assert!(matches!(error, Error::Transport { sent: true, attempts: 1, .. }), "{error}");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}
