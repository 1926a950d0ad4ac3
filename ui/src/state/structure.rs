//! The municipality as the window shows it: what it never shows (hours, agreements) is not read.

use crate::transport::fields;
use contract::domain::structure::{Field, MenuChoice, Required, RosaGroup};
use contract::domain::{CaseTypeId, ChecklistId, EntryId, QueueId, ResponseGroupId};

/// The reply of `structure.get`.
pub struct Reply {
    pub structure: Structure,
}

/// What the window knows of the municipality.
#[derive(Default)]
pub struct Structure {
    entries: Vec<Entry>,
    queues: Vec<Queue>,
    pub groups: Vec<Group>,
    pub case_types: Vec<CaseType>,
}

/// A number into the municipality.
pub struct Entry {
    id: EntryId,
    pub name: String,
    pub greeting: String,
    pub menu: Vec<MenuChoice>,
}

/// Where calls wait.
pub struct Queue {
    id: QueueId,
    pub name: String,
    pub answer_target_seconds: u32,
    pub greeting: String,
}

/// A response group.
pub struct Group {
    pub id: ResponseGroupId,
    pub name: String,
    pub outside: bool,
}

/// What a case can be about.
#[derive(Clone, PartialEq)]
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

fields! {
    Reply { structure }
    Structure { entries, queues, groups, case_types }
    Entry { id, name, greeting, menu }
    Queue { id, name, answer_target_seconds, greeting }
    Group { id, name; outside }
    CaseType { id, name, group, rosa, keywords, checklist, may_solve, required, fields }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn what_the_window_shows_of_the_municipality_comes_through() {
        let sent = json!({ "version": 3, "structure": {
            "name": "Exempelköping", "departments": [], "return_reasons": [],
            "entries": [{ "id": "vaxel", "name": "Växeln", "number": "+46846500400", "greeting": "Hej", "hours": "front",
                "menu": [{ "key": "1", "label": "Bygga", "queue": "svenska" }], "no_choice": "svenska" }],
            "queues": [{ "id": "svenska", "name": "Svenska", "answer_target_seconds": 60, "greeting": "Välkommen" }],
            "groups": [{ "id": "bygg", "name": "Bygg" }, { "id": "ute", "name": "Ute", "outside": true }],
            "case_types": [{ "id": "bygglov", "name": "Bygglov", "group": "bygg", "rosa": 4, "keywords": ["altan"],
                "script": null, "checklist": "altan", "may_solve": true, "required": ["note"],
                "fields": [{ "id": "var", "label": "Var?", "kind": "text" }] }],
        } });
        let structure = crate::transport::read::<Reply>(&sent.to_string()).unwrap().structure;
        let entry = structure.entry(&"vaxel".parse().unwrap()).unwrap();
        assert_eq!((entry.name.as_str(), entry.greeting.as_str()), ("Växeln", "Hej"));
        assert_eq!(entry.menu.first().map(|choice| choice.label.as_str()), Some("Bygga"));
        let queue = structure.queue(&"svenska".parse().unwrap()).unwrap();
        assert_eq!((queue.name.as_str(), queue.greeting.as_str()), ("Svenska", "Välkommen"));
        assert_eq!(queue.answer_target_seconds, 60);
        assert_eq!(structure.groups.iter().map(|group| group.outside).collect::<Vec<_>>(), [false, true]);
        let case_type = structure.case_type(&"bygglov".parse().unwrap()).unwrap();
        assert_eq!((case_type.name.as_str(), case_type.group.as_str()), ("Bygglov", "bygg"));
        assert_eq!((case_type.rosa, case_type.may_solve), (RosaGroup::RoutineDecision, true));
        assert_eq!(case_type.keywords, ["altan"]);
        assert_eq!(case_type.checklist, "altan".parse().ok());
        assert_eq!(case_type.required, [Required::Note]);
        let field: Field = from_value(json!({ "id": "var", "label": "Var?", "kind": "text" })).unwrap();
        assert_eq!(case_type.fields, [field]);
    }
}
