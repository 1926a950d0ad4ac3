//! Whether a stream lives. Not every library tells of a device or a server that went away; one that has
//! stopped calling is gone, whatever it tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::device::Running;

/// Looks without a call after which a stream is lost, once it has run.
const MISSED: u32 = 3;
/// The same before its first call: a wireless headset takes its time.
const SLOW_START: u32 = 12;

/// Counts the calls of a device's thread. Realtime: two atomic numbers.
#[derive(Clone, Default)]
pub(super) struct Beat(Arc<Counts>);

#[derive(Default)]
struct Counts {
    calls: AtomicU32,
    ended: AtomicBool,
}

impl Beat {
    pub(super) fn again(&self) {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// The library itself tells that it is over.
    pub(super) fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

/// A stream and its beat.
pub(super) struct Watched {
    stream: Running,
    pulse: Pulse,
}

impl Watched {
    pub(super) fn new(stream: Running, beat: Beat) -> Self {
        Self { stream, pulse: Pulse { beat, seen: 0, missed: 0 } }
    }

    /// Begins what was opened asleep.
    pub(super) fn wake(&self) {
        #[cfg(target_os = "linux")]
        if let Running::Server(stream) = &self.stream {
            stream.wake();
        }
    }

    /// Whether it can lie open without a device's light or a sound.
    pub(super) fn sleeps(&self) -> bool {
        !matches!(self.stream, Running::Device { .. })
    }

    /// The library has told that it is over.
    pub(super) fn ended(&self) -> bool {
        self.pulse.beat.0.ended.load(Ordering::Relaxed)
    }

    /// To be asked at each look.
    pub(super) fn alive(&mut self) -> bool {
        self.pulse.beats()
    }
}

struct Pulse {
    beat: Beat,
    seen: u32,
    missed: u32,
}

impl Pulse {
    fn beats(&mut self) -> bool {
        if self.beat.0.ended.load(Ordering::Relaxed) {
            return false;
        }
        let calls = self.beat.0.calls.load(Ordering::Relaxed);
        if calls != self.seen {
            (self.seen, self.missed) = (calls, 0);
            return true;
        }
        // Looks are counted rather than time: after sleep both begin where they stopped.
        self.missed += 1;
        self.missed < if self.seen == 0 { SLOW_START } else { MISSED }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_stops_calling_is_lost_and_a_slow_start_is_waited_for() {
        let beat = Beat::default();
        let mut pulse = Pulse { beat: beat.clone(), seen: 0, missed: 0 };
        assert!((1..SLOW_START).all(|_| pulse.beats()), "it may take its time to begin");
        beat.again();
        assert!((0..MISSED).all(|_| pulse.beats()), "one look without a call is none yet");
        assert!(!pulse.beats());
        beat.again();
        assert!(pulse.beats());
        beat.end();
        assert!(!pulse.beats(), "told by the library");
    }
}
