//! The contract's types by the names of their members. What is added here has a sample in `samples.rs`.

use super::read::{Read, fields, member, member_or, tagged, texts};
use contract::Code;
use contract::Error;
use contract::agents::{AgentView, QueueStatus};
use contract::cases::{
    AnswerDraft, CaseAction, CaseAlarm, CasePage, CaseSummary, CaseView, CustomerCard, CustomerMatch,
    GetCase, GuestOf, HandoffReply, HandoffView, HistoryKind, HistoryLine, QuestionView, RegisterReply,
    ReturnCount, ReturnList, ReturnedCase,
};
use contract::desk::{
    Connection, DeskView, Draft, Drafts, Notice, Phase, Settings, StartStep, Theme, Unsent, UnsentList,
};
use contract::domain::agent::{AgentState, AgentStatus, PauseReason};
use contract::domain::alarm::{AlarmKind, AlarmStep};
use contract::domain::case::{CaseNumber, CaseStatus, FrontStanding, Rest, WaitsFor};
use contract::domain::contact::{Channel, Contact, Disposition, FollowUpWish};
use contract::domain::customer::{CustomerDetails, ProtectedIdentity};
use contract::domain::handoff::{FieldValue, HandoffPreview, HandoffStage, HandoffWarning, Include};
use contract::domain::holidays::PublicHoliday;
use contract::domain::knowledge::{Article, CallScript, Checklist, ChecklistItem, ScriptStep};
use contract::domain::rights::Role;
use contract::domain::service_hours::{CivilDate, Counted, Deadline, Opening, Paused, SkipReason, Skipped};
use contract::domain::structure::{AfterHandoff, Field, FieldKind, MenuChoice, Required, RosaGroup};
use contract::domain::{
    ArticleId, CallScriptId, CaseId, CaseTypeId, ChecklistId, ChecklistItemId, CommandId, ContactId,
    CustomerId, DepartmentId, DraftId, EntryId, FieldId, HandoffId, QuestionId, QueueId, ResponseGroupId,
    UserId,
};
use contract::event::ChangeSent;
use contract::knowledge::{ArticleView, ChecklistView, KnowledgeSince, ScriptView, Suggestion, Suggestions};
use contract::phone::{
    CallQuality, CallState, CallView, CheckOutcome, CheckedPart, ChooseDevices, Devices, Dial, Direction,
    EndCause, Headset, PhoneCheckup, PhoneFault, PhonePart, PhoneView, Registration, ResidentSaid,
    SoundDevice, TransferStep, VoiceChoice,
};
use contract::session::{Capabilities, Handshake, Me, OfficerAccess};
use serde_json::Value;

texts! {
    ArticleId CallScriptId CaseId CaseTypeId ChecklistId ChecklistItemId CommandId ContactId CustomerId DepartmentId
    DraftId EntryId FieldId HandoffId QuestionId QueueId ResponseGroupId UserId CivilDate
    AfterHandoff AlarmKind AlarmStep CallQuality CaseAction CaseStatus Channel CheckOutcome Code Direction Disposition
    EndCause FrontStanding HandoffStage HandoffWarning HistoryKind PauseReason PhoneFault PhonePart
    ProtectedIdentity PublicHoliday Registration Required Role StartStep Theme TransferStep WaitsFor
}

