//! The stories' harness: it starts what a story needs and speaks with it.
//!
//! A story is a test in `tests/`; it runs within the private session that `cargo xtask test` opens, one at a
//! time. What a story cannot find it says through [`peers::or_skip`]; a story that cannot go on panics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot go on fails, with the line that says why"
)]

pub mod errand;
pub mod excuse;
pub mod peers;
pub mod shift;
pub mod sound;
