//! Where time and randomness come in.

use contract::domain::Timestamp;

/// The desk's source of time and randomness; tests hand in their own.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Ten random bytes, for an id.
    fn random(&self) -> [u8; 10];
}

/// The computer's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the desk's one reading of the clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    fn random(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        // Without randomness from the system, ids still differ by their millisecond.
        if getrandom::fill(&mut bytes).is_err() {
            tracing::error!("no randomness from the system");
        }
        bytes
    }
}
