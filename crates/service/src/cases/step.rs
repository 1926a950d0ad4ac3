//! One step of a case: read at a version, decided by the domain, written with its receipt.

use super::load::LoadedCase;
use crate::caller::{Caller, Done};
use crate::core::{Asked, Core};
use crate::failure;
use contract::cases::{CaseAt, CaseView, GetCase, HandoffReply, UndoHandoff};
use contract::{Code, Error};
use domain::case::{Case, CaseEvent, CaseStatus, Recorded, Refusal, TextKind};
use domain::customer::Customer;
use domain::phone_number::PhoneNumber;
use domain::rights::Actor;
use domain::{CommandId, Personal, TextId};
use store::{CaseAppend, Commit, Committed, Text};

/// The longest line and the longest other text, characters.
const LONGEST_LINE: usize = 1_000;
const LONGEST_TEXT: usize = 20_000;

/// The side rows that a step points to; those that are empty are none.
#[derive(Default)]
pub(super) struct Written {
    pub(super) texts: Vec<(TextKind, Personal<String>)>,
    /// A customer who was not known before.
    pub(super) customer: Option<Customer>,
    /// The number that the case is found by from here.
    pub(super) phone: Option<PhoneNumber>,
    /// What was being written of the case has been said by this.
    pub(super) said: bool,
}

impl Written {
    pub(super) fn none() -> Self {
        Self::default()
    }

    pub(super) fn said() -> Self {
        Self { said: true, ..Self::default() }
    }

    pub(super) fn one(kind: TextKind, text: &Personal<String>) -> Self {
        let said = matches!(kind, TextKind::Answer | TextKind::Reason);
        Self { texts: vec![(kind, text.clone())], said, ..Self::default() }
    }

    /// What is asked, or answered to it.
    pub(super) fn asking(kind: TextKind, text: &Personal<String>) -> Self {
        Self { texts: vec![(kind, text.clone())], said: true, ..Self::default() }
    }

    fn too_long(&self) -> bool {
        let most = |kind: &TextKind| match kind {
            TextKind::Subject | TextKind::Place | TextKind::Field => LONGEST_LINE,
            _ => LONGEST_TEXT,
        };
        self.texts.iter().any(|(kind, text)| text.expose().chars().count() > most(kind))
    }
}

/// The id of a step's side row.
pub(super) fn id_of(texts: &[Text], kind: TextKind) -> Option<TextId> {
    texts.iter().find(|text| text.kind == kind).map(|text| text.id)
}

impl Core {
    /// Answers `cases.accept`.
    pub(crate) async fn accept(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        self.step(caller, id, at, Written::none(), |case, actor, _| case.accept(actor)).await
    }

    /// Answers `cases.close`.
    pub(crate) async fn close(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        self.step(caller, id, at, Written::none(), |case, actor, _| case.close(actor)).await
    }

    /// Answers `cases.take_back`.
    pub(crate) async fn take_back(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        let reference = self.reference.now();
        let decide = |case: &Case, actor: &Actor, _: &[Text]| case.take_back(actor, &reference.structure);
        self.step(caller, id, at, Written::none(), decide).await
    }

    /// Answers `cases.renew_link`.
    pub(crate) async fn renew_link(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
    ) -> Result<CaseView, Error> {
        let (reference, now) = (self.reference.now(), self.now());
        let decide =
            |case: &Case, actor: &Actor, _: &[Text]| case.renew_link(actor, &reference.structure, now);
        self.step(caller, id, at, Written::none(), decide).await
    }

    pub(super) async fn step(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        at: CaseAt,
        written: Written,
        decide: impl FnOnce(&Case, &Actor, &[Text]) -> Result<CaseEvent, Refusal> + Send,
    ) -> Result<CaseView, Error> {
        match self.step_once(caller, id, at, written, decide).await {
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
        written: Written,
        decide: impl FnOnce(&Case, &Actor, &[Text]) -> Result<CaseEvent, Refusal> + Send,
    ) -> Result<Option<CaseView>, Error> {
        let key = match self.asked::<CaseAt>(caller, id).await? {
            Asked::Before(_) => return Ok(None),
            Asked::First(key) => key,
        };
        if written.too_long() {
            return Err(Code::TooLarge.into());
        }
        let actor = caller.actor()?;
        let case = self.at_version(at, &actor).await?;
        let sent_drafts = written.said.then_some((actor.user, at.case_id)).into_iter().collect();
        let mut texts = Vec::with_capacity(written.texts.len());
        for (kind, text) in written.texts {
            texts.push(Text { id: TextId::new(self.now(), self.random()?), kind, text });
        }
        let event = decide(&case, &actor, &texts)?;
        let before = case.status;
        let (mut loaded, mut append) = self.appended(case, &actor, vec![event], texts).await?;
        append.phone = written.phone;
        // Not written yet, so not read: what is protected is masked in this reply too.
        loaded.customer = loaded.customer.or_else(|| written.customer.clone());
        let mut events = self.store.case_events(at.case_id).await.map_err(failure::store)?;
        events.truncate(usize::try_from(at.version).unwrap_or(usize::MAX));
        events.extend(append.events.iter().cloned());
        let view = self.view(&loaded, &events, &actor).await?;
        let looks = self.look(&loaded, &actor).into_iter().collect();
        let done = CaseAt { case_id: at.case_id, version: loaded.case.version };
        let receipt = Some(key.receipt(&done)?);
        let customers = written.customer.into_iter().collect();
        // The customer is not satisfied, or the letter got lost: a group that works by links needs a new one.
        let lost =
            matches!(append.events.last(), Some(Recorded { event: CaseEvent::LinkRenewed { .. }, .. }));
        let again = lost || before == CaseStatus::Confirming;
        let letters = if again { self.link_again(&loaded.case).await? } else { None };
        let letters = letters.into_iter().collect();
        let cases = vec![append];
        let commit = Commit { receipt, cases, looks, sent_drafts, customers, letters, ..Commit::default() };
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
        case: Case,
        actor: &Actor,
        events: Vec<CaseEvent>,
        texts: Vec<Text>,
    ) -> Result<(LoadedCase, CaseAppend), Error> {
        let now = Done { at: self.now(), heard_at: None };
        self.appended_at(now, case, actor, events, texts).await
    }

    /// The same, of what may have been done without the network.
    pub(crate) async fn appended_at(
        &self,
        done: Done,
        mut case: Case,
        actor: &Actor,
        events: Vec<CaseEvent>,
        texts: Vec<Text>,
    ) -> Result<(LoadedCase, CaseAppend), Error> {
        let (case_id, expected) = (case.id, case.version);
        let recorded = |event| done.recorded(actor.user, event);
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
