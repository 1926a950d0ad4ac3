//! Who waits, and who is offered whom. Pure; times are spans since the exchange started.

use domain::QueueId;
use exchange::AgentPhone;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A call in the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// The waiting callers and the agents who take them.
#[derive(Debug, Default)]
pub struct Line {
    waiting: Vec<Waiting>,
    agents: BTreeMap<AgentPhone, Agent>,
}

#[derive(Debug)]
struct Waiting {
    call: CallId,
    queue: QueueId,
    offered_to: Option<AgentPhone>,
    /// Not offered before then.
    rests_until: Duration,
}

#[derive(Debug, Default)]
struct Agent {
    /// Empty when the agent takes no calls.
    queues: BTreeSet<QueueId>,
    ready_since: Option<Duration>,
    reachable: bool,
    /// A call rings or goes on here.
    call: Option<CallId>,
    /// Took or missed a call since the last time of becoming ready.
    served: bool,
}

impl Agent {
    fn is_free(&self) -> bool {
        self.ready_since.is_some() && self.reachable && self.call.is_none()
    }
}

impl Line {
    /// The agent takes calls from these queues. Gives whether this is news.
    pub fn ready(&mut self, agent: &AgentPhone, queues: &[QueueId], now: Duration) -> bool {
        let agent = self.agents.entry(agent.clone()).or_default();
        agent.queues = queues.iter().cloned().collect();
        let news = agent.ready_since.is_none();
        // Said again, it does not lose the place.
        agent.ready_since.get_or_insert(now);
        news
    }

    /// The agent takes no calls, for now or at all. A call that goes on goes on.
    pub fn not_ready(&mut self, agent: &AgentPhone) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.ready_since = None;
        }
    }

    /// The agent's phone is registered, or no longer.
    pub fn reachable(&mut self, agent: &AgentPhone, reachable: bool) {
        self.agents.entry(agent.clone()).or_default().reachable = reachable;
    }

    /// A caller begins to wait. One who waits already is left where it is.
    pub fn join(&mut self, call: CallId, queue: QueueId, now: Duration) {
        if !self.waits(call) {
            self.waiting.push(Waiting { call, queue, offered_to: None, rests_until: now });
        }
    }

    /// Whether the caller waits; also while it rings at an agent's.
    #[must_use]
    pub fn waits(&self, call: CallId) -> bool {
        self.waiting.iter().any(|waiting| waiting.call == call)
    }

    /// Whether anybody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The caller waits no more: answered, or gave up. The agent of an answered call stays busy.
    pub fn leave(&mut self, call: CallId) {
        self.waiting.retain(|waiting| waiting.call != call);
    }

    /// The offer came to nothing: the caller waits on, and is not offered before `rests_until`.
    pub fn offer_ended(&mut self, call: CallId, agent: &AgentPhone, rests_until: Duration) {
        self.free(agent, call);
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.call == call) {
            waiting.offered_to = None;
            waiting.rests_until = rests_until;
        }
    }

    /// The agent is in a call that did not come from here.
    pub fn busy(&mut self, agent: &AgentPhone, call: CallId) {
        let agent = self.agents.entry(agent.clone()).or_default();
        agent.call.get_or_insert(call);
    }

    /// The agent's call is over; the place among the ready is behind the others.
    pub fn call_over(&mut self, agent: &AgentPhone, call: CallId, now: Duration) {
        self.free(agent, call);
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.ready_since = agent.ready_since.map(|_| now);
        }
    }

    fn free(&mut self, agent: &AgentPhone, call: CallId) {
        if let Some(agent) = self.agents.get_mut(agent).filter(|agent| agent.call == Some(call)) {
            agent.call = None;
            agent.served = true;
        }
    }

    /// The next offer that can be made now, and makes it: the longest waiting to the longest ready.
    pub fn offer(&mut self, now: Duration) -> Option<(CallId, AgentPhone)> {
        let Self { waiting, agents } = self;
        let open = |waiting: &&mut Waiting| waiting.offered_to.is_none() && waiting.rests_until <= now;
        for waiting in waiting.iter_mut().filter(open) {
            let takes = |(_, agent): &(&AgentPhone, &mut Agent)| {
                agent.is_free() && agent.queues.contains(&waiting.queue)
            };
            let longest = agents.iter_mut().filter(takes).min_by_key(|(_, agent)| agent.ready_since);
            if let Some((phone, agent)) = longest {
                agent.call = Some(waiting.call);
                waiting.offered_to = Some(phone.clone());
                return Some((waiting.call, phone.clone()));
            }
        }
        None
    }

    /// When a rest ends, so that [`Self::offer`] may have something.
    #[must_use]
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        let open = self.waiting.iter().filter(|waiting| waiting.offered_to.is_none());
        open.map(|waiting| waiting.rests_until).filter(|rest| *rest > now).min()
    }

    /// The queues that somebody takes calls from right now.
    #[must_use]
    pub fn open_queues(&self) -> BTreeSet<QueueId> {
        let free = self.agents.values().filter(|agent| agent.is_free());
        free.flat_map(|agent| agent.queues.iter().cloned()).collect()
    }

    /// Whether a free agent has had no call since becoming ready for the first time or after a pause.
    pub fn fresh(&self) -> bool {
        self.agents.values().any(|agent| agent.is_free() && !agent.served)
    }

    /// A pause by choice is over: what was before is forgotten.
    pub fn refresh(&mut self, agent: &AgentPhone) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.served = false;
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
