//! The phone's devices.

use std::path::PathBuf;

use cpal::Stream;
use rtrb::RingBuffer;
use serde::{Deserialize, Serialize};

use super::callback::{Capture, Playback, RingTone};
use super::device::{self, Player};
use super::ends::{DeviceSink, DeviceSource};
use super::ring;
use crate::call::SoundFault;
use crate::rtp::{Ends, Lost, SoundBoard};

/// Which devices. An id is from [`super::devices`]; none means the system's choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceConfig {
    /// To talk into. When it is named and missing, there is no microphone: another one is not taken.
    pub microphone: Option<String>,
    /// To hear the other party in. As with the microphone, another one is not taken.
    pub speaker: Option<String>,
    /// Where calls ring. When it is missing they ring on the system's choice.
    pub ring: Option<String>,
    /// A WAV file to ring with, 16-bit PCM; else a tone of ours.
    pub ring_file: Option<PathBuf>,
}

/// Opens the devices for calls and rings.
pub struct DeviceBoard {
    config: DeviceConfig,
    talk: Option<(Stream, Stream)>,
    ringing: Option<Stream>,
}

impl DeviceBoard {
    /// Nothing is opened yet.
    pub fn new(config: DeviceConfig) -> Self {
        Self { config, talk: None, ringing: None }
    }

    fn open_microphone(&self, lost: &Lost) -> Option<(Stream, DeviceSource)> {
        let device = device::find(self.config.microphone.as_deref(), true)?;
        let format = device::format(&device, true)?;
        let rate = format.sample_rate();
        let mut taken = None;
        let make = || {
            let (out, input) = RingBuffer::new(half_a_second(rate));
            taken = Some(input);
            Capture::new(format.channels(), out)
        };
        let lost = lost.clone();
        let stream = device::capture(&device, &format, make, move || lost(SoundFault::NoMicrophone))?;
        Some((stream, DeviceSource::new(taken?, rate)))
    }

    fn open_speaker(&self, lost: &Lost) -> Option<(Stream, DeviceSink)> {
        let device = device::find(self.config.speaker.as_deref(), false)?;
        let format = device::format(&device, false)?;
        let rate = format.sample_rate();
        let mut given = None;
        let make = || {
            let (out, input) = RingBuffer::new(half_a_second(rate));
            given = Some(out);
            // 40 ms in store covers the frames' 20 ms and the threads' unrest.
            Player::Playback(Playback::new(format.channels(), input, rate as usize / 25))
        };
        let lost = lost.clone();
        let stream = device::playback(&device, &format, make, move || lost(SoundFault::NoSpeaker))?;
        Some((stream, DeviceSink::new(given?, rate)))
    }

    fn open_ring(&self, id: Option<&str>) -> Option<Stream> {
        let device = device::find(id, false)?;
        let format = device::format(&device, false)?;
        let tone = ring::tone(self.config.ring_file.as_deref(), format.sample_rate());
        let make = || Player::RingTone(RingTone::new(format.channels(), tone.clone()));
        device::playback(&device, &format, make, || ())
    }
}

fn half_a_second(rate: u32) -> usize {
    (rate as usize / 2).max(4_000)
}

impl SoundBoard for DeviceBoard {
    fn open(&mut self, lost: Lost) -> Result<Ends, SoundFault> {
        let (microphone, source) = self.open_microphone(&lost).ok_or(SoundFault::NoMicrophone)?;
        let (speaker, sink) = self.open_speaker(&lost).ok_or(SoundFault::NoSpeaker)?;
        self.talk = Some((microphone, speaker));
        Ok(Ends { source: Box::new(source), sink: Box::new(sink) })
    }

    fn close(&mut self) {
        self.talk = None;
    }

    fn ring(&mut self, on: bool) -> Result<(), SoundFault> {
        self.ringing = None;
        if !on {
            return Ok(());
        }
        let named = self.config.ring.as_deref().and_then(|id| self.open_ring(Some(id)));
        let missing = self.config.ring.is_some() && named.is_none();
        self.ringing = named.or_else(|| self.open_ring(None));
        if self.ringing.is_none() || missing { Err(SoundFault::NoSpeaker) } else { Ok(()) }
    }
}
