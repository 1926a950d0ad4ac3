//! The tables, and what is kept beside the documents.

use crate::Error;
use knowledge::{Analyser, Dictionary, Kind, Vocabulary};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// Raised when what is written changes meaning; an older index is emptied and says so by being empty.
const VERSION: &str = "2";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS knowledge_about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS knowledge_document (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    keywords TEXT NOT NULL,
    case_types TEXT NOT NULL,
    queues TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS knowledge_case_type (
    case_type TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (case_type, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS knowledge_queue (
    queue TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (queue, number)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS knowledge_text USING fts5(
    title, question, answer, keywords, parts,
    content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 0\", prefix='2 3'
);
CREATE VIRTUAL TABLE IF NOT EXISTS knowledge_lead USING fts5(
    title, question, keywords, parts,
    content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 0\", prefix='2 3'
);
CREATE VIRTUAL TABLE IF NOT EXISTS knowledge_word USING fts5vocab('knowledge_text', 'row');
";

/// What matches in the whole texts, with bm25 weights of title, question, answer, keywords and parts.
pub(crate) const IN_WHOLE: &str =
    "SELECT rowid, bm25(knowledge_text, 10.0, 5.0, 1.0, 8.0, 4.0) FROM knowledge_text
    WHERE knowledge_text MATCH ?1";
/// What matches without the answers. The postings of a word in bodies are long and would be read at every
/// keystroke even where the columns leave them out; hence a small index of its own.
pub(crate) const IN_LEAD: &str = "SELECT rowid, bm25(knowledge_lead, 10.0, 5.0, 8.0, 4.0) FROM knowledge_lead
    WHERE knowledge_lead MATCH ?1";

/// Numbers of one kind lie together, so that a row's number tells its kind.
const KIND_SPAN: i64 = 1 << 40;

pub(crate) fn code(kind: Kind) -> i64 {
    match kind {
        Kind::Article => 0,
        Kind::CallScript => 1,
        Kind::Checklist => 2,
        Kind::CaseType => 3,
    }
}

pub(crate) fn first_number(kind: Kind) -> i64 {
    code(kind) * KIND_SPAN
}

pub(crate) fn last_number(kind: Kind) -> i64 {
    first_number(kind) + KIND_SPAN - 1
}

pub(crate) fn kind_of(number: i64) -> Kind {
    match number / KIND_SPAN {
        0 => Kind::Article,
        1 => Kind::CallScript,
        2 => Kind::Checklist,
        _ => Kind::CaseType,
    }
}

pub(crate) fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Article => "article",
        Kind::CallScript => "call_script",
        Kind::Checklist => "checklist",
        Kind::CaseType => "case_type",
    }
}

pub(crate) fn create(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(TABLES)?;
    match about::<String>(connection, "version")?.as_deref() {
        Some(VERSION) => Ok(()),
        known => {
            if known.is_some() {
                empty(connection)?;
            }
            set(connection, "version", VERSION)
        }
    }
}

pub(crate) fn empty(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(
        "DELETE FROM knowledge_document; DELETE FROM knowledge_case_type; DELETE FROM knowledge_queue;
         INSERT INTO knowledge_text(knowledge_text) VALUES ('delete-all');
         INSERT INTO knowledge_lead(knowledge_lead) VALUES ('delete-all');",
    )?;
    Ok(())
}

fn about<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached("SELECT value FROM knowledge_about WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(crate) fn set(connection: &Connection, name: &str, value: impl rusqlite::ToSql) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO knowledge_about VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    Ok(())
}

pub(crate) fn revision(connection: &Connection) -> Result<i64, Error> {
    Ok(about(connection, "revision")?.unwrap_or(0))
}

/// The dictionary learnt from the documents; an empty one before there are any, or when the kept one is
/// damaged: its mark then differs, and the index is known to be outdated.
pub(crate) fn learnt(connection: &Connection) -> Result<Arc<Dictionary>, Error> {
    if let Some(kept) = about::<Vec<u8>>(connection, "learnt")?
        && let Ok(dictionary) = Dictionary::from_bytes(kept)
    {
        return Ok(Arc::new(dictionary));
    }
    Ok(Arc::new(Dictionary::from_bytes(knowledge::dictionary::learn(std::iter::empty()))?))
}

/// What tells one dictionary from another.
pub(crate) fn mark(analyser: &Analyser, brought: bool) -> String {
    let dictionary = analyser.dictionary();
    let origin = if brought { "brought" } else { "learnt" };
    format!("{origin}:{}:{}", dictionary.len(), dictionary.bytes().len())
}

pub(crate) fn dictionary_mark(connection: &Connection) -> Result<String, Error> {
    Ok(about(connection, "dictionary")?.unwrap_or_default())
}

pub(crate) fn vocabulary(connection: &Connection) -> Result<Vocabulary, Error> {
    let documents: i64 =
        connection.query_row("SELECT count(*) FROM knowledge_document", [], |row| row.get(0))?;
    let mut statement = connection.prepare("SELECT term, doc FROM knowledge_word")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let mut words = Vec::new();
    for row in rows {
        let (word, count) = row?;
        words.push((word, u64::try_from(count).unwrap_or(0)));
    }
    Ok(Vocabulary::new(words, u64::try_from(documents).unwrap_or(0)))
}
