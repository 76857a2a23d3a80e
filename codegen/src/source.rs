//! The files a generator reads: the only place where input is read from disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bindery_ir::Origin;
use rayon::prelude::*;
use thiserror::Error;

use crate::Diagnostic;

/// A file, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name for people and for [`bindery_ir::Origin`]: with `/` between its parts on every machine.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A file or folder that could not be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The operating system refused.
    #[error("cannot read {}: {error}", path.display())]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// Why it was not.
        #[source]
        error: io::Error,
    },
}

impl SourceError {
    /// The same as something that was found, for those who go on without the file.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let Self::Io { path, error } = self;
        Diagnostic::error("source/unreadable", Origin::line(portable(path), 0), format!("it cannot be read: {error}"))
            .assuming("what it says is left out")
            .with_hint("see that it is there and that you may read it")
    }
}

impl Source {
    /// How many bytes of a file count. Nobody writes documents of 64 MiB; whoever points at another file has its
    /// beginning in memory and no more.
    pub const LARGEST: usize = 64 * 1024 * 1024;

    /// Reads one file. Bytes that are not UTF-8 become U+FFFD, so that one bad byte does not lose a page. Of a file
    /// that is larger than [`Source::LARGEST`], a byte more than that is read, by which readers know it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, SourceError> {
        let bytes = read_start(path).map_err(|error| SourceError::Io { path: path.to_owned(), error })?;
        let text =
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(Self { path: portable(path), text })
    }

    /// Reads the files that [`Source::find`] finds.
    ///
    /// # Errors
    /// When the folder or one of the files cannot be read.
    pub fn read_all(path: &Path, extensions: &[&str]) -> Result<Vec<Self>, SourceError> {
        Self::find(path, extensions)?.iter().map(|path| Self::read(path)).collect()
    }

    /// All files below a folder whose extension is one of `extensions`, sorted by path. A path that is a file is
    /// taken whatever its extension. Folders of one level are read at once, by the threads of the pool this is called in.
    ///
    /// # Errors
    /// When the folder, or one below it, cannot be read.
    pub fn find(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, SourceError> {
        if path.is_file() {
            return Ok(vec![path.to_owned()]);
        }
        let mut files = Vec::new();
        let mut folders = vec![path.to_owned()];
        while !folders.is_empty() {
            let read = folders.par_iter().map(|folder| entries(folder)).collect::<Result<Vec<_>, _>>()?;
            folders.clear();
            for (path, is_folder) in read.into_iter().flatten() {
                if is_folder {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|e| extensions.iter().any(|wanted| e.eq_ignore_ascii_case(wanted)))
                {
                    files.push(path);
                }
            }
        }
        files.sort_by_cached_key(|path| portable(path));
        Ok(files)
    }
}

/// The bytes of a file, up to one more than count.
fn read_start(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata().map_or(0, |metadata| metadata.len()).min(Source::LARGEST as u64 + 1);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(Source::LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is in a folder, and whether it is a folder itself.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>, SourceError> {
    let io_error = |error| SourceError::Io { path: folder.to_owned(), error };
    let entry = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.map_err(io_error)?;
        // Links are not followed: a folder that contains itself would never end.
        let is_folder = entry.file_type().map_err(io_error)?.is_dir();
        Ok((entry.path(), is_folder))
    };
    fs::read_dir(folder).map_err(io_error)?.map(entry).collect()
}

/// A path as it is shown and stored: with `/` between its parts.
pub(crate) fn portable(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_huge_file_only_the_beginning_is_read() -> io::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        file.as_file().set_len(1 << 40)?;
        assert_eq!(read_start(file.path())?.len(), Source::LARGEST + 1);
        Ok(())
    }
}
