//! Values of SIP's headers and small bodies: challenges, reasons, `Replaces`, timers, `message/sipfrag`, keys by INFO.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| phone::sip::fuzz::value(text));
