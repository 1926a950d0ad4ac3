//! Between a session's frames at the phone's rate and the devices' ring buffers at their rates.

use std::collections::VecDeque;

use rtrb::{Consumer, Producer};

use crate::media::{Advice, Drift, FRAME, FRAME_MS, Frame, FrameKind, Resampler, SAMPLE_RATE};
use crate::rtp::{FrameSink, FrameSource};

/// Speech from the microphone's ring buffer. The device's clock is followed by the rate at which it is converted.
pub(super) struct DeviceSource {
    input: Consumer<i16>,
    resampler: Resampler,
    ready: VecDeque<i16>,
    drift: Drift,
    /// Enough has come in to go on without a gap.
    flows: bool,
}

impl DeviceSource {
    /// The device runs at `rate` and gives `portion_ms` at a time.
    pub(super) fn new(input: Consumer<i16>, rate: u32, portion_ms: f64) -> Self {
        let resampler = Resampler::tunable(rate, SAMPLE_RATE);
        let drift = Drift::at_phone_rate(portion_ms);
        Self {
            input,
            resampler,
            ready: VecDeque::with_capacity(SAMPLE_RATE as usize / 2),
            drift,
            flows: false,
        }
    }
}

impl FrameSource for DeviceSource {
    fn fill(&mut self, frame: &mut Frame) {
        let Self { input, resampler, ready, drift, flows } = self;
        if let Ok(chunk) = input.read_chunk(input.slots()) {
            for sample in chunk {
                resampler.push(sample, |converted| ready.push_back(converted));
            }
        }
        *flows |= ready.len() >= FRAME + drift.cushion();
        *flows &= ready.len() >= FRAME;
        for slot in frame {
            *slot = if *flows { ready.pop_front().unwrap_or(0) } else { 0 };
        }
        match drift.note(ready.len()) {
            Advice::Tune(millionths) => resampler.tune(millionths),
            Advice::Cut(samples) => drop(ready.drain(..samples.min(ready.len()))),
            Advice::Keep => {}
        }
    }
}

/// Sound into the speaker's ring buffer, at the pace of the device's clock.
pub(super) struct DeviceSink {
    out: Producer<i16>,
    resampler: Resampler,
    drift: Drift,
}

impl DeviceSink {
    /// The device runs at `rate` and takes `portion_ms` at a time.
    pub(super) fn new(out: Producer<i16>, rate: u32, portion_ms: f64) -> Self {
        let drift = Drift::new(rate, portion_ms, FRAME_MS as f64);
        Self { out, resampler: Resampler::tunable(SAMPLE_RATE, rate), drift }
    }
}

impl FrameSink for DeviceSink {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let Self { out, resampler, drift } = self;
        match drift.note(out.buffer().capacity() - out.slots()) {
            Advice::Tune(millionths) => resampler.tune(millionths),
            // A whole frame and more is too much.
            Advice::Cut(_) => return,
            Advice::Keep => {}
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
    use crate::media::{SILENCE, Tone, ToneMeter};

    /// Ticks of 20 ms with a device that gives 10 ms at a time by its own clock, off by so many millionths; what was
    /// said of its tone, and what is left in store.
    fn said_of_a_tone(millionths: f64, ticks: u32) -> (Vec<Frame>, usize) {
        let (mut out, input) = RingBuffer::new(SAMPLE_RATE as usize / 2);
        let mut source = DeviceSource::new(input, SAMPLE_RATE, 10.0);
        let mut tone = Tone::new(1_000.0, 0.5);
        let (mut given, mut said) = (0u32, Vec::new());
        for tick in 0..ticks {
            let due = f64::from(tick + 2) * 2.0 * (1.0 + millionths * 1e-6);
            while f64::from(given + 1) <= due {
                given += 1;
                (0..FRAME / 2).for_each(|_| out.push(tone.sample()).unwrap());
            }
            let mut frame = SILENCE;
            source.fill(&mut frame);
            said.push(frame);
        }
        (said, source.ready.len())
    }

    #[test]
    fn a_device_whose_clock_is_off_is_heard_without_a_gap_and_in_its_pitch() {
        for millionths in [-2_000.0, 2_000.0] {
            // Ten times what clocks differ by, for as long as the cushion lasts against it.
            let (said, left) = said_of_a_tone(millionths, 200);
            for (tick, frame) in said.iter().enumerate().skip(100) {
                let mut meter = ToneMeter::new(1_000.0);
                meter.hear(frame);
                assert!(meter.share() > 0.97, "{millionths}, frame {tick}: {}", meter.share());
            }
            assert!(left < 3 * FRAME, "{millionths}: {left} samples wait");
        }
    }

    #[test]
    fn bursts_pass_whole_and_lasting_delay_is_cut() {
        let (mut out, input) = RingBuffer::new(SAMPLE_RATE as usize);
        let mut source = DeviceSource::new(input, SAMPLE_RATE, 10.0);
        let mut frame = [0; FRAME];
        let mut holes = 0;
        for tick in 0..200 {
            if tick % 4 == 0 {
                (0..4 * FRAME).for_each(|_| out.push(700).unwrap_or(()));
            }
            source.fill(&mut frame);
            // The filter's own beginning is none.
            let beginning = if tick == 0 { 32 } else { 0 };
            holes += frame.iter().skip(beginning).filter(|sample| **sample == 0).count();
        }
        assert!(holes <= 1, "{holes} samples missing in bursts of 80 ms");
        (0..SAMPLE_RATE / 2).for_each(|_| out.push(700).unwrap_or(()));
        for _ in 0..120 {
            (0..FRAME).for_each(|_| out.push(700).unwrap_or(()));
            source.fill(&mut frame);
        }
        assert!(source.ready.len() <= 3 * FRAME, "half a second of delay did not stay");
    }
}
