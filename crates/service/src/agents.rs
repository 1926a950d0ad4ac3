//! Agents' states, kept here and not by a window (rules.md 6), and the exchange kept in step.

use crate::caller::Caller;
use crate::core::{Asked, Core};
use crate::failure;
use contract::agents::{AgentView, Prolong, SetAgentState};
use contract::{Code, Error};
use domain::agent::{AgentEvent, AgentState, AgentStatus, PauseReason};
use domain::{CommandId, QueueId, ResponseGroupId, UserId};
use exchange::{AgentPhone, ExchangeError};
use store::{AgentAppend, Commit, Receipt, StoreError, User};

/// More wrap-up at a time, seconds.
const LONGEST_PROLONG: u32 = 600;

impl Core {
    /// An agent's state as it stands.
    pub(crate) async fn agent_status(&self, user: UserId) -> Result<AgentStatus, Error> {
        let known = self.store.agent(user).await.map_err(failure::store)?;
        Ok(known.unwrap_or_else(|| AgentStatus::offline(user, self.now())))
    }

    /// Answers `agent.state`.
    pub(crate) async fn agent_view(&self, caller: &Caller) -> Result<AgentView, Error> {
        let user = caller.user()?;
        Ok(self.view_of(user, self.agent_status(user.id).await?))
    }

    fn view_of(&self, user: &User, status: AgentStatus) -> AgentView {
        AgentView { status, name: user.name.clone(), now: self.now() }
    }

    /// Answers `agent.set`.
    pub(crate) async fn set_agent(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: SetAgentState,
    ) -> Result<AgentView, Error> {
        let event = match request {
            SetAgentState::Ready => AgentEvent::BecameReady,
            SetAgentState::Paused { reason } => AgentEvent::Paused { reason },
            SetAgentState::Offline => AgentEvent::WentOffline,
        };
        self.agent_command(caller, id, event).await
    }

    /// Answers `agent.prolong`.
    pub(crate) async fn prolong(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: Prolong,
    ) -> Result<AgentView, Error> {
        if !(1..=LONGEST_PROLONG).contains(&request.seconds) {
            return Err(failure::invalid("seconds is 1–600"));
        }
        self.agent_command(caller, id, AgentEvent::WrapUpProlonged { seconds: request.seconds }).await
    }

    /// Answers `agent.finish`.
    pub(crate) async fn finish(&self, caller: &Caller, id: Option<CommandId>) -> Result<AgentView, Error> {
        self.agent_command(caller, id, AgentEvent::WrapUpEnded).await
    }

    async fn agent_command(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        event: AgentEvent,
    ) -> Result<AgentView, Error> {
        let key = match self.asked(caller, id).await? {
            Asked::Before(reply) => return Ok(reply),
            Asked::First(key) => key,
        };
        let user = caller.user()?;
        let _turn = self.agents.lock().await;
        let status = self.agent_status(user.id).await?;
        let wraps_up = matches!(event, AgentEvent::WrapUpProlonged { .. } | AgentEvent::WrapUpEnded);
        if wraps_up && !matches!(status.state, AgentState::WrapUp { .. }) {
            return Err(Code::WrongState.into());
        }
        let after = status.after(event, self.now());
        let view = self.view_of(user, after);
        self.write_agent(user.id, event, Some(key.receipt(&view)?)).await?;
        self.tell_exchange(user, &view.status).await;
        Ok(view)
    }

    /// Something happened to an agent, from the exchange or the clock.
    pub(crate) async fn agent_event(&self, user: UserId, event: AgentEvent) -> Result<(), Error> {
        let _turn = self.agents.lock().await;
        let before = self.agent_status(user).await?;
        let after = before.after(event, self.now());
        if after == before {
            return Ok(());
        }
        self.write_agent(user, event, None).await?;
        if let Some(user) = self.user(user).await? {
            self.tell_exchange(&user, &after).await;
        }
        Ok(())
    }

    async fn write_agent(
        &self,
        user: UserId,
        event: AgentEvent,
        receipt: Option<Receipt>,
    ) -> Result<(), Error> {
        let append = AgentAppend { user, at: self.now(), event, expected: None };
        let commit = Commit { receipt, agents: vec![append], ..Commit::default() };
        self.store.commit(commit).await.map(drop).map_err(failure::store)
    }

    /// Ends the wrap-up whose time has passed; one that was prolonged meanwhile goes on.
    pub(crate) async fn end_wrap_up(&self, read: AgentStatus) -> Result<(), Error> {
        let _turn = self.agents.lock().await;
        let (user, at) = (read.user, self.now());
        let after = read.after(AgentEvent::WrapUpEnded, at);
        let append = AgentAppend { user, at, event: AgentEvent::WrapUpEnded, expected: Some(read) };
        match self.store.commit(Commit { agents: vec![append], ..Commit::default() }).await {
            Ok(_) => {}
            Err(StoreError::Stale) => return Ok(()),
            Err(error) => return Err(failure::store(error)),
        }
        if let Some(user) = self.user(user).await? {
            self.tell_exchange(&user, &after).await;
        }
        Ok(())
    }

    /// The queues that a group answers.
    fn queues_of(&self, group: &ResponseGroupId) -> Vec<QueueId> {
        let reference = self.reference.now();
        let queues = reference.structure.queues.iter().filter(|queue| queue.group == *group);
        queues.map(|queue| queue.id.clone()).collect()
    }

    /// Tells the exchange how it shall be with an agent. When it cannot be reached, everything is told
    /// again once it can.
    pub(crate) async fn tell_exchange(&self, user: &User, status: &AgentStatus) {
        let (Some(exchange), Some(phone)) = (&self.exchange, &user.phone) else { return };
        let Ok(phone) = AgentPhone::new(phone.clone()) else {
            tracing::warn!("a user's phone account has no possible name");
            return;
        };
        let queues = self.queues_of(&user.group);
        let told = match status.state {
            AgentState::Ready => exchange.agent_ready(&phone, &queues).await,
            // While it rings, nothing is changed under the call.
            AgentState::Offered => Ok(()),
            AgentState::Offline => exchange.agent_gone(&phone).await,
            AgentState::InCall => exchange.agent_paused(&phone, &queues, "in-call").await,
            AgentState::WrapUp { .. } => exchange.agent_paused(&phone, &queues, "wrap-up").await,
            AgentState::Paused { reason } => exchange.agent_paused(&phone, &queues, pause_word(reason)).await,
        };
        match told {
            Ok(()) | Err(ExchangeError::Unreachable) => {}
            Err(error) => tracing::warn!(%error, "the exchange did not take an agent's state"),
        }
    }

    /// Tells the exchange every agent's state: it was away.
    pub(crate) async fn tell_exchange_all(&self) -> Result<(), Error> {
        let _turn = self.agents.lock().await;
        for status in self.store.agents().await.map_err(failure::store)? {
            if let Some(user) = self.user(status.user).await? {
                self.tell_exchange(&user, &status).await;
            }
        }
        Ok(())
    }
}

const fn pause_word(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::Break => "break",
        PauseReason::Lunch => "lunch",
        PauseReason::Meeting => "meeting",
        PauseReason::Training => "training",
        PauseReason::OtherWork => "other-work",
    }
}
