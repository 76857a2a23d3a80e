//! What it costs to compile generated crates: Bindery's and progenitor's, from the same documents, in one run.
//!
//! ```text
//! cargo run --release -- REGISTRY/PROVIDER [SERVICE…]
//! ```
//!
//! Without services, a few are taken from the sorted sizes of the provider's documents, the largest among them; `all`
//! takes every one. Each service is checked on its own, after everything that it depends on; seconds are those of the
//! processors, and the peak is the largest process. Where progenitor cannot generate or compile a service, that is said
//! and the service is left out of the ratio.

use std::error::Error;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use bindery_codegen::emit::{CrateOptions, emit_crate, features};
use bindery_codegen::{Inputs, Source, output, read};
use nix::sys::resource::{UsageWho, getrusage};

/// Which documents are taken, as shares of all when they are sorted by size.
const SAMPLE: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// What code of progenitor depends on, as its documentation says.
const THEIR_DEPENDENCIES: &str = r#"
[dependencies]
base64 = "0.22"
bytes = "1"
chrono = { version = "0.4", features = ["serde"] }
futures = "0.3"
http = "1"
percent-encoding = "2"
progenitor-client = "=0.15.1"
rand = "0.8"
regress = "0.10"
reqwest = { version = "0.13", default-features = false, features = ["json", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
serde_urlencoded = "0.7"
uuid = { version = "1", features = ["serde", "v4"] }
"#;

/// How this program is told to run a command and write down what it cost.
const MEASURE: &str = "--measure";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [mode, place, program, arguments @ ..] if mode == MEASURE => measure(place, program, arguments),
        [provider, services @ ..] => compare(Path::new(provider), services),
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

fn compare(folder: &Path, services: &[String]) -> Result<(), Box<dyn Error>> {
    let documents = chosen(folder, services)?;
    let work = std::env::current_dir()?.join("target/compared");
    fs::create_dir_all(&work)?;
    let names: Vec<String> = documents.iter().map(|path| stem(path)).collect();
    let modules = write_ours(folder, &names, &work.join("ours"))?;
    let mut members = vec!["ours".to_owned()];
    let mut theirs = Vec::new();
    for (name, document) in names.iter().zip(&documents) {
        let package = format!("theirs_{name}");
        let written = write_theirs(document, &package, &work.join(&package));
        if let Err(error) = &written {
            eprintln!("progenitor does not generate {name}: {error}");
        } else {
            members.push(package);
        }
        theirs.push(written.is_ok());
    }
    let members: Vec<String> = members.iter().map(|member| format!("\"{member}\"")).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n[profile.dev]\ndebug = 0\nincremental = false\n",
        members.join(", ")
    );
    fs::write(work.join("Cargo.toml"), manifest)?;
    // What both depend on is compiled before anything is measured; without features ours is nothing else.
    check(&work, &["--package", "bindery-ours"])?;

    println!("| service | ours CPU-s | peak MB | theirs CPU-s | peak MB | ratio |\n|---|---:|---:|---:|---:|---:|");
    let (mut our_sum, mut their_sum, mut warm) = (0.0, 0.0, false);
    for ((name, module), generated) in names.iter().zip(&modules).zip(theirs) {
        let ours = check(&work, &["--package", "bindery-ours", "--features", module])?;
        let package = format!("theirs_{name}");
        let mut measured = None;
        if generated {
            if !warm {
                let _ = check(&work, &["--package", &package]);
                warm = true;
                touch(&work.join(&package).join("src/lib.rs"))?;
            }
            measured = check(&work, &["--package", &package])
                .inspect_err(|error| eprintln!("progenitor's {name} does not compile: {error}"))
                .ok();
        }
        match measured {
            Some(theirs) => {
                our_sum += ours.seconds;
                their_sum += theirs.seconds;
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
    Ok(())
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

/// Generates our crate, and returns the features of the services.
fn write_ours(folder: &Path, services: &[String], out: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let inputs = Inputs { openapi: Some(folder.to_owned()), services: services.to_vec(), ..Inputs::default() };
    let provider = read(&inputs)?.provider;
    let mut options = CrateOptions::new("ours", "the documents of the benchmark");
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime").canonicalize()?;
    options.runtime_path = Some(runtime.to_string_lossy().into_owned());
    let files = emit_crate(&provider, &options)?;
    output::apply(out, &output::compare(out, &files)?, &files)?;
    let found: Vec<(String, String)> =
        provider.services.iter().map(|service| service.name.to_string()).zip(features(&provider)).collect();
    let module = |name: &String| found.iter().find(|(service, _)| service == name).map(|(_, module)| module.clone());
    services.iter().map(|name| module(name).ok_or_else(|| format!("there is no service {name}").into())).collect()
}

/// Generates a crate with progenitor.
fn write_theirs(document: &Path, package: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let value: serde_json::Value = serde_yaml::from_str(&Source::read(document)?.text)?;
    let spec: openapiv3::OpenAPI = serde_json::from_value(value)?;
    let generated = catch_unwind(|| {
        let tokens = progenitor_impl::Generator::default().generate_tokens(&spec).map_err(|error| error.to_string())?;
        let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
        Ok::<String, String>(prettyplease::unparse(&file))
    });
    let text = generated.map_err(|_| "it panics")??;
    fs::create_dir_all(out.join("src"))?;
    fs::write(out.join("src/lib.rs"), text)?;
    let manifest = format!("[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n{THEIR_DEPENDENCIES}");
    fs::write(out.join("Cargo.toml"), manifest)?;
    Ok(())
}

fn touch(path: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read(path)?;
    Ok(fs::write(path, text)?)
}

/// What a command cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    peak_mb: f64,
}

/// Runs `cargo check`, and says what it cost.
fn check(work: &Path, arguments: &[&str]) -> Result<Cost, Box<dyn Error>> {
    let place = work.join("cost");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    // The operating system tells a process about its children only as a whole, so each gets a parent of its own.
    let output = Command::new(std::env::current_exe()?)
        .arg(MEASURE)
        .arg(&place)
        .args([&cargo, "check", "--quiet", "--message-format", "short"])
        .args(arguments)
        .current_dir(work)
        .stdout(Stdio::null())
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(said.lines().find(|line| line.contains("error")).unwrap_or("cargo check failed").to_owned().into());
    }
    let cost = fs::read_to_string(&place)?;
    let (seconds, peak_mb) = cost.split_once(' ').ok_or("the cost was not written")?;
    Ok(Cost { seconds: seconds.parse()?, peak_mb: peak_mb.parse()? })
}

fn measure(place: &str, program: &str, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program).args(arguments).status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds: f64 =
        [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).iter().sum();
    // Linux counts memory in KiB.
    fs::write(place, format!("{seconds} {}", usage.max_rss() as f64 * 1024.0 / 1e6))?;
    if status.success() { Ok(()) } else { Err("the command failed".into()) }
}
