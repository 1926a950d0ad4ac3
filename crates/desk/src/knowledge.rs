//! Answer support from the desk's own cache: one key away, with or without the service (D-K2).

use crate::Desk;
use crate::store::{Store, StoreError};
use contract::domain::Timestamp;
use contract::domain::knowledge::KnowledgeBase;
use contract::domain::structure::Structure;
use contract::error::{Code, Error};
use contract::knowledge::{Suggest, Suggestions};
use knowledge_fts::{Dictionary, FtsIndex, documents, suggestions};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// So long a question waits for the index to be opened as the desk starts.
const SOUGHT_WITHIN: Duration = Duration::from_secs(5);

/// The knowledge base in memory, and its index in the store.
#[derive(Clone)]
pub struct Answers {
    pub base: Arc<KnowledgeBase>,
    index: Arc<RwLock<FtsIndex>>,
}

/// Why the index could not be used.
struct IndexError(knowledge_fts::Error);

impl From<IndexError> for Error {
    fn from(error: IndexError) -> Self {
        match error.0 {
            knowledge_fts::Error::Sqlite(error) => StoreError::from(error).into(),
            knowledge_fts::Error::Dictionary(_) => {
                Self::new(Code::Internal, "the search dictionary is damaged")
            }
        }
    }
}

impl Desk {
    /// Opens what the cache has; without it the desk waits for the service's.
    pub(crate) async fn open_answers(&self, store: &Store) {
        self.seek_answers(store).await;
        self.0.answers_sought.send_replace(true);
    }

    async fn seek_answers(&self, store: &Store) {
        let Ok(Some((base, _))) = store.kept::<KnowledgeBase>("knowledge").await else { return };
        let as_of = store.kept::<Timestamp>("knowledge-as-of").await.ok().flatten().map(|(at, _)| at);
        let dictionary = self.dictionary().await;
        let index = store.run(move |db| FtsIndex::open(db, dictionary).map_err(IndexError)).await;
        match index {
            Ok(index) if !index.is_outdated() && index.documents() > 0 => {
                let mut state = self.state();
                state.answers = Some(Answers { base: Arc::new(base), index: Arc::new(RwLock::new(index)) });
                state.knowledge_from = as_of;
            }
            Ok(_) => tracing::info!("the search index is made again from the service's knowledge"),
            Err(error) => tracing::warn!(detail = error.detail, "the search index was not opened"),
        }
    }

    pub(crate) async fn replace_knowledge(
        &self,
        store: &Store,
        base: KnowledgeBase,
        version: u64,
        as_of: Timestamp,
    ) -> Result<(), Error> {
        let structure = self.state().structure.clone().ok_or(Error::from(Code::Unavailable))?;
        let dictionary = self.dictionary().await;
        store.keep("knowledge", &base, as_of).await?;
        let base = Arc::new(base);
        let indexed = Arc::clone(&base);
        let index = store
            .run(move |db| {
                let mut index = FtsIndex::open(db, dictionary).map_err(IndexError)?;
                index.replace_all(db, &documents(&indexed, &structure.structure)).map_err(IndexError)?;
                Ok::<_, IndexError>(index)
            })
            .await?;
        store.keep("knowledge-version", &version, as_of).await?;
        store.settle().await;
        self.state().answers = Some(Answers { base, index: Arc::new(RwLock::new(index)) });
        Ok(())
    }

    pub(crate) async fn suggest(&self, asked: Suggest) -> Result<Suggestions, Error> {
        // A draft that is taken up again as the window opens asks before the index is open.
        let mut sought = self.0.answers_sought.subscribe();
        let _ = tokio::time::timeout(SOUGHT_WITHIN, sought.wait_for(|sought| *sought)).await;
        let (answers, structure, as_of) = {
            let state = self.state();
            (state.answers.clone(), state.structure.clone(), state.knowledge_from)
        };
        let (Some(answers), Some(structure)) = (answers, structure) else {
            return Ok(Suggestions::default());
        };
        self.store()?
            .run(move |db| {
                let index = answers.index.read().unwrap_or_else(PoisonError::into_inner);
                let structure: &Structure = &structure.structure;
                suggestions(&index, db, structure, &asked, as_of).map_err(IndexError)
            })
            .await
    }

    async fn dictionary(&self) -> Option<Arc<Dictionary>> {
        let path = self.0.environment.dictionary.clone()?;
        let read = tokio::task::spawn_blocking(move || read_dictionary(&path));
        read.await.ok().flatten()
    }
}

fn read_dictionary(path: &Path) -> Option<Arc<Dictionary>> {
    let bytes = std::fs::read(path).ok()?;
    let dictionary = Dictionary::from_bytes(bytes).ok();
    if dictionary.is_none() {
        tracing::warn!("the dictionary of compounds is damaged; one is learnt from the articles");
    }
    dictionary.map(Arc::new)
}
