//! WAV files, as ring tones and announcements come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::media::Wav;

fuzz_target!(|file: &[u8]| {
    let Ok(wav) = Wav::parse(file) else { return };
    assert!((4_000..=192_000).contains(&wav.rate) && wav.samples.len() * 2 <= file.len());
    assert_eq!(Wav::parse(&wav.to_bytes()), Ok(wav.clone()));
    let expected = wav.samples.len() as f64 * 48_000.0 / f64::from(wav.rate);
    let converted = wav.into_phone_rate().len() as f64;
    assert!((converted - expected).abs() <= 64.0, "{converted} of {expected}");
});
