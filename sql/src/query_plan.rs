//! How SQLite reads the tables of a statement, and whether that is right.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Connection;

use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::lateral::VIEW_PLAN;
use crate::plan::describe;
use crate::state::{Force, Level, Plan, State};
use crate::table::Table;

/// What stands before a statement that is to be explained.
const EXPLAIN: &str = "EXPLAIN QUERY PLAN ";

/// A line of SQLite's plan.
#[derive(Clone, Debug)]
pub(crate) struct PlanLine {
    pub(crate) id: i64,
    pub(crate) parent: i64,
    pub(crate) depth: usize,
    pub(crate) text: String,
    /// The number of the plan, if it reads a table of a provider.
    pub(crate) number: Option<i32>,
    /// What that plan does.
    pub(crate) call: Option<String>,
    /// Why it does that.
    pub(crate) why: Option<Why>,
    /// Whether the call is known before the statement runs.
    pub(crate) is_known: bool,
}

/// Why a method was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    /// A method that the order of the documents would have preferred.
    pub(crate) instead_of: Option<String>,
    /// How many methods fit what is said.
    pub(crate) fitting: usize,
}

/// The plan of a statement that is to be run.
#[derive(Clone, Copy)]
pub(crate) struct Planning<'j> {
    pub(crate) connection: &'j Connection,
    pub(crate) state: &'j State,
    pub(crate) diagnosis: Diagnosis<'j>,
}

impl Planning<'_> {
    /// Finds a plan that can be carried out, and fixes it.
    pub(crate) fn plan(&self) -> Result<Vec<PlanLine>, Error> {
        let mut lines = self.plan_at_some_level()?;
        if let Some(view) = mixed_view(&lines) {
            // With as little given as can be, they may be read in one way.
            self.state.forget_plans(Level::Required);
            lines = self.query_plan()?;
            if mixed_view(&lines).is_some() {
                let reason = format!(
                    "the parts of an OR, or the two sides of a FULL JOIN, read the view `{view}` with different columns \
                     given: write a UNION of them"
                );
                return Err(Error::Unplannable { reasons: vec![reason] });
            }
        }
        let Some(table) = mixed(&lines, self.state) else { return Ok(lines) };
        // What the different ways have in common would be there twice.
        let mut candidates: Vec<usize> = (0..table.candidates.len()).collect();
        let needs = |at: &usize| table.candidates.get(*at).map_or(0, |candidate| candidate.required.len());
        candidates.sort_by_key(|at| std::cmp::Reverse(needs(at)));
        for candidate in candidates {
            self.state.force(&table.name, Force { candidate });
            if let Ok(lines) = self.plan_at_some_level()
                && mixed(&lines, self.state).is_none()
            {
                return Ok(lines);
            }
        }
        let reason = format!(
            "the parts of an OR, or the two sides of a FULL JOIN, need different methods of `{}`, and none serves them \
             all: write a UNION of them",
            table.name
        );
        Err(Error::Unplannable { reasons: vec![reason] })
    }

    fn plan_at_some_level(&self) -> Result<Vec<PlanLine>, Error> {
        let mut result = Ok(Vec::new());
        for level in [Level::Everything, Level::Required, Level::Modest] {
            self.state.forget_plans(level);
            result = self.query_plan();
            if !matches!(result, Err(Error::Unplannable { .. })) {
                break;
            }
        }
        result
    }

    fn query_plan(&self) -> Result<Vec<PlanLine>, Error> {
        lines(self.connection, self.state, &self.diagnosis.rewritten.sql)
            .map_err(|error| self.diagnosis.explain_at(&error, EXPLAIN.len()))
    }
}

/// Whether a query can be carried out on a connection, and its rows told apart.
pub(crate) fn can_run(connection: &Connection, state: &State, sql: &str) -> rusqlite::Result<bool> {
    match lines(connection, state, sql) {
        Ok(lines) => Ok(mixed(&lines, state).is_none() && mixed_view(&lines).is_none()),
        Err(error) if has_no_plan(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether SQLite says that tables refuse all plans.
fn has_no_plan(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg)) => {
            msg == "no query solution"
        }
        _ => false,
    }
}

