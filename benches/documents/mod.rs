//! Benchmarks of commands that read a folder of documents: each is compared with its floor, which is this same program when
//! it is told to do no more than what cannot be left out.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bindery::codegen::Source;

use crate::measure::{Cost, Outcome, run};

/// How a benchmark is told to be its own floor.
const FLOOR: &str = "--floor";

/// A command that is compared with its floor over a folder of documents.
pub(crate) struct Benchmark {
    /// The extensions of the documents.
    pub(crate) extensions: &'static [&'static str],
    /// What is done with each document where this program is the floor.
    pub(crate) floor: fn(&Source),
    /// Measures the command over a folder; the first argument measures the floor over it.
    pub(crate) compare: fn(&dyn Fn() -> Outcome<Cost>, &Path) -> Outcome<()>,
}

impl Benchmark {
    /// Reads the arguments: a folder, or none for the one of the corpus that `default` finds.
    pub(crate) fn run(&self, default: impl FnOnce() -> Outcome<Option<PathBuf>>) -> Outcome<()> {
        let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        let folder = match arguments.as_slice() {
            [mode, folder] if mode == FLOOR => return self.be_the_floor(Path::new(folder)),
            [folder] => PathBuf::from(folder),
            _ => match default()? {
                Some(folder) => folder,
                None => return Ok(()),
            },
        };
        let documents = Source::find(&folder, self.extensions)?;
        let bytes: u64 = documents.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
        println!("{} documents, {:.1} MB in {}", documents.len(), bytes as f64 / 1e6, folder.display());
        let itself = std::env::current_exe()?;
        (self.compare)(&|| run(&itself, &[OsStr::new(FLOOR), folder.as_os_str()]), &folder)
    }

    fn be_the_floor(&self, folder: &Path) -> Outcome<()> {
        for path in Source::find(folder, self.extensions)? {
            (self.floor)(&Source::read(&path)?);
        }
        Ok(())
    }
}
