//! Pauses of the clock.

use super::day::Span;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Time that does not count: waiting for the customer (rules.md 1.7). Pauses may overlap and come in
/// any order; one that ends before it begins takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pause {
    /// When the waiting began.
    pub from: Timestamp,
    /// When it ended; `None` while it goes on.
    pub to: Option<Timestamp>,
}

/// Pauses by time, merged.
pub(super) struct Pauses(Vec<Span>);

impl Pauses {
    pub(super) fn new(pauses: &[Pause]) -> Self {
        let mut spans: Vec<Span> = pauses
            .iter()
            .map(|pause| Span { from: pause.from.0, to: pause.to.map_or(i64::MAX, |to| to.0) })
            .filter(|span| span.from < span.to)
            .collect();
        spans.sort_unstable_by_key(|span| span.from);
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    /// Whether a pause that still goes on begins before `moment`.
    pub(super) fn ongoing_before(&self, moment: i64) -> bool {
        self.0.last().is_some_and(|last| last.to == i64::MAX && last.from < moment)
    }

    /// The parts of `span` outside the pauses, and those inside, each in order.
    pub(super) fn divide(&self, span: Span) -> (Vec<Span>, Vec<Span>) {
        let (mut counted, mut paused) = (Vec::new(), Vec::new());
        let mut rest = span;
        for pause in &self.0 {
            let Some(inside) = pause.within(rest) else { continue };
            if rest.from < inside.from {
                counted.push(Span { from: rest.from, to: inside.from });
            }
            paused.push(inside);
            rest.from = inside.to;
        }
        if rest.from < rest.to {
            counted.push(rest);
        }
        (counted, paused)
    }
}
