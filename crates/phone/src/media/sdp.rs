//! SDP offer and answer for one audio stream (RFC 3264, RFC 8866).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, MediaType, Origin, Session, Time, TransportProto};

use super::Codec;
use super::handshake::{Fingerprint, Setup};
use super::sdes::{Crypto, Encryption};
use super::secrecy::{Keying, Means, Profile, Secrecy};

/// Longer bodies are refused unread.
const LONGEST_BODY: usize = 16 * 1024;
/// Clocks of telephone-events that durations can be counted in, ticks per second: those of the codecs there are.
const EVENT_CLOCKS: std::ops::RangeInclusive<u32> = 8_000..=96_000;
/// What we offer for telephone-event: one payload type for each clock of our codecs (RFC 4733 §2.1).
const TELEPHONE_EVENTS: [Events; 2] =
    [Events { payload_type: 110, clock_rate: 48_000 }, Events { payload_type: 101, clock_rate: 8_000 }];

/// Which way sound flows, as the one who states it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Both ways.
    SendRecv,
    /// Only from the one who states it: the other party is on hold.
    SendOnly,
    /// Only to the one who states it.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Flow {
    /// From its two halves.
    pub fn of(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether sound is sent.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether sound is received.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// What we may do when the other end stated `theirs` and we would like `self` (RFC 3264 §6.1).
    pub fn meeting(self, theirs: Self) -> Self {
        Self::of(self.sends() && theirs.receives(), self.receives() && theirs.sends())
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
}

/// Why offer and answer do not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Not SDP.
    #[error("not a session description")]
    Malformed,
    /// Longer than a session description of a call is.
    #[error("a session description that is too long")]
    TooLong,
    /// No audio over RTP, or it was refused.
    #[error("no audio stream over RTP")]
    NoAudio,
    /// No IP address to send to.
    #[error("no address to send to")]
    NoAddress,
    /// One end wants the sound encrypted and the other does not, or not so.
    #[error("no encryption in common")]
    NoCommonEncryption,
    /// No codec that both know.
    #[error("no codec in common")]
    NoCommonCodec,
}

/// Our end of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where we receive.
    pub address: IpAddr,
    /// RTP port.
    pub port: u16,
    /// The session's id in `o=`, the same for the whole call.
    pub session: u64,
    /// Grows by one for each new description.
    pub version: u64,
    /// In order of preference.
    pub codecs: Vec<Codec>,
    /// What we would like.
    pub flow: Flow,
    /// Whether and with what we encrypt.
    pub secrecy: Secrecy,
}

/// A codec as a description names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The codec.
    pub codec: Codec,
    /// Its payload type there.
    pub payload_type: u8,
    /// Opus' error correction is made use of (`useinbandfec`, RFC 7587 §6.1).
    pub correction: bool,
}

impl Format {
    /// As we name it.
    pub fn ours(codec: Codec) -> Self {
        Self { codec, payload_type: codec.payload_type(), correction: codec == Codec::Opus }
    }
}

/// telephone-event as a description names it (RFC 4733).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// Its payload type.
    pub payload_type: u8,
    /// Ticks per second of its durations.
    pub clock_rate: u32,
}

/// The other end's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMedia {
    /// Where they receive.
    pub address: SocketAddr,
    /// Their codecs that we know, in their order.
    pub formats: Vec<Format>,
    /// As they state it; the old hold by address 0.0.0.0 reads as [`Flow::SendOnly`] (RFC 2543 B.5).
    pub flow: Flow,
    /// Their telephone-events, one for each clock.
    pub telephone_events: Vec<Events>,
    /// They take RTCP on the RTP port (RFC 5761).
    pub mux: bool,
    /// What they say of encryption.
    pub means: Means,
    /// Which `m=` line is the stream, and all lines as they came, to be answered line by line.
    stream: usize,
    lines: Vec<(String, String, String)>,
}

/// What both ends agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// How the sound is coded, both ways, and the payload type towards them.
    pub format: Format,
    /// Where to send.
    pub remote: SocketAddr,
    /// As we may use it.
    pub flow: Flow,
    /// telephone-event towards them, in the codec's clock where they have it.
    pub telephone_event: Option<Events>,
    /// The other end has us on hold.
    pub held: bool,
    /// RTCP goes over the RTP port (RFC 5761), else over the next one.
    pub mux: bool,
    /// What the sound is encrypted with; `None` when it goes as it is.
    pub keys: Option<Keying>,
}

impl Agreed {
    /// A codec as we name it, without telephone-event and hold.
    pub fn new(codec: Codec, remote: SocketAddr, flow: Flow) -> Self {
        Self {
            format: Format::ours(codec),
            remote,
            flow,
            telephone_event: None,
            held: false,
            mux: false,
            keys: None,
        }
    }

