//! What happens to calls, as it is kept: the source of every queue figure (rules.md 4).
//!
//! Events hold no number of a caller; a contact's id ties them together.

use crate::{ContactId, EntryId, QueueId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CallEvent {
    /// It entered a queue.
    Joined {
        /// The number into the municipality.
        entry: Option<EntryId>,
        /// The queue.
        queue: QueueId,
        /// Menu choice.
        menu: Option<String>,
        /// The queue's group was open then: only such a call counts as offered.
        in_hours: bool,
    },
    /// It rang at an agent's desk.
    Offered {
        /// Whose.
        agent: UserId,
    },
    /// It rings there no more, unanswered.
    OfferEnded {
        /// Whose.
        agent: UserId,
        /// Why.
        reason: OfferEndReason,
    },
    /// It was answered.
    Answered {
        /// By whom.
        agent: UserId,
    },
    /// An answered call is over.
    Ended {
        /// Who ended it.
        by: CallEnd,
    },
    /// The caller gave up in the queue.
    Abandoned,
}

/// Why an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEndReason {
    /// Not taken in time.
    NotTaken,
    /// Declined.
    Declined,
    /// The phone could not be reached.
    Unreachable,
    /// The caller gave up.
    CallerGone,
    /// Another agent answered.
    AnsweredElsewhere,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// The caller.
    Caller,
    /// The agent.
    Agent,
    /// It was transferred.
    Transfer,
    /// The exchange, or nobody knows.
    Exchange,
}

/// An event of a call with its moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCall {
    /// When, by the exchange.
    pub at: Timestamp,
    /// Which call.
    pub contact: ContactId,
    /// What.
    #[serde(flatten)]
    pub event: CallEvent,
}

/// Figures of one queue over a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueFigures {
    /// Calls that wait.
    pub waiting: u32,
    /// Since when the longest waits.
    pub longest_since: Option<Timestamp>,
    /// Entered the queue in opening hours; a requeued call counts in its first queue alone.
    pub offered: u32,
    /// Answered, of the offered.
    pub answered: u32,
    /// Answered within the queue's target, of the answered.
    pub answered_within: u32,
    /// Abandoned, of the offered.
    pub abandoned: u32,
}

/// Calls as their events leave them, from which the figures are counted.
#[derive(Debug, Clone, Default)]
pub struct CallDay {
    calls: HashMap<ContactId, Call>,
}

/// A call as its events leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The queue it is or was last in.
    pub queue: QueueId,
    /// The queue it is counted in.
    pub first_queue: QueueId,
    /// Counted as offered.
    pub in_hours: bool,
    /// Entered the first queue.
    pub joined_at: Timestamp,
    /// Where it stands.
    pub stage: CallStage,
    /// Whole milliseconds to the first answer.
    pub wait_millis: Option<i64>,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStage {
    /// In the queue.
    Waiting,
    /// With an agent.
    Answered {
        /// Who.
        agent: UserId,
    },
    /// Over after an answer.
    Ended,
    /// Given up by the caller.
    Abandoned,
}

impl CallDay {
    /// Takes one more event. One that does not fit is passed over: exchanges repeat themselves after a
    /// lost connection.
    pub fn apply(&mut self, recorded: &RecordedCall) {
        if let CallEvent::Joined { queue, in_hours, .. } = &recorded.event {
            self.joined(recorded, queue, *in_hours);
            return;
        }
        let Some(call) = self.calls.get_mut(&recorded.contact) else { return };
        match (&recorded.event, call.stage) {
            (CallEvent::Answered { agent }, CallStage::Waiting) => {
                call.stage = CallStage::Answered { agent: *agent };
                call.wait_millis.get_or_insert(recorded.at.0.saturating_sub(call.joined_at.0));
            }
            (CallEvent::Ended { .. }, CallStage::Answered { .. }) => call.stage = CallStage::Ended,
            (CallEvent::Abandoned, CallStage::Waiting) => {
                call.stage = if call.wait_millis.is_some() { CallStage::Ended } else { CallStage::Abandoned };
            }
            _ => {}
        }
    }

    fn joined(&mut self, recorded: &RecordedCall, queue: &QueueId, in_hours: bool) {
        let call = self.calls.entry(recorded.contact).or_insert_with(|| Call {
            queue: queue.clone(),
            first_queue: queue.clone(),
            in_hours,
            joined_at: recorded.at,
            stage: CallStage::Waiting,
            wait_millis: None,
        });
        call.queue = queue.clone();
        call.stage = CallStage::Waiting;
    }

