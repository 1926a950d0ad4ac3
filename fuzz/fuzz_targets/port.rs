//! Datagrams over an RTP port: sound, reports and handshakes told apart, opened and read.
#![no_main]

use fuzz::pieces;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| phone::rtp::fuzz::datagrams(pieces(input, 2).take(32)));
