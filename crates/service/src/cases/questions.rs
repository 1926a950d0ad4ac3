//! What is asked about a case while it stays where it is, and whom it is told to for information.

use super::load::LoadedCase;
use super::sight::Sight;
use super::step::{Written, id_of};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{
    AskAboutCase, AskWhom, CaseView, InformOfCase, QuestionView, ReplyToQuestion, WithdrawQuestion,
};
use domain::case::{Asked, Case, Question, Refusal, TextKind, opinion_due};
use domain::rights::Actor;
use domain::{CommandId, QuestionId, ResponseGroupId};

impl Core {
    /// Answers `cases.ask`.
    pub(crate) async fn ask(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AskAboutCase,
    ) -> Result<CaseView, Error> {
        let actor = caller.actor()?;
        let case = self.visible(request.case.case_id, &actor).await?;
        if let AskWhom::Group(group) = &request.whom {
            self.works_inside(group).await?;
        }
        let of = self.asked_of(&case, &actor, &request)?;
        let (now, question) = (self.now(), QuestionId::new(self.now(), self.random()?));
        let written = Written::asking(TextKind::Question, &request.text);
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let text = id_of(texts, TextKind::Question).ok_or(Refusal::TextMissing)?;
            case.ask(actor, question, of, (text, request.text.expose()), now)
        })
        .await
    }

    fn asked_of(&self, case: &Case, actor: &Actor, request: &AskAboutCase) -> Result<Asked, Error> {
        let group = match &request.whom {
            AskWhom::Customer => return Ok(Asked::Customer),
            AskWhom::Front => return Ok(Asked::Front),
            AskWhom::Group(group) => group.clone(),
        };
        let structure = &self.reference.now().structure;
        let known = structure.group(&group).ok_or_else(|| failure::invalid("no such response group"))?;
        let due = opinion_due(request.by, &known.hours, self.now());
        let due = due.ok_or_else(|| failure::invalid("no such day"))?;
        let include = case.goes_along(actor, structure, &group, request.include);
        Ok(Asked::Group { group, include, due })
    }

    /// Of those who would not read it nothing is asked, and they are told nothing: a group outside the system, or without case officers.
    async fn works_inside(&self, group: &ResponseGroupId) -> Result<(), Error> {
        let reference = self.reference.now();
        let known = reference.structure.group(group).filter(|known| !known.outside);
        let known = known.ok_or_else(|| failure::invalid("no response group of this system"))?;
        let users = self.store.users().await.map_err(failure::store)?;
        let read = users.iter().any(|user| user.active && user.actor().officer_of(&known.id));
        if read { Ok(()) } else { Err(failure::invalid("the group has no case officers")) }
    }

    /// Answers `cases.reply`.
    pub(crate) async fn reply_to(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: ReplyToQuestion,
    ) -> Result<CaseView, Error> {
        let (reference, now) = (self.reference.now(), self.now());
        let written = Written::asking(TextKind::Reply, &request.text);
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let text = id_of(texts, TextKind::Reply).ok_or(Refusal::TextMissing)?;
            let group = case.current_handoff().and_then(|handoff| reference.structure.group(&handoff.group));
            let hours = group.map(|group| &group.hours);
            case.reply(actor, request.question, (text, request.text.expose()), hours, now)
        })
        .await
    }

    /// Answers `cases.withdraw`.
    pub(crate) async fn withdraw(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: WithdrawQuestion,
    ) -> Result<CaseView, Error> {
        let (reference, now) = (self.reference.now(), self.now());
        let written = Written::asking(TextKind::Reason, &request.reason);
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let reason = id_of(texts, TextKind::Reason).ok_or(Refusal::TextMissing)?;
            let group = case.current_handoff().and_then(|handoff| reference.structure.group(&handoff.group));
            let hours = group.map(|group| &group.hours);
            case.withdraw(actor, request.question, (reason, request.reason.expose()), hours, now)
        })
        .await
    }

    /// Answers `cases.inform`.
    pub(crate) async fn inform(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: InformOfCase,
    ) -> Result<CaseView, Error> {
        let reference = self.reference.now();
        let structure = &reference.structure;
        self.works_inside(&request.group).await?;
        self.step(caller, id, request.case, Written::none(), |case, actor, _| {
            let include = case.goes_along(actor, structure, &request.group, request.include);
            case.inform(actor, &request.group, include)
        })
        .await
    }
}

/// What the reader may see of what was asked.
pub(super) fn questions(loaded: &LoadedCase, actor: &Actor, sight: &Sight) -> Vec<QuestionView> {
    let case = &loaded.case;
    let view = |question: &Question| {
        let seen = sight.sees_words(case, question);
        let text = |id| loaded.text(id).filter(|_| seen);
        let due = match &question.of {
            Asked::Group { due, .. } => Some(*due),
            Asked::Customer | Asked::Front => None,
        };
        QuestionView {
            id: question.id,
            waits_for: question.of.waits_for(),
            group: question.group().cloned(),
            due,
            at: question.at,
            by: question.by.map(|user| loaded.name(user)).unwrap_or_default(),
            text: text(question.text),
            reply: question.reply.and_then(|reply| text(reply.text)),
            replied_at: question.reply.map(|reply| reply.at),
            replied_by: question.reply.and_then(|reply| reply.by).map(|user| loaded.name(user)),
            can_reply: case.check_reply(actor, question.id).is_ok(),
            withdrawn: question.withdrawn.and_then(text),
            can_withdraw: case.check_withdraw(actor, question.id).is_ok(),
        }
    };
    case.questions.iter().filter(|question| sight.sees_question(case, question)).map(view).collect()
}
