//! What a desk holds in memory in a call. A figure of `cargo xtask bench start`, not a test: it says
//! something of a release build beside its peer, and nothing of a debug build.

use stories::errand;
use stories::peers::desk::Desk;
use stories::sound::{self, Sink};

#[tokio::test]
async fn a_desk_in_a_call_stays_small() {
    let Some(mut desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    // A first start fills the data folder; every later one is what agents have.
    desk.kill().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    desk.page.press("Alt+X").await;
    errand::is_offered(&desk.page).await;
    errand::answers(&desk.page).await;
    sound::sounds(Sink::Headset).await;
    // What drawing the call took is given back while the talk goes on.
    sound::record(Sink::Headset, 6).await;
    let held = desk.memory_mib();
    println!("\npss_call_mib {held:.1}");
    assert!(held > 20.0, "{held:.1} MiB is no desk");
}
