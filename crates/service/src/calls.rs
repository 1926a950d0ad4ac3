//! What the exchange tells becomes events of calls and agents.

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::agent::{AgentEvent, AgentState, AgentStatus};
use domain::calls::{CallEnd, CallEvent, CallStage, OfferEndReason, RecordedCall};
use domain::{ContactId, QueueId, UserId};
use exchange::{AgentPhone, EndedBy, EventStream, Exchange, ExchangeEvent, OfferEnd, Reachability, Reported};
use std::sync::{Arc, PoisonError};
use store::Commit;

/// How long the exchange may take to tell who is still in a call, seconds, before the service gives up asking.
const SETTLED_WITHIN: i64 = 60;
/// An event that could not be kept is tried so many times, a second between.
const TRIES: u32 = 30;

/// Calls and agents as they stood when the service stopped, until the exchange has told what became of them.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    calls: Vec<(ContactId, UserId)>,
    agents: Vec<AgentStatus>,
}

impl Core {
    /// Listens to the exchange until the service stops.
    pub(crate) async fn listen_to(&self, exchange: Arc<dyn Exchange>, mut events: EventStream) {
        let mut reachability = exchange.reachability();
        let given_up = self.started.plus_seconds(SETTLED_WITHIN);
        if *reachability.borrow_and_update() == Reachability::Reachable {
            self.back_in_touch(&exchange.in_call()).await;
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
                    if now == Reachability::Reachable { self.back_in_touch(&exchange.in_call()).await; }
                }
                () = self.clock.until(given_up), if self.is_unsettled() => self.settle_or_tell(&[]).await,
                () = self.stopped() => return,
            }
        }
    }

    /// At the start: what became of calls while the service was away is not known. Callers that waited have
    /// given up in the figures until the exchange tells that they still wait, and no offer rings on. Who was in
    /// a call stays there until the exchange has told whether they are: they must not look free.
    pub(crate) async fn begin_settling(&self) -> Result<(), Error> {
        let at = self.now();
        let (mut calls, mut unsettled) = (Vec::new(), Unsettled::default());
        for (contact, stage) in self.queues.going_on() {
            match stage {
                CallStage::Answered { agent } => unsettled.calls.push((contact, agent)),
                _ => calls.push(RecordedCall { at, contact, event: CallEvent::Abandoned }),
            }
        }
        self.keep_calls(calls).await?;
        for status in self.store.agents().await.map_err(failure::store)? {
            match status.state {
                AgentState::Offered => self.agent_event(status.user, AgentEvent::OfferEnded).await?,
                AgentState::InCall => unsettled.agents.push(status),
                _ => {}
            }
        }
        *self.unsettled.lock().unwrap_or_else(PoisonError::into_inner) = Some(unsettled);
        match &self.exchange {
            None => self.settle(&[]).await,
            Some(exchange) if *exchange.reachability().borrow() == Reachability::Reachable => {
                self.settle(&exchange.in_call()).await
            }
            Some(_) => Ok(()),
        }
    }

    fn is_unsettled(&self) -> bool {
        self.unsettled.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Ends the calls of before that the exchange does not know of any more, and frees their agents.
    async fn settle(&self, in_call: &[AgentPhone]) -> Result<(), Error> {
        let unsettled = self.unsettled.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Unsettled { calls, agents }) = unsettled else { return Ok(()) };
        let mut talking = Vec::new();
        for phone in in_call {
            talking.extend(self.agent_of(phone).await?);
        }
        let at = self.now();
        let over = calls.into_iter().filter(|(contact, agent)| {
            let stage = self.queues.call(*contact).map(|call| call.stage);
            !talking.contains(agent) && stage == Some(CallStage::Answered { agent: *agent })
        });
        let event = CallEvent::Ended { by: CallEnd::Exchange };
        let ends = over.map(|(contact, _)| RecordedCall { at, contact, event: event.clone() });
        self.keep_calls(ends.collect()).await?;
        for read in agents {
            // One whose state has moved since has been told of by the exchange itself.
            let same = self.agent_status(read.user).await? == read;
            if same && !talking.contains(&read.user) {
                self.agent_event(read.user, AgentEvent::CallEnded { wrap_up_seconds: 0 }).await?;
            }
        }
        Ok(())
    }

    async fn keep_calls(&self, calls: Vec<RecordedCall>) -> Result<(), Error> {
        if calls.is_empty() {
            return Ok(());
        }
        self.store.commit(Commit { calls, ..Commit::default() }).await.map_err(failure::store)?;
        self.queues.follow(&*self.store, self.now()).await.map_err(failure::store)
    }

    async fn settle_or_tell(&self, in_call: &[AgentPhone]) {
        if let Err(error) = self.settle(in_call).await {
            tracing::warn!(code = ?error.code, "calls of before were not settled");
        }
    }

    async fn back_in_touch(&self, in_call: &[AgentPhone]) {
        self.settle_or_tell(in_call).await;
        if let Err(error) = self.tell_exchange_all().await {
            tracing::warn!(code = ?error.code, "agents' states were not told to the exchange");
        }
    }

    /// Keeps an event; a store that fails for a moment loses none, and none overtakes another.
    async fn reported(&self, reported: Reported) {
        for _ in 0..TRIES {
            match self.take(&reported).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(code = ?error.code, "an event of the exchange was not kept yet"),
            }
            tokio::select! {
                () = self.clock.until(self.now().plus_seconds(1)) => {}
                () = self.stopped() => return,
            }
        }
        tracing::error!("an event of the exchange was given up");
    }

    /// The call's event and the agent's, in one commit.
    async fn take(&self, reported: &Reported) -> Result<(), Error> {
        // What came before is counted first: an end asks for the call's queue.
        self.queues.follow(&*self.store, self.now()).await.map_err(failure::store)?;
        let Some((event, agent)) = self.translate(reported).await? else { return Ok(()) };
        let call = RecordedCall { at: reported.at, contact: reported.contact, event };
        let mut commit = Commit { calls: vec![call], ..Commit::default() };
        let _turn = self.agents.lock().await;
        if let Some((user, event)) = agent {
            commit.agents.extend(self.agent_append(user, event).await?);
        }
        let changed = commit.agents.first().map(|append| append.user);
        self.store.commit(commit).await.map_err(failure::store)?;
        if let Some(user) = changed {
            self.tell_exchange(user);
        }
        Ok(())
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
            ExchangeEvent::CallEnded { agent, by } => {
                let ended = self.end_for_agent(reported.contact, agent.as_ref()).await?;
                Some((CallEvent::Ended { by: call_end(*by) }, ended))
            }
            ExchangeEvent::CallAbandoned => Some((CallEvent::Abandoned, None)),
        })
    }

    /// The end of a call frees whoever answered it, as the exchange tells; whether the call is known or not.
    async fn end_for_agent(
        &self,
        contact: ContactId,
        agent: Option<&AgentPhone>,
    ) -> Result<Option<(UserId, AgentEvent)>, Error> {
        let call = self.queues.call(contact);
        let told = match agent {
            Some(phone) => self.agent_of(phone).await?,
            None => None,
        };
        let kept = call.as_ref().and_then(|call| match call.stage {
            CallStage::Answered { agent } => Some(agent),
            _ => None,
        });
        let Some(agent) = told.or(kept) else { return Ok(None) };
        let reference = self.reference.now();
        let queue = call.and_then(|call| reference.structure.queue(&call.queue));
        let wrap_up_seconds = queue.map_or(0, |queue| queue.wrap_up_seconds);
        Ok(Some((agent, AgentEvent::CallEnded { wrap_up_seconds })))
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
