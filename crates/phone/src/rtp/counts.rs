//! What a session counts, for whoever reads it while the session goes on or when it is over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::monitor::Heard;

/// Counts of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RtpStats {
    /// Packets sent.
    pub sent: u64,
    /// Packets received that were ours to hear.
    pub received: u64,
    /// Frames concealed.
    pub concealed: u64,
    /// Reports of the other end on what it hears from here.
    pub reports: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    pub(super) concealed: AtomicU64,
    pub(super) reports: AtomicU64,
    pub(super) heard: Mutex<Option<Heard>>,
}

impl Counts {
    pub(super) fn stats(&self) -> RtpStats {
        RtpStats {
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            concealed: self.concealed.load(Ordering::Relaxed),
            reports: self.reports.load(Ordering::Relaxed),
        }
    }
}

/// Reads a session's figures; outlives it.
#[derive(Debug, Clone)]
pub struct SessionView(pub(super) Arc<Counts>);

impl SessionView {
    /// Counts so far.
    pub fn stats(&self) -> RtpStats {
        self.0.stats()
    }

    /// How what is heard has come, as of the last second; `None` before the first sound.
    pub fn heard(&self) -> Option<Heard> {
        *self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
