//! What a resident says into a call and hears from it. Runs on the RTP session's thread: never waits.

use phone::media::{FRAME, FRAME_MS, Frame, FrameKind, Resampler, SAMPLE_RATE, SILENCE, Tone};
use phone::rtp::{Ends, FrameSink, FrameSource, Mute, ToneSource};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Samples per second of the lines that are kept: what residents' telephones carry.
pub(crate) const SPEECH_RATE: u32 = 8_000;
/// Samples of a line in a frame of 20 ms.
const SPEECH_FRAME: usize = SPEECH_RATE as usize / 50;

/// Sound of a line.
pub(crate) type Samples = Arc<[i16]>;

/// What a call's sound tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The agent's voice begins or ends.
    Voice(bool),
    /// The line with this number is over.
    LineOver(u64),
}

/// Makes a resident speak.
#[derive(Debug)]
pub(crate) struct Mouth(Sender<(Samples, u64)>);

impl Mouth {
    /// Says this from now on, instead of what is being said.
    pub(crate) fn say(&self, samples: Samples, number: u64) {
        // A session that has ended says nothing more.
        let _ = self.0.send((samples, number));
    }
}

/// The two ends of a resident's sound, and what makes it speak.
pub(crate) fn resident(tell: impl Fn(Heard) + Send + Clone + 'static) -> (Ends, Mouth) {
    let (orders, inbox) = channel();
    let up = Resampler::new(SPEECH_RATE, SAMPLE_RATE);
    let speech = Speech { inbox, line: None, up, tell: Box::new(tell.clone()) };
    let ear = Ear { level: Level::default(), tell: Box::new(tell) };
    (Ends { source: Box::new(speech), sink: Box::new(ear) }, Mouth(orders))
}

/// What comes in goes out.
pub(crate) fn echo() -> Ends {
    let (sender, receiver) = sync_channel(25);
    Ends { source: Box::new(phone::rtp::ChannelSource(receiver)), sink: Box::new(Back(sender)) }
}

/// 1004 Hz at the level of a digital milliwatt: 3 dB below the greatest sine.
pub(crate) fn milliwatt() -> Ends {
    Ends { source: Box::new(ToneSource(Tone::new(1004.0, 0.7))), sink: Box::new(Mute) }
}

struct Back(SyncSender<Frame>);

impl FrameSink for Back {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let _ = self.0.try_send(*frame);
    }
}

struct Speech {
    inbox: Receiver<(Samples, u64)>,
    line: Option<(Samples, u64, usize)>,
    up: Resampler,
    tell: Box<dyn Fn(Heard) + Send>,
}

impl FrameSource for Speech {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = SILENCE;
        while let Ok((samples, number)) = self.inbox.try_recv() {
            self.line = Some((samples, number, 0));
        }
        let Some((samples, number, at)) = &mut self.line else { return };
        let rest = samples.get(*at..).unwrap_or_default();
        let mut slots = frame.iter_mut();
        for sample in rest.iter().chain(std::iter::repeat(&0)).take(SPEECH_FRAME) {
            self.up.push(*sample, |converted| slots.next().into_iter().for_each(|slot| *slot = converted));
        }
        *at += SPEECH_FRAME;
        if *at >= samples.len() {
            (self.tell)(Heard::LineOver(*number));
            self.line = None;
        }
    }
}

struct Ear {
    level: Level,
    tell: Box<dyn Fn(Heard) + Send>,
}

impl FrameSink for Ear {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        if let Some(voice) = self.level.hear(frame) {
            (self.tell)(Heard::Voice(voice));
        }
    }
}

/// Tells voice from silence by energy.
#[derive(Debug, Default)]
struct Level {
    voice: bool,
    /// Frames in a row that say otherwise.
    against: u64,
}

/// Mean square above this is voice: about −40 dB of full scale.
const LOUD: i64 = 330 * 330;
/// So long must sound last to be voice.
const ONSET_MS: u64 = 60;
/// So long must silence last to end it: longer than between words.
const RELEASE_MS: u64 = 300;

impl Level {
    /// `Some` when it changes.
    fn hear(&mut self, frame: &Frame) -> Option<bool> {
        let energy: i64 = frame.iter().map(|sample| i64::from(*sample) * i64::from(*sample)).sum();
        let loud = energy / i64::try_from(FRAME).unwrap_or(1) > LOUD;
        if loud == self.voice {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let needed = if loud { ONSET_MS } else { RELEASE_MS };
        if self.against * FRAME_MS < needed {
            return None;
        }
        self.voice = loud;
        self.against = 0;
        Some(loud)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voice_is_told_from_clicks_and_pauses_between_words() {
        let loud = Tone::new(300.0, 0.2).frame();
        let hum = Tone::new(50.0, 0.005).frame();
        let mut level = Level::default();
        let mut hear = |frame: &Frame, times: usize| -> Vec<bool> {
            (0..times).filter_map(|_| level.hear(frame)).collect()
        };
        assert_eq!(hear(&loud, 2), Vec::<bool>::new(), "a click");
        assert_eq!(hear(&SILENCE, 20), Vec::<bool>::new());
        assert_eq!(hear(&loud, 20), [true]);
        assert_eq!(hear(&hum, 10), Vec::<bool>::new(), "between words");
        assert_eq!(hear(&loud, 5), Vec::<bool>::new());
        assert_eq!(hear(&hum, 20), [false]);
    }

    #[test]
    fn a_line_is_said_once_and_its_end_is_told() {
        let (tell, told) = channel();
        let (mut ends, mouth) = resident(move |heard| tell.send(heard).unwrap_or(()));
        let mut frame = SILENCE;
        ends.source.fill(&mut frame);
        assert_eq!(frame, SILENCE);
        mouth.say(vec![7_000; 200].into(), 3);
        ends.source.fill(&mut frame);
        let said = |frame: &Frame| frame.iter().filter(|sample| **sample > 3_500).count();
        assert!(said(&frame) > FRAME * 3 / 4, "all but the filter's delay");
        assert!(told.try_recv().is_err());
        ends.source.fill(&mut frame);
        assert!(said(&frame) < FRAME / 2, "a quarter of a frame is left");
        assert_eq!(told.try_recv(), Ok(Heard::LineOver(3)));
        ends.source.fill(&mut frame);
        assert_eq!(frame, SILENCE);
    }

    #[test]
    fn an_echo_gives_back_what_it_hears() {
        let mut ends = echo();
        ends.sink.take(&[5; FRAME], FrameKind::Sound);
        let mut frame = SILENCE;
        ends.source.fill(&mut frame);
        assert_eq!(frame, [5; FRAME]);
    }
}
