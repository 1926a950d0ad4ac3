//! Contacts: one interaction with a customer, and how it ended.

use crate::{ContactId, EntryId, QueueId, Timestamp};
use serde::{Deserialize, Serialize};

/// How a contact reached the kontaktcenter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A telephone call.
    Call,
    /// A visit at the counter.
    Visit,
    /// E-mail.
    Email,
    /// A chat.
    Chat,
    /// A text message.
    Sms,
    /// A form on the web or an e-service.
    Web,
    /// A letter.
    Letter,
}

/// One interaction. Times are the exchange's when it was a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// Identity; a call's is the one the exchange sends in `X-Svarsplats-Call`.
    pub id: ContactId,
    /// How it came.
    pub channel: Channel,
    /// The number into the municipality, when it was a call.
    pub entry: Option<EntryId>,
    /// The queue it waited in.
    pub queue: Option<QueueId>,
    /// When the agent took it.
    pub started_at: Timestamp,
    /// Whole seconds it waited before it was offered.
    pub waited_seconds: Option<u32>,
}

impl Contact {
    /// Whether its channel is known and not for the agent to choose: it came by a queue.
    #[must_use]
    pub const fn has_known_channel(&self) -> bool {
        self.queue.is_some()
    }
}

/// How a contact ended, as municipalities use it (rules.md 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Löst av kontaktcenter.
    Solved,
    /// Kopplat samtal.
    Transferred,
    /// Vidarebefordrat via växeln.
    ForwardedBySwitchboard,
    /// Registrerat i annat system.
    RegisteredElsewhere,
    /// Hänvisat till självservice.
    ReferredToSelfService,
    /// Hänvisat till intern service.
    ReferredToInternalService,
    /// Hänvisat att återkomma.
    AskedToReturn,
    /// Tagit emot och registrerat.
    ReceivedAndRegistered,
    /// Skickat ett meddelande.
    MessageSent,
    /// Överlämnat till svarsgrupp. Follows from the handoff; nobody chooses it.
    HandedOver,
}

crate::read_by_name!(Disposition {
    Solved: "solved",
    Transferred: "transferred",
    ForwardedBySwitchboard: "forwarded_by_switchboard",
    RegisteredElsewhere: "registered_elsewhere",
    ReferredToSelfService: "referred_to_self_service",
    ReferredToInternalService: "referred_to_internal_service",
    AskedToReturn: "asked_to_return",
    ReceivedAndRegistered: "received_and_registered",
    MessageSent: "message_sent",
    HandedOver: "handed_over",
});

impl Disposition {
    /// All, in the order they are offered.
    pub const ALL: [Self; 10] = [
        Self::Solved,
        Self::ReferredToSelfService,
        Self::Transferred,
        Self::ForwardedBySwitchboard,
        Self::ReceivedAndRegistered,
        Self::RegisteredElsewhere,
        Self::ReferredToInternalService,
        Self::AskedToReturn,
        Self::MessageSent,
        Self::HandedOver,
    ];

    /// Whether a contact may end so, by whether the kontaktcenter may solve its type itself.
    #[must_use]
    pub const fn is_open_to(self, may_solve: bool) -> bool {
        may_solve || !matches!(self, Self::Solved)
    }

    /// How a contact ends about which nobody has chosen, by whether the kontaktcenter may solve its type
    /// itself.
    #[must_use]
    pub const fn unless_chosen(may_solve: bool) -> Self {
        if may_solve { Self::Solved } else { Self::ReceivedAndRegistered }
    }

    /// Whether a case that ended so needs nothing more and is closed at registration.
    #[must_use]
    pub const fn closes(self) -> bool {
        !matches!(self, Self::ReceivedAndRegistered | Self::HandedOver)
    }

    /// Whether it counts as solved in the first contact, measure (a) of rules.md 4.
    #[must_use]
    pub const fn solved_in_first_contact(self) -> bool {
        matches!(self, Self::Solved | Self::ReferredToSelfService)
    }
}

/// How and when the customer wants the reply (återkoppling, D-C3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FollowUpWish {
    /// The channel the customer chose; `None`: no reply wanted.
    pub channel: Option<Channel>,
    /// Before when, if something was promised.
    pub before: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_chose_is_always_something_that_may_be_chosen() {
        for may_solve in [true, false] {
            assert!(Disposition::unless_chosen(may_solve).is_open_to(may_solve));
            assert_eq!(Disposition::Solved.is_open_to(may_solve), may_solve);
            assert!(Disposition::ReferredToSelfService.is_open_to(may_solve));
        }
    }
}
