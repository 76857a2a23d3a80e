//! `bindery registry` against a registry over loopback HTTP: what is pulled, what is refused, and what a kill leaves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer, SigningKey};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

const PROVIDER: &str = "id: shop
name: shop
version: v1.2.0
providerServices:
  bread: { id: 'bread:v1.2.0', name: bread, service: { $ref: shop/v1.2.0/services/bread.yaml }, title: Bread }
";

const BREAD: &str = "openapi: 3.0.3
info: { title: Bread, version: '1' }
servers: [{ url: 'http://shop.example' }]
paths:
  /loaves:
    get:
      responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { type: object, properties: { MARK: { type: string } } } } } } } }
components:
  x-stackQL-resources:
    loaf:
      id: shop.bread.loaf
      methods:
        list: { operation: { $ref: '#/paths/~1loaves/get' }, response: { mediaType: application/json, openAPIDocKey: '200' } }
      sqlVerbs: { select: [{ $ref: '#/components/x-stackQL-resources/loaf/methods/list' }] }
";

/// The documents of a version, whose rows have a column of this name.
fn documents(version: &str, column: &str) -> Vec<(String, Vec<u8>)> {
    vec![
        (format!("{version}/provider.yaml"), PROVIDER.replace("v1.2.0", version).into_bytes()),
        (format!("{version}/services/bread.yaml"), BREAD.replace("MARK", column).into_bytes()),
    ]
}

fn entry(kind: tar::EntryType, name: &str, content: &[u8], target: &str) -> (tar::Header, Vec<u8>) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    // Written as it is: the checks of the crate are not those that are tested.
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    (header, content.to_vec())
}

