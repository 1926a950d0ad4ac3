//! Search: everything that was asked for, else mended, else any of it.

use crate::{Clause, Found, Index, Key, Kind, Reach, Reading, query::Group};
use std::collections::{HashMap, HashSet};

/// Enough of the first kind of answer; below it, looser ones are added.
const ENOUGH: usize = 5;
/// What a document that holds only some of the words reaches at most.
const LOOSE: f64 = 0.6;

/// What came of a line of text.
pub(crate) struct Outcome {
    /// Scores 0 to 1.
    pub(crate) scores: HashMap<Key, f64>,
    /// The words that were asked for in the end.
    pub(crate) groups: Vec<Group>,
    /// What holds only some of several words, where an article holds all of them.
    pub(crate) partial: HashSet<Key>,
}

impl Outcome {
    fn nothing() -> Self {
        Self { scores: HashMap::new(), groups: Vec::new(), partial: HashSet::new() }
    }

    fn add(&mut self, found: Vec<Found>, most: f64) {
        let top = found.iter().map(|found| found.score).fold(f64::MIN_POSITIVE, f64::max);
        for found in found {
            let score = most * (0.25 + 0.75 * (found.score / top).max(0.0));
            let entry = self.scores.entry(found.key).or_insert(0.0);
            *entry = entry.max(score);
        }
    }
}

/// The documents for a typed line, best first: `per_kind` of each kind.
///
/// # Errors
/// When the index cannot read.
pub fn search<I: Index>(index: &I, text: &str, per_kind: usize) -> Result<Vec<Found>, I::Error> {
    let outcome = typed(index, text, per_kind)?;
    let mut found: Vec<Found> = outcome.scores.into_iter().map(|(key, score)| Found { key, score }).collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.key.cmp(&other.key)));
    Ok(found)
}

pub(crate) fn typed<I: Index>(index: &I, text: &str, per_kind: usize) -> Result<Outcome, I::Error> {
    let reading = Reading::new(index.analyser(), index.vocabulary());
    let mut outcome = Outcome { groups: reading.typed(text), ..Outcome::nothing() };
    if outcome.groups.is_empty() {
        return Ok(outcome);
    }
    // Nothing holds a word, or nobody writes it though its parts occur: perhaps it was meant otherwise.
    if outcome.groups.iter().any(|group| group.unknown) {
        outcome.groups = mended(&reading, outcome.groups);
    }
    let clause = all(&outcome.groups);
    let mut found = index.find(&clause, Reach::Lead, per_kind)?;
    if articles(&found) == 0 {
        found = whole(index.find(&clause, Reach::Whole, per_kind)?, &found);
    }
    let answers = articles(&found);
    outcome.add(found, 1.0);
    if answers < ENOUGH && asks_for_all(&clause) {
        let loose = index.find(&any(&outcome.groups), Reach::Lead, per_kind)?;
        // Of one word there is no part but of a compound, which may be written otherwise.
        if answers > 0 && outcome.groups.len() > 1 {
            let known = &outcome.scores;
            let partial = loose.iter().map(|found| &found.key).filter(|key| !known.contains_key(*key));
            outcome.partial = partial.cloned().collect();
        }
        outcome.add(loose, LOOSE);
    }
    Ok(outcome)
}

fn articles(found: &[Found]) -> usize {
    found.iter().filter(|found| found.key.kind == Kind::Article).count()
}

/// What the whole documents gave, which holds what their leads gave.
fn whole(mut found: Vec<Found>, lead: &[Found]) -> Vec<Found> {
    found.extend(
        lead.iter()
            .filter(|lead| !found.iter().any(|found| found.key == lead.key))
            .cloned()
            .collect::<Vec<_>>(),
    );
    found
}

pub(crate) fn note<I: Index>(index: &I, text: &str, per_kind: usize) -> Result<Outcome, I::Error> {
    let reading = Reading::new(index.analyser(), index.vocabulary());
    let mut outcome = Outcome { groups: reading.note(text), ..Outcome::nothing() };
    if !outcome.groups.is_empty() {
        let found = index.find(&any(&outcome.groups), Reach::Lead, per_kind)?;
        outcome.add(found, 1.0);
    }
    Ok(outcome)
}

/// Unknown words as what they were meant to be; those that nothing resembles are left out.
fn mended(reading: &Reading<'_>, groups: Vec<Group>) -> Vec<Group> {
    let mend = |group: Group| match (group.unknown, group.lost) {
        (false, _) => Some(group),
        (true, lost) => reading.mend(&group).or((!lost).then_some(group)),
    };
    groups.into_iter().filter_map(mend).collect()
}

fn asks_for_all(clause: &Clause) -> bool {
    match clause {
        Clause::Term(_) => false,
        Clause::All(clauses) => clauses.len() > 1 || clauses.iter().any(asks_for_all),
        Clause::Any(clauses) => clauses.iter().any(asks_for_all),
    }
}

fn all(groups: &[Group]) -> Clause {
    Clause::All(groups.iter().map(|group| group.clause.clone()).collect())
}

/// Any of the words; within a compound any of its parts.
fn any(groups: &[Group]) -> Clause {
    Clause::Any(groups.iter().map(|group| loosened(&group.clause)).collect())
}

fn loosened(clause: &Clause) -> Clause {
    match clause {
        Clause::Term(term) => Clause::Term(term.clone()),
        Clause::All(clauses) | Clause::Any(clauses) => Clause::Any(clauses.iter().map(loosened).collect()),
    }
}
