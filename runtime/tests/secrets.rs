//! Where secrets go, and where they do not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::fmt::Write as _;

use bindery_runtime::ir::{Auth, AuthScheme, Provider, ProviderName, Server as IrServer};
use bindery_runtime::secrecy::SecretString;
use bindery_runtime::{
    Argument, Call, Client, Credential, CredentialError, Environment, Error, NoCredential, SecretFuture, Token,
};
use support::{Answer, SECRET, Server, bearer, binding, get};

fn thing(method: &bindery_runtime::ir::Method) -> Call<'_> {
    Call::new(method).with("thingId", Argument::text("t1"))
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_wants_it() {
    let server = Server::start(|_| Answer::json("{}")).await;
    let method = get();
    server.client_with_token().unit(thing(&method)).await.unwrap();
    assert_eq!(server.take_one().header("authorization"), Some(format!("Bearer {SECRET}")));

    let scheme = AuthScheme::Query { name: "api key".into(), prefix: "k-".into() };
    let query = Auth { scheme, variable: None };
    server.builder(query).credential(Token::new("a&b")).build().unwrap().unit(thing(&method)).await.unwrap();
    assert_eq!(server.take_one().pairs(), [("api key".to_owned(), "k-a&b".to_owned())]);

    // A line break at the end is how secrets come out of files.
    let client = server.builder(bearer()).credential(Token::new("abc\n")).build().unwrap();
    client.unit(thing(&method)).await.unwrap();
    assert_eq!(server.take_one().header("authorization").as_deref(), Some("Bearer abc"));

    server.builder(Auth::NONE).credential(Token::new(SECRET)).build().unwrap().unit(thing(&method)).await.unwrap();
    server.builder(bearer()).credential(NoCredential).build().unwrap().unit(thing(&method)).await.unwrap();
    server.builder(bearer()).build().unwrap().unit(thing(&method)).await.unwrap();
    assert!(server.seen().iter().all(|seen| seen.header("authorization").is_none()));
}

#[tokio::test]
async fn the_variable_that_holds_the_secret_by_custom_is_used() {
    let server = Server::start(|_| Answer::json("{}")).await;
    // Any variable that is certainly set will do.
    let auth = Auth { variable: Some("CARGO_PKG_NAME".into()), ..bearer() };
    let mut provider = Provider::new(ProviderName::new("demo"));
    provider.auth = auth;
    let builder = || Client::for_provider(&provider).base_url(&server.url);
    builder().build().unwrap().unit(thing(&get())).await.unwrap();
    assert_eq!(server.take_one().header("authorization").as_deref(), Some("Bearer bindery-runtime"));

    builder().credential(NoCredential).build().unwrap().unit(thing(&get())).await.unwrap();
    assert_eq!(server.take_one().header("authorization"), None);
}

#[tokio::test]
async fn a_credential_that_has_no_secret_stops_the_call() {
    struct Broken;
    impl Credential for Broken {
        fn secret(&self) -> SecretFuture<'_> {
            Box::pin(async { Err(CredentialError::new("the vault is sealed: unseal it")) })
        }
    }

    let server = Server::start(|_| Answer::json("{}")).await;
    let error = |builder: bindery_runtime::ClientBuilder| async {
        let error = builder.build().unwrap().unit(thing(&get())).await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }), "{error}");
        error.to_string()
    };
    let broken = error(server.builder(bearer()).credential(Broken)).await;
    assert_eq!(broken, "demo: there is no credential: the vault is sealed: unseal it");
    let unset = error(server.builder(bearer()).credential(Environment::new("BINDERY_NEVER_SET"))).await;
    assert!(unset.contains("BINDERY_NEVER_SET"), "{unset}");
    let empty = error(server.builder(bearer()).credential(Token::new(" "))).await;
    assert!(empty.contains("empty"), "{empty}");
    let unprintable = error(server.builder(bearer()).credential(Token::new("hush\r\nX-Evil: 1"))).await;
    assert!(unprintable.contains("cannot stand in a header") && !unprintable.contains("hush"), "{unprintable}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_is_not_sent_in_the_open() {
    let mut method = get();
    binding(&mut method).servers =
        vec![IrServer { url: "http://bindery.invalid".into(), variables: [].into_iter().collect() }].into();
    let client = Client::builder("demo", bearer()).credential(Token::new(SECRET)).build().unwrap();
    let error = client.unit(thing(&method)).await.unwrap_err();
    assert!(matches!(&error, Error::Credential { reason, .. } if reason.contains("http://bindery.invalid")), "{error}");

    // The server that the document names is on loopback: nobody listens in there.
    let server = Server::start(|_| Answer::json("{}")).await;
    binding(&mut method).servers =
        vec![IrServer { url: server.url.clone().into(), variables: [].into_iter().collect() }].into();
    client.unit(thing(&method)).await.unwrap();
    assert_eq!(server.take_one().header("authorization"), Some(format!("Bearer {SECRET}")));
}

#[test]
fn a_scheme_that_is_not_supported_is_told_at_once() {
    let auth = || Auth { scheme: AuthScheme::Other("request_signing".into()), variable: None };
    let error = Client::builder("demo", auth()).credential(Token::new(SECRET)).build().unwrap_err();
    assert!(matches!(&error, Error::Configuration { reason } if reason.contains("`request_signing`")), "{error}");
    assert!(Client::builder("demo", auth()).build().is_err());
    assert!(Client::builder("demo", auth()).credential(NoCredential).build().is_ok());
}

#[test]
fn a_base_url_that_cannot_be_used_is_told_at_once() {
    for url in
        ["", "example.com", "ftp://example.com", "https://me:hush@example.com", "https://example.com?x=1", "https://"]
    {
        let error = Client::builder("demo", Auth::NONE).base_url(url).build().unwrap_err();
        assert!(matches!(&error, Error::Configuration { .. }), "{url}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[tokio::test]
async fn nothing_that_is_printed_holds_a_secret() {
    struct Vault;
    impl Credential for Vault {
        fn secret(&self) -> SecretFuture<'_> {
            Box::pin(async { Ok(Some(SecretString::from(SECRET))) })
        }
    }

    // The provider repeats what it was sent, in every place.
    let server = Server::start(|seen| {
        let said = format!("{:?} {:?}", seen.header("authorization"), seen.query).replace('"', "'");
        Answer::json(format!(r#"{{"error":{{"code":"{said}","message":"{said}"}}}}"#)).with_status(403)
    })
    .await;
    let method = get();
    let call = thing(&method);
    let in_query = Auth { scheme: AuthScheme::Query { name: "q".into(), prefix: "".into() }, variable: None };
    for auth in [bearer(), in_query] {
        let builder = server.builder(auth).credential(Vault);
        let mut printed = format!("{builder:?} {:?} {call:?}", Token::new(SECRET));
        let client = builder.build().unwrap();
        let error = client.unit(call.clone()).await.unwrap_err();
        let prepared = client.prepare(&call).unwrap();
        let rows = client.rows::<String>(call.clone());
        write!(printed, "{client:?} {error} {error:?} {prepared:?} {rows:?}").unwrap();
        assert!(!printed.contains(SECRET), "{printed}");
        assert!(printed.contains("[hidden]"), "{printed}");
    }
    let argument = Argument::text(SECRET);
    assert!(!format!("{argument:?}").contains(SECRET));
}
