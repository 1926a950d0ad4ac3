//! The exchange without wires: calls, queue, residents and the order in which they act. Pure; the driver
//! gives it what happens and carries out what it decides.

mod arrivals;
mod calls;
mod offices;

pub use offices::Office;

use crate::queue::{CallId, Line as Queue};
use crate::resident::{Pace, Resident, Sense};
use crate::scenario::{Line, Scenario};
use domain::{ContactId, QueueId, ResponseGroupId, Timestamp};
use exchange::{AgentPhone, EndedBy, ExchangeEvent, OfferEnd, Reported};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// The number that says again what it hears.
pub const ECHO: &str = "*43";

/// Random numbers, evenly over all of `u64`.
pub type Chance = Box<dyn FnMut() -> u64 + Send>;

/// When things happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// From an agent's becoming ready to the first caller.
    pub first_caller: Duration,
    /// From the wrap-up of a call to the next caller; evenly in between.
    pub between: RangeInclusive<Duration>,
    /// How long it rings at an agent's.
    pub ring: Duration,
    /// From a declined or missed offer to the next.
    pub offer_again: Duration,
    /// How long it rings at a resident's.
    pub resident_rings: RangeInclusive<Duration>,
    /// How residents take turns.
    pub pace: Pace,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            first_caller: Duration::from_secs(3),
            between: Duration::from_secs(20)..=Duration::from_secs(60),
            ring: Duration::from_secs(20),
            offer_again: Duration::from_secs(5),
            resident_rings: Duration::from_secs(2)..=Duration::from_secs(6),
            pace: Pace::default(),
        }
    }
}

/// Now, twice: for spans, and for what is reported.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Since the exchange started; never goes back.
    pub since: Duration,
    /// The wall clock.
    pub at: Timestamp,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Input {
    /// The agent takes calls from these queues.
    Ready(AgentPhone, Vec<QueueId>),
    /// The agent takes no calls. `rested`: by choice, so that a first caller comes soon afterwards.
    NotReady {
        /// Who.
        agent: AgentPhone,
        /// Not because of a call or its wrap-up.
        rested: bool,
    },
    /// The agent's phone is registered, or no longer.
    Reachable(AgentPhone, bool),
    /// A resident calls now: with this errand, or any.
    Next(Option<String>),
    /// An agent dials. The call's id comes from [`Floor::next_call`].
    Dialled {
        /// The call.
        call: CallId,
        /// Who dials.
        agent: AgentPhone,
        /// As dialled.
        number: String,
    },
    /// An agent's phone asks to put the resident through.
    Referred {
        /// The resident's call.
        call: CallId,
        /// Where to.
        to: Destination,
    },
    /// From an agent's phone.
    Phone(CallId, Sign),
}

/// Where a resident shall be put through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A number.
    Number(String),
    /// Who answers in this call of the same agent.
    Call(CallId),
    /// The request names nobody we know.
    Nobody,
}

/// What comes from an agent's phone about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The offer was answered.
    Answered,
    /// The offer was refused, or the phone was not reached.
    Refused(OfferEnd),
    /// The agent hung up.
    HungUp,
    /// The connection was lost.
    Lost,
    /// The agent's voice begins or ends, a line is over, hold.
    Sense(Sense),
}

/// What an agent hears when a number is dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A resident, who speaks when told to.
    Resident,
    /// Somebody of a group, who speaks when told to.
    Office,
    /// What was said.
    Echo,
    /// A tone of 1004 Hz at one milliwatt.
    Milliwatt,
}

/// What the driver is to do, in this order.
#[derive(Debug, Clone)]
pub enum Action {
    /// Have the lines of a scenario ready.
    Prepare(Arc<Scenario>),
    /// Ring at an agent's phone.
    Offer {
        /// The call.
        call: CallId,
        /// The contact.
        contact: ContactId,
        /// Whose phone.
        agent: AgentPhone,
        /// Who calls, about what.
        scenario: Arc<Scenario>,
        /// Whole seconds waited so far.
        waited: u64,
    },
    /// Take an offer back; `missed` when nobody took it, else the caller gave up.
    Withdraw {
        /// The call.
        call: CallId,
        /// Not taken in time.
        missed: bool,
    },
    /// Say a line.
    Say {
        /// The call.
        call: CallId,
        /// Whose line.
        scenario: Arc<Scenario>,
        /// Which.
        line: Line,
    },
    /// Say what a group says when it answers.
    Greet {
        /// The call.
        call: CallId,
        /// The words.
        text: String,
    },
    /// Tell the agent's phone how putting through went: the final SIP status.
    Told {
        /// The resident's call.
        call: CallId,
        /// 200, or why not.
        status: u16,
    },
    /// End an answered or dialled call.
    HangUp(CallId),
    /// Tell the agent that it rings.
    Alert(CallId),
    /// Answer a dialled call.
    Answer(CallId, Sound),
    /// Refuse a dialled call with a SIP status.
    Refuse(CallId, u16),
    /// Tell the service.
    Report(Reported),
}

