//! RTP packets, and what of them reaches the decoder through the jitter buffer.
#![no_main]

use fuzz::pieces;
use libfuzzer_sys::fuzz_target;
use phone::media::{Codec, Decoder, JitterBuffer, Packet, Packetizer};

fuzz_target!(|input: &[u8]| {
    let Some((choice, input)) = input.split_first() else { return };
    let codec = Codec::PREFERRED[usize::from(*choice) % Codec::PREFERRED.len()];
    let mut buffer = JitterBuffer::new(Decoder::new(codec).expect("a decoder"));
    let mut frame = vec![0; buffer.frame_length()];
    let mut out = Vec::new();
    for (at, datagram) in (0..).step_by(20).zip(pieces(input, 1).take(64)) {
        if let Ok(packet) = Packet::parse(datagram) {
            assert!(packet.payload_type < 128 && packet.payload.len() + 12 <= datagram.len());
            buffer.push(at, packet.timestamp, packet.payload);
            let mut again = Packetizer::new(packet.ssrc, packet.sequence, packet.timestamp);
            again.packet(packet.payload_type, packet.payload, 160, &mut out);
            let read = Packet::parse(&out);
            // A marker with these types is a report's (RFC 5761 §4).
            if !(64..=95).contains(&packet.payload_type) {
                assert_eq!(read, Ok(Packet { marker: true, ..packet }));
            }
        }
        buffer.pop(at, &mut frame);
        assert!(buffer.depth() <= frame.len() * 100, "more than two seconds");
    }
});
