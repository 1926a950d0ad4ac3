//! The desk's answers to the contract.

use crate::Desk;
use crate::config::Choice;
use contract::agents::SetAgentState;
use contract::cases::{AnswerDraft, GetCase, PreviewHandoff};
use contract::desk::{
    Connect, DeskView, DiscardDraft, Draft, Drafts, Notice, SaveDraft, Settings, Unlock, UnsentList,
};
use contract::domain::handoff::{self, HandoffPreview, NoPreview};
use contract::domain::{ArticleId, CallScriptId, CaseId, ChecklistId, CommandId, Timestamp};
use contract::error::{Code, Error};
use contract::knowledge::{
    ArticleView, ChecklistView, Get, ScriptView, StructureReply, Suggest, Suggestions,
};
use contract::phone::{
    ChooseDevices, ConnectCalls, Devices, Dial, OnCall, PhoneCheckup, PhoneView, PressKeys, Switch, Transfer,
};
use contract::session::{Capabilities, Handshake, Hello, Me, SignIn as SignInRequest};
use contract::{
    AgentSet, CONTRACT, Call, CaseAnswer, CaseGiveBack, Command as _, CommandInfo, DeskHost, Nothing, SignIn,
    SignOut,
};
use serde_json::Value;
use std::sync::Arc;

type Id = Option<CommandId>;

/// A draft larger than this is refused rather than kept: nobody types it.
const DRAFT_BYTES: usize = 256 * 1024;

impl Desk {
    fn view(&self) -> DeskView {
        self.state().view()
    }

    fn structure(&self) -> Result<Arc<StructureReply>, Error> {
        self.state().structure.clone().ok_or(Error::from(Code::Unavailable))
    }

    fn base(&self) -> Result<Arc<contract::domain::knowledge::KnowledgeBase>, Error> {
        self.state()
            .answers
            .as_ref()
            .map(|answers| Arc::clone(&answers.base))
            .ok_or(Error::from(Code::Unavailable))
    }

    fn signed_in(&self) -> Result<Me, Error> {
        self.state().me.clone().ok_or(Error::from(Code::Unauthenticated))
    }

    pub(crate) fn owner(&self) -> Result<String, Error> {
        self.state().owner.clone().ok_or(Error::from(Code::Unauthenticated))
    }

    async fn answer_was_sent(&self, case: CaseId) {
        let (Ok(store), Ok(owner)) = (self.store(), self.owner()) else { return };
        if let Err(error) = store.forget_answer(&owner, case).await {
            // It comes back with the case, and its writer sees that it has been sent.
            tracing::warn!(detail = error.detail, "an answer that was sent is still kept as a draft");
        }
    }

    fn now(&self) -> Timestamp {
        self.0.environment.clock.now()
    }
}

fn asks_for_calls(call: &Call) -> bool {
    matches!(serde_json::from_value(call.payload.clone()), Ok(SetAgentState::Ready))
}

/// The case whose draft of an answer goes with the call.
fn sends_an_answer(info: &CommandInfo, call: &Call) -> Option<CaseId> {
    if ![CaseAnswer::INFO.name, CaseGiveBack::INFO.name].contains(&info.name) {
        return None;
    }
    call.payload.get("case_id")?.as_str()?.parse().ok()
}

impl DeskHost for Desk {
    async fn desk_state(&self, _: Id, _: Nothing) -> Result<DeskView, Error> {
        self.state().window_seen = true;
        let view = self.view();
        self.offer_to_dial();
        Ok(view)
    }

    async fn desk_try_again(&self, _: Id, _: Nothing) -> Result<DeskView, Error> {
        self.try_again().await?;
        Ok(self.view())
    }

    async fn desk_practice(&self, _: Id, _: Nothing) -> Result<DeskView, Error> {
        self.choose(Choice::Practice).await?;
        Ok(self.view())
    }

    async fn desk_connect(&self, _: Id, request: Connect) -> Result<DeskView, Error> {
        self.choose(Choice::Connect { address: request.address }).await?;
        Ok(self.view())
    }

    async fn desk_unlock(&self, _: Id, request: Unlock) -> Result<DeskView, Error> {
        self.unlock(request.passphrase).await?;
        Ok(self.view())
    }

    async fn desk_leave(&self, _: Id, _: Nothing) -> Result<DeskView, Error> {
        if self.in_call() {
            return Err(Code::WrongState.into());
        }
        self.leave().await?;
        Ok(self.view())
    }

