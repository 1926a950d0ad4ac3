//! SIP messages: the library's reader, what refuses requests, and what of ours reads headers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| phone::sip::fuzz::datagram(datagram));
