//! The phone's devices.

use std::path::PathBuf;

use rtrb::RingBuffer;
use serde::{Deserialize, Serialize};

use super::beat::{Beat, Watched};
use super::callback::{Capture, Playback, RingTone};
use super::device::{self, Hearer, Player, Plays, Running};
use super::ends::{DeviceSink, DeviceSource};
#[cfg(target_os = "linux")]
use super::pulse;
use super::ring;
#[cfg(target_os = "linux")]
use super::server::Unmet;
use crate::call::SoundFault;
#[cfg(target_os = "linux")]
use crate::media::SAMPLE_RATE;
use crate::media::VoiceSettings;
use crate::rtp::{Ends, News, SoundBoard};

/// Which devices. An id is from [`super::devices`]; none means the system's choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceConfig {
    /// To talk into. When it is named and missing as a call begins, there is no microphone: another one is
    /// not taken. Lost in a call, the system's choice takes its place.
    pub microphone: Option<String>,
    /// To hear the other party in. As with the microphone, another one is not taken.
    pub speaker: Option<String>,
    /// Where calls ring. When it is missing they ring on the system's choice.
    pub ring: Option<String>,
    /// A WAV file to ring with, 16-bit PCM; else a tone of ours.
    pub ring_file: Option<PathBuf>,
    /// What is done to the microphone's sound; all of it unless told otherwise.
    pub voice: VoiceSettings,
}

/// Opens the devices for calls and rings.
pub struct DeviceBoard {
    config: DeviceConfig,
    /// A call has devices, or waits for lost ones.
    talks: bool,
    talk: Option<(Watched, Watched)>,
    /// Opened asleep, so that an answered call has its sound at once.
    ahead: Option<Talk>,
    always_ahead: bool,
    rings: bool,
    ringing: Option<Watched>,
    talk_search: Search,
    ring_search: Search,
}

/// Both devices of a call, and its ends.
struct Talk {
    microphone: Watched,
    speaker: Watched,
    ends: Ends,
}

/// Looks between two searches for a lost device: some seconds.
const REST: u32 = 8;

/// When a lost device is looked for: at once, then now and then.
#[derive(Default)]
struct Search {
    rest: u32,
}

impl Search {
    /// Whether at this look.
    fn is_due(&mut self) -> bool {
        let due = self.rest == 0;
        self.rest = if due { REST } else { self.rest - 1 };
        due
    }
}

impl DeviceBoard {
    /// Nothing is opened yet.
    pub fn new(config: DeviceConfig) -> Self {
        let (talk_search, ring_search) = (Search::default(), Search::default());
        Self {
            config,
            talks: false,
            talk: None,
            ahead: None,
            always_ahead: false,
            rings: false,
            ringing: None,
            talk_search,
            ring_search,
        }
    }

    /// Keeps the devices open, asleep, between the calls: for a phone that answers by itself.
    #[must_use]
    pub fn ahead(mut self) -> Self {
        self.always_ahead = true;
        self.prepare();
        self
    }

    /// The chosen devices, asleep where that is possible.
    fn chosen(&self) -> Result<Talk, SoundFault> {
        let heard = open_microphone(self.config.microphone.as_deref());
        let played = open_speaker(self.config.speaker.as_deref());
        let ((microphone, source), (speaker, sink)) = both(heard, played)?;
        Ok(Talk { microphone, speaker, ends: self.ends(source, sink) })
    }

    fn ends(&self, source: DeviceSource, sink: DeviceSink) -> Ends {
        Ends { source: Box::new(source), sink: Box::new(sink) }.voiced(self.config.voice)
    }

