//! Tones: played to a sink of the session, and measured in what another sink is given.

use crate::peers::PATIENCE;
use std::f64::consts::TAU;
use std::future::Future;
use std::panic::Location;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};

/// Samples a second in everything that is played and recorded here.
pub const RATE: u32 = 16_000;

/// A sink of the session: what is played there can be listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Where the desk speaks to its agent.
    Headset,
    /// Where the desk rings.
    Bell,
    /// What is played here is what the desk's microphone hears.
    Microphone,
    /// What a baresip outside hears.
    Caller,
    /// What a baresip at the next desk hears.
    Colleague,
}

impl Sink {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Headset => "headset",
            Self::Bell => "bell",
            Self::Microphone => "microphone",
            Self::Caller => "caller",
            Self::Colleague => "colleague",
        }
    }
}

/// The session's sound devices, pulled out until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Unplugged(());

impl Unplugged {
    /// Pulls out all of them; the sound server stays.
    pub async fn all() -> Self {
        pactl("unload-module module-null-sink").await;
        Self(())
    }

    /// Puts up what sound servers show when there is no device.
    pub async fn stand_in(&self) {
        pactl("load-module module-null-sink sink_name=auto_null").await;
    }

    /// Plugs them in again.
    pub fn plug_in(self) {
        drop(self);
    }
}

impl Drop for Unplugged {
    fn drop(&mut self) {
        let run = |line: &str| {
            let run =
                std::process::Command::new("pactl").args(line.split(' ')).stdout(Stdio::null()).status();
            assert!(run.is_ok_and(|status| status.success()), "pactl {line}");
        };
        let _ = std::process::Command::new("pactl").args(["unload-module", "module-null-sink"]).status();
        for sink in [Sink::Headset, Sink::Bell, Sink::Microphone, Sink::Caller, Sink::Colleague] {
            run(&format!("load-module module-null-sink sink_name={} rate=48000 channels=1", sink.name()));
        }
        run("set-default-sink headset");
        run("set-default-source microphone.monitor");
    }
}

async fn pactl(line: &str) {
    let status = Command::new("pactl").args(line.split(' ')).stdout(Stdio::null()).status().await;
    assert!(status.is_ok_and(|status| status.success()), "pactl {line}");
}

/// A tone that sounds until it is dropped.
#[derive(Debug)]
pub struct Tone {
    _player: Child,
    _feed: tokio::task::JoinHandle<()>,
}

/// Plays a tone about as loud as the callers speak.
pub fn play(sink: Sink, hz: f64) -> Tone {
    let mut command = Command::new("pacat");
    command.args(["--playback", "--raw", "--format=s16le", "--channels=1", "--latency-msec=50"]);
    command.arg(format!("--rate={RATE}")).arg(format!("--device={}", sink.name()));
    let mut player = command.stdin(Stdio::piped()).kill_on_drop(true).spawn().expect("pacat");
    let mut input = player.stdin.take().unwrap();
    let feed = tokio::spawn(async move {
        let mut from = 0;
        loop {
            let bytes: Vec<u8> =
                sine(hz, 0.4, from, RATE / 10).iter().flat_map(|s| s.to_le_bytes()).collect();
            from += RATE / 10;
            if tokio::io::AsyncWriteExt::write_all(&mut input, &bytes).await.is_err() {
                return;
            }
        }
    });
    Tone { _player: player, _feed: feed }
}

/// Records what a sink is given, for so many seconds.
pub async fn record(sink: Sink, seconds: u32) -> Vec<i16> {
    let mut recorder = recorder(sink);
    let mut output = recorder.stdout.take().unwrap();
    read_samples(&mut output, RATE * seconds).await
}

