//! The port: what search needs of an index.

use crate::{Analyser, Clause, Head, Key, Kind, Vocabulary};
use serde::{Deserialize, Serialize};

/// A document that matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Which document.
    pub key: Key,
    /// How well; greater is better, comparable within one answer only.
    pub score: f64,
}

/// How much of the documents is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Titles, questions, keywords and parts: small, for every keystroke. [`crate::Place::Text`] means what is there.
    Lead,
    /// The bodies too.
    Whole,
}

/// An index over documents. Words and stems lie in it as [`crate::Place`] says.
pub trait Index {
    /// What can go wrong in the adapter.
    type Error;

    /// The analyser that the index was made with.
    fn analyser(&self) -> &Analyser;

    /// The words that occur, to mend spelling and to know the rare from the common.
    fn vocabulary(&self) -> &Vocabulary;

    /// The best `per_kind` documents of each kind, best first within the kind.
    ///
    /// # Errors
    /// When the adapter cannot read.
    fn find(&self, clause: &Clause, reach: Reach, per_kind: usize) -> Result<Vec<Found>, Self::Error>;

    /// The heads of those documents that exist, in any order.
    ///
    /// # Errors
    /// When the adapter cannot read.
    fn heads(&self, keys: &[Key]) -> Result<Vec<Head>, Self::Error>;

    /// Documents of these kinds that belong to a case type (the case type itself too); at most `limit` of each kind.
    ///
    /// # Errors
    /// When the adapter cannot read.
    fn of_case_type(&self, case_type: &str, kinds: &[Kind], limit: usize) -> Result<Vec<Head>, Self::Error>;

    /// Documents that belong to a queue; at most `limit` of each kind.
    ///
    /// # Errors
    /// When the adapter cannot read.
    fn of_queue(&self, queue: &str, limit: usize) -> Result<Vec<Head>, Self::Error>;
}
