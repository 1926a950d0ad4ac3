//! What is heard while it rings at the other end.

use crate::media::{Frame, SILENCE, Tone};

/// The Swedish ringing tone: 425 Hz, one second on, five off.
pub(super) struct Ringback {
    tone: Tone,
    frames: u32,
}

impl Default for Ringback {
    fn default() -> Self {
        Self { tone: Tone::new(425.0, 0.1), frames: 0 }
    }
}

impl Ringback {
    pub(super) fn frame(&mut self) -> Frame {
        let sounds = self.frames % 300 < 50;
        self.frames += 1;
        if sounds { self.tone.frame() } else { SILENCE }
    }
}
