//! Microphone and speaker, opened as a call opens them.

use std::time::Duration;

use super::pace::{now, pause};
use super::{Finding, Outcome, Part};
use crate::audio::{DeviceBoard, DeviceConfig};
use crate::call::SoundFault;
use crate::media::{FRAME, FRAME_MS, Frame, FrameKind, SILENCE, Tone, ToneMeter, VoiceSettings};
use crate::rtp::{Ends, News, SoundBoard};

/// Frames that are listened for: three seconds.
const LISTENED: u32 = 150;
/// Strokes of a tone that the speaker plays: frames from one to the next, and of each.
const BETWEEN: u32 = 40;
const STROKE: u32 = 10;
/// Of the tone.
const HERTZ: f64 = 880.0;
/// Frames from look to look at whether the devices live; they are looked at until a slow start is over.
const LOOK: u32 = 10;
/// A microphone that is this quiet while somebody speaks, dB below full scale, hears them not: it is off, or of a stand-in.
const NOTHING_DB: f64 = -60.0;
/// Frames until the click of the opening is over.
const OPENING: u32 = 25;
/// More of what is heard than this is the tone, and no fainter: the microphone hears the speaker.
const IS_TONE: f64 = 0.5;
const FAINTEST_DB: f64 = -60.0;

/// Opens the devices as a call does, plays three strokes of a tone and listens: what is found of microphone and speaker.
/// `tell` gets the microphone's level now and then, dB below full scale. `goes_on` is asked at every frame: a call that
/// comes has the devices at once, and nothing is said of what was not tried to its end.
pub fn sound(config: DeviceConfig, tell: impl FnMut(f64), goes_on: impl Fn() -> bool) -> [Finding; 2] {
    let mut board = DeviceBoard::new(DeviceConfig { voice: VoiceSettings::NONE, ..config });
    let begun = now();
    let mut ends = match board.open() {
        Ok(ends) => ends,
        Err(fault) => return missing(fault),
    };
    let opened = begun.elapsed().as_secs_f64() * 1_000.0;
    let heard = listen(&mut board, &mut ends, tell, goes_on);
    drop(ends);
    board.close();
    let Some(heard) = heard else { return [Part::Microphone, Part::Speaker].map(super::broken_off) };
    judged(opened, &heard)
}

fn missing(fault: SoundFault) -> [Finding; 2] {
    let of = |part, lacks: bool| {
        if lacks {
            Finding::new(part, Outcome::Fails, fault.to_string())
        } else {
            Finding::new(part, Outcome::NotTried, "the other one is missing")
        }
    };
    [
        of(Part::Microphone, fault != SoundFault::NoSpeaker),
        of(Part::Speaker, fault != SoundFault::NoMicrophone),
    ]
}

/// What was heard.
#[derive(Debug, Default)]
struct Heard {
    /// The largest sample, after the click of the opening.
    peak: u16,
    /// The microphone heard the speaker.
    tone: bool,
    /// A device stopped meanwhile.
    lost: bool,
}

fn listen(
    board: &mut DeviceBoard,
    ends: &mut Ends,
    mut tell: impl FnMut(f64),
    goes_on: impl Fn() -> bool,
) -> Option<Heard> {
    let (mut heard, mut tone, mut due) = (Heard::default(), Tone::new(HERTZ, 0.2), now());
    let mut recent = 0;
    for tick in 0..LISTENED {
        if !goes_on() {
            return None;
        }
        due += Duration::from_millis(FRAME_MS);
        pause(due.saturating_duration_since(now()));
        let played = if tick % BETWEEN < STROKE { tone.frame() } else { SILENCE };
        ends.sink.take(&played, FrameKind::Sound);
        let mut frame = SILENCE;
        ends.source.fill(&mut frame);
        let peak = frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        recent = peak.max(recent);
        if tick >= OPENING {
            heard.peak = heard.peak.max(peak);
        }
        heard.tone |= is_tone(&frame, peak);
        if tick % LOOK == LOOK - 1 {
            tell(level_db(std::mem::take(&mut recent)));
            let news = board.look();
            heard.lost |= news.iter().any(|news| matches!(news, News::Moved { .. } | News::Lost(_)));
        }
    }
    Some(heard)
}

fn is_tone(frame: &Frame, peak: u16) -> bool {
    let mut meter = ToneMeter::new(HERTZ);
    meter.hear(frame);
    frame.len() == FRAME && level_db(peak) > FAINTEST_DB && meter.share() > IS_TONE
}

fn judged(opened: f64, heard: &Heard) -> [Finding; 2] {
    let level = level_db(heard.peak);
    let silent = level < NOTHING_DB;
    let (outcome, text) = match (heard.lost, silent) {
        (true, _) => (Outcome::Fails, "it stopped".to_owned()),
        (false, true) => {
            (Outcome::Doubtful, format!("it hears nobody speak, it may be off; peak {level:.1} dB"))
        }
        (false, false) => (Outcome::Works, format!("opened in {opened:.1} ms; peak {level:.1} dB")),
    };
    let microphone =
        Finding::new(Part::Microphone, outcome, text).with("opened_ms", opened).with("peak_db", level);
    let (outcome, text) = match (heard.lost, heard.tone) {
        (true, _) => (Outcome::Fails, "it stopped"),
        (false, true) => (Outcome::Works, "it takes sound, and the microphone hears it"),
        // A headset's microphone does not hear its own ear.
        (false, false) => {
            (Outcome::NotTried, "it takes sound; whether one hears it, only its owner can tell")
        }
    };
    [microphone, Finding::new(Part::Speaker, outcome, text).with("heard", f64::from(u8::from(heard.tone)))]
}

/// The level of a peak, dB below full scale; −90.3 and less is nothing.
pub fn level_db(peak: u16) -> f64 {
    20.0 * (f64::from(peak.max(1)) / f64::from(i16::MAX)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(heard: &Heard) -> [Outcome; 2] {
        judged(3.0, heard).map(|finding| finding.outcome)
    }

    #[test]
    fn a_silent_microphone_is_doubtful_and_a_lost_device_fails() {
        let heard = Heard { peak: 900, tone: false, lost: false };
        assert_eq!(outcomes(&heard), [Outcome::Works, Outcome::NotTried]);
        assert_eq!(outcomes(&Heard { peak: 20, ..heard }), [Outcome::Doubtful, Outcome::NotTried]);
        assert_eq!(outcomes(&Heard { peak: 900, tone: true, lost: false }), [Outcome::Works; 2]);
        assert_eq!(outcomes(&Heard { lost: true, peak: 900, tone: true }), [Outcome::Fails; 2]);
        let of = |fault| missing(fault).map(|finding| finding.outcome);
        assert_eq!(of(SoundFault::NoMicrophone), [Outcome::Fails, Outcome::NotTried]);
        assert_eq!(of(SoundFault::NoSpeaker), [Outcome::NotTried, Outcome::Fails]);
        assert_eq!(of(SoundFault::NoDevice), [Outcome::Fails; 2]);
    }

    #[test]
    fn the_speakers_tone_is_known_from_speech_and_from_silence() {
        let tone = Tone::new(HERTZ, 0.05).frame();
        assert!(is_tone(&tone, 1_600));
        assert!(!is_tone(&Tone::new(300.0, 0.5).frame(), 16_000) && !is_tone(&SILENCE, 0));
    }
}
