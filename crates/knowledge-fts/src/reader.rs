//! Reading: the port over a connection.

use crate::{Error, FtsIndex, clause, schema};
use knowledge::{Analyser, Clause, Found, Head, Index, Key, Kind, Reach, Vocabulary};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The index over one connection, for one question or many.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    index: &'a FtsIndex,
    connection: &'a Connection,
}

const HEAD: &str = "SELECT d.number, d.id, d.title, d.question, d.keywords, d.case_types, d.queues FROM knowledge_document d";

impl<'a> Reader<'a> {
    pub(crate) fn new(index: &'a FtsIndex, connection: &'a Connection) -> Self {
        Self { index, connection }
    }

    /// The best numbers of each kind with their scores: one pass over what matches, no sorting of it all.
    fn best(&self, text: &str, reach: Reach, per_kind: usize) -> Result<Vec<(i64, f64)>, Error> {
        let mut statement = self.connection.prepare_cached(match reach {
            Reach::Lead => schema::IN_LEAD,
            Reach::Whole => schema::IN_WHOLE,
        })?;
        let mut rows = statement.query([text])?;
        let mut best: [Vec<(i64, f64)>; 4] = Default::default();
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let score = -row.get::<_, f64>(1)?;
            let place = usize::try_from(schema::code(schema::kind_of(number))).unwrap_or(0);
            if let Some(kind) = best.get_mut(place) {
                insert(kind, (number, score), per_kind);
            }
        }
        Ok(best.into_iter().flatten().collect())
    }

    /// Ranges of the primary key, one per kind: nothing is sorted.
    fn belonging(
        &self,
        table: &str,
        column: &str,
        name: &str,
        kinds: &[Kind],
        limit: usize,
    ) -> Result<Vec<Head>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{HEAD} JOIN {table} b ON b.number = d.number
             WHERE b.{column} = ?1 AND b.number BETWEEN ?2 AND ?3 ORDER BY b.number LIMIT ?4"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut heads = Vec::new();
        for kind in kinds {
            let (first, last) = (schema::first_number(*kind), schema::last_number(*kind));
            for row in statement.query_map(params![name, first, last, limit], head)? {
                heads.push(row?);
            }
        }
        Ok(heads)
    }

    fn head_of(&self, key: &Key) -> Result<Option<Head>, Error> {
        let mut statement =
            self.connection.prepare_cached(&format!("{HEAD} WHERE d.kind = ?1 AND d.id = ?2"))?;
        Ok(statement.query_row(params![schema::kind_text(key.kind), key.id], head).optional()?)
    }
}

/// Keeps the list at `most`, best first; equal scores keep the lower number first.
fn insert(list: &mut Vec<(i64, f64)>, item: (i64, f64), most: usize) {
    if list.len() == most && list.last().is_some_and(|last| last.1 >= item.1) {
        return;
    }
    let place = list.partition_point(|known| known.1 >= item.1);
    list.insert(place, item);
    list.truncate(most);
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let list = |text: String| text.split('\n').filter(|item| !item.is_empty()).map(str::to_owned).collect();
    Ok(Head {
        key: Key { kind: schema::kind_of(row.get(0)?), id: row.get(1)? },
        title: row.get(2)?,
        question: row.get(3)?,
        keywords: list(row.get(4)?),
        case_types: list(row.get(5)?),
        queues: list(row.get(6)?),
    })
}

impl Index for Reader<'_> {
    type Error = Error;

    fn analyser(&self) -> &Analyser {
        &self.index.analyser
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.index.vocabulary
    }

    fn find(&self, clause: &Clause, reach: Reach, per_kind: usize) -> Result<Vec<Found>, Error> {
        let Some(text) = clause::text(clause, reach) else { return Ok(Vec::new()) };
        let mut ids =
            self.connection.prepare_cached("SELECT id FROM knowledge_document WHERE number = ?1")?;
        let mut found = Vec::new();
        for (number, score) in self.best(&text, reach, per_kind)? {
            if let Some(id) = ids.query_row([number], |row| row.get(0)).optional()? {
                found.push(Found { key: Key { kind: schema::kind_of(number), id }, score });
            }
        }
        Ok(found)
    }

    fn heads(&self, keys: &[Key]) -> Result<Vec<Head>, Error> {
        keys.iter().filter_map(|key| self.head_of(key).transpose()).collect()
    }

    fn of_case_type(&self, case_type: &str, kinds: &[Kind], limit: usize) -> Result<Vec<Head>, Error> {
        self.belonging("knowledge_case_type", "case_type", case_type, kinds, limit)
    }

    fn of_queue(&self, queue: &str, limit: usize) -> Result<Vec<Head>, Error> {
        self.belonging("knowledge_queue", "queue", queue, &Kind::ALL, limit)
    }
}
