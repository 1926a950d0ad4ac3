//! The echo call of the self-test: whoever is called says again what they hear, and it is timed.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::timeout;

use super::{Order, Sound};
use crate::call::{Call, CallId, Direction, Fault, PhoneCommand, PhoneState, Registration};
use crate::checkup::{Finding, Outcome, Part, Probe, echoed};

/// How long the exchange may take until the call is answered.
const PATIENCE: Duration = Duration::from_secs(12);

/// The calls of before, so that the own one is known from them.
struct Before(Vec<CallId>);

impl Before {
    fn of(state: &PhoneState) -> Self {
        Self(state.calls.iter().map(|call| call.id).collect())
    }

    fn own<'s>(&self, state: &'s PhoneState) -> Option<&'s Call> {
        let new = state.calls.iter().filter(|call| !self.0.contains(&call.id));
        new.into_iter().find(|call| call.direction == Direction::Outgoing)
    }

    /// Somebody else calls, or the agent has taken to another call.
    fn is_disturbed(&self, state: &PhoneState) -> bool {
        let own = self.own(state).map(|call| call.id);
        state.calls.iter().any(|call| Some(call.id) != own && !call.state.is_ended())
    }

    fn is_over(&self, state: &PhoneState) -> bool {
        self.own(state).is_some_and(|call| call.state.is_ended())
    }
}

/// Calls `target`, listens so long and hangs up. The probe is in the devices' place meanwhile; they are back, as `after`
/// makes them, before this ends, and at once when somebody else calls.
pub(super) async fn echo(
    orders: UnboundedSender<Order>,
    mut states: watch::Receiver<PhoneState>,
    target: String,
    listen: Duration,
    after: impl FnOnce() -> Sound,
) -> Finding {
    let untried = |text| Finding::new(Part::Echo, Outcome::NotTried, text);
    let before = {
        let state = states.borrow_and_update();
        if state.registration != Registration::Registered {
            return untried("not registered");
        }
        if state.active().is_some() {
            return untried("there is a call");
        }
        Before::of(&state)
    };
    let order = |order| {
        // A phone that has ended takes no orders; its closed state tells.
        let _ = orders.send(order);
    };
    let probe = Probe::default();
    let board = probe.clone();
    order(Order::Sound(Sound::Custom(Box::new(move || Box::new(board)))));
    order(Order::Command(PhoneCommand::Dial { target }));
    let refused = |state: &PhoneState| matches!(state.fault, Some(Fault::BadTarget | Fault::LineTaken));
    let settled = states.wait_for(|state| {
        let answered = before.own(state).is_some_and(|call| call.answered.is_some());
        answered || before.is_over(state) || before.is_disturbed(state) || refused(state)
    });
    let answered = match timeout(PATIENCE, settled).await {
        Ok(Ok(state)) => before.own(&state).is_some_and(|call| call.answered.is_some()),
        _ => false,
    };
    if answered {
        let broken = states.wait_for(|state| before.is_over(state) || before.is_disturbed(state));
        // Nothing happens in a call that is as it should be.
        let _ = timeout(listen, broken).await;
    }
    let (own, disturbed) = {
        let state = states.borrow();
        let own = before.own(&state).filter(|call| !call.state.is_ended()).map(|call| call.id);
        (own, before.is_disturbed(&state))
    };
    if let Some(call) = own {
        order(Order::Command(PhoneCommand::HangUp { call }));
    }
    order(Order::Sound(after()));
    match (answered, disturbed) {
        (_, true) => untried("a call came"),
        (true, false) => echoed(Part::Echo, probe.echoed()),
        (false, false) => Finding::new(Part::Echo, Outcome::Fails, "nobody answered"),
    }
}
