//! `bindery sql` as people run it: the real binary, against a fake over HTTP.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::sync::Arc;

use assert_cmd::Command;
use bindery_mock::Mock;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";

/// A fake Azure that runs for as long as the value lives.
struct Fake {
    mock: Mock,
    runtime: tokio::runtime::Runtime,
}

impl Fake {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let provider = bindery::catalog().unwrap().provider("azure").unwrap().unwrap();
        let mock = runtime.block_on(Mock::builder(provider).page_size(2).start()).unwrap();
        Self { mock, runtime }
    }

    /// The command with its words, and what it is to be told.
    fn sql(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command
            .env("SECRET", "s3cret")
            .args(["sql", "--endpoint", &format!("azure={}", self.mock.url())])
            .args(["--auth", r#"{"azure": {"type": "bearer", "credentialsenvvar": "SECRET"}}"#])
            .args(["--param", &format!("subscription_id={SUBSCRIPTION}")])
            .args(words);
        command
    }

    /// What it prints when all goes well.
    fn printed(&self, words: &[&str]) -> String {
        let output = self.sql(words).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    }

    fn with_groups() -> Self {
        let fake = Self::new();
        fake.printed(&["INSERT INTO azure.resources.resource_group (resourceGroupName, data__location, tags)
            VALUES ('a', 'north', '{\"n\": 1}'), ('b|c', 'south', NULL), ('ä', 'north', NULL)"]);
        fake
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.runtime.block_on(async { tokio::task::yield_now().await });
    }
}

const GROUPS: &str =
    "SELECT name, location, tags, length(name) AS size FROM azure.resources.resource_group ORDER BY name";

#[test]
fn every_format_shows_the_same_rows() {
    let fake = Fake::with_groups();
    let printed = |format: &str| fake.printed(&["--format", format, GROUPS]);
    insta::assert_snapshot!(["table", "json", "ndjson", "csv", "markdown"].map(printed).join("\n"), @r#"
    name  location  tags     size
    ────  ────────  ───────  ────
    a     north     {"n":1}     1
    b|c   south     NULL        3
    ä     north     NULL        1

    [{"name":"a","location":"north","tags":{"n":1},"size":1},
     {"name":"b|c","location":"south","tags":null,"size":3},
     {"name":"ä","location":"north","tags":null,"size":1}]

    {"name":"a","location":"north","tags":{"n":1},"size":1}
    {"name":"b|c","location":"south","tags":null,"size":3}
    {"name":"ä","location":"north","tags":null,"size":1}

    name,location,tags,size
    a,north,"{""n"":1}",1
    b|c,south,,3
    ä,north,,1

    | name | location | tags | size |
    |---|---|---|---|
    | a | north | {"n":1} | 1 |
    | b\|c | south |  | 3 |
    | ä | north |  | 1 |
    "#);
}

#[test]
fn statements_come_from_files_and_standard_input() {
    let fake = Fake::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.sql");
    std::fs::write(&file, "-- two of them\nSELECT 1 AS one;\nSELECT ':x' AS x, :subscription_id AS s;\n").unwrap();
    let printed = fake.printed(&["--format", "ndjson", "-f", file.to_str().unwrap()]);
    assert_eq!(printed, format!("{{\"one\":1}}\n{{\"x\":\":x\",\"s\":\"{SUBSCRIPTION}\"}}\n"));
    let output = fake.sql(&["--format", "csv"]).write_stdin("SELECT 1 AS a, 'x' AS b").assert().success();
    output.stdout("a,b\n1,x\n");
}

#[test]
fn exit_codes_tell_a_wrong_statement_from_a_failed_provider() {
    let fake = Fake::new();
    let failed = |words: &[&str], code: i32| {
        let assert = fake.sql(words).assert().code(code);
        assert!(assert.get_output().stdout.is_empty());
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let wrong = failed(&["SELECT nam FROM azure.resources.resource_group"], 2);
    assert!(wrong.contains("did you mean `name`") && wrong.contains("line 1, column 8"), "{wrong}");
    let missing = failed(&["SELECT * FROM azure.resources.resource_group WHERE resourceGroupName = 'none'"], 3);
    assert!(missing.contains("azure.resources.resource_group.get") && !missing.contains("s3cret"), "{missing}");
    let usage = failed(&["--param", "novalue", "SELECT 1"], 2);
    assert!(usage.contains("--param wants NAME=VALUE"), "{usage}");
    let unknown = failed(&["--endpoint", "azur=http://127.0.0.1:1", "SELECT 1"], 2);
    assert!(unknown.contains("there is no provider `azur`"), "{unknown}");
}

#[test]
fn a_dry_run_shows_requests_and_sends_none() {
    let fake = Fake::with_groups();
    fake.mock.clear_requests();
    let delete = "DELETE FROM azure.resources.resource_group WHERE resourceGroupName IN ('a', 'ä')";
    let groups = format!("{}/subscriptions/{SUBSCRIPTION}/resourcegroups", fake.mock.url());
    let printed = fake.printed(&["--dry-run", "--format", "ndjson", delete]);
    let rows: Vec<serde_json::Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [one, other] = <[_; 2]>::try_from(rows).unwrap();
    assert!(one["request"].as_str().unwrap().starts_with(&format!("DELETE {groups}/a?api-version=")), "{one}");
    assert!(other["request"].as_str().unwrap().starts_with(&format!("DELETE {groups}/%C3%A4?")), "{other}");
    assert_eq!((&one["sent"], &one["body"]), (&false.into(), &serde_json::Value::Null));
    // People see them as they would go over the wire, or as commands.
    let insert = "INSERT INTO azure.resources.resource_group (resourceGroupName, data__location) VALUES ('c', 'it''s')";
    let shown = |form: &str| fake.printed(&[form, insert]).replace(&groups, "GROUPS");
    insta::assert_snapshot!([shown("--dry-run"), shown("--dry-run=curl")].join("---\n"), @r#"
    PUT GROUPS/c?api-version=2025-04-01
    accept: application/json
    content-type: application/json
    authorization: Bearer [hidden]

    {"location":"it's"}
    ---
    curl --request PUT 'GROUPS/c?api-version=2025-04-01' \
      --header 'accept: application/json' \
      --header 'content-type: application/json' \
      --header 'authorization: Bearer [hidden]' \
      --data-raw '{"location":"it'\''s"}'
    "#);
    assert!(fake.mock.requests().is_empty());
    fake.printed(&[delete]);
    assert_eq!(fake.printed(&["--format", "csv", "SELECT name FROM azure.resources.resource_group"]), "name\nb|c\n");
}

#[test]
fn a_registry_folder_is_read_a_service_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let version = folder.path().join("src/azure/v24.01.00001");
    std::fs::create_dir_all(version.join("services")).unwrap();
    let spec = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/azure/openapi");
    std::fs::copy(spec.join("provider.yaml"), version.join("provider.yaml")).unwrap();
    std::fs::copy(spec.join("services/resources.yaml"), version.join("services/resources.yaml")).unwrap();
    // A service that cannot even be opened as text does not matter until it is named.
    std::fs::write(version.join("services/api_management.yaml"), "{{{").unwrap();
    let fake = Fake::with_groups();
    let registry = folder.path().to_str().unwrap();
    let printed = fake.printed(&[
        "--registry",
        registry,
        "--format",
        "csv",
        "SELECT name FROM azure.resources.resource_group ORDER BY name LIMIT 1",
    ]);
    assert_eq!(printed, "name\na\n");
    let shown = fake.printed(&["--registry", registry, "--format", "csv", "SHOW SERVICES IN azure LIKE 'res%'"]);
    assert_eq!(shown, "name\nresources\n");
}

#[test]
fn parameters_have_defaults() {
    let fake = Fake::with_groups();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bindery.toml");
    std::fs::write(&config, format!("[defaults.azure]\nsubscription_id = \"{SUBSCRIPTION}\"\n")).unwrap();
    let count = "SELECT count(*) AS n FROM azure.resources.resource_group";
    let command = |words: &[&str]| {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command.env("SECRET", "s3cret").args(["sql", "--format", "csv"]);
        command.args(["--endpoint", &format!("azure={}", fake.mock.url())]);
        command.args(["--auth", r#"{"azure": {"type": "bearer", "credentialsenvvar": "SECRET"}}"#]).args(words);
        command
    };
    let config = config.to_str().unwrap();
    command(&[count]).assert().code(2);
    command(&["--config", config, count]).assert().success().stdout("n\n3\n");
    // The environment goes before the configuration, and the command line before both.
    let other = "00000000-0000-4000-8000-000000000002";
    let variable = "BINDERY_PARAM_AZURE__SUBSCRIPTION_ID";
    command(&["--config", config, count]).env(variable, other).assert().success().stdout("n\n0\n");
    command(&["--param", &format!("azure.subscription_id={SUBSCRIPTION}"), count])
        .env(variable, other)
        .assert()
        .success()
        .stdout("n\n3\n");
    command(&[count]).env("BINDERY_PARAM_SUBSCRIPTION_ID", SUBSCRIPTION).assert().success().stdout("n\n3\n");
    command(&["--config", "missing.toml", count]).assert().code(2);
}

#[test]
fn answers_are_kept_where_that_is_asked_for() {
    let fake = Fake::with_groups();
    let twice = "SELECT count(*) AS n FROM azure.resources.resource_group; SELECT count(*) AS n FROM azure.resources.resource_group";
    let requests = |words: &[&str]| {
        fake.mock.clear_requests();
        let output = fake.sql(&[&["--format", "csv"], words, &[twice]].concat()).assert().success();
        assert_eq!(output.get_output().stdout, b"n\n3\nn\n3\n");
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        (fake.mock.requests().len(), said)
    };
    assert_eq!(requests(&[]).0, 4);
    let (made, said) = requests(&["--cache", "5m"]);
    assert_eq!(made, 2);
    assert!(said.contains("1 of 1 answers were kept from before"), "{said}");
    let failed = fake.sql(&["--cache", "soon", "SELECT 1"]).assert().code(2);
    assert!(String::from_utf8_lossy(&failed.get_output().stderr).contains("30s, 5m or 1h"));
}

#[test]
fn a_service_is_compiled_once_and_again_when_its_document_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, caches) = (folder.path().join("registry"), folder.path().join("caches"));
    let version = registry.join("azure/v1");
    std::fs::create_dir_all(version.join("services")).unwrap();
    let spec = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/azure/openapi");
    let document = version.join("services/resources.yaml");
    let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    let write = |path: &std::path::Path, text: &str, modified: std::time::SystemTime| {
        std::fs::write(path, text).unwrap();
        std::fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    };
    write(&version.join("provider.yaml"), &std::fs::read_to_string(spec.join("provider.yaml")).unwrap(), earlier);
    let text = std::fs::read_to_string(spec.join("services/resources.yaml")).unwrap();
    write(&document, &text, earlier);
    let kept = || {
        let entries = std::fs::read_dir(caches.join("bindery/services")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    // The names alone are known without compiling anything.
    let shown = || {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command.env("XDG_CACHE_HOME", &caches).args(["sql", "--format", "csv", "--registry"]).arg(&registry);
        command.arg("SHOW RESOURCES IN azure.resources; SHOW EXTENDED RESOURCES IN azure.resources");
        let output = command.assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let first = shown();
    assert!(first.contains("resource_group,azure.resources.resource_group"), "{first}");
    let [catalog] = kept().try_into().unwrap();
    // What is read the next time is what was kept, and nothing else.
    let edited = std::fs::read_to_string(&catalog)
        .unwrap()
        .replace("\"name\":\"resource_group\"", "\"name\":\"keptaway_group\"");
    std::fs::write(&catalog, edited).unwrap();
    assert!(shown().contains("keptaway_group"));
    // A catalog that is damaged is none.
    std::fs::write(&catalog, "[").unwrap();
    assert_eq!(shown(), first);
    // So is one of a document that has changed, also within the same second.
    write(&document, &text.replace("resource_group", "resource_crowd"), earlier + std::time::Duration::from_millis(1));
    assert!(shown().contains("resource_crowd"));
    let [changed] = kept().try_into().unwrap();
    assert_ne!(changed, catalog, "the old one is removed");
    // What was changed just now may be changed again without a trace.
    write(&document, &text, std::time::SystemTime::now());
    assert_eq!(shown(), first);
    assert_eq!(kept(), [changed]);
}

/// A server that speaks TLS and passes on to a fake: its address, and the certificate that nobody has signed.
fn with_tls(fake: &Fake) -> (String, String) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let behind = fake.mock.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let listener = fake.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    fake.runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // Who does not trust the certificate goes away.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (address, cert.pem())
}

#[test]
fn a_certificate_of_ones_own_is_trusted_where_it_is_named() {
    let fake = Fake::with_groups();
    let (address, certificate) = with_tls(&fake);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let command = |words: &[&str]| {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command.env("SECRET", "s3cret").args(["sql", "--endpoint", &format!("azure={address}"), "--format", "csv"]);
        command.args(["--auth", r#"{"azure": {"type": "bearer", "credentialsenvvar": "SECRET"}}"#]).args(words);
        command.arg(format!(
            "SELECT name FROM azure.resources.resource_group
             WHERE subscriptionId = '{SUBSCRIPTION}' AND resourceGroupName = 'a'"
        ));
        command
    };
    command(&["--cacert", file.to_str().unwrap()]).assert().success().stdout("name\na\n");
    let said = command(&[]).assert().code(3).get_output().stderr.clone();
    assert!(String::from_utf8_lossy(&said).contains("certificate"), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn authentication_and_certificates_are_checked() {
    let fake = Fake::with_groups();
    let one = "SELECT count(*) AS n FROM azure.resources.resource_group";
    let said = |words: &[&str]| {
        let assert = fake.sql(&[words, &[one]].concat()).assert().failure();
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    assert!(said(&["--cacert", file.to_str().unwrap()]).contains("--cacert: cannot read"));
    std::fs::write(&file, "no certificate").unwrap();
    assert!(said(&["--cacert", file.to_str().unwrap()]).contains("no certificates (PEM)"));
    // Whatever is in it may be a secret.
    let command = |auth: &str| {
        let mut command = Command::cargo_bin("bindery").unwrap();
        command.args(["sql", "--endpoint", &format!("azure={}", fake.mock.url()), "--auth", auth]);
        command.args(["--param", &format!("subscription_id={SUBSCRIPTION}"), "--format", "csv", one]);
        command
    };
    let wrong = command(r#"{"azure": {"type": "bearer", "api_key": s3cret}}"#).assert().code(2);
    let wrong = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(wrong.contains("--auth is no JSON") && !wrong.contains("s3cret"), "{wrong}");
    // A field goes on top of what the document says; a secret in a file is as good as one in the environment.
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let auth = serde_json::json!({ "azure": { "type": "bearer", "credentialsfilepath": secret } }).to_string();
    command(&auth).assert().success().stdout("n\n3\n");
    command(r#"{"azure": {"type": "null_auth"}}"#).assert().code(3);
}
