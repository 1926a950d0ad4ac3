//! The jitter buffer over a bad network in simulated time.

use proptest::prelude::*;

use super::*;

/// Samples in a frame, and a frame of nothing.
const SMALL: usize = 160;
const QUIET: [i16; SMALL] = [0; SMALL];

/// Linear samples at 8 kHz, as they are.
#[derive(Debug)]
struct Linear;

impl Decode for Linear {
    fn sample_rate(&self) -> u32 {
        8_000
    }

    fn clock_rate(&self) -> u32 {
        8_000
    }

    fn samples(&self, payload: &[u8]) -> usize {
        payload.len() / 2
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        out.extend(payload.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
    }
}

fn linear(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// What becomes of a packet on its way.
#[derive(Debug, Clone, Copy, Default)]
struct Fate {
    delay_ms: u64,
    lost: bool,
    doubled: bool,
}

fn late(delay_ms: u64) -> Fate {
    Fate { delay_ms, ..Fate::default() }
}

/// What was heard.
struct Heard {
    frames: Vec<([i16; SMALL], FrameKind)>,
    /// Sound that waits after each frame, samples.
    depths: Vec<usize>,
    stats: JitterStats,
}

impl Heard {
    fn kinds(&self, kind: FrameKind) -> usize {
        self.frames.iter().filter(|(_, of)| *of == kind).count()
    }
}

/// Sends a frame each 20 ms, 8 kHz of the sender's clock, through the network. Each frame carries its number, so
/// that order can be read off.
fn through(fates: &[Fate], sample: impl Fn(usize, usize) -> i16) -> Heard {
    with_clock(fates, 1.0, sample)
}

/// The same from a sender whose clock runs at another pace.
fn with_clock(fates: &[Fate], pace: f64, sample: impl Fn(usize, usize) -> i16) -> Heard {
    let mut arrivals = Vec::new();
    for (i, fate) in fates.iter().enumerate().filter(|(_, fate)| !fate.lost) {
        let timestamp = (u32::MAX - 500).wrapping_add(i as u32 * SMALL as u32);
        let at = (i as f64 * FRAME_MS as f64 / pace) as u64 + fate.delay_ms;
        arrivals.push((at, timestamp, i));
        if fate.doubled {
            arrivals.push((at + 3, timestamp, i));
        }
    }
    arrivals.sort_by_key(|(at, ..)| *at);
    let mut arrivals = arrivals.into_iter().peekable();
    let mut buffer = JitterBuffer::new(Linear);
    let mut heard = Heard { frames: Vec::new(), depths: Vec::new(), stats: JitterStats::default() };
    for tick in 0..(fates.len() as f64 / pace) as u64 + 30 {
        let now = tick * FRAME_MS;
        while let Some((at, timestamp, i)) = arrivals.next_if(|(at, ..)| *at <= now) {
            let samples: Vec<i16> = (0..SMALL).map(|k| sample(i, k)).collect();
            buffer.push(at, timestamp, &linear(&samples));
        }
        let mut frame = QUIET;
        let kind = buffer.pop(now, &mut frame);
        heard.frames.push((frame, kind));
        heard.depths.push(buffer.depth());
    }
    heard.stats = buffer.stats();
    heard
}

/// The number of the packet in every sample of it.
fn numbered(packet: usize, _: usize) -> i16 {
    packet as i16 + 1
}

/// The same, so far apart that a fade between two packets stands still at no number.
fn far_numbered(packet: usize, at: usize) -> i16 {
    numbered(packet, at) * APART
}

const APART: i16 = 100;

/// Something like a voice.
fn voice(packet: usize, at: usize) -> i16 {
    let at = (packet * SMALL + at) as f64 / 8_000.0;
    let wave = |hz: f64, loud: f64| (at * hz * std::f64::consts::TAU).sin() * loud;
    (wave(140.0, 6_000.0) + wave(280.0, 3_000.0) + wave(560.0, 1_500.0)) as i16
}

#[test]
fn a_steady_stream_passes_whole_after_a_short_wait() {
    let heard = through(&[late(5); 200], voice);
    assert!(heard.frames.iter().take(4).any(|(_, kind)| *kind == FrameKind::Sound), "starts within 80 ms");
    assert_eq!(heard.kinds(FrameKind::Concealed), 3, "only the end is a hole: {:?}", heard.stats);
    assert_eq!((heard.stats.late, heard.stats.duplicate, heard.stats.skipped), (0, 0, 0));
    let settled = heard.depths.iter().skip(50).take(149).max().unwrap();
    assert!(*settled <= SMALL, "{settled} samples wait on an even line");
}

#[test]
fn jitter_of_thirty_milliseconds_is_not_heard_once_known() {
    let fates: Vec<_> = (0..500u64).map(|i| late((i * 7_919) % 31)).collect();
    let heard = through(&fates, voice);
    let holes = heard.frames.iter().skip(50).take(440).filter(|(_, kind)| *kind != FrameKind::Sound).count();
    assert_eq!(holes, 0, "{:?}", heard.stats);
}

#[test]
fn one_lost_packet_is_one_concealed_frame() {
    let mut fates = vec![late(0); 60];
    fates[30].lost = true;
    let heard = through(&fates, voice);
    // The last three fill the hole after the end.
    assert_eq!(heard.stats.concealed, 4, "{:?}", heard.stats);
    let hole = heard.frames.iter().position(|(_, kind)| *kind == FrameKind::Concealed).unwrap();
    assert!((30..34).contains(&hole), "{hole}");
    let loudest = heard.frames[hole].0.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    assert!(loudest > 5_000, "the voice goes on: {loudest}");
}

#[test]
fn a_pause_of_the_sender_does_not_leave_a_lasting_delay() {
    let mut fates = vec![Fate::default(); 1_400];
    fates[200..1_200].iter_mut().for_each(|fate| fate.lost = true);
    let heard = through(&fates, voice);
    let last = heard.depths[1_395];
    assert!(last <= 2 * SMALL, "{last}");
}

#[test]
fn delay_grows_with_a_burst_and_returns_after_it() {
    for spike in [60, 140, 300] {
        let mut fates = vec![Fate::default(); 800];
        // The line stands still, then gives all at once.
        for (i, fate) in fates[200..200 + spike as usize / 20].iter_mut().enumerate() {
            fate.delay_ms = spike - i as u64 * 20;
        }
        let heard = through(&fates, voice);
        let within = heard.depths[780];
        assert!(within <= 2 * SMALL, "{spike} ms: {within} samples wait in the end, {:?}", heard.stats);
        assert_eq!(heard.stats.late, 0, "{spike}: what came late was played all the same");
    }
}

#[test]
fn clocks_that_drift_apart_are_followed_without_holes() {
    for pace in [0.999_8, 1.000_2] {
        let heard = with_clock(&vec![late(5); 6_000], pace, voice);
        let holes = heard.frames.iter().take(5_990).skip(20).filter(|(_, kind)| *kind != FrameKind::Sound);
        assert!(holes.count() <= 1, "{pace}: {:?}", heard.stats);
        assert!(heard.depths.iter().skip(100).all(|depth| *depth <= 3 * SMALL), "{pace}");
        assert_eq!(heard.stats.skipped, 0);
    }
}

fn network() -> impl Strategy<Value = Vec<Fate>> {
    let fate = (0u64..400, proptest::bool::weighted(0.1), proptest::bool::weighted(0.1), 0u64..4);
    // Most packets come evenly, some late, some far too late.
    let fate = fate.prop_map(|(delay, lost, doubled, how)| Fate {
        delay_ms: if how == 0 { delay } else { delay % 40 },
        lost,
        doubled,
    });
    proptest::collection::vec(fate, 1..300)
}

#[test]
fn one_packet_far_off_is_a_stray_one_and_two_are_a_new_beginning() {
    let mut buffer = JitterBuffer::new(Linear);
    let packet = |number: usize| linear(&[number as i16 + 1; SMALL]);
    let mut frame = QUIET;
    let mut heard = Vec::new();
    for at in 0..200usize {
        let now = at as u64 * FRAME_MS;
        if at % 7 == 5 {
            let far = (at as u32).wrapping_mul(0x1234_5678) | 0x4000_0000;
            assert_eq!(buffer.push(now, far, &packet(9_999)), Arrival::Stray);
        }
        assert_eq!(buffer.push(now, at as u32 * SMALL as u32, &packet(at)), Arrival::Kept);
        if buffer.pop(now, &mut frame) == FrameKind::Sound {
            heard.push(frame[0]);
        }
    }
    assert!(heard.len() > 190 && heard.is_sorted() && !heard.contains(&10_000), "{heard:?}");
    for (number, arrival) in [Arrival::Stray, Arrival::Restarted, Arrival::Kept].into_iter().enumerate() {
        let timestamp = 0x7000_0000 + number as u32 * SMALL as u32;
        assert_eq!(buffer.push(4_000 + number as u64 * FRAME_MS, timestamp, &packet(500 + number)), arrival);
    }
    let mut now = 4_060;
    while buffer.pop(now, &mut frame) != FrameKind::Sound {
        now += FRAME_MS;
        assert!(now < 6_000, "nothing is heard any more");
    }
    assert_eq!(frame[0], 501, "nothing of the new beginning is lost");
}

proptest! {
    #[test]
    fn order_holds_depth_is_bounded_and_nothing_plays_twice(fates in network()) {
        let heard = through(&fates, far_numbered);
        let mut played = vec![0; fates.len() + 2];
        let mut numbers = Vec::new();
        for (frame, _) in heard.frames.iter().filter(|(_, kind)| *kind == FrameKind::Sound) {
            for sample in frame.iter().filter(|sample| **sample > 0 && **sample % APART == 0) {
                played[(*sample / APART) as usize] += 1;
            }
            numbers.extend(frame.iter().copied());
        }
        // What is put in goes back by a period, 16 ms at most, and fades between two packets pass all numbers
        // in between: of what stands still, nothing is older than what was heard two frames before.
        let mut newest = 0;
        for (at, pair) in numbers.windows(16).enumerate() {
            let still = pair.iter().all(|number| *number == pair[0]);
            let before = at.checked_sub(2 * SMALL).and_then(|before| numbers.get(before..before + 16));
            if let Some(before) = before.filter(|before| before.iter().all(|number| *number == before[0])) {
                newest = newest.max(before[0]);
            }
            prop_assert!(!still || pair[0] == 0 || pair[0] >= newest, "{} after {newest}", pair[0]);
        }
        // A period of 16 ms at most is put in when a packet is taken, and when the next one is.
        prop_assert!(played.iter().all(|samples| *samples <= SMALL + 2 * 128), "{played:?}");
        let deepest = heard.depths.iter().max().copied().unwrap_or(0);
        prop_assert!(deepest <= 3_200 + 3 * SMALL, "{deepest}");
        prop_assert!(heard.stats.kept + heard.stats.late + heard.stats.duplicate <= 2 * fates.len() as u64);
    }

    #[test]
    fn concealment_never_goes_on_for_more_than_sixty_milliseconds(fates in network()) {
        // A voice that does not pause: what is silent for a frame is a hole.
        let heard = through(&fates, voice);
        let mut made = 0;
        for (frame, kind) in &heard.frames {
            let loud = frame.iter().any(|sample| sample.unsigned_abs() > 8);
            made = if *kind == FrameKind::Concealed && loud { made + 1 } else { 0 };
            prop_assert!(made <= 3 + 1, "{made} frames in a row are made up");
        }
    }

    #[test]
    fn foreign_packets_never_panic_and_never_pile_up(
        pushes in proptest::collection::vec((any::<u32>(), 0u64..100_000, 0usize..400), 0..60),
    ) {
        let mut buffer = JitterBuffer::new(Linear);
        let mut frame = QUIET;
        for (timestamp, now, len) in pushes {
            buffer.push(now, timestamp, &vec![1; len * 2]);
            buffer.pop(now, &mut frame);
            prop_assert!(buffer.depth() <= 3_200 + 8_000);
        }
    }
}
