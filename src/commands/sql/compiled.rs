//! What documents of services were compiled to, kept in the user's folder for caches, so that each is read once.
//!
//! A catalog belongs to the document as it was (path, size and time of its last change, and those of `provider.yaml`) and to
//! one build of this program. One that cannot be read or written is none.

use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bindery_ir::{Catalog, Provider};

/// The catalogs, below the user's folder for such things.
const FOLDER: &str = "bindery/services";

/// How long a document has to be as it is before its time of change tells it from what it may become.
const SETTLED: Duration = Duration::from_secs(2);

/// Where the catalog of a document is kept.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    path: PathBuf,
    /// What the names of all catalogs of this document begin with.
    document: String,
    is_settled: bool,
}

impl Compiled {
    /// Where the catalog of a document is kept, which is read together with `provider.yaml`; `None` when there is no such
    /// place.
    pub(super) fn of(provider: &Path, document: &Path) -> Option<Self> {
        let caches = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = caches.or_else(|| Some(std::env::home_dir()?.join(".cache")))?;
        let program = fs::metadata(std::env::current_exe().ok()?).ok()?;
        let (provider, metadata) = (fs::metadata(provider).ok()?, fs::metadata(document).ok()?);
        let of = hash(&std::path::absolute(document).ok()?);
        let stamps = [&program, &provider, &metadata].map(|metadata| (metadata.len(), metadata.modified().ok()));
        let is_settled = [&provider, &metadata].into_iter().all(is_settled);
        let path = caches.join(FOLDER).join(format!("{of}-{}.json", hash(&(stamps, env!("CARGO_PKG_VERSION")))));
        Some(Self { path, document: of, is_settled })
    }

    /// The catalog, if it is there.
    pub(super) fn open(&self) -> Option<Catalog> {
        Catalog::open(fs::read_to_string(&self.path).ok()?).ok()
    }

    /// Keeps what the document was compiled to, in place of what it was compiled to before.
    pub(super) fn keep(&self, provider: Provider) {
        let Some(folder) = self.path.parent().filter(|_| self.is_settled) else { return };
        let Ok(text) = Catalog::write(&[provider]) else { return };
        // Whoever reads it meanwhile sees all of it or nothing.
        let part = self.path.with_extension(format!("{}.part", std::process::id()));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&part, text));
        if written.and_then(|()| fs::rename(&part, &self.path)).is_err() {
            let _ = fs::remove_file(&part);
            return;
        }
        for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            if entry.path() != self.path && entry.file_name().to_string_lossy().starts_with(&self.document) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn is_settled(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
    age.is_some_and(|age| age >= SETTLED)
}

fn hash(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
