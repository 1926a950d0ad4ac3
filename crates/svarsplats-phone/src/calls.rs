//! What to do about the calls that the phone tells of.

use phone::call::{Call, CallId, CallState, Direction, PhoneState};

/// What a new state asks for.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// It rings here.
    Answer(CallId),
    /// The parties talk from now on.
    Talks(Call),
    /// It is over.
    Over(Call),
}

/// Follows the calls; tells each thing once.
#[derive(Debug, Default)]
pub struct Calls {
    answered: Vec<CallId>,
    talking: Vec<CallId>,
    over: Vec<CallId>,
}

impl Calls {
    pub fn see(&mut self, state: &PhoneState) -> Vec<Step> {
        let mut steps = Vec::new();
        // The oldest first: ended calls stand last, newest first.
        for call in state.calls.iter().rev() {
            let rings = call.direction == Direction::Incoming && call.state == CallState::Ringing;
            if rings && note(&mut self.answered, call.id) {
                steps.push(Step::Answer(call.id));
            }
            if call.answered.is_some() && note(&mut self.talking, call.id) {
                steps.push(Step::Talks(call.clone()));
            }
            if call.state.is_ended() && note(&mut self.over, call.id) {
                steps.push(Step::Over(call.clone()));
            }
        }
        for seen in [&mut self.answered, &mut self.talking, &mut self.over] {
            seen.retain(|id| state.call(*id).is_some());
        }
        steps
    }
}

/// Whether it was new.
fn note(seen: &mut Vec<CallId>, id: CallId) -> bool {
    let new = !seen.contains(&id);
    if new {
        seen.push(id);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use phone::call::{EndCause, Hold, Remote, Side};

    fn call(id: u64, state: CallState) -> Call {
        Call {
            id: CallId(id),
            direction: Direction::Incoming,
            state,
            remote: Remote::default(),
            queue: None,
            since: 7,
            offered: 5,
            answered: matches!(state, CallState::InCall).then_some(7),
            muted: false,
            hold: Hold::default(),
            hold_asked: None,
            hold_failed: None,
            transfer: None,
            conference: false,
            quality: None,
            encrypted: false,
            ending: None,
        }
    }

    fn state(calls: &[Call]) -> PhoneState {
        PhoneState { calls: calls.to_vec(), ..PhoneState::default() }
    }

    #[test]
    fn each_call_is_answered_begun_and_ended_once() {
        let mut calls = Calls::default();
        let ringing = state(&[call(1, CallState::Ringing)]);
        assert_eq!(calls.see(&ringing), [Step::Answer(CallId(1))]);
        assert_eq!(calls.see(&ringing), []);
        let talks = call(1, CallState::InCall);
        assert_eq!(calls.see(&state(std::slice::from_ref(&talks))), [Step::Talks(talks.clone())]);
        let over = call(1, CallState::Ended { cause: EndCause::HungUp { by: Side::There } });
        let both = state(&[call(2, CallState::Ringing), over.clone()]);
        assert_eq!(calls.see(&both), [Step::Over(over), Step::Answer(CallId(2))]);
        assert_eq!(calls.see(&both), []);
    }
}
