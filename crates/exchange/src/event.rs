//! What an exchange tells.

use crate::AgentPhone;
use domain::{ContactId, EntryId, Personal, QueueId, Timestamp};

/// What happened to a call, with the exchange's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// When.
    pub at: Timestamp,
    /// The contact: the uuid that also stands in `X-Svarsplats-Call`.
    pub contact: ContactId,
    /// What.
    pub event: ExchangeEvent,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeEvent {
    /// It entered a queue.
    CallJoined {
        /// The number into the municipality.
        entry: Option<EntryId>,
        /// The queue.
        queue: QueueId,
        /// Menu choice.
        menu: Option<String>,
        /// The caller's number as the exchange writes it; `None` when withheld.
        caller: Option<Personal<String>>,
    },
    /// It rings at an agent's desk.
    CallOffered {
        /// Whose.
        agent: AgentPhone,
    },
    /// It rings there no more, and was not answered there.
    OfferEnded {
        /// Whose.
        agent: AgentPhone,
        /// Why.
        reason: OfferEnd,
    },
    /// An agent answered.
    CallAnswered {
        /// Who.
        agent: AgentPhone,
    },
    /// An answered call is over.
    CallEnded {
        /// Who answered it: free now, whatever else is known of the call. `None` when nobody knows.
        agent: Option<AgentPhone>,
        /// Who ended it.
        by: EndedBy,
    },
    /// The caller gave up in the queue.
    CallAbandoned,
}

/// Why an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferEnd {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The caller.
    Caller,
    /// The agent.
    Agent,
    /// It was transferred.
    Transfer,
    /// The exchange, or nobody knows.
    Exchange,
}
