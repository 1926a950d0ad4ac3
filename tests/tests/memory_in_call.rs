//! What a desk holds in memory in a call.

use stories::errand;
use stories::peers::desk::Desk;
use stories::sound::{self, Sink};

/// Goal: a bare window's 205–270 MiB and at most 90 more.
const MOST_MIB: f64 = 400.0;

#[tokio::test]
async fn a_desk_in_a_call_stays_small() {
    let Some(desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    errand::becomes_ready(&desk.page).await;
    desk.page.press("Alt+X").await;
    errand::is_offered(&desk.page).await;
    errand::answers(&desk.page).await;
    sound::sounds(Sink::Headset).await;
    let held = desk.memory_mib();
    println!("\npss_call_mib {held:.1}");
    assert!(held > 20.0 && held < MOST_MIB, "{held:.1} MiB in a call");
}
