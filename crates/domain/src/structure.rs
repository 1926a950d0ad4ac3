//! How the municipality is built: departments, response groups, queues, case types and agreements.

use crate::phone_number::PhoneNumber;
use crate::service_hours::{AlarmHours, ServiceHours, ServiceTime};
use crate::{
    CallScriptId, CaseTypeId, ChecklistId, DepartmentId, EntryId, FieldId, Personal, QueueId,
    ResponseGroupId, ReturnReasonId,
};
use serde::{Deserialize, Serialize};

/// Everything an agent's desk needs to know of the municipality. Holds no customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Structure {
    /// The municipality's name.
    pub name: String,
    /// Numbers into the municipality.
    pub entries: Vec<Entry>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Departments, companies and contractors.
    pub departments: Vec<Department>,
    /// Response groups.
    pub groups: Vec<ResponseGroup>,
    /// Case types.
    pub case_types: Vec<CaseType>,
    /// Why a group may give a case back; empty: [`ReturnReason::usual`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub return_reasons: Vec<ReturnReason>,
}

impl Structure {
    /// The queue of that id.
    #[must_use]
    pub fn queue(&self, id: &QueueId) -> Option<&Queue> {
        self.queues.iter().find(|q| q.id == *id)
    }
    /// The entry of that id.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.entries.iter().find(|e| e.id == *id)
    }
    /// The response group of that id.
    #[must_use]
    pub fn group(&self, id: &ResponseGroupId) -> Option<&ResponseGroup> {
        self.groups.iter().find(|g| g.id == *id)
    }
    /// The department of that id.
    #[must_use]
    pub fn department(&self, id: &DepartmentId) -> Option<&Department> {
        self.departments.iter().find(|d| d.id == *id)
    }
    /// The case type of that id.
    #[must_use]
    pub fn case_type(&self, id: &CaseTypeId) -> Option<&CaseType> {
        self.case_types.iter().find(|t| t.id == *id)
    }
    /// Why a group may give a case back: the municipality's own reasons, else the usual ones.
    #[must_use]
    pub fn reasons_to_return(&self) -> Vec<ReturnReason> {
        if self.return_reasons.is_empty() { ReturnReason::usual() } else { self.return_reasons.clone() }
    }
    /// Whether what goes to `group` passes a confidentiality wall (rules.md 2).
    #[must_use]
    pub fn behind_wall(&self, group: &ResponseGroupId) -> bool {
        self.group(group).and_then(|g| self.department(&g.department)).is_some_and(|d| d.wall)
    }
}

/// A number into the municipality (D-T1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Identity.
    pub id: EntryId,
    /// Name.
    pub name: String,
    /// The number that is called.
    pub number: PhoneNumber,
    /// What the agent says first; `{namn}` is the agent's first name.
    pub greeting: String,
    /// The group whose service hours are the entry's.
    pub hours: ResponseGroupId,
    /// Menu choices.
    pub menu: Vec<MenuChoice>,
    /// The queue when no key is pressed: a person answers.
    pub no_choice: QueueId,
}

/// One key of an entry's menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MenuChoice {
    /// DTMF key.
    pub key: String,
    /// What the menu says.
    pub label: String,
    /// Where it leads.
    pub queue: QueueId,
}

/// Where calls wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Queue {
    /// Identity.
    pub id: QueueId,
    /// Name.
    pub name: String,
    /// The group that answers.
    pub group: ResponseGroupId,
    /// Language (BCP 47).
    pub language: String,
    /// Target answer time, seconds (D-F2).
    pub answer_target_seconds: u32,
    /// Share to be answered within it, percent.
    pub answer_target_share: u8,
    /// Wrap-up after a call, seconds (D-T3).
    pub wrap_up_seconds: u32,
    /// What the agent says; `{namn}` is the agent's first name.
    pub greeting: String,
    /// Case types most asked for here.
    pub topics: Vec<CaseTypeId>,
}

/// Kind of department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DepartmentKind {
    /// Förvaltning.
    Administration,
    /// Bolag.
    Company,
    /// Entreprenör.
    Contractor,
}

/// An organisation that owns response groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Department {
    /// Identity.
    pub id: DepartmentId,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: DepartmentKind,
    /// A confidentiality wall stands around it.
    pub wall: bool,
}

/// A group that answers a kind of question (svarsgrupp).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResponseGroup {
    /// Identity.
    pub id: ResponseGroupId,
    /// Name.
    pub name: String,
    /// Its department.
    pub department: DepartmentId,
    /// Direct number, for staff.
    pub phone: Option<PhoneNumber>,
    /// Functional mailbox.
    pub email: Option<String>,
    /// When it works.
    pub hours: ServiceHours,
    /// A handoff shall be accepted within this, in service time.
    pub receipt_time: ServiceTime,
    /// It works outside the system: what is handed over to it goes by e-mail, with a link (rules.md 2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
    /// When it wants its alarms (rules.md 1.5).
    #[serde(default, skip_serializing_if = "AlarmHours::is_default")]
    pub alarms: AlarmHours,
}

/// ROSA group 1–8 (domain.md); 1–4 suit the kontaktcenter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub enum RosaGroup {
    /// 1
    Information,
    /// 2
    Guidance,
    /// 3
    AdministrativePreparation,
    /// 4
    RoutineDecision,
    /// 5
    SpecificInvestigation,
    /// 6
    Judgement,
    /// 7
    Management,
    /// 8
    Political,
}

