//! The calls of a statement, one after the other, as SQLite computes their arguments.
//!
//! The first of them are computed before any is sent, so that a mistake in a statement of ordinary size changes
//! nothing. Longer ones are sent while the rest is computed, or a million rows would have to lie in memory; but not
//! where rows of a provider are read, which the calls themselves might change.

use std::collections::VecDeque;
use std::sync::Arc;

use bindery_ir::{Method, Resource};

use super::arguments::{ArgumentPlan, row_arguments};
use crate::engine::Shared;
use crate::error::Error;
use crate::job::Bound;
use crate::query::RowStream;
use crate::requests::Requested;
use crate::result::Row;
use crate::select::{Select, start};
use crate::value::Value;

/// How many calls are computed before any is sent.
const AHEAD: usize = 1000;

/// The values of a call, by the place of their parameter.
pub(crate) type Arguments = Vec<(usize, Value)>;

/// The calls of a statement: one method, and rows of arguments.
pub(crate) struct Calls {
    resource: Arc<Resource>,
    /// The place of the method among those of the resource.
    method: usize,
    /// The names of the arguments, in the order of the values of a row.
    names: Vec<String>,
    /// Whether a whole body is behind them.
    has_body: bool,
    /// Values of parameters that the statement does not say.
    defaults: Arguments,
    ahead: VecDeque<Row>,
    rest: Option<RowStream>,
    /// What was sent to compute them, in a dry run.
    pub(super) requests: Vec<Requested>,
}

impl Calls {
    /// Begins to compute them.
    pub(super) async fn begin(
        engine: &Arc<Shared>,
        resource: &Arc<Resource>,
        plan: ArgumentPlan<'_>,
        bound: Bound,
    ) -> Result<Self, Error> {
        let session = engine.session();
        let parameters = plan.method.parameters.iter().enumerate();
        let defaults = parameters
            .filter_map(|(at, parameter)| Some((at, engine.default(&session, resource.id.provider(), parameter)?)))
            .collect();
        let method = resource.methods.iter().position(|known| std::ptr::eq(known, plan.method)).unwrap_or_default();
        let mut rows = start(engine, Select { sql: plan.query, bound, ..Select::default() })?;
        let most = if rows.reads_providers { usize::MAX } else { AHEAD };
        let mut calls = Self {
            resource: Arc::clone(resource),
            method,
            names: plan.names,
            has_body: plan.has_body,
            defaults,
            ahead: VecDeque::new(),
            rest: None,
            requests: Vec::new(),
        };
        while calls.ahead.len() < most {
            let Some(row) = rows.next().await else {
                calls.requests = rows.take_requests();
                return Ok(calls);
            };
            let row = row?;
            if calls.ahead.len() < AHEAD {
                calls.arguments(&row)?;
            }
            calls.ahead.push_back(row);
        }
        calls.rest = Some(rows);
        Ok(calls)
    }

    pub(super) fn method(&self) -> Option<&Method> {
        self.resource.methods.get(self.method)
    }

    /// The resource, and the place of the method among its methods.
    pub(super) fn method_of_resource(&self) -> (Arc<Resource>, usize) {
        (Arc::clone(&self.resource), self.method)
    }

    /// How many are computed already.
    pub(super) fn computed(&self) -> usize {
        self.ahead.len()
    }

    /// Whether there may be others than those that are computed.
    pub(super) fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// The arguments of the next call; `None` behind the last.
    pub(super) async fn next(&mut self) -> Option<Result<Arguments, Error>> {
        if let Some(row) = self.ahead.pop_front() {
            return Some(self.arguments(&row));
        }
        let row = self.rest.as_mut()?.next().await?;
        Some(row.and_then(|row| self.arguments(&row)))
    }

    fn arguments(&self, row: &Row) -> Result<Arguments, Error> {
        let Some(method) = self.method() else { return Ok(Vec::new()) };
        let mut values = row_arguments(method, &self.names, self.has_body, row)?;
        for (at, value) in &self.defaults {
            if !values.iter().any(|(known, _)| known == at) {
                values.push((*at, value.clone()));
            }
        }
        Ok(values)
    }
}