    fn open_ring(&self, id: Option<&str>) -> Option<Watched> {
        let beat = Beat::default();
        let file = self.config.ring_file.as_deref();
        #[cfg(target_os = "linux")]
        {
            let plays = Plays::RingTone(RingTone::new(1, ring::tone(file, RING_RATE)));
            match pulse::playback(id, RING_RATE, Player::new(plays, &beat)) {
                Ok(stream) => {
                    stream.wake();
                    return Some(Watched::new(Running::Server(stream), beat));
                }
                Err(Unmet::Refused) => return None,
                Err(Unmet::NoServer) => {}
            }
        }
        let device = device::find(id, false)?;
        let format = device::format(&device, false)?;
        let tone = ring::tone(file, format.sample_rate());
        let make = || Player::new(Plays::RingTone(RingTone::new(format.channels(), tone.clone())), &beat);
        let stream = device::playback(&device, &format, make, &beat)?;
        Some(Watched::new(Running::Device { _stream: stream }, beat))
    }

    /// Rings on the chosen device, else on the system's; an error when the chosen one is missing.
    fn sound_ring(&mut self) -> Result<(), SoundFault> {
        self.ringing = None;
        let named = self.config.ring.as_deref().and_then(|id| self.open_ring(Some(id)));
        let missing = self.config.ring.is_some() && named.is_none();
        self.ringing = named.or_else(|| self.open_ring(None));
        if self.ringing.is_none() || missing { Err(SoundFault::NoSpeaker) } else { Ok(()) }
    }

    /// The chosen devices where they are there, else the system's; and whether it is those.
    fn reopen(&mut self) -> Result<(Ends, bool), SoundFault> {
        let (microphone, speaker) = (self.config.microphone.as_deref(), self.config.speaker.as_deref());
        let mut elsewhere = false;
        let heard = either(microphone, open_microphone, &mut elsewhere);
        let played = either(speaker, open_speaker, &mut elsewhere);
        let ((input, source), (output, sink)) = both(heard, played)?;
        input.wake();
        output.wake();
        self.talk = Some((input, output));
        Ok((self.ends(source, sink), elsewhere))
    }

    fn look_after_ring(&mut self) -> Option<News> {
        if self.ringing.as_mut().is_some_and(Watched::alive) {
            return None;
        }
        if self.ringing.take().is_some() {
            self.ring_search = Search::default();
        }
        self.ring_search.is_due().then(|| News::Ring { missing: self.sound_ring().is_err() })
    }

    fn look_after_talk(&mut self) -> Option<News> {
        if let Some((microphone, speaker)) = &mut self.talk {
            // Both are asked at every look.
            let (hears, plays) = (microphone.alive(), speaker.alive());
            if hears && plays {
                return None;
            }
            self.talk = None;
            self.talk_search = Search::default();
        }
        if !self.talk_search.is_due() {
            return None;
        }
        Some(match self.reopen() {
            Ok((ends, elsewhere)) => News::Moved { ends, elsewhere },
            Err(fault) => News::Lost(fault),
        })
    }
}

/// Both, or which of them is missing.
fn both<H, P>(heard: Option<H>, played: Option<P>) -> Result<(H, P), SoundFault> {
    match (heard, played) {
        (Some(heard), Some(played)) => Ok((heard, played)),
        (None, Some(_)) => Err(SoundFault::NoMicrophone),
        (Some(_), None) => Err(SoundFault::NoSpeaker),
        (None, None) => Err(SoundFault::NoDevice),
    }
}

/// The device of that id, else the system's choice.
fn either<T>(id: Option<&str>, open: fn(Option<&str>) -> Option<T>, elsewhere: &mut bool) -> Option<T> {
    if id.is_some() {
        let named = open(id);
        if named.is_some() {
            return named;
        }
        *elsewhere = true;
    }
    open(None)
}

