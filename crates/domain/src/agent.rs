//! Agent states. Kept by the service, not by a window (rules.md 6).

use crate::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Why an agent takes no calls for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A break.
    Break,
    /// Lunch.
    Lunch,
    /// A meeting or briefing.
    Meeting,
    /// Training.
    Training,
    /// Mail and follow-ups.
    OtherWork,
}

impl PauseReason {
    /// All, in the order they are offered.
    pub const ALL: [Self; 5] = [Self::Break, Self::Lunch, Self::Meeting, Self::Training, Self::OtherWork];
}

/// What an agent is doing, as others may rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgentState {
    /// Not at work.
    Offline,
    /// Takes the next call.
    Ready,
    /// Takes none, for a reason.
    Paused {
        /// The reason.
        reason: PauseReason,
    },
    /// A call is offered.
    Offered,
    /// In a call.
    InCall,
    /// After a call, until the given moment.
    WrapUp {
        /// When the next call may come.
        until: Timestamp,
    },
}

/// What happens to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AgentEvent {
    /// Wants calls.
    BecameReady,
    /// Wants none for a while.
    Paused {
        /// The reason.
        reason: PauseReason,
    },
    /// Went home, or signed out.
    WentOffline,
    /// The exchange offers a call.
    CallOffered,
    /// The offer ended without an answer.
    OfferEnded,
    /// The call was answered.
    CallAnswered,
    /// The call ended; wrap-up of so many seconds follows (0: none).
    CallEnded {
        /// Seconds of wrap-up, the queue's.
        wrap_up_seconds: u32,
    },
    /// More time for the wrap-up.
    WrapUpProlonged {
        /// Seconds more.
        seconds: u32,
    },
    /// The wrap-up is over, by the clock or by the agent.
    WrapUpEnded,
}

/// A state with its time, and what waits until a call is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentStatus {
    /// Who.
    pub user: UserId,
    /// What.
    pub state: AgentState,
    /// Since when.
    pub since: Timestamp,
    /// Asked for during a call: what follows it instead of ready.
    pub next: Option<PauseReason>,
    /// Asked to go offline during a call.
    pub leaving: bool,
}

impl AgentStatus {
    /// Offline since `at`.
    #[must_use]
    pub const fn offline(user: UserId, at: Timestamp) -> Self {
        Self { user, state: AgentState::Offline, since: at, next: None, leaving: false }
    }

    /// Whether the exchange may offer a call. An agent in a call is never available (rules.md 4).
    #[must_use]
    pub const fn available(&self) -> bool {
        matches!(self.state, AgentState::Ready)
    }

    /// The status after `event` at `at`. An event that does not fit the state changes nothing:
    /// the exchange and the window may cross each other.
    #[must_use]
    pub fn after(&self, event: AgentEvent, at: Timestamp) -> Self {
        use AgentState as S;
        let mut next = self.clone();
        let state = match (self.state, event) {
            (S::Offered | S::InCall, AgentEvent::Paused { reason }) => {
                next.next = Some(reason);
                next.leaving = false;
                return next;
            }
            (S::Offered | S::InCall, AgentEvent::BecameReady) => {
                next.next = None;
                next.leaving = false;
                return next;
            }
            (S::Offered | S::InCall, AgentEvent::WentOffline) => {
                next.leaving = true;
                return next;
            }
            (S::Ready, AgentEvent::BecameReady) => {
                next.choose();
                return next;
            }
            (_, AgentEvent::BecameReady) => next.choose_state(S::Ready),
            (_, AgentEvent::Paused { reason }) => next.choose_state(S::Paused { reason }),
            (_, AgentEvent::WentOffline) => next.choose_state(S::Offline),
            (S::Ready, AgentEvent::CallOffered) => S::Offered,
            (S::Offered, AgentEvent::OfferEnded) => next.settle(),
            (S::Offered | S::Ready | S::Paused { .. } | S::WrapUp { .. }, AgentEvent::CallAnswered) => {
                S::InCall
            }
            (S::InCall, AgentEvent::CallEnded { wrap_up_seconds: 0 }) => next.settle(),
            (S::InCall, AgentEvent::CallEnded { wrap_up_seconds }) => {
                S::WrapUp { until: at.plus_seconds(i64::from(wrap_up_seconds)) }
            }
            (S::WrapUp { until }, AgentEvent::WrapUpProlonged { seconds }) => {
                next.state = S::WrapUp { until: until.plus_seconds(i64::from(seconds)) };
                return next;
            }
            (S::WrapUp { .. }, AgentEvent::WrapUpEnded) => next.settle(),
            _ => return next,
        };
        next.state = state;
        next.since = at;
        next
    }

