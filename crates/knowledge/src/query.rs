//! From what somebody typed to what the index is asked.

use crate::{
    Analyser, Vocabulary, compose, derived, fold, is_stop_word, marked_stem, stem,
    typo::allowed,
    words::{ends_within_word, words},
};
use serde::{Deserialize, Serialize};

/// Most words of a typed line that are asked for; the last ones count.
const TYPED_WORDS: usize = 10;
/// Most words of a note that are looked at, and that are asked for.
const NOTE_WORDS: usize = 60;
const NOTE_ASKED: usize = 6;
/// Longest word that is asked for, in letters.
const WORD_LETTERS: usize = 40;

/// Where in the index a term is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Words as written: title and keywords.
    Heading,
    /// Words as written: title, question and keywords.
    Lead,
    /// Words as written: title, question, body and keywords.
    Text,
    /// Folded stems and compound parts, and stems with their å, ä and ö.
    Parts,
    /// Title, question, keywords and parts, for a word that is spelt alike in all of them.
    Anywhere,
    /// The same, and the body.
    Everywhere,
}

/// One word to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Letters and digits only, in lower case.
    pub text: String,
    /// Where.
    pub place: Place,
    /// True when words that begin with it match.
    pub prefix: bool,
}

/// What the index is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// The term occurs.
    Term(Term),
    /// All of these; of nothing: matches nothing.
    All(Vec<Self>),
    /// Any of these; of nothing: matches nothing.
    Any(Vec<Self>),
}

/// One word of the question: what to ask for it, and what of it to highlight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) clause: Clause,
    /// Folded stems that mark a match.
    pub(crate) stems: Vec<String>,
    /// The folded beginning of a word still being typed.
    pub(crate) beginning: Option<String>,
    /// The folded word.
    pub(crate) folded: String,
    /// True when no text holds the word itself: it may be misspelt.
    pub(crate) unknown: bool,
    /// True when no text holds the parts of a compound either.
    pub(crate) lost: bool,
}

/// Reads questions with an analyser and a vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub(crate) analyser: &'a Analyser,
    pub(crate) vocabulary: &'a Vocabulary,
}

fn term(text: impl Into<String>, place: Place) -> Clause {
    Clause::Term(Term { text: text.into(), place, prefix: false })
}

fn prefix(text: impl Into<String>, place: Place) -> Clause {
    Clause::Term(Term { text: text.into(), place, prefix: true })
}

fn begins_with(clause: &Clause, beginning: &str) -> bool {
    matches!(clause, Clause::Term(term) if term.text.starts_with(beginning))
}

impl<'a> Reading<'a> {
    /// A reading over an index' analyser and vocabulary.
    #[must_use]
    pub fn new(analyser: &'a Analyser, vocabulary: &'a Vocabulary) -> Self {
        Self { analyser, vocabulary }
    }

    /// A typed line: its last word is a beginning unless something follows it.
    pub(crate) fn typed(&self, text: &str) -> Vec<Group> {
        let text = compose(text);
        let within = ends_within_word(&text);
        let all: Vec<&str> = words(&text).filter(|word| word.chars().count() <= WORD_LETTERS).collect();
        let kept = all.get(all.len().saturating_sub(TYPED_WORDS)..).unwrap_or_default();
        let telling = kept.iter().filter(|word| !is_stop_word(&fold(word))).count();
        let mut groups = Vec::new();
        for (index, word) in kept.iter().enumerate() {
            let last = within && index + 1 == kept.len();
            let stop = is_stop_word(&fold(word));
            // One letter tells nothing: half of all articles hold a word that begins with it.
            let short = last && word.chars().count() < 2;
            if (stop && telling > 0) || short {
                continue;
            }
            let group = if last { self.beginning(word) } else { self.word(word) };
            match groups.pop() {
                Some(before) => groups.extend(self.joined(before, group)),
                None => groups.push(group),
            }
        }
        groups
    }

    /// Two words that the texts write as one (*hem tjänst*) are asked for both ways.
    fn joined(&self, one: Group, other: Group) -> Vec<Group> {
        let folded = format!("{}{}", one.folded, other.folded);
        if self.vocabulary.count(&folded) == 0 && self.vocabulary.count(&stem(&folded)) == 0 {
            return vec![one, other];
        }
        let whole = self.word(&folded);
        let clause = Clause::Any(vec![Clause::All(vec![one.clause, other.clause]), whole.clause]);
        let stems = [whole.stems, one.stems, other.stems].concat();
        vec![Group { clause, stems, beginning: other.beginning, folded, unknown: false, lost: false }]
    }