fn open_microphone(id: Option<&str>) -> Option<(Watched, DeviceSource)> {
    let beat = Beat::default();
    #[cfg(target_os = "linux")]
    {
        let (out, input) = RingBuffer::new(half_a_second(SAMPLE_RATE));
        match pulse::capture(id, Hearer::new(Capture::new(1, out), &beat)) {
            Ok(stream) => {
                let stream = Watched::new(Running::Server(stream), beat);
                return Some((stream, DeviceSource::new(input, SAMPLE_RATE, f64::from(pulse::PORTION_MS))));
            }
            Err(Unmet::Refused) => return None,
            Err(Unmet::NoServer) => {}
        }
    }
    let device = device::find(id, true)?;
    let format = device::format(&device, true)?;
    let rate = format.sample_rate();
    let mut taken = None;
    let make = || {
        let (out, input) = RingBuffer::new(half_a_second(rate));
        taken = Some(input);
        Hearer::new(Capture::new(format.channels(), out), &beat)
    };
    let stream = device::capture(&device, &format, make, &beat)?;
    Some((
        Watched::new(Running::Device { _stream: stream }, beat),
        DeviceSource::new(taken?, rate, device::PORTION_MS),
    ))
}

fn open_speaker(id: Option<&str>) -> Option<(Watched, DeviceSink)> {
    // 40 ms in store covers the frames' 20 ms and the threads' unrest.
    let enough = |rate: u32| rate as usize / 25;
    let beat = Beat::default();
    #[cfg(target_os = "linux")]
    {
        let (out, input) = RingBuffer::new(half_a_second(SAMPLE_RATE));
        let plays = Plays::Playback(Playback::new(1, input, enough(SAMPLE_RATE)));
        match pulse::playback(id, SAMPLE_RATE, Player::new(plays, &beat)) {
            Ok(stream) => {
                let stream = Watched::new(Running::Server(stream), beat);
                return Some((stream, DeviceSink::new(out, SAMPLE_RATE, f64::from(pulse::PORTION_MS))));
            }
            Err(Unmet::Refused) => return None,
            Err(Unmet::NoServer) => {}
        }
    }
    let device = device::find(id, false)?;
    let format = device::format(&device, false)?;
    let rate = format.sample_rate();
    let mut given = None;
    let make = || {
        let (out, input) = RingBuffer::new(half_a_second(rate));
        given = Some(out);
        Player::new(Plays::Playback(Playback::new(format.channels(), input, enough(rate))), &beat)
    };
    let stream = device::playback(&device, &format, make, &beat)?;
    Some((
        Watched::new(Running::Device { _stream: stream }, beat),
        DeviceSink::new(given?, rate, device::PORTION_MS),
    ))
}

/// Rate of the ring tone towards a sound server, which converts to the device's.
#[cfg(target_os = "linux")]
const RING_RATE: u32 = 48_000;

fn half_a_second(rate: u32) -> usize {
    (rate as usize / 2).max(4_000)
}

impl SoundBoard for DeviceBoard {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        self.talks = true;
        let alive = |talk: &Talk| !talk.microphone.ended() && !talk.speaker.ended();
        let Talk { microphone, speaker, ends } = match self.ahead.take().filter(alive) {
            Some(talk) => talk,
            None => self.chosen()?,
        };
        microphone.wake();
        speaker.wake();
        self.talk = Some((microphone, speaker));
        Ok(ends)
    }

    fn close(&mut self) {
        self.talks = false;
        self.talk = None;
        if self.always_ahead {
            self.prepare();
        }
    }

    fn prepare(&mut self) {
        if self.ahead.is_none() && self.talk.is_none() {
            // A missing device is told when the call wants it.
            let asleep = |talk: &Talk| talk.microphone.sleeps() && talk.speaker.sleeps();
            self.ahead = self.chosen().ok().filter(asleep);
        }
    }

    fn let_go(&mut self) {
        if !self.always_ahead {
            self.ahead = None;
        }
    }

    fn ring(&mut self, on: bool) -> Result<(), SoundFault> {
        self.rings = on;
        if on {
            return self.sound_ring();
        }
        self.ringing = None;
        Ok(())
    }

    fn look(&mut self) -> Vec<News> {
        let ring = if self.rings { self.look_after_ring() } else { None };
        let talk = if self.talks { self.look_after_talk() } else { None };
        ring.into_iter().chain(talk).collect()
    }
}
