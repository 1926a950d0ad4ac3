//! The phone's devices.

use std::path::PathBuf;

use rtrb::RingBuffer;
use serde::{Deserialize, Serialize};

use super::callback::{Capture, Playback, RingTone};
use super::device::{self, Player, Running};
use super::ends::{DeviceSink, DeviceSource};
#[cfg(target_os = "linux")]
use super::pulse;
use super::ring;
use crate::call::SoundFault;
#[cfg(target_os = "linux")]
use crate::media::SAMPLE_RATE;
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
    talk: Option<(Running, Running)>,
    ringing: Option<Running>,
}

impl DeviceBoard {
    /// Nothing is opened yet.
    pub fn new(config: DeviceConfig) -> Self {
        Self { config, talk: None, ringing: None }
    }

    fn open_microphone(&self, lost: &Lost) -> Option<(Running, DeviceSource)> {
        #[cfg(target_os = "linux")]
        if pulse::is_there() {
            let (out, input) = RingBuffer::new(half_a_second(SAMPLE_RATE));
            let stream = pulse::capture(self.config.microphone.as_deref(), Capture::new(1, out))?;
            return Some((Running::Server { _stream: stream }, DeviceSource::new(input, SAMPLE_RATE)));
        }
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
        Some((Running::Device { _stream: stream }, DeviceSource::new(taken?, rate)))
    }

    fn open_speaker(&self, lost: &Lost) -> Option<(Running, DeviceSink)> {
        // 40 ms in store covers the frames' 20 ms and the threads' unrest.
        let enough = |rate: u32| rate as usize / 25;
        #[cfg(target_os = "linux")]
        if pulse::is_there() {
            let (out, input) = RingBuffer::new(half_a_second(SAMPLE_RATE));
            let player = Player::Playback(Playback::new(1, input, enough(SAMPLE_RATE)));
            let stream = pulse::playback(self.config.speaker.as_deref(), SAMPLE_RATE, player)?;
            return Some((Running::Server { _stream: stream }, DeviceSink::new(out, SAMPLE_RATE)));
        }
        let device = device::find(self.config.speaker.as_deref(), false)?;
        let format = device::format(&device, false)?;
        let rate = format.sample_rate();
        let mut given = None;
        let make = || {
            let (out, input) = RingBuffer::new(half_a_second(rate));
            given = Some(out);
            Player::Playback(Playback::new(format.channels(), input, enough(rate)))
        };
        let lost = lost.clone();
        let stream = device::playback(&device, &format, make, move || lost(SoundFault::NoSpeaker))?;
        Some((Running::Device { _stream: stream }, DeviceSink::new(given?, rate)))
    }

    fn open_ring(&self, id: Option<&str>) -> Option<Running> {
        #[cfg(target_os = "linux")]
        if pulse::is_there() {
            let tone = ring::tone(self.config.ring_file.as_deref(), RING_RATE);
            let player = Player::RingTone(RingTone::new(1, tone));
            let stream = pulse::playback(id, RING_RATE, player)?;
            return Some(Running::Server { _stream: stream });
        }
        let device = device::find(id, false)?;
        let format = device::format(&device, false)?;
        let tone = ring::tone(self.config.ring_file.as_deref(), format.sample_rate());
        let make = || Player::RingTone(RingTone::new(format.channels(), tone.clone()));
        let stream = device::playback(&device, &format, make, || ())?;
        Some(Running::Device { _stream: stream })
    }
}

/// Rate of the ring tone towards a sound server, which converts to the device's.
#[cfg(target_os = "linux")]
const RING_RATE: u32 = 48_000;

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
