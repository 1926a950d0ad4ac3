//! The processing of the microphone, heard with synthetic speech.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use proptest::prelude::*;

use super::{FRAME, Frame, SAMPLE_RATE, SILENCE, Voice, VoiceSettings};

const SECOND: usize = SAMPLE_RATE as usize;
const ECHO: VoiceSettings = VoiceSettings { echo: true, ..VoiceSettings::NONE };
const NOISE: VoiceSettings = VoiceSettings { noise: true, ..VoiceSettings::NONE };
const GAIN: VoiceSettings = VoiceSettings { gain: true, ..VoiceSettings::NONE };

/// Chance that is the same in each run, −1 to 1.
struct Chance(u32);

impl Chance {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

/// A resonance of the mouth.
#[derive(Default)]
struct Formant(f32, f32);

impl Formant {
    fn pass(&mut self, input: f32, hz: f32) -> f32 {
        let rate = SAMPLE_RATE as f32;
        let radius = (-std::f32::consts::PI * 90.0 / rate).exp();
        let turn = 2.0 * radius * (std::f32::consts::TAU * hz / rate).cos();
        let out = (1.0 - radius) * input + turn * self.0 - radius * radius * self.1;
        (self.1, self.0) = (self.0, out);
        out
    }
}

/// Something like speech: syllables of vowels with a moving pitch, hisses between them, pauses between the words.
/// `db` is its level while it speaks, below full scale.
fn speech(seconds: usize, pitch: f32, db: f32, seed: u32) -> Vec<f32> {
    const VOWELS: [[f32; 3]; 5] = [
        [700.0, 1_200.0, 2_500.0],
        [400.0, 2_000.0, 2_600.0],
        [300.0, 870.0, 2_250.0],
        [500.0, 1_700.0, 2_450.0],
        [450.0, 1_050.0, 2_400.0],
    ];
    let (mut chance, mut mouth) = (Chance(seed), <[Formant; 3]>::default());
    let (mut phase, mut said) = (0.0f32, Vec::with_capacity(seconds * SECOND));
    while said.len() < seconds * SECOND {
        let vowel = VOWELS[((chance.next() + 1.0) * 2.49) as usize];
        let turn = pitch * (1.0 + 0.2 * chance.next());
        let length = SECOND / 7 + (chance.next() * 0.05 * SECOND as f32) as usize;
        for at in 0..length {
            let way = at as f32 / length as f32;
            phase += turn * (1.1 - 0.2 * way) / SAMPLE_RATE as f32;
            let pulse = if phase >= 1.0 { 40.0 } else { 0.0 };
            phase = phase.fract();
            let breath = 0.05 * chance.next();
            let voiced: f32 =
                mouth.iter_mut().zip(vowel).map(|(formant, hz)| formant.pass(pulse + breath, hz)).sum();
            let hiss = if way > 0.85 { chance.next() * 0.3 } else { 0.0 };
            said.push((voiced + hiss) * (way * std::f32::consts::PI).sin().sqrt());
        }
        if chance.next() > 0.5 {
            said.extend(std::iter::repeat_n(0.0, SECOND / 5));
        }
    }
    said.truncate(seconds * SECOND);
    let active: Vec<f32> = said.iter().copied().filter(|sample| *sample != 0.0).collect();
    let factor = 10f32.powf((db - level(&active)) / 20.0);
    said.iter().map(|sample| sample * factor).collect()
}

fn hiss(samples: usize, db: f32, seed: u32) -> Vec<f32> {
    let mut chance = Chance(seed);
    // Even chance has a level of 1/√3.
    let factor = 10f32.powf(db / 20.0) * 3f32.sqrt() * 32_767.0;
    (0..samples).map(|_| chance.next() * factor).collect()
}

/// dB below full scale (RMS).
fn level(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * (power / 32_767f32.powi(2)).max(1e-12).log10()
}

/// What a microphone hears of a speaker in a room, so many milliseconds later and 6 dB fainter.
fn echo(played: &[f32], delay_ms: usize) -> Vec<f32> {
    let walls = [(0.0, 0.5), (2.7, -0.2), (6.1, 0.12), (11.3, 0.08), (23.0, 0.04)];
    let mut heard = vec![0.0; played.len()];
    for (later_ms, share) in walls {
        let by = delay_ms * SECOND / 1_000 + (later_ms * SECOND as f32 / 1_000.0) as usize;
        heard.iter_mut().skip(by).zip(played).for_each(|(slot, sample)| *slot += sample * share);
    }
    heard
}

fn sum(of: &[&[f32]]) -> Vec<f32> {
    (0..of[0].len()).map(|at| of.iter().map(|one| one[at]).sum()).collect()
}

fn frame(samples: &[f32]) -> Frame {
    let mut frame = SILENCE;
    frame.iter_mut().zip(samples).for_each(|(slot, sample)| *slot = *sample as i16);
    frame
}

/// What goes out when so much is played and so much heard.
fn processed(settings: VoiceSettings, played: &[f32], heard: &[f32]) -> Vec<f32> {
    let mut voice = Voice::new(settings).unwrap();
    let mut out = Vec::with_capacity(heard.len());
    for (far, near) in played.chunks_exact(FRAME).zip(heard.chunks_exact(FRAME)) {
        let mut near = frame(near);
        voice.process(&frame(far), &mut near);
        out.extend(near.iter().map(|sample| f32::from(*sample)));
    }
    out
}

/// How alike two sounds are that went the same way, 0–1.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    product(one, other) / (product(one, one) * product(other, other)).sqrt().max(1.0)
}

