//! Between a session's frames at 8 kHz and the devices' ring buffers at their rates.

use std::collections::VecDeque;

use rtrb::{Consumer, Producer};

use crate::media::{FRAME, Frame, FrameKind, Resampler, SAMPLE_RATE};
use crate::rtp::{FrameSink, FrameSource};

/// More than this of unsent speech is old speech: what is oldest is left out, samples at 8 kHz (80 ms).
const LONGEST_BACKLOG: usize = 4 * FRAME;
/// More than this in store for the speaker is delay: frames are left out, milliseconds.
const LONGEST_STORE_MS: usize = 120;

/// Speech from the microphone's ring buffer.
pub(super) struct DeviceSource {
    input: Consumer<i16>,
    resampler: Resampler,
    ready: VecDeque<i16>,
}

impl DeviceSource {
    pub(super) fn new(input: Consumer<i16>, rate: u32) -> Self {
        Self { input, resampler: Resampler::new(rate, SAMPLE_RATE), ready: VecDeque::new() }
    }
}

impl FrameSource for DeviceSource {
    fn fill(&mut self, frame: &mut Frame) {
        let Self { input, resampler, ready } = self;
        while let Ok(sample) = input.pop() {
            resampler.push(sample, |converted| ready.push_back(converted));
        }
        if ready.len() > LONGEST_BACKLOG {
            ready.drain(..ready.len() - FRAME);
        }
        for slot in frame {
            *slot = ready.pop_front().unwrap_or(0);
        }
    }
}

/// Sound into the speaker's ring buffer.
pub(super) struct DeviceSink {
    out: Producer<i16>,
    resampler: Resampler,
    longest: usize,
}

impl DeviceSink {
    pub(super) fn new(out: Producer<i16>, rate: u32) -> Self {
        let longest = rate as usize * LONGEST_STORE_MS / 1_000;
        Self { out, resampler: Resampler::new(SAMPLE_RATE, rate), longest }
    }
}

impl FrameSink for DeviceSink {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let Self { out, resampler, longest } = self;
        if out.buffer().capacity() - out.slots() > *longest {
            return;
        }
        for sample in frame {
            resampler.push(*sample, |converted| {
                // The store was short a moment ago: there is room.
                let _ = out.push(converted);
            });
        }
    }
}
