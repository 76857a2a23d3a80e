//! Where a registry is: behind HTTP, or in a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Response, StatusCode};
use url::Url;

use crate::outcome::Failure;
use crate::progress::Progress;

/// How large an index may be.
const INDEX_LIMIT: u64 = 8 << 20;

/// How large an archive may be.
const ARCHIVE_LIMIT: u64 = 1 << 30;

/// How often a download goes on after it broke.
const ATTEMPTS: u32 = 4;

/// How long nothing may arrive.
const SILENCE: Duration = Duration::from_secs(30);

/// A registry.
pub(super) enum Location {
    Http { client: reqwest::Client, base: String },
    Folder(PathBuf),
}

/// How a transfer ended.
enum Transfer {
    Complete,
    NotThere,
    /// It broke, and can go on.
    Broken(String),
}

impl Location {
    /// The registry at a URL with the scheme `https`, `http` or `file`.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let parsed = Url::parse(url).map_err(|error| Failure::Usage(format!("`{url}` is no URL: {error}")))?;
        match parsed.scheme() {
            "file" => {
                let folder = parsed.to_file_path();
                Ok(Self::Folder(folder.map_err(|()| Failure::Usage(format!("`{url}` is no folder of this machine")))?))
            }
            "http" | "https" => {
                // Fails when one was chosen already, which is then the right one.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let client = reqwest::Client::builder()
                    .user_agent(concat!("bindery/", env!("CARGO_PKG_VERSION")))
                    .connect_timeout(SILENCE)
                    .read_timeout(SILENCE)
                    // What is counted is what is on the wire.
                    .no_gzip();
                let client = client.build().map_err(|error| Failure::Network(format!("no HTTP client: {error}")))?;
                Ok(Self::Http { client, base: url.trim_end_matches('/').to_owned() })
            }
            scheme => Err(Failure::Usage(format!("`{url}`: a registry is at https, http or file, not at {scheme}"))),
        }
    }

    /// Reads a small file whole.
    pub(super) async fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let too_large = || Failure::Usage(format!("{path} of the registry is larger than {INDEX_LIMIT} bytes"));
        match self {
            Self::Folder(folder) => {
                let path = folder.join(path);
                let cannot = |error: io::Error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
                let mut bytes = Vec::new();
                File::open(&path)
                    .and_then(|file| file.take(INDEX_LIMIT + 1).read_to_end(&mut bytes))
                    .map_err(cannot)?;
                if bytes.len() as u64 > INDEX_LIMIT { Err(too_large()) } else { Ok(bytes) }
            }
            Self::Http { client, base } => {
                let url = format!("{base}/{path}");
                let failed = |error: reqwest::Error| Failure::Network(told(&url, &error));
                let response = client.get(&url).send().await.and_then(Response::error_for_status).map_err(failed);
                let mut response = response?;
                let mut bytes = Vec::new();
                while let Some(chunk) = response.chunk().await.map_err(failed)? {
                    bytes.extend_from_slice(&chunk);
                    if bytes.len() as u64 > INDEX_LIMIT {
                        return Err(too_large());
                    }
                }
                Ok(bytes)
            }
        }
    }

    /// Makes a file of an archive, going on where an earlier download of the same archive ended. Whether there is such an
    /// archive.
    pub(super) async fn download(&self, path: &str, to: &Path, progress: &Progress) -> Result<bool, Failure> {
        match self {
            Self::Folder(folder) => copy(&folder.join(path), to),
            Self::Http { client, base } => {
                let url = format!("{base}/{path}");
                let mut attempt = 1;
                loop {
                    match transfer(client, &url, to, progress).await? {
                        Transfer::Complete => return Ok(true),
                        Transfer::NotThere => return Ok(false),
                        Transfer::Broken(error) if attempt >= ATTEMPTS => return Err(Failure::Network(error)),
                        Transfer::Broken(_) => tokio::time::sleep(Duration::from_millis(200) * attempt).await,
                    }
                    attempt += 1;
                }
            }
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<bool, Failure> {
    let cannot = |error: io::Error| Failure::Usage(format!("cannot copy {}: {error}", from.display()));
    let file = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(cannot(error)),
    };
    let mut out = File::create(to).map_err(cannot)?;
    let copied = io::copy(&mut file.take(ARCHIVE_LIMIT + 1), &mut out).map_err(cannot)?;
    if copied > ARCHIVE_LIMIT { Err(too_large()) } else { Ok(true) }
}

/// Asks for what is missing of a file, and appends it. A part goes on only as what it began as: the server is told its
/// validator, and sends all of it when that is another now.
async fn transfer(client: &reqwest::Client, url: &str, to: &Path, progress: &Progress) -> Result<Transfer, Failure> {
    let cannot = |error: io::Error| Failure::Usage(format!("cannot write {}: {error}", to.display()));
    let validator_path = to.with_extension("validator");
    let validator = fs::read_to_string(&validator_path).unwrap_or_default();
    let present = fs::metadata(to).map_or(0, |metadata| metadata.len());
    let goes_on = present > 0 && !validator.is_empty();
    let mut request = client.get(url);
    if goes_on {
        request = request.header(RANGE, format!("bytes={present}-")).header(IF_RANGE, validator);
    }
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Ok(Transfer::Broken(told(url, &error))),
    };
    let mut file = match response.status() {
        StatusCode::PARTIAL_CONTENT if goes_on && range_begins(&response, present) => {
            OpenOptions::new().append(true).open(to).map_err(cannot)?
        }
        StatusCode::OK => {
            let file = File::create(to).map_err(cannot)?;
            fs::write(&validator_path, validator_of(&response)).map_err(cannot)?;
            file
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let is_whole = header(&response, &CONTENT_RANGE).is_some_and(|range| range == format!("bytes */{present}"));
            if is_whole {
                return Ok(Transfer::Complete);
            }
            fs::remove_file(to).map_err(cannot)?;
            return Ok(Transfer::Broken(format!("{url}: the part that is there is none of it")));
        }
        StatusCode::NOT_FOUND => return Ok(Transfer::NotThere),
        status if status.is_server_error() => return Ok(Transfer::Broken(format!("{url} answers {status}"))),
        status => return Err(Failure::Network(format!("{url} answers {status}"))),
    };
    let mut size = if response.status() == StatusCode::OK { 0 } else { present };
    let total = response.content_length().map(|rest| rest.saturating_add(size));
    progress.bytes(size, total);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                file.write_all(&chunk).map_err(cannot)?;
                size += chunk.len() as u64;
                progress.bytes(size, total);
                if size > ARCHIVE_LIMIT {
                    return Err(too_large());
                }
            }
            Ok(None) if total.is_none_or(|total| total == size) => return Ok(Transfer::Complete),
            Ok(None) => return Ok(Transfer::Broken(format!("{url} ended after {size} bytes"))),
            Err(error) => return Ok(Transfer::Broken(told(url, &error))),
        }
    }
}

fn too_large() -> Failure {
    Failure::Usage(format!("the archive is larger than {ARCHIVE_LIMIT} bytes"))
}

fn header<'r>(response: &'r Response, name: &reqwest::header::HeaderName) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

fn range_begins(response: &Response, at: u64) -> bool {
    header(response, &CONTENT_RANGE).is_some_and(|range| range.starts_with(&format!("bytes {at}-")))
}

/// What tells one content of a URL from another; a weak tag does not.
fn validator_of(response: &Response) -> &str {
    let tag = header(response, &ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| header(response, &LAST_MODIFIED)).unwrap_or_default()
}

/// An error of the network with what is behind it.
fn told(url: &str, error: &reqwest::Error) -> String {
    let mut told = format!("{url}: ");
    if let Some(status) = error.status() {
        return told + &format!("it answers {status}");
    }
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    told += "the network failed";
    while let Some(error) = source {
        told += &format!(": {error}");
        source = error.source();
    }
    told
}
