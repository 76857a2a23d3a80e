//! What `EXPLAIN` says of a query: SQLite's plan, a line for each step, and of each step that calls something the method,
//! why it is that one, and in which round it is called.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Shared;
use crate::error::Error;
use crate::job::Bound;
use crate::query::RowStream;
use crate::query_plan::{PlanLine, ancestors};
use crate::select::{Select, start};
use crate::statement::columns;
use crate::value::Value;

/// Explains a query.
pub(crate) async fn explain(engine: &Arc<Shared>, sql: &str, bound: Bound) -> Result<RowStream, Error> {
    let plan = start(engine, Select { sql: sql.to_owned(), bound, explain: true, ..Select::default() })?.plan().await?;
    let rounds = rounds(&plan);
    let row = |(line, round): (PlanLine, Option<usize>)| {
        let step = line.text.split(" VIRTUAL TABLE INDEX ").next().unwrap_or_default();
        let notes = notes(&line, engine.settings.cache);
        vec![
            Value::Text(format!("{}{step}", "  ".repeat(line.depth))),
            Value::from(line.call),
            Value::from(round.map(|round| round.to_string())),
            Value::from((!notes.is_empty()).then(|| notes.join("; "))),
        ]
    };
    let rows = plan.into_iter().zip(rounds).map(row).collect();
    Ok(RowStream::of(columns(&["step", "call", "round", "note"]), rows))
}

fn notes(line: &PlanLine, kept_for: Option<Duration>) -> Vec<String> {
    let Some(why) = &line.why else { return Vec::new() };
    let mut notes = Vec::new();
    if line.is_known {
        notes.push("known in advance".to_owned());
    }
    if let Some(time) = kept_for {
        notes.push(format!("not made again within {time:?}"));
    }
    notes.push(match (&why.instead_of, why.fitting) {
        (Some(method), _) => format!("`{method}` comes first in the documents, but needs less than is said here"),
        (None, 0 | 1) => "no other method fits what is said".to_owned(),
        (None, fitting) => format!("the first in the documents of {fitting} methods that fit what is said"),
    });
    notes
}

/// In which round each line calls something, if it does: the earliest one. Tables that stand side by side are read one in
/// the other, in their order, so what is not known in advance waits for the calls of those before it.
fn rounds(lines: &[PlanLine]) -> Vec<Option<usize>> {
    // By line: how many rounds are over before it begins, and when all that was met so far below it is there.
    let mut begun: HashMap<i64, usize> = HashMap::new();
    let mut done: HashMap<i64, usize> = HashMap::new();
    let mut rounds = Vec::with_capacity(lines.len());
    for line in lines {
        let of_parent = if is_part(&line.text) { &begun } else { &done };
        let before = of_parent.get(&line.parent).copied().unwrap_or(0);
        let round = line.call.is_some().then_some(if line.is_known { 1 } else { before + 1 });
        begun.insert(line.id, before);
        done.insert(line.id, before);
        if let Some(round) = round {
            for at in std::iter::once(0).chain(ancestors(lines, line).map(|line| line.id)) {
                let done = done.entry(at).or_insert(0);
                *done = round.max(*done);
            }
        }
        rounds.push(round);
    }
    rounds
}

/// Whether a line is one of several queries that do not wait for each other.
fn is_part(text: &str) -> bool {
    ["LEFT-MOST SUBQUERY", "UNION", "INTERSECT", "EXCEPT", "INDEX "].iter().any(|part| text.starts_with(part))
}