impl TryFrom<u8> for RosaGroup {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Ok(match number {
            1 => Self::Information,
            2 => Self::Guidance,
            3 => Self::AdministrativePreparation,
            4 => Self::RoutineDecision,
            5 => Self::SpecificInvestigation,
            6 => Self::Judgement,
            7 => Self::Management,
            8 => Self::Political,
            _ => return Err("a ROSA group is 1–8"),
        })
    }
}

impl From<RosaGroup> for u8 {
    fn from(group: RosaGroup) -> Self {
        group as Self + 1
    }
}

/// What a case is about (ärendetyp).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseType {
    /// Identity.
    pub id: CaseTypeId,
    /// Name.
    pub name: String,
    /// The group that receives it.
    pub group: ResponseGroupId,
    /// ROSA group.
    pub rosa: RosaGroup,
    /// How residents say it.
    pub keywords: Vec<String>,
    /// Talmanus.
    pub script: Option<CallScriptId>,
    /// Checklist.
    pub checklist: Option<ChecklistId>,
    /// The kontaktcenter may solve it itself.
    pub may_solve: bool,
    /// The customer confirms before it is closed (D-C6).
    pub confirm_before_close: bool,
    /// Who asks the customer then.
    #[serde(default, skip_serializing_if = "Confirmer::is_default")]
    pub confirmed_by: Confirmer,
    /// An answered case is closed by the clock when so long has passed without a word from the customer, in the
    /// hours of whoever answered; `None`: somebody closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_after: Option<ServiceTime>,
    /// What a handoff must carry (D-C3).
    pub required: Vec<Required>,
    /// Own fields.
    pub fields: Vec<Field>,
    /// The agreement.
    pub agreement: ServiceAgreement,
}

/// Why a group gives a case back (D-C5): one of a closed list, so that it can be counted what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnReason {
    /// Identity.
    pub id: ReturnReasonId,
    /// As the group chooses it.
    pub name: String,
    /// It says nothing without words of one's own.
    #[serde(default)]
    pub explain: bool,
}

impl ReturnReason {
    /// Those of a municipality that has written none, in the municipality's language.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let usual = [
            ("fel-grupp", "Fel grupp", false),
            ("uppgifter-saknas", "Uppgifter saknas", false),
            ("inte-kommunen", "Inte kommunens ansvar", false),
            ("finns-redan", "Ärendet finns redan", false),
            ("annat", "Annat skäl", true),
        ];
        let one = |(id, name, explain): (&str, &str, bool)| {
            Some(Self { id: id.parse().ok()?, name: name.to_owned(), explain })
        };
        usual.into_iter().filter_map(one).collect()
    }
}

/// Who asks the customer whether the answer is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confirmer {
    /// The kontaktcenter.
    #[default]
    Front,
    /// The group that answered; the kontaktcenter too, when the customer says so there.
    Group,
}

impl Confirmer {
    /// Whether it is who asks where nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a handoff must carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String", try_from = "String")]
pub enum Required {
    /// `customer.name`
    CustomerName,
    /// `customer.phone`
    CustomerPhone,
    /// `customer.email`
    CustomerEmail,
    /// `place`
    Place,
    /// `note`
    Note,
    /// An own field's id.
    Field(FieldId),
}

impl TryFrom<String> for Required {
    type Error = crate::BadSlug;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(match text.as_str() {
            "customer.name" => Self::CustomerName,
            "customer.phone" => Self::CustomerPhone,
            "customer.email" => Self::CustomerEmail,
            "place" => Self::Place,
            "note" => Self::Note,
            _ => Self::Field(FieldId::try_from(text)?),
        })
    }
}

impl From<Required> for String {
    fn from(required: Required) -> Self {
        match required {
            Required::CustomerName => "customer.name".into(),
            Required::CustomerPhone => "customer.phone".into(),
            Required::CustomerEmail => "customer.email".into(),
            Required::Place => "place".into(),
            Required::Note => "note".into(),
            Required::Field(id) => id.into(),
        }
    }
}

/// A case type's own field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// Identity within the type.
    pub id: FieldId,
    /// Label.
    pub label: String,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// Free text.
    Text,
    /// A number.
    Number,
    /// A date.
    Date,
    /// One of some.
    Choice {
        /// The choices.
        options: Vec<String>,
    },
}

/// Written agreement kontaktcenter–department for a case type (överenskommelse).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceAgreement {
    /// Återkopplingstid, counted in the receiver's service hours.
    pub response_time: ServiceTime,
    /// Åtgärdstid, likewise.
    pub resolution_time: ServiceTime,
    /// What becomes of the source case by default.
    pub after_handoff: AfterHandoff,
    /// Purpose.
    pub purpose: String,
    /// Cases a year.
    pub volume_per_year: u32,
    /// Whom it is for.
    pub target_group: String,
    /// What is done by the kontaktcenter.
    pub kontaktcenter_does: String,
    /// What is done by the group.
    pub group_does: String,
}

/// What becomes of the source case at a handoff (rules.md 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AfterHandoff {
    /// Closed at the kontaktcenter.
    Close,
    /// Kept open.
    Keep,
    /// Parked until the group answers.
    #[default]
    Park,
}

/// A person of the municipality's staff, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffMember {
    /// Name for signing in.
    pub user: String,
    /// Name.
    pub name: Personal<String>,
    /// Roles.
    pub roles: Vec<crate::rights::Role>,
    /// The group they work in.
    pub group: ResponseGroupId,
    /// SIP account name, when they answer calls.
    pub phone: Option<String>,
}
