//! How speech sounds through a bad line. What is said is spoken by a voice, coded once by our phone, and told to each
//! phone over the same lines.

use super::Taken;
use super::ear::{self, Ear};
use super::exchange::Exchange;
use super::line::{Stream, Weather, plan, send};
use super::programs::{Kind, Phone, Sound};
use super::score::{Case, scores};
use super::sip::Coding;
use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What is said: some eight seconds with pauses.
const TEXT: &str = "Hej och välkommen till kommunens kontaktcenter. Vad kan jag hjälpa dig med idag? \
                    Biblioteket har öppet till klockan sju på torsdagar.";
/// Phones of each kind that listen at once.
const AT_ONCE: usize = 4;
/// Samples a second that the voice gives.
const VOICE_RATE: u32 = 22_050;

/// PCMA through loss and jitter.
pub fn narrowband(binary: &Path, python: &Path, seeds: usize, taken: &mut Taken) -> Outcome {
    let losses = [("0", 0.0), ("1", 0.01), ("3", 0.03), ("10", 0.1)];
    let mut lines = Vec::new();
    for (name, loss) in losses {
        for (kind, jitter_ms) in [("even", 0.0), ("jitter", 30.0)] {
            let seeds = if loss == 0.0 && jitter_ms == 0.0 { 2 } else { seeds };
            lines.push(Line { name: format!("{kind}_{name}"), weather: Weather { loss, jitter_ms }, seeds });
        }
    }
    let means = through(binary, python, Coding::Pcma, "nb", &lines)?;
    let mean = |kind, name: &str| means.get(&(kind, name.to_owned())).copied();
    for (name, _) in losses {
        let of = |kind| mean(kind, &format!("jitter_{name}"));
        taken.note(&format!("pesq_loss_{name}"), of(0), &[of(1)], f64::max);
    }
    let cost = |kind| {
        let costs = losses.map(|(name, _)| {
            Some(mean(kind, &format!("even_{name}"))? - mean(kind, &format!("jitter_{name}"))?)
        });
        costs.into_iter().sum::<Option<f64>>().map(|sum| sum / losses.len() as f64)
    };
    taken.note("pesq_jitter_30", cost(0), &[cost(1)], f64::min);
    Ok(())
}

/// Opus through loss.
pub fn wideband(binary: &Path, python: &Path, seeds: usize, taken: &mut Taken) -> Outcome {
    let line = |name: &str, loss, seeds| Line {
        name: name.to_owned(),
        weather: Weather { loss, jitter_ms: 0.0 },
        seeds,
    };
    let lines = [line("0", 0.0, 2), line("3", 0.03, seeds)];
    let means = through(binary, python, Coding::Opus, "wb", &lines)?;
    for name in ["0", "3"] {
        let of = |kind| means.get(&(kind, name.to_owned())).copied();
        taken.note(&format!("pesq_wb_opus_{name}"), of(0), &[of(1)], f64::max);
    }
    Ok(())
}

struct Line {
    name: String,
    weather: Weather,
    seeds: usize,
}

/// Mean scores by kind (0 ours, 1 baresip) and line.
type Means = BTreeMap<(usize, String), f64>;

