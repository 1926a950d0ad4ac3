//! What somebody writes of a case and has not sent: for a browser, which keeps nothing on its own disk. Its
//! writer alone reads it, and only while they may see the case.

use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::cases::{AnswerDraft, GetCase};
use contract::{Code, Error, Nothing};
use domain::Personal;

/// The longest answer and reason together, characters.
const LONGEST: usize = 40_000;

impl Core {
    /// Answers `cases.answer_draft`.
    pub(crate) async fn answer_draft(&self, caller: &Caller, asked: GetCase) -> Result<AnswerDraft, Error> {
        let actor = caller.actor()?;
        self.visible(asked.case_id, &actor).await?;
        let kept = self.store.answer_draft(actor.user, asked.case_id).await.map_err(failure::store)?;
        let none = || AnswerDraft::none(asked.case_id);
        let Some(kept) = kept else { return Ok(none()) };
        // One that a later release wrote stays as it is until something else is written.
        Ok(serde_json::from_str(kept.expose()).unwrap_or_else(|_| none()))
    }

    /// Answers `cases.keep_answer_draft`. The same again leaves the same: no receipt is kept.
    pub(crate) async fn keep_answer_draft(
        &self,
        caller: &Caller,
        draft: AnswerDraft,
    ) -> Result<Nothing, Error> {
        let actor = caller.actor()?;
        if draft.answer.expose().chars().count() + draft.reason.expose().chars().count() > LONGEST {
            return Err(Code::TooLarge.into());
        }
        self.visible(draft.case_id, &actor).await?;
        let text = serde_json::to_string(&draft).map_err(|_| Error::from(Code::Internal))?;
        let text = Some(Personal::new(text)).filter(|_| !draft.is_empty());
        let kept = self.store.put_answer_draft(actor.user, draft.case_id, text, self.now()).await;
        kept.map(|()| Nothing {}).map_err(failure::store)
    }
}
