//! `bench phone`: our softphone on the command line beside baresip and linphonec, in one run, with the same exchange
//! and the same sinks.

mod bridge;
mod ear;
mod exchange;
mod line;
mod programs;
mod score;
mod sip;
pub mod soak;
mod speech;
mod timing;
mod usage;

use super::figures::Figures;
use super::start;
use crate::command::{self, Failure, Outcome};
use crate::session::{self, Home};
use crate::{dist, places, setup};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// The task that measures, within a private session.
pub const INSIDE: &str = "bench-phone-inside";
/// The longest that all of it may take.
const LIMIT: Duration = Duration::from_secs(3_600);
/// What can be measured apart, with `--only`.
const PARTS: [&str; 7] = ["setup", "device", "delay", "cpu", "aec", "pesq", "opus"];
/// And the whole desk in a call: needs a build of it, and a session of its own.
const DESK: &str = "desk";
/// Lines of chance that a score is the mean of, unless told otherwise.
const SEEDS: usize = 20;

/// The ids, with what each should be.
const GOALS: &[(&str, &str)] = &[
    ("setup_p50_ms", "not above baresip"),
    ("setup_p95_ms", "not above baresip"),
    ("setup_device_p50_ms", "at most 2.7"),
    ("setup_device_p95_ms", "at most 15"),
    ("delay_p50_ms", "at most 80"),
    ("delay_p95_ms", "at most 100"),
    ("cpu_s_per_min", "at most 0.7"),
    (
        "cpu_aec_s_per_min",
        "at most 2.5; peer: linphonec with its echo canceller (baresip's package has none)",
    ),
    ("cpu_desk_s_per_min", "at most 6, with all that is done to the voice; its peer has no window"),
    ("peak_mib", "at most 15"),
    ("pesq_loss_0", "at least 3.95, with 30 ms jitter"),
    ("pesq_loss_1", "at least 3.85, with 30 ms jitter"),
    ("pesq_loss_3", "at least 3.5, with 30 ms jitter"),
    ("pesq_loss_10", "at least 2.9, with 30 ms jitter"),
    ("pesq_jitter_30", "what the jitter costs: at most 0.1"),
    ("pesq_wb_opus_0", "not below baresip"),
    ("pesq_wb_opus_3", "not below baresip"),
];

/// Builds ours, measures all.
pub fn measure(arguments: &[String]) -> Outcome<Figures> {
    setup::prepare(setup::Purpose::Bench)?;
    let mut cargo = command::cargo(&places::root());
    command::run(cargo.args(["build", "--release", "--package", "svarsplats-phone"]))?;
    let python = score::python().inspect_err(|Failure(text)| println!("no PESQ: {text}")).ok();
    let home = Home::new()?;
    let mut inside = Command::new(format!("/proc/{}/exe", std::process::id()));
    inside.arg(INSIDE).arg(places::target().join("release/svarsplats-phone"));
    inside.arg(python.unwrap_or_default()).args(arguments);
    let heard = command::listen(&mut session::wrap(&inside, &home)?, LIMIT)?;
    let line = heard.text.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
    let Some(taken) = line.filter(|_| heard.success) else { return Err(Failure(heard.text)) };
    for line in heard.text.lines().filter(|line| line.starts_with("note: ")) {
        println!("{line}");
    }
    let desk = if is_wanted(arguments, DESK) { desk() } else { None };
    let mut figures = Figures::new("phone");
    for (id, goal) in GOALS {
        let figure = |of: &str| taken.get(*id)?.get(of)?.as_f64();
        let value = if *id == CPU_DESK { desk } else { figure("value") };
        figures.add(id, value, figure("peer"), *goal);
    }
    Ok(figures)
}

const CPU_DESK: &str = "cpu_desk_s_per_min";

/// CPU seconds that the desk takes in a minute of a call, as the story of a desk in use tells.
fn desk() -> Option<f64> {
    let taken = setup::prepare(setup::Purpose::Test).and_then(|()| start::in_use(&dist::release()?));
    match taken {
        Ok(text) => start::told(&text, CPU_DESK),
        Err(Failure(text)) => {
            println!("note: {DESK} was not taken: {text}");
            None
        }
    }
}

/// Whether a part is to be measured: all are, unless `--only` names some.
fn is_wanted(arguments: &[String], part: &str) -> bool {
    let at = arguments.iter().position(|argument| argument == "--only");
    let only = at.and_then(|at| arguments.get(at + 1));
    only.is_none_or(|only| only.split(',').any(|name| name == part))
}

/// What was taken of ours and of its peers.
#[derive(Default)]
pub struct Taken(Map<String, Value>);

impl Taken {
    /// Notes a figure; the better of the peers' values counts.
    fn note(&mut self, id: &str, ours: Option<f64>, peers: &[Option<f64>], better: fn(f64, f64) -> f64) {
        let peer = peers.iter().copied().flatten().reduce(better);
        if let Some(ours) = ours {
            self.0.insert(id.to_owned(), json!({ "value": ours, "peer": peer }));
        }
    }
}

/// Measures and prints one line of JSON.
pub fn inside(arguments: &[String]) -> Outcome<ExitCode> {
    let [binary, python, rest @ ..] = arguments else { return Err(Failure("the phone and python".into())) };
    let value = |name: &str| {
        let at = rest.iter().position(|argument| argument == name)?;
        rest.get(at + 1).map(String::as_str)
    };
    let seeds = value("--seeds").and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut taken = Taken::default();
    for part in PARTS {
        if !is_wanted(rest, part) {
            continue;
        }
        let (binary, python) = (Path::new(binary), Path::new(python));
        let done = match part {
            "setup" => timing::setup(binary, &mut taken),
            "device" => timing::setup_with_devices(binary, &mut taken),
            "delay" => timing::delay(binary, &mut taken),
            "cpu" => timing::cpu_and_memory(binary, &mut taken),
            "aec" => timing::cpu_with_echo_cancellation(binary, &mut taken),
            "pesq" => speech::narrowband(binary, python, seeds, &mut taken),
            _ => speech::wideband(binary, python, seeds, &mut taken),
        };
        if let Err(Failure(text)) = done {
            println!("note: {part} was not taken: {text}");
        }
    }
    println!("{}", Value::Object(taken.0));
    Ok(ExitCode::SUCCESS)
}
