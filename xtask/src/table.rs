//! The rows of the scoreboard and the table made of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use bindery_codegen::Coverage;
use serde::{Deserialize, Serialize};

use crate::measure::Cost;

/// What is known of a service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) provider: String,
    pub(crate) service: String,
    /// What its code and the runtime's were when it was compiled.
    pub(crate) digest: String,
    pub(crate) coverage: Coverage,
    pub(crate) cost: Cost,
    /// The errors of rustc; none when it compiles.
    pub(crate) errors: Vec<String>,
}

/// Providers first, in sum; then every service.
pub(crate) fn markdown(rows: &[Row], generated: &BTreeMap<String, usize>) -> String {
    let mut text = String::from(
        "| provider | services | compiled here | compile | operations | in full | CPU-s | peak MB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (provider, services) in generated {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.provider == *provider).collect();
        let operations: usize = rows.iter().map(|row| row.coverage.operations).sum();
        let full: usize = rows.iter().map(|row| row.coverage.full).sum();
        let compile = rows.iter().filter(|row| row.errors.is_empty()).count();
        // A sum of nothing is minus nought.
        let seconds = rows.iter().map(|row| row.cost.cpu_seconds).sum::<f64>() + 0.0;
        let peak = rows.iter().map(|row| row.cost.peak_mb).fold(0.0, f64::max);
        let _ = writeln!(
            text,
            "| {provider} | {services} | {} | {compile} | {operations} | {full} ({:.2} %) | {seconds:.1} | {peak:.0} |",
            rows.len(),
            100.0 * full as f64 / (operations.max(1)) as f64,
        );
    }
    text.push_str(
        "\n| provider | service | operations | in full | degraded | CPU-s | peak MB | outcome |\n\
         |---|---|---:|---:|---|---:|---:|---|\n",
    );
    for row in rows {
        let degraded: Vec<String> =
            row.coverage.degraded.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let outcome = row.errors.first().map_or("compiles", String::as_str).replace('|', "\\|");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {:.0} | {outcome} |",
            row.provider,
            row.service,
            row.coverage.operations,
            row.coverage.full,
            degraded.join(", "),
            row.cost.cpu_seconds,
            row.cost.peak_mb,
        );
    }
    text
}
