//! The service answers every command of the contract that is not the desk's own.

use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::agents::{AgentView, Prolong, QueueStatus, SetAgentState};
use contract::cases::{
    AcknowledgeAlarm, AnswerCase, AnswerDraft, AskAboutCase, AssignCase, CaseAt, CasePage, CaseView,
    ConfirmCase, CustomerMatch, GetCase, GiveBackCase, HandOffCase, HandoffReply, InformOfCase, ListCases,
    ListReturns, MatchCustomer, ParkCase, PreviewHandoff, RegisterCase, RegisterReply, ReopenCase,
    ReplyToQuestion, ReturnList, RewriteCase, UndoHandoff, WithdrawQuestion,
};
use contract::knowledge::{
    ArticleView, ChecklistView, Get, KnowledgeReply, KnowledgeSince, ScriptView, StructureReply, Suggest,
    Suggestions,
};
use contract::phone::PhoneAccount;
use contract::session::{Handshake, Hello, Me, OfficerAccess, OfficerOf, SignIn};
use contract::{Code, Error, Nothing, ServiceHost};
use domain::handoff::HandoffPreview;
use domain::{ArticleId, CallScriptId, ChecklistId, CommandId};
use exchange::AgentPhone;
use store::Door;

type Id = Option<CommandId>;
type Answer<R> = Result<R, Error>;

impl ServiceHost for Core {
    type Caller = Caller;

    async fn handshake(&self, _: &Caller, _: Id, request: Hello) -> Answer<Handshake> {
        self.shake_hands(request)
    }
    async fn sign_in(&self, caller: &Caller, _: Id, request: SignIn) -> Answer<Me> {
        Self::sign_in(self, caller, request).await
    }
    async fn sign_out(&self, caller: &Caller, _: Id, _: Nothing) -> Answer<Nothing> {
        Self::sign_out(self, caller).await
    }
    async fn me(&self, caller: &Caller, _: Id, _: Nothing) -> Answer<Me> {
        Ok(self.me_of(caller.user()?))
    }

    async fn structure_get(&self, _: &Caller, _: Id, _: Nothing) -> Answer<StructureReply> {
        let current = self.reference.now();
        Ok(StructureReply { version: current.version, structure: current.structure.clone() })
    }
    async fn knowledge_suggest(&self, _: &Caller, _: Id, request: Suggest) -> Answer<Suggestions> {
        if request.limit.is_some_and(|limit| !(1..=50).contains(&limit)) {
            return Err(failure::invalid("limit is 1–50"));
        }
        self.reference.suggest(request).await
    }
    async fn article_get(&self, _: &Caller, _: Id, request: Get<ArticleId>) -> Answer<ArticleView> {
        let current = self.reference.now();
        let article = current.knowledge.articles.iter().find(|article| article.id == request.id);
        let article = article.ok_or(Code::NotFound)?.clone();
        let owner = current.structure.group(&article.owner).map(|group| group.name.clone());
        Ok(ArticleView { owner_name: owner.unwrap_or_default(), article })
    }
    async fn script_get(&self, _: &Caller, _: Id, request: Get<CallScriptId>) -> Answer<ScriptView> {
        let current = self.reference.now();
        let script = current.knowledge.scripts.iter().find(|script| script.id == request.id);
        Ok(ScriptView { script: script.ok_or(Code::NotFound)?.clone() })
    }
    async fn checklist_get(&self, _: &Caller, _: Id, request: Get<ChecklistId>) -> Answer<ChecklistView> {
        let current = self.reference.now();
        let list = current.knowledge.checklists.iter().find(|list| list.id == request.id);
        Ok(ChecklistView { checklist: list.ok_or(Code::NotFound)?.clone() })
    }
    async fn knowledge_get(&self, _: &Caller, _: Id, request: KnowledgeSince) -> Answer<KnowledgeReply> {
        let current = self.reference.now();
        let newer = request.version != Some(current.version);
        Ok(KnowledgeReply {
            version: current.version,
            as_of: current.as_of,
            knowledge: newer.then(|| current.knowledge.clone()),
        })
    }

    async fn phone_account(&self, caller: &Caller, _: Id, _: Nothing) -> Answer<PhoneAccount> {
        // The password is for the agent's own desk; no page in a browser gets it.
        let (session, user) = caller.signed_in.as_ref().ok_or(Code::Unauthenticated)?;
        if session.door != Door::Desk {
            return Err(Code::Forbidden.into());
        }
        let phone = user.phone.clone().and_then(|phone| AgentPhone::new(phone).ok());
        let exchange = self.exchange.as_ref().ok_or(Code::NotFound)?;
        let account = phone.and_then(|phone| exchange.phone_account(&phone)).ok_or(Code::NotFound)?;
        Ok(PhoneAccount {
            server: account.server,
            proxy: account.proxy,
            transport: account.transport,
            encryption: account.encryption,
            keys: account.keys,
            authorities: account.authorities,
            echo: account.echo,
            user: account.user,
            password: account.secret,
            display: user.name.clone(),
        })
    }
    async fn agent_state(&self, caller: &Caller, _: Id, _: Nothing) -> Answer<AgentView> {
        self.agent_view(caller).await
    }
    async fn agent_set(&self, caller: &Caller, id: Id, request: SetAgentState) -> Answer<AgentView> {
        self.set_agent(caller, id, request).await
    }
    async fn agent_prolong(&self, caller: &Caller, id: Id, request: Prolong) -> Answer<AgentView> {
        self.prolong(caller, id, request).await
    }
    async fn agent_finish(&self, caller: &Caller, id: Id, _: Nothing) -> Answer<AgentView> {
        self.finish(caller, id).await
    }
    async fn queues_list(&self, _: &Caller, _: Id, _: Nothing) -> Answer<Vec<QueueStatus>> {
        let now = self.now();
        self.queues.follow(&*self.store, now).await.map_err(failure::store)?;
        Ok(self.queues.all(&self.reference.now().structure, now))
    }
    async fn practice_next(&self, _: &Caller, _: Id, _: Nothing) -> Answer<Nothing> {
        let exchange = self.exchange.as_ref().ok_or(Code::WrongState)?;
        exchange.practice_next().await.map(|()| Nothing {}).map_err(failure::exchange)
    }
    async fn practice_officer(&self, caller: &Caller, _: Id, request: OfficerOf) -> Answer<OfficerAccess> {
        self.become_officer(caller, &request.group).await
    }

