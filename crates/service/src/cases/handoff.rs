//! Handoff of a case: previewed, and sent.

use super::load::LoadedCase;
use crate::caller::{Caller, Done};
use crate::core::{Asked, Core};
use contract::cases::{HandOffCase, HandoffReply, PreviewHandoff, SendHandoff};
use contract::{Code, Error};
use domain::CommandId;
use domain::case::CaseEvent;
use domain::handoff::{CaseText, HandoffPreview, NoPreview, UNDO_MILLIS, preview};
use domain::structure::Required;
use domain::{ResponseGroupId, Timestamp};
use store::Commit;

impl Core {
    /// Answers `handoff.preview`.
    pub(crate) fn preview(&self, request: &PreviewHandoff) -> Result<HandoffPreview, Error> {
        self.preview_of(&request.text, request.group.as_ref(), request.include)
    }

    fn preview_of(
        &self,
        text: &CaseText,
        group: Option<&ResponseGroupId>,
        include: Option<domain::handoff::Include>,
    ) -> Result<HandoffPreview, Error> {
        let refused = |error: NoPreview| Error::new(Code::Invalid, error.to_string());
        preview(&self.reference.now().structure, text, group, include, self.now()).map_err(refused)
    }

    /// The event that sends a handoff. The group can take it from now on, and so can the agent undo it (rules.md
    /// 2); the customer has waited for the answer since it was made.
    pub(crate) fn sent(
        &self,
        text: &CaseText,
        handoff: &SendHandoff,
        done: Done,
    ) -> Result<(CaseEvent, Due), Error> {
        let structure = &self.reference.now().structure;
        let counted_from = |at| {
            preview(structure, text, handoff.group.as_ref(), Some(handoff.include), at)
                .map_err(|error| Error::new(Code::Invalid, error.to_string()))
        };
        let preview = counted_from(done.at)?;
        let receipt = match done.heard_at {
            Some(heard) => counted_from(heard)?.receipt,
            None => preview.receipt,
        };
        if !preview.missing.is_empty() {
            let missing: Vec<String> =
                preview.missing.into_iter().map(|required: Required| required.into()).collect();
            return Err(Error::new(Code::Missing, missing.join(" ")));
        }
        let due = Due { leaves_at: self.now().plus_millis(UNDO_MILLIS), response: preview.response.due };
        let event = CaseEvent::HandoffSent {
            handoff: handoff.id,
            group: preview.group,
            leaves_at: due.leaves_at,
            receipt_due: receipt.due,
            response_due: due.response,
            resolution_due: preview.resolution.due,
            include: handoff.include,
            after: handoff.after,
        };
        Ok((event, due))
    }

    /// Answers `handoff.send`.
    pub(crate) async fn hand_off(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: HandOffCase,
    ) -> Result<HandoffReply, Error> {
        match self.hand_off_once(caller, id, request).await {
            Ok(reply) => Ok(reply),
            Err(refused) => self.asked_again(caller, id, refused).await,
        }
    }

    async fn hand_off_once(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: HandOffCase,
    ) -> Result<HandoffReply, Error> {
        let key = match self.asked(caller, id).await? {
            Asked::Before(reply) => return Ok(reply),
            Asked::First(key) => key,
        };
        let actor = caller.actor()?;
        let case = self.at_version(request.case, &actor).await?;
        case.check_handoff(&actor)?;
        if case.handoffs.iter().any(|known| known.id == request.handoff.id) {
            return Err(Code::Conflict.into());
        }
        let loaded = LoadedCase::load(self, case, Vec::new()).await?;
        let done = caller.done(self.now());
        let (event, due) = self.sent(&loaded.case_text(), &request.handoff, done)?;
        let (loaded, append) = self.appended_at(done, loaded.case, &actor, vec![event], Vec::new()).await?;
        let reply = HandoffReply {
            version: loaded.case.version,
            leaves_at: Some(due.leaves_at),
            response_due: Some(due.response),
            queued: false,
        };
        let commit = Commit { receipt: Some(key.receipt(&reply)?), cases: vec![append], ..Commit::default() };
        self.commit(commit, reply).await
    }
}

/// What the agent is told of a handoff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) leaves_at: Timestamp,
    pub(crate) response: Timestamp,
}
