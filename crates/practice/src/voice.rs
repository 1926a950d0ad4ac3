//! From text to sound: espeak-ng as a separate process where it is installed, else a row of tones of the
//! text's length and rhythm. The text itself is always told beside it ([`crate::Said`]).

use crate::scenario::{Line, Scenario, Voice};
use crate::sound::{SPEECH_RATE, Samples};
use phone::media::{Tone, Wav};
use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// How residents sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speech {
    /// Swedish speech by espeak-ng; tones where it is not installed or fails.
    #[default]
    Synthesised,
    /// Tones: a row of its own for each line.
    Tones,
}

/// A text in a voice.
pub(crate) type Utterance = (Voice, String);

/// What has been spoken so far, kept for the next time.
#[derive(Debug, Default)]
pub(crate) struct Spoken(HashMap<Utterance, Samples>);

impl Spoken {
    pub(crate) fn get(&self, utterance: &Utterance) -> Option<Samples> {
        self.0.get(utterance).cloned()
    }

    pub(crate) fn keep(&mut self, utterance: Utterance, samples: Samples) {
        self.0.insert(utterance, samples);
    }

    /// The lines of a scenario that have not been spoken yet, in the order they may be needed.
    pub(crate) fn missing(&self, scenario: &Scenario) -> Vec<Utterance> {
        let all = scenario.all_lines().filter_map(|line| utterance(scenario, line));
        all.filter(|utterance| !self.0.contains_key(utterance)).collect()
    }
}

pub(crate) fn utterance(scenario: &Scenario, line: Line) -> Option<Utterance> {
    scenario.text(line).map(|text| (scenario.voice, text.to_owned()))
}

/// A synthesiser that says nothing for this long is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Speaks a text. Never fails: what cannot be spoken is tones.
pub(crate) async fn speak(speech: Speech, (voice, text): &Utterance) -> Samples {
    if speech == Speech::Synthesised {
        match tokio::time::timeout(PATIENCE, synthesise(*voice, text)).await {
            Ok(Some(samples)) => return samples,
            Ok(None) => {}
            Err(_) => tracing::warn!("espeak-ng did not answer"),
        }
    }
    tones(text)
}

/// The text goes through standard input: it stands in no list of processes.
async fn synthesise(voice: Voice, text: &str) -> Option<Samples> {
    let mut child = Command::new("espeak-ng")
        .args(["-v", "sv", "--stdin", "--stdout"])
        .args(["-p", &voice.pitch.to_string(), "-s", &voice.speed.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    input.write_all(text.as_bytes()).await.ok()?;
    drop(input);
    let output = child.wait_with_output().await.ok()?;
    let samples = Wav::parse(&output.stdout).ok()?.at_rate(SPEECH_RATE);
    (output.status.success() && !samples.is_empty()).then(|| samples.into())
}

/// Seven tones, one syllable's length each; which ones depends on the letters.
const SCALE: [f64; 7] = [330.0, 370.0, 415.0, 494.0, 554.0, 659.0, 740.0];

/// A tone for each word, as long as the word, with a gap after it; at most eight seconds.
fn tones(text: &str) -> Samples {
    let mut samples = Vec::new();
    let per_ms = SPEECH_RATE as usize / 1_000;
    for word in text.split_whitespace() {
        let sum: usize = word.bytes().map(usize::from).sum();
        let hz = SCALE.get(sum % SCALE.len()).copied().unwrap_or(440.0);
        let mut tone = Tone::pair(hz, 0.0, 0.2, f64::from(SPEECH_RATE));
        let length = word.chars().count().min(12) * 60 * per_ms;
        samples.extend((0..length).map(|_| tone.sample()));
        samples.extend(std::iter::repeat_n(0, 40 * per_ms));
    }
    samples.truncate(8_000 * per_ms);
    samples.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_tones_of_its_own() {
        let all = Scenario::pack();
        let rows: std::collections::HashSet<Vec<i16>> = all
            .iter()
            .flat_map(|scenario| scenario.all_lines().filter_map(|line| utterance(scenario, line)))
            .map(|(_, text)| tones(&text).to_vec())
            .collect();
        assert!(rows.len() > 60, "{}", rows.len());
        assert!(rows.iter().all(|row| (800..=64_000).contains(&row.len())));
    }

    #[tokio::test]
    async fn what_is_spoken_is_heard_whether_a_synthesiser_is_there_or_not() {
        let voice = Voice { pitch: 50, speed: 160 };
        for speech in [Speech::Synthesised, Speech::Tones] {
            let samples = speak(speech, &(voice, "Hej, jag har en fråga.".into())).await;
            assert!(samples.len() > 4_000, "{speech:?}: {}", samples.len());
            assert!(samples.iter().any(|sample| sample.unsigned_abs() > 2_000), "{speech:?}");
        }
    }

    #[test]
    fn what_was_spoken_is_not_asked_for_again() {
        let scenario = Scenario::pack().remove(0);
        let mut spoken = Spoken::default();
        let missing = spoken.missing(&scenario);
        spoken.keep(missing[0].clone(), vec![1].into());
        assert_eq!(spoken.missing(&scenario).len(), missing.len() - 1);
        assert!(spoken.get(&missing[0]).is_some());
    }
}