fields! {
    Error { code; detail }
    Handshake { contract, release, municipality, practice, capabilities }
    Capabilities { phone, offline }
    Me { id, user, name, roles, group, has_phone, bearer }
    OfficerAccess { address, user, password }
    Settings { locale, theme; keys }
    DeskView {
        phase, practice, municipality, connection, unsent, refused, knowledge_from, me, notices; of_others
    }
    UnsentList { unsent }
    Unsent { id, command, at, refused }
    Drafts { drafts }
    Draft {
        id, case_id, contact, case_type, disposition, follow_up, created_at, updated_at;
        customer, subject, note, place, fields, checked, articles
    }
    Contact { id, channel, entry, queue, started_at, waited_seconds }
    FieldValue { field, value }
    FollowUpWish { channel, before }
    CustomerDetails { id; name, phone, email }

    AgentStatus { user, state, since, next, leaving }
    QueueStatus { queue, waiting, longest_since, ready, offered, answered, answered_within, abandoned, now }

    PhoneView { registration, calls, fault; sequence }
    CallView {
        number, direction, state, remote, remote_name, contact, entry, queue, menu, waited_seconds, since, answered_at,
        muted, held, hold_asked, held_by_remote, transfer, quality; conference, encrypted, secure
    }
    Devices { inputs, outputs, chosen; headsets }
    Headset { name, used }
    SoundDevice { id, name }
    ChooseDevices { microphone, speaker, ring; voice }
    PhoneCheckup { parts, report }
    CheckedPart { part, outcome, figure }
    ResidentSaid { contact, text }
    Dial { number }

    CasePage { cases, next }
    CaseSummary {
        id, version, number, case_type, status, rest, waits_for, guest, alarm, subject, customer, channel, group,
        officer, response_due, registered_at, owner_name; front, not_accepted
    }
    CaseNumber { year, serial }
    CaseAlarm { kind, step, due, acknowledged_by }
    Rest { until, over }
    GuestOf { due }
    CaseView {
        summary, disposition, customer, protected, note, place, fields, checked, articles, follow_up, answer,
        answer_channel, not_satisfied, closes_at, handoffs, history, actions;
        article_titles, questions, returns, colleagues, return_reasons, consults
    }
    HandoffView {
        id, group, stage, leaves_at, receipt_due, response_due, resolution_due, accepted_by, why, reason
    }
    QuestionView {
        id, waits_for, group, due, at, by, text, reply, replied_at, replied_by, can_reply;
        withdrawn, can_withdraw
    }
    HistoryLine { at, heard_at, by, what, group, until, to, alarm }
    AnswerDraft { case_id, channel; answer, reason }
    RegisterReply { case_id, number, leaves_at, response_due, queued }
    HandoffReply { version, leaves_at, response_due; queued }
    ReturnList { counts, newest }
    ReturnCount { group, expired, why, count }
    ReturnedCase { case, group, expired, why, at }
    CustomerMatch { customers, open_cases }
    CustomerCard { id, name, protected }
    ChangeSent { case_id, number, leaves_at, response_due }
    GetCase { case_id }

    HandoffPreview {
        group, include, default_include, wall, missing, warnings, receipt, response, resolution, after
    }
    Include { customer, subject, note, fields }
    Deadline { due, counted, paused, skipped }
    Counted { date, from, to, reason }
    Paused { date, from, to }
    Skipped { date, reason }
    MenuChoice { key, label, queue }

    KnowledgeSince { version }
    Suggestions { articles, scripts, checklists, case_types, as_of }
    ArticleView { article, owner_name }
    Article {
        id, title, question, answer, internal, keywords, case_types, department, owner, author, reviewed, review_by
    }
    ScriptView { script }
    CallScript { id, title, case_types, owner, steps }
    ScriptStep { title, text }
    ChecklistView { checklist }
    Checklist { id, title, case_types, items }
    ChecklistItem { id, text, required, field }
}

tagged! {
    Phase by "phase" {
        "choose": Choose, "starting": Starting { step }, "passphrase": Passphrase { new },
        "key_missing": KeyMissing, "stopped": Stopped { code }, "sign_in": SignIn { address }, "ready": Ready
    }
    Connection by "connection" {
        "none": None, "connecting": Connecting, "connected": Connected, "offline": Offline { since },
        "other_version": OtherVersion, "session_ended": SessionEnded
    }
    Notice by "notice" {
        "store_rebuilt": StoreRebuilt { drafts_saved, changes_saved, cut, set_aside },
        "no_keyring": NoKeyring,
        "change_refused": ChangeRefused { code, case_id, draft },
        "unreadable": Unreadable { count },
        "not_cached": NotCached { code }
    }
    AgentState by "state" {
        "offline": Offline, "ready": Ready, "paused": Paused { reason }, "offered": Offered, "in_call": InCall,
        "wrap_up": WrapUp { until }
    }
    CallState by "state" {
        "ringing": Ringing, "answering": Answering, "dialling": Dialling, "ringing_there": RingingThere,
        "in_call": InCall, "ended": Ended { cause }
    }
    FieldKind by "kind" {
        "text": Text, "number": Number, "date": Date, "choice": Choice { options }
    }
    Opening by "by" {
        "weekday": Weekday, "holiday": Holiday { holiday }, "exception": Exception { reason }
    }
    SkipReason by "why" {
        "closed_weekday": ClosedWeekday, "holiday": Holiday { holiday }, "exception": Exception { reason },
        "after_closing": AfterClosing, "paused": Paused
    }
}

// What stands flat in another has its members there.
impl Read for AgentView {
    fn read(tree: &Value) -> Option<Self> {
        Some(Self { status: Read::read(tree)?, name: member(tree, "name")?, now: member(tree, "now")? })
    }
}

impl Read for Field {
    fn read(tree: &Value) -> Option<Self> {
        Some(Self { id: member(tree, "id")?, label: member(tree, "label")?, kind: Read::read(tree)? })
    }
}

impl Read for VoiceChoice {
    fn read(tree: &Value) -> Option<Self> {
        let Self { echo, noise, gain } = Self::default();
        Some(Self {
            echo: member_or(tree, "echo", echo)?,
            noise: member_or(tree, "noise", noise)?,
            gain: member_or(tree, "gain", gain)?,
        })
    }
}

impl<Id: Read> Read for Suggestion<Id> {
    fn read(tree: &Value) -> Option<Self> {
        Some(Self {
            id: member(tree, "id")?,
            title: member(tree, "title")?,
            line: member(tree, "line")?,
            matched: member(tree, "matched")?,
            score: member(tree, "score")?,
        })
    }
}

impl Read for RosaGroup {
    fn read(tree: &Value) -> Option<Self> {
        u8::try_from(tree.as_i64()?).ok()?.try_into().ok()
    }
}
