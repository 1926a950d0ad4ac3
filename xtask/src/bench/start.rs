//! `bench start`: how long until the window can be used, and what it holds in memory.

use super::{figures::Figures, memory, peer};
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use crate::session::{self, Home};
use crate::test::programs;
use crate::{dictionary, dist, npm, places, setup};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The task that measures, within a private session.
pub const INSIDE: &str = "bench-start-inside";
/// Measured starts of each, after the first one, which is not counted. One start in eight takes half a second
/// longer, of either: with few rounds the median moves by a tenth from run to run.
const ROUNDS: usize = 21;
/// A first start fills the data folder behind the window; every later one finds it filled.
const FIRST: Duration = Duration::from_secs(20);
/// What a start may take before it counts as failed.
const LIMIT: Duration = Duration::from_secs(60);
/// After the first frame the window still fetches and draws; idle is when that is over.
const SETTLE: Duration = Duration::from_secs(5);

/// Builds both, measures them in turn.
pub fn measure() -> Outcome<Figures> {
    setup::prepare(setup::Purpose::Test)?;
    let package = if npm::available() { Some(dist::package()?) } else { None };
    let release = dist::release()?;
    let peer = peer::build()?;
    let home = Home::new()?;
    let mut inside = Command::new(format!("/proc/{}/exe", std::process::id()));
    inside
        .arg(INSIDE)
        .arg(release.join("svarsplats"))
        .arg(&peer)
        .env("SVARSPLATS_UI_DIR", places::interface());
    if let Some(dictionary) = dictionary::compile()? {
        inside.env("SVARSPLATS_DICTIONARY", dictionary);
    }
    let heard = command::listen(&mut session::wrap(&inside, &home)?, Duration::from_secs(900))?;
    let line = heard.text.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let Some(taken) = line.filter(|_| heard.success) else { return Err(Failure(heard.text)) };
    let used = in_use(&release).inspect_err(|Failure(text)| println!("{text}")).unwrap_or_default();
    figures(&taken, &used, &release, package.as_deref())
}

fn figures(taken: &Value, used: &str, release: &Path, package: Option<&Path>) -> Outcome<Figures> {
    let figure = |pointer: &str| taken.pointer(pointer).and_then(Value::as_f64);
    let mut figures = Figures::new("start");
    let (own, bare) = (figure("/app/start_ms"), figure("/peer/start_ms"));
    figures.add("start_ms", own, bare, "at most 1.3 × the peer");
    let (own, bare) = (figure("/app/pss_mib"), figure("/peer/pss_mib"));
    figures.add("pss_idle_mib", own, bare, "at most the peer + 90");
    figures.add("pss_call_mib", told(used, "pss_call_mib"), bare, "at most the peer + 90");
    for (figure, peer) in [("key_p50_ms", "plain_p50_ms"), ("key_p95_ms", "plain_p95_ms")] {
        figures.add(figure, told(used, figure), told(used, peer), "peer: a field that nothing listens to");
    }
    let binary = dist::mebibytes(&release.join("svarsplats"))?;
    figures.add("binary_mib", Some(binary), dist::mebibytes(&release.join("bare-window")).ok(), "");
    let wasm = dist::mebibytes(&places::interface().join("ui_bg.wasm"))? * 1024.0;
    figures.add("wasm_kib", Some(wasm), None, "under 700");
    figures.add("deb_mib", package.map(dist::mebibytes).transpose()?, None, "under 15");
    Ok(figures)
}

/// A story of the harness answers a call in practice, types, and says what the desk then takes.
pub fn in_use(release: &Path) -> Outcome<String> {
    let built = programs::build(&["--package", "stories", "--test", "desk_in_use"])?;
    let program = built.into_iter().next().ok_or_else(|| Failure("the story was not built".into()))?;
    let home = Home::new()?;
    let mut story = Command::new(program.file);
    story.arg("--nocapture").env("SVARSPLATS_BIN_DIR", release).env("SVARSPLATS_UI_DIR", places::interface());
    let heard = command::listen(&mut session::wrap(&story, &home)?, Duration::from_secs(300))?;
    if !heard.success {
        println!("what a desk in use takes was not measured whole:\n{}", heard.text);
    }
    Ok(heard.text)
}

/// A figure that a story tells on a line of its own, behind its name.
pub fn told(text: &str, figure: &str) -> Option<f64> {
    text.lines().find_map(|line| line.trim().strip_prefix(figure)?.trim().parse().ok())
}

/// Measures and prints one line of JSON.
pub fn inside(arguments: &[String]) -> Outcome<ExitCode> {
    let [app, peer] = arguments else { return Err(Failure("the app and its peer".into())) };
    let data = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("data")).unwrap_or_default();
    let app = || {
        let mut command = Command::new(app);
        command.arg("--practice").arg("--data-dir").arg(&data).env("SVARSPLATS_READY", "1");
        command
    };
    let peer = || Command::new(peer);
    for command in [app(), peer()] {
        start(command, Some(FIRST))?;
    }
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (starts, command) in taken.iter_mut().zip([app(), peer()]) {
            starts.push(start(command, None)?.0);
        }
    }
    let [mut own, mut bare] = taken;
    let (idle, bare_idle) = (start(app(), Some(SETTLE))?.1, start(peer(), Some(SETTLE))?.1);
    println!(
        "{}",
        json!({
            "app": { "start_ms": median(&mut own), "pss_mib": idle },
            "peer": { "start_ms": median(&mut bare), "pss_mib": bare_idle },
        })
    );
    Ok(ExitCode::SUCCESS)
}

/// Milliseconds from the start of the process to its word that the window can be used, and MiB when it has
/// been idle for so long.
fn start(mut command: Command, idle: Option<Duration>) -> Outcome<(f64, f64)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let watch = Stopwatch::start();
    let mut child = command.spawn()?;
    let ready = ready(&mut child, watch);
    let memory = match idle.filter(|_| ready.is_some()) {
        Some(idle) => {
            clock::pause(idle);
            memory::proportional_mebibytes(child.id())
        }
        None => 0.0,
    };
    command::end_gently(&mut child);
    child.wait()?;
    let ready = ready.ok_or_else(|| Failure(format!("{} was not ready in time", command::line(&command))))?;
    Ok((ready.as_secs_f64() * 1000.0, memory))
}

fn ready(child: &mut Child, watch: Stopwatch) -> Option<Duration> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.starts_with("ready") {
                let _ = sender.send(watch.elapsed());
            }
        }
    });
    receiver.recv_timeout(LIMIT).ok()
}

fn median(figures: &mut [f64]) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_mind_one_slow_start() {
        assert_eq!(median(&mut [410.0, 2900.0, 400.0]), Some(410.0));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn a_figure_is_read_by_its_whole_name() {
        let text = "test a ...\nkey_p50_ms 9.5\nkey_p95_ms 17.0\nok";
        assert_eq!(told(text, "key_p95_ms"), Some(17.0));
        assert_eq!((told(text, "key_p5"), told(text, "pss_call_mib")), (None, None));
    }

    #[test]
    fn the_start_ends_with_the_ready_word() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo loading; echo ready 12; sleep 60"]);
        let (milliseconds, _) = start(command, None).unwrap();
        assert!(milliseconds < 10_000.0);
        let mut silent = Command::new("sh");
        silent.args(["-c", "exit 0"]);
        assert!(start(silent, None).is_err());
    }
}
