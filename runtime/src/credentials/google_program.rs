//! Statements that a program of the user's gives out (`executable`), in the form that Google's own libraries take.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::Deserialize;
use tokio::process::Command;

use super::CredentialError;

/// Must be `1`, as whoever can write a file of credentials could run any program otherwise.
const ALLOWED: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";

/// How long a program may take, unless it is said, and at most.
const USUAL: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(120);

/// A program that prints a statement.
#[derive(Clone, Deserialize)]
pub(super) struct Program {
    command: String,
    timeout_millis: Option<u64>,
    /// Where it keeps its last answer, which is used while it holds.
    output_file: Option<PathBuf>,
}

/// What a statement is asked for.
pub(super) struct Asked<'a> {
    pub(super) audience: &'a str,
    pub(super) token_type: &'a str,
    /// The URL of the service account that is acted as.
    pub(super) impersonation_url: Option<&'a str>,
}

/// What a program prints, and keeps.
#[derive(Deserialize)]
struct Printed {
    version: u64,
    success: bool,
    token_type: Option<String>,
    id_token: Option<SecretString>,
    saml_response: Option<SecretString>,
    /// In seconds since 1970.
    expiration_time: Option<u64>,
    code: Option<String>,
    message: Option<String>,
}

impl Program {
    /// The statement that it kept, or prints.
    pub(super) async fn statement(&self, asked: &Asked<'_>) -> Result<SecretString, CredentialError> {
        let statement = self.kept_or_printed(asked).await;
        // What it is called with may be a secret.
        let program = self.command.split_whitespace().next().unwrap_or_default();
        statement.map_err(|reason| CredentialError::new(format!("`{program}` gives no statement: {reason}")))
    }

    async fn kept_or_printed(&self, asked: &Asked<'_>) -> Result<SecretString, String> {
        if env::var(ALLOWED).is_ok_and(|value| value == "1") {
            let printed = match self.kept() {
                Some(kept) => kept,
                None => self.run(asked).await?,
            };
            return printed.statement();
        }
        Err(format!("programs that Google's credentials name are run where {ALLOWED} is `1`"))
    }

    /// What it printed the last time, if that still holds.
    fn kept(&self) -> Option<Printed> {
        let text = std::fs::read(self.output_file.as_ref()?).ok()?;
        let kept: Printed = serde_json::from_slice(&text).ok()?;
        (kept.success && kept.expiration_time.is_some() && !kept.is_over()).then_some(kept)
    }

    async fn run(&self, asked: &Asked<'_>) -> Result<Printed, String> {
        let mut words = self.command.split_whitespace();
        let mut command = Command::new(words.next().ok_or("the command is empty")?);
        command.args(words).stdin(Stdio::null()).kill_on_drop(true);
        command.env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", asked.audience);
        command.env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", asked.token_type);
        command.env("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0");
        if let Some(account) = asked.account() {
            command.env("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL", account);
        }
        if let Some(file) = &self.output_file {
            command.env("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE", file);
        }
        let within = self.timeout_millis.map_or(USUAL, Duration::from_millis).min(LONGEST);
        let output = tokio::time::timeout(within, command.output()).await;
        let output = output.map_err(|_| format!("it was not done within {within:?}"))?;
        let output = output.map_err(|error| format!("it cannot be run: {error}"))?;
        // Who fails may still say why.
        let printed = serde_json::from_slice(&output.stdout);
        // The message of a parser may quote what it read.
        printed.map_err(|_| format!("it printed no answer of the form that Google describes ({})", output.status))
    }
}

impl Asked<'_> {
    /// The address of the service account that is acted as.
    fn account(&self) -> Option<&str> {
        let (_, account) = self.impersonation_url?.rsplit_once('/')?;
        Some(account.split_once(':').map_or(account, |(account, _)| account))
    }
}

impl Printed {
    fn is_over(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.expiration_time.is_some_and(|end| end <= now)
    }

    fn statement(self) -> Result<SecretString, String> {
        if self.version != 1 {
            return Err(format!("it answers in version {}, and version 1 is known", self.version));
        }
        if !self.success {
            let said = [self.code, self.message].into_iter().flatten().collect::<Vec<_>>().join(": ");
            return Err(if said.is_empty() { "it failed".to_owned() } else { said });
        }
        if self.is_over() {
            return Err("what it answers has expired".to_owned());
        }
        let token_type = self.token_type.unwrap_or_default();
        let token = match token_type.rsplit(':').next() {
            Some("jwt" | "id_token") => self.id_token,
            Some("saml2") => self.saml_response,
            _ => return Err(format!("it answers with a `{}`, which is not known", token_type.escape_debug())),
        };
        token.ok_or_else(|| format!("there is no `{token_type}` in its answer"))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "urn:ietf:params:oauth:token-type:id_token";
    const SAML: &str = "urn:ietf:params:oauth:token-type:saml2";

    fn statement(printed: &Value) -> Result<String, String> {
        let printed: Printed = serde_json::from_value(printed.clone()).unwrap();
        printed.statement().map(|statement| statement.expose_secret().to_owned())
    }

    #[test]
    fn an_answer_has_a_statement_or_a_reason() {
        let ok = json!({ "version": 1, "success": true, "token_type": ID, "id_token": "i", "expiration_time": 4_102_444_800_u64 });
        assert_eq!(statement(&ok).as_deref(), Ok("i"));
        let saml = json!({ "version": 1, "success": true, "token_type": SAML, "saml_response": "s" });
        assert_eq!(statement(&saml).as_deref(), Ok("s"));
        for (change, reason) in [
            (json!({ "version": 2 }), "version 2"),
            (json!({ "success": false, "code": "401", "message": "no" }), "401: no"),
            (json!({ "success": false }), "it failed"),
            (json!({ "expiration_time": 1 }), "has expired"),
            (json!({ "token_type": "x:access_token" }), "`x:access_token`, which is not known"),
            (json!({ "token_type": SAML }), "there is no"),
            (json!({ "id_token": null }), "there is no"),
        ] {
            let mut printed = ok.clone();
            printed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let error = statement(&printed).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_account_that_is_acted_as_is_named_by_its_url() {
        let url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken";
        let asked = Asked { audience: "", token_type: "", impersonation_url: Some(url) };
        assert_eq!(asked.account(), Some("robot@p.iam.gserviceaccount.com"));
    }
}