    /// A note: its rarest known words, none of them a beginning.
    pub(crate) fn note(&self, text: &str) -> Vec<Group> {
        let text = compose(text);
        let all: Vec<&str> = words(&text).filter(|word| word.chars().count() <= WORD_LETTERS).collect();
        let kept = all.get(all.len().saturating_sub(NOTE_WORDS)..).unwrap_or_default();
        let mut seen = Vec::new();
        let mut weighed: Vec<(u64, &str)> = Vec::new();
        for word in kept {
            let folded = fold(word);
            if folded.len() < 3 || is_stop_word(&folded) || seen.contains(&folded) {
                continue;
            }
            let known = self.vocabulary.count(&stem(&folded));
            let count = if known > 0 { known } else { self.vocabulary.documents() };
            seen.push(folded);
            if count.saturating_mul(20) <= self.vocabulary.documents().max(1000) || known == 0 {
                weighed.push((count, word));
            }
        }
        weighed.sort_by_key(|(count, _)| *count);
        weighed.truncate(NOTE_ASKED);
        let groups = weighed.into_iter().map(|(_, word)| self.word(word));
        groups.filter(|group| !group.lost).collect()
    }

    /// A whole word: as written, its stem, its verb, and all of its parts.
    pub(crate) fn word(&self, word: &str) -> Group {
        let written = word.to_lowercase();
        let folded = fold(word);
        let stemmed = stem(&folded);
        let place = if self.common(&folded) { Place::Lead } else { Place::Text };
        let mut any = Vec::new();
        if written == stemmed {
            any.push(term(written, if place == Place::Text { Place::Everywhere } else { Place::Anywhere }));
        } else {
            // Other forms weigh like this one, and å ä ö count: *råttorna* is nearer to *råttor* than to *rätt*.
            let marked = marked_stem(&written);
            any.push(term(written, place));
            any.push(term(stemmed.clone(), Place::Parts));
            any.extend(marked.map(|marked| term(marked, Place::Parts)));
        }
        let mut stems = vec![stemmed.clone()];
        if let Some(verb) = derived(&folded) {
            any.push(term(verb.clone(), Place::Parts));
            stems.push(verb);
        }
        let known =
            self.vocabulary.count(&folded) > 0 || stems.iter().any(|stem| self.vocabulary.count(stem) > 0);
        let parts = self.analyser.outer_parts(&folded);
        let parts_known = !parts.is_empty() && parts.iter().all(|part| self.vocabulary.count(part) > 0);
        if !parts.is_empty() {
            any.push(self.all_parts(&parts));
            stems.extend(parts);
        }
        Group {
            clause: Clause::Any(any),
            stems,
            beginning: None,
            folded,
            unknown: !known,
            lost: !known && !parts_known,
        }
    }

    /// The parts of a compound, each by itself or taken apart in turn or by its verb.
    fn all_parts(&self, parts: &[String]) -> Clause {
        Clause::All(
            parts
                .iter()
                .map(|part| {
                    let mut any = vec![term(part.clone(), Place::Parts)];
                    any.extend(derived(part).map(|verb| term(verb, Place::Parts)));
                    let inner = self.analyser.outer_parts(part);
                    if !inner.is_empty() {
                        any.push(Clause::All(
                            inner.into_iter().map(|stem| term(stem, Place::Parts)).collect(),
                        ));
                    }
                    if any.len() == 1 { any.swap_remove(0) } else { Clause::Any(any) }
                })
                .collect(),
        )
    }

