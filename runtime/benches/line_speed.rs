//! The runtime against the floor of the same run: raw reqwest and serde types, against the same server on loopback.
//!
//! Small calls have two floors: requests like those of the runtime (its headers, and a limit of time), and the barest that
//! reqwest can send. `cargo bench -p bindery-runtime` prints what both do and the ratio. Rounds alternate, and the middle
//! of their ratios counts, so that what else runs on the machine does not decide. `small`, `small-raw`, `small-bare`, `rows`,
//! `rows-raw`, `flattened` and `flattened-raw` behind a `--` run only these, for a profiler.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark fails by a panic, and its numbers are small"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bindery_runtime::ir::{
    Auth, HttpBinding, HttpMethod, JsonPath, Method, NextPage, PagePointer, Pagination, PaginationReason, Reshape,
    Rows, SqlName, Transform, TransformInput,
};
use bindery_runtime::json::Extra;
use bindery_runtime::{Call, Client};
use futures_util::stream::{self, StreamExt};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CALLS: usize = 10_000;
const CONCURRENCY: usize = 64;
const PAGES: usize = 100;
const ROWS: usize = 1_000;
const ROUNDS: usize = 40;

/// A row as a generated crate has it.
#[derive(Default)]
struct Row {
    id: Option<String>,
    size: Option<i64>,
    text: Option<String>,
    extra: Extra,
}

bindery_runtime::json_objects! {
    Row {
        "id" => id,
        "size" => size,
        "text" => text,
    }
}

/// The same by hand.
#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "it is what comes, read or not")]
struct PlainRow {
    id: Option<String>,
    size: Option<i64>,
    text: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainPage<R> {
    value: Vec<R>,
    next_link: Option<String>,
}

/// The same as it comes before a document has it flattened.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "it is what comes, read or not")]
struct NestedRow {
    id: Option<String>,
    properties: NestedProperties,
}

#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "it is what comes, read or not")]
struct NestedProperties {
    size: Option<i64>,
    text: Option<String>,
}

/// The pages of both listings.
struct Pages {
    plain: Vec<Vec<u8>>,
    nested: Vec<Vec<u8>>,
}

impl Pages {
    fn new() -> Self {
        let plain = |id: String, size: usize, text: &str| format!(r#"{{"id":"{id}","size":{size},"text":"{text}"}}"#);
        let nested = |id: String, size: usize, text: &str| {
            format!(r#"{{"id":"{id}","properties":{{"size":{size},"text":"{text}"}}}}"#)
        };
        let all =
            |path, row: fn(String, usize, &str) -> String| (0..PAGES).map(|number| page(path, number, row)).collect();
        Self { plain: all("list", plain), nested: all("nested", nested) }
    }
}

/// Answers `/one` with a small object, and `/list?page=N` and `/nested?page=N` with a page.
async fn serve(listener: TcpListener, pages: Arc<Pages>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&pages)));
    }
}

async fn answer(mut stream: TcpStream, pages: Arc<Pages>) {
    stream.set_nodelay(true).unwrap();
    let small = with_head(br#"{"id":"one","size":1,"text":"a small answer"}"#);
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => continue,
            }
        };
        let line = buffer.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).into_owned();
        buffer.drain(..end + 4);
        let page = line.split("page=").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
        let body = match page.unwrap_or(0) {
            page if line.contains("/list") => &pages.plain[page],
            page if line.contains("/nested") => &pages.nested[page],
            _ => &small,
        };
        if stream.write_all(body).await.is_err() {
            return;
        }
    }
}

