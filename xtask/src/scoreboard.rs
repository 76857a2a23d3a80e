//! Every service of every provider, generated and compiled on its own.
//!
//! What was compiled is kept in `rows.ndjson` with a digest of the code: a run that was cut short goes on where it
//! stopped, and a run after a change compiles only what the change reached.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bindery_codegen::emit::{CrateOptions, GeneratedFile, emit_crate};
use bindery_codegen::{Coverage, Inputs, Source, coverage, output, read};
use clap::Args;

use crate::measure::{Cost, measured};
use crate::table::{Row, markdown};

#[derive(Debug, Args)]
pub(crate) struct Scoreboard {
    /// The folder that holds a folder for each provider
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,

    /// Only this provider; may be given more than once
    #[arg(long, value_name = "NAME")]
    provider: Vec<String>,

    /// Compile only this many services, drawn with the seed
    #[arg(long, value_name = "N")]
    sample: Option<usize>,

    /// Which services are drawn; CI gives the number of the run
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Compile so many services of a provider in one go, and on their own only where that fails; each then has its share
    /// of the time, and the peak of all
    #[arg(long, value_name = "N", default_value_t = 1)]
    together: usize,

    /// How many services are compiled at once
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,

    /// Where crates, results and the table go
    #[arg(long, value_name = "DIR", default_value = "target/scoreboard")]
    work: PathBuf,

    /// Compile even what was compiled before
    #[arg(long)]
    fresh: bool,
}

/// A service that is to be compiled.
struct Candidate {
    provider: String,
    package: String,
    service: String,
    feature: String,
    digest: String,
    coverage: Coverage,
}

impl Scoreboard {
    pub(crate) fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        fs::create_dir_all(&self.work)?;
        let work = self.work.canonicalize()?;
        let providers = self.providers()?;
        let members = providers.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n[profile.dev]\ndebug = 0\n");
        fs::write(work.join("Cargo.toml"), workspace)?;

        let mut candidates = Vec::new();
        let mut generated = BTreeMap::new();
        for name in &providers {
            let services = self.generate(name, &work)?;
            generated.insert(name.clone(), services.len());
            candidates.extend(services);
        }
        self.draw(&mut candidates);

        let results = work.join("rows.ndjson");
        let known = if self.fresh { Vec::new() } else { read_rows(&results) };
        let is_known = |candidate: &Candidate, row: &Row| {
            row.provider == candidate.provider && row.service == candidate.service && row.digest == candidate.digest
        };
        let (mut rows, mut open) = (Vec::new(), Vec::new());
        for candidate in &candidates {
            match known.iter().rev().find(|row| is_known(candidate, row)) {
                Some(row) => rows.push(Row { coverage: candidate.coverage.clone(), ..row.clone() }),
                None => open.push(candidate),
            }
        }
        eprintln!("{} services are to be compiled; {} were before", open.len(), rows.len());
        rows.extend(self.compile(&open, &work, &results)?);
        rows.sort_by(|a, b| (&a.provider, &a.service).cmp(&(&b.provider, &b.service)));

        let table = markdown(&rows, &generated);
        fs::write(work.join("scoreboard.md"), &table)?;
        println!("{}", table.split("\n\n").next().unwrap_or_default());
        println!("every service: {}", work.join("scoreboard.md").display());
        let failed: Vec<&Row> = rows.iter().filter(|row| !row.errors.is_empty()).collect();
        for row in &failed {
            println!("{}.{}: {}", row.provider, row.service, row.errors.first().map_or("", String::as_str));
        }
        Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn providers(&self) -> Result<Vec<String>, Box<dyn Error>> {
        if !self.provider.is_empty() {
            return Ok(self.provider.clone());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.registry)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Generates the crate of a provider, and lists its services.
    fn generate(&self, name: &str, work: &Path) -> Result<Vec<Candidate>, Box<dyn Error>> {
        let inputs = Inputs { provider: name.to_owned(), openapi: Some(self.registry.join(name)), ..Inputs::default() };
        let reading = read(&inputs)?;
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime").canonicalize()?;
        let mut options = CrateOptions::new(name, format!("registry/{name}"));
        options.runtime_path = Some(runtime.to_string_lossy().into_owned());
        options.jobs = std::thread::available_parallelism()?;
        let files = emit_crate(&reading.provider, &options)?;
        let out = work.join(name);
        output::apply(&out, &output::compare(&out, &files)?, &files)?;

        let below = digest_of_folders(&[&runtime, &runtime.join("../ir")])?;
        let coverages = coverage(&reading.provider, &reading.diagnostics);
        let modules = bindery_codegen::emit::features(&reading.provider);
        let services = reading.provider.services.iter().zip(modules).zip(coverages);
        Ok(services
            .map(|((service, feature), coverage)| Candidate {
                provider: name.to_owned(),
                package: options.package.clone(),
                service: service.name.to_string(),
                digest: digest_of_service(&files, &feature, below),
                feature,
                coverage,
            })
            .collect())
    }

    /// Keeps a sample, which depends on the seed and on nothing else.
    fn draw(&self, candidates: &mut Vec<Candidate>) {
        let Some(sample) = self.sample else { return };
        candidates.sort_by_cached_key(|candidate| {
            let mut hasher = DefaultHasher::new();
            (self.seed, &candidate.provider, &candidate.service).hash(&mut hasher);
            hasher.finish()
        });
        candidates.truncate(sample);
        candidates.sort_by(|a, b| (&a.provider, &a.service).cmp(&(&b.provider, &b.service)));
    }

    fn compile(&self, open: &[&Candidate], work: &Path, results: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
        let log = Mutex::new(fs::OpenOptions::new().create(true).append(true).open(results)?);
        // What all services share is compiled first, so that it is not on the bill of the first of them.
        let mut packages: Vec<&str> = open.iter().map(|candidate| candidate.package.as_str()).collect();
        packages.dedup();
        for package in packages {
            let (compiles, errors, _) = check(work, package, &[], &work.join("cost.json"))?;
            if !compiles {
                return Err(format!("{package} does not compile without features:\n{errors}").into());
            }
        }
        let groups: Vec<&[&Candidate]> = open
            .chunk_by(|a, b| a.provider == b.provider)
            .flat_map(|provider| provider.chunks(self.together.max(1)))
            .collect();
        let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let failure: Mutex<Option<String>> = Mutex::new(None);
        std::thread::scope(|scope| {
            for job in 0..self.jobs.max(1) {
                let (log, next, rows, failure, groups) = (&log, &next, &rows, &failure, &groups);
                scope.spawn(move || {
                    let place = work.join(format!("cost-{job}.json"));
                    while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let compiled = compile_group(group, work, &place).and_then(|compiled| {
                            for row in &compiled {
                                let line = serde_json::to_string(row)?;
                                if let Ok(mut log) = log.lock() {
                                    writeln!(log, "{line}")?;
                                }
                            }
                            Ok(compiled)
                        });
                        match compiled {
                            Ok(compiled) => {
                                for row in &compiled {
                                    let seconds = row.cost.cpu_seconds;
                                    let outcome = if row.errors.is_empty() { "compiles" } else { "does NOT compile" };
                                    eprintln!("{}.{} {outcome}, {seconds:.2} CPU-s", row.provider, row.service);
                                }
                                rows.lock().map(|mut rows| rows.extend(compiled)).ok();
                            }
                            Err(error) => {
                                failure.lock().map(|mut failure| *failure = Some(error.to_string())).ok();
                                return;
                            }
                        }
                    }
                });
            }
        });
        match failure.into_inner()? {
            Some(error) => Err(error.into()),
            None => Ok(rows.into_inner().unwrap_or_default()),
        }
    }
}

