//! Stories of the service over real HTTP on loopback, with a stepped clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "tests"
)]

mod agents;
mod alarms;
mod assign;
mod calls;
mod common;
mod doors;
mod drafts;
mod errand;
mod front;
mod golden;
mod life;
mod outage;
mod outside;
mod outside_front;
mod outside_mute;
mod outside_page;
mod practice;
mod questions;
mod repeats;
mod rest;
mod returns;
mod rights;
mod slow;
mod tls;
