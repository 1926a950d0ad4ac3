//! When residents call, and with which errand.

use super::{Action, Call, Floor, Moment, Stage, report};
use crate::resident::Resident;
use crate::scenario::Scenario;
use domain::{ContactId, Personal};
use exchange::ExchangeEvent;
use std::sync::Arc;

impl Floor {
    /// Whether there is such an errand.
    #[must_use]
    pub fn knows(&self, errand: &str) -> bool {
        self.scenarios.iter().any(|scenario| scenario.id == errand)
    }

    /// Plans the next arrival while somebody could take it and nobody waits; forgets it otherwise.
    pub(super) fn tick_arrivals(&mut self, now: Moment, out: &mut Vec<Action>) {
        if self.queue.open_queues().is_empty() || !self.queue.is_empty() {
            self.arrival = None;
            return;
        }
        if self.queue.fresh() {
            let soon = now.since + self.rhythm.first_caller;
            self.arrival = Some(self.arrival.map_or(soon, |planned| planned.min(soon)));
        } else if self.arrival.is_none() {
            let range = self.rhythm.between.clone();
            self.arrival = Some(now.since + self.span(&range));
        }
        if self.arrival.is_some_and(|planned| planned <= now.since) {
            self.arrival = None;
            let open = self.queue.open_queues();
            if let Some(scenario) = self.choose(|scenario| open.contains(&scenario.queue)) {
                self.join(now, scenario, out);
            } else {
                // These queues have no errands: asked again at the usual pace.
                let range = self.rhythm.between.clone();
                self.arrival = Some(now.since + self.span(&range));
            }
        }
    }

    /// A resident calls at once: with this errand, or one that somebody free would take, or any. An errand
    /// whose resident is in a call already does not come twice.
    pub(super) fn arrive(&mut self, now: Moment, errand: Option<&str>, out: &mut Vec<Action>) {
        let open = self.queue.open_queues();
        let scenario = match errand {
            Some(errand) => self.choose(|scenario| scenario.id == errand),
            None => self.choose(|scenario| open.contains(&scenario.queue)).or_else(|| self.choose(|_| true)),
        };
        if let Some(scenario) = scenario {
            self.arrival = None;
            self.join(now, scenario, out);
        }
    }

    /// By chance among those that fit and whose resident is in no call; each comes once before any comes again.
    fn choose(&mut self, fits: impl Fn(&Scenario) -> bool) -> Option<Arc<Scenario>> {
        let in_call =
            |scenario: &Scenario| self.calls.values().any(|call| call.resident.scenario().id == scenario.id);
        let all: Vec<Arc<Scenario>> =
            self.scenarios.iter().filter(|scenario| fits(scenario) && !in_call(scenario)).cloned().collect();
        let fresh: Vec<_> =
            all.iter().filter(|scenario| !self.come.contains(&scenario.id)).cloned().collect();
        let from = if fresh.is_empty() {
            for scenario in &all {
                self.come.remove(&scenario.id);
            }
            all
        } else {
            fresh
        };
        let count = u64::try_from(from.len()).ok().filter(|count| *count > 0)?;
        let at = usize::try_from((self.chance)() % count).ok()?;
        from.get(at).cloned()
    }

    fn join(&mut self, now: Moment, scenario: Arc<Scenario>, out: &mut Vec<Action>) {
        let mood = (self.chance)();
        self.come.insert(scenario.id.clone());
        let resident = Resident::calling(scenario.clone(), self.rhythm.pace, now.since, mood);
        out.push(Action::Prepare(scenario));
        self.wait_for_agent(now, resident, out);
    }

    /// The resident waits in the queue of the errand.
    pub(super) fn wait_for_agent(&mut self, now: Moment, resident: Resident, out: &mut Vec<Action>) {
        let contact = self.contact_id(now);
        let id = self.next_call();
        let scenario = resident.scenario().clone();
        let (joined, stage) = (now.since, Stage::Waiting);
        self.calls.insert(id, Call { contact, resident, joined, stage, put_through: None });
        self.queue.join(id, scenario.queue.clone(), now.since);
        let event = ExchangeEvent::CallJoined {
            entry: Some(scenario.entry.clone()),
            queue: scenario.queue.clone(),
            menu: scenario.menu.clone(),
            caller: scenario.number().map(|number| Personal::new(number.e164().to_owned())),
        };
        out.push(report(now, contact, event));
    }

    pub(super) fn contact_id(&mut self, now: Moment) -> ContactId {
        let bits = (u128::from((self.chance)()) << 64 | u128::from((self.chance)())).to_le_bytes();
        let mut random = [0; 10];
        random.iter_mut().zip(bits).for_each(|(slot, bits)| *slot = bits);
        ContactId::new(now.at, random)
    }
}
