//! `bindery mock`: a stateful fake of a provider.

use std::io::Write;
use std::time::Duration;

use bindery_ir::Provider;
use bindery_mock::{Fault, Mock};

use crate::arguments::Mock as Arguments;
use crate::outcome::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &Arguments, terminal: Terminal) -> Result<Outcome, Failure> {
    let provider = provider(&arguments.provider)?;
    let faults: Result<Vec<Fault>, Failure> =
        arguments.fault.iter().map(|fault| fault.parse().map_err(|error| Failure::Usage(format!("{error}")))).collect();
    let builder = Mock::builder(provider)
        .port(arguments.port)
        .seed(arguments.seed)
        .latency(Duration::from_millis(arguments.latency))
        .page_size(arguments.page_size)
        .faults(faults?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut mock = builder.start().await.map_err(|error| Failure::Network(error.to_string()))?;
        writeln!(std::io::stdout(), "{}", mock.url())?;
        terminal.note(&format!("serving a fake of `{}`; stop it with Ctrl-C", arguments.provider));
        tokio::select! {
            ended = mock.wait() => ended.map_err(|error| Failure::Network(error.to_string()))?,
            _ = tokio::signal::ctrl_c() => {}
        }
        mock.stop().await;
        Ok(Outcome::Yes)
    })
}

/// The provider of that name, of those compiled in.
fn provider(name: &str) -> Result<Provider, Failure> {
    let catalog = bindery::catalog()?;
    if let Some(provider) = catalog.provider(name)? {
        return Ok(provider);
    }
    let known: Vec<&str> = catalog.providers().map(|provider| provider.name.as_str()).collect();
    Err(Failure::Usage(format!("there is no provider `{name}`; there are {}", known.join(", "))))
}
