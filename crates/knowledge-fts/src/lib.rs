//! The search index of [`knowledge`] on SQLite FTS5.
//!
//! The connection is the caller's: the desk's encrypted cache, the service's own file. What lies in the
//! database is the text; stems and compound parts are made on the way in, and the vocabulary is held in
//! memory. Several processes may share a file: a revision tells that somebody else has written.

mod answers;
mod clause;
mod reader;
mod schema;
mod write;

pub use answers::{documents, suggestions};
pub use knowledge::Dictionary;
pub use reader::Reader;

use knowledge::{Analyser, Damaged, Vocabulary};
use rusqlite::Connection;
use std::sync::Arc;

/// What can go wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite said no.
    #[error("the search index cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A dictionary could not be made of the documents.
    #[error("a dictionary could not be made of the documents")]
    Dictionary(#[from] Damaged),
}

/// A search index in a database, with what it keeps in memory.
#[derive(Debug)]
pub struct FtsIndex {
    analyser: Analyser,
    vocabulary: Vocabulary,
    /// The dictionary that the caller brought, if any; otherwise one is learnt from the documents.
    brought: bool,
    revision: i64,
    outdated: bool,
}

impl FtsIndex {
    /// Opens the index in `connection`; its tables are made if they are missing.
    ///
    /// `dictionary` is the precompiled one; without it, one is learnt from the documents when they are replaced.
    /// Reads the vocabulary: about 100 ms for 10,000 articles, so not on the way to the first paint.
    ///
    /// An encrypted page that is not in the page cache is decrypted at every look: give a connection that
    /// searches 10,000 articles `PRAGMA cache_size = -64000` (KiB; with half of that a keystroke costs seven times
    /// as much). A few hundred articles fit into the default.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub fn open(connection: &Connection, dictionary: Option<Arc<Dictionary>>) -> Result<Self, Error> {
        schema::create(connection)?;
        let brought = dictionary.is_some();
        let dictionary = match dictionary {
            Some(dictionary) => dictionary,
            None => schema::learnt(connection)?,
        };
        let mut index = Self {
            analyser: Analyser::new(dictionary),
            vocabulary: Vocabulary::default(),
            brought,
            revision: -1,
            outdated: false,
        };
        index.refresh(connection)?;
        Ok(index)
    }

    /// Reads anew what another connection has written; costs one row when nothing has changed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn refresh(&mut self, connection: &Connection) -> Result<(), Error> {
        let revision = schema::revision(connection)?;
        if revision == self.revision {
            return Ok(());
        }
        if !self.brought {
            self.analyser = Analyser::new(schema::learnt(connection)?);
        }
        self.vocabulary = schema::vocabulary(connection)?;
        let made_with = schema::dictionary_mark(connection)?;
        self.outdated =
            self.vocabulary.documents() > 0 && made_with != schema::mark(&self.analyser, self.brought);
        self.revision = revision;
        Ok(())
    }

    /// True when the documents were written with another dictionary than the present one: searching works,
    /// compounds are found less well until all documents are replaced.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Number of documents.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.vocabulary.documents()
    }

    /// The index as the port, over a connection to the same database.
    #[must_use]
    pub fn on<'a>(&'a self, connection: &'a Connection) -> Reader<'a> {
        Reader::new(self, connection)
    }
}