    /// One call.
    #[must_use]
    pub fn call(&self, contact: ContactId) -> Option<&Call> {
        self.calls.get(&contact)
    }

    /// Calls that wait or are with an agent.
    pub fn going_on(&self) -> impl Iterator<Item = (ContactId, CallStage)> {
        let stages = self.calls.iter().map(|(contact, call)| (*contact, call.stage));
        stages.filter(|(_, stage)| matches!(stage, CallStage::Waiting | CallStage::Answered { .. }))
    }

    /// Forgets what began before `start` and is over: a new day begins.
    pub fn begin(&mut self, start: Timestamp) {
        self.calls.retain(|_, call| {
            call.joined_at >= start || matches!(call.stage, CallStage::Waiting | CallStage::Answered { .. })
        });
    }

    /// The figures of a queue for calls that entered from `start` on; what waits is counted whenever it came.
    #[must_use]
    pub fn figures(&self, queue: &QueueId, target_seconds: u32, start: Timestamp) -> QueueFigures {
        let mut figures = QueueFigures::default();
        for call in self.calls.values() {
            if call.stage == CallStage::Waiting && call.queue == *queue {
                figures.waiting += 1;
                figures.longest_since =
                    Some(figures.longest_since.map_or(call.joined_at, |at| at.min(call.joined_at)));
            }
            if call.first_queue != *queue || !call.in_hours || call.joined_at < start {
                continue;
            }
            figures.offered += 1;
            figures.abandoned += u32::from(call.stage == CallStage::Abandoned);
            if let Some(wait) = call.wait_millis {
                figures.answered += 1;
                figures.answered_within += u32::from(wait <= i64::from(target_seconds) * 1000);
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(n: u8) -> ContactId {
        ContactId::new(Timestamp(0), [n; 10])
    }

    fn joined(queue: &str) -> CallEvent {
        CallEvent::Joined { entry: None, queue: queue.parse().unwrap(), menu: None, in_hours: true }
    }

    fn day(events: &[(i64, u8, CallEvent)]) -> CallDay {
        let mut day = CallDay::default();
        for (at, n, event) in events {
            day.apply(&RecordedCall { at: Timestamp(*at), contact: contact(*n), event: event.clone() });
        }
        day
    }

    fn answered() -> CallEvent {
        CallEvent::Answered { agent: UserId::new(Timestamp(0), [9; 10]) }
    }

    #[test]
    fn a_requeued_call_is_counted_once_and_waits_where_it_is() {
        let day = day(&[(0, 1, joined("bygg")), (1_000, 1, joined("skola"))]);
        let (bygg, skola) = ("bygg".parse().unwrap(), "skola".parse().unwrap());
        let first = day.figures(&bygg, 20, Timestamp(0));
        assert_eq!((first.offered, first.waiting), (1, 0));
        let second = day.figures(&skola, 20, Timestamp(0));
        assert_eq!((second.offered, second.waiting, second.longest_since), (0, 1, Some(Timestamp(0))));
    }

    #[test]
    fn answered_within_counts_the_wait_to_the_limit() {
        let bygg = "bygg".parse().unwrap();
        let day = day(&[
            (0, 1, joined("bygg")),
            (20_000, 1, answered()),
            (0, 2, joined("bygg")),
            (20_001, 2, answered()),
            (0, 3, joined("bygg")),
            (5_000, 3, CallEvent::Abandoned),
        ]);
        let f = day.figures(&bygg, 20, Timestamp(0));
        assert_eq!((f.offered, f.answered, f.answered_within, f.abandoned, f.waiting), (3, 2, 1, 1, 0));
    }

    #[test]
    fn a_new_day_keeps_the_calls_that_go_on() {
        let bygg = "bygg".parse().unwrap();
        let mut day = day(&[(0, 1, joined("bygg")), (0, 2, joined("bygg")), (1, 2, CallEvent::Abandoned)]);
        day.begin(Timestamp(10));
        let f = day.figures(&bygg, 20, Timestamp(10));
        assert_eq!((f.offered, f.waiting, f.abandoned), (0, 1, 0));
        assert!(day.call(contact(2)).is_none());
    }
}
