//! The list of commands. A line: function, name, kind, who may, marker type (request) → reply.

use crate::agents::{AgentView, Prolong, QueueStatus, SetAgentState};
use crate::cases::{
    AcknowledgeAlarm, AnswerCase, AnswerDraft, AskAboutCase, AssignCase, CaseAt, CasePage, CaseView,
    ConfirmCase, CustomerMatch, GetCase, GiveBackCase, HandOffCase, HandoffReply, InformOfCase, ListCases,
    ListReturns, MatchCustomer, ParkCase, PreviewHandoff, RegisterCase, RegisterReply, ReopenCase,
    ReplyToQuestion, ReturnList, RewriteCase, UndoHandoff, WithdrawQuestion,
};
use crate::desk::{Connect, DeskView, DiscardDraft, Draft, Drafts, SaveDraft, Settings, Unlock, UnsentList};
use crate::dispatch::{commands, reply};
use crate::error::{Code, Error};
use crate::knowledge::{
    ArticleView, ChecklistView, Get, KnowledgeReply, KnowledgeSince, ScriptView, StructureReply, Suggest,
    Suggestions,
};
use crate::phone::{
    ChooseDevices, ConnectCalls, Devices, Dial, OnCall, PhoneAccount, PhoneCheckup, PhoneView, PressKeys,
    Switch, Transfer,
};
use crate::session::{Handshake, Hello, Me, OfficerAccess, OfficerOf, SignIn as SignInRequest};
use crate::{Access, Call, Command, CommandInfo, Home, Kind, Nothing};
use domain::handoff::HandoffPreview;
use domain::rights::Role;
use domain::{ArticleId, CallScriptId, ChecklistId, CommandId};
use serde_json::Value;
use std::future::Future;