    /// What a payload type from the other end is: what was agreed on by either's number, or a static one.
    pub fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        let Format { codec, payload_type: theirs, .. } = self.format;
        if payload_type == theirs || payload_type == codec.payload_type() {
            return Some(codec);
        }
        Codec::from_static(payload_type)
    }

    /// The clock of a payload type that carries telephone-events, by either's number.
    pub fn events_of(&self, payload_type: u8) -> Option<Events> {
        let agreed = self.telephone_event?;
        if payload_type == agreed.payload_type {
            return Some(agreed);
        }
        TELEPHONE_EVENTS.into_iter().find(|events| events.payload_type == payload_type)
    }
}

impl LocalMedia {
    /// An offer.
    pub fn offer(&self) -> Vec<u8> {
        let formats: Vec<Format> = self.codecs.iter().map(|codec| Format::ours(*codec)).collect();
        let needed = |events: &Events| self.codecs.iter().any(|c| c.clock_rate() == events.clock_rate);
        let events: Vec<Events> = TELEPHONE_EVENTS.into_iter().filter(needed).collect();
        let mut stream = self.stream(self.flow, &formats, &events, true);
        self.secrecy.profile.word().clone_into(&mut stream.proto);
        add(&mut stream, self.secrecy.offered());
        self.describe(vec![stream])
    }

    /// The answer to an offer, and what it agrees on.
    pub fn answer(&self, offer: &RemoteMedia) -> Result<(Vec<u8>, Agreed), SdpError> {
        let agreed = self.agree(offer)?;
        let ours = Format { correction: agreed.format.codec == Codec::Opus, ..agreed.format };
        let mut ours = self.stream(agreed.flow, &[ours], agreed.telephone_event.as_slice(), agreed.mux);
        if let Some((_, proto, _)) = offer.lines.get(offer.stream) {
            proto.clone_into(&mut ours.proto);
        }
        add(&mut ours, self.secrecy.answered(agreed.keys, &offer.means));
        let medias = offer.lines.iter().enumerate().map(|(i, (kind, proto, formats))| {
            if i == offer.stream { ours.clone() } else { refused(kind, proto, formats) }
        });
        Ok((self.describe(medias.collect()), agreed))
    }

    /// What our offer and their answer agree on.
    pub fn agree(&self, theirs: &RemoteMedia) -> Result<Agreed, SdpError> {
        let common = theirs.formats.iter().find(|format| self.codecs.contains(&format.codec));
        let format = *common.ok_or(SdpError::NoCommonCodec)?;
        let keys = self.secrecy.meeting(&theirs.means);
        let secure = theirs.means.profile != Profile::Plain;
        let needed = secure || self.secrecy.encryption == Encryption::Require;
        if needed && keys.is_none() {
            return Err(SdpError::NoCommonEncryption);
        }
        let events = &theirs.telephone_events;
        let same = events.iter().find(|events| events.clock_rate == format.codec.clock_rate());
        Ok(Agreed {
            format,
            remote: theirs.address,
            flow: self.flow.meeting(theirs.flow),
            // Many ends know telephone-event at 8 kHz alone, whatever the codec.
            telephone_event: same.or(events.first()).copied(),
            held: !theirs.flow.receives(),
            mux: theirs.mux,
            keys,
        })
    }

    fn stream(&self, flow: Flow, formats: &[Format], events: &[Events], mux: bool) -> Media {
        let types = formats.iter().map(|f| f.payload_type).chain(events.iter().map(|e| e.payload_type));
        let types: Vec<String> = types.map(|payload_type| payload_type.to_string()).collect();
        let mut media = Media::new(MediaType::Audio, self.port, TransportProto::RtpAvp, types.join(" "));
        for Format { codec, payload_type, correction } in formats {
            media.add_attribute_with_value("rtpmap", format!("{payload_type} {}", codec.rtpmap()));
            if *correction {
                media.add_attribute_with_value("fmtp", format!("{payload_type} useinbandfec=1"));
            }
        }
        for Events { payload_type, clock_rate } in events {
            let map = format!("{payload_type} telephone-event/{clock_rate}");
            media.add_attribute_with_value("rtpmap", map);
            media.add_attribute_with_value("fmtp", format!("{payload_type} 0-16"));
        }
        media.add_attribute_with_value("ptime", "20");
        if mux {
            media.add_attribute(Attribute::new("rtcp-mux"));
        }
        media.add_attribute(Attribute::new(flow.attribute()));
        media
    }

    fn describe(&self, medias: Vec<Media>) -> Vec<u8> {
        let origin = Origin::with_ip_addr(self.session, self.version, self.address);
        let mut session = Session::new(origin, "-");
        session.set_connection(Connection::from_ip_addr(self.address));
        session.add_time(Time::new(0, 0));
        session.add_medias(medias);
        let mut body = Vec::new();
        // Writing to memory does not fail; an empty body would be refused by the other end.
        if session.write(&mut body).is_err() {
            body.clear();
        }
        body
    }
}

