//! RTP packets in and out (RFC 3550), on top of `rtp-types`.

use rtp_types::{RtpPacket, RtpPacketBuilder};

/// Longer datagrams are no RTP of ours: 200 ms of G.711 and headers fit many times over.
pub const LONGEST_PACKET: usize = 2048;

/// Why a datagram is not a packet for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Not RTP, or cut off.
    #[error("not an RTP packet")]
    Malformed,
    /// Longer than anything we could have asked for.
    #[error("an RTP packet of {0} octets")]
    TooLong(usize),
    /// RTCP on the same port (RFC 5761); not a fault, and not sound.
    #[error("an RTCP packet")]
    Control,
}

/// What of a packet matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// 7 bits.
    pub payload_type: u8,
    /// First of a talk spurt.
    pub marker: bool,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Counts samples, wraps.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
    /// Without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, PacketError> {
        if datagram.len() > LONGEST_PACKET {
            return Err(PacketError::TooLong(datagram.len()));
        }
        if let [first, second, ..] = datagram
            && first >> 6 == 2
            && (192..=223).contains(second)
        {
            return Err(PacketError::Control);
        }
        let packet = RtpPacket::parse(datagram).map_err(|_| PacketError::Malformed)?;
        let offset = packet.payload_offset();
        let end = datagram.len().saturating_sub(usize::from(packet.padding().unwrap_or_default()));
        Ok(Self {
            payload_type: packet.payload_type(),
            marker: packet.marker_bit(),
            sequence: packet.sequence_number(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
            payload: datagram.get(offset..end).unwrap_or_default(),
        })
    }
}

/// Numbers outgoing packets. The first values are random by RFC 3550 §5.1, hence arguments.
#[derive(Debug, Clone)]
pub struct Packetizer {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
}

impl Packetizer {
    /// A new stream.
    pub fn new(ssrc: u32, first_sequence: u16, first_timestamp: u32) -> Self {
        Self { ssrc, sequence: first_sequence, timestamp: first_timestamp, marker: true }
    }

    /// Our synchronisation source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of the next packet.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Writes one packet over `out`; `samples` is what the payload lasts.
    pub fn packet(&mut self, payload_type: u8, payload: &[u8], samples: u32, out: &mut Vec<u8>) {
        let (timestamp, marker) = (self.timestamp, std::mem::take(&mut self.marker));
        self.write(payload_type, payload, (timestamp, marker), out);
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// Writes one packet of an event in place of `ticks` of sound: its timestamp is the event's beginning,
    /// its marker tells the first (RFC 4733 §2.5.1.2). Sequence and time go on.
    pub fn event(
        &mut self,
        payload_type: u8,
        payload: &[u8],
        (begun, first): (u32, bool),
        ticks: u32,
        out: &mut Vec<u8>,
    ) {
        self.write(payload_type, payload, (begun, first), out);
        self.timestamp = self.timestamp.wrapping_add(ticks);
    }

    fn write(
        &mut self,
        payload_type: u8,
        payload: &[u8],
        (timestamp, marker): (u32, bool),
        out: &mut Vec<u8>,
    ) {
        out.clear();
        let builder = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(payload_type)
            .marker_bit(marker)
            .sequence_number(self.sequence)
            .timestamp(timestamp)
            .ssrc(self.ssrc)
            .payload(payload);
        // Fails only for payload types above 127, which SDP parsing has refused.
        if builder.write_into_vec(out).is_err() {
            out.clear();
        }
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Time passes without a packet; the next one begins a new talk spurt.
    pub fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.marker = true;
    }
}
