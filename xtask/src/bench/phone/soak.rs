//! `soak phone`: many calls in a row beside one long call. What a phone holds of the machine must not grow with them,
//! and every call must be heard.

use super::exchange::{Call, Exchange};
use super::line::{Stream, Weather, noise, plan, send};
use super::programs::{Kind, Phone, Sound};
use super::sip::Coding;
use super::usage::{self, Holding};
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use crate::session::{self, Home};
use crate::{places, setup};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The task that soaks, within a private session.
pub const INSIDE: &str = "soak-phone-inside";

/// Calls in a row, and minutes of the long call, unless told otherwise.
const CALLS: usize = 500;
const MINUTES: usize = 60;
/// Seconds of sound in each of the many calls.
const TALK: usize = 1;
/// Packets of 20 ms that a phone sends in a second.
const PACKETS: f64 = 50.0;
/// The share of them that must have come: the first of a call are spent on its set-up.
const HEARD: f64 = 0.8;
/// What a phone may hold more at the end than when it had warmed up, MiB: the allocator's own.
const SLACK_MIB: f64 = 1.0;

/// `cargo xtask soak phone [--calls N] [--minutes N]`.
pub fn task(arguments: &[String]) -> Outcome<ExitCode> {
    let (Some("phone"), Ok(extent)) = (arguments.first().map(String::as_str), Extent::parse(arguments))
    else {
        return Err(Failure("soak phone [--calls N] [--minutes N]".into()));
    };
    setup::prepare(setup::Purpose::Bench)?;
    command::run(command::cargo(&places::root()).args([
        "build",
        "--release",
        "--package",
        "svarsplats-phone",
    ]))?;
    let home = Home::new()?;
    let mut inside = Command::new(format!("/proc/{}/exe", std::process::id()));
    inside.arg(INSIDE).arg(places::target().join("release/svarsplats-phone"));
    inside.args([extent.calls.to_string(), extent.minutes.to_string()]);
    let status = session::wrap(&inside, &home)?.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How long the soak is.
#[derive(Debug, PartialEq, Eq)]
struct Extent {
    calls: usize,
    minutes: usize,
}

impl Extent {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut extent = Self { calls: CALLS, minutes: MINUTES };
        let mut words = arguments.iter().skip(1);
        while let Some(word) = words.next() {
            let number = words.next().and_then(|number| number.parse().ok());
            match (word.as_str(), number) {
                ("--calls", Some(number)) => extent.calls = number,
                ("--minutes", Some(number)) => extent.minutes = number,
                _ => return Err(Failure(format!("{word} is not understood"))),
            }
        }
        Ok(extent)
    }
}