fn add(media: &mut Media, attributes: Vec<(&'static str, String)>) {
    for (name, value) in attributes {
        media.add_attribute_with_value(name, value);
    }
}

fn refused(kind: &str, proto: &str, formats: &str) -> Media {
    let mut media = Media::new(MediaType::Audio, 0, TransportProto::RtpAvp, formats);
    kind.clone_into(&mut media.media);
    proto.clone_into(&mut media.proto);
    media
}

impl RemoteMedia {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        if body.len() > LONGEST_BODY {
            return Err(SdpError::TooLong);
        }
        let session = Session::parse(body).map_err(|_| SdpError::Malformed)?;
        let usable = |media: &Media| {
            media.media.eq_ignore_ascii_case("audio")
                && Profile::parse(&media.proto).is_some()
                && media.port != 0
        };
        let stream = session.medias.iter().position(usable).ok_or(SdpError::NoAudio)?;
        let media = session.medias.get(stream).ok_or(SdpError::NoAudio)?;
        let address = address(&session, media)?;
        let (formats, telephone_events) = formats(media);
        let lines = session.medias.iter().map(|m| (m.media.clone(), m.proto.clone(), m.fmt.clone()));
        let mut flow = flow(&session, media);
        if address.is_unspecified() {
            flow = Flow::of(flow.sends(), false);
        }
        let (address, mux) = (SocketAddr::new(address, media.port), media.has_attribute("rtcp-mux"));
        let means = means(&session, media);
        let lines = lines.collect();
        Ok(Self { address, mux, formats, flow, telephone_events, means, stream, lines })
    }
}

fn means(session: &Session, media: &Media) -> Means {
    let cryptos = media.get_attribute_values("crypto").flatten().filter_map(Crypto::parse).collect();
    // Either may stand for the whole session (RFC 5763 §5).
    let of_session = |name| session.get_attribute_values(name).flatten();
    let mut prints = media.get_attribute_values("fingerprint").flatten().chain(of_session("fingerprint"));
    let mut setups = media.get_attribute_values("setup").flatten().chain(of_session("setup"));
    let setup = setups.next().map_or(Some(Setup::ActPass), Setup::parse);
    Means {
        profile: Profile::parse(&media.proto).unwrap_or_default(),
        cryptos,
        handshake: prints.find_map(Fingerprint::parse).zip(setup),
    }
}

fn address(session: &Session, media: &Media) -> Result<IpAddr, SdpError> {
    let connection = media.connections.first().or(session.connection.as_ref());
    let text = connection.map(|connection| connection.connection_address.as_str());
    let address: Option<IpAddr> = text.and_then(|text| text.parse().ok());
    // A call has one other end.
    let to_many = |address: &IpAddr| address.is_multicast() || *address == Ipv4Addr::BROADCAST;
    address.filter(|address| !to_many(address)).ok_or(SdpError::NoAddress)
}

fn flow(session: &Session, media: &Media) -> Flow {
    let stated = |has: &dyn Fn(&str) -> bool| Flow::ALL.into_iter().find(|flow| has(flow.attribute()));
    stated(&|name| media.has_attribute(name))
        .or_else(|| stated(&|name| session.has_attribute(name)))
        .unwrap_or(Flow::SendRecv)
}

fn formats(media: &Media) -> (Vec<Format>, Vec<Events>) {
    let mut formats = Vec::new();
    let mut events = Vec::new();
    for payload_type in media.fmt.split_whitespace().filter_map(|text| text.parse::<u8>().ok()) {
        let map = of_type(media, "rtpmap", payload_type).map(|map| map.to_ascii_lowercase());
        let dynamic = (96..=127).contains(&payload_type);
        let clock = map.as_deref().and_then(|map| map.strip_prefix("telephone-event/")?.parse().ok());
        if let (true, Some(clock_rate)) = (dynamic, clock) {
            // At other rates a key would last for ever, or for no time.
            if EVENT_CLOCKS.contains(&clock_rate) {
                events.push(Events { payload_type, clock_rate });
            }
            continue;
        }
        let codec = match (map.as_deref(), payload_type) {
            (None | Some("pcma/8000" | "pcma/8000/1"), 8) => Codec::Pcma,
            (None | Some("pcmu/8000" | "pcmu/8000/1"), 0) => Codec::Pcmu,
            (None | Some("g722/8000" | "g722/8000/1"), 9) => Codec::G722,
            (Some("opus/48000/2" | "opus/48000"), _) if dynamic => Codec::Opus,
            _ => continue,
        };
        let parameters = of_type(media, "fmtp", payload_type).unwrap_or_default();
        let correction = parameters.split(';').any(|one| one.trim().eq_ignore_ascii_case("useinbandfec=1"));
        formats.push(Format { codec, payload_type, correction: correction && codec == Codec::Opus });
    }
    (formats, events)
}

/// What an attribute says of a payload type.
fn of_type<'a>(media: &'a Media, attribute: &'a str, payload_type: u8) -> Option<&'a str> {
    media.get_attribute_values(attribute).flatten().find_map(|value| {
        let (number, rest) = value.trim().split_once(char::is_whitespace)?;
        (number.parse() == Ok(payload_type)).then(|| rest.trim())
    })
}
