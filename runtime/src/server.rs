//! Decides which server a request goes to.
//!
//! The servers of a method and the values of their variables go in; the URL that paths are appended to comes
//! out. A value can never change which host a server template names beyond the part it stands for.

use bindery_ir::{Server, Text};
use url::Url;

/// Why there is no server to send to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ServerError {
    /// The method names no server at all.
    None,
    /// These variables of the first server have no value.
    Missing(Vec<String>),
    /// The value of a variable cannot stand where it would.
    Refused { variable: String, reason: String },
    /// What comes out is no URL that requests can be sent to.
    NotAUrl { url: String, reason: String },
}

/// The URL of the first server whose variables all have a value.
pub(crate) fn choose(servers: &[Server], value: impl Fn(&str) -> Option<String>) -> Result<Url, ServerError> {
    let with_default = |server: &Server, name: &str| {
        let declared = server.variables.iter().find(|variable| variable.name == name);
        value(name).or_else(|| declared?.default.as_ref().map(|default| default.clone().into_owned()))
    };
    let missing = |server: &Server| -> Vec<String> {
        let names = variables(&server.url).into_iter();
        names.filter(|name| with_default(server, name).is_none()).map(str::to_owned).collect()
    };
    let Some(server) = servers.iter().find(|server| missing(server).is_empty()) else {
        return Err(servers.first().map_or(ServerError::None, |server| ServerError::Missing(missing(server))));
    };
    let mut url = String::new();
    let mut rest: &str = &server.url;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        url.push_str(literal);
        let value = with_default(server, name).unwrap_or_default();
        let is_last = after.is_empty() || after.starts_with('/');
        check(server, name, &value, Place::after(&url, after), is_last)?;
        url.push_str(&value);
        rest = after;
    }
    url.push_str(rest);
    parse(&url)
}

/// Reads a URL that paths are appended to; slashes at its end are dropped.
pub(crate) fn parse(url: &str) -> Result<Url, ServerError> {
    let refuse = |reason: &str| ServerError::NotAUrl { url: without_userinfo(url), reason: reason.to_owned() };
    let parsed = Url::parse(url.trim_end_matches('/')).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(refuse("requests travel over http or https"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(refuse("a user name or password does not belong into a URL: use a credential"));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(refuse("paths cannot be appended to a query or a fragment"));
    }
    Ok(parsed)
}

/// The names between braces.
pub(crate) fn variables(url: &str) -> Vec<&str> {
    url.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn without_userinfo(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}

/// Which part of a URL a variable fills.
#[derive(Clone, Copy)]
enum Place {
    /// All of it, or all up to the path.
    Whole,
    Scheme,
    Host,
    Path,
}

impl Place {
    fn after(before: &str, after: &str) -> Self {
        match before.split_once("://") {
            Some((_, rest)) if rest.contains('/') => Self::Path,
            None if after.starts_with("://") => Self::Scheme,
            None if before.is_empty() && (after.is_empty() || after.starts_with('/')) => Self::Whole,
            _ => Self::Host,
        }
    }
}

/// Whether a value can be a part of a host name: labels with dots between them, and a port where nothing follows.
fn is_part_of_host(value: &str, is_last: bool) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match value.rsplit_once(':') {
        Some((host, port)) if is_last && is_port(port) => host,
        _ => value,
    };
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return is_last && address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.len() <= 63 && label.chars().all(is_allowed)
    };
    host.split('.').all(is_label)
}

