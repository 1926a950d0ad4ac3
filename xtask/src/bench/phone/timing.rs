//! How long a call takes to set up, how late the sound comes, what it costs.

use super::Taken;
use super::bridge::Bridge;
use super::ear::{self, Ear, Mouth, RATE};
use super::exchange::Exchange;
use super::line::{Stream, Weather, noise, plan, send, silence};
use super::programs::{Kind, Phone, Sound};
use super::sip::Coding;
use super::usage;
use crate::clock::{self, Stopwatch};
use crate::command::{Failure, Outcome};
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

/// Calls of each without devices, and with.
const CALLS: usize = 60;
const CALLS_WITH_DEVICES: usize = 20;
/// Strokes from which the delay is taken.
const STROKES: u32 = 30;
/// Seconds of a call in which the CPU is measured.
const TALK: usize = 30;

const CLEAN: Weather = Weather { loss: 0.0, jitter_ms: 0.0 };

/// The value below which that share lies; none of nothing.
pub fn percentile(figures: &[f64], share: f64) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied()
}

/// Phones that are measured, in turn. A peer that does not start is told and left out.
struct Field {
    phones: Vec<(Kind, Phone)>,
}

impl Field {
    fn start(binary: &Path, exchange: &Exchange, kinds: &[Kind], sound: &[Sound<'_>]) -> Outcome<Self> {
        let mut phones = Vec::new();
        for (number, (kind, sound)) in kinds.iter().zip(sound).enumerate() {
            match Phone::start(*kind, binary, exchange, &format!("phone{number}"), *sound) {
                Ok(phone) => phones.push((*kind, phone)),
                Err(failure) if *kind == Kind::Ours => return Err(failure),
                Err(Failure(text)) => println!("note: {kind:?} did not start: {text}"),
            }
        }
        Ok(Self { phones })
    }
}

/// A figure for each phone.
struct Figures(Vec<(Kind, Vec<f64>)>);

impl Figures {
    fn of(field: &Field) -> Self {
        Self(field.phones.iter().map(|(kind, _)| (*kind, Vec::new())).collect())
    }

    fn add(&mut self, kind: Kind, figure: f64) {
        if let Some((_, figures)) = self.0.iter_mut().find(|(of, _)| *of == kind) {
            figures.push(figure);
        }
    }

