//! What SQLite asks when it plans: can this table be read, given these constraints, and at what cost?
//!
//! The answer is the same whatever the join order as far as the method goes; the join order only decides whether its
//! arguments are at hand. Where they are not, the order is refused, and SQLite finds one that works.

use std::collections::BTreeMap;
use std::sync::Arc;

use bindery_ir::{Clause, Location, Parameter};
use rusqlite::vtab::{IndexConstraintOp, IndexInfo};

use crate::choice::{Said, choose, explain};
use crate::state::{Level, Plan, Rejection, State};
use crate::table::{Candidate, ColumnSet, Table};
use crate::value::Value;

/// What a call costs beside its rows.
const COST_OF_A_CALL: f64 = 1000.0;

/// How many rows a listing is believed to have.
const ROWS_OF_A_LISTING: i64 = 200;

/// The columns a bit of SQLite's mask stands for exactly; the last one stands for all others.
const EXACT_BITS: usize = 63;

/// Answers; `false` refuses.
pub(crate) fn best_index(table: &Arc<Table>, state: &State, info: &mut IndexInfo) -> rusqlite::Result<bool> {
    let defaults = state.defaults(&table.name);
    let mut said = Said { defaults: defaults.keys().copied().collect(), ..Said::default() };
    // Of several equalities of a column, one whose value the statement says itself is best.
    let mut usable: BTreeMap<usize, (usize, Option<Value>)> = BTreeMap::new();
    let mut likes = Vec::new();
    for (at, constraint) in info.constraints().enumerate() {
        let Ok(column) = usize::try_from(constraint.column()) else { continue };
        let column = table.canonical(column);
        match constraint.operator() {
            // What another collation calls equal, a provider may not.
            IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_EQ if info.collation(at)? == "BINARY" => {
                said.equal.insert(column);
                if constraint.is_usable() {
                    let literal = info.rhs_value(at)?.map(Value::of);
                    let known = usable.get(&column).is_some_and(|(_, known)| known.is_some());
                    if !known && (literal.is_some() || !usable.contains_key(&column)) {
                        usable.insert(column, (at, literal));
                    }
                }
            }
            IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LIKE | IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_GLOB
                if table.is_parameter(column) =>
            {
                likes.push(column);
            }
            _ => {}
        }
    }
    let mask = info.col_used();
    let is_read = |column: usize| mask & (1 << column.min(EXACT_BITS)) != 0;
    let is_surely_read = |column: usize| column < EXACT_BITS && is_read(column);
    said.read = (0..table.columns.len()).filter(|column| is_surely_read(*column)).map(|c| table.canonical(c)).collect();
    if state.unknown_is_null() {
        said.read.retain(|column| said.equal.contains(column));
    }
    said.forced = state.forced(&table.name).map(|force| force.candidate);
    if state.level() == Level::Modest {
        said.at_hand = Some(usable.keys().copied().collect());
    }

    let chosen =
        |said: &Said| choose(table, said).and_then(|choice| Some((choice, table.candidates.get(choice.candidate)?)));
    let missing = |candidate: &Candidate| -> Vec<&str> {
        let is_at_hand = |column: &usize| usable.contains_key(column) || said.defaults.contains(column);
        let needed = candidate.required.iter().filter(|column| !is_at_hand(column));
        needed.map(|column| table.column_name(*column)).collect()
    };
    let rejection = |reason: String| Rejection {
        table: table.name.clone(),
        reason,
        gives_something: said.equal.iter().any(|column| table.is_parameter(*column)),
    };
    let Some((choice, candidate)) = chosen(&said) else {
        let in_another_order = Said { at_hand: None, ..said.clone() };
        if let Some((_, candidate)) = chosen(&in_another_order).filter(|_| said.at_hand.is_some()) {
            state.reject(rejection(comes_too_late(table, &missing(candidate))), true);
            return Ok(false);
        }
        let mut reason = explain(table, &said);
        if let Some(column) = likes.first() {
            let name = table.column_name(*column);
            reason.push_str(&format!(" (LIKE on `{name}` cannot select a method; only = and IN can)"));
        }
        state.reject(rejection(reason), false);
        return Ok(false);
    };
    // A parameter that rows do not have is lost when it is not sent.
    let lost = |column: &&usize| {
        candidate.parameters.contains_key(*column)
            && !candidate.carried.contains(*column)
            && !usable.contains_key(*column)
    };
    let missing = missing(candidate);
    if !missing.is_empty() || said.equal.iter().any(|column| lost(&column)) {
        state.reject(rejection(comes_too_late(table, &missing)), true);
        return Ok(false);
    }

    let is_sent = |column: &usize| {
        let Some(at) = candidate.parameters.get(column) else { return false };
        let is_known = table.method(candidate).is_some_and(|method| method.parameters.get(*at).is_some());
        let must = candidate.required.contains(column) || !candidate.carried.contains(column);
        is_known && (must || (state.level() == Level::Everything && said.forced.is_none()))
    };
    let arguments: Vec<usize> = usable.keys().copied().filter(|column| is_sent(column)).collect();
    let mut probe = None;
    if state.level() == Level::Everything {
        let can_probe = |column: &usize| !arguments.contains(column) && candidate.carried.contains(column);
        probe = usable.iter().find(|(column, _)| can_probe(column)).map(|(column, (at, _))| (*column, *at));
    }

    let mut index = 0;
    // The constraints that SQLite does not check again.
    let mut omitted = Vec::new();
    for column in &arguments {
        let Some((at, _)) = usable.get(column) else { continue };
        index += 1;
        let is_rechecked = candidate.carried.contains(column) && !candidate.required.contains(column);
        let mut usage = info.constraint_usage(*at);
        usage.set_argv_index(index);
        usage.set_omit(!is_rechecked);
        if !is_rechecked {
            omitted.push(*at);
        }
    }
    let first_rows = first_rows(table, candidate, info, &omitted, &said)?;
    if let Some((_, at)) = probe {
        info.constraint_usage(at).set_argv_index(index + 1);
    }

    let constants =
        arguments.iter().map(|column| usable.get(column).and_then(|(_, literal)| literal.clone())).collect();
    // Of the columns that share a bit, those are read that the statement names.
    let read: ColumnSet = (0..table.columns.len())
        .filter(|column| is_surely_read(*column) || (is_read(*column) && state.is_named(table, *column)))
        .map(|column| table.canonical(column))
        .collect();
    let rows = match (candidate.is_single, probe) {
        (true, _) => 1,
        (false, Some(_)) => ROWS_OF_A_LISTING / 20,
        (false, None) => ROWS_OF_A_LISTING,
    };
    let plan = Plan {
        candidate: choice.candidate,
        instead_of: choice.instead_of,
        fitting: choice.fitting,
        arguments,
        probe: probe.map(|(column, _)| column),
        read,
        constants,
        first_rows,
    };
    info.set_idx_str(&describe(table, &plan));
    info.set_idx_num(state.register(table, plan));
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    info.set_estimated_cost(COST_OF_A_CALL + rows as f64);
    info.set_estimated_rows(rows);
    Ok(true)
}