fn with_head(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn page(path: &str, number: usize, row: fn(String, usize, &str) -> String) -> Vec<u8> {
    let text = "x".repeat(970);
    let rows = (0..ROWS).map(|index| row(format!("{number}-{index}"), index, &text)).collect::<Vec<_>>().join(",");
    let next = if number + 1 < PAGES { format!(r#","nextLink":"/{path}?page={}""#, number + 1) } else { String::new() };
    with_head(format!(r#"{{"value":[{rows}]{next}}}"#).as_bytes())
}

fn method(path: &'static str, rows: Rows) -> Method {
    let mut method = Method::new("bench.main.thing".parse().unwrap(), SqlName::new("call"));
    method.http = Some(HttpBinding::new(HttpMethod::Get, path));
    method.response.rows = rows;
    method
}

async fn small_bindery(client: &Client, method: &Method) {
    let one = |_| async { client.one::<Row>(Call::new(method)).await.unwrap() };
    let done = stream::iter(0..CALLS).map(one).buffer_unordered(CONCURRENCY).count().await;
    assert_eq!(done, CALLS);
}

async fn small_raw(http: &reqwest::Client, base: &str) {
    let url = format!("{base}/one");
    let one = |_| async {
        let bytes = http.get(&url).send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice::<PlainRow>(&bytes).unwrap()
    };
    let done = stream::iter(0..CALLS).map(one).buffer_unordered(CONCURRENCY).count().await;
    assert_eq!(done, CALLS);
}

async fn rows_bindery(client: &Client, method: &Method) {
    let mut rows = client.rows::<Row>(Call::new(method));
    let mut count = 0;
    while let Some(row) = rows.next().await {
        row.unwrap();
        count += 1;
    }
    assert_eq!(count, PAGES * ROWS);
}

async fn rows_raw<R: DeserializeOwned>(http: &reqwest::Client, base: &str, list: &str) {
    let (mut next, mut count) = (Some(list.to_owned()), 0);
    while let Some(path) = next {
        let bytes = http.get(format!("{base}{path}")).send().await.unwrap().bytes().await.unwrap();
        let page: PlainPage<R> = serde_json::from_slice(&bytes).unwrap();
        count += page.value.len();
        next = page.next_link;
    }
    assert_eq!(count, PAGES * ROWS);
}

/// How long something took, and how long this thread worked for it, where that can be told.
#[derive(Clone, Copy, Default)]
struct Took {
    wall: f64,
    cpu: f64,
}

/// The seconds for which this thread was on a processor, which other programs do not lengthen.
fn worked() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: Option<f64> = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.unwrap_or(0.0) / 1e9
}

async fn timed(work: impl Future<Output = ()>) -> Took {
    let (start, before) = (Instant::now(), worked());
    work.await;
    Took { wall: start.elapsed().as_secs_f64(), cpu: worked() - before }
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What each of several works took, in one round after the other.
struct Rounds(Vec<Vec<Took>>);

impl Rounds {
    fn report(&self, name: &str, count: usize, ours: usize, floor: usize) {
        let (ours, floor) = (&self.0[ours], &self.0[floor]);
        if ours.is_empty() || floor.is_empty() {
            return;
        }
        let per_second = |rounds: &[Took]| count as f64 / middle(rounds.iter().map(|took| took.wall));
        let percent = |time: fn(&Took) -> f64| {
            middle(ours.iter().zip(floor).map(|(ours, floor)| time(floor) / time(ours) * 100.0))
        };
        println!(
            "{name}: {:.0} a second, floor {:.0}: {:.1} %; by the caller's processor time {:.1} %",
            per_second(ours),
            per_second(floor),
            percent(|took| took.wall),
            percent(|took| took.cpu),
        );
    }
}

/// A client that sends what the runtime sends, and waits as long.
fn alike() -> reqwest::Client {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("accept", "application/json".parse().unwrap());
    headers.insert("accept-encoding", "gzip".parse().unwrap());
    let http = reqwest::Client::builder().user_agent("bindery/0.1.0").default_headers(headers);
    http.timeout(Duration::from_secs(60)).build().unwrap()
}

fn main() {
    let pages = Arc::new(Pages::new());
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    server.spawn(serve(listener, pages));

    let caller = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    caller.block_on(async {
        let client = Client::builder("bench", Auth::NONE).base_url(&base).build().unwrap();
        let (similar, plain) = (alike(), reqwest::Client::new());
        let one = method("/one", Rows::One(JsonPath::ROOT));
        let mut list = method("/list", Rows::Many(JsonPath::key("value")));
        let next = NextPage::Url(PagePointer::Body(JsonPath::key("nextLink")));
        list.response.pagination = Some(Pagination { next, reason: PaginationReason::Declared });
        let mut nested = method("/nested", list.response.rows.clone());
        nested.response.pagination = list.response.pagination.clone();
        nested.adaptation.response = Some(Transform {
            kind: "golang_template_json_v0.3.0".into(),
            input: TransformInput::Json,
            template: "".into(),
            operation: Reshape::Flatten {
                list: Some("value".into()),
                member: "properties".into(),
                mark: "_flattened".into(),
                token: Some("nextLink".into()),
            },
        });
        let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
        let names = ["small", "small-raw", "small-bare", "rows", "rows-raw", "flattened", "flattened-raw"];
        let mut rounds = Rounds(vec![Vec::new(); names.len()]);
        // What is compared runs together, and nothing else between. The first round connects.
        let groups = [0..3, 3..5, 5..7];
        for (round, group) in groups.iter().flat_map(|group| (0..=ROUNDS).map(move |round| (round, group))) {
            // Each round begins with another of them, because what ran before leaves caches behind.
            for at in group.clone().cycle().skip(round % group.len()).take(group.len()) {
                let name = names[at];
                if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
                    continue;
                }
                let took = match name {
                    "small" => timed(small_bindery(&client, &one)).await,
                    "small-raw" => timed(small_raw(&similar, &base)).await,
                    "small-bare" => timed(small_raw(&plain, &base)).await,
                    "rows" => timed(rows_bindery(&client, &list)).await,
                    "rows-raw" => timed(rows_raw::<PlainRow>(&similar, &base, "/list")).await,
                    "flattened" => timed(rows_bindery(&client, &nested)).await,
                    _ => timed(rows_raw::<NestedRow>(&similar, &base, "/nested")).await,
                };
                if round > 0 {
                    rounds.0[at].push(took);
                }
            }
        }
        rounds.report("small calls", CALLS, 0, 1);
        rounds.report("small calls, bare floor", CALLS, 0, 2);
        rounds.report("rows of 1 KB", PAGES * ROWS, 3, 4);
        rounds.report("rows of 1 KB, flattened", PAGES * ROWS, 5, 6);
    });
}
