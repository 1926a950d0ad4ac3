//! RTCP reports and extended reports.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::media::rtcp::{Control, Reception, round_trip_ms};

fuzz_target!(|datagram: &[u8]| {
    let Some(control) = Control::parse(datagram) else { return };
    let mut reception = Reception::new(control.source, 8_000, 7);
    if let Some(sender) = &control.sender {
        reception.reported(5, sender);
    }
    for block in &control.reports {
        let trip = round_trip_ms(60_000, block);
        assert!(trip.is_none_or(|trip| (0.0..60_000.0).contains(&trip)));
        reception.hear(f64::from(block.delay), block.highest as u16, block.jitter);
        assert!(reception.jitter_ms().is_finite() && (0.0..=1.0).contains(&reception.lost_share()));
    }
    let _ = reception.report(u64::from(control.source));
    let mut out = Vec::new();
    let plain = Control { metrics: None, goodbye: false, ..control.clone() };
    plain.write("name", &mut out);
    // One packet holds 31; a compound one may hold more.
    if plain.reports.len() <= 31 {
        assert_eq!(Control::parse(&out), Some(plain.clone()));
    }
    if let Some(metrics) = control.metrics {
        metrics.append(control.source, &mut out);
        assert!(Control::parse(&out).expect("a report of ours").metrics.is_some());
    }
});
