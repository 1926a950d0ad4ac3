//! Devices: which there are, and streams on them.

use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, ErrorKind, SampleFormat, Stream, StreamConfig, SupportedStreamConfig};
use serde::{Deserialize, Serialize};

use super::beat::Beat;
use super::callback::{Capture, Playback, RingTone};

/// A device that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Stable across restarts; what the configuration names.
    pub id: String,
    /// For people.
    pub name: String,
    /// The system's own choice.
    pub default: bool,
}

/// The devices of this machine, now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// Microphones.
    pub inputs: Vec<DeviceInfo>,
    /// Speakers, for talk and for ring.
    pub outputs: Vec<DeviceInfo>,
}

/// Looks for devices. Takes a moment: not for the thread of a window.
pub fn devices() -> DeviceList {
    #[cfg(target_os = "linux")]
    if let Some(list) = super::pulse::devices() {
        return list;
    }
    let host = cpal::default_host();
    let id = |device: Option<Device>| device.and_then(|device| device.id().ok());
    let (input, output) = (id(host.default_input_device()), id(host.default_output_device()));
    let mut list = DeviceList::default();
    let Ok(found) = host.devices() else { return list };
    for device in found {
        let (Ok(id), Ok(description)) = (device.id(), device.description()) else { continue };
        let info = |default| DeviceInfo { id: id.to_string(), name: description.name().to_owned(), default };
        if device.supports_input() {
            list.inputs.push(info(input.as_ref() == Some(&id)));
        }
        if device.supports_output() {
            list.outputs.push(info(output.as_ref() == Some(&id)));
        }
    }
    list
}

/// The device of that id, or the system's choice when none is named.
pub(super) fn find(id: Option<&str>, input: bool) -> Option<Device> {
    let host = cpal::default_host();
    match id {
        Some(id) => host.device_by_id(&id.parse().ok()?),
        None if input => host.default_input_device(),
        None => host.default_output_device(),
    }
}

/// What a stream plays.
pub(super) enum Plays {
    Playback(Playback),
    RingTone(RingTone),
}

/// What a stream plays, with its beat.
pub(super) struct Player {
    plays: Plays,
    beat: Beat,
}

/// What hears a stream, with its beat.
pub(super) struct Hearer {
    capture: Capture,
    beat: Beat,
}

impl Hearer {
    pub(super) fn new(capture: Capture, beat: &Beat) -> Self {
        Self { capture, beat: beat.clone() }
    }

    /// The stream has ended by itself.
    #[cfg(target_os = "linux")]
    pub(super) fn end(&self) {
        self.beat.end();
    }

    #[cfg(target_os = "linux")]
    pub(super) fn hear_bytes(&mut self, data: &[u8]) {
        self.beat.again();
        self.capture.hear_bytes(data);
    }

    fn hear<T: cpal::Sample>(&mut self, data: &[T])
    where
        i16: cpal::FromSample<T>,
    {
        self.beat.again();
        self.capture.hear(data);
    }
}

/// A stream that runs until it is dropped.
pub(super) enum Running {
    /// Of cpal.
    Device { _stream: Stream },
    /// Of a sound server.
    #[cfg(target_os = "linux")]
    Server(super::server::ServerStream),
}

impl Player {
    pub(super) fn new(plays: Plays, beat: &Beat) -> Self {
        Self { plays, beat: beat.clone() }
    }

    /// The stream has ended by itself.
    #[cfg(target_os = "linux")]
    pub(super) fn end(&self) {
        self.beat.end();
    }

    #[cfg(target_os = "linux")]
    pub(super) fn play_bytes(&mut self, data: &mut [u8]) {
        self.beat.again();
        match &mut self.plays {
            Plays::Playback(playback) => playback.play_bytes(data),
            Plays::RingTone(tone) => tone.play_bytes(data),
        }
    }

    fn play<T: cpal::Sample + cpal::FromSample<i16>>(&mut self, data: &mut [T]) {
        self.beat.again();
        match &mut self.plays {
            Plays::Playback(playback) => playback.play(data),
            Plays::RingTone(tone) => tone.play(data),
        }
    }
}

/// A format we can convert: the device's own, or another that it offers at its own rate.
pub(super) fn format(device: &Device, input: bool) -> Option<SupportedStreamConfig> {
    let own = if input { device.default_input_config() } else { device.default_output_config() }.ok()?;
    if known(own.sample_format()) {
        return Some(own);
    }
    let fits = |range: &cpal::SupportedStreamConfigRange| known(range.sample_format());
    let rate = own.sample_rate();
    let range = if input {
        device.supported_input_configs().ok()?.find(fits)
    } else {
        device.supported_output_configs().ok()?.find(fits)
    };
    range?.try_with_sample_rate(rate)
}

fn known(format: SampleFormat) -> bool {
    matches!(format, SampleFormat::I16 | SampleFormat::I32 | SampleFormat::F32)
}

const OPENING: Option<Duration> = Some(Duration::from_secs(3));

/// One portion of sound, milliseconds.
pub(super) const PORTION_MS: f64 = 40.0;

/// 40 ms at a time, which a sound server keeps up with on a busy machine; a device that cannot do that has
/// its own way.
fn wishes(format: &SupportedStreamConfig) -> [StreamConfig; 2] {
    let own = format.config();
    [StreamConfig { buffer_size: BufferSize::Fixed(own.sample_rate / 25), ..own }, own]
}

fn told_to(beat: &Beat) -> impl FnMut(cpal::Error) + Send + 'static {
    let beat = beat.clone();
    move |error| {
        if is_lost(error.kind()) {
            beat.end();
        }
    }
}

/// Starts to capture. `make` gives a hearer for each attempt.
pub(super) fn capture(
    device: &Device,
    format: &SupportedStreamConfig,
    mut make: impl FnMut() -> Hearer,
    beat: &Beat,
) -> Option<Stream> {
    wishes(format).into_iter().find_map(|config| {
        let (mut capture, error) = (make(), told_to(beat));
        let stream = match format.sample_format() {
            SampleFormat::I16 => {
                device.build_input_stream(config, move |d: &[i16], _: &_| capture.hear(d), error, OPENING)
            }
            SampleFormat::I32 => {
                device.build_input_stream(config, move |d: &[i32], _: &_| capture.hear(d), error, OPENING)
            }
            _ => device.build_input_stream(config, move |d: &[f32], _: &_| capture.hear(d), error, OPENING),
        };
        stream.ok().filter(|stream| stream.play().is_ok())
    })
}

/// Starts to play. `make` gives a player for each attempt.
pub(super) fn playback(
    device: &Device,
    format: &SupportedStreamConfig,
    mut make: impl FnMut() -> Player,
    beat: &Beat,
) -> Option<Stream> {
    wishes(format).into_iter().find_map(|config| {
        let (mut player, error) = (make(), told_to(beat));
        let stream = match format.sample_format() {
            SampleFormat::I16 => {
                device.build_output_stream(config, move |d: &mut [i16], _: &_| player.play(d), error, OPENING)
            }
            SampleFormat::I32 => {
                device.build_output_stream(config, move |d: &mut [i32], _: &_| player.play(d), error, OPENING)
            }
            _ => {
                device.build_output_stream(config, move |d: &mut [f32], _: &_| player.play(d), error, OPENING)
            }
        };
        stream.ok().filter(|stream| stream.play().is_ok())
    })
}

/// A gap or a refused priority is heard at most; these are the end of the stream.
fn is_lost(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable)
}
