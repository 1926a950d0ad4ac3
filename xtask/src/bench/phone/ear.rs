//! Listens at the session's sinks, and says things into them.

use crate::clock::Stopwatch;
use crate::command::Outcome;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

/// Samples a second at which delays are taken.
pub const RATE: u32 = 48_000;
/// A sample as loud as this begins a stroke, after so much quiet, milliseconds.
const LOUD: u16 = 3_000;
const QUIET_MS: f64 = 300.0;

/// What was recorded of a sink.
pub struct Recording {
    /// Mono.
    pub samples: Vec<i16>,
    /// How many samples had come at what time, milliseconds of the stopwatch.
    marks: Vec<(usize, f64)>,
    rate: u32,
}

/// Records what a sink plays until it is stopped.
pub struct Ear {
    child: Child,
    reader: Option<JoinHandle<Recording>>,
}

impl Ear {
    /// Begins.
    pub fn open(sink: &str, rate: u32, watch: Stopwatch) -> Outcome<Self> {
        let mut command = Command::new("parec");
        command.args(["--raw", "--format=s16le", "--channels=1", "--latency-msec=5"]);
        command.arg(format!("--rate={rate}")).arg(format!("--device={sink}.monitor"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take();
        let reader = std::thread::spawn(move || {
            let mut recording = Recording { samples: Vec::new(), marks: Vec::new(), rate };
            if let Some(output) = output {
                recording.fill(output, watch);
            }
            recording
        });
        Ok(Self { child, reader: Some(reader) })
    }

    /// Ends it and gives what was heard.
    pub fn stop(mut self) -> Option<Recording> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.reader.take()?.join().ok()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Recording {
    fn fill(&mut self, mut input: impl Read, watch: Stopwatch) {
        let (mut buffer, mut odd) = ([0; 4096], None);
        while let Ok(length @ 1..) = input.read(&mut buffer) {
            let now = watch.elapsed().as_secs_f64() * 1000.0;
            for byte in buffer.get(..length).unwrap_or_default() {
                match odd.take() {
                    None => odd = Some(*byte),
                    Some(low) => self.samples.push(i16::from_le_bytes([low, *byte])),
                }
            }
            self.marks.push((self.samples.len(), now));
        }
    }

    /// When a sample was there. What is read late says nothing: the promptest portion of the second around it tells,
    /// and none further away, since a server may leave some out.
    fn time_of(&self, at: usize) -> f64 {
        let near = |count: &usize| count.abs_diff(at) <= self.rate as usize / 2;
        let marks = self.marks.iter().filter(|(count, _)| near(count));
        let began = marks.map(|(count, now)| now - self.ms(*count)).reduce(f64::min);
        began.unwrap_or(0.0) + self.ms(at)
    }

    fn ms(&self, samples: usize) -> f64 {
        samples as f64 * 1000.0 / f64::from(self.rate)
    }

    /// When each stroke began, milliseconds of the stopwatch.
    pub fn strokes(&self) -> Vec<f64> {
        let mut strokes = Vec::new();
        let mut loud_before = f64::MIN;
        for (at, sample) in self.samples.iter().enumerate() {
            if sample.unsigned_abs() < LOUD {
                continue;
            }
            let now = self.ms(at);
            if now - loud_before > QUIET_MS {
                strokes.push(self.time_of(at));
            }
            loud_before = now;
        }
        strokes
    }

    /// As a WAV file.
    pub fn wav(&self) -> Vec<u8> {
        wav(self.rate, &self.samples)
    }
}

/// A WAV file of these samples.
pub fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
    let size = (samples.len() * 2) as u32;
    let mut out = b"RIFF".to_vec();
    out.extend((size + 36).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(rate.to_le_bytes());
    out.extend((rate * 2).to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(size.to_le_bytes());
    out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    out
}

/// Says strokes of a tone into a sink, at times that fall differently into frames of 20 ms.
pub fn strokes(count: u32) -> Vec<i16> {
    let mut samples = Vec::new();
    for stroke in 0..count {
        let pause = RATE * 9 / 10 + RATE * (stroke * 7 % 20) / 1000;
        samples.resize(samples.len() + pause as usize, 0);
        let tone = |at: u32| (f64::from(at) * 1_000.0 * std::f64::consts::TAU / f64::from(RATE)).sin();
        samples.extend((0..RATE / 20).map(|at| (tone(at) * 16_000.0) as i16));
    }
    samples
}

/// Plays to a sink; ends when dropped.
pub struct Mouth {
    child: Child,
    _input: Option<ChildStdin>,
}

impl Mouth {
    /// Plays these samples; returns when most of them are with the player.
    pub fn say(sink: &str, samples: &[i16]) -> Outcome<Self> {
        let mut command = Command::new("pacat");
        command.args(["--playback", "--raw", "--format=s16le", "--channels=1", "--latency-msec=20"]);
        command.arg(format!("--rate={RATE}")).arg(format!("--device={sink}"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut input = child.stdin.take();
        if let Some(input) = &mut input {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            input.write_all(&bytes)?;
        }
        Ok(Self { child, _input: input })
    }
}

impl Drop for Mouth {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// For each stroke said, how much later it was heard, milliseconds.
pub fn delays(said: &[f64], heard: &[f64]) -> Vec<f64> {
    let after = |said: &f64| heard.iter().map(|heard| heard - said).find(|late| (0.0..800.0).contains(late));
    said.iter().filter_map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_are_found_where_they_were_put_and_matched_with_what_was_heard() {
        let mut recording = Recording { samples: vec![0; 24_000], marks: Vec::new(), rate: RATE };
        recording.samples.extend(strokes(2));
        // One portion in ten is read in time; nothing was lost.
        let late = |portion: usize| if portion.is_multiple_of(10) { 0.0 } else { 7.0 };
        let portions = 1..=recording.samples.len() / 480;
        recording.marks = portions.map(|n| (n * 480, 1_000.0 + n as f64 * 10.0 + late(n))).collect();
        let said = recording.strokes();
        assert_eq!(said.len(), 2);
        assert!((said[0] - 2_400.0).abs() < 0.3, "{said:?}");
        assert!((said[1] - said[0] - 957.0).abs() < 0.3, "{said:?}");
        let heard = [said[0] + 150.0, said[1] + 170.0];
        let found = delays(&said, &heard);
        assert!(found.len() == 2 && (found[1] - 170.0).abs() < 1e-6);
        assert!(delays(&said, &[said[0] - 5.0]).is_empty());
    }

    #[test]
    fn octets_are_put_together_to_samples_and_timed() {
        let mut recording = Recording { samples: Vec::new(), marks: Vec::new(), rate: RATE };
        recording.fill(&[1u8, 0, 2, 0, 3][..], Stopwatch::start());
        assert_eq!(recording.samples, [1, 2]);
        assert!(recording.marks.first().is_some_and(|(count, now)| *count == 2 && *now < 1_000.0));
    }
}