    async fn customer_match(&self, caller: &Caller, _: Id, request: MatchCustomer) -> Answer<CustomerMatch> {
        self.match_customer(caller, request).await
    }
    async fn case_register(&self, caller: &Caller, id: Id, request: RegisterCase) -> Answer<RegisterReply> {
        self.register(caller, id, request).await
    }
    async fn case_get(&self, caller: &Caller, _: Id, request: GetCase) -> Answer<CaseView> {
        self.get_case(caller, request).await
    }
    async fn cases_list(&self, caller: &Caller, _: Id, request: ListCases) -> Answer<CasePage> {
        self.list(caller, request).await
    }
    async fn returns_list(&self, caller: &Caller, _: Id, request: ListReturns) -> Answer<ReturnList> {
        self.list_returns(caller, request).await
    }
    async fn handoff_preview(&self, _: &Caller, _: Id, request: PreviewHandoff) -> Answer<HandoffPreview> {
        self.preview(&request)
    }
    async fn answer_draft(&self, caller: &Caller, _: Id, request: GetCase) -> Answer<AnswerDraft> {
        Self::answer_draft(self, caller, request).await
    }
    async fn keep_answer_draft(&self, caller: &Caller, _: Id, request: AnswerDraft) -> Answer<Nothing> {
        Self::keep_answer_draft(self, caller, request).await
    }
    async fn handoff_send(&self, caller: &Caller, id: Id, request: HandOffCase) -> Answer<HandoffReply> {
        self.hand_off(caller, id, request).await
    }
    async fn handoff_undo(&self, caller: &Caller, id: Id, request: UndoHandoff) -> Answer<HandoffReply> {
        self.undo(caller, id, request).await
    }
    async fn case_accept(&self, caller: &Caller, id: Id, request: CaseAt) -> Answer<CaseView> {
        self.accept(caller, id, request).await
    }
    async fn case_take_back(&self, caller: &Caller, id: Id, request: CaseAt) -> Answer<CaseView> {
        self.take_back(caller, id, request).await
    }
    async fn case_renew_link(&self, caller: &Caller, id: Id, request: CaseAt) -> Answer<CaseView> {
        self.renew_link(caller, id, request).await
    }
    async fn case_assign(&self, caller: &Caller, id: Id, request: AssignCase) -> Answer<CaseView> {
        self.assign(caller, id, request).await
    }
    async fn case_ask(&self, caller: &Caller, id: Id, request: AskAboutCase) -> Answer<CaseView> {
        self.ask(caller, id, request).await
    }
    async fn case_reply(&self, caller: &Caller, id: Id, request: ReplyToQuestion) -> Answer<CaseView> {
        self.reply_to(caller, id, request).await
    }
    async fn case_withdraw(&self, caller: &Caller, id: Id, request: WithdrawQuestion) -> Answer<CaseView> {
        self.withdraw(caller, id, request).await
    }
    async fn case_inform(&self, caller: &Caller, id: Id, request: InformOfCase) -> Answer<CaseView> {
        self.inform(caller, id, request).await
    }
    async fn case_give_back(&self, caller: &Caller, id: Id, request: GiveBackCase) -> Answer<CaseView> {
        self.give_back(caller, id, request).await
    }
    async fn case_answer(&self, caller: &Caller, id: Id, request: AnswerCase) -> Answer<CaseView> {
        self.answer(caller, id, request).await
    }
    async fn case_rewrite(&self, caller: &Caller, id: Id, request: RewriteCase) -> Answer<CaseView> {
        self.rewrite(caller, id, request).await
    }
    async fn case_confirm(&self, caller: &Caller, id: Id, request: ConfirmCase) -> Answer<CaseView> {
        self.confirm(caller, id, request).await
    }
    async fn case_park(&self, caller: &Caller, id: Id, request: ParkCase) -> Answer<CaseView> {
        self.park(caller, id, request).await
    }
    async fn case_reopen(&self, caller: &Caller, id: Id, request: ReopenCase) -> Answer<CaseView> {
        self.reopen(caller, id, request).await
    }
    async fn case_acknowledge(&self, caller: &Caller, id: Id, request: AcknowledgeAlarm) -> Answer<CaseView> {
        self.acknowledge(caller, id, request).await
    }
    async fn case_close(&self, caller: &Caller, id: Id, request: CaseAt) -> Answer<CaseView> {
        self.close(caller, id, request).await
    }
}
