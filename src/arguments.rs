//! The words of the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Turns a provider's documentation and OpenAPI into Rust: typed clients and SQL bindings for every method.
///
/// Results go to standard output, everything else to standard error. Exit codes: 0 done or up to date, 1 the answer
/// is no (stale, denied findings, breaking), 2 bad input or usage, 3 a provider or the network failed.
#[derive(Debug, Parser)]
#[command(name = "bindery", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// When to color what is said; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the generated crates, or documentation pages, and print what changed
    Generate(Generate),
    /// Compare what was generated with what would be generated
    Check(Check),
    /// Show what is read from documents
    #[command(subcommand)]
    Inspect(Inspect),
    /// Report what is wrong with documents, and where they disagree
    Lint(Lint),
    /// Tell what a code of a finding means, where it comes from, and what to do
    Explain(Explain),
    /// Report what changed for callers between two generations of documents
    Diff(Diff),
    /// Serve a stateful fake of a provider on a loopback port
    Mock(Mock),
    /// Fetch provider documents from a registry
    #[command(subcommand)]
    Registry(Registry),
    /// Run SQL over providers
    Sql(Sql),
    /// Run SQL interactively
    Shell(Shell),
}

/// What is generated: providers of a configuration, or one provider from folders.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// The providers of the configuration; all of them when none is named
    #[arg(value_name = "PROVIDER", conflicts_with = "provider")]
    pub(crate) providers: Vec<String>,

    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// Without a configuration: the name of the provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,

    /// Without a configuration: the folder of its pages
    #[arg(long, value_name = "DIR", requires = "provider")]
    pub(crate) docs: Option<PathBuf>,

    /// Without a configuration: the folder of its provider.yaml and service documents
    #[arg(long, value_name = "DIR", requires = "provider")]
    pub(crate) openapi: Option<PathBuf>,

    /// Only this service; may be given more than once
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// What is generated; pages always need --out, so that they never replace those they were read from
    #[arg(long, value_name = "WHAT", default_value = "crate")]
    pub(crate) emit: Emit,

    /// How a provider is divided into crates; by its size unless said here or in the configuration
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<Layout>,

    /// Where it goes; with a configuration, a folder for each provider goes in here
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// How many threads work at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Emit {
    /// A Rust crate: typed calls, with a feature for every service
    Crate,
    /// Documentation pages: index.md, `<service>/index.md`, `<service>/<resource>/index.md`
    Docs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// One crate, with a feature for every service
    Provider,
    /// A crate for every service, and one that shows them
    Service,
}

impl From<Layout> for bindery_codegen::emit::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Provider => Self::Provider,
            Layout::Service => Self::Service,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// Do everything anew, whatever was generated before
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// Stay, and generate again what a document that is saved concerns
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// How differences are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,

    /// Generate and compare everything, whatever was generated before
    #[arg(long)]
    pub(crate) no_cache: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// A unified diff
    Text,
    /// One object for all providers
    Json,
    /// Annotations for GitHub Actions
    Github,
}