    /// An explicit choice outside a call: what was asked for before it is over.
    const fn choose(&mut self) {
        self.next = None;
        self.leaving = false;
    }

    const fn choose_state(&mut self, state: AgentState) -> AgentState {
        self.choose();
        state
    }

    /// What follows a call or a wrap-up: what was asked for meanwhile, else ready.
    fn settle(&mut self) -> AgentState {
        let reason = self.next.take();
        if std::mem::take(&mut self.leaving) {
            AgentState::Offline
        } else {
            reason.map_or(AgentState::Ready, |reason| AgentState::Paused { reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> AgentStatus {
        AgentStatus::offline(UserId::new(Timestamp(0), [1; 10]), Timestamp(0))
    }

    fn run(events: &[AgentEvent]) -> AgentStatus {
        events.iter().zip(1..).fold(status(), |s, (e, at)| s.after(*e, Timestamp(at * 1000)))
    }

    #[test]
    fn a_call_from_ready_to_wrap_up_to_ready() {
        use AgentEvent as E;
        let s = run(&[E::BecameReady, E::CallOffered, E::CallAnswered, E::CallEnded { wrap_up_seconds: 30 }]);
        assert_eq!(s.state, AgentState::WrapUp { until: Timestamp(34_000) });
        let s = s.after(E::WrapUpProlonged { seconds: 60 }, Timestamp(5_000));
        assert_eq!(s.state, AgentState::WrapUp { until: Timestamp(94_000) });
        assert_eq!(s.since, Timestamp(4_000), "prolonging does not restart the time");
        assert!(s.after(E::WrapUpEnded, Timestamp(94_000)).available());
    }

    #[test]
    fn a_pause_asked_for_in_a_call_waits_for_its_end() {
        use AgentEvent as E;
        let lunch = E::Paused { reason: PauseReason::Lunch };
        let s = run(&[E::BecameReady, E::CallOffered, E::CallAnswered, lunch]);
        assert_eq!(s.state, AgentState::InCall);
        let s = s.after(E::CallEnded { wrap_up_seconds: 0 }, Timestamp(9_000));
        assert_eq!(s.state, AgentState::Paused { reason: PauseReason::Lunch });
    }

    #[test]
    fn going_home_in_a_call_does_not_end_it() {
        use AgentEvent as E;
        let s = run(&[E::BecameReady, E::CallOffered, E::CallAnswered, E::WentOffline]);
        assert_eq!(s.state, AgentState::InCall);
        let s = s.after(E::CallEnded { wrap_up_seconds: 10 }, Timestamp(9_000));
        assert_eq!(s.after(E::WrapUpEnded, Timestamp(19_000)).state, AgentState::Offline);
    }

    #[test]
    fn a_choice_outside_a_call_leaves_nothing_of_what_was_asked_for_before() {
        use AgentEvent as E;
        let lunch = E::Paused { reason: PauseReason::Lunch };
        let all = [
            E::BecameReady,
            lunch,
            E::WentOffline,
            E::CallOffered,
            E::OfferEnded,
            E::CallAnswered,
            E::CallEnded { wrap_up_seconds: 30 },
            E::CallEnded { wrap_up_seconds: 0 },
            E::WrapUpProlonged { seconds: 5 },
            E::WrapUpEnded,
        ];
        // Every history of five events, and then each choice.
        for number in 0..all.len().pow(5) {
            let history: Vec<E> =
                (0..5).map(|place| all[number / all.len().pow(place) % all.len()]).collect();
            let s = run(&history);
            if matches!(s.state, AgentState::Offered | AgentState::InCall) {
                continue;
            }
            for choice in [E::BecameReady, lunch, E::WentOffline] {
                let after = s.after(choice, Timestamp(9_000));
                assert_eq!((after.next, after.leaving), (None, false), "{history:?}, then {choice:?}");
            }
        }
    }

    #[test]
    fn an_event_that_does_not_fit_changes_nothing() {
        use AgentEvent as E;
        let s = run(&[E::BecameReady]);
        assert_eq!(s.after(E::WrapUpEnded, Timestamp(9_000)), s);
        assert_eq!(s.after(E::CallEnded { wrap_up_seconds: 5 }, Timestamp(9_000)), s);
    }
}
