//! What a session takes its frames from and gives them to.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};

use crate::media::{Frame, FrameKind, SILENCE, Tone, ToneMeter};

/// Gives what is sent. Called every 20 ms on the session's thread: never waits.
pub trait FrameSource: Send {
    /// Fills the next frame; silence when there is nothing.
    fn fill(&mut self, frame: &mut Frame);
}

/// Takes what is heard. Called every 20 ms on the session's thread: never waits.
pub trait FrameSink: Send {
    /// Takes the next frame.
    fn take(&mut self, frame: &Frame, kind: FrameKind);
}

/// Both ends of a session's sound.
pub struct Ends {
    /// What is sent.
    pub source: Box<dyn FrameSource>,
    /// What takes what is heard.
    pub sink: Box<dyn FrameSink>,
}

/// Sends silence, hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mute;

impl FrameSource for Mute {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = SILENCE;
    }
}

impl FrameSink for Mute {
    fn take(&mut self, _: &Frame, _: FrameKind) {}
}

/// Sends a tone.
#[derive(Debug, Clone)]
pub struct ToneSource(pub Tone);

impl FrameSource for ToneSource {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = self.0.frame();
    }
}

/// Sends recorded samples at the phone's rate, again and again or once.
#[derive(Debug, Clone)]
pub struct LoopSource {
    samples: Vec<i16>,
    at: usize,
    again: bool,
}

impl LoopSource {
    /// From the beginning; `again` starts over at the end, else silence follows.
    pub fn new(samples: Vec<i16>, again: bool) -> Self {
        Self { samples, at: 0, again }
    }
}

impl FrameSource for LoopSource {
    fn fill(&mut self, frame: &mut Frame) {
        for slot in frame {
            if self.again && self.at >= self.samples.len() {
                self.at = 0;
            }
            *slot = self.samples.get(self.at).copied().unwrap_or(0);
            self.at = self.at.saturating_add(1);
        }
    }
}

/// Sends frames from a channel; silence while it is empty.
#[derive(Debug)]
pub struct ChannelSource(pub Receiver<Frame>);

impl FrameSource for ChannelSource {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = match self.0.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => SILENCE,
        };
    }
}

/// Gives frames to a channel; what a slow listener has no room for is left out.
#[derive(Debug)]
pub struct ChannelSink(pub SyncSender<(Frame, FrameKind)>);

impl FrameSink for ChannelSink {
    fn take(&mut self, frame: &Frame, kind: FrameKind) {
        // Full or gone: the session does not wait for its listener.
        let _ = self.0.try_send((*frame, kind));
    }
}

/// Measures how much of what is heard is one tone, and tells it every 200 ms.
pub struct MeterSink {
    meter: ToneMeter,
    frames: u32,
    tell: Box<dyn FnMut(f64) + Send>,
}

impl MeterSink {
    /// Listens for `hz`; `tell` gets the share 0–1.
    pub fn new(hz: f64, tell: impl FnMut(f64) + Send + 'static) -> Self {
        Self { meter: ToneMeter::new(hz), frames: 0, tell: Box::new(tell) }
    }
}

impl FrameSink for MeterSink {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        self.meter.hear(frame);
        self.frames += 1;
        if self.frames == 10 {
            self.frames = 0;
            (self.tell)(self.meter.share());
        }
    }
}