/// What is linted, and how strictly.
///
/// Exit codes: 0 nothing is wrong enough, 1 there are errors or findings that are denied, 2 bad usage, or a file that
/// cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Pages or OpenAPI documents, folders of them, or providers of the configuration; all of its providers when
    /// nothing is named
    #[arg(value_name = "PATH|PROVIDER")]
    pub(crate) targets: Vec<String>,

    /// Folders of pages that are compared with the documents of --openapi, as one provider
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub(crate) docs: Vec<PathBuf>,

    /// The folder of the provider.yaml and service documents that the pages of --docs are compared with
    #[arg(long, value_name = "DIR")]
    pub(crate) openapi: Option<PathBuf>,

    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: LintFormat,

    /// Fail for these as well as for errors
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) deny: Option<Deny>,

    /// A file of findings that are known and not said again; `baseline` of the section `[lint]` unless said here
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what is found into the baseline, so that it is known from now on
    #[arg(long)]
    pub(crate) write_baseline: bool,

    /// As text, show every finding instead of some of each code
    #[arg(long)]
    pub(crate) all: bool,

    /// How many threads read at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code such as docs/no-id, or a rule of `diff`; all codes are listed when none is given
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// Some findings of each code, and how many there are
    Text,
    /// One object with all findings
    Json,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings
    Warning,
    /// Warnings and notes
    Note,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What was: a folder of pages, of specs or of both, a generated crate, a catalog, or `REV:PATH` for any of them in git
    #[arg(value_name = "OLD", required_unless_present = "rules")]
    pub(crate) old: Option<String>,

    /// What is
    #[arg(value_name = "NEW", required_unless_present = "rules")]
    pub(crate) new: Option<String>,

    /// The configuration, whose section `[diff]` weighs and accepts changes; none is needed
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// Only this service; may be given more than once
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// How the report is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DiffFormat,

    /// Exit with 1 when something breaks
    #[arg(long)]
    pub(crate) exit_code: bool,

    /// Keep version and changelog of this provider of the configuration by what changed: writes the next version into the
    /// configuration, and an entry for it into CHANGELOG.md beside the generated crate
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) apply: Option<String>,

    /// List the rules and what they say of a change
    #[arg(long, conflicts_with_all = ["old", "new"])]
    pub(crate) rules: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Changes in groups, and how many there are
    Text,
    /// An entry of a changelog
    Markdown,
    /// One object with all changes
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inspect {
    /// What is read from documentation pages: one object a page
    Docs(InspectDocs),
    /// What is read from OpenAPI documents: one object a resource
    Openapi(InspectOpenapi),
}

#[derive(Debug, Args)]
pub(crate) struct InspectOpenapi {
    #[command(flatten)]
    pub(crate) inspect: InspectPaths,

    /// The configuration, whose `mapping` of a provider applies to the folder that it names for it
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InspectDocs {
    #[command(flatten)]
    pub(crate) inspect: InspectPaths,

    /// How many threads read at once; as many as there are processors unless said
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectPaths {
    /// Files, or folders that are searched for them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// One object a line
    Ndjson,
    /// One array
    Json,
    /// For people
    Text,
}

#[derive(Debug, Args)]
pub(crate) struct Mock {
    /// The provider, one of those compiled in
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: String,

    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,

    /// Start with this many sample items in every collection
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u32,

    /// Wait this many milliseconds before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,

    /// How many rows a page holds
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) page_size: usize,

    /// Answer every N-th request with a status: `503/10`; may be given more than once
    #[arg(long, value_name = "STATUS/N")]
    pub(crate) fault: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// List the providers of a registry and their versions; those that were pulled are marked with `*`
    List(RegistryList),
    /// Fetch the documents of a provider, verify them, and compile them to the catalog
    ///
    /// A download that was interrupted goes on where it ended, and the version takes its place in one step. Exit codes: 0
    /// done, 2 there is no such version, or the archive or a signature is wrong, 3 the network failed.
    Pull(RegistryPull),
}

#[derive(Debug, Args)]
pub(crate) struct RegistryList {
    /// Only this provider
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,

    /// How the list is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: RegistryFormat,

    #[command(flatten)]
    pub(crate) from: RegistryPlaces,
}

/// Which version is fetched, and what it has to be.
#[derive(Debug, Args)]
pub(crate) struct RegistryPull {
    /// The provider
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: String,

    /// The version; the newest when none is given
    #[arg(id = "pulled", value_name = "VERSION")]
    pub(crate) version: Option<String>,

    /// A file of Ed25519 public keys in PEM, which signatures beside documents are verified with
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// Take no document that is not signed
    #[arg(long)]
    pub(crate) require_signatures: bool,

