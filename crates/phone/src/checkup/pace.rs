//! The clock of the self-test: real sound takes real time.

#![allow(clippy::disallowed_methods, reason = "the delay of a real sound is taken by the real clock")]

use std::time::{Duration, Instant};

pub(super) fn now() -> Instant {
    Instant::now()
}

/// Listens for so long, or until the next frame is due.
pub(super) fn pause(during: Duration) {
    std::thread::sleep(during);
}
