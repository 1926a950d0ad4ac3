//! Agents' states, kept here and not by a window (rules.md 6), and the exchange kept in step.

use crate::caller::Caller;
use crate::core::{Asked, Core};
use crate::failure;
use contract::agents::{AgentView, Prolong, SetAgentState};
use contract::{Code, Error, Nothing};
use domain::agent::{AgentEvent, AgentState, AgentStatus};
use domain::{CommandId, UserId};
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
        let user = caller.user()?;
        // Asked within the turn: a repeat waits for the first and finds its receipt.
        let _turn = self.agents.lock().await;
        let key = match self.asked::<Nothing>(caller, id).await? {
            Asked::Before(_) => return self.agent_view(caller).await,
            Asked::First(key) => key,
        };
        let status = self.agent_status(user.id).await?;
        let wraps_up = matches!(event, AgentEvent::WrapUpProlonged { .. } | AgentEvent::WrapUpEnded);
        if wraps_up && !matches!(status.state, AgentState::WrapUp { .. }) {
            return Err(Code::WrongState.into());
        }
        let after = status.after(event, self.now());
        let view = self.view_of(user, after);
        self.write_agent(user.id, event, Some(key.receipt(&Nothing {})?)).await?;
        self.tell_exchange(user.id);
        Ok(view)
    }

    /// Something happened to an agent, from the exchange or the clock.
    pub(crate) async fn agent_event(&self, user: UserId, event: AgentEvent) -> Result<(), Error> {
        let _turn = self.agents.lock().await;
        let Some(append) = self.agent_append(user, event).await? else { return Ok(()) };
        let commit = Commit { agents: vec![append], ..Commit::default() };
        self.store.commit(commit).await.map_err(failure::store)?;
        self.tell_exchange(user);
        Ok(())
    }

    /// What an event adds to an agent's history; `None` when it does not fit the state. Within a turn.
    pub(crate) async fn agent_append(
        &self,
        user: UserId,
        event: AgentEvent,
    ) -> Result<Option<AgentAppend>, Error> {
        let (before, at) = (self.agent_status(user).await?, self.now());
        Ok((before.after(event, at) != before).then_some(AgentAppend { user, at, event, expected: None }))
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

    /// The clock does something to an agent whose state is still the one that was read.
    pub(crate) async fn agent_event_if(&self, read: AgentStatus, event: AgentEvent) -> Result<(), Error> {
        let _turn = self.agents.lock().await;
        let (user, at) = (read.user, self.now());
        let append = AgentAppend { user, at, event, expected: Some(read) };
        match self.store.commit(Commit { agents: vec![append], ..Commit::default() }).await {
            Ok(_) => {}
            Err(StoreError::Stale) => return Ok(()),
            Err(error) => return Err(failure::store(error)),
        }
        self.tell_exchange(user);
        Ok(())
    }
}
