//! `cargo xtask run`: from a clean checkout to the window.

use crate::clock::{self, Stopwatch};
use crate::command::{self, Outcome};
use crate::{dictionary, interface, places, setup};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode};

/// The app alone, but with the features of the whole tree: what `cargo xtask test` compiles is then the same.
pub const APP: &[&str] = &["--workspace", "--bin", "svarsplats", "--features", "store/suite"];

/// Prepares, builds, and starts the app with the arguments given.
pub fn run(arguments: &[String]) -> Outcome<ExitCode> {
    let watch = Stopwatch::start();
    println!("1/4 The machine");
    setup::prepare(setup::Purpose::Run)?;
    println!("2/4 The interface");
    let interface = interface::build()?;
    println!("3/4 The app");
    command::run(command::cargo(&places::root()).arg("build").args(APP))?;
    let dictionary = dictionary::compile()?;
    println!("4/4 Opening the window, {} after the start. Ctrl+C ends it.", clock::readable(watch.elapsed()));
    let mut app = Command::new(places::target().join("debug/svarsplats"));
    app.args(arguments).env("SVARSPLATS_UI_DIR", interface);
    if let Some(dictionary) = dictionary {
        app.env("SVARSPLATS_DICTIONARY", dictionary);
    }
    until_ended(&mut app)
}

/// Waits for the app. A signal to us ends the app and all that it started.
fn until_ended(app: &mut Command) -> Outcome<ExitCode> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let mut child = app.process_group(0).spawn()?;
    let leader = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if let Some(leader) = leader {
                let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::TERM);
            }
        }
    });
    let status = child.wait()?;
    // What the app started and left behind goes with it.
    command::end_group(&child);
    let code = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