fn packed(entries: &[(tar::Header, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (header, content) in entries {
        archive.append(header, content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = files.iter().map(|(name, text)| entry(tar::EntryType::Regular, name, text, "")).collect();
    packed(&entries)
}

/// What a registry serves, and how.
#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, Vec<u8>>,
    /// Break off after so many bytes, so many times.
    breaks: Vec<usize>,
    /// Wait between pieces of a body.
    pause: Duration,
    /// The ranges that were asked for, by path.
    asked: Vec<(String, Option<String>)>,
}

/// A registry that runs for as long as the value lives.
struct Registry {
    shelf: Arc<Mutex<Shelf>>,
    url: String,
    folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

async fn serve(State(shelf): State<Arc<Mutex<Shelf>>>, uri: Uri, headers: HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    let (content, pause, stop) = {
        let mut shelf = shelf.lock().unwrap();
        shelf.asked.push((uri.path().to_owned(), range.clone()));
        let Some(content) = shelf.files.get(uri.path()).cloned() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let stop =
            if uri.path().contains(".tgz") && !shelf.breaks.is_empty() { Some(shelf.breaks.remove(0)) } else { None };
        (content, shelf.pause, stop)
    };
    let tag = format!("\"{:x}-{}\"", content.iter().map(|byte| u64::from(*byte)).sum::<u64>(), content.len());
    let same = headers.get(header::IF_RANGE).is_none_or(|asked| asked.to_str().is_ok_and(|asked| asked == tag));
    let from = range.filter(|_| same).and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let total = content.len();
    let from: usize = from.unwrap_or(0);
    if from >= total {
        return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{total}"))])
            .into_response();
    }
    let rest = content[from..].to_vec();
    let length = rest.len();
    let pieces: Vec<Bytes> = rest.chunks(512).map(Bytes::copy_from_slice).collect();
    let body = futures_util::stream::unfold((pieces.into_iter(), 0_usize), move |(mut pieces, sent)| async move {
        if stop.is_some_and(|stop| sent >= stop) {
            return Some((Err(std::io::Error::other("broken")), (Vec::new().into_iter(), 0)));
        }
        tokio::time::sleep(pause).await;
        let piece = pieces.next()?;
        let sent = sent + piece.len();
        Some((Ok(piece), (pieces, sent)))
    });
    let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = (status, [(header::ETAG, tag), (header::CONTENT_LENGTH, length.to_string())]).into_response();
    if from > 0 {
        let range = format!("bytes {from}-{}/{total}", total - 1);
        response.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
    }
    *response.body_mut() = Body::from_stream(body);
    response
}

impl Registry {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/providers", listener.local_addr().unwrap());
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let app = axum::Router::new().fallback(serve).with_state(shelf.clone());
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
        });
        let registry = Self { shelf, url, folder: tempfile::tempdir().unwrap(), _runtime: runtime };
        registry.put("dist/providers.yaml", b"providers:\n  shop:\n    versions:\n      - v1.2.0\n      - v1.10.0\n");
        registry.put("dist/shop/v1.2.0.tgz", &archive(&documents("v1.2.0", "flour")));
        registry.put("dist/shop/v1.10.0.tgz", &archive(&documents("v1.10.0", "grain")));
        registry
    }

    fn put(&self, path: &str, content: &[u8]) {
        self.shelf.lock().unwrap().files.insert(format!("/providers/{path}"), content.to_vec());
    }

    fn pulled(&self, path: &str) -> PathBuf {
        self.folder.path().join("pulled").join(path)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
        command.current_dir(self.folder.path()).env("NO_PROXY", "127.0.0.1").env("BINDERY_REGISTRY", &self.url);
        command.arg("registry").args(words).args(["--into", "pulled"]);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    #[track_caller]
    fn refuses(&self, words: &[&str], code: i32, message: &str) {
        let output = self.run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(message), "{said}");
    }
}

#[track_caller]
fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_version_is_listed_pulled_and_queried_and_others_stay_beside_it() {
    let registry = Registry::new();
    assert_eq!(done(&registry.run(&["list"])), "shop                    v1.2.0 v1.10.0\n");
    let said = done(&registry.run(&["pull", "shop"]));
    assert!(said.starts_with("shop v1.10.0: 1 services, in pulled/shop/v1.10.0"), "the newest: {said}");
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    assert_eq!(done(&registry.run(&["list"])), "shop                    v1.2.0* v1.10.0*\n");
    let json = done(&registry.run(&["list", "shop", "--format", "json"]));
    assert_eq!(json.trim(), r#"[{"provider":"shop","pulled":["v1.2.0","v1.10.0"],"versions":["v1.2.0","v1.10.0"]}]"#);

    let describe = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
        command.args(["sql", "--registry"]).arg(registry.pulled("")).arg("DESCRIBE shop.bread.loaf");
        done(&command.output().unwrap())
    };
    assert!(describe().contains("grain"), "the newest is asked");
    // It is answered from what was compiled: the document is not read.
    let document = registry.pulled("shop/v1.10.0/services/bread.yaml");
    let time = fs::metadata(&document).unwrap().modified().unwrap();
    fs::write(&document, "no: document").unwrap();
    fs::File::open(&document).unwrap().set_modified(time).unwrap();
    assert!(describe().contains("grain"));
    // A document that was edited after that is.
    fs::write(&document, BREAD.replace("MARK", "rye")).unwrap();
    assert!(describe().contains("rye"));
}

#[test]
fn a_provider_is_pulled_by_the_name_that_sql_has_for_it() {
    let registry = Registry::new();
    registry.put("dist/providers.yaml", b"providers:\n  googleapis.com:\n    versions: [v1.2.0]\n");
    let google = |(path, text): (String, Vec<u8>)| {
        (path, String::from_utf8(text).unwrap().replace("shop", "google").into_bytes())
    };
    let documents: Vec<_> = documents("v1.2.0", "flour").into_iter().map(google).collect();
    registry.put("dist/googleapis.com/v1.2.0.tgz", &archive(&documents));
    for words in [["pull", "google"].as_slice(), &["pull", "google", "v1.2.0"], &["pull", "googleapis.com"]] {
        assert!(done(&registry.run(words)).contains("in pulled/googleapis.com/v1.2.0"), "{words:?}");
    }
    assert_eq!(done(&registry.run(&["list", "google"])), "googleapis.com          v1.2.0*\n");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bindery"));
    command.args(["sql", "--registry"]).arg(registry.pulled("")).arg("DESCRIBE google.bread.loaf");
    assert!(done(&command.output().unwrap()).contains("flour"));
}

#[test]
fn a_folder_is_a_registry_too() {
    let registry = Registry::new();
    let shelf = registry.folder.path().join("shelf");
    fs::create_dir_all(shelf.join("dist/shop")).unwrap();
    for (path, content) in &registry.shelf.lock().unwrap().files {
        fs::write(shelf.join(path.trim_start_matches("/providers/")), content).unwrap();
    }
    let url = format!("file://{}", shelf.display());
    assert!(done(&registry.run(&["list", "--url", &url])).contains("v1.10.0"));
    done(&registry.run(&["pull", "shop", "v1.2.0", "--url", &url]));
    assert!(registry.pulled("shop/v1.2.0/provider.yaml").is_file());
    registry.refuses(&["pull", "shop", "v9", "--url", &url], 2, "there is no version `v9` of `shop`");
}

#[test]
fn what_is_not_there_and_what_does_not_answer_is_told() {
    let registry = Registry::new();
    registry.refuses(&["pull", "smithy"], 2, "no provider `smithy`; it has shop");
    registry.refuses(&["list", "smithy"], 2, "no provider `smithy`; it has shop");
    registry.refuses(&["pull", "shop", "v3"], 2, "there is no version `v3` of `shop`");
    registry.refuses(&["pull", "shop", "../x"], 2, "cannot be a provider and its version");
    registry.refuses(&["list", "--url", "ftp://x"], 2, "not at ftp");
    registry.refuses(&["list", "--url", "http://127.0.0.1:1/providers"], 3, "127.0.0.1:1");
    registry.put("dist/providers.yaml", b"providers: 7");
    registry.refuses(&["list"], 2, "is no index");
    assert_eq!(files(&registry.pulled("shop")), Vec::<String>::new());
}

#[test]
fn a_download_goes_on_where_it_broke() {
    let registry = Registry::new();
    // What does not compress, so that it comes in pieces.
    let mut files = documents("v1.2.0", "flour");
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let noise: Vec<u8> = (0..20_000).map(|_| random()).collect();
    files.push(("v1.2.0/noise.bin".to_owned(), noise.clone()));
    registry.put("dist/shop/v1.2.0.tgz", &archive(&files));
    registry.shelf.lock().unwrap().breaks = vec![4096, 2048];
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    assert_eq!(fs::read(registry.pulled("shop/v1.2.0/noise.bin")).unwrap(), noise);
    let asked: Vec<_> = registry.shelf.lock().unwrap().asked.iter().filter_map(|(_, range)| range.clone()).collect();
    let numbers: Vec<usize> =
        asked.iter().map(|range| range.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()).collect();
    assert_eq!(numbers.len(), 2, "{asked:?}");
    assert!(numbers[0] > 0 && numbers[1] >= numbers[0], "{asked:?}");
}

#[test]
fn what_changed_while_it_was_fetched_is_fetched_anew() {
    let registry = Registry::new();
    registry.shelf.lock().unwrap().breaks = vec![100; 9];
    registry.refuses(&["pull", "shop", "v1.2.0"], 3, "v1.2.0.tgz");
    registry.shelf.lock().unwrap().breaks.clear();
    registry.put("dist/shop/v1.2.0.tgz", &archive(&documents("v1.2.0", "spelt")));
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    assert!(fs::read_to_string(registry.pulled("shop/v1.2.0/services/bread.yaml")).unwrap().contains("spelt"));
}

#[test]
fn an_archive_that_would_do_harm_is_refused_whole() {
    use tar::EntryType;
    let registry = Registry::new();
    let good = entry(EntryType::Regular, "v1.2.0/provider.yaml", PROVIDER.as_bytes(), "");
    let bad = [
        (entry(EntryType::Regular, "v1.2.0/../../../evil.yaml", b"x", ""), "outside of its folder"),
        (entry(EntryType::Regular, "/tmp/evil.yaml", b"x", ""), "outside of its folder"),
        (entry(EntryType::Symlink, "v1.2.0/services", b"", "/etc"), "is no file"),
        (entry(EntryType::Link, "v1.2.0/passwd.yaml", b"", "/etc/passwd"), "is no file"),
        (entry(EntryType::Fifo, "v1.2.0/pipe", b"", ""), "is no file"),
        (entry(EntryType::Regular, "v1.2.0/provider.yaml", b"x", ""), "twice"),
    ];
    for (bad, message) in bad {
        registry.put("dist/shop/v1.2.0.tgz", &packed(&[good.clone(), bad]));
        registry.refuses(&["pull", "shop", "v1.2.0"], 2, message);
    }
    // A header that promises more than is allowed; a file that goes on for ever.
    let mut huge = entry(EntryType::Regular, "v1.2.0/huge.yaml", b"", "");
    huge.0.set_size(1 << 40);
    huge.0.set_cksum();
    registry.put("dist/shop/v1.2.0.tgz", &packed(&[good.clone(), huge]));
    registry.refuses(&["pull", "shop", "v1.2.0"], 2, "larger than");
    registry.put("dist/shop/v1.2.0.tgz", b"no archive");
    registry.refuses(&["pull", "shop", "v1.2.0"], 2, "damaged");
    let mut cut = archive(&documents("v1.2.0", "flour"));
    cut.truncate(cut.len() - 20);
    registry.put("dist/shop/v1.2.0.tgz", &cut);
    registry.refuses(&["pull", "shop", "v1.2.0"], 2, "damaged");
    registry.put("dist/shop/v1.2.0.tgz", &archive(&[("readme.md".to_owned(), b"x".to_vec())]));
    registry.refuses(&["pull", "shop", "v1.2.0"], 2, "no provider.yaml");
    let left: Vec<String> = files(registry.folder.path());
    assert!(left.iter().all(|file| file.ends_with("_lock")), "{left:?}");
    registry.put("dist/shop/v1.2.0.tgz", &archive(&documents("v1.2.0", "flour")));
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
}

/// The documents with a signature beside each, as registries write them: a time of 15 bytes and 64 bytes of Ed25519.
fn signed(key: &SigningKey, stamp: &[u8], documents: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let sign = |(name, text): &(String, Vec<u8>)| {
        let signature = key.sign(&[text, stamp].concat()).to_bytes();
        (format!("{name}.sig"), STANDARD.encode([stamp, &signature].concat()).into_bytes())
    };
    let signatures: Vec<_> = documents.iter().map(sign).collect();
    documents.into_iter().chain(signatures).collect()
}

#[test]
fn signatures_are_verified_where_there_are_some() {
    let registry = Registry::new();
    let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
    let pem = |key: &SigningKey| key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
    fs::write(registry.folder.path().join("keys.pem"), pem(&other) + &pem(&key)).unwrap();
    fs::write(registry.folder.path().join("other.pem"), pem(&other)).unwrap();
    let stamp = [1_u8, 0, 0, 0, 14, 0xda, 0x97, 0xac, 0x5f, 0x26, 0x9b, 0xb6, 0x78, 2, 0x58];
    let pull = ["pull", "shop", "v1.2.0", "--key", "keys.pem"];
    for stamp in [&stamp[..], &[]] {
        registry.put("dist/shop/v1.2.0.tgz", &archive(&signed(&key, stamp, documents("v1.2.0", "flour"))));
        let output = registry.run(&[&pull[..], &["--require-signatures"]].concat());
        assert!(done(&output).contains("1 services"));
        assert!(String::from_utf8_lossy(&output.stderr).contains("2 signatures verified"));
    }
    let before = fs::read(registry.pulled("shop/v1.2.0/provider.yaml")).unwrap();

    registry.refuses(&["pull", "shop", "v1.2.0", "--key", "other.pem"], 2, "provider.yaml is not what was signed");
    let mut changed = signed(&key, &stamp, documents("v1.2.0", "flour"));
    changed[1].1.extend_from_slice(b"# one more line\n");
    registry.put("dist/shop/v1.2.0.tgz", &archive(&changed));
    registry.refuses(&pull, 2, "services/bread.yaml is not what was signed");
    let mut half = signed(&key, &stamp, documents("v1.2.0", "flour"));
    half.remove(3);
    registry.put("dist/shop/v1.2.0.tgz", &archive(&half));
    registry.refuses(&[&pull[..], &["--require-signatures"]].concat(), 2, "services/bread.yaml is not signed");
    half.remove(0);
    registry.put("dist/shop/v1.2.0.tgz", &archive(&half));
    registry.refuses(&pull, 2, "no provider.yaml");
    assert_eq!(fs::read(registry.pulled("shop/v1.2.0/provider.yaml")).unwrap(), before, "what was there stays");

    registry.put("dist/shop/v1.2.0.tgz", &archive(&changed));
    let unchecked = registry.run(&["pull", "shop", "v1.2.0"]);
    assert!(String::from_utf8_lossy(&unchecked.stderr).contains("2 signatures were not checked"));
    registry.refuses(&["pull", "shop", "--require-signatures"], 2, "needs --key");
    registry.refuses(&["pull", "shop", "--key", "nowhere.pem"], 2, "nowhere.pem");
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_or_the_new() {
    let registry = Registry::new();
    let version = |column: &str| {
        let mut files = documents("v1.2.0", column);
        // Many files, each of which says which generation it is of.
        files.extend((0..60).map(|n| (format!("v1.2.0/notes/{n}.txt"), column.repeat(50).into_bytes())));
        archive(&files)
    };
    registry.put("dist/shop/v1.2.0.tgz", &version("old"));
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    registry.shelf.lock().unwrap().pause = Duration::from_millis(1);
    let start = Instant::now();
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    let duration = start.elapsed();
    let generations = ["new", "old"];
    let (mut killed, mut came_through) = (0, 0);
    let mut present = "old";
    // Later each time, however long a pull takes here and now, until several were done before they were killed.
    for round in 0_u32.. {
        registry.put("dist/shop/v1.2.0.tgz", &version(generations[usize::from(present == "new")]));
        let mut child =
            registry.command(&["pull", "shop", "v1.2.0"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(duration * round / 25);
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let place = registry.pulled("shop/v1.2.0");
        let bread = fs::read_to_string(place.join("services/bread.yaml")).unwrap();
        let now = if bread.contains("new: {") { "new" } else { "old" };
        for note in 0..60 {
            assert_eq!(fs::read_to_string(place.join(format!("notes/{note}.txt"))).unwrap(), now.repeat(50), "{round}");
        }
        let catalog = fs::read_to_string(place.join(format!("catalog-{}/bread.json", env!("CARGO_PKG_VERSION"))));
        assert!(catalog.unwrap().contains(&format!("\"{now}\"")), "{round}");
        let changed = now != present;
        present = now;
        match ended {
            Some(status) => assert!(status.success() && changed, "{round} ended with {status}, and changed: {changed}"),
            None => killed += 1,
        }
        came_through += usize::from(ended.is_some());
        if came_through == 5 {
            break;
        }
        assert!(round < 250, "{killed} were killed, {came_through} came through");
    }
    assert!(killed > 3, "only {killed} were killed");
    done(&registry.run(&["pull", "shop", "v1.2.0"]));
    let left = files(&registry.pulled(".staging"));
    assert_eq!(left, ["shop@v1.2.0_lock"], "what was left is used or removed");
}
