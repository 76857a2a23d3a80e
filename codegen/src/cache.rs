//! What was generated from what, kept between runs, so that nothing is read or emitted twice.
//!
//! A file is known by its [`Stamp`]: size, times and a hash. As long as size and times are the same, its content is
//! taken to be the same; when they are not, the hash decides. A stamp that is no older than the cache itself tells
//! nothing, since the file may have been written again within the same tick of the clock.
//!
//! There is one cache for each output, in the user's folder for such things (`$XDG_CACHE_HOME` or `~/.cache`), so that an
//! output holds nothing but what was generated. It belongs to one program and one set of options: another version of
//! either starts anew. A cache that cannot be read or written is none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bindery_ir::Provider;
use serde::{Deserialize, Serialize};

use crate::emit::{Layout, ServiceSummary};
use crate::hash::ContentHash;
use crate::output;

/// The caches, below the user's folder for such things.
const FOLDER: &str = "bindery/generated";

/// What was generated from what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cache {
    /// The program and the options.
    pub(crate) key: String,
    /// The provider without its services.
    pub(crate) provider: Provider,
    /// The files that were read.
    pub(crate) inputs: BTreeMap<String, Stamp>,
    /// How many of them were pages.
    pub(crate) pages: usize,
    /// Whether no document refers to another.
    pub(crate) is_isolated: bool,
    /// How many findings each file has.
    pub(crate) findings: BTreeMap<String, usize>,
    /// The services, in their order.
    pub(crate) services: Vec<CachedService>,
    /// How they were divided into crates.
    pub(crate) layout: Layout,
    /// The files that were written, by their path below the output.
    pub(crate) outputs: BTreeMap<String, Stamp>,
    /// When it was written; what is stamped later is not trusted.
    #[serde(skip)]
    written: u64,
}

/// A service and the files that are its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CachedService {
    pub(crate) summary: ServiceSummary,
    /// What it was read from.
    pub(crate) inputs: Vec<String>,
    /// What was written for it.
    pub(crate) outputs: Vec<String>,
}

/// What tells whether a file is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    /// When it was changed, in nanoseconds since 1970.
    modified: u64,
    /// When it or what is known of it was changed, where the system says so.
    changed: i64,
    /// The hash of its content.
    pub(crate) hash: ContentHash,
}

impl Cache {
    /// A cache of now.
    pub(crate) fn new(key: String, provider: &Provider, layout: Layout) -> Self {
        let mut provider = provider.clone();
        provider.services = Vec::new().into();
        Self {
            key,
            provider,
            inputs: BTreeMap::new(),
            pages: 0,
            is_isolated: false,
            findings: BTreeMap::new(),
            services: Vec::new(),
            layout,
            outputs: BTreeMap::new(),
            written: 0,
        }
    }

    /// The cache of an output, if there is one that was written under the same key.
    pub(crate) fn load(out: &Path, key: &str) -> Option<Self> {
        let path = place(out)?;
        let written = modified(&fs::metadata(&path).ok()?)?;
        let cache: Self = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        (cache.key == key).then_some(Self { written, ..cache })
    }

    /// Keeps the cache for the next time; where that cannot be done, the next time does everything again.
    pub(crate) fn store(&self, out: &Path) {
        if let (Some(path), Ok(text)) = (place(out), serde_json::to_string(self)) {
            let _ = output::write(&path, &text);
        }
    }

    /// Which of the files that were read have another content now, or are new or gone.
    pub(crate) fn changed_inputs(&self, present: &[PathBuf]) -> BTreeSet<String> {
        let mut gone: BTreeSet<&String> = self.inputs.keys().collect();
        let mut changed = BTreeSet::new();
        for path in present {
            let name = crate::source::portable(path);
            gone.remove(&name);
            if !self.inputs.get(&name).is_some_and(|stamp| self.is_same(path, stamp)) {
                changed.insert(name);
            }
        }
        changed.extend(gone.into_iter().cloned());
        changed
    }

    /// Which of these files have another content than was read, given those of them that are there.
    pub(crate) fn changed_among(&self, touched: &[PathBuf], present: &[PathBuf]) -> BTreeSet<String> {
        let is_changed = |path: &&PathBuf| {
            let stamp = self.inputs.get(&crate::source::portable(path));
            if present.contains(path) { stamp.is_none_or(|stamp| !self.is_same(path, stamp)) } else { stamp.is_some() }
        };
        touched.iter().filter(is_changed).map(|path| crate::source::portable(path)).collect()
    }

    /// The files that were written and are still as they were.
    pub(crate) fn known_outputs(&self, out: &Path) -> BTreeSet<String> {
        let is_known = |(path, stamp): &(&String, &Stamp)| self.is_same(&out.join(path), stamp);
        self.outputs.iter().filter(is_known).map(|(path, _)| path.clone()).collect()
    }

    /// Knows the files that were written again, now that others beside them changed: they have another place on the disk,
    /// and the same content.
    pub(crate) fn know_again(&mut self, out: &Path) {
        for (path, stamp) in &mut self.outputs {
            let Ok(metadata) = fs::metadata(out.join(path)) else { continue };
            if metadata.len() == stamp.size && modified(&metadata) == Some(stamp.modified) {
                stamp.changed = changed(&metadata);
            }
        }
    }

    fn is_same(&self, path: &Path, stamp: &Stamp) -> bool {
        let Ok(metadata) = fs::metadata(path) else { return false };
        if metadata.len() != stamp.size {
            return false;
        }
        let is_untouched = modified(&metadata) == Some(stamp.modified) && changed(&metadata) == stamp.changed;
        is_untouched && stamp.modified < self.written
            || fs::read(path).is_ok_and(|bytes| ContentHash::of(&bytes) == stamp.hash)
    }
}

impl Stamp {
    /// The stamp of a file, the hash of whose content is known.
    pub(crate) fn of(path: &Path, hash: ContentHash) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self { size: metadata.len(), modified: modified(&metadata)?, changed: changed(&metadata), hash })
    }

    /// The stamp of a file.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::of(path, ContentHash::of(&fs::read(path).ok()?))
    }
}

/// Where the cache of an output lies.
fn place(out: &Path) -> Option<PathBuf> {
    let caches = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = caches.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
    let out = std::path::absolute(out).ok()?;
    let name = format!("{}.json", ContentHash::of(out.as_os_str().as_encoded_bytes()));
    Some(caches.join(FOLDER).join(name))
}

/// What tells one build of this program from another.
pub(crate) fn program() -> String {
    let metadata = std::env::current_exe().and_then(fs::metadata);
    let build = metadata.ok().and_then(|metadata| Some((metadata.len(), modified(&metadata)?)));
    format!("{} {build:?}", crate::VERSION)
}

fn modified(metadata: &Metadata) -> Option<u64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    metadata.ctime().wrapping_mul(1_000_000_000).wrapping_add(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> i64 {
    0
}
