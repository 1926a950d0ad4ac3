//! The municipality's answer support as documents, and suggestions in the contract's words. Written once
//! for the two that answer `knowledge.suggest`: the desk from its cache, the service for a browser.

use crate::{Error, FtsIndex};
use contract::domain::knowledge::KnowledgeBase;
use contract::domain::structure::{CaseType, Structure};
use contract::domain::{CaseTypeId, Timestamp};
use contract::knowledge::{Suggest, Suggestion, Suggestions};
use knowledge::{Ask, Document, Kind, Reason};
use rusqlite::Connection;

/// Suggestions of each kind when the caller names no number: one per key Alt+1…9.
const PER_KIND: u8 = 9;

/// Everything that can be found, with the queues where it is asked for most.
#[must_use]
pub fn documents(knowledge: &KnowledgeBase, structure: &Structure) -> Vec<Document> {
    let articles = knowledge.articles.iter().map(|article| Document {
        id: article.id.to_string(),
        kind: Kind::Article,
        title: article.title.clone(),
        question: article.question.clone(),
        body: format!("{}\n\n{}", article.answer, article.internal),
        keywords: article.keywords.clone(),
        case_types: texts(&article.case_types),
        queues: queues(structure, &article.case_types),
    });
    let scripts = knowledge.scripts.iter().map(|script| Document {
        id: script.id.to_string(),
        kind: Kind::CallScript,
        title: script.title.clone(),
        question: String::new(),
        body: script.steps.iter().map(|s| format!("{}\n{}", s.title, s.text)).collect::<Vec<_>>().join("\n"),
        keywords: keywords(structure, &script.case_types),
        case_types: texts(&script.case_types),
        queues: queues(structure, &script.case_types),
    });
    let checklists = knowledge.checklists.iter().map(|list| Document {
        id: list.id.to_string(),
        kind: Kind::Checklist,
        title: list.title.clone(),
        question: String::new(),
        body: list.items.iter().map(|i| i.text.as_str()).collect::<Vec<_>>().join("\n"),
        keywords: keywords(structure, &list.case_types),
        case_types: texts(&list.case_types),
        queues: queues(structure, &list.case_types),
    });
    let case_types = structure.case_types.iter().map(|case_type| Document {
        id: case_type.id.to_string(),
        kind: Kind::CaseType,
        title: case_type.name.clone(),
        question: String::new(),
        body: case_type.agreement.kontaktcenter_does.clone(),
        keywords: case_type.keywords.clone(),
        case_types: vec![case_type.id.to_string()],
        queues: queues(structure, std::slice::from_ref(&case_type.id)),
    });
    articles.chain(scripts).chain(checklists).chain(case_types).collect()
}

/// Answers `knowledge.suggest`.
///
/// # Errors
/// When the index cannot be read.
pub fn suggestions(
    index: &FtsIndex,
    connection: &Connection,
    structure: &Structure,
    asked: &Suggest,
    as_of: Option<Timestamp>,
) -> Result<Suggestions, Error> {
    let ask = Ask {
        typed: asked.text.clone(),
        note: asked.note.clone(),
        queue: asked.queue.as_ref().map(ToString::to_string),
        case_type: asked.case_type.as_ref().map(ToString::to_string),
        per_kind: usize::from(asked.limit.unwrap_or(PER_KIND)),
    };
    let mut all = Suggestions { as_of, ..Suggestions::default() };
    for found in knowledge::suggest(&index.on(connection), &ask)? {
        match found.key.kind {
            Kind::Article => all.articles.extend(line(found, |found| found.question.clone())),
            Kind::CallScript => all.scripts.extend(line(found, |_| String::new())),
            Kind::Checklist => all.checklists.extend(line(found, |_| String::new())),
            Kind::CaseType => {
                all.case_types.extend(line(found, |found| group_name(structure, &found.key.id)));
            }
        }
    }
    Ok(all)
}

/// A suggestion under its typed id; one whose id is no slug is left out.
fn line<Id: TryFrom<String>>(
    found: knowledge::Suggestion,
    second: impl FnOnce(&knowledge::Suggestion) -> String,
) -> Option<Suggestion<Id>> {
    let line = second(&found);
    let id = Id::try_from(found.key.id).ok()?;
    let words = found.why.into_iter().filter_map(|reason| match reason {
        Reason::Word(word) => Some(word),
        Reason::CaseType(_) | Reason::Queue(_) | Reason::Articles(_) => None,
    });
    #[allow(clippy::cast_possible_truncation, reason = "a score is small, and only compared")]
    let score = found.score as f32;
    Some(Suggestion { id, title: found.title, line, matched: words.collect(), score })
}

fn group_name(structure: &Structure, case_type: &str) -> String {
    let case_type = structure.case_types.iter().find(|t| t.id.as_str() == case_type);
    case_type.and_then(|t| structure.group(&t.group)).map_or_else(String::new, |group| group.name.clone())
}

fn texts(ids: &[CaseTypeId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn queues(structure: &Structure, case_types: &[CaseTypeId]) -> Vec<String> {
    let asked_in = |topics: &[CaseTypeId]| topics.iter().any(|topic| case_types.contains(topic));
    structure.queues.iter().filter(|q| asked_in(&q.topics)).map(|q| q.id.to_string()).collect()
}

/// A script or a checklist is found by the words of what it is for.
fn keywords(structure: &Structure, case_types: &[CaseTypeId]) -> Vec<String> {
    let named = |id: &CaseTypeId| structure.case_type(id).map(words_of).unwrap_or_default();
    case_types.iter().flat_map(named).collect()
}

fn words_of(case_type: &CaseType) -> Vec<String> {
    std::iter::once(case_type.name.clone()).chain(case_type.keywords.iter().cloned()).collect()
}