#[test]
fn noise_falls_and_speech_stays() {
    let silence = vec![0.0; 6 * SECOND];
    let noise = hiss(6 * SECOND, -45.0, 3);
    let mut said = vec![0.0; 3 * SECOND];
    said.extend(speech(3, 120.0, -24.0, 5));
    let out = processed(NOISE, &silence, &sum(&[&noise, &said]));
    let pause = 2 * SECOND..3 * SECOND;
    let fell = level(&noise[pause.clone()]) - level(&out[pause]);
    let talk = 4 * SECOND..6 * SECOND;
    let changed = level(&out[talk.clone()]) - level(&said[talk.clone()]);
    // The bands are split and joined on the way, which moves the waves: a voice without noise goes the same way.
    let alone = processed(NOISE, &silence, &said);
    let alike = likeness(&alone[talk.clone()], &out[talk]);
    assert!(fell > 12.0, "noise fell by {fell} dB");
    assert!(changed.abs() < 2.0 && alike > 0.9, "speech changed by {changed} dB, alike {alike}");
}

#[test]
fn the_echo_of_the_other_party_is_taken_out_whatever_its_delay() {
    let played = speech(5, 190.0, -22.0, 7);
    let room = hiss(played.len(), -75.0, 9);
    for delay_ms in [20, 80, 200] {
        let heard = sum(&[&echo(&played, delay_ms), &room]);
        let out = processed(ECHO, &played, &heard);
        let late = 3 * SECOND..5 * SECOND;
        let fell = level(&heard[late.clone()]) - level(&out[late]);
        assert!(fell > 30.0, "{delay_ms} ms: the echo fell by {fell} dB");
    }
}

#[test]
fn when_both_talk_the_near_end_is_heard_and_the_echo_is_not() {
    let played = speech(7, 190.0, -18.0, 11);
    let mut near = vec![0.0; 4 * SECOND];
    near.extend(speech(3, 110.0, -24.0, 13));
    let heard = sum(&[&echo(&played, 60), &near]);
    let out = processed(ECHO, &played, &heard);
    let both = 5 * SECOND..7 * SECOND;
    let changed = level(&out[both.clone()]) - level(&near[both.clone()]);
    let alone = processed(ECHO, &vec![0.0; near.len()], &near);
    let alike = likeness(&alone[both.clone()], &out[both]);
    assert!((-4.0..2.0).contains(&changed), "the near end changed by {changed} dB");
    assert!(alike > 0.78, "the near end is like itself by {alike}");
}

