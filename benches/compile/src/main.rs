//! What it costs to compile generated crates: Bindery's and progenitor's, from the same documents, in one run.
//!
//! ```text
//! cargo run --release -- REGISTRY/PROVIDER [SERVICE…]
//! cargo run --release -- --programs REGISTRY/PROVIDER [SERVICE…]
//! ```
//!
//! Without services, a few are taken from the sorted sizes of the provider's documents, the largest among them; `all`
//! takes every one. Each service is a crate, and one `cargo check` checks all crates of a generator, after everything that they
//! depend on; what is told of each is what its rustc took: seconds of the processors, and memory. Where progenitor cannot
//! generate or compile a service, that is said and the service is left out of the ratio. With `--programs`, what is built
//! is a program for release that calls one method.

mod caller;
mod cost;
mod ours;
mod theirs;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bindery_codegen::Source;
use bindery_codegen::emit::Layout;

use crate::cost::{COSTS, Cost, MEASURE, compile, measure};
use crate::ours::Ours;

/// Which documents are taken, as shares of all when they are sorted by size.
const SAMPLE: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// How this program is told to build programs.
const PROGRAMS: &str = "--programs";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let succeeded = match (std::env::var_os(COSTS), arguments.as_slice()) {
        (Some(costs), arguments) => compile(Path::new(&costs), arguments).map(|status| status.success()),
        (None, [mode, place, program, arguments @ ..]) if mode == MEASURE => {
            measure(Path::new(place), program.as_ref(), arguments).map(|status| status.success())
        }
        (None, [mode, provider, services @ ..]) if mode == PROGRAMS => {
            Compared::write(Path::new(provider), services, Layout::Provider)
                .and_then(|compared| compared.programs())
                .map(|()| true)
        }
        (None, [provider, services @ ..]) => Compared::write(Path::new(provider), services, Layout::Service)
            .and_then(|compared| compared.checks())
            .map(|()| true),
        (None, []) => Err("name the folder of a provider".into()),
    };
    match succeeded {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
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
    fn write(folder: &Path, services: &[String], layout: Layout) -> Result<Self, Box<dyn Error>> {
        let documents = chosen(folder, services)?;
        let work = std::env::current_dir()?.join("target/compared");
        fs::create_dir_all(&work)?;
        let services: Vec<String> = documents.iter().map(|path| stem(path)).collect();
        let ours = ours::write(folder, &services, layout, &work.join("ours"))?;
        let mut theirs = Vec::new();
        for (name, document) in services.iter().zip(&documents) {
            let package = theirs::package(name);
            let written = theirs::write(document, &package, &work.join(&package));
            if let Err(error) = &written {
                eprintln!("progenitor does not generate {name}: {error}");
            }
            theirs.push(written.is_ok());
        }
        Ok(Self { work, services, ours, theirs })
    }

    /// Makes a workspace of our crates, theirs and some more.
    fn join(&self, others: &[String]) -> Result<(), Box<dyn Error>> {
        let services = (!self.ours.packages.is_empty()).then(|| "ours/services/*".to_owned());
        let members = ["ours".to_owned()].into_iter().chain(services);
        let members = members.chain(self.their_packages()).chain(others.iter().cloned());
        let members: Vec<String> = members.map(|member| format!("\"{member}\"")).collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\
             [profile.dev]\ndebug = 0\nincremental = false\n[profile.release]\nstrip = true\n",
            members.join(", ")
        );
        Ok(fs::write(self.work.join("Cargo.toml"), manifest)?)
    }

    fn their_packages(&self) -> impl Iterator<Item = String> {
        let written = self.services.iter().zip(&self.theirs).filter(|(_, written)| **written);
        written.map(|(name, _)| theirs::package(name))
    }

    /// Checks the crates of each generator at once.
    fn checks(&self) -> Result<(), Box<dyn Error>> {
        self.join(&[])?;
        let ours = cost::check(&self.work, &self.ours.packages)?;
        let theirs = cost::check(&self.work, &self.their_packages().collect::<Vec<_>>())?;
        println!("| service | ours CPU-s | peak MB | theirs CPU-s | peak MB | ratio |\n|---|---:|---:|---:|---:|---:|");
        let (mut our_sum, mut their_sum, mut compared) = (0.0, 0.0, 0);
        for ((name, package), generated) in self.services.iter().zip(&self.ours.packages).zip(&self.theirs) {
            let cost_of = |costs: &HashMap<String, Cost>, package: &str| costs.get(&package.replace('-', "_")).copied();
            let ours = cost_of(&ours, package).ok_or_else(|| format!("our crate of {name} does not compile"))?;
            let (our_seconds, our_mb) = (ours.seconds, ours.peak_mb);
            match cost_of(&theirs, &theirs::package(name)) {
                Some(Cost { seconds, peak_mb }) => {
                    our_sum += our_seconds;
                    their_sum += seconds;
                    compared += 1;
                    let ratio = seconds / our_seconds;
                    println!("| {name} | {our_seconds:.2} | {our_mb:.0} | {seconds:.2} | {peak_mb:.0} | {ratio:.1} |");
                }
                None => {
                    let what = if *generated { "does not compile" } else { "is not generated" };
                    println!("| {name} | {our_seconds:.2} | {our_mb:.0} | {what} | | |");
                }
            }
        }
        let ratio = their_sum / our_sum;
        println!("{compared} services: ours {our_sum:.1} CPU-s, theirs {their_sum:.1}: {ratio:.2} times as much");
        Ok(())
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
