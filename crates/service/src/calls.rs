//! What the exchange tells becomes events of calls and agents.

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::agent::{AgentEvent, AgentState};
use domain::calls::{CallEnd, CallEvent, CallStage, OfferEndReason, RecordedCall};
use domain::{ContactId, QueueId, UserId};
use exchange::{AgentPhone, EndedBy, Exchange, ExchangeEvent, OfferEnd, Reachability, Reported};
use std::sync::Arc;
use store::Commit;

impl Core {
    /// Listens to the exchange until the service stops.
    pub(crate) async fn listen_to(&self, exchange: Arc<dyn Exchange>) {
        let mut events = exchange.events();
        let mut reachability = exchange.reachability();
        if *reachability.borrow_and_update() == Reachability::Reachable {
            self.back_in_touch().await;
        }
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(reported) => self.reported(reported).await,
                    None => return,
                },
                changed = reachability.changed() => {
                    if changed.is_err() { return }
                    let now = *reachability.borrow_and_update();
                    tracing::info!(state = ?now, "the exchange");
                    if now == Reachability::Reachable { self.back_in_touch().await; }
                }
                () = self.stopped() => return,
            }
        }
    }

    /// At the start: what became of calls while the service was away is not known. They are ended in the
    /// figures, and their agents are free; the exchange tells again of those that still wait.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        let at = self.now();
        let over = |(contact, stage): (ContactId, CallStage)| {
            let event = match stage {
                CallStage::Waiting => CallEvent::Abandoned,
                _ => CallEvent::Ended { by: CallEnd::Exchange },
            };
            RecordedCall { at, contact, event }
        };
        let calls: Vec<RecordedCall> = self.queues.going_on().into_iter().map(over).collect();
        if !calls.is_empty() {
            self.store.commit(Commit { calls, ..Commit::default() }).await.map_err(failure::store)?;
            self.queues.follow(&*self.store, at).await.map_err(failure::store)?;
        }
        for status in self.store.agents().await.map_err(failure::store)? {
            let event = match status.state {
                AgentState::Offered => AgentEvent::OfferEnded,
                AgentState::InCall => AgentEvent::CallEnded { wrap_up_seconds: 0 },
                _ => continue,
            };
            self.agent_event(status.user, event).await?;
        }
        Ok(())
    }

    async fn back_in_touch(&self) {
        if let Err(error) = self.tell_exchange_all().await {
            tracing::warn!(code = ?error.code, "agents' states were not told to the exchange");
        }
    }

    async fn reported(&self, reported: Reported) {
        if let Err(error) = self.take(reported).await {
            tracing::warn!(code = ?error.code, "an event of the exchange was not kept");
        }
    }

    async fn take(&self, reported: Reported) -> Result<(), Error> {
        // What came before is counted first: an end asks who answered.
        self.queues.follow(&*self.store, self.now()).await.map_err(failure::store)?;
        let Some((event, agent)) = self.translate(&reported).await? else { return Ok(()) };
        let call = RecordedCall { at: reported.at, contact: reported.contact, event };
        let commit = Commit { calls: vec![call], ..Commit::default() };
        self.store.commit(commit).await.map_err(failure::store)?;
        match agent {
            Some((user, event)) => self.agent_event(user, event).await,
            None => Ok(()),
        }
    }

    /// The call's event, and what it is for an agent. `None`: an agent that nobody knows.
    async fn translate(
        &self,
        reported: &Reported,
    ) -> Result<Option<(CallEvent, Option<(UserId, AgentEvent)>)>, Error> {
        Ok(match &reported.event {
            ExchangeEvent::CallJoined { entry, queue, menu, .. } => {
                let in_hours = self.in_hours(queue, reported);
                let (entry, queue, menu) = (entry.clone(), queue.clone(), menu.clone());
                Some((CallEvent::Joined { entry, queue, menu, in_hours }, None))
            }
            ExchangeEvent::CallOffered { agent } => self
                .agent_of(agent)
                .await?
                .map(|agent| (CallEvent::Offered { agent }, Some((agent, AgentEvent::CallOffered)))),
            ExchangeEvent::OfferEnded { agent, reason } => self.agent_of(agent).await?.map(|agent| {
                let event = CallEvent::OfferEnded { agent, reason: offer_end(*reason) };
                (event, Some((agent, AgentEvent::OfferEnded)))
            }),
            ExchangeEvent::CallAnswered { agent } => self
                .agent_of(agent)
                .await?
                .map(|agent| (CallEvent::Answered { agent }, Some((agent, AgentEvent::CallAnswered)))),
            ExchangeEvent::CallEnded { by } => {
                Some((CallEvent::Ended { by: call_end(*by) }, self.end_for_agent(reported.contact)))
            }
            ExchangeEvent::CallAbandoned => Some((CallEvent::Abandoned, None)),
        })
    }

    fn end_for_agent(&self, contact: ContactId) -> Option<(UserId, AgentEvent)> {
        let call = self.queues.call(contact)?;
        let CallStage::Answered { agent } = call.stage else { return None };
        let reference = self.reference.now();
        let wrap_up_seconds = reference.structure.queue(&call.queue).map_or(0, |queue| queue.wrap_up_seconds);
        Some((agent, AgentEvent::CallEnded { wrap_up_seconds }))
    }

    fn in_hours(&self, queue: &QueueId, reported: &Reported) -> bool {
        let reference = self.reference.now();
        let structure = &reference.structure;
        let group = structure.queue(queue).and_then(|queue| structure.group(&queue.group));
        group.is_some_and(|group| group.hours.is_open(reported.at))
    }

    async fn agent_of(&self, phone: &AgentPhone) -> Result<Option<UserId>, Error> {
        let users = self.store.users().await.map_err(failure::store)?;
        let user = users.into_iter().find(|user| user.phone.as_deref() == Some(phone.as_str()));
        if user.is_none() {
            tracing::warn!("the exchange tells of a phone that no user has");
        }
        Ok(user.map(|user| user.id))
    }
}

const fn offer_end(reason: OfferEnd) -> OfferEndReason {
    match reason {
        OfferEnd::NotTaken => OfferEndReason::NotTaken,
        OfferEnd::Declined => OfferEndReason::Declined,
        OfferEnd::Unreachable => OfferEndReason::Unreachable,
        OfferEnd::CallerGone => OfferEndReason::CallerGone,
        OfferEnd::AnsweredElsewhere => OfferEndReason::AnsweredElsewhere,
    }
}

const fn call_end(by: EndedBy) -> CallEnd {
    match by {
        EndedBy::Caller => CallEnd::Caller,
        EndedBy::Agent => CallEnd::Agent,
        EndedBy::Transfer => CallEnd::Transfer,
        EndedBy::Exchange => CallEnd::Exchange,
    }
}
