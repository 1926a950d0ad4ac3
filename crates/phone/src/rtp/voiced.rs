//! Ends whose microphone is processed beside their speaker.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Ends, FrameSink, FrameSource};
use crate::media::{Frame, FrameKind, SILENCE, Voice, VoiceSettings};

/// Frames on their way from the speaker's end to the microphone's: a session gives one before it takes one.
const ROOM: usize = 4;

impl Ends {
    /// The same ends with the microphone's sound processed: on the session's thread, never on a device's.
    #[must_use]
    pub fn voiced(self, settings: VoiceSettings) -> Self {
        let Some(voice) = Voice::new(settings) else { return self };
        let (to, played) = sync_channel(ROOM);
        let Self { source, sink } = self;
        Self { source: Box::new(Voiced { source, voice, played }), sink: Box::new(Noted { sink, to }) }
    }
}

/// A microphone, processed.
struct Voiced {
    source: Box<dyn FrameSource>,
    voice: Voice,
    played: Receiver<Frame>,
}

impl FrameSource for Voiced {
    fn fill(&mut self, frame: &mut Frame) {
        self.source.fill(frame);
        let played = self.played.try_recv().unwrap_or(SILENCE);
        self.voice.process(&played, frame);
    }
}

/// A speaker whose sound is noted for the microphone.
struct Noted {
    sink: Box<dyn FrameSink>,
    to: SyncSender<Frame>,
}

impl FrameSink for Noted {
    fn take(&mut self, frame: &Frame, kind: FrameKind) {
        // Full only while nobody takes from the microphone.
        let _ = self.to.try_send(*frame);
        self.sink.take(frame, kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{FRAME, Tone, ToneMeter};
    use crate::rtp::Mute;

    /// A microphone that hears nothing but the speaker, some frames later.
    struct Room {
        on_its_way: std::collections::VecDeque<Frame>,
    }

    impl FrameSource for Room {
        fn fill(&mut self, frame: &mut Frame) {
            *frame = self.on_its_way.pop_front().unwrap_or(SILENCE);
        }
    }

    #[test]
    fn the_speaker_is_told_to_the_microphone_and_without_processing_the_ends_are_as_they_were() {
        for (settings, removed) in [(VoiceSettings::ALL, true), (VoiceSettings::NONE, false)] {
            let (mut tone, mut speech) = (Tone::new(700.0, 0.3), Vec::new());
            for tick in 0..250 {
                // Comes and goes, as speech does.
                let frame = tone.frame();
                speech.push(if tick % 10 < 6 { frame } else { SILENCE });
            }
            let room = Room { on_its_way: std::iter::repeat_n(SILENCE, 4).chain(speech.clone()).collect() };
            let mut ends = Ends { source: Box::new(room), sink: Box::new(Mute) }.voiced(settings);
            let (mut meter, mut loud) = (ToneMeter::new(700.0), 0.0);
            for (tick, played) in speech.iter().enumerate() {
                ends.sink.take(played, FrameKind::Sound);
                let mut said = SILENCE;
                ends.source.fill(&mut said);
                if tick > 150 {
                    meter.hear(&said);
                    loud += said.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
                }
            }
            let level = (loud / (100 * FRAME) as f64).sqrt();
            assert_eq!(level < 100.0, removed, "{settings:?}: {level}");
        }
    }
}
