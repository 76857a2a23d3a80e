//! The folder of what was pulled: `<provider>/<version>/provider.yaml`, and beside the documents what they were compiled to.
//!
//! A version is made in `.staging` and changes places with what was there in one step, so that whoever reads a version, or
//! kills this program, sees the old one or the new one. What a killed run left in `.staging` is used or removed by the next.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bindery_codegen::{Severity, Source, is_harmless, openapi};
use bindery_ir::{Catalog, Provider};

use super::archive;
use crate::outcome::Failure;

/// Where versions are made.
const STAGING: &str = ".staging";

/// The catalogs of a version, a file a service; only the program that wrote them reads them.
const CATALOG: &str = concat!("catalog-", env!("CARGO_PKG_VERSION"));

/// The documents of a provider.
const DOCUMENTS: &[&str] = &["yaml", "yml", "json"];

/// The folder of all that was pulled.
pub(super) struct Store {
    folder: PathBuf,
}

/// A version that is being pulled. Nobody else pulls it meanwhile.
pub(super) struct Pull {
    part: PathBuf,
    unpacked: PathBuf,
    place: PathBuf,
    _lock: File,
}

impl Store {
    /// The folder that is named, or that of the user for data.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, Failure> {
        let data = || {
            let stated = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            let data = stated.or_else(|| Some(env::home_dir()?.join(".local/share")))?;
            Some(data.join("bindery/registry"))
        };
        let folder = folder.map(Path::to_owned).or_else(data);
        let folder = folder.ok_or_else(|| Failure::Usage("there is no home folder: give --into DIR".to_owned()))?;
        Ok(Self { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a version was pulled.
    pub(super) fn has(&self, provider: &str, version: &str) -> bool {
        self.folder.join(provider).join(version).join("provider.yaml").is_file()
    }

    /// Begins to pull a version, waiting for whoever pulls it already.
    pub(super) fn begin(&self, provider: &str, version: &str) -> Result<Pull, Failure> {
        let staging = self.folder.join(STAGING);
        let cannot = |error: io::Error| Failure::Usage(format!("cannot write to {}: {error}", staging.display()));
        fs::create_dir_all(&staging).map_err(cannot)?;
        let at = |ending: &str| staging.join(format!("{provider}@{version}{ending}"));
        let lock = File::create(at("_lock")).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        let place = self.folder.join(provider).join(version);
        Ok(Pull { part: at("_archive.tgz"), unpacked: at("_unpacked"), place, _lock: lock })
    }
}

impl Pull {
    /// Where the archive is put.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Unpacks the archive; where to.
    pub(super) fn unpack(&self) -> Result<PathBuf, Failure> {
        self.clear()?;
        fs::create_dir_all(&self.unpacked).map_err(|error| self.cannot(&error))?;
        let unpacked = archive::unpack(&self.part, &self.unpacked);
        // Whatever it is, it is not unpacked again: a damaged one would be damaged then, too.
        let _ = fs::remove_file(&self.part);
        let _ = fs::remove_file(self.part.with_extension("validator"));
        if let Err(error) = unpacked {
            self.clear()?;
            return Err(error.into());
        }
        Ok(self.unpacked.clone())
    }

    /// Compiles the documents to catalogs; how many services there are, and how many warnings and errors.
    pub(super) fn compile(&self, provider: &str) -> Result<(usize, usize), Failure> {
        let sources = Source::read_all(&self.unpacked, DOCUMENTS)?;
        let (read, findings) = openapi::read_provider(&sources, provider);
        let mut bare = read.clone();
        bare.services = Vec::new().into();
        let folder = self.unpacked.join(CATALOG);
        fs::create_dir_all(&folder).map_err(|error| self.cannot(&error))?;
        for service in read.services.iter().filter(|service| is_harmless(service.name.as_str())) {
            let alone = Provider { services: vec![service.clone()].into(), ..bare.clone() };
            let path = folder.join(format!("{}.json", service.name));
            fs::write(path, Catalog::write(&[alone])?).map_err(|error| self.cannot(&error))?;
        }
        let findings = findings.iter().filter(|found| found.severity > Severity::Note).count();
        Ok((read.services.len(), findings))
    }

    /// Puts the version in its place; where that is.
    pub(super) fn finish(self) -> Result<PathBuf, Failure> {
        if let Some(parent) = self.place.parent() {
            fs::create_dir_all(parent).map_err(|error| self.cannot(&error))?;
        }
        replace(&self.unpacked, &self.place).map_err(|error| self.cannot(&error))?;
        self.clear()?;
        Ok(self.place.clone())
    }

    /// Removes what was unpacked.
    fn clear(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.unpacked) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.cannot(&error)),
            _ => Ok(()),
        }
    }

    fn cannot(&self, error: &io::Error) -> Failure {
        Failure::Usage(format!("cannot write {}: {error}", self.place.display()))
    }
}

/// Moves a folder to a place. What is there changes places with it in one step, where the system can do that.
fn replace(new: &Path, place: &Path) -> io::Result<()> {
    if !place.exists() {
        return fs::rename(new, place);
    }
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // A file system that cannot.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let old = new.with_extension("old");
    let _ = fs::remove_dir_all(&old);
    fs::rename(place, &old)?;
    fs::rename(new, place)?;
    fs::remove_dir_all(&old)
}

/// The catalog that a service of a pulled version was compiled to; `None` when it was not, or its document is newer.
pub(crate) fn compiled_service(version: &Path, document: &Path, name: &str) -> Option<Catalog> {
    let path = is_harmless(name).then(|| version.join(CATALOG).join(format!("{name}.json")))?;
    let changed = |path: &Path| fs::metadata(path).ok()?.modified().ok();
    if changed(&path)? < changed(document)? {
        return None;
    }
    Catalog::open(fs::read_to_string(&path).ok()?).ok()
}
