//! A sound server by PulseAudio's protocol. The server converts rates, so that sound crosses at the phone's.

use std::ffi::CString;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use futures_executor::block_on;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, PlaybackStreamParams, PulseError, RecordStreamParams, SampleFormat, SampleSpec, ServerInfo,
};
use pulseaudio::{AsPlaybackSource, Client, ClientError, PlaybackStream, RecordStream};

use super::device::{DeviceInfo, DeviceList, Hearer, Player};
use crate::media::SAMPLE_RATE;

/// A server that does not answer for this long is not there.
const PATIENCE: Duration = Duration::from_secs(3);
const PREFIX: &str = "pulse:";
/// Bytes of the secret that a client shows. The server reads that many before it looks at whose process asks;
/// with fewer it ends the connection.
const COOKIE: usize = 256;
/// How PulseAudio and PipeWire call what they put up when there is no device: it gives and swallows silence.
const STAND_IN: &[u8] = b"auto_null";
/// One portion of sound, milliseconds.
const PORTION_MS: u32 = 20;

/// A stream with its connection; closed when dropped, without waiting for the server.
pub(super) enum ServerStream {
    Record { _stream: RecordStream, _client: Client },
    Playback { _stream: PlaybackStream, _client: Client },
}

/// Why there is no answer.
pub(super) enum Unmet {
    /// No server, or none that answers: the system's own way may do.
    NoServer,
    /// The server says no: there is no such device.
    Refused,
}

/// Asks the server, on a thread of its own: the library's answers have no time limit.
fn ask<T: Send + 'static>(
    question: impl FnOnce(Client) -> Result<T, ClientError> + Send + 'static,
) -> Result<T, Unmet> {
    let socket = pulseaudio::socket_path_from_env().ok_or(Unmet::NoServer)?;
    let (tell, answer) = channel();
    let named = std::thread::Builder::new().name("sound-server".into());
    let asked = named.spawn(move || {
        let client = UnixStream::connect(socket).map_err(ClientError::from);
        let client = client.and_then(|socket| Client::new_unix(c"Svarsplats", socket, Some(cookie())));
        let answer = match client {
            Ok(client) => question(client).map_err(|_| Unmet::Refused),
            Err(_) => Err(Unmet::NoServer),
        };
        let _ = tell.send(answer);
    });
    asked.map_err(|_| Unmet::NoServer)?;
    answer.recv_timeout(PATIENCE).unwrap_or(Err(Unmet::NoServer))
}

/// The secret that lies in the user's folder; zeros where none has been made yet, as on a new account.
fn cookie() -> Vec<u8> {
    let found = pulseaudio::cookie_path_from_env().and_then(|file| std::fs::read(file).ok());
    found.filter(|cookie| cookie.len() == COOKIE).unwrap_or_else(|| vec![0; COOKIE])
}

pub(super) fn devices() -> Option<DeviceList> {
    ask(|client| {
        let server = block_on(client.server_info())?;
        let info = |name: &CString, description: &Option<CString>, default: &Option<CString>| DeviceInfo {
            id: format!("{PREFIX}{}", name.to_string_lossy()),
            name: description.as_ref().unwrap_or(name).to_string_lossy().into_owned(),
            default: default.as_ref() == Some(name),
        };
        let mut sinks = block_on(client.list_sinks())?;
        let mut sources = block_on(client.list_sources())?;
        sinks.retain(|sink| is_device(&sink.name));
        sources.retain(|source| is_device(&source.name));
        Ok(DeviceList {
            inputs: sources
                .iter()
                .map(|s| info(&s.name, &s.description, &server.default_source_name))
                .collect(),
            outputs: sinks.iter().map(|s| info(&s.name, &s.description, &server.default_sink_name)).collect(),
        })
    })
    .ok()
}

fn is_device(name: &CString) -> bool {
    !name.to_bytes().starts_with(STAND_IN)
}

/// The server's choice must be a device: a call on a stand-in would be silent without anybody knowing.
fn has_default(client: &Client, default: fn(ServerInfo) -> Option<CString>) -> Result<(), ClientError> {
    let chosen = default(block_on(client.server_info())?);
    match chosen {
        Some(name) if is_device(&name) => Ok(()),
        _ => Err(ClientError::ServerError(PulseError::NoEntity)),
    }
}

/// The server's name of a device; an id of another kind of device finds none.
fn name(id: Option<&str>) -> Result<Option<CString>, Unmet> {
    let named = |id: &str| id.strip_prefix(PREFIX).and_then(|id| CString::new(id).ok()).ok_or(Unmet::Refused);
    id.map(named).transpose()
}

fn mono(rate: u32) -> SampleSpec {
    SampleSpec { format: SampleFormat::S16Le, channels: 1, sample_rate: rate }
}

fn portion(rate: u32) -> u32 {
    rate / 1_000 * PORTION_MS * 2
}

/// Starts to capture at the phone's rate.
pub(super) fn capture(id: Option<&str>, mut capture: Hearer) -> Result<ServerStream, Unmet> {
    let params = RecordStreamParams {
        sample_spec: mono(SAMPLE_RATE),
        channel_map: ChannelMap::mono(),
        source_name: name(id)?,
        buffer_attr: BufferAttr { fragment_size: portion(SAMPLE_RATE), ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..RecordStreamParams::default()
    };
    ask(move |client| {
        if params.source_name.is_none() {
            has_default(&client, |server| server.default_source_name)?;
        }
        let take = move |data: &[u8]| capture.hear_bytes(data);
        let stream = block_on(client.create_record_stream(params, take))?;
        Ok(ServerStream::Record { _stream: stream, _client: client })
    })
}

/// Starts to play at `rate`. Four portions in all: one at the device, two asked for, one to spare.
pub(super) fn playback(id: Option<&str>, rate: u32, mut player: Player) -> Result<ServerStream, Unmet> {
    let params = PlaybackStreamParams {
        sample_spec: mono(rate),
        channel_map: ChannelMap::mono(),
        sink_name: name(id)?,
        buffer_attr: BufferAttr {
            target_length: portion(rate) * 4,
            minimum_request_length: portion(rate),
            pre_buffering: portion(rate),
            ..BufferAttr::default()
        },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        ..PlaybackStreamParams::default()
    };
    ask(move |client| {
        if params.sink_name.is_none() {
            has_default(&client, |server| server.default_sink_name)?;
        }
        let give = move |data: &mut [u8]| {
            player.play_bytes(data);
            data.len()
        };
        let stream = block_on(client.create_playback_stream(params, give.as_playback_source()))?;
        Ok(ServerStream::Playback { _stream: stream, _client: client })
    })
}