commands! {
    desk {
        /// How the desk stands: phase, connection, unsent, notices.
        desk_state "desk.state" query anyone DeskState(Nothing) -> DeskView;
        /// Begins practice on this computer.
        desk_practice "desk.practice" change anyone DeskPractice(Nothing) -> DeskView;
        /// Connects to a kontaktcenter's service.
        desk_connect "desk.connect" change anyone DeskConnect(Connect) -> DeskView;
        /// Opens the store with a passphrase, or sets one at the first start without a keyring.
        desk_unlock "desk.unlock" change anyone DeskUnlock(Unlock) -> DeskView;
        /// Tries again to open the store.
        desk_try_again "desk.try_again" change anyone DeskTryAgain(Nothing) -> DeskView;
        /// Leaves the service or the practice: back to the first choice. Drafts and unsent stay.
        desk_leave "desk.leave" change anyone DeskLeave(Nothing) -> DeskView;
        /// The desk's settings.
        settings_get "settings.get" query anyone SettingsGet(Nothing) -> Settings;
        /// Keeps the desk's settings.
        settings_save "settings.save" change anyone SettingsSave(Settings) -> Settings;
        /// All drafts, newest first.
        drafts_list "drafts.list" query signed_in DraftsList(Nothing) -> Drafts;
        /// Keeps a draft; it is on disk when the reply comes.
        drafts_save "drafts.save" change signed_in DraftsSave(SaveDraft) -> Draft;
        /// Throws a draft away.
        drafts_discard "drafts.discard" change signed_in DraftsDiscard(DiscardDraft) -> Nothing;
        /// What waits to be sent, and what the service refused.
        outbox_list "outbox.list" query signed_in OutboxList(Nothing) -> UnsentList;
        /// The phone as it stands.
        phone_state "phone.state" query signed_in PhoneState(Nothing) -> PhoneView;
        /// Answers the offered call.
        phone_answer "phone.answer" change front PhoneAnswer(OnCall) -> PhoneView;
        /// Declines the offered call; the exchange offers it to another.
        phone_decline "phone.decline" change front PhoneDecline(OnCall) -> PhoneView;
        /// Ends a call.
        phone_hang_up "phone.hang_up" change front PhoneHangUp(OnCall) -> PhoneView;
        /// Holds or resumes a call.
        phone_hold "phone.hold" change front PhoneHold(Switch) -> PhoneView;
        /// Mutes or unmutes the microphone.
        phone_mute "phone.mute" change front PhoneMute(Switch) -> PhoneView;
        /// Begins a conference of three: the held one of two calls comes back beside the other. Holding either ends it.
        phone_join "phone.join" change front PhoneJoin(ConnectCalls) -> PhoneView;
        /// Presses keys in a call; a fault tells when they cannot be sent.
        phone_press "phone.press" change front PhonePress(PressKeys) -> PhoneView;
        /// Dials.
        phone_dial "phone.dial" change front PhoneDial(Dial) -> PhoneView;
        /// Transfers a call to a number without asking there first; it comes back if nobody takes it.
        phone_transfer "phone.transfer" change front PhoneTransfer(Transfer) -> PhoneView;
        /// Connects the parties of two calls, and leaves.
        phone_connect "phone.connect" change front PhoneConnect(ConnectCalls) -> PhoneView;
        /// Sound devices, and which are chosen.
        phone_devices "phone.devices" query signed_in PhoneDevices(Nothing) -> Devices;
        /// Chooses the talk device and the ring device.
        phone_choose_devices "phone.choose_devices" change signed_in PhoneChooseDevices(ChooseDevices) -> Devices;
        /// Tries microphone, speaker, ports and delay, not in a call: plays three tones and takes some seconds.
        phone_check "phone.check" query signed_in PhoneCheck(Nothing) -> PhoneCheckup;
    }
    both {
        /// Versions and capabilities.
        handshake "handshake" query anyone HandshakeCommand(Hello) -> Handshake;
        /// Signs in with a local account.
        sign_in "session.sign_in" change anyone SignIn(SignInRequest) -> Me;
        /// Signs out; the agent's state becomes offline.
        sign_out "session.sign_out" change signed_in SignOut(Nothing) -> Nothing;
        /// Who is signed in.
        me "session.me" query signed_in WhoAmI(Nothing) -> Me;
        /// Departments, groups, queues, case types and agreements.
        structure_get "structure.get" query signed_in StructureGet(Nothing) -> StructureReply;
        /// Suggestions from what is typed, the queue and the case type.
        knowledge_suggest "knowledge.suggest" query signed_in KnowledgeSuggest(Suggest) -> Suggestions;
        /// One article.
        article_get "knowledge.article" query signed_in ArticleGet(Get<ArticleId>) -> ArticleView;
        /// One talmanus.
        script_get "knowledge.script" query signed_in ScriptGet(Get<CallScriptId>) -> ScriptView;
        /// One checklist.
        checklist_get "knowledge.checklist" query signed_in ChecklistGet(Get<ChecklistId>) -> ChecklistView;
        /// What a handoff would carry, and by when the group answers. Changes nothing.
        handoff_preview "handoff.preview" query front HandoffPreviewCommand(PreviewHandoff) -> HandoffPreview;
        /// What one has written of a case and not sent.
        answer_draft "cases.answer_draft" query signed_in AnswerDraftGet(GetCase) -> AnswerDraft;
        /// Keeps what one writes of a case; it is on disk when the reply comes. Without text it is forgotten.
        keep_answer_draft "cases.keep_answer_draft" change signed_in AnswerDraftKeep(AnswerDraft) -> Nothing;
    }
    service {
        /// The whole knowledge base when it is newer than the desk's.
        knowledge_get "knowledge.get" query signed_in KnowledgeGet(KnowledgeSince) -> KnowledgeReply;
        /// The signed-in agent's own SIP account.
        phone_account "phone.account" query front PhoneAccountGet(Nothing) -> PhoneAccount;
        /// The signed-in agent's state.
        agent_state "agent.state" query signed_in AgentStateGet(Nothing) -> AgentView;
        /// Ready, paused or offline.
        agent_set "agent.set" change front AgentSet(SetAgentState) -> AgentView;
        /// More time for the wrap-up.
        agent_prolong "agent.prolong" change front AgentProlong(Prolong) -> AgentView;
        /// Ends the wrap-up: the next call may come.
        agent_finish "agent.finish" change front AgentFinish(Nothing) -> AgentView;
        /// Every queue as it stands.
        queues_list "queues.list" query signed_in QueuesList(Nothing) -> Vec<QueueStatus>;
        /// Who has a number, and their open cases.
        customer_match "customers.match" query front CustomerMatchCommand(MatchCustomer) -> CustomerMatch;
        /// Registers a contact as a case; with a handoff, hands it over in the same step.
        case_register "cases.register" queued front CaseRegister(RegisterCase) -> RegisterReply;
        /// One case with its history.
        case_get "cases.get" query signed_in CaseGet(GetCase) -> CaseView;
        /// Cases by pages: one's own, a group's inbox, or all of the front.
        cases_list "cases.list" query signed_in CasesList(ListCases) -> CasePage;
        /// Handoffs that came back: how often, why, and the newest.
        returns_list "cases.returns" query lead ReturnsList(ListReturns) -> ReturnList;
        /// Hands over a case that is open.
        handoff_send "handoff.send" queued front HandoffSend(HandOffCase) -> HandoffReply;
        /// Undoes a handoff within its ten seconds.
        handoff_undo "handoff.undo" change front HandoffUndo(UndoHandoff) -> HandoffReply;
        /// Takes a case back from a group outside the system; its link does nothing from then on.
        case_take_back "cases.take_back" change front CaseTakeBack(CaseAt) -> CaseView;
        /// Sends a group outside the system a new link; those of before do nothing.
        case_renew_link "cases.renew_link" change front CaseRenewLink(CaseAt) -> CaseView;
        /// The group accepts: the receipt.
        case_accept "cases.accept" change officer CaseAccept(CaseAt) -> CaseView;
        /// Gives it to another officer of the group.
        case_assign "cases.assign" change officer CaseAssign(AssignCase) -> CaseView;
        /// Asks the customer or the kontaktcenter, and the case waits; or another group for its opinion.
        case_ask "cases.ask" change signed_in CaseAsk(AskAboutCase) -> CaseView;
        /// The answer to what was asked.
        case_reply "cases.reply" change signed_in CaseReply(ReplyToQuestion) -> CaseView;
        /// Withdraws what was asked, by those who asked: nobody waits for the answer any more.
        case_withdraw "cases.withdraw" change signed_in CaseWithdraw(WithdrawQuestion) -> CaseView;
        /// Tells another group of it, for information.
        case_inform "cases.inform" change signed_in CaseInform(InformOfCase) -> CaseView;
        /// The group gives it back, with a reason.
        case_give_back "cases.give_back" change officer CaseGiveBack(GiveBackCase) -> CaseView;
        /// The customer has been answered.
        case_answer "cases.answer" change signed_in CaseAnswer(AnswerCase) -> CaseView;
        /// Writes the texts of one's own case anew, before any group has had it.
        case_rewrite "cases.rewrite" change front CaseRewrite(RewriteCase) -> CaseView;
        /// What the customer said of the answer: satisfied closes the case, else it goes back to who answered.
        case_confirm "cases.confirm" change signed_in CaseConfirm(ConfirmCase) -> CaseView;
        /// Lets a case rest at the front until a day, or takes it up before.
        case_park "cases.park" change front CasePark(ParkCase) -> CaseView;
        /// Closes a case.
        case_close "cases.close" change signed_in CaseClose(CaseAt) -> CaseView;
        /// Reopens a closed case whose customer is not satisfied: it is the front's again.
        case_reopen "cases.reopen" change front CaseReopen(ReopenCase) -> CaseView;
        /// Tells that one has seen an alarm of a case, by name. It ends no alarm: the work does.
        case_acknowledge "cases.acknowledge_alarm" change signed_in CaseAcknowledge(AcknowledgeAlarm) -> CaseView;
        /// In practice: the next simulated resident rings.
        practice_next "practice.next" change front PracticeNext(Nothing) -> Nothing;
        /// In practice: how one becomes the officer of a group, in a browser on the same computer. For a desk alone.
        practice_officer "practice.officer" change front PracticeOfficer(OfficerOf) -> OfficerAccess;
    }
}

/// The command of that name.
#[must_use]
pub fn command(name: &str) -> Option<&'static CommandInfo> {
    COMMANDS.iter().find(|info| info.name == name)
}