    async fn settings_get(&self, _: Id, _: Nothing) -> Result<Settings, Error> {
        Ok(self.state().config.settings.clone())
    }

    async fn settings_save(&self, _: Id, settings: Settings) -> Result<Settings, Error> {
        let known = settings.locale.as_deref().is_none_or(|locale| matches!(locale, "sv" | "en"));
        if !known || settings.keys.len() > 200 {
            return Err(Code::Invalid.into());
        }
        let kept = settings.clone();
        self.remember(|config| config.settings = kept).await?;
        Ok(settings)
    }

    async fn drafts_list(&self, _: Id, _: Nothing) -> Result<Drafts, Error> {
        let (drafts, unread) = self.store()?.drafts(&self.owner()?).await?;
        if unread > 0 {
            self.change(|state| state.notify(Notice::Unreadable { count: unread }));
        }
        Ok(Drafts { drafts })
    }

    async fn drafts_save(&self, _: Id, request: SaveDraft) -> Result<Draft, Error> {
        let draft = Draft { updated_at: self.now(), ..request.draft };
        if serde_json::to_vec(&draft).map_or(true, |body| body.len() > DRAFT_BYTES) {
            return Err(Code::TooLarge.into());
        }
        self.store()?.save_draft(&self.owner()?, draft.clone()).await?;
        Ok(draft)
    }

    async fn drafts_discard(&self, _: Id, request: DiscardDraft) -> Result<Nothing, Error> {
        self.store()?.discard_draft(&self.owner()?, request.id).await?;
        Ok(Nothing {})
    }

    async fn outbox_list(&self, _: Id, _: Nothing) -> Result<UnsentList, Error> {
        Ok(UnsentList { unsent: self.store()?.unsent(&self.owner()?).await? })
    }

    async fn phone_state(&self, _: Id, _: Nothing) -> Result<PhoneView, Error> {
        Ok(self.phone_view())
    }

    async fn phone_answer(&self, _: Id, request: OnCall) -> Result<PhoneView, Error> {
        self.on_line(|line| line.answer(request.call))
    }

    async fn phone_decline(&self, _: Id, request: OnCall) -> Result<PhoneView, Error> {
        self.on_line(|line| line.decline(request.call))
    }

    async fn phone_hang_up(&self, _: Id, request: OnCall) -> Result<PhoneView, Error> {
        self.on_line(|line| line.hang_up(request.call))
    }

    async fn phone_hold(&self, _: Id, request: Switch) -> Result<PhoneView, Error> {
        self.on_line(|line| line.hold(request.call, request.on))
    }

    async fn phone_mute(&self, _: Id, request: Switch) -> Result<PhoneView, Error> {
        self.on_line(|line| line.mute(request.call, request.on))
    }

    async fn phone_join(&self, _: Id, request: ConnectCalls) -> Result<PhoneView, Error> {
        self.on_line(|line| line.join(request.call, request.with))
    }

    async fn phone_press(&self, _: Id, request: PressKeys) -> Result<PhoneView, Error> {
        let keys = request.keys.into_inner().try_into().map_err(|_| Error::from(Code::Invalid))?;
        self.on_line(|line| line.press(request.call, keys))
    }

    async fn phone_dial(&self, _: Id, request: Dial) -> Result<PhoneView, Error> {
        self.on_line(|line| line.dial(request.number.expose()))
    }

    async fn phone_transfer(&self, _: Id, request: Transfer) -> Result<PhoneView, Error> {
        self.on_line(|line| line.transfer(request.call, request.number.expose()))
    }

    async fn phone_connect(&self, _: Id, request: ConnectCalls) -> Result<PhoneView, Error> {
        self.on_line(|line| line.connect(request.call, request.with))
    }

    async fn phone_devices(&self, _: Id, _: Nothing) -> Result<Devices, Error> {
        self.list_devices().await
    }

    async fn phone_choose_devices(&self, _: Id, request: ChooseDevices) -> Result<Devices, Error> {
        self.remember(|config| config.devices = request).await?;
        self.use_chosen_devices();
        self.list_devices().await
    }

    async fn phone_check(&self, _: Id, _: Nothing) -> Result<PhoneCheckup, Error> {
        self.check_phone().await
    }

    async fn handshake(&self, _: Id, _: Hello) -> Result<Handshake, Error> {
        let view = self.view();
        Ok(Handshake {
            contract: CONTRACT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            municipality: view.municipality,
            practice: view.practice,
            capabilities: Capabilities { phone: true, offline: true },
        })
    }

