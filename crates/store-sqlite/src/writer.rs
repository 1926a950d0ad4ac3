//! One thread that writes. Commits that wait are grouped into one transaction, so that the disk is
//! waited for once; each has a savepoint of its own, so that one that is refused takes none along.

use crate::failure::failed;
use rusqlite::Connection;
use store::{Cursor, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

/// At most so many in one transaction.
const GROUP: usize = 256;

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Given why no transaction could be begun, a job only answers.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;

/// The way to the writing thread.
pub(crate) struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    thread: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread on `db`; `head` is moved after each transaction.
    pub(crate) fn start(db: Connection, head: watch::Sender<Cursor>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_until_closed(&db, queue, &head))?;
        Ok(Self { jobs, thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Does `work` in a transaction; the answer comes when it is on disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let outcome = db.and_then(|db| in_savepoint(db, work));
            Box::new(move |committed| {
                // The one who asked may have gone; what was written stays.
                let told = match (committed, outcome) {
                    (Err(_), Err(own)) => Err(own),
                    (committed, outcome) => committed.and(outcome),
                };
                let _ = reply.send(told);
            })
        });
        self.jobs.send(job).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Lets the thread finish what waits, and waits for it.
    pub(crate) fn stop(self) {
        let Self { jobs, thread } = self;
        drop(jobs);
        let thread = thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writing thread ended by a defect");
        }
    }
}

pub(crate) fn closed() -> StoreError {
    StoreError::Failed("the store is closed".into())
}

fn in_savepoint<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.execute_batch("SAVEPOINT one").map_err(failed)?;
    match work(db) {
        Ok(value) => db.execute_batch("RELEASE one").map(|()| value).map_err(failed),
        // SQLite may have rolled back everything by itself: no space, no memory, an error of the disk.
        Err(error) if db.is_autocommit() => Err(error),
        Err(error) => {
            db.execute_batch("ROLLBACK TO one; RELEASE one").map_err(failed)?;
            Err(error)
        }
    }
}

fn write_until_closed(
    db: &Connection,
    mut queue: mpsc::UnboundedReceiver<Job>,
    head: &watch::Sender<Cursor>,
) {
    while let Some(first) = queue.blocking_recv() {
        let begun = db.execute_batch("BEGIN IMMEDIATE").map_err(failed);
        let ready = || begun.clone().map(|()| db);
        let mut answers = vec![first(ready())];
        // Without the transaction what follows would be written at once, each for itself.
        let lost = || begun.is_ok() && db.is_autocommit();
        while answers.len() < GROUP
            && !lost()
            && let Ok(next) = queue.try_recv()
        {
            answers.push(next(ready()));
        }
        let committed = match begun.clone() {
            Ok(()) if lost() => Err(StoreError::Failed("the transaction was rolled back".into())),
            begun => begun.and_then(|()| db.execute_batch("COMMIT").map_err(failed)),
        };
        if committed.is_err() {
            // Fails when there is no transaction any more; then there is nothing to roll back.
            let _ = db.execute_batch("ROLLBACK");
        } else if let Ok(position) = crate::stream::head(db) {
            head.send_replace(position);
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
    if let Err(error) = db.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(error = %failed(error), "the write-ahead log was not emptied");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(number: u32) -> impl FnOnce(&Connection) -> Result<(), StoreError> + Send + 'static {
        move |db| db.execute("INSERT INTO t VALUES (?1)", [number]).map(drop).map_err(failed)
    }

    #[tokio::test]
    async fn a_transaction_that_is_lost_takes_its_whole_group_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        let db = Connection::open(&file).unwrap();
        db.execute_batch("CREATE TABLE t (a); CREATE TABLE change (position INTEGER)").unwrap();
        let writer = Writer::start(db, watch::Sender::new(Cursor(0))).unwrap();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = writer.write(move |db| {
            // Until the others stand in line behind it.
            wait.recv().unwrap();
            insert(1)(db)
        });
        // As SQLite does by itself when the disk is full.
        let lost = writer
            .write(|db| db.execute_batch("ROLLBACK").map_err(failed).and(Err::<(), _>(StoreError::Full)));
        let after = writer.write(insert(3));
        let line = async {
            tokio::task::yield_now().await;
            go.send(()).unwrap();
        };
        let (first, lost, after, ()) = tokio::join!(first, lost, after, line);
        assert!(first.is_err(), "told written, and it is not");
        assert_eq!(lost, Err(StoreError::Full));
        assert_eq!(after, Ok(()), "in a transaction of its own");
        writer.stop();
        let db = Connection::open(&file).unwrap();
        let kept: Vec<u32> = db
            .prepare("SELECT a FROM t")
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(kept, [3]);
    }
}