/// Compiles services of one provider: together, or each on its own where that fails.
fn compile_group(group: &[&Candidate], work: &Path, place: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let [first, _, ..] = group else {
        return group.iter().map(|candidate| compile_alone(candidate, work, place)).collect();
    };
    let features: Vec<&str> = group.iter().map(|candidate| candidate.feature.as_str()).collect();
    let (compiles, _, cost) = check(work, &first.package, &features, place)?;
    remove_artifacts(work, &first.package);
    if !compiles {
        return group.iter().map(|candidate| compile_alone(candidate, work, place)).collect();
    }
    let cost = Cost { cpu_seconds: cost.cpu_seconds / group.len() as f64, ..cost };
    Ok(group.iter().map(|candidate| candidate.row(cost, Vec::new())).collect())
}

fn compile_alone(candidate: &Candidate, work: &Path, place: &Path) -> Result<Row, Box<dyn Error>> {
    let (compiles, output, cost) = check(work, &candidate.package, &[&candidate.feature], place)?;
    remove_artifacts(work, &candidate.package);
    let mut errors: Vec<String> = output
        .lines()
        .filter(|line| line.starts_with("error") || line.contains(": error"))
        .map(str::to_owned)
        .collect();
    if !compiles && errors.is_empty() {
        errors.push(output);
    }
    Ok(candidate.row(cost, errors))
}

impl Candidate {
    fn row(&self, cost: Cost, errors: Vec<String>) -> Row {
        Row {
            provider: self.provider.clone(),
            service: self.service.clone(),
            digest: self.digest.clone(),
            coverage: self.coverage.clone(),
            cost,
            errors,
        }
    }
}

type Checked = (bool, String, Cost);

fn check(work: &Path, package: &str, features: &[&str], place: &Path) -> Result<Checked, Box<dyn Error>> {
    let target = work.join("target").to_string_lossy().into_owned();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = vec![cargo.as_str(), "check", "--quiet", "--package", package, "--message-format", "short"];
    command.extend(["--target-dir", &target]);
    let features = features.join(",");
    if !features.is_empty() {
        command.extend(["--features", &features]);
    }
    measured(&command, work, place)
}

/// A provider has hundreds of feature sets, and each leaves megabytes.
fn remove_artifacts(work: &Path, package: &str) {
    let prefix = format!("lib{}-", package.replace('-', "_"));
    for entry in fs::read_dir(work.join("target/debug/deps")).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            // Should it still be in use, it stays; nothing depends on its being gone.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn read_rows(results: &Path) -> Vec<Row> {
    let text = fs::read_to_string(results).unwrap_or_default();
    // A run may have been cut in the middle of a line.
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn digest_of_service(files: &[GeneratedFile], feature: &str, below: u64) -> String {
    let mut hasher = DefaultHasher::new();
    below.hash(&mut hasher);
    let folder = format!("src/{feature}/");
    for file in files.iter().filter(|file| file.path.starts_with(&folder)) {
        (&file.path, &file.text).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn digest_of_folders(folders: &[&Path]) -> Result<u64, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        for source in Source::read_all(&folder.join("src"), &["rs"])? {
            source.text.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}
