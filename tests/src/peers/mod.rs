//! The others of a story: the exchange, callers, colleagues, windows, browsers, the service.

pub mod accessibility;
pub mod ami;
pub mod asterisk;
pub mod baresip;
pub mod browser;
pub mod bus;
pub mod certificates;
pub mod desk;
pub mod front;
pub mod kamailio;
pub mod mail;
pub mod phone;
pub mod place;
pub mod program;
pub mod service;

pub use crate::excuse::or_skip;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

/// After so long a story says that something does not come. It is no promise of speed: a story goes on as soon as
/// the thing is there, and a machine whose disk is busy may need long for a first start.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A path or value that `cargo xtask test` hands to the stories.
pub fn given(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Waits for `event`, at most [`PATIENCE`].
pub async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(value) => value,
        Err(_) => panic!("waited {} s for {what}", PATIENCE.as_secs()),
    }
}

/// Asks again, a few times a second, until `look` gives something: for what cannot be listened to.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    within(what, async {
        loop {
            if let Some(value) = look().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}
