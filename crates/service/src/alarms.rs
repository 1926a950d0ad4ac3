//! Alarms: raised in time by the clock, seen by name.
//!
//! What is due is read from the store and decided by the domain, for the version that was read; the store raises
//! each once. So neither a restart nor a second instance misses one or raises it twice.

use crate::caller::Caller;
use crate::cases::sight;
use crate::core::{Asked, Core};
use crate::failure;
use contract::cases::{AcknowledgeAlarm, CaseAt, CaseView, GetCase};
use contract::{Code, Error};
use domain::alarm::Raised;
use domain::case::Case;
use domain::rights::Actor;
use domain::{CommandId, Timestamp};
use store::{Acknowledgement, AlarmLook, Change, Commit, Committed};

/// Cases that are looked at in one turn, and written in one transaction.
const AT_A_TIME: u16 = 100;

impl Core {
    /// Raises what is due at `now`; gives when to look next.
    pub(crate) async fn raise_alarms(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        loop {
            let due = self.store.alarms_due(now, AT_A_TIME).await.map_err(failure::store)?;
            if due.is_empty() {
                break;
            }
            let reference = self.reference.now();
            let look = |due: &store::AlarmsDue| {
                let look = due.case.look_at_alarms(&reference.structure, &due.raised, now);
                let (case_id, version) = (due.case.id, due.case.version);
                AlarmLook { case_id, version, raise: look.raise, next: look.next }
            };
            let looks = due.iter().map(look).collect();
            self.store.keep_alarms(looks, now).await.map_err(failure::store)?;
        }
        self.store.next_alarm(now).await.map_err(failure::store)
    }

    /// Answers `cases.acknowledge_alarm`.
    pub(crate) async fn acknowledge(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AcknowledgeAlarm,
    ) -> Result<CaseView, Error> {
        match self.acknowledge_once(caller, id, request).await {
            Ok(()) => {}
            Err(refused) => drop(self.asked_again::<CaseAt>(caller, id, refused).await?),
        }
        // As it is now, also for a repeat; a look at a protected customer is kept.
        self.get_case(caller, GetCase { case_id: request.case_id }).await
    }

    async fn acknowledge_once(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: AcknowledgeAlarm,
    ) -> Result<(), Error> {
        let key = match self.asked::<CaseAt>(caller, id).await? {
            Asked::Before(_) => return Ok(()),
            Asked::First(key) => key,
        };
        let actor = caller.actor()?;
        let case = self.visible(request.case_id, &actor).await?;
        if !case.may_acknowledge(&actor) {
            return Err(Code::Forbidden.into());
        }
        let (case_id, at) = (case.id, self.now());
        let acknowledged: Vec<Acknowledgement> = self
            .shown(&case, &actor, request)
            .await?
            .into_iter()
            .map(|raised| Acknowledgement { case_id, alarm: raised.alarm, by: actor.user, at })
            .collect();
        if acknowledged.is_empty() {
            return Err(Code::WrongState.into());
        }
        let receipt = Some(key.receipt(&CaseAt { case_id, version: case.version })?);
        let changes = vec![Change::Case { case_id }];
        let commit = Commit { receipt, acknowledged, changes, ..Commit::default() };
        match self.store.commit(commit).await.map_err(failure::store)? {
            Committed::Done(_) | Committed::Repeated(_) => Ok(()),
        }
    }

    /// The alarms that were shown: of that kind, up to that step, as far as they still matter.
    async fn shown(
        &self,
        case: &Case,
        actor: &Actor,
        request: AcknowledgeAlarm,
    ) -> Result<Vec<Raised>, Error> {
        let sight = sight::of(case, actor, &self.reference.now().structure).ok_or(Code::NotFound)?;
        let mut raised = self.store.alarms(&[case.id]).await.map_err(failure::store)?;
        let mut raised = raised.remove(&case.id).unwrap_or_default();
        raised.retain(|raised| {
            raised.alarm.kind == request.kind
                && raised.alarm.step <= request.step
                && case.still_alarms(&raised.alarm)
                && sight.sees_alarm(case, &raised.alarm)
        });
        Ok(raised)
    }
}
