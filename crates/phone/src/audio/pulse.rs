//! A sound server by PulseAudio's protocol. The server converts rates, so that sound crosses at the phone's.

use std::ffi::CString;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, PlaybackStreamParams,
    RecordStreamParams, SampleFormat, SampleSpec, ServerInfo, SinkInfo, SourceInfo,
};

use super::device::{DeviceInfo, DeviceList, Hearer, Player};
use super::server::{Server, ServerStream, Stream, Unmet};
use crate::media::SAMPLE_RATE;

const PREFIX: &str = "pulse:";
/// How PulseAudio and PipeWire call what they put up when there is no device: it gives and swallows silence.
const STAND_IN: &[u8] = b"auto_null";
/// One portion of sound, milliseconds.
pub(super) const PORTION_MS: u32 = 10;

pub(super) fn devices() -> Option<DeviceList> {
    let mut server = Server::connect().ok()?;
    let chosen: ServerInfo = server.ask(Command::GetServerInfo).ok()?;
    let mut sinks: Vec<SinkInfo> = server.ask(Command::GetSinkInfoList).ok()?;
    let mut sources: Vec<SourceInfo> = server.ask(Command::GetSourceInfoList).ok()?;
    let info = |name: &CString, description: &Option<CString>, default: &Option<CString>| DeviceInfo {
        id: format!("{PREFIX}{}", name.to_string_lossy()),
        name: description.as_ref().unwrap_or(name).to_string_lossy().into_owned(),
        default: default.as_ref() == Some(name),
    };
    sinks.retain(|sink| is_device(&sink.name));
    sources.retain(|source| is_device(&source.name));
    Some(DeviceList {
        inputs: sources.iter().map(|s| info(&s.name, &s.description, &chosen.default_source_name)).collect(),
        outputs: sinks.iter().map(|s| info(&s.name, &s.description, &chosen.default_sink_name)).collect(),
    })
}

fn is_device(name: &CString) -> bool {
    !name.to_bytes().starts_with(STAND_IN)
}

/// The server's choice must be a device: a call on a stand-in would be silent without anybody knowing.
fn has_default(server: &mut Server, default: fn(ServerInfo) -> Option<CString>) -> Result<(), Unmet> {
    match default(server.ask(Command::GetServerInfo)?) {
        Some(name) if is_device(&name) => Ok(()),
        _ => Err(Unmet::Refused),
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

/// Makes ready to capture at the phone's rate; nothing is heard before it is woken.
pub(super) fn capture(id: Option<&str>, hearer: Hearer) -> Result<ServerStream, Unmet> {
    // Asked first: where there is no server, a device that is named otherwise is the system's.
    let mut server = Server::connect()?;
    let params = RecordStreamParams {
        sample_spec: mono(SAMPLE_RATE),
        channel_map: ChannelMap::mono(),
        source_name: name(id)?,
        buffer_attr: BufferAttr { fragment_size: portion(SAMPLE_RATE), ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, start_corked: true, ..StreamFlags::default() },
        ..RecordStreamParams::default()
    };
    if params.source_name.is_none() {
        has_default(&mut server, |server| server.default_source_name)?;
    }
    let reply: CreateRecordStreamReply = server.ask(Command::CreateRecordStream(params))?;
    server.serve(Stream::Record { channel: reply.channel, hearer })
}

/// Makes ready to play at `rate`; nothing plays before it is woken. Six portions in all: one at the device, two
/// asked for, three for a machine that is busy.
pub(super) fn playback(id: Option<&str>, rate: u32, player: Player) -> Result<ServerStream, Unmet> {
    let mut server = Server::connect()?;
    let params = PlaybackStreamParams {
        sample_spec: mono(rate),
        channel_map: ChannelMap::mono(),
        sink_name: name(id)?,
        buffer_attr: BufferAttr {
            target_length: portion(rate) * 6,
            minimum_request_length: portion(rate),
            pre_buffering: portion(rate),
            ..BufferAttr::default()
        },
        flags: StreamFlags { adjust_latency: true, start_corked: true, ..StreamFlags::default() },
        ..PlaybackStreamParams::default()
    };
    if params.sink_name.is_none() {
        has_default(&mut server, |server| server.default_sink_name)?;
    }
    let reply: CreatePlaybackStreamReply = server.ask(Command::CreatePlaybackStream(params))?;
    let (channel, wanted) = (reply.channel, reply.requested_bytes as usize);
    server.serve(Stream::Playback { channel, wanted, player })
}
