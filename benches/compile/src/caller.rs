//! What a user's program costs: one that calls one method, built for release, besides one that only has reqwest.
//!
//! Costs are those of the generated crate and the program together, once everything that they depend on is there, and
//! are given on top of the bare program's.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::cost::{Cost, cargo, touch};
use crate::ours::Ours;
use crate::{ours, theirs};

const BARE: &str = r#"#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::Client::new().get("http://127.0.0.1:1/").send().await?;
    println!("{:?}", answer.json::<serde_json::Value>().await);
    Ok(())
}
"#;

/// As our runtime has it: every program can reach the provider, which speaks HTTPS.
const BARE_DEPENDENCIES: &str = r#"
reqwest = { version = "0.13", default-features = false, features = ["http2", "json", "rustls-no-provider", "system-proxy"] }
rustls = { version = "0.23", default-features = false, features = ["ring", "std", "tls12"] }
serde_json = "1"
"#;

/// Writes the programs, and returns their packages: the bare one, ours and theirs.
pub(crate) fn write(work: &Path, crates: &Ours, service: &str, module: &str) -> Result<[String; 3], Box<dyn Error>> {
    let their_crate = theirs::package(service);
    let callable = theirs::callable(&work.join(&their_crate))?;
    let texts = vec!["\"a\""; callable.arguments].join(", ");
    let theirs = format!(
        "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {{\n    \
         let _ = rustls::crypto::ring::default_provider().install_default();\n    \
         let client = {their_crate}::Client::new(\"http://127.0.0.1:1\");\n    \
         println!(\"{{:?}}\", client.{}({texts}).await);\n}}\n",
        callable.name
    );
    let [import, call] = ours::example(crates, &work.join("ours"), service, &callable.path)?;
    let call = match call.contains(".stream(") {
        true => format!("{call}\n    let answer = rows.next().await;"),
        false => call.replace(".await?", ".await"),
    };
    let ours = format!(
        "{import}\n\n#[tokio::main(flavor = \"current_thread\")]\n\
         async fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
         let client = bindery_ours::client().credential(bindery_ours::Token::new(\"secret\"))\
         .base_url(\"http://127.0.0.1:1\").build()?;\n    {call}\n    println!(\"{{answer:?}}\");\n    Ok(())\n}}\n"
    );
    let our_dependency = format!("bindery-ours = {{ path = \"../ours\", features = [\"{module}\"] }}\n");
    let their_dependency = format!("{their_crate} = {{ path = \"../{their_crate}\" }}{BARE_DEPENDENCIES}");
    let programs = [
        ("call_bare".to_owned(), BARE.to_owned(), BARE_DEPENDENCIES.to_owned()),
        (format!("call_ours_{service}"), ours, our_dependency),
        (format!("call_theirs_{service}"), theirs, their_dependency),
    ];
    for (package, text, dependencies) in &programs {
        let folder = work.join(package);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/main.rs"), text)?;
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             tokio = {{ version = \"1\", default-features = false, features = [\"macros\", \"rt\"] }}\n{dependencies}"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
    }
    Ok(programs.map(|(package, ..)| package))
}

/// Builds the programs, and prints what they cost.
pub(crate) fn compare(work: &Path, service: &str, packages: &[String; 3]) -> Result<(), Box<dyn Error>> {
    let [bare, ours, theirs] = packages;
    let bare = build(work, bare, None)?;
    let ours = build(work, ours, Some("ours"))?;
    let theirs = build(work, theirs, Some(&format!("theirs_{service}")))?;
    let above = |cost: Built| cost.cost.seconds - bare.cost.seconds;
    println!(
        "| {service} | {:.2} | +{:.2} | {:.0} | {:.2} | +{:.2} | {:.0} | {:.2} | {:.1} |",
        bare.cost.seconds,
        above(ours),
        ours.cost.peak_mb,
        ours.megabytes,
        above(theirs),
        theirs.cost.peak_mb,
        theirs.megabytes,
        above(theirs) / above(ours),
    );
    Ok(())
}

/// A program that was built.
#[derive(Clone, Copy)]
struct Built {
    cost: Cost,
    /// Of the stripped program.
    megabytes: f64,
}

fn build(work: &Path, package: &str, library: Option<&str>) -> Result<Built, Box<dyn Error>> {
    let arguments = ["build", "--release", "--package", package];
    // The first time, everything that it depends on is built too.
    cargo(work, &arguments)?;
    touch(&work.join(package).join("src/main.rs"))?;
    if let Some(library) = library {
        touch(&work.join(library).join("src/lib.rs"))?;
    }
    let cost = cargo(work, &arguments)?;
    let megabytes = fs::metadata(work.join("target/release").join(package))?.len() as f64 / 1e6;
    Ok(Built { cost, megabytes })
}