fn through(
    binary: &Path,
    python: &Path,
    coding: Coding,
    mode: &'static str,
    lines: &[Line],
) -> Outcome<Means> {
    if python.as_os_str().is_empty() {
        return Err(Failure("there is no PESQ".into()));
    }
    let folder = std::env::temp_dir().join(format!("svarsplats-speech-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = in_folder(&folder, binary, python, coding, mode, lines);
    let _ = std::fs::remove_dir_all(&folder);
    done
}

fn in_folder(
    folder: &Path,
    binary: &Path,
    python: &Path,
    coding: Coding,
    mode: &'static str,
    lines: &[Line],
) -> Outcome<Means> {
    let said = folder.join("said.wav");
    let packets = spoken(binary, &said, coding)?;
    let mut exchange = Exchange::open()?;
    let listeners = Listeners::start(binary, &exchange)?;
    let mut jobs: Vec<(&Line, u64)> = Vec::new();
    for line in lines {
        jobs.extend((0..line.seeds).map(|seed| (line, seed as u64 + 1)));
    }
    let (mut cases, mut of) = (Vec::new(), Vec::new());
    for (round, portion) in jobs.chunks(AT_ONCE).enumerate() {
        let rate = if mode == "nb" { 8_000 } else { 16_000 };
        for (kind, place, wav) in listeners.hear(&mut exchange, coding, &packets, portion, rate)? {
            let heard: PathBuf = folder.join(format!("heard-{round}-{kind}-{place}.wav"));
            std::fs::write(&heard, wav)?;
            let name = portion.get(place).map(|(line, _)| line.name.clone()).unwrap_or_default();
            of.push((kind, name));
            cases.push(Case { mode, said: said.clone(), heard });
        }
    }
    drop(listeners);
    let mut sums: BTreeMap<(usize, String), (f64, f64)> = BTreeMap::new();
    for (of, score) in of.into_iter().zip(scores(python, &cases)?) {
        let Some(score) = score else { continue };
        let sum = sums.entry(of).or_default();
        *sum = (sum.0 + score, sum.1 + 1.0);
    }
    let means: Means = sums.into_iter().map(|(of, (sum, count))| (of, sum / count)).collect();
    for ((kind, name), mean) in &means {
        println!("note: {mode} {name} {} {mean:.2}", if *kind == 0 { "Ours" } else { "Baresip" });
    }
    Ok(means)
}

/// Writes what is said to a file and gives its packets.
fn spoken(binary: &Path, said: &Path, coding: Coding) -> Outcome<Vec<Vec<u8>>> {
    let raw = said.with_extension("raw.wav");
    command::quiet(Command::new("espeak-ng").args(["-v", "sv", "-s", "150", "-w"]).arg(&raw).arg(TEXT))?;
    let bytes = std::fs::read(&raw)?;
    let voice = bytes.get(44..).unwrap_or_default().chunks_exact(2);
    let quiet = vec![0; VOICE_RATE as usize / 2];
    let mut samples = quiet.clone();
    samples.extend(voice.filter_map(|pair| pair.try_into().ok().map(i16::from_le_bytes)));
    samples.extend(&quiet);
    std::fs::write(said, ear::wav(VOICE_RATE, &samples))?;
    let mut exchange = Exchange::open()?;
    let talker = Talker::start(binary, &exchange, said)?;
    let contact = exchange.registered("talker")?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    let call = exchange.call(&contact, coding, socket.local_addr()?.port())?;
    let mut packets = Vec::new();
    while packets.len() < samples.len() * 50 / VOICE_RATE as usize {
        let mut buffer = [0; 2048];
        let length = socket.recv(&mut buffer)?;
        packets.push(buffer.get(..length).unwrap_or_default().to_vec());
    }
    exchange.end(&call)?;
    drop(talker);
    Ok(packets)
}

/// Our phone, which says a file.
struct Talker(std::process::Child);

impl Talker {
    fn start(binary: &Path, exchange: &Exchange, said: &Path) -> Outcome<Self> {
        let mut command = Command::new(binary);
        command.args(["--server", &exchange.address(), "--user", "talker", "answer", "--auto", "--say"]);
        Ok(Self(command.arg(said).stdout(std::process::Stdio::null()).spawn()?))
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Phones of both kinds, each at a sink of its own.
struct Listeners {
    phones: Vec<(usize, usize, Phone)>,
}

impl Listeners {
    fn start(binary: &Path, exchange: &Exchange) -> Outcome<Self> {
        let mut phones = Vec::new();
        for (kind, of) in [Kind::Ours, Kind::Baresip].into_iter().enumerate() {
            for place in 0..AT_ONCE {
                let ear = sink(kind, place);
                let mut load = Command::new("pactl");
                load.args(["load-module", "module-null-sink", "rate=48000", "channels=1"]);
                command::read(load.arg(format!("sink_name={ear}")))?;
                let sound = Sound::Sinks { mouth: "microphone", ear: &ear, echo_cancellation: false };
                let name = format!("listener{kind}{place}");
                phones.push((kind, place, Phone::start(of, binary, exchange, &name, sound)?));
            }
        }
        Ok(Self { phones })
    }

    /// All listen to the same lines at once; gives kind, place and a WAV file of each.
    fn hear(
        &self,
        exchange: &mut Exchange,
        coding: Coding,
        packets: &[Vec<u8>],
        lines: &[(&Line, u64)],
        rate: u32,
    ) -> Outcome<Vec<(usize, usize, Vec<u8>)>> {
        let (mut calls, mut sockets, mut ears) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, place, phone) in self.phones.iter().filter(|(_, place, _)| *place < lines.len()) {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            calls.push(exchange.call(&phone.contact, coding, socket.local_addr()?.port())?);
            sockets.push((*place, socket));
            ears.push((*kind, *place, Ear::open(&sink(*kind, *place), rate, Stopwatch::start())?));
        }
        clock::pause(Duration::from_millis(300));
        let mut streams = Vec::new();
        for ((place, socket), call) in sockets.iter().zip(&calls) {
            let Some((line, seed)) = lines.get(*place) else { continue };
            let plan = plan(line.weather, *seed, packets.len());
            streams.push(Stream { socket, to: call.sound, packets, plan });
        }
        send(&streams)?;
        clock::pause(Duration::from_millis(700));
        let heard = ears.into_iter().filter_map(|(kind, place, ear)| Some((kind, place, ear.stop()?.wav())));
        let heard = heard.collect();
        calls.iter().try_for_each(|call| exchange.end(call))?;
        // The sound server takes its time to close what was open.
        exchange.attend(Duration::from_millis(500))?;
        Ok(heard)
    }
}

fn sink(kind: usize, place: usize) -> String {
    format!("listener{kind}{place}")
}