/// The parameter by which a provider is told how many rows are wanted, and how many. It is only said where SQLite wants the
/// first rows of the answer, whatever they are, and as long as one answer may have so many.
fn first_rows(
    table: &Table,
    candidate: &Candidate,
    info: &IndexInfo,
    omitted: &[usize],
    said: &Said,
) -> rusqlite::Result<Option<(usize, i64)>> {
    let Some(method) = table.method(candidate) else { return Ok(None) };
    let Some(top) = method.adaptation.pushdown.iter().find(|pushdown| pushdown.clause == Clause::Top) else {
        return Ok(None);
    };
    let (mut rows, mut has_limit) = (0_i64, false);
    for (at, constraint) in info.constraints().enumerate() {
        let is_limit = constraint.operator() == IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_LIMIT;
        if is_limit || constraint.operator() == IndexConstraintOp::SQLITE_INDEX_CONSTRAINT_OFFSET {
            let Some(Value::Integer(number)) = info.rhs_value(at)?.map(Value::of) else { return Ok(None) };
            rows = rows.saturating_add(number.max(0));
            has_limit |= is_limit;
        } else if !omitted.contains(&at) {
            return Ok(None);
        }
    }
    let most = top.maximum.map_or(i64::MAX, |maximum| i64::try_from(maximum).unwrap_or(i64::MAX));
    if !has_limit || rows == 0 || rows > most || info.order_bys().next().is_some() {
        return Ok(None);
    }
    let name = if top.parameter.is_empty() && top.dialect == "odata" { "$top" } else { &*top.parameter };
    let is_it = |parameter: &Parameter| parameter.location == Location::Query && parameter.wire_name == *name;
    let Some(parameter) = method.parameters.iter().position(is_it) else { return Ok(None) };
    let is_said = |(column, of): (&usize, &usize)| {
        *of == parameter && (said.equal.contains(column) || said.defaults.contains(column))
    };
    Ok(Some((parameter, rows)).filter(|_| !candidate.parameters.iter().any(is_said)))
}

/// Why a join order is refused in which parameters of a table are not known yet.
fn comes_too_late(table: &Table, missing: &[&str]) -> String {
    format!(
        "`{}`: {} given, but only by tables that need `{}` themselves",
        table.name,
        if let [one] = missing { format!("`{one}` is") } else { "its parameters are".to_owned() },
        table.name,
    )
}

/// A plan in words: `list(subscriptionId)`.
pub(crate) fn describe(table: &Table, plan: &Plan) -> String {
    let names: Vec<&str> = plan.arguments.iter().map(|column| table.column_name(*column)).collect();
    let candidate = table.candidates.get(plan.candidate);
    let first_rows = plan.first_rows.and_then(|(parameter, rows)| {
        let parameter = table.method(candidate?)?.parameters.get(parameter)?;
        Some(format!("{} = {rows}", parameter.name))
    });
    let said: Vec<&str> = names.into_iter().chain(first_rows.as_deref()).collect();
    format!("{}({})", candidate.map_or("", |candidate| table.method_name(candidate)), said.join(", "))
}
