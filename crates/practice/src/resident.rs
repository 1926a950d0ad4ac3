//! One simulated resident: waits, talks, loses patience. Pure; time comes with every word.
//!
//! Times are spans since the exchange started. A resident says at most one line at a time and is told
//! when it has been said ([`Sense::LineOver`]).

use crate::scenario::{Line, Scenario};
use std::sync::Arc;
use std::time::Duration;

/// How a resident takes turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Shorter sounds from the agent are no turn: "mm", a cough, a key.
    pub least_speech: Duration,
    /// The agent has been silent for this long: it is the resident's turn.
    pub turn: Duration,
    /// Nobody greets: the resident begins after this.
    pub no_greeting: Duration,
    /// A greeting that never ends is interrupted after this.
    pub long_greeting: Duration,
    /// Nothing is heard from the agent for this long: the next word into silence.
    pub silence: Duration,
    /// From the last word to hanging up.
    pub goodbye: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            least_speech: Duration::from_millis(400),
            turn: Duration::from_millis(900),
            no_greeting: Duration::from_secs(4),
            long_greeting: Duration::from_secs(6),
            silence: Duration::from_secs(20),
            goodbye: Duration::from_millis(1_500),
        }
    }
}

/// What a resident notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// An agent answered, or the resident answered an agent's call.
    Answered,
    /// The agent's voice begins (`true`) or ends.
    Voice(bool),
    /// Put on hold (`true`) or taken back.
    Hold(bool),
    /// What was to be said has been said.
    LineOver,
    /// Put through, to where the errand belongs or not.
    Transferred {
        /// To the right place.
        right: bool,
    },
}

/// What a resident does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Says a line, from now on.
    Say(Line),
    /// Hangs up, or gives up waiting.
    HangUp,
}

/// What comes next in the talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Opening,
    Answer(usize),
    Goodbye,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Waiting { gives_up: Duration },
    Called,
    Talking(Talk),
    Over,
}

#[derive(Debug, Clone, Copy)]
struct Talk {
    next: Next,
    saying: Option<Line>,
    /// The agent's voice since then.
    voice: Option<Duration>,
    /// How long the agent has spoken since the resident's last line.
    spoken: Duration,
    /// Nothing was heard since then: end of the last sound from either side.
    quiet: Duration,
    /// Words into silence so far.
    hellos: usize,
    held: Option<Duration>,
    /// What was kept for the end of the hold.
    complains: bool,
    begun: Duration,
    /// Answers given before this talk.
    answered: usize,
}

/// A resident with an errand.
#[derive(Debug, Clone)]
pub struct Resident {
    scenario: Arc<Scenario>,
    pace: Pace,
    phase: Phase,
    /// What is said first when answered.
    first: Line,
    /// How far the answers have come; survives a wrong transfer.
    answered: usize,
}

impl Resident {
    /// Calls now and waits. `mood` (any number) makes patience 75–125 % of the scenario's.
    #[must_use]
    pub fn calling(scenario: Arc<Scenario>, pace: Pace, now: Duration, mood: u64) -> Self {
        let gives_up = now + patience(&scenario, mood);
        Self { scenario, pace, phase: Phase::Waiting { gives_up }, first: Line::Opening, answered: 0 }
    }

    /// Is called by an agent, about what was answered before.
    #[must_use]
    pub fn called(scenario: Arc<Scenario>, pace: Pace) -> Self {
        Self { scenario, pace, phase: Phase::Called, first: Line::Hello, answered: 0 }
    }

    /// The errand.
    #[must_use]
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// Whether the resident has hung up, or has been put through.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Something is noticed.
    pub fn sense(&mut self, now: Duration, sense: Sense) -> Option<Reaction> {
        match (&mut self.phase, sense) {
            (Phase::Waiting { .. } | Phase::Called, Sense::Answered) => {
                let mut talk = Talk::new(now, self.answered);
                let first = self.first;
                if first == Line::Hello {
                    talk.saying = Some(first);
                } else {
                    talk.next = Next::Opening;
                }
                self.phase = Phase::Talking(talk);
                (first == Line::Hello).then_some(Reaction::Say(first))
            }
            (Phase::Talking(_), Sense::Transferred { right }) => {
                self.transferred(now, right);
                None
            }
            (Phase::Talking(talk), sense) => {
                let limit = Duration::from_secs(self.scenario.hold_seconds);
                talk.sense(now, sense, limit)
            }
            _ => None,
        }
        .or_else(|| self.tick(now))
    }