    async fn sign_in(&self, id: Id, request: SignInRequest) -> Result<Me, Error> {
        let client = self.state().client.clone().ok_or(Error::from(Code::WrongState))?;
        let me = client.ask::<SignIn>(Call::of::<SignIn>(id, &request)?).await?;
        let bearer = me.bearer.clone().ok_or_else(|| Error::new(Code::ContractMismatch, "no bearer"))?;
        self.keep_bearer(Some(bearer.clone())).await;
        let me = Me { bearer: None, ..me };
        self.enter(client.with_bearer(bearer), Some(me.clone())).await;
        Ok(me)
    }

    async fn sign_out(&self, id: Id, request: Nothing) -> Result<Nothing, Error> {
        if self.in_call() {
            return Err(Code::WrongState.into());
        }
        let client = self.client()?;
        // The service must know, or its queues would go on offering calls to an empty chair.
        client.ask::<SignOut>(Call::of::<SignOut>(id, &request)?).await?;
        self.keep_bearer(None).await;
        self.end_session().await;
        Ok(Nothing {})
    }

    async fn me(&self, _: Id, _: Nothing) -> Result<Me, Error> {
        self.signed_in()
    }

    async fn structure_get(&self, _: Id, _: Nothing) -> Result<StructureReply, Error> {
        Ok(self.structure()?.as_ref().clone())
    }

    async fn knowledge_suggest(&self, _: Id, request: Suggest) -> Result<Suggestions, Error> {
        self.suggest(request).await
    }

    async fn article_get(&self, _: Id, request: Get<ArticleId>) -> Result<ArticleView, Error> {
        let base = self.base()?;
        let article = base.articles.iter().find(|a| a.id == request.id).ok_or(Error::from(Code::NotFound))?;
        let structure = self.structure()?;
        let owner = structure.structure.group(&article.owner);
        Ok(ArticleView {
            article: article.clone(),
            owner_name: owner.map(|g| g.name.clone()).unwrap_or_default(),
        })
    }

    async fn script_get(&self, _: Id, request: Get<CallScriptId>) -> Result<ScriptView, Error> {
        let base = self.base()?;
        let script = base.scripts.iter().find(|s| s.id == request.id).ok_or(Error::from(Code::NotFound))?;
        Ok(ScriptView { script: script.clone() })
    }

    async fn checklist_get(&self, _: Id, request: Get<ChecklistId>) -> Result<ChecklistView, Error> {
        let base = self.base()?;
        let checklist =
            base.checklists.iter().find(|c| c.id == request.id).ok_or(Error::from(Code::NotFound))?;
        Ok(ChecklistView { checklist: checklist.clone() })
    }

    async fn handoff_preview(&self, _: Id, request: PreviewHandoff) -> Result<HandoffPreview, Error> {
        let structure = self.structure()?;
        let preview = handoff::preview(
            &structure.structure,
            &request.text,
            request.group.as_ref(),
            request.include,
            self.now(),
        );
        preview.map_err(|error| {
            let code = match error {
                NoPreview::UnknownCaseType | NoPreview::UnknownGroup => Code::NotFound,
                NoPreview::Hours(_) => Code::Invalid,
            };
            Error::new(code, error.to_string())
        })
    }

    async fn answer_draft(&self, _: Id, request: GetCase) -> Result<AnswerDraft, Error> {
        let kept = self.store()?.answer(&self.owner()?, request.case_id).await?;
        Ok(kept.unwrap_or_else(|| AnswerDraft::none(request.case_id)))
    }

    async fn keep_answer_draft(&self, _: Id, request: AnswerDraft) -> Result<Nothing, Error> {
        if request.answer.expose().len() + request.reason.expose().len() > DRAFT_BYTES {
            return Err(Code::TooLarge.into());
        }
        self.store()?.keep_answer(&self.owner()?, request, self.now()).await?;
        Ok(Nothing {})
    }

    async fn pass_on(&self, info: &'static CommandInfo, call: Call) -> Result<Value, Error> {
        if info.name == AgentSet::INFO.name && asks_for_calls(&call) {
            self.takes_calls().await?;
        }
        let sent = sends_an_answer(info, &call);
        let reply = self.send(info, call).await?;
        if let Some(case) = sent {
            self.answer_was_sent(case).await;
        }
        Ok(reply)
    }
}
