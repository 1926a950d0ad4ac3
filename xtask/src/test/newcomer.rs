//! `cargo xtask run` as a person calls it: the window comes, and Ctrl+C leaves nothing behind.

use crate::clock;
use crate::command::{self, Failure, Outcome};
use crate::session::{self, Home};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// The task that plays the person, within a private session.
pub const INSIDE: &str = "test-run-inside";
/// For all of it; what is built has been built in the steps before.
const LIMIT: Duration = Duration::from_secs(180);
/// How long what was told to end may take.
const FAREWELL: Duration = Duration::from_secs(15);

/// Opens the window and ends it, in a session of its own.
pub fn opens_and_ends() -> Outcome {
    let home = Home::new()?;
    let mut inside = Command::new(format!("/proc/{}/exe", std::process::id()));
    inside.arg(INSIDE);
    // The session has a home of its own; cargo's lies where it lay.
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let real = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(folder));
        if let Some(place) = std::env::var_os(name).map(PathBuf::from).or(real) {
            inside.env(name, place);
        }
    }
    let heard = command::listen(&mut session::wrap(&inside, &home)?, LIMIT)?;
    if heard.success { Ok(()) } else { Err(Failure(heard.text)) }
}

/// Starts the task, waits until the window can be used, presses Ctrl+C, looks for what is left.
pub fn inside() -> Outcome<ExitCode> {
    let data = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default().join("data");
    // Not by its name: the build has put another program there.
    let mut run = Command::new(format!("/proc/{}/exe", std::process::id()));
    run.args(["run", "--practice", "--data-dir"]).arg(&data).env("SVARSPLATS_READY", "1");
    // A terminal signals the group in its foreground.
    let mut child = run.stdout(Stdio::piped()).process_group(0).spawn()?;
    let output = child.stdout.take().ok_or_else(|| Failure("no output to read".into()))?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let ready = lines.by_ref().inspect(|line| println!("{line}")).any(|line| line.starts_with("ready"));
    if !ready {
        return Err(Failure("the window did not come".into()));
    }
    let reader = std::thread::spawn(move || lines.for_each(drop));
    command::interrupt_group(&child);
    let watch = clock::Stopwatch::start();
    while child.try_wait()?.is_none() {
        if watch.elapsed() > FAREWELL {
            return Err(Failure("it went on after Ctrl+C".into()));
        }
        clock::pause(Duration::from_millis(50));
    }
    let _ = reader.join();
    let left = running_with(&data.display().to_string());
    if left.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure(format!("left running after Ctrl+C: {}", left.join(", "))))
}

/// Command lines that hold the text: the app, and the processes it draws with, are told where to write.
fn running_with(text: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let own = std::process::id().to_string();
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy() != own)
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(text))
        .collect()
}
