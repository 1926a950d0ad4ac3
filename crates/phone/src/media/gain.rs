//! Gain control: quiet and loud speakers come to one level, noise between the words is not raised, nothing clips.

use super::{FRAME, Frame};

/// The level that speech is brought to: of its loud syllables, dB below full scale (RMS).
const TARGET_DB: f32 = -20.0;
/// The most that is taken away and given, dB.
const RANGE_DB: (f32, f32) = (-20.0, 24.0);
/// Where the gain makes noise louder than this, it goes no further, dB below full scale.
const NOISE_DB: f32 = -50.0;
/// Nothing fainter than this is speech, and nothing closer to the noise, dB.
const FAINTEST_DB: f32 = -60.0;
const ABOVE_NOISE_DB: f32 = 9.0;
/// The gain rises and falls by so much in a frame of speech, dB: 6 and 25 a second.
const RISE_DB: f32 = 0.12;
const FALL_DB: f32 = 0.5;
/// How fast the level of speech is followed when it is louder and when it is fainter than thought: a share for each frame.
const LOUDER: f32 = 0.2;
const FAINTER: f32 = 0.02;
/// The noise is thought to grow by so much in a frame, dB: 2.5 a second, slower than speech lets it.
const NOISE_RISE_DB: f32 = 0.05;
/// No sample is larger.
const CEILING: f32 = 29_000.0;
/// The limiter looks at so many samples at a time (5 ms), and lets go by so much at each.
const PART: usize = FRAME / 4;
const LET_GO: f32 = 1.06;
/// What silence is reckoned as, and what is fainter than any microphone's own noise, dB.
const NOTHING_DB: f32 = -100.0;
const NO_ROOM_DB: f32 = -85.0;

/// Brings speech to one level. Frames are its only measure of time.
#[derive(Debug, Clone)]
pub struct Gain {
    /// dB below full scale.
    noise: f32,
    /// Of the loud syllables; `None` before any speech.
    speech: Option<f32>,
    /// dB.
    gain: f32,
    /// What the last sample was multiplied by, without the limiter, and the limiter's own share of it.
    factor: f32,
    limit: f32,
}

impl Default for Gain {
    fn default() -> Self {
        Self { noise: FAINTEST_DB, speech: None, gain: 0.0, factor: 1.0, limit: 1.0 }
    }
}

impl Gain {
    /// Applies the gain to the next 20 ms, in place.
    pub fn apply(&mut self, frame: &mut Frame) {
        self.follow(level_db(frame));
        let wanted = 10f32.powf(self.gain / 20.0);
        let step = (wanted - self.factor) / FRAME as f32;
        let mut raised = [0f32; FRAME];
        for (slot, sample) in raised.iter_mut().zip(frame.iter()) {
            self.factor += step;
            *slot = f32::from(*sample) * self.factor;
        }
        self.factor = wanted;
        for (part, out) in raised.chunks_exact(PART).zip(frame.chunks_exact_mut(PART)) {
            self.limit(part, out);
        }
    }

    /// Learns from a frame of this level.
    fn follow(&mut self, level: f32) {
        // A device that gives nothing for a moment has not become quieter: no room is this quiet.
        if level < NO_ROOM_DB {
            return;
        }
        self.noise = level.min(self.noise + NOISE_RISE_DB);
        if level < FAINTEST_DB || level < self.noise + ABOVE_NOISE_DB {
            return;
        }
        let before = self.speech.unwrap_or(level);
        let share = if level > before { LOUDER } else { FAINTER };
        let speech = before + (level - before) * share;
        self.speech = Some(speech);
        let most = (NOISE_DB - self.noise).clamp(0.0, RANGE_DB.1);
        let wanted = (TARGET_DB - speech).clamp(RANGE_DB.0, most);
        self.gain += (wanted - self.gain).clamp(-FALL_DB, RISE_DB);
    }

    /// Keeps a part below the ceiling: at once where it must, let go of slowly.
    fn limit(&mut self, part: &[f32], out: &mut [i16]) {
        let peak = part.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
        let fits = if peak > CEILING { CEILING / peak } else { 1.0 };
        let from = self.limit.min(fits);
        let to = (self.limit * LET_GO).min(fits);
        let step = (to - from) / PART as f32;
        let mut now = from;
        for (slot, sample) in out.iter_mut().zip(part) {
            now += step;
            *slot = (sample * now) as i16;
        }
        self.limit = to;
    }
}

/// The level of a frame, dB below full scale (RMS).
fn level_db(frame: &Frame) -> f32 {
    let power = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / FRAME as f32;
    let full = f32::from(i16::MAX).powi(2);
    (10.0 * (power / full).max(1e-12).log10()).max(NOTHING_DB)
}
