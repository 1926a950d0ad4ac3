//! Counters for operations, in Prometheus' text format. No personal data.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Counters of a running service.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    calls: Mutex<BTreeMap<(&'static str, String), u64>>,
    streams: AtomicI64,
}

impl Metrics {
    /// A command was answered; `outcome` is `ok` or an error's code.
    pub(crate) fn answered(&self, command: &'static str, outcome: String) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry((command, outcome)).or_default() += 1;
    }

    /// A stream of events began (1) or ended (-1).
    pub(crate) fn stream(&self, change: i64) {
        self.streams.fetch_add(change, Ordering::Relaxed);
    }

    /// As text, with gauges of others.
    pub(crate) fn text(&self, gauges: &[(String, i64)]) -> String {
        let mut text = String::from("# TYPE svarsplats_commands_total counter\n");
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        for ((command, outcome), count) in calls.iter() {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "svarsplats_commands_total{{command=\"{command}\",outcome=\"{outcome}\"}} {count}"
            );
        }
        let streams = self.streams.load(Ordering::Relaxed);
        let _ = writeln!(text, "# TYPE svarsplats_event_streams gauge\nsvarsplats_event_streams {streams}");
        for (name, value) in gauges {
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}