fn check(server: &Server, name: &str, value: &str, place: Place, is_last: bool) -> Result<(), ServerError> {
    let refuse = |reason: String| ServerError::Refused { variable: name.to_owned(), reason };
    let listed: &[Text] =
        server.variables.iter().find(|variable| variable.name == name).map_or(&[], |variable| &variable.values);
    if !listed.is_empty() && !listed.iter().any(|item| item == value) {
        return Err(refuse(format!("it must be one of {}", listed.join(", "))));
    }
    let is_free_of =
        |forbidden: &[char]| !value.contains(forbidden) && !value.contains(|c: char| c.is_control() || c == ' ');
    match place {
        Place::Scheme if !matches!(value, "http" | "https") => Err(refuse("it must be http or https".to_owned())),
        Place::Whole if !is_free_of(&['\\', '?', '#', '@']) => {
            Err(refuse("it holds a character that cannot stand at the start of a URL".to_owned()))
        }
        Place::Host if value.is_empty() => Err(refuse("a part of a host name cannot be empty".to_owned())),
        Place::Host if !is_part_of_host(value, is_last) => Err(refuse(
            "it cannot stand in a host name: labels of letters, digits and `-`, with dots between them".to_owned(),
        )),
        Place::Path
            if !is_free_of(&['\\', '?', '#', '%']) || value.split('/').any(|part| matches!(part, "." | "..")) =>
        {
            Err(refuse("it holds a character or a segment that cannot stand in the path of a server".to_owned()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use bindery_ir::ServerVariable;

    use super::*;

    fn server(url: &str, variables: &[(&str, Option<&str>)]) -> Server {
        let variable = |(name, default): &(&str, Option<&str>)| ServerVariable {
            environment: None,
            name: Text::Owned((*name).to_owned()),
            default: default.map(|default| Text::Owned(default.to_owned())),
            values: bindery_ir::List::EMPTY,
            description: Text::Borrowed(""),
        };
        Server { url: Text::Owned(url.to_owned()), variables: variables.iter().map(variable).collect() }
    }

    fn chosen(server: &Server, value: &str) -> Result<String, ServerError> {
        choose(std::slice::from_ref(server), |name| (name == "v").then(|| value.to_owned())).map(|url| url.to_string())
    }

    #[test]
    fn variables_are_filled_from_values_then_defaults() {
        let both = server("https://{v}.example.com/{base}/x", &[("base", Some("v1/beta"))]);
        assert_eq!(chosen(&both, "eu").as_deref(), Ok("https://eu.example.com/v1/beta/x"));
        let missing = choose(&[both], |_| None);
        assert_eq!(missing, Err(ServerError::Missing(vec!["v".to_owned()])));
        let first = server("https://{unknown}.example.com", &[]);
        let second = server("https://{v}.example.org", &[]);
        let url = choose(&[first, second], |name| (name == "v").then(|| "a".to_owned()));
        assert_eq!(url.map(|url| url.to_string()).as_deref(), Ok("https://a.example.org/"));
    }

    #[test]
    fn a_value_cannot_move_the_host() {
        let host = server("https://{v}.example.com", &[]);
        for value in [
            "evil.org/",
            "evil.org#",
            "evil.org?",
            "x@evil.org",
            "evil.org\\",
            "evil.org%2f",
            "a b",
            "",
            "x:1",
            "a..b",
            ".a",
            "a.",
            "a;b",
            "a\tb",
            "[::1]",
            "a,b",
            "\u{3002}",
        ] {
            assert!(chosen(&host, value).is_err(), "{value}: {:?}", chosen(&host, value));
        }
        for value in ["eu-west-1", "a_b.c", "xy12345.us-east-1", "42"] {
            assert!(chosen(&host, value).is_ok(), "{value}: {:?}", chosen(&host, value));
        }
        let path = server("https://example.com/{v}", &[]);
        for value in ["..", "a/../b", "a?b", "a#b", "%2e%2e"] {
            assert!(chosen(&path, value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_variable_may_be_the_whole_address() {
        assert_eq!(chosen(&server("{v}", &[]), "http://localhost:81/api/").as_deref(), Ok("http://localhost:81/api"));
        assert_eq!(chosen(&server("https://{v}", &[]), "localhost:8443").as_deref(), Ok("https://localhost:8443/"));
        assert_eq!(chosen(&server("{v}://h", &[]), "http").as_deref(), Ok("http://h/"));
        assert_eq!(chosen(&server("https://{v}/api", &[]), "[::1]:6443").as_deref(), Ok("https://[::1]:6443/api"));
        for value in ["[::1", "[::x]", "h:", "h:80:81", "h:123456", ":80"] {
            assert!(chosen(&server("https://{v}", &[]), value).is_err(), "{value}");
        }
        assert!(chosen(&server("{v}://h", &[]), "file").is_err());
        assert!(chosen(&server("{v}://h", &[]), "https://evil.org/x").is_err());
        assert!(chosen(&server("{v}.example.com", &[]), "https://evil.org/x").is_err());
        assert!(chosen(&server("{v}", &[]), "https://user:pass@h").is_err());
    }
}
