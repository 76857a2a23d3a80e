//! What it costs to compile generated crates: Bindery's and progenitor's, from the same documents, in one run.
//!
//! ```text
//! cargo run --release -- REGISTRY/PROVIDER [SERVICE…]
//! cargo run --release -- --programs REGISTRY/PROVIDER [SERVICE…]
//! ```
//!
//! Without services, a few are taken from the sorted sizes of the provider's documents, the largest among them; `all`
//! takes every one. Each service is checked on its own, after everything that it depends on; seconds are those of the
//! processors, and the peak is the largest process. Where progenitor cannot generate or compile a service, that is said
//! and the service is left out of the ratio. With `--programs`, what is built is a program for release that calls one
//! method.

mod caller;
mod cost;
mod ours;
mod theirs;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bindery_codegen::Source;

use crate::cost::{Cost, MEASURE, cargo, measure, touch};
use crate::ours::Ours;

/// Which documents are taken, as shares of all when they are sorted by size.
const SAMPLE: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// How this program is told to build programs.
const PROGRAMS: &str = "--programs";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [mode, place, program, arguments @ ..] if mode == MEASURE => measure(place, program, arguments),
        [mode, provider, services @ ..] if mode == PROGRAMS => {
            Compared::write(Path::new(provider), services).and_then(|compared| compared.programs())
        }
        [provider, services @ ..] => {
            Compared::write(Path::new(provider), services).and_then(|compared| compared.checks())
        }
        [] => Err("name the folder of a provider".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The crates that are compared, in a workspace of their own.
struct Compared {
    work: PathBuf,
    services: Vec<String>,
    ours: Ours,
    /// Whether progenitor generates each service.
    theirs: Vec<bool>,
}

impl Compared {
    fn write(folder: &Path, services: &[String]) -> Result<Self, Box<dyn Error>> {
        let documents = chosen(folder, services)?;
        let work = std::env::current_dir()?.join("target/compared");
        fs::create_dir_all(&work)?;
        let services: Vec<String> = documents.iter().map(|path| stem(path)).collect();
        let ours = ours::write(folder, &services, &work.join("ours"))?;
        let mut theirs = Vec::new();
        for (name, document) in services.iter().zip(&documents) {
            let package = format!("theirs_{name}");
            let written = theirs::write(document, &package, &work.join(&package));
            if let Err(error) = &written {
                eprintln!("progenitor does not generate {name}: {error}");
            }
            theirs.push(written.is_ok());
        }
        Ok(Self { work, services, ours, theirs })
    }

    /// Makes a workspace of our crate, theirs and some more.
    fn join(&self, others: &[String]) -> Result<(), Box<dyn Error>> {
        let written = self.services.iter().zip(&self.theirs).filter(|(_, written)| **written);
        let members = written.map(|(name, _)| format!("theirs_{name}")).chain(others.iter().cloned());
        let members: Vec<String> = members.map(|member| format!("\"{member}\"")).collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"ours\", {}]\n\
             [profile.dev]\ndebug = 0\nincremental = false\n[profile.release]\nstrip = true\n",
            members.join(", ")
        );
        Ok(fs::write(self.work.join("Cargo.toml"), manifest)?)
    }

    /// Checks each crate on its own.
    fn checks(&self) -> Result<(), Box<dyn Error>> {
        self.join(&[])?;
        // What both depend on is compiled before anything is measured; without features ours is nothing else.
        self.check(&["--package", "bindery-ours"])?;
        // Cargo reads its workspace before it compiles anything, and again for each service.
        let idle = self.check(&["--package", "bindery-ours"])?.seconds;
        println!("| service | ours CPU-s | peak MB | theirs CPU-s | peak MB | ratio |\n|---|---:|---:|---:|---:|---:|");
        let (mut our_sum, mut their_sum, mut compared, mut warm) = (0.0, 0.0, 0.0, false);
        for ((name, module), generated) in self.services.iter().zip(&self.ours.modules).zip(&self.theirs) {
            let ours = self.check(&["--package", "bindery-ours", "--features", module])?;
            let package = format!("theirs_{name}");
            let mut measured = None;
            if *generated {
                if !warm {
                    let _ = self.check(&["--package", &package]);
                    warm = true;
                    touch(&self.work.join(&package).join("src/lib.rs"))?;
                }
                measured = self
                    .check(&["--package", &package])
                    .inspect_err(|error| eprintln!("progenitor's {name} does not compile: {error}"))
                    .ok();
            }
            match measured {
                Some(theirs) => {
                    our_sum += ours.seconds;
                    their_sum += theirs.seconds;
                    compared += 1.0;
                    let ratio = theirs.seconds / ours.seconds;
                    let (ours_mb, theirs_mb) = (ours.peak_mb, theirs.peak_mb);
                    println!(
                        "| {name} | {:.2} | {ours_mb:.0} | {:.2} | {theirs_mb:.0} | {ratio:.1} |",
                        ours.seconds, theirs.seconds
                    );
                }
                None => println!("| {name} | {:.2} | {:.0} | – | – | – |", ours.seconds, ours.peak_mb),
            }
        }
        println!("ours {our_sum:.1} CPU-s, theirs {their_sum:.1}: {:.2} times as much", their_sum / our_sum);
        let (ours, theirs) = (our_sum - idle * compared, their_sum - idle * compared);
        println!(
            "without the {idle:.2} that cargo takes for each: ours {ours:.1}, theirs {theirs:.1}: {:.2} times as much",
            theirs / ours
        );
        Ok(())
    }

    fn check(&self, arguments: &[&str]) -> Result<Cost, Box<dyn Error>> {
        cargo(&self.work, &[&["check"], arguments].concat())
    }

    /// Builds a program of each service that progenitor generates.
    fn programs(&self) -> Result<(), Box<dyn Error>> {
        let services = self.services.iter().zip(&self.ours.modules).zip(&self.theirs).filter(|(_, written)| **written);
        let services: Vec<(&String, &String)> = services.map(|(names, _)| names).collect();
        let mut written = Vec::new();
        for (service, module) in &services {
            written.push(caller::write(&self.work, &self.ours, service, module)?);
        }
        let mut members: Vec<String> = written.concat();
        members.sort();
        members.dedup();
        self.join(&members)?;
        println!(
            "| service | bare CPU-s | ours CPU-s | peak MB | MB | theirs CPU-s | peak MB | MB | ratio |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|"
        );
        for ((service, _), packages) in services.iter().zip(&written) {
            caller::compare(&self.work, service, packages)?;
        }
        Ok(())
    }
}

/// The documents to compare, from the smallest to the largest.
fn chosen(folder: &Path, services: &[String]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut documents = Source::find(folder, &["yaml"])?;
    documents.retain(|path| stem(path) != "provider");
    documents.sort_by_key(|path| path.metadata().map(|data| data.len()).unwrap_or_default());
    if services == ["all"] {
        return Ok(documents);
    }
    if services.is_empty() {
        let last = documents.len().saturating_sub(1);
        let places = SAMPLE.map(|share| (share * last as f64) as usize);
        return Ok(places.iter().filter_map(|place| documents.get(*place).cloned()).collect());
    }
    documents.retain(|path| services.contains(&stem(path)));
    Ok(documents)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
