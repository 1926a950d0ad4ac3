//! Measures how long a sound is away: a stroke of a tone is said now and then and listened for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::pace::now;
use crate::call::SoundFault;
use crate::media::{FRAME_MS, Frame, FrameKind, SAMPLE_RATE, SILENCE, Tone};
use crate::rtp::{Ends, FrameSink, FrameSource, SoundBoard};

/// Frames from stroke to stroke, and of each stroke.
const BETWEEN: u32 = 50;
const STROKE: u32 = 4;
/// A sample as loud as this is the stroke come back.
const LOUD: u16 = 3_000;

/// Says strokes and hears what comes back of them; as a board, in every call.
#[derive(Debug, Clone, Default)]
pub struct Probe(Arc<Mutex<Strokes>>);

#[derive(Debug, Default)]
struct Strokes {
    said: u32,
    /// When the last one was said, until it is heard.
    waits: Option<Instant>,
    delays_ms: Vec<f64>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Echoed {
    /// Strokes said.
    pub said: u32,
    /// Strokes that came back.
    pub heard: usize,
    /// Median of those heard, milliseconds.
    pub delay_ms: Option<f64>,
}

impl Probe {
    /// The two ends that say and listen.
    pub fn ends(&self) -> Ends {
        let says = Says { probe: self.clone(), tone: Tone::new(1_000.0, 0.5), frame: 0 };
        Ends { source: Box::new(says), sink: Box::new(Hears(self.clone())) }
    }

    /// What came back so far.
    pub fn echoed(&self) -> Echoed {
        let mut strokes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        strokes.delays_ms.sort_by(f64::total_cmp);
        let delays = &strokes.delays_ms;
        Echoed { said: strokes.said, heard: delays.len(), delay_ms: delays.get(delays.len() / 2).copied() }
    }
}

struct Says {
    probe: Probe,
    tone: Tone,
    frame: u32,
}

impl FrameSource for Says {
    fn fill(&mut self, frame: &mut Frame) {
        let at = self.frame % BETWEEN;
        self.frame = self.frame.wrapping_add(1);
        *frame = if at < STROKE { self.tone.frame() } else { SILENCE };
        if at == 0 {
            let mut strokes = self.probe.0.lock().unwrap_or_else(PoisonError::into_inner);
            strokes.said += 1;
            strokes.waits = Some(now());
        }
    }
}

struct Hears(Probe);

impl FrameSink for Hears {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let Some(at) = frame.iter().position(|sample| sample.unsigned_abs() > LOUD) else { return };
        let mut strokes = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(said) = strokes.waits.take() else { return };
        // A frame is said as its first sample would be, and heard as far as its loud sample lies in it.
        let within = at as f64 * 1_000.0 / f64::from(SAMPLE_RATE);
        strokes.delays_ms.push(said.elapsed().as_secs_f64() * 1_000.0 + within);
    }
}

impl SoundBoard for Probe {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        Ok(self.ends())
    }
}

/// The ends of somebody who says again what they hear, at once.
pub(super) fn parrot() -> Ends {
    let heard = Parrot::default();
    Ends { source: Box::new(heard.clone()), sink: Box::new(heard) }
}

#[derive(Clone, Default)]
struct Parrot(Arc<Mutex<VecDeque<Frame>>>);

impl FrameSource for Parrot {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(SILENCE);
    }
}

impl FrameSink for Parrot {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if frames.len() < (1_000 / FRAME_MS) as usize {
            frames.push_back(*frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_that_comes_back_is_timed_once_and_one_that_does_not_is_missed() {
        let probe = Probe::default();
        let mut ends = probe.ends();
        let mut said = SILENCE;
        ends.source.fill(&mut said);
        for _ in 0..3 {
            ends.sink.take(&said, FrameKind::Sound);
        }
        let once = probe.echoed();
        assert_eq!((once.said, once.heard), (1, 1));
        assert!(once.delay_ms.is_some_and(|ms| ms < 1_000.0));
        for _ in 0..BETWEEN {
            ends.source.fill(&mut said);
            ends.sink.take(&SILENCE, FrameKind::Silence);
        }
        assert_eq!((probe.echoed().said, probe.echoed().heard), (2, 1));
    }

    #[test]
    fn a_parrot_says_what_it_heard_in_order_and_is_silent_after() {
        let Ends { mut source, mut sink } = parrot();
        sink.take(&[1; 960], FrameKind::Sound);
        sink.take(&[2; 960], FrameKind::Sound);
        let said: Vec<i16> = (0..3)
            .map(|_| {
                let mut frame = SILENCE;
                source.fill(&mut frame);
                frame[0]
            })
            .collect();
        assert_eq!(said, [1, 2, 0]);
    }
}