#[test]
fn a_quiet_and_a_loud_speaker_come_to_one_level_and_their_pauses_are_not_raised() {
    let out = |db: f32| {
        let said = speech(12, 130.0, db, 17);
        let heard = sum(&[&said, &hiss(said.len(), -70.0, 19)]);
        let out = processed(GAIN, &vec![0.0; said.len()], &heard);
        let talk: Vec<f32> = out[8 * SECOND..]
            .iter()
            .zip(&said[8 * SECOND..])
            .filter(|(_, said)| **said != 0.0)
            .map(|(out, _)| *out)
            .collect();
        let pause: Vec<f32> = out[8 * SECOND..]
            .iter()
            .zip(&said[8 * SECOND..])
            .filter(|(_, said)| **said == 0.0)
            .map(|(out, _)| *out)
            .collect();
        (level(&talk), level(&pause))
    };
    let (quiet, middle, loud) = (out(-42.0), out(-25.0), out(-8.0));
    for (one, other) in [(quiet, middle), (middle, loud), (quiet, loud)] {
        assert!((one.0 - other.0).abs() < 3.0, "{quiet:?} {middle:?} {loud:?}");
    }
    assert!(quiet.1 < -45.0, "the pauses of the quiet one are at {} dB", quiet.1);
}

#[test]
fn a_frame_of_nothing_does_not_make_the_noise_after_it_speech() {
    let mut heard = hiss(8 * SECOND, -52.0, 29);
    // Before the device gives anything, and where it gives nothing for a moment.
    heard[..2 * FRAME].fill(0.0);
    heard[4 * SECOND..4 * SECOND + FRAME].fill(0.0);
    let out = processed(GAIN, &vec![0.0; heard.len()], &heard);
    for second in [2, 3, 6, 7] {
        let raised = level(&out[second * SECOND..(second + 1) * SECOND]) + 52.0;
        assert!(raised < 3.0, "after {second} s the noise is raised by {raised} dB");
    }
}

#[test]
fn silence_stays_silence() {
    let silence = vec![0.0; 2 * SECOND];
    let out = processed(VoiceSettings::ALL, &silence, &silence);
    assert!(out.iter().all(|sample| sample.abs() <= 1.0));
    let after = sum(&[&speech(2, 120.0, -20.0, 23)]).into_iter().chain(silence.clone()).collect::<Vec<_>>();
    let out = processed(VoiceSettings::ALL, &vec![0.0; after.len()], &after);
    let end = level(&out[out.len() - SECOND..]);
    assert!(end < -75.0, "{end} dB after the last word");
    assert!(Voice::new(VoiceSettings::NONE).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever comes, what goes out has room to the ceiling: no sample is cut.
    #[test]
    fn nothing_clips(parts in prop::collection::vec((0u8..6, any::<u32>(), -1.0f32..1.0), 2..8)) {
        let mut voice = Voice::new(VoiceSettings::ALL).unwrap();
        for (kind, seed, size) in parts {
            let mut chance = Chance(seed);
            let mut sample = |at: usize| match kind {
                0 => 0.0,
                1 => size * 32_767.0,
                2 => if (at / 37).is_multiple_of(2) { 32_767.0 } else { -32_768.0 },
                3 => chance.next() * 32_767.0,
                4 => if at.is_multiple_of(481) { -32_768.0 } else { 0.0 },
                _ => (at as f32 * 0.05 * size).sin() * 32_767.0,
            };
            for at in 0..12 {
                let mut near: Vec<f32> = (0..FRAME).map(|i| sample(at * FRAME + i)).collect();
                let mut heard = frame(&near);
                near.rotate_left(300);
                voice.process(&frame(&near), &mut heard);
                prop_assert!(heard.iter().all(|sample| sample.unsigned_abs() <= 29_000));
            }
        }
    }
}
