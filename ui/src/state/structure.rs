//! The municipality as the window shows it: what it never shows (hours, agreements) is not read.

use contract::domain::structure::{Field, MenuChoice, Required, RosaGroup};
use contract::domain::{CaseTypeId, ChecklistId, EntryId, QueueId, ResponseGroupId};
use serde::Deserialize;

/// The reply of `structure.get`.
#[derive(Deserialize)]
pub struct Reply {
    pub structure: Structure,
}

/// What the window knows of the municipality.
#[derive(Default, Deserialize)]
pub struct Structure {
    entries: Vec<Entry>,
    queues: Vec<Queue>,
    pub groups: Vec<Group>,
    pub case_types: Vec<CaseType>,
}

/// A number into the municipality.
#[derive(Deserialize)]
pub struct Entry {
    id: EntryId,
    pub name: String,
    pub greeting: String,
    pub menu: Vec<MenuChoice>,
}

/// Where calls wait.
#[derive(Deserialize)]
pub struct Queue {
    id: QueueId,
    pub name: String,
    pub answer_target_seconds: u32,
    pub greeting: String,
}

/// A response group.
#[derive(Deserialize)]
pub struct Group {
    pub id: ResponseGroupId,
    pub name: String,
    #[serde(default)]
    pub outside: bool,
}

/// What a case can be about.
#[derive(Clone, PartialEq, Deserialize)]
pub struct CaseType {
    pub id: CaseTypeId,
    pub name: String,
    pub group: ResponseGroupId,
    pub rosa: RosaGroup,
    pub keywords: Vec<String>,
    pub checklist: Option<ChecklistId>,
    pub may_solve: bool,
    pub required: Vec<Required>,
    pub fields: Vec<Field>,
}

impl Structure {
    /// The queue of that id.
    pub fn queue(&self, id: &QueueId) -> Option<&Queue> {
        self.queues.iter().find(|q| q.id == *id)
    }
    /// The entry of that id.
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.entries.iter().find(|e| e.id == *id)
    }
    /// The response group of that id.
    pub fn group(&self, id: &ResponseGroupId) -> Option<&Group> {
        self.groups.iter().find(|g| g.id == *id)
    }
    /// The case type of that id.
    pub fn case_type(&self, id: &CaseTypeId) -> Option<&CaseType> {
        self.case_types.iter().find(|t| t.id == *id)
    }
}
