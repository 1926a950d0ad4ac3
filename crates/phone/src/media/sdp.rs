//! SDP offer and answer for one audio stream (RFC 3264, RFC 8866), PCMA and PCMU.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, MediaType, Origin, Session, Time, TransportProto};

use super::Codec;

/// Longer bodies are refused unread.
const LONGEST_BODY: usize = 16 * 1024;
/// The payload type that we offer for telephone-event (RFC 4733).
const TELEPHONE_EVENT: u8 = 101;

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
    /// No audio over plain RTP, or it was refused.
    #[error("no audio stream over RTP")]
    NoAudio,
    /// No IP address to send to.
    #[error("no address to send to")]
    NoAddress,
    /// Neither PCMA nor PCMU.
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
}

/// The other end's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMedia {
    /// Where they receive.
    pub address: SocketAddr,
    /// Their codecs that we know, in their order.
    pub codecs: Vec<Codec>,
    /// As they state it; the old hold by address 0.0.0.0 reads as [`Flow::SendOnly`] (RFC 2543 B.5).
    pub flow: Flow,
    /// Their payload type for telephone-event.
    pub telephone_event: Option<u8>,
    /// Which `m=` line is the stream, and all lines as they came, to be answered line by line.
    stream: usize,
    lines: Vec<(String, String, String)>,
}

/// What both ends agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// How the sound is coded, both ways.
    pub codec: Codec,
    /// Where to send.
    pub remote: SocketAddr,
    /// As we may use it.
    pub flow: Flow,
    /// Payload type for telephone-event towards them.
    pub telephone_event: Option<u8>,
    /// The other end has us on hold.
    pub held: bool,
}

impl LocalMedia {
    /// An offer.
    pub fn offer(&self) -> Vec<u8> {
        let media = self.stream(self.flow, &self.codecs, Some(TELEPHONE_EVENT));
        self.describe(vec![media])
    }

    /// The answer to an offer, and what it agrees on.
    pub fn answer(&self, offer: &RemoteMedia) -> Result<(Vec<u8>, Agreed), SdpError> {
        let agreed = self.agree(offer)?;
        let ours = self.stream(agreed.flow, &[agreed.codec], offer.telephone_event);
        let medias = offer.lines.iter().enumerate().map(|(i, (kind, proto, formats))| {
            if i == offer.stream { ours.clone() } else { refused(kind, proto, formats) }
        });
        Ok((self.describe(medias.collect()), agreed))
    }

    /// What our offer and their answer agree on.
    pub fn agree(&self, theirs: &RemoteMedia) -> Result<Agreed, SdpError> {
        let common = theirs.codecs.iter().find(|codec| self.codecs.contains(codec));
        Ok(Agreed {
            codec: *common.ok_or(SdpError::NoCommonCodec)?,
            remote: theirs.address,
            flow: self.flow.meeting(theirs.flow),
            telephone_event: theirs.telephone_event,
            held: !theirs.flow.receives(),
        })
    }

    fn stream(&self, flow: Flow, codecs: &[Codec], telephone_event: Option<u8>) -> Media {
        let types = codecs.iter().map(|codec| codec.payload_type()).chain(telephone_event);
        let formats: Vec<String> = types.map(|payload_type| payload_type.to_string()).collect();
        let mut media = Media::new(MediaType::Audio, self.port, TransportProto::RtpAvp, formats.join(" "));
        for codec in codecs {
            let map = format!("{} {}/8000", codec.payload_type(), codec.name());
            media.add_attribute_with_value("rtpmap", map);
        }
        if let Some(payload_type) = telephone_event {
            media.add_attribute_with_value("rtpmap", format!("{payload_type} telephone-event/8000"));
            media.add_attribute_with_value("fmtp", format!("{payload_type} 0-16"));
        }
        media.add_attribute_with_value("ptime", "20");
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
                && matches!(media.proto.as_str(), "RTP/AVP" | "RTP/AVPF")
                && media.port != 0
        };
        let stream = session.medias.iter().position(usable).ok_or(SdpError::NoAudio)?;
        let media = session.medias.get(stream).ok_or(SdpError::NoAudio)?;
        let address = address(&session, media)?;
        let (codecs, telephone_event) = formats(media);
        let lines = session.medias.iter().map(|m| (m.media.clone(), m.proto.clone(), m.fmt.clone()));
        let mut flow = flow(&session, media);
        if address.is_unspecified() {
            flow = Flow::of(flow.sends(), false);
        }
        let address = SocketAddr::new(address, media.port);
        Ok(Self { address, codecs, flow, telephone_event, stream, lines: lines.collect() })
    }
}

fn address(session: &Session, media: &Media) -> Result<IpAddr, SdpError> {
    let connection = media.connections.first().or(session.connection.as_ref());
    let text = connection.map(|connection| connection.connection_address.as_str());
    text.and_then(|text| text.parse().ok()).ok_or(SdpError::NoAddress)
}

fn flow(session: &Session, media: &Media) -> Flow {
    let stated = |has: &dyn Fn(&str) -> bool| Flow::ALL.into_iter().find(|flow| has(flow.attribute()));
    stated(&|name| media.has_attribute(name))
        .or_else(|| stated(&|name| session.has_attribute(name)))
        .unwrap_or(Flow::SendRecv)
}

fn formats(media: &Media) -> (Vec<Codec>, Option<u8>) {
    let mut codecs = Vec::new();
    let mut telephone_event = None;
    for payload_type in media.fmt.split_whitespace().filter_map(|text| text.parse::<u8>().ok()) {
        let map = media.get_attribute_values("rtpmap").flatten().find_map(|map| {
            let (number, encoding) = map.trim().split_once(char::is_whitespace)?;
            (number.parse() == Ok(payload_type)).then(|| encoding.trim().to_ascii_lowercase())
        });
        match (map.as_deref(), payload_type) {
            (Some("telephone-event/8000"), 96..=127) => telephone_event = Some(payload_type),
            (None | Some("pcma/8000" | "pcma/8000/1"), 8) => codecs.push(Codec::Pcma),
            (None | Some("pcmu/8000" | "pcmu/8000/1"), 0) => codecs.push(Codec::Pcmu),
            _ => {}
        }
    }
    (codecs, telephone_event)
}