    /// A word still being typed. Two letters look in titles and keywords alone.
    fn beginning(&self, word: &str) -> Group {
        let folded = fold(word);
        let letters = folded.chars().count();
        let written = word.to_lowercase();
        if letters <= 2 {
            let clause = prefix(written, Place::Heading);
            return Group {
                clause,
                stems: Vec::new(),
                beginning: Some(folded.clone()),
                folded,
                unknown: false,
                lost: false,
            };
        }
        let whole = self.word(word);
        let place = if letters >= 5 { Place::Text } else { Place::Lead };
        let mut any = if written == folded {
            vec![prefix(written, if place == Place::Text { Place::Everywhere } else { Place::Anywhere })]
        } else {
            vec![prefix(written, place), prefix(folded.clone(), Place::Parts)]
        };
        if let Clause::Any(clauses) = whole.clause {
            // What begins so is asked for already.
            any.extend(clauses.into_iter().filter(|clause| !begins_with(clause, &folded)));
        }
        let mut stems = whole.stems;
        let unknown = whole.unknown && !self.vocabulary.begins(&folded);
        let mut lost = unknown && whole.lost;
        if let Some((parts, rest)) = self.analyser.beginning(&folded)
            && parts.iter().all(|part| self.vocabulary.count(part) > 0)
            && self.vocabulary.begins(rest)
        {
            let mut all: Vec<Clause> = parts.iter().map(|part| term(part.clone(), Place::Parts)).collect();
            all.push(prefix(rest, Place::Parts));
            any.push(Clause::All(all));
            stems.extend(parts);
            lost = false;
        }
        Group { clause: Clause::Any(any), stems, beginning: Some(folded.clone()), folded, unknown, lost }
    }

    /// An unknown word as what it was probably meant to be.
    pub(crate) fn mend(&self, group: &Group) -> Option<Group> {
        let letters = group.folded.chars().count();
        let near = (1..=allowed(letters)).map(|edits| self.vocabulary.near(&group.folded, edits, 3));
        let near = near.into_iter().find(|near| !near.is_empty()).unwrap_or_default();
        let mut any: Vec<Clause> = Vec::new();
        let mut stems = Vec::new();
        for neighbour in near {
            let meant = self.word(&neighbour.word);
            any.push(meant.clause);
            stems.extend(meant.stems);
        }
        if any.is_empty() && group.lost {
            for parts in self.mend_compound(&group.folded) {
                let either = |part: &String| {
                    Clause::Any(vec![term(stem(part), Place::Parts), term(part.clone(), Place::Lead)])
                };
                any.push(Clause::All(parts.iter().map(either).collect()));
                stems.extend(parts.iter().map(|part| stem(part)));
            }
        }
        if any.is_empty() {
            return None;
        }
        if !group.lost {
            any.push(group.clause.clone());
            stems.extend(group.stems.iter().cloned());
        }
        Some(Group { clause: Clause::Any(any), stems, unknown: false, lost: false, ..group.clone() })
    }

    /// Two words written as one (*godman*), or a compound with a mistake in one of two parts
    /// (*hemtjenstavgift*). Eight cuts at most are searched.
    fn mend_compound(&self, folded: &str) -> Vec<Vec<String>> {
        let mut mended = Vec::new();
        let cuts = (3..folded.len().saturating_sub(2)).rev().filter(|cut| folded.is_char_boundary(*cut));
        let mut tries = 0;
        for cut in cuts {
            let (Some(head), Some(tail)) = (folded.get(..cut), folded.get(cut..)) else { continue };
            let head = head.strip_suffix('s').filter(|bare| self.known(bare)).unwrap_or(head);
            let (head_known, tail_known) = (self.known(head), self.known(tail));
            if head_known && tail_known {
                mended.push(vec![head.to_owned(), tail.to_owned()]);
                break;
            }
            let wrong = if head_known { tail } else { head };
            if head_known == tail_known || wrong.len() < 4 || tries == 8 {
                continue;
            }
            tries += 1;
            for near in self.vocabulary.near(wrong, 1, 2) {
                mended.push(if head_known {
                    vec![head.to_owned(), near.word]
                } else {
                    vec![near.word, tail.to_owned()]
                });
            }
            if !mended.is_empty() {
                break;
            }
        }
        mended
    }

    fn known(&self, folded: &str) -> bool {
        folded.len() >= 3 && (self.vocabulary.count(folded) > 0 || self.vocabulary.count(&stem(folded)) > 0)
    }

    /// True for a word in more than a quarter of many documents: its place in a body tells nothing.
    fn common(&self, folded: &str) -> bool {
        let documents = self.vocabulary.documents();
        documents > 400 && self.vocabulary.count(folded).saturating_mul(4) > documents
    }
}
