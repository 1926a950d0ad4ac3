//! Suggestions during a call: from what is typed, the note, the queue and the case type.

use crate::{
    Head, Index, Key, Kind, Reason,
    query::Group,
    search::{self, Outcome},
    why,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What is known when suggestions are asked for. Everything may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ask {
    /// What the agent types to find something; its last word may be unfinished.
    pub typed: String,
    /// The case's note so far.
    pub note: String,
    /// The queue of the call.
    pub queue: Option<String>,
    /// The chosen case type.
    pub case_type: Option<String>,
    /// Most suggestions of each kind; 1 to 20.
    pub per_kind: usize,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Which document.
    pub key: Key,
    /// Its title.
    pub title: String,
    /// Its question; may be empty.
    pub question: String,
    /// Greater is better; comparable within one answer only.
    pub score: f64,
    /// Why it is here; words first.
    pub why: Vec<Reason>,
}

/// Beside the best article that holds all that was asked for, what holds some of it by chance scores less than this
/// share, and is not shown. Nor are the scripts brought along of a case type that is so far behind the best.
const FLOOR: f64 = 0.4;
const NOTE_WEIGHT: f64 = 0.5;
const CASE_TYPE_BOOST: f64 = 0.35;
const QUEUE_BOOST: f64 = 0.1;
/// What the articles that match give the case type that they belong to, together at most.
const VOTE_WEIGHT: f64 = 0.6;
/// What a script or checklist gets of its case type's score.
const FOLLOWS: f64 = 0.8;
/// How many case types that the text points to bring their scripts and checklists.
const FOLLOWED: usize = 2;
/// How many of each kind.
const FOLLOWING: usize = 5;

/// Suggestions of every kind, best first.
///
/// # Errors
/// When the index cannot read.
pub fn suggest<I: Index>(index: &I, ask: &Ask) -> Result<Vec<Suggestion>, I::Error> {
    let per_kind = ask.per_kind.clamp(1, 20);
    let depth = per_kind + 5;
    let typed = search::typed(index, &ask.typed, depth)?;
    let note = search::note(index, &ask.note, depth)?;
    let mut board = Board::new(typed, note);
    board.read_heads(index)?;
    if let Some(case_type) = &ask.case_type {
        board.add_of_case_type(index, case_type, depth)?;
    }
    if let Some(queue) = &ask.queue {
        board.add_of_queue(index, queue, depth)?;
    }
    board.vote();
    board.follow(index, ask.case_type.is_none())?;
    Ok(board.finish(ask, per_kind))
}

/// Everything under consideration.
struct Board {
    entries: HashMap<Key, Entry>,
    groups: Vec<Group>,
    searched: bool,
}

#[derive(Default)]
struct Entry {
    score: f64,
    head: Option<Head>,
    reasons: Vec<Reason>,
}

impl Board {
    fn new(typed: Outcome, note: Outcome) -> Self {
        let mut entries = HashMap::<Key, Entry>::new();
        let searched = !typed.groups.is_empty() || !note.groups.is_empty();
        let articles = typed.scores.iter().filter(|(key, _)| key.kind == Kind::Article);
        let best = articles.map(|(_, score)| *score).fold(0.0, f64::max);
        for (key, score) in typed.scores {
            if score >= FLOOR * best || !typed.partial.contains(&key) {
                entries.entry(key).or_default().score += score;
            }
        }
        // A note tells of much beside the question: it says which of what was found is meant, and what to look at only
        // where nothing was found.
        let alone = entries.is_empty();
        for (key, score) in note.scores {
            if alone || entries.contains_key(&key) {
                entries.entry(key).or_default().score += NOTE_WEIGHT * score;
            }
        }
        let mut groups = typed.groups;
        groups.extend(note.groups);
        Self { entries, groups, searched }
    }

    fn read_heads<I: Index>(&mut self, index: &I) -> Result<(), I::Error> {
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        for head in index.heads(&keys)? {
            if let Some(entry) = self.entries.get_mut(&head.key) {
                entry.head = Some(head);
            }
        }
        Ok(())
    }

    fn add(&mut self, head: Head, score: f64, reason: Reason) {
        let entry = self.entries.entry(head.key.clone()).or_default();
        entry.score += score;
        entry.head = Some(head);
        entry.reasons.push(reason);
    }

    fn add_of_case_type<I: Index>(
        &mut self,
        index: &I,
        case_type: &str,
        depth: usize,
    ) -> Result<(), I::Error> {
        for head in index.of_case_type(case_type, &Kind::ALL, depth)? {
            self.add(head, CASE_TYPE_BOOST, Reason::CaseType(case_type.to_owned()));
        }
        Ok(())
    }

    /// What belongs to the queue weighs more; it comes by itself only when nothing was asked for.
    fn add_of_queue<I: Index>(&mut self, index: &I, queue: &str, depth: usize) -> Result<(), I::Error> {
        let reason = || Reason::Queue(queue.to_owned());
        for entry in self.entries.values_mut() {
            if entry.head.as_ref().is_some_and(|head| head.queues.iter().any(|of| of == queue)) {
                entry.score += QUEUE_BOOST;
                entry.reasons.push(reason());
            }
        }
        if !self.searched {
            for head in index.of_queue(queue, depth)? {
                if !self.entries.contains_key(&head.key) {
                    self.add(head, QUEUE_BOOST, reason());
                }
            }
        }
        Ok(())
    }

    /// Articles that match speak for the case types that they belong to.
    fn vote(&mut self) {
        if !self.searched {
            return;
        }
        let mut votes = HashMap::<String, (f64, u32)>::new();
        let mut articles: Vec<&Entry> =
            self.entries.values().filter(|entry| entry.is(Kind::Article)).collect();
        articles.sort_by(|one, other| other.score.total_cmp(&one.score));
        for (rank, entry) in articles.iter().take(8).enumerate() {
            let weight = 0.6_f64.powi(i32::try_from(rank).unwrap_or(i32::MAX));
            for case_type in entry.head.iter().flat_map(|head| &head.case_types) {
                let vote = votes.entry(case_type.clone()).or_default();
                vote.0 += weight * entry.score.min(1.0);
                vote.1 += 1;
            }
        }
        // 2.5 is the sum of the weights.
        for (case_type, (weight, articles)) in votes {
            let entry = self.entries.entry(Key { kind: Kind::CaseType, id: case_type }).or_default();
            entry.score += VOTE_WEIGHT * weight / 2.5;
            entry.reasons.push(Reason::Articles(articles));
        }
    }

    /// The best case types bring their scripts and checklists along.
    fn follow<I: Index>(&mut self, index: &I, every: bool) -> Result<(), I::Error> {
        let mut case_types: Vec<(f64, String)> = self
            .entries
            .iter()
            .filter(|(key, _)| key.kind == Kind::CaseType)
            .map(|(key, entry)| (entry.score, key.id.clone()))
            .collect();
        case_types.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        if every && self.searched {
            let best = case_types.first().map_or(0.0, |(score, _)| *score);
            let good = case_types.iter().take_while(|(score, _)| *score >= FLOOR * best);
            for (score, case_type) in good.take(FOLLOWED) {
                for head in index.of_case_type(case_type, &[Kind::CallScript, Kind::Checklist], FOLLOWING)? {
                    self.add(head, FOLLOWS * score, Reason::CaseType(case_type.clone()));
                }
            }
        }
        self.read_missing(index)
    }

    fn read_missing<I: Index>(&mut self, index: &I) -> Result<(), I::Error> {
        let missing: Vec<Key> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.head.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        for head in index.heads(&missing)? {
            if let Some(entry) = self.entries.get_mut(&head.key) {
                entry.head = Some(head);
            }
        }
        Ok(())
    }

    fn finish(self, ask: &Ask, per_kind: usize) -> Vec<Suggestion> {
        let Self { entries, groups, .. } = self;
        let mut ranked: Vec<(Head, f64, Vec<Reason>)> = entries
            .into_values()
            .filter_map(|entry| entry.head.map(|head| (head, entry.score, entry.reasons)))
            // The chosen case type is not suggested once more.
            .filter(|(head, _, _)| {
                head.key.kind != Kind::CaseType || ask.case_type.as_ref() != Some(&head.key.id)
            })
            .collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.key.cmp(&other.0.key)));
        let mut taken = HashMap::<Kind, usize>::new();
        ranked.retain(|(head, _, _)| {
            let count = taken.entry(head.key.kind).or_default();
            *count += 1;
            *count <= per_kind
        });
        ranked.into_iter().map(|(head, score, reasons)| suggestion(head, score, reasons, &groups)).collect()
    }
}

impl Entry {
    fn is(&self, kind: Kind) -> bool {
        self.head.as_ref().is_some_and(|head| head.key.kind == kind)
    }
}

fn suggestion(head: Head, score: f64, reasons: Vec<Reason>, groups: &[Group]) -> Suggestion {
    let mut why = why::matched(&head, groups);
    let mut seen = HashSet::new();
    why.extend(reasons.into_iter().filter(|reason| seen.insert(format!("{reason:?}"))));
    Suggestion { key: head.key, title: head.title, question: head.question, score, why }
}
