//! From a word to the terms under which it is found.

use crate::{Dictionary, Document, compound, derived, fold, is_stop_word, marked_stem, stem, words};
use std::{collections::HashMap, sync::Arc};

/// Turns words into stems and compound parts; cheap to clone.
#[derive(Debug, Clone)]
pub struct Analyser {
    dictionary: Arc<Dictionary>,
}

/// Terms of words met before, for making an index of many documents.
pub type Memory = HashMap<String, Vec<String>>;

impl Analyser {
    /// An analyser over `dictionary`.
    #[must_use]
    pub fn new(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary }
    }

    /// Its dictionary.
    #[must_use]
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The stem of a folded word, its verb, the stems of its parts and theirs; first the word itself.
    #[must_use]
    pub fn terms(&self, folded: &str) -> Vec<String> {
        let mut terms = vec![stem(folded)];
        terms.extend(derived(folded));
        for part in self.parts(folded) {
            let verb = derived(&part);
            terms.push(part);
            terms.extend(verb);
        }
        let mut seen = Vec::with_capacity(terms.len());
        for term in terms {
            if !seen.contains(&term) {
                seen.push(term);
            }
        }
        seen
    }

    /// The stems of the parts of a folded compound; empty for a word that is none.
    #[must_use]
    pub fn parts(&self, folded: &str) -> Vec<String> {
        compound::split(&self.dictionary, folded)
    }

    pub(crate) fn outer_parts(&self, folded: &str) -> Vec<String> {
        compound::best(&self.dictionary, folded).unwrap_or_default()
    }

    pub(crate) fn beginning<'a>(&self, folded: &'a str) -> Option<(Vec<String>, &'a str)> {
        compound::beginning(&self.dictionary, folded)
    }

    /// What the index keeps in `parts` for a document: the terms of title, question and keywords.
    #[must_use]
    pub fn index_parts(&self, document: &Document, memory: &mut Memory) -> String {
        let mut parts = String::new();
        let texts = [document.title.as_str(), document.question.as_str()];
        for text in texts.into_iter().chain(document.keywords.iter().map(String::as_str)) {
            for word in words(text) {
                let folded = fold(word);
                if is_stop_word(&folded) {
                    continue;
                }
                if let Some(marked) = marked_stem(&word.to_lowercase()) {
                    parts.push_str(&marked);
                    parts.push(' ');
                }
                let terms = memory.entry(folded).or_insert_with_key(|folded| self.terms(folded));
                for term in terms {
                    parts.push_str(term);
                    parts.push(' ');
                }
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, dictionary::learn};

    fn analyser(words: &[&str]) -> Analyser {
        Analyser::new(Arc::new(Dictionary::from_bytes(learn(words.iter().copied())).unwrap()))
    }

    #[test]
    fn a_compound_is_found_under_itself_its_parts_and_their_verbs() {
        let terms = analyser(&["sop", "hämtning"]).terms("sophamtning");
        assert_eq!(terms, ["sophamtning", "sophamt", "sop", "hamtning", "hamt"]);
    }

    #[test]
    fn the_index_keeps_no_stop_words_and_no_body() {
        let document = Document {
            id: "a".into(),
            kind: Kind::Article,
            title: "Bygga altan".into(),
            question: "Behöver jag trädäck?".into(),
            body: "Brödtext".into(),
            keywords: vec!["trall".into()],
            case_types: vec![],
            queues: vec![],
        };
        let parts = analyser(&[]).index_parts(&document, &mut Memory::new());
        assert_eq!(parts, "bygg altan trädäck tradack trall ");
    }
}
