//! telephone-events as they come: timestamps, steps of time and payloads.
#![no_main]

use fuzz::pieces;
use libfuzzer_sys::fuzz_target;
use phone::media::{Digit, DigitReceiver, EventPayload};

fuzz_target!(|input: &[u8]| {
    let mut receiver = DigitReceiver::default();
    let mut now = 0u64;
    for piece in pieces(input, 1) {
        let Some((head, payload)) = piece.split_first_chunk::<5>() else { continue };
        now += u64::from(head[0]) * 10;
        let timestamp = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let read = EventPayload::parse(payload);
        let heard = receiver.hear(now, timestamp, payload);
        if let Some(digit) = heard {
            assert_eq!(Digit::from_char(digit.to_char()), Some(digit));
            assert!(read.is_some_and(|event| event.event < 16));
        }
        assert_eq!(receiver.hear(now, timestamp, payload), None, "a key twice");
        if let Some(event) = read {
            assert_eq!(event.to_bytes()[..1], payload[..1]);
        }
    }
});
