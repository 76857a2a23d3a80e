//! What runs SQL: `sql` and `shell`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

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
