//! The end of a case: answered, confirmed by the customer, and reopened.

use super::step::{Written, id_of};
use crate::caller::Caller;
use crate::core::Core;
use contract::Error;
use contract::cases::{AnswerCase, CaseView, ConfirmCase, ReopenCase};
use domain::CommandId;
use domain::case::{AfterAnswer, Refusal, TextKind};

impl Core {
    /// Answers `cases.answer`.
    pub(crate) async fn answer(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AnswerCase,
    ) -> Result<CaseView, Error> {
        let written = Written::one(TextKind::Answer, &request.text);
        let (reference, now) = (self.reference.now(), self.now());
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let text = id_of(texts, TextKind::Answer).ok_or(Refusal::TextMissing)?;
            let then = AfterAnswer::of(case, actor, &reference.structure, now);
            case.answer(actor, text, request.text.expose(), request.channel, then)
        })
        .await
    }

    /// Answers `cases.confirm`.
    pub(crate) async fn confirm(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: ConfirmCase,
    ) -> Result<CaseView, Error> {
        let Some(reason) = request.not_satisfied else {
            return self
                .step(caller, id, request.case, Written::none(), |case, actor, _| case.confirm(actor, None))
                .await;
        };
        let written = Written::one(TextKind::Reason, &reason);
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let id = id_of(texts, TextKind::Reason).ok_or(Refusal::TextMissing)?;
            case.confirm(actor, Some((id, reason.expose())))
        })
        .await
    }

    /// Answers `cases.reopen`.
    pub(crate) async fn reopen(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: ReopenCase,
    ) -> Result<CaseView, Error> {
        let written = Written::one(TextKind::Reason, &request.reason);
        self.step(caller, id, request.case, written, |case, actor, texts| {
            let id = id_of(texts, TextKind::Reason).ok_or(Refusal::TextMissing)?;
            case.reopen(actor, id, request.reason.expose())
        })
        .await
    }
}
