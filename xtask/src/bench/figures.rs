//! What was measured, as a table for people and one line for programs.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// The figures of one bench.
#[derive(Debug)]
pub struct Figures {
    bench: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    id: &'static str,
    value: Option<f64>,
    peer: Option<f64>,
    goal: String,
}

impl Figures {
    /// None yet.
    pub fn new(bench: &'static str) -> Self {
        Self { bench, rows: Vec::new() }
    }

    /// Adds one. `value` is none when it could not be taken; `peer` when there is nothing to compare with.
    /// `goal` is what it should be, in words.
    pub fn add(&mut self, id: &'static str, value: Option<f64>, peer: Option<f64>, goal: impl Into<String>) {
        self.rows.push(Row { id, value, peer, goal: goal.into() });
    }

    /// For the terminal.
    pub fn table(&self) -> String {
        let mut text = format!("{:<20} {:>10} {:>10}  goal\n", self.bench, "value", "peer");
        for row in &self.rows {
            let shown =
                |figure: Option<f64>, none: &str| figure.map_or(none.to_owned(), |n| rounded(n).to_string());
            let (value, peer) = (shown(row.value, "not taken"), shown(row.peer, "–"));
            let _ = writeln!(text, "{:<20} {value:>10} {peer:>10}  {}", row.id, row.goal);
        }
        text
    }

    /// `{"bench": NAME, "figures": {ID: {"value": N, "peer": N or null}}}`; what could not be taken is left out.
    pub fn json(&self) -> Value {
        let taken = self.rows.iter().filter_map(|row| Some((row, row.value?)));
        let figures: serde_json::Map<String, Value> = taken
            .map(|(row, value)| {
                (row.id.to_owned(), json!({ "value": rounded(value), "peer": row.peer.map(rounded) }))
            })
            .collect();
        json!({ "bench": self.bench, "figures": figures })
    }
}

/// To tenths, and what is small to hundredths.
fn rounded(figure: f64) -> f64 {
    let parts = if figure.abs() < 10.0 { 100.0 } else { 10.0 };
    (figure * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_could_not_be_taken_is_said_in_the_table_and_left_out_of_the_line() {
        let mut figures = Figures::new("start");
        figures.add("start_ms", Some(412.34), Some(380.0), "at most 1.3 × the peer");
        figures.add("deb_mib", None, None, "under 15");
        figures.add("pesq", Some(3.854), None, "at least 3.85");
        assert!(figures.table().contains("not taken"));
        let line = figures.json().to_string();
        assert_eq!(
            line,
            r#"{"bench":"start","figures":{"pesq":{"peer":null,"value":3.85},"start_ms":{"peer":380.0,"value":412.3}}}"#
        );
    }
}