    #[command(flatten)]
    pub(crate) from: RegistryPlaces,
}

/// Where documents come from and go to.
#[derive(Debug, Args)]
pub(crate) struct RegistryPlaces {
    /// The registry, at https, http or file; else that of the variable `BINDERY_REGISTRY`, or StackQL's public one
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The folder of what was pulled, for `sql --registry`; that of the user for data unless said
    #[arg(long = "into", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

impl RegistryPlaces {
    /// The registry.
    pub(crate) fn url(&self) -> String {
        let stated = self.url.clone().or_else(|| std::env::var("BINDERY_REGISTRY").ok().filter(|url| !url.is_empty()));
        stated.unwrap_or_else(|| "https://registry.stackql.app/providers".to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegistryFormat {
    /// A provider a line
    Text,
    /// One array
    Json,
}

/// Runs statements over providers and prints what they return.
///
/// Exit codes: 0 done, 2 a statement is wrong, 3 a provider or the network failed.
#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// The statements, with `;` between them; read from standard input when neither this nor a file is given
    #[arg(value_name = "SQL", conflicts_with = "file")]
    pub(crate) text: Option<String>,

    /// Read the statements from a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// How results are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ResultFormat,

    #[command(flatten)]
    pub(crate) engine: EngineArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Shell {
    /// How results are printed at first
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ResultFormat,

    #[command(flatten)]
    pub(crate) engine: EngineArguments,
}

/// Which providers there are, and how they are called.
#[derive(Debug, Args)]
pub(crate) struct EngineArguments {
    /// A folder of providers: `<provider>/<version>/provider.yaml`, directly or under `src/`; without it, those that
    /// are compiled in
    #[arg(long, value_name = "DIR")]
    pub(crate) registry: Option<PathBuf>,

    /// How callers are authenticated, by provider, as StackQL has it: `{"azure": {"credentialsenvvar": "TOKEN"}}`; or
    /// @FILE. Every field goes on top of what the provider's document says
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) auth: Option<String>,

    /// A value for the placeholder of that name, and for parameters of that name that a statement does not say;
    /// `provider.name=value` for those of one provider
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,

    /// Send what goes to a provider to this address
    #[arg(long = "endpoint", value_name = "PROVIDER=URL")]
    pub(crate) endpoints: Vec<String>,

    /// Read so many pages of a listing at most, and say when there are more
    #[arg(long, value_name = "N")]
    pub(crate) max_pages: Option<NonZeroUsize>,

    /// Show the requests of statements, with secrets masked, instead of what they do: as HTTP, or with `=curl` as commands.
    /// What changes something is not sent; what a query reads is, because the answers say which requests follow
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "http")]
    pub(crate) dry_run: Option<RequestForm>,

    /// How many calls are under way at once
    #[arg(long, value_name = "N", default_value = "32")]
    pub(crate) concurrency: NonZeroUsize,

    /// Keep answers so long for the statements that follow: `30s`, `5m`, `1h`; they are asked for anew after a change
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) cache: Option<Duration>,

    /// Trust the certificates in this file (PEM) beside those of the system
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,

    /// The configuration, whose sections `[defaults.PROVIDER]` have values for parameters that neither a statement nor
    /// --param nor an environment variable `BINDERY_PARAM_NAME` or `BINDERY_PARAM_PROVIDER__NAME` says
    #[arg(long, value_name = "FILE", default_value = "bindery.toml")]
    pub(crate) config: PathBuf,

    /// How long one call may take, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    pub(crate) timeout: u64,
}

/// How a request is shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RequestForm {
    /// As it goes over the wire
    Http,
    /// As the command that sends the same
    Curl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultFormat {
    /// Aligned columns, for people
    Table,
    /// An array of objects for each statement
    Json,
    /// An object a line, as soon as it is known
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// A table of Markdown
    Markdown,
}

/// A time with its unit: `30s`, `5m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("write a number and a unit: 30s, 5m or 1h".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write a number and a unit: 30s, 5m or 1h".to_owned())?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        for wrong in ["", "5", "m", "5d", "-1s", "1.5h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
