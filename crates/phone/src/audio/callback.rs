//! What the devices' threads call. Realtime: no allocation, no lock, no log; a test counts allocations.

use std::sync::Arc;

use cpal::{FromSample, Sample};
use rtrb::{Consumer, Producer};

/// Takes what the microphone hears into a ring buffer, mono, at the device's rate.
pub struct Capture {
    channels: usize,
    out: Producer<i16>,
}

impl Capture {
    /// For interleaved samples of `channels`.
    pub fn new(channels: u16, out: Producer<i16>) -> Self {
        Self { channels: usize::from(channels.max(1)), out }
    }

    /// One buffer of mono little-endian 16 bits.
    pub fn hear_bytes(&mut self, data: &[u8]) {
        let room = self.out.slots().min(data.len() / 2);
        let samples = data.chunks_exact(2).map(|pair| pair.try_into().map(i16::from_le_bytes).unwrap_or(0));
        if let Ok(chunk) = self.out.write_chunk_uninit(room) {
            chunk.fill_from_iter(samples);
        }
    }

    /// One buffer of the device. What finds no room is lost: the other side has stopped listening.
    pub fn hear<T: Sample>(&mut self, data: &[T])
    where
        i16: FromSample<T>,
    {
        for frame in data.chunks_exact(self.channels) {
            // Of several channels the first two carry speech; the others are often empty.
            let mut sum = 0i32;
            let mut count = 0i32;
            for sample in frame.iter().take(2) {
                sum += i32::from(i16::from_sample(*sample));
                count += 1;
            }
            if self.out.push((sum / count.max(1)) as i16).is_err() {
                return;
            }
        }
    }
}

/// Writes samples as little-endian 16 bits, as a sound server takes them; what is left over is silence.
fn to_bytes(data: &mut [u8], mut next: impl FnMut() -> i16) {
    let mut pairs = data.chunks_exact_mut(2);
    for pair in &mut pairs {
        pair.copy_from_slice(&next().to_le_bytes());
    }
    pairs.into_remainder().fill(0);
}

/// Plays from a ring buffer, mono, at the device's rate, on all channels.
pub struct Playback {
    channels: usize,
    input: Consumer<i16>,
    /// Samples that have to wait before playing begins, after a start or a gap.
    enough: usize,
    playing: bool,
}

impl Playback {
    /// For interleaved samples of `channels`.
    pub fn new(channels: u16, input: Consumer<i16>, enough: usize) -> Self {
        Self { channels: usize::from(channels.max(1)), input, enough, playing: false }
    }

    /// One buffer of the device.
    pub fn play<T: Sample + FromSample<i16>>(&mut self, data: &mut [T]) {
        self.begin(data.len() / self.channels);
        for frame in data.chunks_mut(self.channels) {
            frame.fill(T::from_sample(self.next()));
        }
    }

    /// One buffer of mono little-endian 16 bits.
    pub fn play_bytes(&mut self, data: &mut [u8]) {
        let wanted = data.len() / 2;
        self.begin(wanted);
        let there = if self.playing { self.input.slots().min(wanted) } else { 0 };
        self.playing &= there == wanted;
        let Ok(chunk) = self.input.read_chunk(there) else { return data.fill(0) };
        let mut samples = chunk.into_iter();
        to_bytes(data, || samples.next().unwrap_or(0));
    }

    /// A device that asks for more at a time needs more in store.
    fn begin(&mut self, asked: usize) {
        if self.input.slots() >= self.enough.max(asked) {
            self.playing = true;
        }
    }

    fn next(&mut self) -> i16 {
        if !self.playing {
            return 0;
        }
        self.input.pop().unwrap_or_else(|_| {
            self.playing = false;
            0
        })
    }
}

/// Plays a ring tone again and again, on all channels.
pub struct RingTone {
    channels: usize,
    tone: Arc<[i16]>,
    at: usize,
}

impl RingTone {
    /// `tone` is at the device's rate.
    pub fn new(channels: u16, tone: Arc<[i16]>) -> Self {
        Self { channels: usize::from(channels.max(1)), tone, at: 0 }
    }

    /// One buffer of the device.
    pub fn play<T: Sample + FromSample<i16>>(&mut self, data: &mut [T]) {
        for frame in data.chunks_mut(self.channels) {
            frame.fill(T::from_sample(self.next()));
        }
    }

    /// One buffer of mono little-endian 16 bits.
    pub fn play_bytes(&mut self, data: &mut [u8]) {
        to_bytes(data, || self.next());
    }

    fn next(&mut self) -> i16 {
        let sample = self.tone.get(self.at).copied().unwrap_or(0);
        self.at = if self.at + 1 >= self.tone.len() { 0 } else { self.at + 1 };
        sample
    }
}