    fn note(&self, id: &str, share: f64, taken: &mut Taken) {
        let of = |wanted: fn(&Kind) -> bool| {
            let kinds = self.0.iter().filter(move |(kind, _)| wanted(kind));
            kinds.map(|(_, figures)| percentile(figures, share)).collect::<Vec<_>>()
        };
        for (kind, figures) in &self.0 {
            println!("note: {id} {kind:?} {:?} of {}", percentile(figures, share), figures.len());
        }
        let ours = of(|kind| *kind == Kind::Ours).into_iter().flatten().next();
        taken.note(id, ours, &of(|kind| *kind != Kind::Ours), f64::min);
    }
}

/// INVITE to 200 without devices.
pub fn setup(binary: &Path, taken: &mut Taken) -> Outcome {
    let mut exchange = Exchange::open()?;
    let kinds = [Kind::Ours, Kind::Baresip];
    let field = Field::start(binary, &exchange, &kinds, &[Sound::None; 2])?;
    let mut figures = Figures::of(&field);
    let sound = UdpSocket::bind("127.0.0.1:0")?;
    let port = sound.local_addr()?.port();
    for _ in 0..CALLS {
        for (kind, phone) in &field.phones {
            let call = exchange.call(&phone.contact, Coding::Pcma, port)?;
            exchange.attend(Duration::from_millis(100))?;
            exchange.end(&call)?;
            exchange.attend(Duration::from_millis(50))?;
            figures.add(*kind, call.setup_ms);
        }
    }
    figures.note("setup_p50_ms", 0.5, taken);
    figures.note("setup_p95_ms", 0.95, taken);
    Ok(())
}

/// The same with devices and seconds between the calls of each.
pub fn setup_with_devices(binary: &Path, taken: &mut Taken) -> Outcome {
    let mut exchange = Exchange::open()?;
    let kinds = [Kind::Ours, Kind::Baresip, Kind::Linphone];
    let field = Field::start(binary, &exchange, &kinds, &SINKS)?;
    let mut figures = Figures::of(&field);
    let sound = UdpSocket::bind("127.0.0.1:0")?;
    let port = sound.local_addr()?.port();
    exchange.attend(Duration::from_secs(2))?;
    for _ in 0..CALLS_WITH_DEVICES {
        for (kind, phone) in &field.phones {
            let call = exchange.call(&phone.contact, Coding::Pcma, port)?;
            exchange.attend(Duration::from_millis(600))?;
            exchange.end(&call)?;
            exchange.attend(Duration::from_millis(500))?;
            figures.add(*kind, call.setup_ms);
        }
    }
    figures.note("setup_device_p50_ms", 0.5, taken);
    figures.note("setup_device_p95_ms", 0.95, taken);
    Ok(())
}

/// A sink to play at for each kind; all hear the same.
const SINKS: [Sound<'static>; 3] =
    [sinks("microphone", "headset"), sinks("microphone", "caller"), sinks("microphone", "colleague")];

/// Without anything done to the sound.
const fn sinks<'s>(mouth: &'s str, ear: &'s str) -> Sound<'s> {
    Sound::Sinks { mouth, ear, echo_cancellation: false }
}

/// From what is played to one phone's microphone to what plays at the other's speaker.
pub fn delay(binary: &Path, taken: &mut Taken) -> Outcome {
    let mut figures = Figures(Vec::new());
    for kind in [Kind::Ours, Kind::Baresip] {
        let mut exchange = Exchange::open()?;
        let talks = sinks("microphone", "caller");
        let hears = sinks("colleague", "headset");
        let talker = Phone::start(kind, binary, &exchange, "talker", talks)?;
        let listener = Phone::start(kind, binary, &exchange, "listener", hears)?;
        let bridge = Bridge::open(&mut exchange, [&talker, &listener], Coding::Pcma)?;
        // The buffers find their length first.
        exchange.attend(Duration::from_secs(3))?;
        let watch = Stopwatch::start();
        let (said, heard) = (Ear::open("microphone", RATE, watch)?, Ear::open("headset", RATE, watch)?);
        clock::pause(Duration::from_millis(500));
        let strokes = ear::strokes(STROKES);
        let mouth = Mouth::say("microphone", &strokes)?;
        let left = strokes.len() as f64 / f64::from(RATE) - watch.elapsed().as_secs_f64() + 2.5;
        exchange.attend(Duration::from_secs_f64(left.max(0.1)))?;
        drop(mouth);
        let (Some(said), Some(heard)) = (said.stop(), heard.stop()) else { continue };
        bridge.close(&exchange)?;
        let late = ear::delays(&said.strokes(), &heard.strokes());
        println!("note: delays {kind:?} {:?}", late.iter().map(|ms| ms.round()).collect::<Vec<_>>());
        figures.0.push((kind, late));
    }
    figures.note("delay_p50_ms", 0.5, taken);
    figures.note("delay_p95_ms", 0.95, taken);
    Ok(())
}

/// CPU and memory in a call with devices, all phones at once.
pub fn cpu_and_memory(binary: &Path, taken: &mut Taken) -> Outcome {
    let kinds = [Kind::Ours, Kind::Baresip, Kind::Linphone];
    let (cpu, peak) = in_a_call(binary, &kinds, &SINKS, &silence(TALK + 4))?;
    cpu.note("cpu_s_per_min", 0.5, taken);
    peak.note("peak_mib", 0.5, taken);
    Ok(())
}

/// The same with echo cancellation, of those who have it. What is heard is loud, and the microphone hears it.
pub fn cpu_with_echo_cancellation(binary: &Path, taken: &mut Taken) -> Outcome {
    let heard = |ear| Sound::Sinks { mouth: ear, ear, echo_cancellation: true };
    let (kinds, sinks) = ([Kind::Ours, Kind::Linphone], [heard("headset"), heard("colleague")]);
    let (cpu, _) = in_a_call(binary, &kinds, &sinks, &noise(TALK + 4))?;
    cpu.note("cpu_aec_s_per_min", 0.5, taken);
    Ok(())
}

/// CPU seconds a minute and the most memory of each in a call in which so much comes.
fn in_a_call(
    binary: &Path,
    kinds: &[Kind],
    sinks: &[Sound<'_>],
    packets: &[Vec<u8>],
) -> Outcome<(Figures, Figures)> {
    let mut exchange = Exchange::open()?;
    let field = Field::start(binary, &exchange, kinds, sinks)?;
    let (mut sockets, mut calls) = (Vec::new(), Vec::new());
    for (_, phone) in &field.phones {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        calls.push(exchange.call(&phone.contact, Coding::Pcma, socket.local_addr()?.port())?);
        sockets.push(socket);
    }
    let plan = plan(CLEAN, 1, packets.len());
    let streams: Vec<Stream<'_>> = sockets
        .iter()
        .zip(&calls)
        .map(|(socket, call)| Stream { socket, to: call.sound, packets, plan: plan.clone() })
        .collect();
    let (mut cpu, mut peak) = (Figures::of(&field), Figures::of(&field));
    let used = |field: &Field| -> Vec<f64> {
        field.phones.iter().map(|(_, phone)| usage::cpu_seconds(phone.process())).collect()
    };
    std::thread::scope(|scope| -> Outcome {
        let sender = scope.spawn(|| send(&streams));
        exchange.attend(Duration::from_secs(2))?;
        let (before, watch) = (used(&field), Stopwatch::start());
        exchange.attend(Duration::from_secs(TALK as u64))?;
        let (after, minutes) = (used(&field), watch.elapsed().as_secs_f64() / 60.0);
        for ((kind, _), (before, after)) in field.phones.iter().zip(before.iter().zip(&after)) {
            cpu.add(*kind, (after - before) / minutes);
        }
        sender.join().map_err(|_| Failure("the line broke".into()))?
    })?;
    for call in &calls {
        exchange.end(call)?;
    }
    for (kind, phone) in &field.phones {
        usage::peak_mebibytes(phone.process()).into_iter().for_each(|mebibytes| peak.add(*kind, mebibytes));
    }
    Ok((cpu, peak))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_figures() {
        let figures: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(percentile(&figures, 0.5), Some(50.0));
        assert_eq!(percentile(&figures, 0.95), Some(95.0));
        assert_eq!((percentile(&[3.0], 0.95), percentile(&[], 0.5)), (Some(3.0), None));
    }
}
