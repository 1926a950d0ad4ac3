//! Entries, queues, departments, groups and case types.

use crate::collect::Collect;
use crate::source::Source;
use crate::{Fault, Flaw, Kind};
use domain::phone_number::PhoneNumber;
use domain::service_hours::{AlarmHours, Exception, ServiceHours, ServiceTime, Week};
use domain::structure::{
    AfterHandoff, CaseType, Confirmer, Department, DepartmentKind, Entry, Field, FieldKind, MenuChoice,
    Queue, Required, ResponseGroup, ReturnReason, RosaGroup, ServiceAgreement,
};
use domain::{
    CallScriptId, CaseTypeId, ChecklistId, DepartmentId, EntryId, FieldId, QueueId, ResponseGroupId,
    ReturnReasonId,
};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    id: EntryId,
    name: Spanned<String>,
    number: PhoneNumber,
    greeting: Spanned<String>,
    hours: Spanned<ResponseGroupId>,
    #[serde(default)]
    menu: Vec<WrittenChoice>,
    no_choice: Spanned<QueueId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChoice {
    key: Spanned<String>,
    label: Spanned<String>,
    queue: Spanned<QueueId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenQueue {
    id: QueueId,
    name: Spanned<String>,
    group: Spanned<ResponseGroupId>,
    language: String,
    answer_target_seconds: u32,
    answer_target_share: Spanned<u8>,
    wrap_up_seconds: u32,
    greeting: Spanned<String>,
    #[serde(default)]
    topics: Vec<Spanned<CaseTypeId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReason {
    id: ReturnReasonId,
    name: Spanned<String>,
    #[serde(default)]
    explain: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDepartment {
    id: DepartmentId,
    name: Spanned<String>,
    kind: DepartmentKind,
    #[serde(default)]
    wall: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGroup {
    id: ResponseGroupId,
    name: Spanned<String>,
    department: Spanned<DepartmentId>,
    phone: Option<PhoneNumber>,
    email: Option<Spanned<String>>,
    receipt_minutes: Spanned<u32>,
    #[serde(default)]
    hours: Week,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    open_on_holidays: bool,
    #[serde(default)]
    outside: bool,
    #[serde(default)]
    alarms: AlarmHours,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCaseType {
    id: CaseTypeId,
    name: Spanned<String>,
    group: Spanned<ResponseGroupId>,
    rosa: RosaGroup,
    #[serde(default)]
    keywords: Vec<String>,
    script: Option<Spanned<CallScriptId>>,
    checklist: Option<Spanned<ChecklistId>>,
    may_solve: bool,
    confirm_before_close: bool,
    #[serde(default)]
    confirmed_by: Confirmer,
    closes_after: Option<ServiceTime>,
    #[serde(default)]
    required: Vec<Spanned<Required>>,
    #[serde(default, rename = "field")]
    fields: Vec<WrittenField>,
    agreement: WrittenAgreement,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    id: Spanned<FieldId>,
    label: Spanned<String>,
    kind: WrittenKind,
    #[serde(default)]
    options: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum WrittenKind {
    Text,
    Number,
    Date,
    Choice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAgreement {
    response: ServiceTime,
    resolution: ServiceTime,
    after_handoff: AfterHandoff,
    purpose: String,
    volume_per_year: u32,
    target_group: String,
    kontaktcenter_does: String,
    group_does: String,
}

impl Collect {
    pub(crate) fn municipality_file(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        match table.remove("name").map(|name| file.item::<String>(name)) {
            Some(Ok(name)) if !name.trim().is_empty() => self.municipality.structure.name = name,
            Some(Err(flaw)) => self.flaw(flaw),
            _ => self.flaw(file.flaw_of_file(Fault::Empty("name"))),
        }
        for (_, entry) in self.items(file, &mut table, "entry", Some((Kind::Entry, "id"))) {
            let entry = self.entry(file, entry);
            self.municipality.structure.entries.push(entry);
        }
        for (_, queue) in self.items(file, &mut table, "queue", Some((Kind::Queue, "id"))) {
            let queue = self.queue(file, queue);
            self.municipality.structure.queues.push(queue);
        }
        for (_, reason) in self.items(file, &mut table, "return_reason", Some((Kind::ReturnReason, "id"))) {
            let WrittenReason { id, name, explain } = reason;
            self.say(file, "name", &name);
            let reason = ReturnReason { id, name: name.into_inner(), explain };
            self.municipality.structure.return_reasons.push(reason);
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    fn entry(&mut self, file: Source, entry: WrittenEntry) -> Entry {
        self.say(file, "name", &entry.name);
        self.say(file, "greeting", &entry.greeting);
        self.refer(file, Kind::Group, &entry.hours);
        self.refer(file, Kind::Queue, &entry.no_choice);
        let mut keys = BTreeSet::new();
        let mut menu = Vec::new();
        for choice in entry.menu {
            self.refer(file, Kind::Queue, &choice.queue);
            self.say(file, "label", &choice.label);
            let (span, key) = (choice.key.span(), choice.key.into_inner());
            if !matches!(key.as_bytes(), [b'0'..=b'9' | b'*' | b'#']) {
                self.flaw(file.flaw(span.clone(), Fault::MenuKey(key.clone())));
            }
            if !keys.insert(key.clone()) {
                self.flaw(twice(file, span, Kind::MenuKey, &key));
            }
            menu.push(MenuChoice { key, label: choice.label.into_inner(), queue: choice.queue.into_inner() });
        }
        Entry {
            id: entry.id,
            name: entry.name.into_inner(),
            number: entry.number,
            greeting: entry.greeting.into_inner(),
            hours: entry.hours.into_inner(),
            menu,
            no_choice: entry.no_choice.into_inner(),
        }
    }

    fn queue(&mut self, file: Source, queue: WrittenQueue) -> Queue {
        self.say(file, "name", &queue.name);
        self.say(file, "greeting", &queue.greeting);
        self.refer(file, Kind::Group, &queue.group);
        let share = *queue.answer_target_share.get_ref();
        if share > 100 {
            self.flaw(file.flaw(queue.answer_target_share.span(), Fault::Share(share)));
        }
        Queue {
            id: queue.id,
            name: queue.name.into_inner(),
            group: queue.group.into_inner(),
            language: queue.language,
            answer_target_seconds: queue.answer_target_seconds,
            answer_target_share: share,
            wrap_up_seconds: queue.wrap_up_seconds,
            greeting: queue.greeting.into_inner(),
            topics: self.refer_all(file, Kind::CaseType, queue.topics),
        }
    }

    pub(crate) fn departments(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        let id = Some((Kind::Department, "id"));
        for (_, WrittenDepartment { id, name, kind, wall }) in self.items(file, &mut table, "department", id)
        {
            self.say(file, "name", &name);
            let department = Department { id, name: name.into_inner(), kind, wall };
            self.municipality.structure.departments.push(department);
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    pub(crate) fn groups(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        for (span, group) in self.items(file, &mut table, "group", Some((Kind::Group, "id"))) {
            if let Some(group) = self.group(file, span, group) {
                self.municipality.structure.groups.push(group);
            }
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    fn group(&mut self, file: Source, span: Range<usize>, group: WrittenGroup) -> Option<ResponseGroup> {
        self.say(file, "name", &group.name);
        self.refer(file, Kind::Department, &group.department);
        if let Some(email) = group.email.as_ref().filter(|email| !email.get_ref().contains('@')) {
            self.flaw(file.flaw(email.span(), Fault::Unreadable("email: not an e-mail address".into())));
        }
        if group.outside && group.email.is_none() {
            self.flaw(file.flaw(span.clone(), Fault::Empty("email")));
        }
        let minutes = *group.receipt_minutes.get_ref();
        if minutes == 0 {
            self.flaw(file.flaw(group.receipt_minutes.span(), Fault::Empty("receipt_minutes")));
        }
        let hours = match ServiceHours::new(group.hours, group.exceptions, group.open_on_holidays) {
            Ok(hours) => hours,
            Err(bad) => {
                self.flaw(file.flaw(span, Fault::Unreadable(bad.to_string())));
                return None;
            }
        };
        if hours.never_open() {
            self.flaw(file.flaw(span, Fault::NeverOpen));
        }
        Some(ResponseGroup {
            id: group.id,
            name: group.name.into_inner(),
            department: group.department.into_inner(),
            phone: group.phone,
            email: group.email.map(Spanned::into_inner),
            hours,
            receipt_time: ServiceTime::Minutes(minutes),
            outside: group.outside,
            alarms: group.alarms,
        })
    }

    pub(crate) fn case_types(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        for (_, case_type) in self.items(file, &mut table, "case_type", Some((Kind::CaseType, "id"))) {
            let case_type = self.case_type(file, case_type);
            self.municipality.structure.case_types.push(case_type);
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    fn case_type(&mut self, file: Source, written: WrittenCaseType) -> CaseType {
        self.say(file, "name", &written.name);
        self.refer(file, Kind::Group, &written.group);
        if let Some(script) = &written.script {
            self.refer(file, Kind::Script, script);
        }
        if let Some(checklist) = &written.checklist {
            self.refer(file, Kind::Checklist, checklist);
        }
        let fields = self.fields(file, written.fields);
        for required in &written.required {
            if let Required::Field(id) = required.get_ref()
                && !fields.iter().any(|field| field.id == *id)
            {
                let what = Fault::Unknown { kind: Kind::Field, id: id.to_string() };
                self.flaw(file.flaw(required.span(), what));
            }
        }
        let agreement = written.agreement;
        CaseType {
            id: written.id,
            name: written.name.into_inner(),
            group: written.group.into_inner(),
            rosa: written.rosa,
            keywords: written.keywords,
            script: written.script.map(Spanned::into_inner),
            checklist: written.checklist.map(Spanned::into_inner),
            may_solve: written.may_solve,
            confirm_before_close: written.confirm_before_close,
            confirmed_by: written.confirmed_by,
            closes_after: written.closes_after,
            required: written.required.into_iter().map(Spanned::into_inner).collect(),
            fields,
            agreement: ServiceAgreement {
                response_time: agreement.response,
                resolution_time: agreement.resolution,
                after_handoff: agreement.after_handoff,
                purpose: agreement.purpose,
                volume_per_year: agreement.volume_per_year,
                target_group: agreement.target_group,
                kontaktcenter_does: agreement.kontaktcenter_does,
                group_does: agreement.group_does,
            },
        }
    }

    fn fields(&mut self, file: Source, written: Vec<WrittenField>) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for field in written {
            self.say(file, "label", &field.label);
            let span = field.id.span();
            let choice = field.kind == WrittenKind::Choice;
            if choice != (field.options.len() > 1) || (!choice && !field.options.is_empty()) {
                self.flaw(file.flaw(span.clone(), Fault::Options));
            }
            if fields.iter().any(|other| other.id == *field.id.get_ref()) {
                self.flaw(twice(file, span, Kind::Field, field.id.get_ref().as_str()));
            }
            let kind = match field.kind {
                WrittenKind::Text => FieldKind::Text,
                WrittenKind::Number => FieldKind::Number,
                WrittenKind::Date => FieldKind::Date,
                WrittenKind::Choice => FieldKind::Choice { options: field.options },
            };
            fields.push(Field { id: field.id.into_inner(), label: field.label.into_inner(), kind });
        }
        fields
    }
}

/// The same id twice within one item.
pub(crate) fn twice(file: Source, span: Range<usize>, kind: Kind, id: &str) -> Flaw {
    file.flaw(span, Fault::Duplicate { kind, id: id.to_owned(), first: file.path.to_owned() })
}
