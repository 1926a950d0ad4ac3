//! The words that occur in the texts, and in how many documents.

use crate::{fold, typo::Near};
use fst::{IntoStreamer, Map, Streamer};
use std::{collections::BTreeMap, fmt};

/// The words of an index, folded, with the number of documents that hold each.
#[derive(Default)]
pub struct Vocabulary {
    words: Map<Vec<u8>>,
    documents: u64,
}

/// A word near to one that nobody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Neighbour {
    pub(crate) word: String,
    pub(crate) edits: u8,
    pub(crate) documents: u64,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vocabulary")
            .field("words", &self.words.len())
            .field("documents", &self.documents)
            .finish()
    }
}

impl Vocabulary {
    /// A vocabulary of `words` with the number of documents of each, in any order and spelling.
    pub fn new(words: impl IntoIterator<Item = (String, u64)>, documents: u64) -> Self {
        let mut folded = BTreeMap::<String, u64>::new();
        for (word, count) in words {
            let entry = folded.entry(fold(&word)).or_default();
            *entry = count.max(*entry);
        }
        // Sorted keys into memory: the only errors of the builder cannot happen.
        let words = Map::from_iter(folded).unwrap_or_default();
        Self { words, documents }
    }

    /// Number of documents.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// Number of documents that hold the folded word.
    #[must_use]
    pub fn count(&self, folded: &str) -> u64 {
        self.words.get(folded).unwrap_or(0)
    }

    /// True when some word begins with the folded text.
    pub(crate) fn begins(&self, folded: &str) -> bool {
        let fst = self.words.as_fst();
        let mut node = fst.root();
        for byte in folded.bytes() {
            let Some(step) = node.find_input(byte) else { return false };
            node = fst.node(node.transition(step).addr);
        }
        true
    }

    /// Words within `edits` of a folded word; nearest first, then the same first letter, then the commonest.
    pub(crate) fn near(&self, folded: &str, edits: u8, limit: usize) -> Vec<Neighbour> {
        let near = Near::new(folded, edits);
        let mut stream = self.words.search_with_state(&near).into_stream();
        let mut neighbours = Vec::new();
        while let Some((word, documents, state)) = stream.next() {
            let (Ok(word), Some(edits)) =
                (std::str::from_utf8(word), state.as_ref().map(|row| near.distance(row)))
            else {
                continue;
            };
            neighbours.push(Neighbour { word: word.to_owned(), edits, documents });
        }
        let first = folded.bytes().next();
        neighbours.sort_by_key(|near| {
            (near.edits, near.word.bytes().next() != first, std::cmp::Reverse(near.documents))
        });
        let best = neighbours.first().map_or(0, |near| near.edits);
        neighbours.retain(|near| near.edits == best);
        neighbours.truncate(limit);
        neighbours
    }
}
