//! What a desk takes while it is used: memory in a call, and time from a key to the frame that shows it.
//! Figures of `cargo xtask bench start` and `bench phone`, not tests: they say something of a release build beside its peer,
//! and nothing of a debug build.

use serde_json::Value;
use stories::errand;
use stories::peers::browser::Page;
use stories::peers::desk::Desk;
use stories::sound::{self, Sink};

/// What a resident's errand is put into words with: as fast as good typists write.
const TEXT: &str = "Undrar om altanen kräver bygglov eftersom huset ligger nära vattnet och grannens tomt.";
const KEYS_A_SECOND: u64 = 8;
/// So long a call's CPU is measured, while nobody types.
const TALK_SECONDS: u32 = 30;

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
    let before = desk.cpu_seconds();
    sound::record(Sink::Headset, TALK_SECONDS).await;
    let taken = (desk.cpu_seconds() - before) * 60.0 / f64::from(TALK_SECONDS);
    println!("\ncpu_desk_s_per_min {taken:.2}");
    assert!(taken > 0.1, "{taken:.2} s a minute is no call");
    let held = desk.memory_mib();
    println!("\npss_call_mib {held:.1}");
    assert!(held > 20.0, "{held:.1} MiB is no desk");

    desk.page.watches_keys().await;
    desk.page.types_at(KEYS_A_SECOND, TEXT).await;
    tell("key", desk.page.key_times().await);
    desk.page.plain_field().await;
    desk.page.types_at(KEYS_A_SECOND, TEXT).await;
    tell("plain", desk.page.key_times().await);
}

fn tell(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    assert_eq!(times.len(), TEXT.chars().count(), "each key is seen once");
    for (name, part) in [("p50", 0.5), ("p95", 0.95)] {
        println!("\n{what}_{name}_ms {:.1}", times[(times.len() as f64 * part) as usize]);
    }
}

/// What the figures need of a page and no story does.
trait Watched {
    async fn watches_keys(&self);
    async fn key_times(&self) -> Vec<f64>;
    async fn plain_field(&self);
}

impl Watched for Page {
    /// From now on each key is timed, until the frame after it has been drawn.
    async fn watches_keys(&self) {
        self.execute(
            "window.keyTimes = []; window.addEventListener('keydown', event => { \
               const began = event.timeStamp; \
               requestAnimationFrame(() => { const drawn = new MessageChannel(); \
                 drawn.port1.onmessage = () => window.keyTimes.push(performance.now() - began); \
                 drawn.port2.postMessage(0); }); }, true);",
        )
        .await;
    }

    /// Milliseconds of each key since the last time they were asked for.
    async fn key_times(&self) -> Vec<f64> {
        let times = self.execute("const all = window.keyTimes; window.keyTimes = []; return all;").await;
        times.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    /// A field beside the interface, that nothing of ours listens to, with the focus.
    async fn plain_field(&self) {
        self.execute(
            "const frame = document.createElement('dialog'); const field = document.createElement('textarea'); \
             frame.append(field); document.body.append(frame); frame.showModal(); \
             frame.addEventListener('keydown', event => event.stopPropagation()); field.focus();",
        )
        .await;
    }
}
