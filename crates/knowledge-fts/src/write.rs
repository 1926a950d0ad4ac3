//! Writing documents.

use crate::{Error, FtsIndex, schema};
use knowledge::{Analyser, Dictionary, Document, Key, Memory, compose, dictionary};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

const SAVEPOINT: &str = "knowledge_write";

impl FtsIndex {
    /// Replaces every document, in one transaction or within the caller's.
    ///
    /// Without a dictionary of the caller's own, one is learnt from these documents first.
    ///
    /// # Errors
    /// When the database cannot be written; nothing has changed then.
    pub fn replace_all(&mut self, connection: &Connection, documents: &[Document]) -> Result<(), Error> {
        let learnt = (!self.brought).then(|| dictionary::learn(every_word(documents)));
        let analyser = match &learnt {
            Some(bytes) => Analyser::new(Arc::new(Dictionary::from_bytes(bytes.clone())?)),
            None => self.analyser.clone(),
        };
        let brought = self.brought;
        whole(connection, || {
            schema::empty(connection)?;
            if let Some(bytes) = &learnt {
                schema::set(connection, "learnt", bytes)?;
            }
            schema::set(connection, "dictionary", schema::mark(&analyser, brought))?;
            let mut memory = Memory::new();
            for document in documents {
                write(connection, &analyser, document, &mut memory)?;
            }
            connection.execute_batch(
                "INSERT INTO knowledge_text(knowledge_text) VALUES ('optimize');
                 INSERT INTO knowledge_lead(knowledge_lead) VALUES ('optimize');",
            )?;
            Ok(())
        })?;
        self.analyser = analyser;
        self.refresh(connection)
    }

    /// Writes new and changed documents and removes others, in one transaction or within the caller's.
    ///
    /// # Errors
    /// When the database cannot be written; nothing has changed then.
    pub fn update(
        &mut self,
        connection: &Connection,
        changed: &[Document],
        removed: &[Key],
    ) -> Result<(), Error> {
        if self.documents() == 0 {
            return self.replace_all(connection, changed);
        }
        let analyser = &self.analyser;
        whole(connection, || {
            for key in removed {
                remove(connection, key)?;
            }
            let mut memory = Memory::new();
            for document in changed {
                write(connection, analyser, document, &mut memory)?;
            }
            Ok(())
        })?;
        self.refresh(connection)
    }
}

/// All or nothing; a savepoint, so that it also stands within a transaction of the caller's.
fn whole(connection: &Connection, write: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    connection.execute_batch(&format!("SAVEPOINT {SAVEPOINT}"))?;
    let done = write().and_then(|()| {
        schema::set(connection, "revision", schema::revision(connection)? + 1)?;
        connection.execute_batch(&format!("RELEASE {SAVEPOINT}"))?;
        Ok(())
    });
    if done.is_err() {
        // The first error is the one to tell; if undoing fails too, the transaction is gone already.
        let _ = connection.execute_batch(&format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}"));
    }
    done
}

fn every_word(documents: &[Document]) -> impl Iterator<Item = &str> {
    documents.iter().flat_map(|document| {
        let texts = [document.title.as_str(), document.question.as_str(), document.body.as_str()];
        texts.into_iter().chain(document.keywords.iter().map(String::as_str)).flat_map(knowledge::words)
    })
}

fn remove(connection: &Connection, key: &Key) -> Result<(), Error> {
    let number: Option<i64> = connection
        .prepare_cached("DELETE FROM knowledge_document WHERE kind = ?1 AND id = ?2 RETURNING number")?
        .query_row(params![schema::kind_text(key.kind), key.id], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    for statement in [
        "DELETE FROM knowledge_text WHERE rowid = ?1",
        "DELETE FROM knowledge_lead WHERE rowid = ?1",
        "DELETE FROM knowledge_case_type WHERE number = ?1",
        "DELETE FROM knowledge_queue WHERE number = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([number])?;
    }
    Ok(())
}

fn write(
    connection: &Connection,
    analyser: &Analyser,
    document: &Document,
    memory: &mut Memory,
) -> Result<(), Error> {
    remove(connection, &document.key())?;
    let first = schema::first_number(document.kind);
    let keywords = document.keywords.join("\n");
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO knowledge_document (number, kind, id, title, question, keywords, case_types, queues)
             VALUES ((SELECT coalesce(max(number), ?1) + 1 FROM knowledge_document WHERE number BETWEEN ?1 AND ?2),
                     ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING number",
        )?
        .query_row(
            params![
                first,
                schema::last_number(document.kind),
                schema::kind_text(document.kind),
                document.id,
                document.title,
                document.question,
                keywords,
                document.case_types.join("\n"),
                document.queues.join("\n"),
            ],
            |row| row.get(0),
        )?;
    let [title, question, body, keywords] =
        [&document.title, &document.question, &document.body, &keywords].map(|text| compose(text));
    let parts = analyser.index_parts(document, memory);
    connection
        .prepare_cached(
            "INSERT INTO knowledge_text (rowid, title, question, answer, keywords, parts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![number, title, question, body, keywords, parts])?;
    connection
        .prepare_cached(
            "INSERT INTO knowledge_lead (rowid, title, question, keywords, parts) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![number, title, question, keywords, parts])?;
    for (table, names) in
        [("knowledge_case_type", &document.case_types), ("knowledge_queue", &document.queues)]
    {
        let mut statement =
            connection.prepare_cached(&format!("INSERT OR IGNORE INTO {table} VALUES (?1, ?2)"))?;
        for name in names {
            statement.execute(params![name, number])?;
        }
    }
    Ok(())
}