    /// When [`Self::tick`] has something to do, if nothing happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Waiting { gives_up } => Some(*gives_up),
            Phase::Talking(talk) => {
                talk.deadline(&self.pace, Duration::from_secs(self.scenario.hold_seconds))
            }
            Phase::Called | Phase::Over => None,
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) -> Option<Reaction> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        let reaction = match &mut self.phase {
            Phase::Talking(talk) => talk.due(now, &self.pace, &self.scenario, self.first),
            _ => Reaction::HangUp,
        };
        match reaction {
            Reaction::HangUp => self.phase = Phase::Over,
            Reaction::Say(Line::Answer(turn)) => self.answered = turn + 1,
            Reaction::Say(_) => {}
        }
        Some(reaction)
    }

    fn transferred(&mut self, now: Duration, right: bool) {
        if right {
            self.phase = Phase::Over;
            return;
        }
        self.first = Line::OnWrongTransfer;
        self.phase = Phase::Waiting { gives_up: now + patience(&self.scenario, 0) };
    }
}

/// 75–125 % of the scenario's patience.
fn patience(scenario: &Scenario, mood: u64) -> Duration {
    let percent = 75 + u32::try_from(mood % 51).unwrap_or(25);
    Duration::from_secs(scenario.patience_seconds) * percent / 100
}

impl Talk {
    fn new(now: Duration, answered: usize) -> Self {
        Self {
            next: Next::Answer(answered),
            saying: None,
            voice: None,
            spoken: Duration::ZERO,
            quiet: now,
            hellos: 0,
            held: None,
            complains: false,
            begun: now,
            answered,
        }
    }

    fn sense(&mut self, now: Duration, sense: Sense, hold_limit: Duration) -> Option<Reaction> {
        match sense {
            Sense::Voice(true) if self.voice.is_none() && self.held.is_none() => self.voice = Some(now),
            Sense::Voice(false) => self.voice_over(now),
            Sense::Hold(true) if self.held.is_none() => {
                self.voice_over(now);
                self.held = Some(now);
            }
            Sense::Hold(false) => {
                if let Some(since) = self.held.take() {
                    self.complains = now.saturating_sub(since) >= hold_limit;
                    self.quiet = now;
                    self.spoken = Duration::ZERO;
                }
            }
            Sense::LineOver if self.saying.take().is_some() => {
                // What the agent said meanwhile was not heard out; what goes on counts from now.
                self.spoken = Duration::ZERO;
                self.voice = self.voice.map(|_| now);
                self.quiet = now;
            }
            _ => {}
        }
        None
    }

    fn voice_over(&mut self, now: Duration) {
        if let Some(since) = self.voice.take() {
            self.spoken += now.saturating_sub(since);
            self.quiet = now;
        }
    }

    fn has_turn(&self, pace: &Pace) -> bool {
        self.spoken >= pace.least_speech
    }

    fn deadline(&self, pace: &Pace, hold_limit: Duration) -> Option<Duration> {
        if let Some(since) = self.held {
            return Some(since + hold_limit * 2);
        }
        if self.saying.is_some() {
            return None;
        }
        if self.complains {
            return Some(self.quiet);
        }
        match (self.next, self.voice) {
            (Next::Goodbye, _) => Some(self.quiet + pace.goodbye),
            (Next::Opening, Some(_)) => Some(self.begun + pace.long_greeting),
            (_, Some(_)) => None,
            (_, None) if self.has_turn(pace) => Some(self.quiet + pace.turn),
            (Next::Opening, None) => Some(self.quiet + pace.no_greeting),
            (_, None) => Some(self.quiet + pace.silence),
        }
    }

    /// The deadline has come.
    fn due(&mut self, now: Duration, pace: &Pace, scenario: &Scenario, first: Line) -> Reaction {
        if self.held.is_some() || self.next == Next::Goodbye {
            return Reaction::HangUp;
        }
        let line = if std::mem::take(&mut self.complains) {
            Some(Line::OnHold)
        } else if let Next::Opening = self.next {
            self.next = Next::Answer(self.answered);
            Some(first)
        } else if self.has_turn(pace) {
            self.hellos = 0;
            Some(self.take_turn(scenario))
        } else {
            let turn = self.hellos;
            self.hellos += 1;
            let line = Line::OnSilence(turn);
            let last = scenario.text(Line::OnSilence(turn + 1)).is_none();
            if last {
                self.next = Next::Goodbye;
            }
            scenario.text(line).map(|_| line)
        };
        let Some(line) = line else { return Reaction::HangUp };
        self.quiet = now;
        self.spoken = Duration::ZERO;
        self.saying = Some(line);
        Reaction::Say(line)
    }

    fn take_turn(&mut self, scenario: &Scenario) -> Line {
        let turn = match self.next {
            Next::Answer(turn) => turn,
            Next::Opening | Next::Goodbye => 0,
        };
        if scenario.text(Line::Answer(turn)).is_some() {
            self.next = Next::Answer(turn + 1);
            Line::Answer(turn)
        } else {
            self.next = Next::Goodbye;
            Line::Thanks
        }
    }
}

#[cfg(test)]
#[path = "resident_tests.rs"]
mod tests;
