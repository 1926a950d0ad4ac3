//! One step of a case: read at a version, decided by the domain, written with its receipt.

use super::load::LoadedCase;
use crate::caller::Caller;
use crate::core::{Asked, Core};
use crate::failure;
use contract::cases::{AnswerCase, CaseAt, CaseView, GetCase, GiveBackCase, HandoffReply, UndoHandoff};
use contract::{Code, Error};
use domain::case::{Case, CaseEvent, Recorded, Refusal, TextKind};
use domain::rights::Actor;
use domain::{CommandId, Personal, TextId};
use store::{CaseAppend, Commit, Committed, Text};

/// The longest answer or reason, characters.
const LONGEST_TEXT: usize = 20_000;

impl Core {
    /// Answers `cases.accept`.
    pub(crate) async fn accept(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        self.step(caller, id, at, None, |case, actor, _| case.accept(actor)).await
    }

    /// Answers `cases.close`.
    pub(crate) async fn close(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        self.step(caller, id, at, None, |case, actor, _| case.close(actor)).await
    }

    /// Answers `cases.give_back`.
    pub(crate) async fn give_back(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: GiveBackCase,
    ) -> Result<CaseView, Error> {
        let reason = (TextKind::Reason, request.reason.clone());
        self.step(caller, id, request.case, Some(reason), |case, actor, text| {
            case.give_back(actor, text, request.reason.expose())
        })
        .await
    }

    /// Answers `cases.answer`.
    pub(crate) async fn answer(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AnswerCase,
    ) -> Result<CaseView, Error> {
        let answer = (TextKind::Answer, request.text.clone());
        self.step(caller, id, request.case, Some(answer), |case, actor, text| {
            case.answer(actor, text, request.text.expose(), request.channel)
        })
        .await
    }

    async fn step(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
        text: Option<(TextKind, Personal<String>)>,
        decide: impl FnOnce(&Case, &Actor, TextId) -> Result<CaseEvent, Refusal> + Send,
    ) -> Result<CaseView, Error> {
        match self.step_once(caller, id, at, text, decide).await {
            Ok(Some(view)) => Ok(view),
            // Done before: as it is now, for who may see it now, and the look is kept.
            Ok(None) => self.get_case(caller, GetCase { case_id: at.case_id }).await,
            Err(refused) => match self.asked_again::<CaseAt>(caller, id, refused).await {
                Ok(done) => self.get_case(caller, GetCase { case_id: done.case_id }).await,
                Err(refused) => Err(refused),
            },
        }
    }

    /// The view after the step; `None` when the command was done before. The receipt holds no text.
    async fn step_once(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
        text: Option<(TextKind, Personal<String>)>,
        decide: impl FnOnce(&Case, &Actor, TextId) -> Result<CaseEvent, Refusal> + Send,
    ) -> Result<Option<CaseView>, Error> {
        let key = match self.asked::<CaseAt>(caller, id).await? {
            Asked::Before(_) => return Ok(None),
            Asked::First(key) => key,
        };
        if text.as_ref().is_some_and(|(_, text)| text.expose().chars().count() > LONGEST_TEXT) {
            return Err(Code::TooLarge.into());
        }
        let actor = caller.actor()?;
        let case = self.at_version(at, &actor).await?;
        let text_id = TextId::new(self.now(), self.random()?);
        let event = decide(&case, &actor, text_id)?;
        // What was being written of the case has been said by this.
        let sent_drafts = text.iter().map(|_| (actor.user, at.case_id)).collect();
        let texts = text.map(|(kind, text)| Text { id: text_id, kind, text }).into_iter().collect();
        let (loaded, append) = self.appended(case, &actor, vec![event], texts).await?;
        let mut events = self.store.case_events(at.case_id).await.map_err(failure::store)?;
        events.truncate(usize::try_from(at.version).unwrap_or(usize::MAX));
        events.extend(append.events.iter().cloned());
        let view = self.view(&loaded, &events, &actor).await?;
        let looks = self.look(&loaded, &actor).into_iter().collect();
        let done = CaseAt { case_id: at.case_id, version: loaded.case.version };
        let receipt = Some(key.receipt(&done)?);
        let commit = Commit { receipt, cases: vec![append], looks, sent_drafts, ..Commit::default() };
        match self.store.commit(commit).await.map_err(failure::store)? {
            Committed::Done(_) => Ok(Some(view)),
            Committed::Repeated(_) => Ok(None),
        }
    }

    /// The case at the version that was read.
    pub(crate) async fn at_version(&self, at: CaseAt, actor: &Actor) -> Result<Case, Error> {
        let case = self.visible(at.case_id, actor).await?;
        if case.version == at.version { Ok(case) } else { Err(Code::Stale.into()) }
    }

    /// The case after `events` by `actor`, and what is to be written for them.
    pub(crate) async fn appended(
        &self,
        mut case: Case,
        actor: &Actor,
        events: Vec<CaseEvent>,
        texts: Vec<Text>,
    ) -> Result<(LoadedCase, CaseAppend), Error> {
        let (case_id, expected, at) = (case.id, case.version, self.now());
        let recorded = |event| Recorded { at, by: Some(actor.user), event };
        let events: Vec<Recorded> = events.into_iter().map(recorded).collect();
        let follows = events.iter().try_for_each(|event| case.apply(event));
        follows.ok_or_else(|| failure::internal("a decided event does not follow"))?;
        let loaded = LoadedCase::load(self, case, texts.clone()).await?;
        Ok((loaded, CaseAppend { case_id, expected, events, texts, phone: None }))
    }

    /// Answers `handoff.undo`.
    pub(crate) async fn undo(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: UndoHandoff,
    ) -> Result<HandoffReply, Error> {
        match self.undo_once(caller, id, request).await {
            Ok(reply) => Ok(reply),
            Err(refused) => self.asked_again(caller, id, refused).await,
        }
    }

    async fn undo_once(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: UndoHandoff,
    ) -> Result<HandoffReply, Error> {
        let key = match self.asked(caller, id).await? {
            Asked::Before(reply) => return Ok(reply),
            Asked::First(key) => key,
        };
        let actor = caller.actor()?;
        let case = self.visible(request.case_id, &actor).await?;
        let event = case.undo_handoff(&actor, request.handoff, self.now())?;
        let (loaded, append) = self.appended(case, &actor, vec![event], Vec::new()).await?;
        let reply =
            HandoffReply { version: loaded.case.version, leaves_at: None, response_due: None, queued: false };
        let commit = Commit { receipt: Some(key.receipt(&reply)?), cases: vec![append], ..Commit::default() };
        match self.commit(commit, reply).await {
            // The clock was faster: it has left.
            Err(error) if error.code == Code::Stale => Err(Code::TooLate.into()),
            outcome => outcome,
        }
    }
}