/// Listens until a tone of `hz` stands out for half a second; panics when it does not come.
#[track_caller]
pub fn hears(sink: Sink, hz: f64) -> impl Future<Output = ()> {
    let asked = Location::caller();
    async move {
        let mut recorder = recorder(sink);
        let mut output = recorder.stdout.take().unwrap();
        let listen = async {
            loop {
                let samples = read_samples(&mut output, RATE / 2).await;
                if share(&samples, hz) > 0.5 && loudness(&samples) > 0.003 {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, listen).await.is_err() {
            let samples = record(sink, 1).await;
            let (share, loudness) = (share(&samples, hz), loudness(&samples));
            panic!("{asked}: no {hz} Hz at {sink:?}: its share is {share}, loudness {loudness}");
        }
    }
}

/// Listens until just these two tones are heard together for half a second, about as loud; panics when they do
/// not come.
#[track_caller]
pub fn hears_both(sink: Sink, tones: [f64; 2]) -> impl Future<Output = ()> {
    let asked = Location::caller();
    async move {
        let mut recorder = recorder(sink);
        let mut output = recorder.stdout.take().unwrap();
        let both = |samples: &[i16]| {
            let [one, other] = tones.map(|hz| share(samples, hz));
            one > 0.2 && other > 0.2 && one + other > 0.8 && loudness(samples) > 0.003
        };
        let listen = async { while !both(&read_samples(&mut output, RATE / 2).await) {} };
        if tokio::time::timeout(PATIENCE, listen).await.is_err() {
            let samples = record(sink, 1).await;
            let shares = tones.map(|hz| share(&samples, hz));
            panic!("{asked}: not {tones:?} at {sink:?}: {shares:?}, loudness {}", loudness(&samples));
        }
    }
}

/// A recorder that runs: of what sounds from now on, nothing is missed, however short it is.
#[derive(Debug)]
pub struct Listening {
    sink: Sink,
    output: ChildStdout,
    _recorder: Child,
}

/// Begins to listen; returns when the first sound or silence has been recorded.
pub async fn listens(sink: Sink) -> Listening {
    let mut recorder = recorder(sink);
    let mut output = recorder.stdout.take().unwrap();
    read_samples(&mut output, RATE / 10).await;
    Listening { sink, output, _recorder: recorder }
}

impl Listening {
    /// Listens until anything sounds for half a second: speech, a bell, a stroke of a tone.
    pub async fn sounds(mut self) {
        let listen = async { while loudness(&read_samples(&mut self.output, RATE / 2).await) < 0.003 {} };
        assert!(tokio::time::timeout(PATIENCE, listen).await.is_ok(), "nothing sounds at {:?}", self.sink);
    }
}

/// Listens until anything sounds for half a second: speech, a bell.
pub async fn sounds(sink: Sink) {
    listens(sink).await.sounds().await;
}

/// Listens until nothing but silence has come for half a second.
pub async fn falls_silent(sink: Sink) {
    let mut recorder = recorder(sink);
    let mut output = recorder.stdout.take().unwrap();
    let listen = async { while loudness(&read_samples(&mut output, RATE / 2).await) > 0.001 {} };
    assert!(tokio::time::timeout(PATIENCE, listen).await.is_ok(), "{sink:?} does not fall silent");
}

fn recorder(sink: Sink) -> Child {
    let mut command = Command::new("parec");
    command.args(["--raw", "--format=s16le", "--channels=1", "--latency-msec=50"]);
    command.arg(format!("--rate={RATE}")).arg(format!("--device={}.monitor", sink.name()));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("parec")
}

async fn read_samples(output: &mut (impl AsyncReadExt + Unpin), count: u32) -> Vec<i16> {
    let mut bytes = vec![0; 2 * usize::try_from(count).unwrap()];
    output.read_exact(&mut bytes).await.expect("the recording ended");
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Root mean square, as a share of full scale.
pub fn loudness(samples: &[i16]) -> f64 {
    (power(samples) / samples.len().max(1) as f64).sqrt()
}

/// How much of the power lies at `hz` (Goertzel), 0 to 1.
pub fn share(samples: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (last, before) = samples.iter().fold((0.0, 0.0), |(last, before), sample| {
        (f64::from(*sample) / 32768.0 + coefficient * last - before, last)
    });
    let at = last * last + before * before - coefficient * last * before;
    let all = power(samples) * samples.len() as f64 / 2.0;
    if all == 0.0 { 0.0 } else { at / all }
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|sample| (f64::from(*sample) / 32768.0).powi(2)).sum()
}

/// A sine of that amplitude, its phase as if it had begun at sample 0.
fn sine(hz: f64, amplitude: f64, from: u32, count: u32) -> Vec<i16> {
    let at = |n: u32| (TAU * hz * f64::from(n) / f64::from(RATE)).sin() * amplitude * 32767.0;
    (from..from.saturating_add(count)).map(|n| at(n) as i16).collect()
}

/// A tone of so many seconds as a file (WAV, 16 bits, mono).
pub fn wav_of(hz: f64, seconds: u32) -> Vec<u8> {
    let samples = sine(hz, 0.4, 0, RATE * seconds);
    let length = u32::try_from(samples.len() * 2).unwrap();
    let head = [*b"RIFF", (length + 36).to_le_bytes(), *b"WAVE", *b"fmt ", 16u32.to_le_bytes()];
    let mut file = head.concat();
    file.extend([1u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([RATE, RATE * 2].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([2u16, 16].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([*b"data", length.to_le_bytes()].concat());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The last seconds of such a file, at [`RATE`]. A finer one is thinned out; of one that is just being begun, nothing.
pub fn end_of_wav(file: &[u8], seconds: usize) -> Vec<i16> {
    if file.len() < 44 {
        return Vec::new();
    }
    let rate = u32::from_le_bytes(file[24..28].try_into().unwrap());
    let every = usize::try_from(rate / RATE).unwrap();
    assert_eq!(rate % RATE, 0, "{rate}");
    let samples: Vec<i16> = file[44..]
        .chunks_exact(2)
        .step_by(every)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    samples[samples.len().saturating_sub(seconds * usize::try_from(RATE).unwrap())..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_told_from_its_neighbour_and_from_silence() {
        let tone = sine(440.0, 0.1, 0, RATE / 2);
        assert!(share(&tone, 440.0) > 0.95, "{}", share(&tone, 440.0));
        assert!(share(&tone, 700.0) < 0.01);
        assert!((loudness(&tone) - 0.0707).abs() < 0.001);
        assert!(share(&[0; 800], 440.0) == 0.0);
    }

    #[test]
    fn a_tone_in_a_file_is_the_tone() {
        let end = end_of_wav(&wav_of(440.0, 2), 1);
        assert_eq!(end.len(), usize::try_from(RATE).unwrap());
        assert!(share(&end, 440.0) > 0.95, "{}", share(&end, 440.0));
    }

    #[test]
    fn of_two_tones_each_has_its_share() {
        let low = sine(440.0, 0.1, 0, RATE / 2);
        let both: Vec<i16> = low.iter().zip(sine(1004.0, 0.1, 0, RATE / 2)).map(|(a, b)| a + b).collect();
        assert!((share(&both, 440.0) - 0.5).abs() < 0.02 && (share(&both, 1004.0) - 0.5).abs() < 0.02);
    }
}
