//! Between a session's frames at the phone's rate and the devices' ring buffers at their rates.

use std::collections::VecDeque;

use rtrb::{Consumer, Producer};

use crate::media::{Frame, FrameKind, Resampler, SAMPLE_RATE};
use crate::rtp::{FrameSink, FrameSource};

/// Devices hand over in bursts, so that only what is left at the lowest ebb is delay. After this many frames
/// (a second) the ebb is looked at.
const LOOK: u32 = 50;
/// This much may be left over, milliseconds: of what is heard, in whole frames, and of what is said.
const SPARE_MS: usize = 40;
const SPARE_SAID_MS: usize = 20;

/// The lowest level of a store within a second.
struct Ebb {
    least: usize,
    frames: u32,
    spare: usize,
}

impl Ebb {
    fn new(spare: usize) -> Self {
        Self { least: usize::MAX, frames: 0, spare }
    }

    /// Notes a level, once a frame; after a second gives what is too much, if anything.
    fn excess(&mut self, level: usize) -> usize {
        self.least = self.least.min(level);
        self.frames += 1;
        if self.frames < LOOK {
            return 0;
        }
        let excess = self.least.saturating_sub(self.spare);
        *self = Self::new(self.spare);
        excess
    }
}

/// Speech from the microphone's ring buffer.
pub(super) struct DeviceSource {
    input: Consumer<i16>,
    resampler: Resampler,
    ready: VecDeque<i16>,
    ebb: Ebb,
}

impl DeviceSource {
    pub(super) fn new(input: Consumer<i16>, rate: u32) -> Self {
        let ebb = Ebb::new(SAMPLE_RATE as usize * SPARE_SAID_MS / 1_000);
        Self { input, resampler: Resampler::new(rate, SAMPLE_RATE), ready: VecDeque::new(), ebb }
    }
}

impl FrameSource for DeviceSource {
    fn fill(&mut self, frame: &mut Frame) {
        let Self { input, resampler, ready, ebb } = self;
        if let Ok(chunk) = input.read_chunk(input.slots()) {
            for sample in chunk {
                resampler.push(sample, |converted| ready.push_back(converted));
            }
        }
        for slot in frame {
            *slot = ready.pop_front().unwrap_or(0);
        }
        let excess = ebb.excess(ready.len());
        ready.drain(..excess.min(ready.len()));
    }
}

/// Sound into the speaker's ring buffer.
pub(super) struct DeviceSink {
    out: Producer<i16>,
    resampler: Resampler,
    ebb: Ebb,
}

impl DeviceSink {
    pub(super) fn new(out: Producer<i16>, rate: u32) -> Self {
        let ebb = Ebb::new(rate as usize * SPARE_MS / 1_000);
        Self { out, resampler: Resampler::new(SAMPLE_RATE, rate), ebb }
    }
}

impl FrameSink for DeviceSink {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let Self { out, resampler, ebb } = self;
        if ebb.excess(out.buffer().capacity() - out.slots()) > 0 {
            return;
        }
        for sample in frame {
            resampler.push(*sample, |converted| {
                // A store that is full for half a second belongs to a device that has stopped.
                let _ = out.push(converted);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use rtrb::RingBuffer;

    use super::*;
    use crate::media::FRAME;

    #[test]
    fn bursts_pass_whole_and_lasting_delay_is_cut() {
        let (mut out, input) = RingBuffer::new(SAMPLE_RATE as usize);
        let mut source = DeviceSource::new(input, SAMPLE_RATE);
        let mut frame = [0; FRAME];
        let mut holes = 0;
        for tick in 0..200 {
            if tick % 4 == 0 {
                (0..4 * FRAME).for_each(|_| out.push(7).unwrap_or(()));
            }
            source.fill(&mut frame);
            holes += frame.iter().filter(|sample| **sample == 0).count();
        }
        assert!(holes <= 1, "{holes} samples missing in bursts of 80 ms");
        (0..SAMPLE_RATE / 2).for_each(|_| out.push(7).unwrap_or(()));
        for _ in 0..120 {
            (0..FRAME).for_each(|_| out.push(7).unwrap_or(()));
            source.fill(&mut frame);
        }
        assert!(source.ready.len() <= 3 * FRAME, "half a second of delay did not stay");
    }
}