#[derive(Debug)]
enum Stage {
    Waiting,
    Ringing {
        agent: AgentPhone,
        until: Duration,
    },
    Talking {
        agent: AgentPhone,
    },
    /// Dialled by an agent; rings until then.
    RingsThere {
        agent: AgentPhone,
        until: Duration,
    },
    /// Dialled by an agent and answered.
    Dialled {
        agent: AgentPhone,
    },
}

#[derive(Debug)]
struct Call {
    contact: ContactId,
    resident: Resident,
    joined: Duration,
    stage: Stage,
    /// To the right place or not, once the agent has asked for it.
    put_through: Option<bool>,
}

/// A call of an agent without a resident.
#[derive(Debug)]
struct Service {
    agent: AgentPhone,
    /// The group that answered; `None` for echo and tone.
    office: Option<ResponseGroupId>,
}

/// The exchange.
pub struct Floor {
    rhythm: Rhythm,
    scenarios: Vec<Arc<Scenario>>,
    chance: Chance,
    queue: Queue,
    calls: BTreeMap<CallId, Call>,
    offices: Vec<Office>,
    /// Echo, tone and groups.
    services: BTreeMap<CallId, Service>,
    /// When the next resident calls.
    arrival: Option<Duration>,
    /// Errands that have come since all had come.
    come: BTreeSet<String>,
    calls_so_far: u64,
}

impl std::fmt::Debug for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Floor").field("calls", &self.calls.len()).finish_non_exhaustive()
    }
}

impl Floor {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(rhythm: Rhythm, scenarios: Vec<Scenario>, offices: Vec<Office>, chance: Chance) -> Self {
        Self {
            rhythm,
            scenarios: scenarios.into_iter().map(Arc::new).collect(),
            chance,
            queue: Queue::default(),
            calls: BTreeMap::new(),
            offices,
            services: BTreeMap::new(),
            arrival: None,
            come: BTreeSet::new(),
            calls_so_far: 0,
        }
    }

    /// A new call's id.
    pub fn next_call(&mut self) -> CallId {
        self.calls_so_far += 1;
        CallId(self.calls_so_far)
    }

    /// Whether the call is no more.
    #[must_use]
    pub fn is_over(&self, call: CallId) -> bool {
        !self.calls.contains_key(&call) && !self.services.contains_key(&call)
    }

    /// Something happens.
    pub fn handle(&mut self, now: Moment, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        match input {
            Input::Ready(agent, queues) => {
                self.queue.ready(&agent, &queues, now.since);
            }
            Input::NotReady { agent, rested } => {
                self.queue.not_ready(&agent);
                if rested {
                    self.queue.refresh(&agent);
                }
            }
            Input::Reachable(agent, reachable) => self.queue.reachable(&agent, reachable),
            Input::Next(errand) => self.arrive(now, errand.as_deref(), &mut out),
            Input::Dialled { call, agent, number } => self.dialled(now, call, agent, &number, &mut out),
            Input::Referred { call, to } => self.referred(call, &to, &mut out),
            Input::Phone(call, sign) => self.sign(now, call, sign, &mut out),
        }
        self.settle(now, &mut out);
        out
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) -> Vec<Action> {
        let mut out = Vec::new();
        self.settle(now, &mut out);
        out
    }

    /// When [`Self::tick`] has something to do, if nothing happens before.
    #[must_use]
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        let residents = self.calls.values().filter_map(|call| call.resident.deadline());
        let rings = self.calls.values().filter_map(|call| match call.stage {
            Stage::Ringing { until, .. } | Stage::RingsThere { until, .. } => Some(until),
            _ => None,
        });
        residents.chain(rings).chain(self.arrival).chain(self.queue.deadline(now)).min()
    }

    fn settle(&mut self, now: Moment, out: &mut Vec<Action>) {
        self.tick_residents(now, out);
        self.tick_rings(now, out);
        self.tick_arrivals(now, out);
        while let Some((call, agent)) = self.queue.offer(now.since) {
            self.offer(now, call, agent, out);
        }
    }

    /// Evenly within a range of spans.
    fn span(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let width = range.end().saturating_sub(*range.start()).as_millis();
        let width = u64::try_from(width).unwrap_or(u64::MAX - 1);
        *range.start() + Duration::from_millis((self.chance)() % (width + 1))
    }
}

fn report(now: Moment, contact: ContactId, event: ExchangeEvent) -> Action {
    Action::Report(Reported { at: now.at, contact, event })
}

/// How an ended call is told.
fn ended(now: Moment, contact: ContactId, agent: AgentPhone, by: EndedBy) -> Action {
    report(now, contact, ExchangeEvent::CallEnded { agent: Some(agent), by })
}

#[cfg(test)]
mod tests;
