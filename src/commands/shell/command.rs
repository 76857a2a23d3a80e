//! The commands of the shell that are no SQL: `\d`, `.mode json`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::arguments::ResultFormat;

/// What `\?` says.
pub(crate) const HELP: &str = "\
\\d                      providers
\\d provider             its services
\\d provider.service     its resources
\\d provider.service.r   the columns of a resource
\\m provider.service.r   the methods of a resource
.mode FORMAT            table, json, ndjson, csv or markdown
.timer on|off           say how long statements take
.pager on|off           show results that are longer than the screen in $PAGER
.output FILE            write results to a file; without one, to the screen
\\?                      this
\\q                      leave";

/// A command of the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Quit,
    Help,
    /// A statement it stands for.
    Statement(String),
    Mode(ResultFormat),
    Timer(bool),
    Pager(bool),
    Output(Option<PathBuf>),
}

impl Command {
    /// Reads a line that begins with `\` or `.`.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim_end_matches(';').trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let word = word.get(1..).unwrap_or_default();
        Ok(match word {
            "q" | "quit" | "exit" => Self::Quit,
            "?" | "help" | "h" => Self::Help,
            "d" | "dt" => Self::Statement(match rest.matches('.').count() {
                _ if rest.is_empty() => "SHOW PROVIDERS".to_owned(),
                0 => format!("SHOW SERVICES IN {rest}"),
                1 => format!("SHOW RESOURCES IN {rest}"),
                _ => format!("DESCRIBE EXTENDED {rest}"),
            }),
            "m" => Self::Statement(format!("SHOW METHODS IN {rest}")),
            "mode" => match ResultFormat::from_str(rest, true) {
                Ok(format) => Self::Mode(format),
                Err(_) => return Err(format!("there is no format `{rest}`: table, json, ndjson, csv or markdown")),
            },
            "timer" | "timing" | "pager" => match rest {
                "on" | "off" if word == "pager" => Self::Pager(rest == "on"),
                "on" => Self::Timer(true),
                "off" => Self::Timer(false),
                _ => return Err(format!("`.{word}` wants on or off")),
            },
            "output" | "o" => Self::Output((!rest.is_empty()).then(|| PathBuf::from(rest))),
            _ => return Err(format!("there is no command `{line}`; \\? lists them")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands() {
        let statement = |sql: &str| Ok(Command::Statement(sql.to_owned()));
        for (line, expected) in [
            ("\\d", statement("SHOW PROVIDERS")),
            ("\\d azure;", statement("SHOW SERVICES IN azure")),
            ("\\d azure.compute", statement("SHOW RESOURCES IN azure.compute")),
            ("\\d azure.compute.disk", statement("DESCRIBE EXTENDED azure.compute.disk")),
            (".mode  JSON", Ok(Command::Mode(ResultFormat::Json))),
            ("\\timing on", Ok(Command::Timer(true))),
            (".pager off", Ok(Command::Pager(false))),
            (".output", Ok(Command::Output(None))),
            ("\\q", Ok(Command::Quit)),
        ] {
            assert_eq!(Command::parse(line), expected, "{line}");
        }
        assert!(Command::parse("\\nope").is_err());
    }
}