/// How SQLite would read the tables for a query.
fn lines(connection: &Connection, state: &State, sql: &str) -> rusqlite::Result<Vec<PlanLine>> {
    let mut statement = connection.prepare(&format!("{EXPLAIN}{sql}"))?;
    let mut lines = statement.raw_query();
    let mut found: Vec<PlanLine> = Vec::new();
    while let Some(line) = lines.next()? {
        let (id, parent, text): (i64, i64, String) = (line.get(0)?, line.get(1)?, line.get(3)?);
        let depth = found.iter().find(|line| line.id == parent).map_or(0, |line| line.depth + 1);
        let number = text.split_once("VIRTUAL TABLE INDEX ").and_then(|(_, rest)| rest.split(':').next()?.parse().ok());
        let plan = number.and_then(|number| state.plan(number));
        found.push(PlanLine {
            id,
            parent,
            depth,
            number: number.filter(|number| plan.is_some() || *number == VIEW_PLAN),
            call: plan.as_ref().map(|(table, plan)| format!("{}.{}", table.resource.id, describe(table, plan))),
            why: plan.as_ref().map(|(table, plan)| {
                let preferred = plan.instead_of.and_then(|at| table.candidates.get(at));
                let instead_of = preferred.map(|candidate| table.method_name(candidate).to_owned());
                Why { instead_of, fitting: plan.fitting }
            }),
            is_known: plan.is_some_and(|(_, plan)| plan.constants.is_some()),
            text,
        });
    }
    Ok(found)
}

/// A view that is read with different columns given where its rows must be told apart by their numbers; see [`mixed`].
fn mixed_view(lines: &[PlanLine]) -> Option<String> {
    // `SCAN view AS alias VIRTUAL TABLE INDEX 1493172224:0,2`
    let reads: Vec<(&PlanLine, &str, &str)> = lines
        .iter()
        .filter(|line| line.number == Some(VIEW_PLAN))
        .filter_map(|line| line.text.split_once(" VIRTUAL TABLE INDEX ").map(|(view, given)| (line, view, given)))
        .collect();
    let is_mixed = |(line, view, given): &&(&PlanLine, &str, &str)| {
        reads
            .iter()
            .any(|(other, of, differently)| of == view && differently != given && tells_rows_apart(lines, line, other))
    };
    reads.iter().find(is_mixed).map(|(_, view, _)| view.trim_start_matches("SCAN ").to_owned())
}

/// Whether the rows that two lines read must be told apart by their numbers: they are read for the parts of an OR, or once
/// for what matches and once for what does not, on the right side of a FULL or RIGHT JOIN.
fn tells_rows_apart(lines: &[PlanLine], line: &PlanLine, other: &PlanLine) -> bool {
    let or = ancestors(lines, line).find(|line| line.text.starts_with("MULTI-INDEX OR")).map(|or| or.id);
    let is_second_pass = ancestors(lines, line).any(|line| line.text.starts_with("RIGHT-JOIN"));
    is_second_pass || or.is_some_and(|or| ancestors(lines, other).any(|line| line.id == or))
}

/// A table that is read in different ways where its rows must be told apart.
fn mixed(lines: &[PlanLine], state: &State) -> Option<Arc<Table>> {
    let reads: Vec<(&PlanLine, Arc<Table>, Arc<Plan>)> = lines
        .iter()
        .filter_map(|line| line.number.and_then(|number| state.plan(number)).map(|(table, plan)| (line, table, plan)))
        .collect();
    for (line, table, plan) in &reads {
        let is_other_way = |(other_line, other_table, other): &&(&PlanLine, Arc<Table>, Arc<Plan>)| {
            let sent = |plan: &Plan| plan.arguments.iter().copied().collect::<BTreeSet<_>>();
            other_table.name == table.name
                && tells_rows_apart(lines, line, other_line)
                && (other.candidate != plan.candidate || sent(other) != sent(plan))
        };
        if reads.iter().any(|other| is_other_way(&other)) {
            return Some(Arc::clone(table));
        }
    }
    None
}

/// What a line of a plan is a part of, from the inside out.
pub(crate) fn ancestors<'l>(lines: &'l [PlanLine], line: &PlanLine) -> impl Iterator<Item = &'l PlanLine> {
    let mut parent = line.parent;
    std::iter::from_fn(move || {
        let found = lines.iter().find(|line| line.id == parent)?;
        parent = found.parent;
        Some(found)
    })
}
