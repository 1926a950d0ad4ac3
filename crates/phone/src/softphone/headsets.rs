//! The headsets around the phone: what they press is a command like any other.

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::engine::Event;
use crate::call::PhoneState;
#[cfg(all(feature = "headset", target_os = "linux"))]
use crate::{call::Input, headset::hidraw, headset::keeper};

/// Whose buttons and lights a phone uses.
#[derive(Default)]
pub enum Headsets {
    /// None's: for simulated phones, and for tests.
    #[default]
    None,
    /// Those among these devices.
    #[cfg(all(feature = "headset", target_os = "linux"))]
    Among(Box<dyn hidraw::Nodes>),
}

impl Headsets {
    /// The computer's own; none where they are not supported.
    pub fn system() -> Self {
        #[cfg(all(feature = "headset", target_os = "linux"))]
        return Self::Among(Box::new(hidraw::Hidraw));
        #[cfg(not(all(feature = "headset", target_os = "linux")))]
        return Self::None;
    }

    /// Follows the phone's state as long as there is one.
    pub(super) fn attend(self, state: &watch::Sender<PhoneState>, tell: &UnboundedSender<Event>) {
        match self {
            Self::None => {
                let _ = (state, tell);
            }
            #[cfg(all(feature = "headset", target_os = "linux"))]
            Self::Among(nodes) => {
                let tell = tell.clone();
                keeper::start(nodes, state.subscribe(), move |command| {
                    // A phone that has ended takes no commands.
                    let _ = tell.send(Event::Input(Input::Command(command)));
                });
            }
        }
    }
}