/// Both at once, with a phone each.
pub fn inside(arguments: &[String]) -> Outcome<ExitCode> {
    let [binary, calls, minutes] = arguments else { return Err(Failure("the phone, calls, minutes".into())) };
    let binary = PathBuf::from(binary);
    let extent = Extent::parse(&["phone", "--calls", calls, "--minutes", minutes].map(str::to_owned))?;
    let (many, long) = std::thread::scope(|scope| {
        let many = scope.spawn(|| many_calls(&binary, extent.calls));
        let long = scope.spawn(|| long_call(&binary, extent.minutes));
        (many.join(), long.join())
    });
    let mut well = true;
    for (name, done) in [("calls in a row", many), ("the long call", long)] {
        let Ok(done) = done else { return Err(Failure(format!("{name}: the soak itself broke"))) };
        match done {
            Ok(track) => {
                println!("{name}: {}", track.summary());
                for fault in track.faults() {
                    well = false;
                    println!("{name}: {fault}");
                }
            }
            Err(Failure(text)) => {
                well = false;
                println!("{name}: {text}");
            }
        }
    }
    println!("{}", if well { "nothing grew, and every call was heard" } else { "the soak failed" });
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a phone held over the time, and what was not heard.
#[derive(Debug, Default)]
struct Track {
    held: Vec<Holding>,
    silent: Vec<String>,
}

impl Track {
    fn look(&mut self, at: &str, phone: &Phone) -> Outcome {
        let held =
            usage::holding(phone.process()).ok_or_else(|| Failure(format!("the phone ended at {at}")))?;
        println!("{at}: {held}");
        self.held.push(held);
        Ok(())
    }

    fn heard(&mut self, at: &str, packets: u64, expected: f64) {
        if (packets as f64) < expected * HEARD {
            self.silent.push(format!("{at}: {packets} packets came of {expected:.0}"));
        }
    }

    /// When it had warmed up, and at the end.
    fn ends(&self) -> Option<(&Holding, &Holding)> {
        let warm = self.held.len() / 10;
        Some((self.held.get(warm.max(1))?, self.held.last()?))
    }

    fn summary(&self) -> String {
        self.ends().map_or("too short to tell".into(), |(first, last)| format!("from {first} to {last}"))
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.silent.clone();
        let Some((first, last)) = self.ends() else { return faults };
        if last.mebibytes > first.mebibytes + SLACK_MIB {
            faults.push(format!("memory grew by {:.1} MiB", last.mebibytes - first.mebibytes));
        }
        if last.threads > first.threads {
            faults.push(format!("threads grew from {} to {}", first.threads, last.threads));
        }
        if last.files > first.files {
            faults.push(format!("open files and sockets grew from {} to {}", first.files, last.files));
        }
        faults
    }
}

/// The caller's end of the sound: sends noise, counts what comes.
struct Caller {
    socket: UdpSocket,
    came: AtomicU64,
    over: AtomicBool,
}

impl Caller {
    fn open() -> Outcome<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Self { socket, came: AtomicU64::new(0), over: AtomicBool::new(false) })
    }

    fn count(&self) {
        let mut buffer = [0; 2048];
        while !self.over.load(Ordering::Relaxed) {
            if self.socket.recv(&mut buffer).is_ok() {
                self.came.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn say(&self, call: &Call, packets: &[Vec<u8>]) -> Outcome {
        let plan = plan(Weather { loss: 0.0, jitter_ms: 0.0 }, 1, packets.len());
        send(&[Stream { socket: &self.socket, to: call.sound, packets, plan }])
    }
}

fn phone(binary: &Path, exchange: &Exchange, name: &str, ear: &str) -> Outcome<Phone> {
    let sound = Sound::Sinks { mouth: "microphone", ear, echo_cancellation: true };
    Phone::start(Kind::Ours, binary, exchange, name, sound)
}

fn many_calls(binary: &Path, calls: usize) -> Outcome<Track> {
    let mut exchange = Exchange::open()?;
    let phone = phone(binary, &exchange, "many", "headset")?;
    let (mut track, packets) = (Track::default(), noise(TALK));
    for number in 1..=calls {
        let caller = Caller::open()?;
        let call = exchange.call(&phone.contact, Coding::Pcma, caller.socket.local_addr()?.port())?;
        std::thread::scope(|scope| -> Outcome {
            scope.spawn(|| caller.count());
            let said = caller.say(&call, &packets);
            let ended = exchange.end(&call);
            caller.over.store(true, Ordering::Relaxed);
            said.and(ended)
        })?;
        exchange.attend(Duration::from_millis(100))?;
        track.heard(&format!("call {number}"), caller.came.into_inner(), TALK as f64 * PACKETS);
        if number % 25 == 0 || number == calls {
            // The devices of the last call are let go.
            exchange.attend(Duration::from_secs(2))?;
            track.look(&format!("call {number}"), &phone)?;
        }
    }
    Ok(track)
}

fn long_call(binary: &Path, minutes: usize) -> Outcome<Track> {
    let mut exchange = Exchange::open()?;
    let phone = phone(binary, &exchange, "long", "colleague")?;
    let caller = Caller::open()?;
    let call = exchange.call(&phone.contact, Coding::Pcma, caller.socket.local_addr()?.port())?;
    let packets = noise(minutes * 60);
    let mut track = Track::default();
    std::thread::scope(|scope| -> Outcome {
        scope.spawn(|| caller.count());
        let said = scope.spawn(|| caller.say(&call, &packets));
        let watch = Stopwatch::start();
        let mut watched = || -> Outcome {
            let mut before = 0;
            for minute in 1..=minutes {
                let left = Duration::from_secs(minute as u64 * 60).saturating_sub(watch.elapsed());
                exchange.attend(left)?;
                let came = caller.came.load(Ordering::Relaxed);
                let at = format!("minute {minute}");
                track.heard(&at, came - before, 60.0 * PACKETS);
                track.look(&at, &phone)?;
                before = came;
            }
            exchange.end(&call)
        };
        let watched = watched();
        // What is still to be said goes to nobody; the line is let run out.
        let said = said.join().unwrap_or_else(|_| Err(Failure("the line broke".into())));
        clock::pause(Duration::from_millis(100));
        caller.over.store(true, Ordering::Relaxed);
        watched.and(said)
    })?;
    Ok(track)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(mebibytes: f64, threads: u64, files: usize) -> Holding {
        Holding { mebibytes, threads, files }
    }

    #[test]
    fn what_grows_or_is_not_heard_is_a_fault() {
        let mut track = Track::default();
        track.held.extend([held(9.0, 4, 9), held(12.0, 7, 20), held(12.5, 7, 20), held(12.9, 7, 20)]);
        track.heard("call 1", 49, 50.0);
        assert_eq!(track.faults(), Vec::<String>::new());
        track.heard("call 2", 3, 50.0);
        track.held.push(held(13.4, 8, 21));
        let faults = track.faults();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert_eq!(faults.first().map(String::as_str), Some("call 2: 3 packets came of 50"));
    }

    #[test]
    fn an_extent_is_read_or_refused() {
        let read = |words: &[&str]| Extent::parse(&words.iter().map(|&word| word.into()).collect::<Vec<_>>());
        assert_eq!(read(&["phone"]).ok(), Some(Extent { calls: 500, minutes: 60 }));
        assert_eq!(read(&["phone", "--minutes", "2"]).ok(), Some(Extent { calls: 500, minutes: 2 }));
        assert!(read(&["phone", "--calls"]).is_err() && read(&["phone", "--days", "2"]).is_err());
    }
}
