//! The municipality's structure and answer support, and suggestions from them.

use crate::failure;
use contract::Error;
use contract::knowledge::{Suggest, Suggestions};
use domain::Timestamp;
use domain::knowledge::KnowledgeBase;
use domain::structure::Structure;
use knowledge_fts::{Dictionary, FtsIndex};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::{Store, StoreError};

const STRUCTURE: &str = "structure";
const KNOWLEDGE: &str = "knowledge";
const VERSION: &str = "reference_version";
const AS_OF: &str = "reference_as_of";

/// Structure and answer support at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Current {
    /// Changes when anything in them does.
    pub(crate) version: u64,
    /// When they became so.
    pub(crate) as_of: Timestamp,
    /// Departments, groups, queues, case types.
    pub(crate) structure: Structure,
    /// Articles, talmanus, checklists.
    pub(crate) knowledge: KnowledgeBase,
}

/// The current one, with a search index in memory that is made when it is first asked.
pub(crate) struct Reference {
    current: RwLock<Arc<Current>>,
    index: Arc<Mutex<Option<Index>>>,
    dictionary: Option<PathBuf>,
}

struct Index {
    version: u64,
    fts: FtsIndex,
    database: Connection,
}

impl Reference {
    /// What the store has; empty at version 0 when it has none.
    pub(crate) async fn load(store: &dyn Store, dictionary: Option<PathBuf>) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Failed("the structure or the knowledge cannot be read".into());
        let number = |text: Option<String>| text.and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
        let structure = store.setting(STRUCTURE).await?;
        let knowledge = store.setting(KNOWLEDGE).await?;
        let current = Current {
            version: u64::try_from(number(store.setting(VERSION).await?)).unwrap_or(0),
            as_of: Timestamp(number(store.setting(AS_OF).await?)),
            structure: read(structure).ok_or_else(unreadable)?,
            knowledge: read(knowledge).ok_or_else(unreadable)?,
        };
        Ok(Self { current: RwLock::new(Arc::new(current)), index: Arc::default(), dictionary })
    }

    /// Keeps another one in the store.
    pub(crate) async fn keep(store: &dyn Store, current: &Current) -> Result<(), StoreError> {
        let unwritable = |_| StoreError::Failed("the structure or the knowledge cannot be written".into());
        let structure = serde_json::to_string(&current.structure).map_err(unwritable)?;
        let knowledge = serde_json::to_string(&current.knowledge).map_err(unwritable)?;
        let (as_of, version) = (current.as_of.0.to_string(), current.version.to_string());
        let settings =
            [(STRUCTURE, &structure), (KNOWLEDGE, &knowledge), (AS_OF, &as_of), (VERSION, &version)];
        store.put_settings(&settings.map(|(name, value)| (name, value.as_str()))).await
    }

    /// The current one.
    pub(crate) fn now(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Suggestions from it.
    pub(crate) async fn suggest(&self, asked: Suggest) -> Result<Suggestions, Error> {
        let (current, index, dictionary) = (self.now(), Arc::clone(&self.index), self.dictionary.clone());
        let search = move || {
            let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
            if index.as_ref().is_none_or(|index| index.version != current.version) {
                *index = Some(build(&current, dictionary.as_deref())?);
            }
            match index.as_ref() {
                Some(index) => knowledge_fts::suggestions(
                    &index.fts,
                    &index.database,
                    &current.structure,
                    &asked,
                    Some(current.as_of),
                ),
                None => Ok(Suggestions::default()),
            }
        };
        let found: Result<Suggestions, knowledge_fts::Error> = tokio::task::spawn_blocking(search)
            .await
            .map_err(|_| failure::internal("a search was stopped"))?;
        // The error's own text could quote what was typed.
        found.map_err(|_| failure::internal("the search index failed"))
    }
}

fn read<T: Default + serde::de::DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.map_or_else(|| Some(T::default()), |text| serde_json::from_str(&text).ok())
}

fn read_dictionary(path: &Path) -> Option<Arc<Dictionary>> {
    let bytes = std::fs::read(path).ok();
    let dictionary = bytes.and_then(|bytes| Dictionary::from_bytes(bytes).ok());
    if dictionary.is_none() {
        tracing::warn!("the dictionary of compounds cannot be read; one is learnt from the articles");
    }
    dictionary.map(Arc::new)
}

fn build(current: &Current, dictionary: Option<&Path>) -> Result<Index, knowledge_fts::Error> {
    let database = Connection::open_in_memory()?;
    // KiB: a large knowledge base stays in memory whole.
    database.pragma_update(None, "cache_size", -64_000)?;
    let mut fts = FtsIndex::open(&database, dictionary.and_then(read_dictionary))?;
    fts.replace_all(&database, &knowledge_fts::documents(&current.knowledge, &current.structure))?;
    Ok(Index { version: current.version, fts, database })
}
